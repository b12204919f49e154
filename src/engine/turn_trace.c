#include "turn_trace.h"

#include <stdlib.h>

static void take(const struct turn *turn, struct trace *trace)
{
    const struct stamp_batch *last = &turn->last;
    if (last->ring && last->first + last->count > last->ring)
        return; /* its first steps are already overwritten */
    if (trace_take(trace, last->stamps, last->phases, last->stride, last->first + last->count,
                   last->programs, turn->submitted_ns, last->synchronised_ns) &&
        trace_take_spans(trace, last->spans, last->span_count, turn->submitted_ns) &&
        trace_take_operations(trace, turn->operations, turn->operation_count, last,
                              turn->submitted_ns)) {
        trace->steps_run = last->rows_run;
        trace->number = turn->run->histograms[METRIC_ITERATION].count;
    }
}

void turn_trace_keep_slowest(struct turn *turn)
{
    const struct stamp_batch *last = &turn->last;
    if (last->stamps &&
        last->synchronised_ns - turn->submitted_ns > turn->run->slowest.iteration_ns)
        take(turn, &turn->run->slowest);
}

void turn_trace_keep_typical(struct turn *turn)
{
    struct run *run = turn->run;
    const struct stamp_batch *last = &turn->last;
    if (!turn->variant || !last->stamps)
        return;
    int64_t median = (int64_t)histogram_percentile(&run->histograms[METRIC_ITERATION], 0.5);
    int64_t duration = (int64_t)(last->synchronised_ns - turn->submitted_ns);
    int64_t kept = (int64_t)run->typical.iteration_ns;
    if (kept == 0 || llabs(duration - median) < llabs(kept - median))
        take(turn, &run->typical);
}
