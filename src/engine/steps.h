/*
 * steps.h - the step algebra: from the stamps of all programs to latencies, gaps and TTFT.
 *
 *     begin(t), end(t)  earliest begin and latest end of step t over the programs that had a part
 *     latency(t)        end(t) - end(t-1)
 *     gap(t)            max(0, begin(t) - end(t-1))
 *     busy(t)           latency(t) - gap(t)
 *
 * Integers throughout, so busy + gap is the latency exactly, and TTFT + all latencies + sync is the
 * iteration exactly. In a free-running iteration a step of the batch has no end: each program's own
 * latencies are recorded instead, without busy, gap, TTFT and sync.
 *
 * breakdown.h divides the same latencies by what the program that ends a step last did in them.
 */
#ifndef SRC_STEPS_H
#define SRC_STEPS_H

#include "run.h"

#define STEPS_PROGRAMS 4096u /* programs whose own steps are followed */

struct steps {
    uint64_t submitted_ns;
    uint64_t previous_end_ns; /* end of the last step seen; submitted_ns before the first */
    uint64_t seen;            /* steps recorded in this iteration */
    uint32_t next_row;        /* that comes if none is left out */
    bool free_running;
    bool alone;        /* without the iteration's prefill: only METRIC_ALONE is recorded */
    uint32_t followed; /* programs with an end that may be known */
    uint64_t program_end_ns[STEPS_PROGRAMS]; /* each program's last end; 0: none */
};

/* Forgets the last iteration, before the next one is submitted. `alone`: without its prefill. The
 * first time *steps is zeroed. */
void steps_begin(struct steps *steps, bool free_running, bool alone);

/* Says when it is submitted. Part of what is measured. */
static inline void steps_submit(struct steps *steps, uint64_t submitted_ns)
{
    steps->submitted_ns = steps->previous_end_ns = submitted_ns;
}

/* Records the rows of a batch in run's histograms. Rows come in order, each once. Allocates
 * nothing. A step in which no program had a part is passed over. After rows that were left out the
 * first one has no latency: it ends what is not known. */
void steps_add(struct steps *steps, const struct stamp_batch *batch, struct run *run);

/* Records the iteration: its duration and, where steps were seen, the sync after the last; of one
 * that was alone METRIC_DECODE. */
void steps_finish(struct steps *steps, uint64_t synchronised_ns, struct run *run);

/* Records the prefill of an iteration. Nothing where no chunk is among the spans. */
void steps_add_prefill(const struct prefill_span *spans, uint32_t count, struct run *run);

#endif
