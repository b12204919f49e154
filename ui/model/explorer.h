/*
 * explorer.h - the explorer's state, and what each key does to it. No curses: the loop passes it
 * keys and snapshots, and the panels draw it.
 */
#pragma once

#include "../../src/command/options.h"
#include "../terminal/chart.h"
#include "../terminal/keymap.h"
#include "../terminal/keys.h"
#include "../terminal/layout.h"
#include "against_play.h"
#include "demo_play.h"
#include "heat.h"
#include "history.h"
#include "losses.h"
#include "overlay.h"
#include "palette.h"
#include "progress.h"
#include "replay_view.h"
#include "setup_screen.h"
#include "shelf.h"
#include "source.h"
#include "sweep_view.h"
#include "tags.h"
#include "timeline_view.h"
#include "undo.h"
#include "verdicts.h"
#include "view.h"

#define EXPLORER_TICK_MS 100 /* time between two frames of a replay */

/* Requests that only the main loop can carry out. */
enum wish {
    WISH_NONE,
    WISH_REDRAW,
    WISH_SUSPEND,
    WISH_RESTART, /* a variant crashed the device: restart the process */
    WISH_QUIT,
    WISH_QUIT_KEEP
};

/* Demos started from within the explorer (explorer_demos.h). */
struct explorer_demos {
    struct demo *playing;       /* owned; explorer_demo.c plays it */
    struct demo_return *before; /* owned: the screen to return to; NULL: none */
};

/* A text for the terminal's clipboard (explorer_copy.h). */
struct explorer_copy {
    char *text;       /* owned; NULL: none */
    const char *what; /* "verdict" */
    bool due;         /* the loop has not sent it yet */
};

/* What explorer_notice saw in the previous snapshot. */
struct seen {
    uint32_t measures;
    uint64_t epoch, count; /* of the selected run */
    uint64_t stopped; /* iterations dropped because the process was stopped (stopped.h), over all
                         runs */
    enum worker_state state;
};

struct explorer {
    struct source source;
    struct shelf shelf; /* recordings listed below the live variants of a CPU */
    struct request request;
    uint64_t posted; /* id of the newest request sent to the worker */
    enum backend backend;
    int device;
    bool device_named; /* the user named the device: no other device may replace it */
    struct losses losses;

    struct preset preset;
    struct knob_settings settings;
    struct knobs point; /* the present point of a recording (points.h) */
    struct undo undo;

    struct layout layout;
    enum view_id view;
    enum focus focus;
    uint32_t selected;  /* index of the selected row */
    uint32_t base;      /* the row selected last among the rows of the source */
    uint32_t awaited;   /* row to select when the shelf is complete, unless the user selects one; 0:
                           none */
    enum knob_id knob;  /* the selected knob */
    enum metric metric; /* the metric that the histogram shows */
    struct axis axes[METRIC_COUNT];
    struct axis shared[METRIC_COUNT]; /* axes that the tagged rows share */
    uint32_t beyond[METRIC_COUNT]; /* bits of the tags that `shared` leaves out (explorer_beyond) */
    bool log_counts;
    struct heat heat; /* of the selected live variant */
    bool frozen;
    bool full;       /* the view takes the whole body */
    bool full_knobs; /* if `full`: the knobs take the body instead, because they have the focus */
    bool big;        /* the view shows p50 and p99 in large digits */

    struct replay_view replay; /* replays the steps of a recording */
    struct setup_screen setup;
    struct timeline_view timeline;
    struct sweep_view sweep;
    bool sweep_flipped; /* the sweep shows its second metric: time if the knob is BATCH or
                           SEQ_LEN, otherwise tokens/s */
    struct demo_play demo;
    struct explorer_demos demos;
    struct command_palette palette;
    struct history history;
    struct explorer_copy copy;
    struct progress progress; /* the wait for the first samples */
    struct against_play against;

    struct tags tags;
    struct verdicts verdicts; /* about the tagged rows; updated while a view shows them */

    enum overlay overlay;
    struct item *items;
    int item_count;
    int cursor;    /* index into items, or first row of the help */
    char line[64]; /* the text being typed */
    char filter[64];

    char message[1024]; /* "": none */
    bool message_bad;
    bool keeps_nothing; /* the user has been told that the state folder cannot be written */
    enum wish wish;
    char **files;            /* recordings from the command line, NULL-terminated */
    struct item *recordings; /* the files read so far; reading a file is slow */
    int recording_count;

    struct seen seen;
};

/* Sets up the state from the options or a saved state, and opens the device or recording that they
 * name. False: *error, and nothing remains open. The strings that `options` points to must outlive
 * the explorer. */
bool explorer_open(struct explorer *explorer, const struct options *options, struct error *error);

/* Closes everything. False: the device was lost (worker_stop). */
bool explorer_close(struct explorer *explorer);

/* Saves the state for --restore; with `restart`, for this process, which is about to restart. Saves
 * nothing if the device could not be opened, so the previous state stays. */
bool explorer_save(const struct explorer *explorer, bool restart, struct error *error);

/* Call after the terminal was resized: lays out the screen. */
void explorer_resize(struct explorer *explorer, int rows, int columns);

/* Shows an error in the message line. */
void explorer_alarm(struct explorer *explorer, const struct error *error);

/* Shows why the set-up file or its keys could not be used. */
void explorer_complain(struct explorer *explorer, const struct error *why);

void explorer_press(struct explorer *explorer, int press);

/* Pastes text into the line being typed; does nothing if there is no such line. */
void explorer_paste(struct explorer *explorer, const char *text);

void explorer_point(struct explorer *explorer, const struct pointer *pointer);

/* Checks for a new snapshot. Returns 0: nothing to draw; 1: redraw; 2: redraw at once, because an
 * epoch has its first samples or the state changed. */
int explorer_notice(struct explorer *explorer);

/* Milliseconds until explorer_tick has something to do; -1: nothing. */
int explorer_wait_ms(const struct explorer *explorer, uint64_t now_ns);

/* Advances a replay or a demo, and reads the next recording of a list: one file per call. now_ns:
 * any steady clock. True: redraw. */
bool explorer_tick(struct explorer *explorer, uint64_t now_ns);

/* Whether a process of the other build (--against) is using the device. */
bool explorer_against_runs(const struct explorer *explorer);

/* A descriptor that poll(2) reports as readable after a process of the other build has ended; -1:
 * none. */
int explorer_against_news(const struct explorer *explorer);

/* Ends the other build's process and its thread; its row stays. */
void explorer_against_close(struct explorer *explorer);

/* Pauses the worker before the process is suspended, and undoes that afterwards. A worker that the
 * user paused stays paused. */
void explorer_hold(struct explorer *explorer, bool hold);

/* Prints one line of results per variant, and the command that repeats the measurement. Called
 * after the explorer has left the screen. */
void explorer_report(const struct explorer *explorer, FILE *out);
