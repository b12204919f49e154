/*
 * lanes.h - from a timeline and its parts to rows of cells. Pure: no curses.
 *
 * A lane has up to two rows: the outline of its containers (the iteration, a persistent kernel, the
 * batch's steps), and its parts, busy or waiting. Copies in flight are a plot of several rows: each
 * row is for `unit` copies, the lowest for the first.
 */
#ifndef UI_LANES_H
#define UI_LANES_H

#include "../../src/engine/timeline_parts.h"

#define LANES_ROWS    512  /* of a timeline; what comes after is not shown */
#define LANES_COLUMNS 512u /* a wider view leaves the rest empty */
#define LANES_PLOT    4u   /* rows that copies in flight take at most */

enum lane_look { LANE_OUTLINE, LANE_PARTS, LANE_PLOT };

struct lane_row {
    uint32_t lane;
    enum lane_look look;
    size_t first, last;   /* the lane's events: [first, last) */
    uint32_t below, unit; /* of a plot: this row shows the copies above `below` */
    bool titled;          /* the lane's first row: it bears its name */
};

/* The rows of a timeline, from top to bottom; at most LANES_ROWS. `cap`: copies allowed in flight,
 * which the plot has room for; 0: no cap. Returns how many. */
int lanes_rows(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
               struct lane_row *rows);

/* Writes the row's name: the lane's for its first row, "batch: busy" or "iteration: sync" for the
 * parts below an outline, "in flight: 1" for a plot's lower rows; with "cap 2" where the plot
 * reaches that. */
void lanes_name(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
                const struct lane_row *row, char *text, size_t size);

/* A container of an outline, or copies in flight. */
struct lane_cell {
    bool covered;                        /* one covers the middle of the cell */
    uint32_t most;                       /* of a plot: most copies at once in its time, */
    double mean;                         /* and how many there were on average */
    const struct timeline_event *begins; /* the one that begins here; NULL: none, or several */
};

/* Fills `columns` cells, at most LANES_COLUMNS, of equal parts of [from_ns, to_ns), for a row that
 * is an outline or a plot. timeline_parts_fill does it for parts. */
void lanes_fill(const struct timeline *timeline, const struct lane_row *row, double from_ns,
                double to_ns, unsigned columns, struct lane_cell *cells);

/* One thing in a row: a part, a container, or a stretch with so many copies in flight. */
struct lane_span {
    uint64_t begin_ns, end_ns;
    enum part_kind kind; /* LANE_KINDS: it is no part */
    const struct timeline_event *event;
};

/* The row's span that takes most of [from_ns, to_ns). False: there is none. */
bool lanes_span_at(const struct timeline *timeline, const struct timeline_parts *parts,
                   const struct lane_row *row, double from_ns, double to_ns,
                   struct lane_span *span);

/* The row's first span that begins after ns (direction 1), or last one that begins before (-1).
 * False: there is none. */
bool lanes_span_next(const struct timeline *timeline, const struct timeline_parts *parts,
                     const struct lane_row *row, double ns, int direction, struct lane_span *span);

#endif
