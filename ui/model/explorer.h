/*
 * explorer.h - the explorer's state, and what each key does to it. No curses: the loop feeds it
 * keys and snapshots, and the panels draw it.
 */
#ifndef UI_EXPLORER_H
#define UI_EXPLORER_H

#include "../../src/command/against_turns.h"
#include "../../src/command/options.h"
#include "../../src/engine/compare.h"
#include "../../src/engine/targets.h"
#include "../terminal/chart.h"
#include "../terminal/keymap.h"
#include "../terminal/keys.h"
#include "../terminal/layout.h"
#include "demo_play.h"
#include "heat.h"
#include "losses.h"
#include "overlay.h"
#include "replay_view.h"
#include "setup_screen.h"
#include "shelf.h"
#include "source.h"
#include "sweep_view.h"
#include "tags.h"
#include "timeline_look.h"
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

/* Another build, in turns with the selected variant. */
struct explorer_against {
    const char *binary;          /* borrowed; NULL: none is measured, or no longer */
    struct against_turns *turns; /* owned */
    struct against_order order;  /* of what is selected; its variant is NULL: not begun */
    uint32_t resets;             /* the request's, when that was begun */
    uint32_t row;                /* likewise, the selected one */
    int own;                     /* the letter that goes with the selected one; -1: none does */
    bool others;                 /* the turn is the other build's */
    bool measures;               /* the device is to be measured when it is free */
    uint32_t seed, cycle;        /* of the order of turns, and how many were begun */
    uint32_t place;              /* of the turn in its cycle, from 1; 0: none yet */
    uint32_t sequence[2];        /* of this cycle: 1 is the other build */
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
    struct axis shared[METRIC_COUNT]; /* of what is compared */
    bool log_counts;
    struct heat heat; /* of the selected live variant */
    bool frozen;
    bool big; /* p50 and p99 in large digits, in the place of the view */

    struct replay_view replay; /* of a recording: its steps, again */
    struct setup_screen setup;
    struct timeline_look timeline;
    struct sweep_view sweep;
    struct demo_play demo;
    struct explorer_against against;

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

/* The frame of the list or help that lies on top. */
struct rectangle explorer_overlay_box(const struct explorer *explorer);

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

/* The list of variants. */
uint32_t explorer_rows(const struct explorer *explorer);
struct row explorer_row(const struct explorer *explorer, uint32_t index);
uint32_t explorer_own_rows(const struct explorer *explorer); /* those of what is looked at */
bool explorer_shows(const struct explorer *explorer, uint32_t index); /* it passes the filter */
struct row explorer_selected(const struct explorer *explorer);

/* The selected row as it is to be shown: during a replay its run holds what was replayed so far. */
struct row explorer_shown(const struct explorer *explorer);

/* Says how far the replay is, or that there are no stamps to replay; "" without a replay. Two
 * lengths: `brief` where there is little room. */
void explorer_replay_status(const struct explorer *explorer, bool brief, char *text, size_t size);

/* What is replayed now: the run has stamps. */
bool explorer_replays(const struct explorer *explorer);

/* The lines of the list as it is filtered. Writes at most `room`; returns how many. */
int explorer_lines(const struct explorer *explorer, struct line *lines, int room);

/* The line of the selected row; 0 if it is not among them. */
int explorer_cursor_line(const struct explorer *explorer, const struct line *lines, int count);

/* Iteration p50 of another variant beside the row over the row's own; of its baseline, where `over`
 * is NULL. 0 if there is none to say: the row, or the other, is unverified, or of another workload
 * or device. */
double explorer_speedup(const struct explorer *explorer, const struct row *row, const char *over);

/* What the rungs of the ladder are worth. */
void explorer_rank(const struct explorer *explorer, struct ranks *ranks);

/* Whether the row's numbers are of another workload than the present knobs ask for. Writes what
 * differs: "SEQ_LEN 32, BATCH 1", and with `beside` what it is now: "SEQ_LEN 32 (now 64)". */
bool explorer_unlike(const struct explorer *explorer, const struct row *row, bool beside,
                     char *text, size_t size);

/* The row that is tagged with a letter (0: A); its name is NULL if none is. */
struct row explorer_tagged(const struct explorer *explorer, uint32_t letter);

/* The letter of a row; -1: none. How many rows have one. The first letter in use, which the others
 * are compared with; -1: none is. */
int explorer_letter(const struct explorer *explorer, uint32_t index);
uint32_t explorer_tag_count(const struct explorer *explorer);
int explorer_reference(const struct explorer *explorer);

/* The sweep of the selected knob: what was recorded, where the selected row is of a recording, else
 * what was measured, or will be. */
void explorer_swept(const struct explorer *explorer, struct swept *swept);

/* The time axis of the present view and metric. */
struct axis *explorer_axis(struct explorer *explorer);

/* The iteration that the timeline is to show; NULL: its stamps were not kept. */
const struct trace *explorer_trace(const struct explorer *explorer);

/* Columns that the timeline gives to the lanes' names and to the lanes, and its rows of lanes. */
int explorer_lane_names(const struct explorer *explorer);
int explorer_lane_columns(const struct explorer *explorer);
int explorer_lane_rows(const struct explorer *explorer);

/* Whether the selected variant reads the knob; true where that is not known. */
bool explorer_reads(const struct explorer *explorer, enum knob_id id);

/* Whether a recording has more than one value of the knob; true where nothing is recorded. */
bool explorer_varies(const struct explorer *explorer, enum knob_id id);

/* Values of the knob recorded for the selected variant; none of a device. */
size_t explorer_values(const struct explorer *explorer, enum knob_id id,
                       struct points_value *values, size_t room);

/* Writes them: "1, 8, 64". */
void explorer_values_text(const struct explorer *explorer, enum knob_id id, char *text,
                          size_t size);

/* Writes where a recording's knobs stand, those that vary: "BATCH 8, STEP_SYNC flag". "" where none
 * does. */
void explorer_point_text(const struct explorer *explorer, char *text, size_t size);

/* The knob's value as asked for, and as the selected variant resolved it. */
void explorer_knob(const struct explorer *explorer, enum knob_id id, int64_t *asked, int64_t *used);

/* "preset", "flag" …; "recorded" where a recording is looked at. */
const char *explorer_knob_source(const struct explorer *explorer, enum knob_id id);

/* What the keys go to. */
enum key_mode explorer_mode(const struct explorer *explorer);

/* Says what was measured, a line a variant, and how to measure it again: for the normal screen,
 * after quitting. */
void explorer_report(const struct explorer *explorer, FILE *out);

#endif
