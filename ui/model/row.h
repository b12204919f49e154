/*
 * row.h - a row of the list of variants: what runs here, or is recorded, or was kept. It borrows
 * all that it points to, and is good until the next snapshot, tag or recording.
 */
#ifndef UI_ROW_H
#define UI_ROW_H

#include "../../src/engine/run.h"

#define EXPLORER_LINES 128 /* of the list of variants that are drawn, at most */

/* `run` is NULL while nothing is known of it, and where a recording has none at the present point.
 */
struct row {
    const char *name; /* NULL: there is no such row */
    const struct variant *known;
    const struct run *run;
    const struct device_info *device;
    const struct ceilings *ceilings; /* of the device; all 0: not known */
    const char *mark;                /* "RECORDED <device>, <date>", or how it was kept; "": live */
    bool own;                        /* of what is looked at; else of a shelf, or kept */
    bool recorded;
    bool kept; /* samples as they were when they were kept */
};

/* One sentence on why the row has no samples; "" if it has them or soon will, or was not recorded
 * at these knobs. */
const char *row_reason(const struct row *row);

/* A line of the list: a row, or what the rows below are. */
struct line {
    const char *title; /* NULL: a row */
    uint32_t row;
};

/* What the rungs of the ladder are worth, by row of the list; corrected for being many. */
struct ranks {
    bool close[EXPLORER_LINES]; /* it cannot be told from the rung before */
    bool best[EXPLORER_LINES]; /* nor from the fastest of its target, workload and device: one of at
                                * least two that were compared */
};

#endif
