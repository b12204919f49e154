/*
 * lanes.h - turns a timeline and its parts into rows of cells. Does not draw.
 *
 * A lane has up to two rows: the outline of its containers (the iteration, a persistent kernel, the
 * batch's steps), and its parts, busy or waiting. A lane of copies in flight is a bar
 * chart of several rows, in which each row is `unit` copies high.
 */
#pragma once

#include "../../src/engine/timeline_parts.h"

#define LANES_ROWS    512  /* further rows are not shown */
#define LANES_COLUMNS 512u /* in a wider view, the rest is empty */
#define LANES_PLOT    4u   /* rows of a plot of copies in flight, at most */

enum lane_look { LANE_OUTLINE, LANE_PARTS, LANE_PLOT };

struct lane_row {
    uint32_t lane;
    enum lane_look look;
    size_t first, last;   /* the lane's events: [first, last) */
    uint32_t below, unit; /* in a plot: this row shows copies below + 1 to below + unit */
    bool titled;          /* the lane's first row, which shows its name */
};

/* Writes the rows of a timeline from top to bottom, at most LANES_ROWS. `cap`: how many copies may
 * be in flight at once, which sets the least height of the plot; 0: no cap. Returns the number of
 * rows. */
int lanes_rows(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
               struct lane_row *rows);

/* Writes the row's name. A lane's first row has the lane's name; parts below an outline are "batch:
 * busy" or "iteration: sync"; a plot's lower rows have their number of copies, "in flight: 1". In
 * the row of the cap, appends ", cap 2". */
void lanes_name(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
                const struct lane_row *row, char *text, size_t size);

/* A cell of an outline or of a plot. */
struct lane_cell {
    bool covered;                        /* an event covers the middle of the cell */
    uint32_t most;                       /* in a plot: most copies at once */
    double mean;                         /* in a plot: average number of copies */
    const struct timeline_event *begins; /* the event that begins here; NULL: none, or several */
};

/* Fills `columns` cells, at most LANES_COLUMNS, that divide [from_ns, to_ns) evenly, for an outline
 * or a plot. For parts, use timeline_parts_fill. */
void lanes_fill(const struct timeline *timeline, const struct lane_row *row, double from_ns,
                double to_ns, unsigned columns, struct lane_cell *cells);

/* A span of a row: a part, a container, or a stretch with a constant number of copies in flight. */
struct lane_span {
    uint64_t begin_ns, end_ns;
    enum part_kind kind; /* LANE_KINDS: not a part */
    const struct timeline_event *event;
};

/* Finds the row's span that overlaps most with [from_ns, to_ns). False: none. */
bool lanes_span_at(const struct timeline *timeline, const struct timeline_parts *parts,
                   const struct lane_row *row, double from_ns, double to_ns,
                   struct lane_span *span);

/* Finds the row's first span that begins after ns (direction 1), or the last that begins before ns
 * (-1). False: none. */
bool lanes_span_next(const struct timeline *timeline, const struct timeline_parts *parts,
                     const struct lane_row *row, double ns, int direction, struct lane_span *span);
