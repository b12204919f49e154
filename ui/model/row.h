/*
 * row.h - a row of the variant list: a live or recorded variant, or kept samples. It borrows
 * everything that it points to. It is valid until a snapshot arrives, a tag changes or a recording
 * is read.
 */
#pragma once

#include "../../src/engine/run.h"

#define EXPLORER_LINES 128 /* lines of the variant list that are drawn, at most */

/* `run` is NULL before the first snapshot, and if a recording has no run at the present point. */
struct row {
    const char *name; /* NULL: no such row */
    const struct variant *known;
    const struct run *run;
    const struct device_info *device;
    const struct ceilings *ceilings; /* of the device; all 0: not measured */
    const char *mark; /* "RECORDED <device>, <date>", or how the samples were kept; "": live */
    bool own;         /* belongs to the source; otherwise it is on the shelf or kept */
    bool recorded;
    bool kept; /* a copy of samples */
};

/* Returns a sentence on why the row has no samples; "" if it has samples or soon will, or was not
 * recorded at these knobs. */
const char *row_reason(const struct row *row);

/* A line of the list: a row, or a heading above rows. */
struct line {
    const char *title; /* a heading; NULL: a row */
    uint32_t row;
};

/* Ranks of the ladder's rungs, indexed by row of the list. They take into account that many rungs
 * are compared (Holm). */
struct ranks {
    bool close[EXPLORER_LINES]; /* not distinguishable from the previous rung */
    bool best[EXPLORER_LINES];  /* the fastest rung of its ladder, or indistinguishable from the
                                   fastest; false if fewer than two rungs can be compared */
};
