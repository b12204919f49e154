/*
 * sweep_view.h - the range of a knob for a few variants of a device, measured point by point. It
 * owns the plan and the results. Pure: the caller asks the worker, and hands over what that found.
 * A zeroed one has measured nothing.
 */
#ifndef UI_SWEEP_VIEW_H
#define UI_SWEEP_VIEW_H

#include "../../src/engine/worker.h"
#include "../../src/harness/sweep_summary.h"
#include "sweep_values.h"
#include "tags.h"

struct sweep_view {
    bool running;
    struct sweep plan;            /* one varied knob; its variants */
    struct sweep_values values;   /* of that knob */
    struct sweep_results results; /* owned; all NULL: none yet */
    uint32_t point;               /* that is measured now, from 1 */
    uint64_t posted;              /* id of its request */
    uint64_t posted_ns;           /* when it was asked for; 0: not yet */
};

/* What there is to draw of a sweep, live or recorded: p50 by value and variant. */
struct swept_series {
    const char *name;
    uint32_t row;                /* of the list of variants */
    int letter;                  /* its tag; -1: none */
    bool unread;                 /* it does not read the knob: all values are the same */
    double p50_ns[SWEEP_VALUES]; /* 0: none */
    double tokens[SWEEP_VALUES]; /* of an iteration */
    struct evidence evidence[SWEEP_VALUES];
    bool verified[SWEEP_VALUES];
    const char *reason[SWEEP_VALUES]; /* why there is none; NULL: nothing to say */
    int fastest; /* of the verified values, or the one with the most tokens/s; -1: there are none */
    bool best[SWEEP_VALUES]; /* it cannot be told from that; of two verified values at least */
};
struct swept {
    enum knob_id knob;
    uint32_t value_count, series_count;
    int64_t values[SWEEP_VALUES];
    struct swept_series series[EXPLORER_TAGS];
    bool recorded;
    bool by_rate;    /* by tokens/s, else by time */
    int64_t present; /* the knob's value; what auto came to, if that is one of the values */
    char left_out[SWEEP_LEFT_OUT]; /* which values were not tried and why; "" */
};

/* Begins a sweep of the knob and discards the previous one. False: *error, and no sweep runs. */
bool sweep_view_begin(struct sweep_view *view, const struct device_info *device,
                      const struct knobs *present, enum knob_id id, const struct targets *targets,
                      struct error *error);
void sweep_view_end(struct sweep_view *view); /* keeps what was measured */
void sweep_view_close(struct sweep_view *view);

/* Whether it has results, or a plan that runs, of this knob. */
bool sweep_view_is_of(const struct sweep_view *view, enum knob_id id);

/* Where the variant stands in a request; its count if it does not. */
uint32_t sweep_view_index(const struct request *request, const struct variant *variant);

/* Turns the explorer's request into one for the present point, asked for at now_ns. */
void sweep_view_ask(struct sweep_view *view, struct request *request, uint64_t now_ns);

enum sweep_step {
    SWEEP_WAITS, /* for the point's samples, or for its turn */
    SWEEP_NEXT,  /* the point was taken: the next one is to be asked for */
    SWEEP_DONE   /* it was the last */
};

/* Takes the present point from a snapshot, if it was measured. `request`: the order of the runs. */
enum sweep_step sweep_view_take(struct sweep_view *view, const struct snapshot *snapshot,
                                const struct request *request, uint64_t now_ns);

/* Writes the values of a variant's point into a series. */
void sweep_view_fill(const struct sweep_view *view, uint32_t variant, struct swept_series *series);

#endif
