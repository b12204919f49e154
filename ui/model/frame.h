/*
 * frame.h - all that a redraw needs: built once per redraw from the explorer, then only read.
 * Panels and views see this and nothing else of the model; what several of them show is derived
 * here, once.
 *
 * Pointers are into the explorer, and rows into its snapshot: a frame is valid until the explorer
 * gets another key, snapshot or tick.
 */
#pragma once

#include "../../src/harness/why.h"
#include "../terminal/chart.h"
#include "../terminal/keymap.h"
#include "demo_play.h"
#include "heat.h"
#include "history.h"
#include "knob_list.h"
#include "overlay.h"
#include "palette.h"
#include "setup_screen.h"
#include "source.h"
#include "sweep_figures.h"
#include "tags.h"
#include "timeline_view.h"
#include "view.h"

struct explorer;

/* A row of the variant list. */
struct frame_row {
    struct row row;
    int letter;  /* its tag, 0 for A; -1: none */
    bool active; /* its variant has the device now */
    bool unlike; /* it was measured with a different workload than the present knobs ask for */
    char differs[256];  /* in what: "SEQ_LEN 32, BATCH 1"; "" if not */
    double speedup;     /* over its baseline, by the iteration's p50; 0: unknown */
    double over_before; /* over the previous rung; only while the ladder is in view */
};

/* A knob's value for the selected variant. */
struct frame_knob {
    int64_t asked, used;
    bool read;            /* the variant reads it */
    bool varies;          /* in the recording; true without a recording */
    const char *source;   /* "preset", "flag", "recorded" … */
    size_t place, places; /* in a recording: which of the recorded values it is, from 1, and how
                             many there are; 0: none */
    bool less, more;      /* a smaller, a larger value is possible with the other knobs unchanged */
};

struct frame {
    const struct layout *layout;
    enum view_id view;
    enum focus focus;
    enum overlay overlay;
    enum key_mode mode;    /* where keys go */
    unsigned place;        /* the same more precisely: key_modes and key_places */
    unsigned panels_place; /* the same, ignoring dialogs */
    bool knobs_alone;      /* the knobs take the whole body */
    bool big;
    bool full; /* the view takes the whole screen */

    /* The source. */
    const struct source *source;
    const struct device_info *device; /* its id is "" until it is known */
    const struct preset *preset;
    const char *state; /* one word, such as "RUNNING"; "" for a recording that is not replayed */
    bool state_alert;  /* highlight it */
    bool measuring;    /* the variant waits until its device is measured */
    uint32_t losses;   /* devices lost so far */

    /* The variant list; rows from EXPLORER_LINES on are not drawn. */
    struct frame_row rows[EXPLORER_LINES];
    uint32_t row_count, drawn_rows; /* all rows, and those in `rows` */
    struct line lines[EXPLORER_LINES];
    int line_count, cursor_line;
    const char *filter;
    uint32_t selected;
    struct frame_row current; /* the selected row */
    char differs_now[256];    /* in what the selected row differs: "SEQ_LEN 32 (now 64)" */
    char file[256]; /* the recording's file, with its folder only if two of the command line's files
                       share a name; "": none */
    struct row shown; /* the selected row; during a replay, with the samples replayed so far */

    /* The selected row's histogram. */
    enum metric metric;
    bool log_counts;
    const struct axis *axis;
    enum metric other_metric; /* of a second histogram, if there is room */
    const struct axis *other_axis, *other_shared_axis;
    const struct heat *heat;
    bool replays;                               /* its steps are replayed */
    char replay_status[256], replay_brief[256]; /* its progress; "" without a replay */

    enum knob_id knob; /* the selected knob */
    struct frame_knob knobs[KNOB_COUNT];
    struct knob_list knob_list;
    const struct knobs *present;               /* as asked for, or the recording's point */
    struct points_value values[POINTS_VALUES]; /* recorded values of the selected knob */
    size_t value_count;
    char accepted[160]; /* what the selected knob takes; in a recording, its recorded values */

    /* Compared rows, by tag; a free tag's row has a NULL name. */
    struct frame_row tagged[EXPLORER_TAGS];
    uint32_t tag_count;
    int reference; /* the tag that the others are compared with; -1: no row is tagged */
    bool other_build[EXPLORER_TAGS];
    bool judged[EXPLORER_TAGS]; /* it has a comparison */
    const struct comparison *comparisons;
    const struct axis *shared_axis;

    /* Ladder, sweep and timeline: filled only while they are in view. */
    struct ranks ranks;
    char why[WHY_ROOM]; /* why the selected rung is faster or slower than the previous one; "" */
    struct swept swept;
    bool has_others; /* the sweep's recording varies other knobs too */
    struct sweep_others others;
    uint32_t sweep_point,
        sweep_points; /* the point being measured, from 1, and their number; 0: none */
    const struct timeline_view *timeline;
    struct timeline_layout lanes; /* inside the frame of the plot */

    const struct history *history;
    char progress[224]; /* what pdlab does while there are no samples, and for how long */

    /* Dialogs, and the lines below. */
    const struct command_palette *palette;
    const char *copy_what, *copy_text; /* a displayed text; NULL: none */
    struct rectangle box;              /* of a list, the help or the set-up */
    const struct item *items;
    int item_count, cursor;
    const struct setup_screen *setup;
    const char *line; /* the text being typed */
    const char *message;
    bool message_bad;
    const struct demo_play *demo;
};

/* Fills the frame from the explorer's present state, which it does not change. */
void frame_build(struct frame *frame, const struct explorer *explorer);

/* A row of the list; past its end, a row whose name is NULL. */
const struct frame_row *frame_row(const struct frame *frame, uint32_t index);
