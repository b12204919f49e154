/*
 * row.h - a row of the variant list: a live or recorded variant, or kept samples. It borrows
 * everything that it points to, and is valid until the next snapshot, tag or recording.
 */
#pragma once

#include "../../src/engine/run.h"

#define EXPLORER_LINES 128 /* most lines drawn of the variant list */

/* `run` is NULL while nothing is known, and if a recording has no run at the present point. */
struct row {
    const char *name; /* NULL: no such row */
    const struct variant *known;
    const struct run *run;
    const struct device_info *device;
    const struct ceilings *ceilings; /* of the device; all 0: unknown */
    const char *mark; /* "RECORDED <device>, <date>", or how the samples were kept; "": live */
    bool own;         /* belongs to the source; else to a shelf, or kept */
    bool recorded;
    bool kept; /* a copy of samples */
};

/* One sentence on why the row has no samples; "" if it has some or soon will, or was not recorded
 * at these knobs. */
const char *row_reason(const struct row *row);

/* A line of the list: a row, or a heading above rows. */
struct line {
    const char *title; /* a heading; NULL: a row */
    uint32_t row;
};

/* Ranks of the rungs of the ladder, by row of the list; corrected for multiple comparisons. */
struct ranks {
    bool close[EXPLORER_LINES]; /* not distinguishable from the previous rung */
    bool best[EXPLORER_LINES];  /* the fastest of its target, workload and device, of at least two
                                   compared, or not distinguishable from it */
};
