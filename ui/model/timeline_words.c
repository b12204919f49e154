#include "timeline_words.h"

#include "../../src/base/text.h"

void timeline_words_iteration(const struct timeline_view *view, const struct timeline_side *side,
                              const char *between, char *text, size_t size)
{
    char number[32], lasts[24];
    text[0] = '\0';
    if (side->letter >= 0)
        text_append(text, size, "%c %s%s", 'A' + side->letter, side->of.variant, between);
    text_append(text, size, "%s iteration", view->slowest ? "slowest" : "typical");
    if (side->row_count == 0)
        return;
    if (side->trace.number > 0)
        text_append(text, size, " %s",
                    text_integer(number, sizeof number, (int64_t)side->trace.number));
    text_append(text, size, ", %s",
                text_duration(lasts, sizeof lasts, (double)side->timeline.iteration_ns));
}

void timeline_words_steps(const struct timeline_side *side, char *text, size_t size)
{
    const struct timeline_figures *figures = &side->figures;
    const struct facts *facts = &side->of.facts;
    const uint32_t steps = side->trace.steps;
    char step[24], gap[24], busy[24];
    text[0] = '\0';
    if (facts->free_running && steps > 0)
        text_append(text, size, "Programs run freely: no step of the batch has an end");
    if (facts->free_running || steps < 2)
        return;
    const double gap_ns = (double)figures->gap_ns / (steps - 1);
    const double busy_ns = (double)figures->busy_ns / (steps - 1);
    const double step_ns = gap_ns + busy_ns;
    if (steps < side->trace.steps_run)
        text_append(text, size, "%u steps kept: ", steps);
    text_append(
        text, size, "mean step %s = %s %s (%.0f %%) + busy %s",
        text_duration(step, sizeof step, step_ns),
        timeline_part_name(side->parts.by_launch ? LANE_LAUNCH_GAP : LANE_GAP, side->parts.wakes),
        text_duration(gap, sizeof gap, gap_ns), step_ns > 0 ? 100 * gap_ns / step_ns : 0,
        text_duration(busy, sizeof busy, busy_ns));
}

void timeline_words_left_out(const struct timeline_side *side, char *text, size_t size)
{
    const struct trace *trace = &side->trace;
    if (trace->steps < trace->steps_run)
        text_append(text, size, "%u of %u steps", trace->steps, trace->steps_run);
    else if (trace->programs < trace->programs_run)
        text_append(text, size, "%u of %u programs", trace->programs, trace->programs_run);
    else if (trace->span_count < trace->spans_run)
        text_append(text, size, "%u of %u spans", trace->span_count, trace->spans_run);
}
