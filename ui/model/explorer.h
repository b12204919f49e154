/*
 * explorer.h - the explorer's state, and what each key does to it. No curses: the loop feeds it
 * keys and snapshots, and the panels draw it.
 */
#ifndef UI_EXPLORER_H
#define UI_EXPLORER_H

#include "../../src/command/options.h"
#include "../../src/engine/compare.h"
#include "../../src/engine/targets.h"
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

#include <signal.h>

#define EXPLORER_TICK_MS 100 /* between two frames of a replay */

/* What only the loop can do. */
enum wish {
    WISH_NONE,
    WISH_REDRAW,
    WISH_SUSPEND,
    WISH_RESTART, /* a variant took the device with it: only another process can go on */
    WISH_QUIT,
    WISH_QUIT_KEEP
};

/* Demos that are started in the explorer (explorer_demos.h). */
struct explorer_demos {
    struct demo *playing;       /* owned; explorer_demo.c plays it */
    struct demo_return *before; /* owned: what was looked at before; NULL: there is no way back */
};

/* What is copied to the terminal's clipboard (explorer_copy.h). */
struct explorer_copy {
    char *text;       /* owned; NULL: none */
    const char *what; /* "verdict" */
    bool due;         /* the loop has yet to send it */
};

/* What explorer_notice saw of the snapshot when it looked last. */
struct seen {
    uint32_t measures;
    uint64_t epoch, count; /* of the selected run */
    uint64_t stopped;      /* iterations left out (stopped.h), of all runs */
    enum worker_state state;
};

struct explorer {
    struct source source;
    struct shelf shelf; /* beside the live variants of a CPU */
    struct request request;
    uint64_t posted; /* id of the request posted last */
    enum backend backend;
    int device;
    bool device_named; /* it was asked for: if it can't be opened, no other will do */
    struct losses losses;

    struct preset preset;
    struct knob_settings settings;
    struct knobs point; /* of a recording: where its knobs stand (points.h) */
    struct undo undo;

    struct layout layout;
    enum view_id view;
    enum focus focus;
    uint32_t selected;  /* row of the variants list */
    uint32_t base;      /* the row of what is looked at that was selected last */
    uint32_t awaited;   /* the row to select once the shelf is full, if nobody chose another; 0 */
    enum knob_id knob;  /* row of the knob list */
    enum metric metric; /* in the histogram */
    struct axis axes[METRIC_COUNT];
    struct axis shared[METRIC_COUNT]; /* of what is compared, */
    uint32_t beyond[METRIC_COUNT];    /* but for these letters (explorer_beyond) */
    bool log_counts;
    struct heat heat; /* of the selected live variant */
    bool frozen;
    bool full;       /* the view has the whole body, */
    bool full_knobs; /* or the knobs do: the focus went to them since */
    bool big;        /* the view is p50 and p99 in large digits */

    struct replay_view replay; /* of a recording: its steps, again */
    struct setup_screen setup;
    struct timeline_view timeline;
    struct sweep_view sweep;
    bool sweep_flipped; /* a sweep of BATCH or SEQ_LEN is drawn by time, others by tokens/s */
    struct demo_play demo;
    struct explorer_demos demos;
    struct command_palette palette;
    struct history history;
    struct explorer_copy copy;
    struct progress progress; /* of what is waited for */
    struct against_play against;

    struct tags tags;
    struct verdicts verdicts; /* on the tagged rows, while they are in view */

    enum overlay overlay;
    struct item *items;
    int item_count;
    int cursor;    /* in items, or the first row of the help */
    char line[64]; /* what is being typed */
    char filter[64];

    char message[1024]; /* "" for none */
    bool message_bad;
    bool keeps_nothing; /* it was said that a folder of the user's can't be written in */
    enum wish wish;
    char **files;            /* recordings from the command line, NULL-ended */
    struct item *recordings; /* those that could be read so far: reading one takes its time */
    int recording_count;

    struct seen seen;
};

/* Sets up the state from the options, or from what was saved, and opens what they ask for. False:
 * *error, and nothing is held. The strings that `options` points to must outlive the explorer. */
bool explorer_open(struct explorer *explorer, const struct options *options, struct error *error);

/* False where a device was lost: worker_stop says what that means. */
bool explorer_close(struct explorer *explorer);

/* Saves the state, for --restore or, with `restart`, for this very process when it has started
 * itself again. Of a device that could not be opened there is no state: what was left before stays.
 */
bool explorer_save(const struct explorer *explorer, bool restart, struct error *error);

/* Takes over the user's set-up, of which `broken` says that it could not be read, with what the
 * command line outranks. After explorer_open. False: its keys are refused, *error says why, and
 * they are as without it. */
bool explorer_take_setup(struct explorer *explorer, const struct user_setup *saved, bool broken,
                         const struct options *options, struct error *error);

/* The terminal has another size. */
void explorer_resize(struct explorer *explorer, int rows, int columns);

/* Says what went wrong, in the message line. */
void explorer_alarm(struct explorer *explorer, const struct error *error);

/* Says that the set-up, or its keys, could not be used. */
void explorer_complain(struct explorer *explorer, const struct error *why);

/* A key was pressed. */
void explorer_press(struct explorer *explorer, int press);

/* A text was pasted: it types into the line that is being typed, else it does nothing. */
void explorer_paste(struct explorer *explorer, const char *text);

/* The mouse did something. */
void explorer_point(struct explorer *explorer, const struct pointer *pointer);

/* Looks for a new snapshot. Returns 0 if there is nothing to draw, 1 if there is, 2 if it should be
 * drawn at once: a new epoch's first samples, or another state. */
int explorer_notice(struct explorer *explorer);

/* Milliseconds until explorer_tick has something to do; -1: it has nothing. */
int explorer_wait_ms(const struct explorer *explorer, uint64_t now_ns);

/* Time has passed: now_ns is any steady clock's. Goes on with a replay, and with looking into the
 * recordings of the list on top, one a call. True if there is something to draw. */
bool explorer_tick(struct explorer *explorer, uint64_t now_ns);

/* Whether the other build of --against has the device. A descriptor for poll(2) that says when that
 * has changed; -1: there is none. Ends it, and its thread: all that is left of it is its row. */
bool explorer_against_runs(const struct explorer *explorer);
int explorer_against_news(const struct explorer *explorer);
void explorer_against_close(struct explorer *explorer);

/* Pauses and resumes the worker around a suspension, whatever the user chose. */
void explorer_hold(struct explorer *explorer, bool hold);

/* Says what was measured, a line a variant, and how to measure it again: for the normal screen,
 * after quitting. */
void explorer_report(const struct explorer *explorer, FILE *out);

#endif
