/*
 * lanes.h - from a timeline to rows of cells. Pure: no curses.
 *
 * A lane is one row for its outer events and, where it has inner ones, one below for these. Copies
 * in flight are a plot of several rows: each stands for `unit` copies, the lowest for the first.
 */
#ifndef UI_LANES_H
#define UI_LANES_H

#include "../../src/engine/timeline.h"

#define LANES_ROWS    512  /* of a timeline; what comes after is not shown */
#define LANES_COLUMNS 512u /* a wider view leaves the rest empty */
#define LANES_PLOT    4u   /* rows that copies in flight take at most */

struct lane_row {
    uint32_t lane, depth;
    size_t first, last; /* the lane's events: [first, last) */
    bool plot;          /* of copies in flight: this row shows those above `below` */
    uint32_t below, unit;
    bool titled; /* the lane's first row: it bears its name */
};

/* The rows of a timeline, from top to bottom; at most LANES_ROWS. `cap`: copies allowed in flight,
 * which the plot has room for; 0: no cap. Returns how many. */
int lanes_rows(const struct timeline *timeline, uint32_t cap, struct lane_row *rows);

struct lane_cell {
    enum timeline_kind kind;             /* what takes most of the cell's time */
    double share;                        /* of its time that this takes: 0, nothing, to 1 */
    uint32_t most;                       /* of a plot: most copies at once in its time */
    const struct timeline_event *begins; /* the event that begins here; NULL: none, or several */
};

/* Fills `columns` cells, at most LANES_COLUMNS, of equal parts of [from_ns, to_ns). */
void lanes_fill(const struct timeline *timeline, const struct lane_row *row, double from_ns,
                double to_ns, unsigned columns, struct lane_cell *cells);

/* The row's event that takes most of [from_ns, to_ns); NULL: there is none. */
const struct timeline_event *lanes_event(const struct timeline *timeline,
                                         const struct lane_row *row, double from_ns, double to_ns);

#endif
