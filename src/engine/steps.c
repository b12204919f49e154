#include "steps.h"

#include "prefill.h"
#include "times.h"

#include <string.h>

/* Forgets the previous ends: the next step has no known predecessor. */
static void forget_ends(struct steps *steps)
{
    memset(steps->program_end_ns, 0, steps->followed * sizeof *steps->program_end_ns);
    steps->followed = 0;
}

void steps_begin(struct steps *steps, bool free_running, bool alone)
{
    steps->seen = 0;
    steps->next_row = 0;
    steps->free_running = free_running;
    steps->alone = alone;
    forget_ends(steps);
}

/* One row over the participating programs. */
struct extent {
    uint64_t begin_ns, end_ns; /* earliest and latest */
    uint64_t first_end_ns;
    uint32_t last;       /* the program that ended last */
    uint64_t own_end_ns; /* when that program ended its previous step; 0: unknown */
};

/* Fills *extent, and records when each program ended the row. False if no program took part. */
static bool row_extent(struct steps *steps, const struct stamp_batch *batch, uint32_t row,
                       struct extent *extent)
{
    *extent = (struct extent){.begin_ns = UINT64_MAX, .first_end_ns = UINT64_MAX};
    for (uint32_t p = 0; p < batch->programs; p++) {
        const struct stamp *stamp = stamp_of(batch, p, row);
        if (stamp->end_ns == 0) /* the program had no part in the step */
            continue;
        extent->begin_ns = min_u64(extent->begin_ns, stamp->begin_ns);
        extent->first_end_ns = min_u64(extent->first_end_ns, stamp->end_ns);
        if (stamp->end_ns > extent->end_ns) {
            extent->end_ns = stamp->end_ns;
            extent->last = p;
            extent->own_end_ns = p < STEPS_PROGRAMS ? steps->program_end_ns[p] : 0;
        }
        if (p < STEPS_PROGRAMS)
            steps->program_end_ns[p] = stamp->end_ns;
    }
    return extent->end_ns != 0;
}

static void break_down(const struct steps *steps, const struct stamp_batch *batch, uint32_t row,
                       const struct extent *extent, uint64_t latency_ns, struct run *run)
{
    const uint32_t p = extent->last;
    struct breakdown_step step = {
        .latency_ns = latency_ns,
        .before_ns = saturating_sub(stamp_of(batch, p, row)->begin_ns, steps->previous_end_ns),
        .spread_ns = extent->end_ns - extent->first_end_ns,
        .phased = batch->phases != NULL,
    };
    if (step.phased) {
        step.lead_ns = saturating_sub(steps->previous_end_ns, extent->own_end_ns);
        step.data_ns = phase_of(batch, p, row)->data_ns;
        step.barrier_ns = phase_of(batch, p, row)->barrier_ns;
    }
    if (!step.phased || extent->own_end_ns != 0) /* otherwise it is unknown when the wait began */
        breakdown_add(&run->breakdown, &step);
}

static void add_step(struct steps *steps, const struct stamp_batch *batch, uint32_t row,
                     const struct extent *extent, struct run *run)
{
    uint64_t latency = saturating_sub(extent->end_ns, steps->previous_end_ns);
    const bool first = steps->seen++ == 0;
    if (steps->alone) {
        if (!first)
            histogram_record(&run->histograms[METRIC_ALONE], latency);
    } else if (first) {
        histogram_record(&run->histograms[METRIC_TTFT], latency);
        breakdown_add_start(&run->breakdown, saturating_sub(extent->begin_ns, steps->submitted_ns));
    } else {
        /* A step's begin may be later than its end if the clocks of two programs disagree. */
        const uint64_t gap =
            min_u64(saturating_sub(extent->begin_ns, steps->previous_end_ns), latency);
        histogram_record(&run->histograms[METRIC_STEP], latency);
        histogram_record(&run->histograms[METRIC_GAP], gap);
        histogram_record(&run->histograms[METRIC_BUSY], latency - gap);
        break_down(steps, batch, row, extent, latency, run);
    }
    steps->previous_end_ns += latency;
}

static void add_program_step(struct steps *steps, const struct stamp_batch *batch, uint32_t row,
                             uint32_t program, struct run *run)
{
    const struct stamp *stamp = stamp_of(batch, program, row);
    const uint64_t before_ns = steps->program_end_ns[program];
    if (before_ns != 0 && !steps->alone && batch->phases) {
        const struct phase *phase = phase_of(batch, program, row);
        breakdown_add(&run->breakdown, &(struct breakdown_step){
                                           .latency_ns = saturating_sub(stamp->end_ns, before_ns),
                                           .before_ns = saturating_sub(stamp->begin_ns, before_ns),
                                           .phased = true,
                                           .data_ns = phase->data_ns,
                                           .barrier_ns = phase->barrier_ns});
    }
    if (before_ns != 0)
        histogram_record(&run->histograms[steps->alone ? METRIC_ALONE : METRIC_STEP],
                         saturating_sub(stamp->end_ns, before_ns));
    steps->program_end_ns[program] = stamp->end_ns;
    steps->seen++;
}

/* Called if rows are missing before the batch. Its first row has no known predecessor: it only
 * provides the end that the next row needs. */
static void skip_rows(struct steps *steps, const struct stamp_batch *batch)
{
    struct extent step;
    forget_ends(steps);
    if (!steps->free_running && row_extent(steps, batch, batch->first, &step))
        steps->previous_end_ns = step.end_ns;
}

void steps_add(struct steps *steps, const struct stamp_batch *batch, struct run *run)
{
    const uint32_t programs = batch->programs < STEPS_PROGRAMS ? batch->programs : STEPS_PROGRAMS;
    uint32_t first = batch->first;
    if (batch->count > 0 && first > steps->next_row) {
        skip_rows(steps, batch);
        first += !steps->free_running;
    }
    steps->followed = programs > steps->followed ? programs : steps->followed;
    steps->next_row = batch->first + batch->count;
    for (uint32_t row = first; row < batch->first + batch->count; row++) {
        struct extent step;
        if (!steps->free_running) {
            if (row_extent(steps, batch, row, &step))
                add_step(steps, batch, row, &step, run);
            continue;
        }
        for (uint32_t p = 0; p < programs; p++)
            if (stamp_of(batch, p, row)->end_ns != 0)
                add_program_step(steps, batch, row, p, run);
    }
}

void steps_finish(struct steps *steps, uint64_t synchronised_ns, struct run *run)
{
    uint64_t iteration = saturating_sub(synchronised_ns, steps->submitted_ns);
    if (steps->alone) {
        histogram_record(&run->histograms[METRIC_DECODE], iteration);
        return;
    }
    histogram_record(&run->histograms[METRIC_ITERATION], iteration);
    breakdown_settle(&run->breakdown, &run->histograms[METRIC_STEP], &run->histograms[METRIC_TTFT]);
    if (steps->seen > 0 && !steps->free_running)
        histogram_record(&run->histograms[METRIC_SYNC],
                         saturating_sub(synchronised_ns, steps->previous_end_ns));
}

void steps_add_prefill(const struct prefill_span *spans, uint32_t count, struct run *run)
{
    const struct stamp chunks = prefill_extent(spans, count);
    if (chunks.begin_ns < chunks.end_ns)
        histogram_record(&run->histograms[METRIC_PREFILL], chunks.end_ns - chunks.begin_ns);
}
