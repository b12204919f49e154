#include "prefill.h"

#include "times.h"

struct stamp prefill_extent(const struct prefill_span *spans, uint32_t count)
{
    struct stamp extent = extent_empty;
    for (uint32_t i = 0; i < count; i++)
        if (spans[i].kind != SPAN_SUBMIT)
            extent_add(&extent, spans[i].begin_ns, spans[i].end_ns);
    return extent;
}

bool prefill_figures_of(const struct run *run, const struct trace *trace,
                        struct prefill_figures *figures)
{
    const struct stamp chunks = prefill_extent(trace->spans, trace->span_count);
    *figures = (struct prefill_figures){0};
    if (chunks.end_ns == 0)
        return false;
    const struct stamp steps = trace_extent(trace, 0, trace->steps);
    figures->prefill_ns = chunks.end_ns - chunks.begin_ns;
    figures->hidden_ns = saturating_sub(min_u64(chunks.end_ns, steps.end_ns),
                                        max_u64(chunks.begin_ns, steps.begin_ns));
    if (run->facts.free_running || trace->steps == 0)
        return true;
    const struct stamp first = trace_extent(trace, 0, 1);
    if (first.end_ns == 0)
        return true;
    figures->start_ns = min_u64(first.begin_ns, chunks.begin_ns);
    figures->before_ns = first.begin_ns - figures->start_ns;
    figures->first_step_ns = first.end_ns - first.begin_ns;
    return true;
}

double prefill_gb_per_s(const struct run *run)
{
    const double p50_ns = run_p50_ns(run, METRIC_PREFILL);
    return p50_ns > 0 ? (double)run->facts.prefill_bytes / p50_ns : 0;
}

uint32_t prefill_cap(const struct run *run)
{
    const uint64_t needed = KNOB_BIT(MAX_IN_FLIGHT) | KNOB_BIT(PREFILL_STREAMS);
    if ((run_read_knobs(run) & needed) != needed || run->used.max_in_flight == 0 ||
        !run_knows(run, KNOB_MAX_IN_FLIGHT) || !run_knows(run, KNOB_PREFILL_STREAMS))
        return 0;
    return (uint32_t)min_u64((uint64_t)run->used.max_in_flight,
                             (uint64_t)run->used.prefill_streams);
}
