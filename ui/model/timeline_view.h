/*
 * timeline_view.h - the timeline's own state: the iterations that it holds, which part of them is
 * seen, the cursor and the marks. Pure: no curses, and it knows no explorer.
 *
 * An iteration is copied when it is taken and stays until the user asks for another, whatever the
 * worker measures meanwhile. One iteration is shown, or two of them, A above B, on one time axis
 * that begins at each one's submission.
 */
#ifndef UI_TIMELINE_VIEW_H
#define UI_TIMELINE_VIEW_H

#include "lanes.h"
#include "operation_signs.h"

#define TIMELINE_SIDES 2
#define TIMELINE_MARKS 2

/* An iteration, and its rows. */
struct timeline_side {
    struct run of;      /* what its labels and facts are of; no samples, no traces */
    struct trace trace; /* owned; iteration_ns 0: there is none */
    struct timeline timeline;
    struct timeline_parts parts;
    struct timeline_figures figures;
    struct lane_row rows[LANES_ROWS];
    int row_count; /* 0: there is nothing to show */
    uint32_t cap;  /* copies allowed in flight; 0: no cap */
    int letter;    /* 0: A; -1: none */
    bool recorded;
    char mark[176]; /* "RECORDED …" */
    bool newer;     /* the run holds another such iteration by now */
    uint64_t run_print, trace_print;
};

struct timeline_view {
    bool slowest; /* of the epoch, else a typical one */
    bool fitted;  /* all of it is seen, however long it is */
    bool waits;   /* live: too few iterations yet to say which one is typical */
    double from_ns, to_ns, cursor_ns;
    int side, row;           /* that the cursor is in */
    struct lane_span chosen; /* by a jump, at the cursor; event NULL: what takes most of the
                              * cursor's column is meant */
    double marks[TIMELINE_MARKS];
    unsigned mark_count;
    struct timeline_side sides[TIMELINE_SIDES];
    int side_count;               /* 1, or 2 for A above B */
    struct operation_signs signs; /* of the operations of both sides */
};

/* Makes the side show a copy of the trace. `run`: what it is of. False: no memory; the side is
 * empty. */
bool timeline_side_take(struct timeline_side *side, const struct run *run,
                        const struct trace *trace);
void timeline_side_clear(struct timeline_side *side);

/* Of the longest iteration shown; 0: there is none. */
double timeline_view_length(const struct timeline_view *view);

/* The row that the cursor is in; NULL: there is none. */
const struct lane_row *timeline_view_row(const struct timeline_view *view);

/* Keeps what is seen within the iterations, and the cursor within what there is. After each change
 * of the sides. */
void timeline_view_settle(struct timeline_view *view);

void timeline_view_show_all(struct timeline_view *view);

/* Shows 1 / factor of the time; at_ns stays where it is on the screen. */
void timeline_view_zoom(struct timeline_view *view, double factor, double at_ns);

/* Moves what is seen; the cursor stays where it is on the screen. */
void timeline_view_pan(struct timeline_view *view, double by_ns);

/* Moves the cursor; what is seen follows, if it must. */
void timeline_view_go(struct timeline_view *view, double ns);

/* To another row, over the end of one side into the next. */
void timeline_view_move_row(struct timeline_view *view, int rows);

/* To the gaps and busy parts of the batch's steps, or of the first program's, on the upper side. */
void timeline_view_go_to_steps(struct timeline_view *view);

/* To the begin of the next span of the row (1), or of the one before (-1). False: there is none. */
bool timeline_view_jump(struct timeline_view *view, int direction);

/* The span that the cursor is on; `column_ns` is a column's width. False: nothing is there. */
bool timeline_view_span(const struct timeline_view *view, double column_ns, struct lane_span *span);

/* Zooms so that the span takes half of what is seen. */
void timeline_view_show_span(struct timeline_view *view, const struct lane_span *span);

/* Sets the next mark at the cursor: the first, the second, or the first anew. */
void timeline_view_mark(struct timeline_view *view);

/* The stretch that a side's busy shares are of: between two marks, else what is seen of its
 * iteration.
 */
void timeline_view_stretch(const struct timeline_view *view, const struct timeline_side *side,
                           double *from_ns, double *to_ns);

/* Where all is drawn, inside the frame of the view. */
struct timeline_pane {
    int row, rows; /* of its lanes; rows 0: it has no place */
    int heading;   /* row of its heading; -1: none */
    int first;     /* row of the side that is shown first */
};
struct timeline_layout {
    int legend, legend_rows; /* rows 0: none */
    int names;               /* columns of the lanes' names */
    int shares;              /* columns of the busy shares behind them; 0: none */
    int columns;             /* of the lanes */
    int axis;                /* row of the axis; its texts and what is found follow */
    int notes;               /* rows of what is found and noted, from axis + 2 on */
    struct timeline_pane panes[TIMELINE_SIDES];
};
void timeline_view_lay_out(const struct timeline_view *view, int rows, int columns,
                           struct timeline_layout *layout);

#endif
