/*
 * timeline_view.h - the state of the timeline view: its iterations, the visible range, the cursor
 * and the marks. Does not depend on the explorer or the screen.
 *
 * The view copies an iteration and shows the copy until the user asks for a newer one; meanwhile
 * the worker keeps measuring. The view shows one iteration, or two, A above B. Both share a time
 * axis: 0 is the submission of each iteration.
 */
#pragma once

#include "lanes.h"
#include "operation_signs.h"

#define TIMELINE_SIDES 2
#define TIMELINE_MARKS 2

/* An iteration, and its rows. */
struct timeline_side {
    struct run of;      /* the run, without samples and traces: only for labels and facts */
    struct trace trace; /* owned; iteration_ns 0: none */
    struct timeline timeline;
    struct timeline_parts parts;
    struct timeline_figures figures;
    struct lane_row rows[LANES_ROWS];
    int row_count; /* 0: nothing to show */
    uint32_t cap;  /* how many copies may be in flight at once; 0: no cap */
    int letter;    /* the row's tag, 0 for A; -1: none */
    bool recorded;
    char mark[176]; /* "RECORDED …" */
    bool newer;     /* the run has a newer typical (or slowest) iteration */
    uint64_t run_print, trace_print;
};

struct timeline_view {
    bool slowest; /* show the epoch's slowest iteration, otherwise a typical one */
    bool fitted;  /* keep the whole iteration visible, also when its length changes */
    bool waits;   /* a live run has too few iterations to tell which is typical */
    double from_ns, to_ns, cursor_ns;
    int side, row;           /* the cursor's side and row */
    struct lane_span chosen; /* the span that a jump selected; event NULL: none, so the selected
                                span is the one that covers most of the cursor's column */
    double marks[TIMELINE_MARKS];
    unsigned mark_count;
    struct timeline_side sides[TIMELINE_SIDES];
    int side_count;               /* 1, or 2 for A above B */
    struct operation_signs signs; /* letters for the operations of both sides */
};

/* Copies a trace of `run` to the side. False: no memory, and the side is empty. */
bool timeline_side_take(struct timeline_side *side, const struct run *run,
                        const struct trace *trace);
void timeline_side_clear(struct timeline_side *side);

/* Returns the length of the longer iteration in ns; 0: none. */
double timeline_view_length(const struct timeline_view *view);

/* Returns the cursor's row; NULL: none. */
const struct lane_row *timeline_view_row(const struct timeline_view *view);

/* Clamps the visible range to the iterations, and the cursor to the rows. Call after the sides
 * changed. */
void timeline_view_settle(struct timeline_view *view);

void timeline_view_show_all(struct timeline_view *view);

/* Divides the length of the visible range by `factor`. The time at_ns stays at its place on the
 * screen. */
void timeline_view_zoom(struct timeline_view *view, double factor, double at_ns);

/* Moves the visible range by by_ns. The cursor stays at its place on the screen. */
void timeline_view_pan(struct timeline_view *view, double by_ns);

/* Moves the cursor. If it leaves the visible range, the range follows. */
void timeline_view_go(struct timeline_view *view, double ns);

/* Moves the cursor by `rows` rows, also from one side to the other. */
void timeline_view_move_row(struct timeline_view *view, int rows);

/* Moves the cursor to the upper side's row with the gaps and busy parts of the batch's steps or,
 * without one, of the first program's steps. */
void timeline_view_go_to_steps(struct timeline_view *view);

/* Selects the row's next span (1) or previous span (-1), and moves the cursor to its begin. False:
 * there is none. */
bool timeline_view_jump(struct timeline_view *view, int direction);

/* Finds the selected span, or the span under the cursor. `column_ns`: a column's width. False:
 * none. */
bool timeline_view_span(const struct timeline_view *view, double column_ns, struct lane_span *span);

/* Zooms until the span fills half of the plot. */
void timeline_view_show_span(struct timeline_view *view, const struct lane_span *span);

/* Sets a mark at the cursor: the first or the second. If both are set, removes them and sets the
 * first. */
void timeline_view_mark(struct timeline_view *view);

/* Returns the range for which a side's busy percentages are computed: between the two marks or,
 * without two marks, the visible part of its iteration. */
void timeline_view_stretch(const struct timeline_view *view, const struct timeline_side *side,
                           double *from_ns, double *to_ns);

/* The positions of the parts, inside the frame of the view. */
struct timeline_pane {
    int row, rows; /* of the side's lanes; rows 0: no room */
    int heading;   /* row of the side's heading; -1: none */
    int first;     /* index of the side's first visible row */
};
struct timeline_layout {
    int legend_rows; /* 0: no legend */
    int names;       /* columns of the lanes' names */
    int shares;      /* columns of the busy percentages after the lanes; 0: none */
    int columns;     /* columns of the lanes */
    int axis;        /* row of the axis; the next row is its texts */
    int notes;       /* rows of findings and notes, from row axis + 2 on */
    struct timeline_pane panes[TIMELINE_SIDES];
};
void timeline_view_lay_out(const struct timeline_view *view, int rows, int columns,
                           struct timeline_layout *layout);
