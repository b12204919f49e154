/*
 * frame.h - everything that a redraw shows. It is built from the explorer once per redraw, and then
 * only read. Panels and views read the frame and nothing else of the model. Values that several of
 * them show are computed here once.
 *
 * The frame points into the explorer, and its rows point into the snapshot. It is valid until the
 * explorer handles another key, snapshot or tick.
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
    bool active; /* its variant is running on the device */
    bool unlike; /* it was measured with a different workload than the present knobs ask for */
    char differs[256];  /* its values that differ: "SEQ_LEN 32, BATCH 1"; "": none differ */
    double speedup;     /* over its baseline: ratio of the iteration p50; 0: unknown */
    double over_before; /* over the previous rung; 0: unknown, or another view is open */
};

/* A knob's value for the selected variant. */
struct frame_knob {
    int64_t asked, used;
    bool read;            /* the variant reads the knob */
    bool varies;          /* the recording has several values of it; true without a recording */
    const char *source;   /* "preset", "flag", "recorded" … */
    size_t place, places; /* in a recording: the value's index among the recorded values, from 1,
                             and their number; 0: none */
    bool less, more;      /* in a recording: a smaller or larger value was recorded with the other
                             knobs unchanged */
};

struct frame {
    const struct layout *layout;
    enum view_id view;
    enum focus focus;
    enum overlay overlay;
    enum key_mode mode;    /* what the keys act on */
    unsigned place;        /* the same in more detail: bits of key_modes and key_places */
    unsigned panels_place; /* the value of `place` if no dialog were open */
    bool knobs_alone;      /* the knobs take the whole body of the screen */
    bool big;
    bool full; /* the view takes the whole screen */

    /* The source. */
    const struct source *source;
    const struct device_info *device; /* its id is "" until the device is known */
    const struct preset *preset;
    const char *state; /* one word, such as "RUNNING"; "" for a recording that is not replayed */
    bool state_alert;  /* draw `state` highlighted */
    bool measuring;    /* the worker measures the device, so the variant waits */
    uint32_t losses;   /* how many times a variant crashed the device */

    /* The variant list. Only its first EXPLORER_LINES rows are drawn. */
    struct frame_row rows[EXPLORER_LINES];
    uint32_t row_count, drawn_rows; /* number of all rows; number of those in `rows` */
    struct line lines[EXPLORER_LINES];
    int line_count, cursor_line;
    const char *filter;
    uint32_t selected;
    struct frame_row current; /* the selected row */
    char differs_now[256];    /* how the selected row's workload differs from the present knobs:
                                 "SEQ_LEN 32 (now 64)"; "": it does not */
    char file[256];   /* the recording's file; its path if another file of the command line has the
                         same name; "": none */
    struct row shown; /* the selected row; during a replay, with only the replayed samples */

    /* The selected row's histogram. */
    enum metric metric;
    bool log_counts;
    const struct axis *axis;
    enum metric other_metric; /* of the second histogram, which is drawn if there is room */
    const struct axis *other_axis, *other_shared_axis;
    const struct heat *heat;
    bool replays;                               /* a replay is shown */
    char replay_status[256], replay_brief[256]; /* the replay's progress; "" without a replay */

    enum knob_id knob; /* the selected knob */
    struct frame_knob knobs[KNOB_COUNT];
    struct knob_list knob_list;
    const struct knobs *present;               /* as asked for; in a recording, its present point */
    struct points_value values[POINTS_VALUES]; /* recorded values of the selected knob */
    size_t value_count;
    char accepted[160]; /* values that the knob accepts; in a recording: its recorded values */

    /* The tagged rows, indexed by tag. If a tag is free, its row's name is NULL. */
    struct frame_row tagged[EXPLORER_TAGS];
    uint32_t tag_count;
    int reference; /* the tag that the other tags are compared with; -1: no row is tagged */
    bool other_build[EXPLORER_TAGS];
    bool judged[EXPLORER_TAGS]; /* the tag has a comparison */
    const struct comparison *comparisons;
    const struct axis *shared_axis;

    /* Ladder, sweep and timeline: filled only while they are in view. */
    struct ranks ranks;
    char why[WHY_ROOM]; /* why the selected rung is faster or slower than the previous one; "":
                           unknown */
    struct swept swept;
    bool has_others; /* the sweep's recording also varies other knobs: see `others` */
    struct sweep_others others;
    uint32_t sweep_point,
        sweep_points; /* the point being measured, from 1; the number of points; 0: no sweep runs */
    const struct timeline_view *timeline;
    struct timeline_layout lanes; /* positions inside the frame of the plot */

    const struct history *history;
    char progress[224]; /* while there are no samples: what pdlab does, and for how long */

    /* Dialogs, and the lines at the bottom of the screen. */
    const struct command_palette *palette;
    const char *copy_what, *copy_text; /* name and text shown in a dialog; NULL: none */
    struct rectangle box;              /* the frame of the open dialog */
    const struct item *items;
    int item_count, cursor;
    const struct setup_screen *setup;
    const char *line; /* the text being typed */
    const char *message;
    bool message_bad;
    const struct demo_play *demo;
};

/* Fills the frame from the explorer's present state. */
void frame_build(struct frame *frame, const struct explorer *explorer);

/* Returns a row of the variant list; past its end, a row whose name is NULL. */
const struct frame_row *frame_row(const struct frame *frame, uint32_t index);
