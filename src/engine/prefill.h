/*
 * prefill.h - what a prefill beside a decode comes to: pure functions of a run and of the stamps
 * that it keeps of one iteration.
 */
#ifndef SRC_PREFILL_H
#define SRC_PREFILL_H

#include "run.h"

/* Of one iteration, in ns. */
struct prefill_figures {
    uint64_t prefill_ns; /* its first chunk's begin to its last one's end */
    uint64_t hidden_ns;  /* of these, the time between the first step's begin and the last's end */
    /* The parts of TTFT, which add up to the end of the first step. 0 where the iteration is
     * free-running or without stamps. */
    uint64_t start_ns;      /* from submission until the first chunk or the first step began */
    uint64_t before_ns;     /* from then until the first step began */
    uint64_t first_step_ns; /* from its begin to its end */
};

/* Whether the trace has a prefill; if so, what it comes to. */
bool prefill_figures_of(const struct run *run, const struct trace *trace,
                        struct prefill_figures *figures);

/* What the copies move, over the p50 of METRIC_PREFILL, in 1e9 bytes/s; 0 without samples. */
double prefill_gb_per_s(const struct run *run);

/* MAX_IN_FLIGHT as the run took it: at most as many as there are streams; 0: its variant reads no
 * such knob, or it was off. */
uint32_t prefill_cap(const struct run *run);

#endif
