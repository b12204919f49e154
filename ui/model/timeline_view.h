/*
 * timeline_view.h - the timeline's own state: its iterations, the visible range, the cursor and the
 * marks. Pure: no curses, no explorer.
 *
 * An iteration is copied when it is taken and stays until the user asks for another, while the
 * worker keeps measuring. One iteration is shown, or two, A above B, on a time axis that begins at
 * each one's submission.
 */
#pragma once

#include "lanes.h"
#include "operation_signs.h"

#define TIMELINE_SIDES 2
#define TIMELINE_MARKS 2

/* An iteration, and its rows. */
struct timeline_side {
    struct run of;      /* for labels and facts; without samples and traces */
    struct trace trace; /* owned; iteration_ns 0: none */
    struct timeline timeline;
    struct timeline_parts parts;
    struct timeline_figures figures;
    struct lane_row rows[LANES_ROWS];
    int row_count; /* 0: nothing to show */
    uint32_t cap;  /* most copies allowed in flight; 0: no cap */
    int letter;    /* its tag, 0: A; -1: none */
    bool recorded;
    char mark[176]; /* "RECORDED …" */
    bool newer;     /* the run has recorded a newer such iteration */
    uint64_t run_print, trace_print;
};

struct timeline_view {
    bool slowest; /* the slowest of the epoch; else a typical one */
    bool fitted;  /* all of it is visible, however long it is */
    bool waits;   /* live: too few iterations to tell which one is typical */
    double from_ns, to_ns, cursor_ns;
    int side, row;           /* of the cursor */
    struct lane_span chosen; /* by a jump; event NULL: the span that covers most of the cursor's
                                column is meant */
    double marks[TIMELINE_MARKS];
    unsigned mark_count;
    struct timeline_side sides[TIMELINE_SIDES];
    int side_count;               /* 1, or 2 for A above B */
    struct operation_signs signs; /* of the operations of both sides */
};

/* Gives the side a copy of the trace, which belongs to `run`. False: no memory; the side is empty.
 */
bool timeline_side_take(struct timeline_side *side, const struct run *run,
                        const struct trace *trace);
void timeline_side_clear(struct timeline_side *side);

/* The length of the longest iteration shown; 0: none. */
double timeline_view_length(const struct timeline_view *view);

/* The cursor's row; NULL: none. */
const struct lane_row *timeline_view_row(const struct timeline_view *view);

/* Clamps the visible range to the iterations, and the cursor to the rows. Call it after the sides
 * change. */
void timeline_view_settle(struct timeline_view *view);

void timeline_view_show_all(struct timeline_view *view);

/* Shows 1 / factor of the time; at_ns keeps its place on the screen. */
void timeline_view_zoom(struct timeline_view *view, double factor, double at_ns);

/* Moves the visible range; the cursor keeps its place on the screen. */
void timeline_view_pan(struct timeline_view *view, double by_ns);

/* Moves the cursor; the visible range follows if it must. */
void timeline_view_go(struct timeline_view *view, double ns);

/* Moves to another row, across the boundary between the sides. */
void timeline_view_move_row(struct timeline_view *view, int rows);

/* Moves to the row of the batch's gaps and busy parts, or of the first program's, on the upper
 * side. */
void timeline_view_go_to_steps(struct timeline_view *view);

/* Moves to the begin of the row's next span (1) or previous one (-1). False: none. */
bool timeline_view_jump(struct timeline_view *view, int direction);

/* The span under the cursor; `column_ns` is a column's width. False: none. */
bool timeline_view_span(const struct timeline_view *view, double column_ns, struct lane_span *span);

/* Zooms so that the span fills half of the plot. */
void timeline_view_show_span(struct timeline_view *view, const struct lane_span *span);

/* Sets the next mark at the cursor: the first, the second, or the first again. */
void timeline_view_mark(struct timeline_view *view);

/* The range over which a side's busy percentages are computed: between the two marks, or without
 * marks the visible part of its iteration. */
void timeline_view_stretch(const struct timeline_view *view, const struct timeline_side *side,
                           double *from_ns, double *to_ns);

/* The place of each part, inside the frame of the view. */
struct timeline_pane {
    int row, rows; /* of its lanes; rows 0: no room */
    int heading;   /* row of its heading; -1: none */
    int first;     /* the side's first visible row */
};
struct timeline_layout {
    int legend_rows; /* 0: no legend */
    int names;       /* columns of the lanes' names */
    int shares;      /* columns of the busy shares behind the lanes; 0: none */
    int columns;     /* of the lanes */
    int axis;        /* row of the axis; its texts and the findings follow */
    int notes;       /* rows of findings and notes, from axis + 2 on */
    struct timeline_pane panes[TIMELINE_SIDES];
};
void timeline_view_lay_out(const struct timeline_view *view, int rows, int columns,
                           struct timeline_layout *layout);
