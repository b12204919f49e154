/*
 * lanes.h - turns a timeline and its parts into rows of cells. Pure: no curses.
 *
 * A lane has up to two rows: the outline of its containers (the iteration, a persistent kernel, the
 * batch's steps), and its parts, busy or waiting. Copies in flight are a plot of several rows: each
 * row stands for `unit` copies, the lowest for the first ones.
 */
#pragma once

#include "../../src/engine/timeline_parts.h"

#define LANES_ROWS    512  /* lanes beyond these are not shown */
#define LANES_COLUMNS 512u /* a wider view leaves the rest empty */
#define LANES_PLOT    4u   /* most rows for copies in flight */

enum lane_look { LANE_OUTLINE, LANE_PARTS, LANE_PLOT };

struct lane_row {
    uint32_t lane;
    enum lane_look look;
    size_t first, last;   /* the lane's events: [first, last) */
    uint32_t below, unit; /* in a plot: this row shows the copies above `below` */
    bool titled;          /* the lane's first row, which bears its name */
};

/* The rows of a timeline, from top to bottom; at most LANES_ROWS. `cap`: most copies allowed in
 * flight, which the plot leaves room for; 0: no cap. Returns how many. */
int lanes_rows(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
               struct lane_row *rows);

/* Writes the row's name: the lane's name in its first row, "batch: busy" or "iteration: sync" for
 * the parts below an outline, "in flight: 1" for a plot's lower rows, with "cap 2" where the cap
 * is. */
void lanes_name(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
                const struct lane_row *row, char *text, size_t size);

/* A cell of an outline or of a plot. */
struct lane_cell {
    bool covered;                        /* an event covers the middle of the cell */
    uint32_t most;                       /* in a plot: most copies at once, */
    double mean;                         /* and their average */
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

/* The row's span that covers most of [from_ns, to_ns). False: none. */
bool lanes_span_at(const struct timeline *timeline, const struct timeline_parts *parts,
                   const struct lane_row *row, double from_ns, double to_ns,
                   struct lane_span *span);

/* The row's first span that begins after ns (direction 1), or the last that begins before it (-1).
 * False: none. */
bool lanes_span_next(const struct timeline *timeline, const struct timeline_parts *parts,
                     const struct lane_row *row, double ns, int direction, struct lane_span *span);
