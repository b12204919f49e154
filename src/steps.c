#include "steps.h"

#include <string.h>

void steps_begin(struct steps *steps, const struct facts *facts, uint64_t submitted_ns, bool alone)
{
    steps->submitted_ns = submitted_ns;
    steps->previous_end_ns = submitted_ns;
    steps->seen = 0;
    steps->next_row = 0;
    steps->free_running = facts->free_running;
    steps->alone = alone;
    if (facts->free_running)
        memset(steps->program_end_ns, 0, sizeof steps->program_end_ns);
}

static inline bool had_a_part(const struct stamp *stamp)
{
    return stamp->end_ns != 0;
}

/* The earliest begin and the latest end in a row; false where no program had a part. */
static bool row_extent(const struct stamp_batch *batch, uint32_t row, struct stamp *extent)
{
    *extent = (struct stamp){.begin_ns = UINT64_MAX, .end_ns = 0};
    for (uint32_t p = 0; p < batch->programs; p++) {
        const struct stamp *stamp = stamp_of(batch, p, row);
        if (!had_a_part(stamp))
            continue;
        if (stamp->begin_ns < extent->begin_ns)
            extent->begin_ns = stamp->begin_ns;
        if (stamp->end_ns > extent->end_ns)
            extent->end_ns = stamp->end_ns;
    }
    return extent->end_ns != 0;
}

static inline uint64_t since(uint64_t later, uint64_t earlier)
{
    return later > earlier ? later - earlier : 0;
}

static void add_step(struct steps *steps, const struct stamp *step, struct run *run)
{
    uint64_t latency = since(step->end_ns, steps->previous_end_ns);
    const bool first = steps->seen++ == 0;
    if (steps->alone) {
        if (!first)
            histogram_record(&run->histograms[METRIC_ALONE], latency);
    } else if (first) {
        histogram_record(&run->histograms[METRIC_TTFT], latency);
    } else {
        uint64_t gap = since(step->begin_ns, steps->previous_end_ns);
        if (gap > latency) /* a begin after its own end: two clocks that disagree */
            gap = latency;
        histogram_record(&run->histograms[METRIC_STEP], latency);
        histogram_record(&run->histograms[METRIC_GAP], gap);
        histogram_record(&run->histograms[METRIC_BUSY], latency - gap);
    }
    steps->previous_end_ns += latency;
}

static void add_program_step(struct steps *steps, uint32_t program, const struct stamp *stamp,
                             struct run *run)
{
    uint64_t *end_ns = &steps->program_end_ns[program];
    if (*end_ns != 0)
        histogram_record(&run->histograms[steps->alone ? METRIC_ALONE : METRIC_STEP],
                         since(stamp->end_ns, *end_ns));
    *end_ns = stamp->end_ns;
    steps->seen++;
}

/* Rows before the batch's first are missing: what comes next follows nothing. */
static void skip_rows(struct steps *steps, const struct stamp_batch *batch)
{
    struct stamp step;
    if (steps->free_running)
        memset(steps->program_end_ns, 0, sizeof steps->program_end_ns);
    else if (row_extent(batch, batch->first, &step))
        steps->previous_end_ns = step.end_ns;
}

void steps_add(struct steps *steps, const struct stamp_batch *batch, struct run *run)
{
    uint32_t first = batch->first;
    if (batch->count > 0 && first > steps->next_row) {
        skip_rows(steps, batch);
        first += !steps->free_running;
    }
    steps->next_row = batch->first + batch->count;
    for (uint32_t row = first; row < batch->first + batch->count; row++) {
        struct stamp step;
        if (!steps->free_running) {
            if (row_extent(batch, row, &step))
                add_step(steps, &step, run);
            continue;
        }
        for (uint32_t p = 0; p < batch->programs && p < STEPS_PROGRAMS; p++) {
            const struct stamp *stamp = stamp_of(batch, p, row);
            if (had_a_part(stamp))
                add_program_step(steps, p, stamp, run);
        }
    }
}

void steps_finish(struct steps *steps, uint64_t synchronised_ns, struct run *run)
{
    uint64_t iteration = since(synchronised_ns, steps->submitted_ns);
    if (steps->alone) {
        histogram_record(&run->histograms[METRIC_DECODE], iteration);
        return;
    }
    histogram_record(&run->histograms[METRIC_ITERATION], iteration);
    if (steps->seen > 0 && !steps->free_running)
        histogram_record(&run->histograms[METRIC_SYNC],
                         since(synchronised_ns, steps->previous_end_ns));
}

void steps_add_prefill(const struct prefill_span *spans, uint32_t count, struct run *run)
{
    uint64_t begin_ns = UINT64_MAX, end_ns = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct prefill_span *span = &spans[i];
        if (span->kind == SPAN_SUBMIT)
            continue;
        begin_ns = span->begin_ns < begin_ns ? span->begin_ns : begin_ns;
        end_ns = span->end_ns > end_ns ? span->end_ns : end_ns;
    }
    if (begin_ns < end_ns)
        histogram_record(&run->histograms[METRIC_PREFILL], end_ns - begin_ns);
}
