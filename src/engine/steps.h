/*
 * steps.h - computes latencies, gaps and TTFT from the stamps of all programs.
 *
 *     begin(t), end(t)  earliest begin and latest end of step t over the participating programs
 *     latency(t)        end(t) - end(t-1)
 *     gap(t)            max(0, begin(t) - end(t-1))
 *     busy(t)           latency(t) - gap(t)
 *
 * All values are integers. So busy + gap equals the latency exactly, and TTFT + all latencies +
 * sync equals the iteration's duration exactly. In a free-running iteration a step of the batch has
 * no end: each program's own latencies are recorded instead, without busy, gap, TTFT and sync.
 *
 * breakdown.h divides the same latencies by what the last program of each step did in them.
 */
#pragma once

#include "run.h"

#define STEPS_PROGRAMS 4096u /* programs whose own steps are tracked */

struct steps {
    uint64_t submitted_ns;
    uint64_t previous_end_ns; /* end of the last step; submitted_ns before the first */
    uint64_t seen;            /* steps recorded in this iteration */
    uint32_t next_row;        /* the row expected next, if none is missing */
    bool free_running;
    bool alone;        /* without the iteration's prefill: only METRIC_ALONE is recorded */
    uint32_t followed; /* entries of program_end_ns that may be set */
    uint64_t program_end_ns[STEPS_PROGRAMS]; /* each program's last end; 0: none */
};

/* Resets the state before the next iteration is submitted. `alone`: without its prefill. Zero
 * *steps before the first call. */
void steps_begin(struct steps *steps, bool free_running, bool alone);

/* Records the time of submission. Part of the measured path. */
static inline void steps_submit(struct steps *steps, uint64_t submitted_ns)
{
    steps->submitted_ns = steps->previous_end_ns = submitted_ns;
}

/* Records the rows of a batch in the run's histograms. Rows come in order, each once. Allocates
 * nothing. Skips a step in which no program took part. The first row after missing rows has no
 * latency, because its predecessor's end is unknown. */
void steps_add(struct steps *steps, const struct stamp_batch *batch, struct run *run);

/* Records the iteration: its duration and, if it recorded steps, the sync after the last step. If
 * it ran without its prefill, records only its duration, as METRIC_DECODE. */
void steps_finish(struct steps *steps, uint64_t synchronised_ns, struct run *run);

/* Records an iteration's prefill. Does nothing if no span is a chunk. */
void steps_add_prefill(const struct prefill_span *spans, uint32_t count, struct run *run);
