/*
 * frame.h - what a picture is drawn from: built once per redraw from the explorer, then only read.
 * Panels and views see this and nothing else of the model; what several of them show is derived
 * here, once.
 *
 * Pointers are into the explorer, and rows into its snapshot: a frame is good until the explorer is
 * given another key, snapshot or tick.
 */
#ifndef UI_FRAME_H
#define UI_FRAME_H

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
#include "verdicts.h"
#include "view.h"

struct explorer;

/* A row of the list of variants, with what all who show it say of it. */
struct frame_row {
    struct row row;
    int letter;         /* of its tag, 0 for A; -1: none */
    bool active;        /* its variant has the device now */
    bool unlike;        /* its numbers are of another workload than the present knobs ask for */
    char differs[256];  /* then what differs: "SEQ_LEN 32, BATCH 1"; else "" */
    double speedup;     /* over its baseline, by the iteration's p50; 0: there is none to say */
    double over_before; /* likewise over the previous rung; only while the ladder is in view */
};

/* A knob, as the selected variant has it. */
struct frame_knob {
    int64_t asked, used;
    bool read;            /* by that variant */
    bool varies;          /* in the recording; true where nothing is recorded */
    const char *source;   /* "preset", "flag", "recorded" … */
    size_t place, places; /* of a recording: number of the value among those recorded, from 1; 0: it
                           * is none of them */
    bool less, more;      /* there is a smaller, a larger value with the other knobs as they are */
};

struct frame {
    const struct layout *layout;
    enum view_id view;
    enum focus focus;
    enum overlay overlay;
    enum key_mode mode;    /* what the keys go to */
    unsigned place;        /* and more exactly where that is: key_modes and key_places */
    unsigned panels_place; /* the same of the panels, whatever lies on top */
    bool knobs_alone;      /* the knobs have the whole body */
    bool big, frozen;
    bool full; /* the view has the whole screen */

    /* What is looked at. */
    const struct source *source;
    const struct device_info *device; /* its id is "" while it is not known */
    const struct ceilings *ceilings;  /* all 0: not known */
    const struct preset *preset;
    const char *state; /* "RUNNING": in one word; "" for a recording that is not replayed */
    bool state_alert;  /* it wants attention */
    bool measuring;    /* what is looked at waits until its device is measured */
    uint32_t losses;   /* devices lost so far */

    /* The list of variants; rows past EXPLORER_LINES are not drawn. */
    struct frame_row rows[EXPLORER_LINES];
    uint32_t row_count, drawn_rows; /* all of them, and those in `rows` */
    struct line lines[EXPLORER_LINES];
    int line_count, cursor_line;
    const char *filter;
    uint32_t selected;
    struct frame_row current; /* the selected row */
    char differs_now[256];    /* what differs there, and what it is now: "SEQ_LEN 32 (now 64)" */
    char file[256];           /* that it was read from, without its folder unless another of the
                               * command line is called the same; "": from none */
    struct row shown;         /* the selected row; during a replay with what was replayed so far */

    /* Its histogram. */
    enum metric metric;
    bool log_counts;
    const struct axis *axis;
    enum metric other_metric; /* what a second histogram shows where there is room: the iteration */
    const struct axis *other_axis, *other_shared_axis;
    const struct heat *heat;
    bool replays;                               /* its steps are shown again */
    char replay_status[256], replay_brief[256]; /* how far; "" without a replay */

    /* Knobs. */
    enum knob_id knob; /* the selected one */
    struct frame_knob knobs[KNOB_COUNT];
    struct knob_list knob_list;
    const struct knobs *present;               /* what is asked for now, or the recording's point */
    struct points_value values[POINTS_VALUES]; /* recorded of the selected one */
    size_t value_count;

    /* What is compared: by letter; the name of a row is NULL where a letter is free. */
    struct frame_row tagged[EXPLORER_TAGS];
    uint32_t tag_count;
    int reference; /* the letter that the others are compared with; -1: nothing is tagged */
    bool other_build[EXPLORER_TAGS];
    bool judged[EXPLORER_TAGS]; /* there is a comparison */
    const struct comparison *comparisons;
    const struct axis *shared_axis;

    /* Of the ladder, the sweep and the timeline: only while that is in view. */
    struct ranks ranks;
    char why[WHY_ROOM]; /* the selected rung is faster or slower than the previous one; "" */
    struct swept swept;
    bool has_others; /* of the sweep: other knobs vary too */
    struct sweep_others others;
    uint32_t sweep_point, sweep_points; /* the point that is measured of how many; 0: none is */
    const struct timeline_view *timeline;
    struct timeline_layout lanes; /* where it is drawn, inside the frame of the plot */

    const struct history *history;
    char progress[224]; /* what is being done while there are no samples, and for how long */

    /* What lies on top, and the lines below. */
    const struct command_palette *palette;
    const char *copy_what, *copy_text; /* a text to be read; NULL: none */
    struct rectangle box;              /* of a list, the help or the set-up */
    const struct item *items;
    int item_count, cursor;
    const struct setup_screen *setup;
    const char *line; /* what is being typed */
    const char *message;
    bool message_bad;
    const struct demo_play *demo;
};

/* Looks at the explorer, whose layout and metric and so on stay as they are. */
void frame_build(struct frame *frame, const struct explorer *explorer);

/* A row of the list; one without a name past its end. */
const struct frame_row *frame_row(const struct frame *frame, uint32_t index);

#endif
