/*
 * sweep_view.h - a sweep of one knob for a few variants on a device, measured point by point. Owns
 * the plan and the results. The caller sends the requests to the worker and passes its snapshots
 * here. A zeroed struct means no sweep.
 */
#pragma once

#include "../../src/engine/worker.h"
#include "../../src/harness/sweep_summary.h"
#include "sweep_values.h"
#include "tags.h"

struct sweep_view {
    bool running;
    struct sweep plan;            /* the knob that varies (axes[0]), and the variants */
    struct sweep_values values;   /* values of the swept knob */
    struct sweep_results results; /* owned; `all` NULL: none yet */
    uint32_t point;               /* the point being measured, from 1 */
    uint64_t posted;              /* id of the point's request */
    uint64_t posted_ns;           /* time of the point's request; 0: not sent yet */
};

/* A live or recorded sweep to draw: for each variant, a series of p50 by value of the knob. */
struct swept_series {
    const char *name;
    uint32_t row;                /* index in the variant list */
    int letter;                  /* its tag; -1: none */
    bool unread;                 /* the variant does not read the knob: all values are the same */
    double p50_ns[SWEEP_VALUES]; /* 0: none */
    double tokens[SWEEP_VALUES]; /* per iteration */
    struct evidence evidence[SWEEP_VALUES];
    bool verified[SWEEP_VALUES];
    const char *reason[SWEEP_VALUES]; /* why a value is missing; NULL: none known */
    int fastest; /* index of the best verified value: least time, or most tokens/s; -1: none */
    bool best[SWEEP_VALUES]; /* not distinguishable from `fastest`; false without two verified
                                values */
};
struct swept {
    enum knob_id knob;
    uint32_t value_count, series_count;
    int64_t values[SWEEP_VALUES];
    struct swept_series series[EXPLORER_TAGS];
    bool recorded;
    bool by_rate;    /* the plot shows tokens/s, otherwise time */
    int64_t present; /* the knob's current value; if that is `auto`, and the sweep has the value
                        that auto resolves to: that value */
    char left_out[SWEEP_LEFT_OUT]; /* which values were not tried and why; "": none */
};

/* Starts a sweep of the knob and discards the previous one. False: *error, and no sweep runs. */
bool sweep_view_begin(struct sweep_view *view, const struct device_info *device,
                      const struct knobs *present, enum knob_id id, const struct targets *targets,
                      struct error *error);
void sweep_view_close(struct sweep_view *view);

/* Whether the running or last sweep is of this knob. */
bool sweep_view_is_of(const struct sweep_view *view, enum knob_id id);

/* Returns the variant's index in a request; request->count: it is absent. */
uint32_t sweep_view_index(const struct request *request, const struct variant *variant);

/* Turns *request, the caller's copy of the explorer's request, into the request for the point being
 * measured. Stores now_ns as the time of that request. */
void sweep_view_ask(struct sweep_view *view, struct request *request, uint64_t now_ns);

enum sweep_step {
    SWEEP_WAITS, /* the point is not measured yet, or no sweep runs */
    SWEEP_NEXT,  /* the point's results were stored: request the next point */
    SWEEP_DONE   /* the last point's results were stored */
};

/* Stores the results of the point being measured, once a snapshot has them. `request` defines
 * the order of the snapshot's runs. */
enum sweep_step sweep_view_take(struct sweep_view *view, const struct snapshot *snapshot,
                                const struct request *request, uint64_t now_ns);

/* Writes a variant's results at all points into a series. */
void sweep_view_fill(const struct sweep_view *view, uint32_t variant, struct swept_series *series);
