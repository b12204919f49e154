/*
 * sweep_view.h - a sweep of one knob for a few variants on a device, measured point by point. Owns
 * the plan and the results. Pure: the caller passes requests to the worker and its snapshots back.
 * Zeroed: no sweep.
 */
#pragma once

#include "../../src/engine/worker.h"
#include "../../src/harness/sweep_summary.h"
#include "sweep_values.h"
#include "tags.h"

struct sweep_view {
    bool running;
    struct sweep plan;            /* one varied knob; its variants */
    struct sweep_values values;   /* of the swept knob */
    struct sweep_results results; /* owned; all NULL: none yet */
    uint32_t point;               /* the point being measured, from 1 */
    uint64_t posted;              /* id of its request */
    uint64_t posted_ns;           /* time of its request; 0: not sent yet */
};

/* A sweep to draw, live or recorded: p50 by value and variant. */
struct swept_series {
    const char *name;
    uint32_t row;                /* in the variant list */
    int letter;                  /* its tag; -1: none */
    bool unread;                 /* the variant does not read the knob: all values are the same */
    double p50_ns[SWEEP_VALUES]; /* 0: none */
    double tokens[SWEEP_VALUES]; /* per iteration */
    struct evidence evidence[SWEEP_VALUES];
    bool verified[SWEEP_VALUES];
    const char *reason[SWEEP_VALUES]; /* why a value is missing; NULL: no reason to give */
    int fastest; /* index of the fastest verified value, or the one with the most tokens/s; -1: none
                  */
    bool best[SWEEP_VALUES]; /* not distinguishable from `fastest`; needs two verified values */
};
struct swept {
    enum knob_id knob;
    uint32_t value_count, series_count;
    int64_t values[SWEEP_VALUES];
    struct swept_series series[EXPLORER_TAGS];
    bool recorded;
    bool by_rate;    /* by tokens/s, else by time */
    int64_t present; /* the knob's value, with auto resolved if the result is one of the values */
    char left_out[SWEEP_LEFT_OUT]; /* which values were not tried and why; "": none */
};

/* Starts a sweep of the knob and discards the previous one. False: *error, and no sweep runs. */
bool sweep_view_begin(struct sweep_view *view, const struct device_info *device,
                      const struct knobs *present, enum knob_id id, const struct targets *targets,
                      struct error *error);
void sweep_view_close(struct sweep_view *view);

/* Whether it has results or a running plan for this knob. */
bool sweep_view_is_of(const struct sweep_view *view, enum knob_id id);

/* The variant's index in a request; its variant count if it is absent. */
uint32_t sweep_view_index(const struct request *request, const struct variant *variant);

/* Turns the explorer's request into one for the present point, sent at now_ns. */
void sweep_view_ask(struct sweep_view *view, struct request *request, uint64_t now_ns);

enum sweep_step {
    SWEEP_WAITS, /* for the point's samples, or for its turn */
    SWEEP_NEXT,  /* the point was taken: request the next one */
    SWEEP_DONE   /* that was the last point */
};

/* Takes the present point from a snapshot once it is measured. `request` gives the order of the
 * runs. */
enum sweep_step sweep_view_take(struct sweep_view *view, const struct snapshot *snapshot,
                                const struct request *request, uint64_t now_ns);

/* Writes the values of a variant's point into a series. */
void sweep_view_fill(const struct sweep_view *view, uint32_t variant, struct swept_series *series);
