#include "timeline.h"

#include "times.h"

#include <stdlib.h>

/* Returns the total time that at least one span covers. Sorts the spans by begin. */
static uint64_t union_ns(struct stamp *spans, size_t count)
{
    uint64_t sum_ns = 0, end_ns = 0;
    qsort(spans, count, sizeof *spans, compare_u64);
    for (size_t i = 0; i < count; i++) {
        sum_ns += saturating_sub(spans[i].end_ns, max_u64(spans[i].begin_ns, end_ns));
        end_ns = max_u64(spans[i].end_ns, end_ns);
    }
    return sum_ns;
}

static void count_event(const struct timeline *timeline, const struct timeline_event *event,
                        struct timeline_figures *figures)
{
    const uint64_t ns = event->end_ns - event->begin_ns;
    switch (event->kind) {
    case TIMELINE_LAUNCH:
    case TIMELINE_NODE:
        if (!event->activity)
            break;
        if (figures->kernels == 0 || event->begin_ns < figures->first_kernel_ns)
            figures->first_kernel_ns = event->begin_ns;
        figures->last_kernel_ns = max_u64(figures->last_kernel_ns, event->end_ns);
        figures->kernels++;
        figures->nodes += event->kind == TIMELINE_NODE;
        figures->kernel_ns += ns;
        break;
    case TIMELINE_COPY:
        figures->copies++;
        figures->copy_ns += ns;
        figures->copy_bytes += event->activity ? event->activity->bytes : 0;
        break;
    case TIMELINE_CALL:
        figures->calls++;
        figures->call_ns += ns;
        break;
    case TIMELINE_STEP:
        if (timeline->lanes[event->lane].group != TIMELINE_PROGRAMS)
            break;
        if (figures->last_step_ns == 0 || event->begin_ns < figures->first_step_ns)
            figures->first_step_ns = event->begin_ns;
        figures->last_step_ns = max_u64(figures->last_step_ns, event->end_ns);
        break;
    case TIMELINE_GAP:
        figures->gap_ns += event->step > 0 ? ns : 0;
        break;
    case TIMELINE_BUSY:
        figures->busy_ns += event->step > 0 ? ns : 0;
        break;
    default:
        break;
    }
}

void timeline_count(const struct timeline *timeline, struct timeline_figures *figures)
{
    size_t kernels = 0;
    *figures = (struct timeline_figures){0};
    for (size_t i = 0; i < timeline->event_count; i++)
        count_event(timeline, &timeline->events[i], figures);
    struct stamp *spans = figures->kernels ? malloc(figures->kernels * sizeof *spans) : NULL;
    for (size_t i = 0; spans && i < timeline->event_count; i++) {
        const struct timeline_event *event = &timeline->events[i];
        if (event->activity && event->activity->kind == ACTIVITY_KERNEL)
            spans[kernels++] = (struct stamp){.begin_ns = event->begin_ns, .end_ns = event->end_ns};
    }
    if (spans)
        figures->working_ns = union_ns(spans, kernels);
    free(spans);
}
