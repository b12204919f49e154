#include "../../src/engine/timeline.h"

#include "traces.h"

#define PROGRAMS 5u
#define STEPS    40u

static uint64_t source = 1;

static struct trace make_trace(bool free_running)
{
    struct stamp *stamps = calloc(STEPS * PROGRAMS, sizeof *stamps);
    const uint64_t begin_ns = 900 + random_below(&source, 500);
    const uint64_t end_ns = draw_stamps(&source, stamps, PROGRAMS, STEPS, begin_ns, free_running);
    return trace_of(stamps, PROGRAMS, STEPS, end_ns + 700);
}

/* Checks what is true of every timeline: its events are sorted and within the iteration, and in a
 * lane they overlap only if one is nested in the other. */
static void check_order(const struct timeline *timeline)
{
    uint64_t end_ns[2] = {0, 0}, outer_begin_ns = 0;
    uint32_t lane = UINT32_MAX;
    bool outer = false;
    for (size_t i = 0; i < timeline->event_count; i++) {
        const struct timeline_event *event = &timeline->events[i];
        cr_assert_lt(event->lane, timeline->lane_count);
        cr_assert_leq(event->begin_ns, event->end_ns);
        cr_assert_leq(event->end_ns, timeline->iteration_ns);
        cr_assert_not_null(event->label);
        if (event->lane != lane) {
            cr_assert(lane == UINT32_MAX || event->lane > lane);
            lane = event->lane;
            end_ns[0] = end_ns[1] = 0;
            outer = false;
        }
        cr_assert_geq(event->begin_ns, end_ns[event->depth], "lane %s", timeline->lanes[lane].name);
        end_ns[event->depth] = event->end_ns;
        if (event->depth == 0) {
            outer = true;
            outer_begin_ns = event->begin_ns;
        } else {
            cr_assert(outer);
            cr_assert_geq(event->begin_ns, outer_begin_ns);
            cr_assert_leq(event->end_ns, end_ns[0], "lane %s", timeline->lanes[lane].name);
        }
    }
    for (size_t i = 1; i < timeline->lane_count; i++)
        cr_assert_geq(timeline->lanes[i].group, timeline->lanes[i - 1].group);
}

static struct run run;
static struct timeline timeline;

static void close_all(void)
{
    timeline_close(&timeline);
    free(run.typical.stamps);
    free(run.typical.spans);
    run = (struct run){0};
}

TestSuite(timeline, .fini = close_all);

static size_t counted; /* events that sum_of found last */

/* The duration of all events of a kind in the lanes of a group. */
static uint64_t sum_of(enum timeline_group group, enum timeline_kind kind)
{
    uint64_t sum_ns = 0;
    counted = 0;
    for (size_t i = 0; i < timeline.event_count; i++) {
        const struct timeline_event *event = &timeline.events[i];
        if (event->kind != kind || timeline.lanes[event->lane].group != group)
            continue;
        sum_ns += event->end_ns - event->begin_ns;
        counted++;
    }
    return sum_ns;
}

/* Makes a run with these facts, whose typical iteration has a trace. */
static void make_run(uint32_t launches, uint32_t nodes, bool free_running)
{
    close_all();
    run = (struct run){.variant = "some_variant", .backend = BACKEND_CUDA};
    run.facts = (struct facts){.programs = PROGRAMS,
                               .launches_per_iteration = launches,
                               .graph_nodes = nodes,
                               .free_running = free_running};
    run.typical = make_trace(free_running);
}

/* Makes the run and its timeline. */
static void build(uint32_t launches, uint32_t nodes, bool free_running)
{
    make_run(launches, nodes, free_running);
    cr_assert(timeline_build(&timeline, &run, &run.typical, NULL));
    check_order(&timeline);
}

static uint64_t sum_of_stamps(const struct trace *trace)
{
    uint64_t sum_ns = 0;
    for (uint32_t i = 0; i < STEPS * PROGRAMS; i++)
        sum_ns += trace->stamps[i].end_ns - trace->stamps[i].begin_ns;
    return sum_ns;
}

Test(timeline, the_timeline_adds_up_to_the_stamps)
{
    for (int round = 0; round < 50; round++) {
        struct timeline_figures figures;
        build(1, 0, false);
        const uint64_t steps_ns = sum_of(TIMELINE_BATCH, TIMELINE_STEP);
        cr_assert_eq(counted, STEPS);
        const uint64_t sync_ns = sum_of(TIMELINE_HOST, TIMELINE_SYNC);
        cr_assert_eq(steps_ns + sync_ns, run.typical.iteration_ns);
        const uint64_t gaps_ns = sum_of(TIMELINE_BATCH, TIMELINE_GAP);
        const uint64_t busy_ns = sum_of(TIMELINE_BATCH, TIMELINE_BUSY);
        cr_assert_eq(gaps_ns + busy_ns, steps_ns);
        cr_assert_eq(sum_of(TIMELINE_PROGRAMS, TIMELINE_STEP), sum_of_stamps(&run.typical));
        sum_of(TIMELINE_PROGRAMS, TIMELINE_LAUNCH);
        cr_assert_eq(counted, PROGRAMS);
        timeline_count(&timeline, &figures);
        cr_assert_leq(figures.gap_ns + figures.busy_ns, steps_ns);
        cr_assert_eq(figures.kernels, 0, "no tracer saw a kernel");
    }
}

Test(timeline, launches_and_nodes_follow_from_the_facts)
{
    build(STEPS, 0, false);
    sum_of(TIMELINE_DEVICE, TIMELINE_LAUNCH);
    cr_assert_eq(counted, STEPS);

    build(1, STEPS, false);
    sum_of(TIMELINE_DEVICE, TIMELINE_NODE);
    cr_assert_eq(counted, STEPS);
    sum_of(TIMELINE_DEVICE, TIMELINE_REPLAY);
    cr_assert_eq(counted, 1);
}

Test(timeline, a_free_running_iteration_has_no_steps_of_the_batch)
{
    build(1, 0, true);
    sum_of(TIMELINE_BATCH, TIMELINE_STEP);
    cr_assert_eq(counted, 0);
    cr_assert_eq(sum_of(TIMELINE_PROGRAMS, TIMELINE_STEP), sum_of_stamps(&run.typical));
}

Test(timeline, without_an_iteration_it_is_empty)
{
    make_run(1, 0, false);
    struct trace none = {0};
    cr_assert(timeline_build(&timeline, &run, &none, NULL));
    cr_assert_eq(timeline.event_count, 0);
    timeline_close(&timeline);
    none.iteration_ns = 1000; /* the iteration was timed with STAMPS off */
    cr_assert(timeline_build(&timeline, &run, &none, NULL));
    check_order(&timeline);
    cr_assert_eq(timeline.event_count, 1);
}

/* ns after the submission, which is at 1,000,000 on the lab clock. */
#define AT(ns) (UINT64_C(1000000) + (ns))

/* `node`: the kernel's number in a graph; 0: it is not in a graph. */
static struct activity kernel(const char *name, uint64_t node, uint64_t begin_ns, uint64_t end_ns)
{
    struct activity activity = {.kind = ACTIVITY_KERNEL,
                                .begin_ns = begin_ns,
                                .end_ns = end_ns,
                                .place = 7,
                                .correlation = node > 0 ? 4 : 0,
                                .graph_node = node};
    snprintf(activity.name, sizeof activity.name, "%s", name);
    return activity;
}

Test(timeline, a_tracers_events_are_cut_at_the_iteration)
{
    make_run(3, 2, false);
    const uint64_t end = run.typical.iteration_ns;
    const struct activity seen[] = {
        kernel("before", 0, 500, 999990),
        kernel("early", 0, AT(0) - 50, AT(100)),
        {.kind = ACTIVITY_CALL, .begin_ns = AT(5), .end_ns = AT(25), .place = 99, .name = "call"},
        {.kind = ACTIVITY_RANGE, .begin_ns = AT(5), .end_ns = AT(end), .name = "range"},
        kernel("overlaps", 0, AT(90), AT(200)),
        kernel("node", 1, AT(300), AT(350)),
        {.kind = ACTIVITY_COPY,
         .begin_ns = AT(310),
         .end_ns = AT(330),
         .place = 9,
         .bytes = 64,
         .name = "copy"},
        kernel("node", 2, AT(360), AT(end + 10)),
        {.kind = ACTIVITY_CALL, .begin_ns = AT(end + 1), .end_ns = AT(end + 9), .name = "after"},
    };
    const struct timeline_seen all = {.submitted_ns = AT(0),
                                      .handed_ns = AT(40),
                                      .activities = seen,
                                      .count = sizeof seen / sizeof *seen};
    struct timeline_figures figures;
    cr_assert(timeline_build(&timeline, &run, &run.typical, &all));
    check_order(&timeline);
    timeline_count(&timeline, &figures);
    cr_assert_eq(figures.kernels, 4);
    cr_assert_eq(figures.nodes, 2);
    cr_assert_eq(figures.kernel_ns, 100 + 110 + 50 + (end - 360));
    cr_assert_eq(figures.working_ns, 200 + 50 + (end - 360));
    cr_assert_eq(figures.first_kernel_ns, 0);
    cr_assert_eq(figures.last_kernel_ns, end);
    cr_assert_eq(figures.copies, 1);
    cr_assert_eq(figures.copy_bytes, 64);
    cr_assert_eq(figures.calls, 1);
    cr_assert_eq(figures.call_ns, 20);
    cr_assert_eq(sum_of(TIMELINE_HOST, TIMELINE_SUBMIT), 40);
    cr_assert_eq(sum_of(TIMELINE_DEVICE, TIMELINE_REPLAY), end - 300);
    cr_assert_eq(counted, 1);
}

/* ---- a prefill ------------------------------------------------------------------------------- */

#define CHUNKS 12u

/* Adds a prefill with chunks on two streams, one chunk after another on each. `computes`: each copy
 * is followed by a separate computation. */
static void add_prefill(struct trace *trace, bool computes)
{
    uint64_t free_ns[2] = {500, 600};
    struct prefill_span spans[2 * CHUNKS + 1];
    uint32_t count = 0;
    spans[count++] = (struct prefill_span){20, 400, SPAN_SUBMIT, 0, SPAN_PREFILL};
    for (uint32_t chunk = 0; chunk < CHUNKS; chunk++) {
        uint64_t *now_ns = &free_ns[chunk % 2];
        struct prefill_span span = {.kind = SPAN_COPY, .stream = chunk % 2, .chunk = chunk};
        span.begin_ns = *now_ns + random_below(&source, 30);
        span.end_ns = *now_ns = span.begin_ns + 1 + random_below(&source, 300);
        spans[count++] = span;
        if (!computes)
            continue;
        span.kind = SPAN_COMPUTE;
        span.begin_ns = span.end_ns;
        span.end_ns += 1 + random_below(&source, 20);
        spans[count++] = span;
        *now_ns = span.end_ns;
    }
    cr_assert(trace_take_spans(trace, spans, count, 0));
}

Test(timeline, a_prefill_has_its_lanes)
{
    for (int round = 0; round < 50; round++) {
        make_run(1, 0, false);
        uint64_t copies_ns = 0, weighted_ns = 0;

        uint32_t most = 0;
        add_prefill(&run.typical, round % 2);
        cr_assert(timeline_build(&timeline, &run, &run.typical, NULL));
        check_order(&timeline);
        for (uint32_t i = 0; i < run.typical.span_count; i++) {
            const struct prefill_span *span = &run.typical.spans[i];
            const uint64_t end_ns =
                span->end_ns < run.typical.iteration_ns ? span->end_ns : run.typical.iteration_ns;
            if (span->kind == SPAN_COPY && end_ns > span->begin_ns)
                copies_ns += end_ns - span->begin_ns;
        }
        sum_of(TIMELINE_PREFILL, TIMELINE_CHUNK);
        cr_assert_eq(counted, round % 2 ? 2 * CHUNKS : CHUNKS);
        sum_of(TIMELINE_HOST, TIMELINE_SUBMIT);
        cr_assert_eq(counted, 1);
        for (size_t i = 0; i < timeline.event_count; i++) {
            const struct timeline_event *event = &timeline.events[i];
            if (event->kind != TIMELINE_IN_FLIGHT)
                continue;
            weighted_ns += event->step * (event->end_ns - event->begin_ns);
            most = event->step > most ? event->step : most;
        }
        cr_assert_eq(weighted_ns, copies_ns,
                     "copies in flight, summed over time, are the durations of the copies");
        cr_assert_leq(most, 2, "a stream copies one chunk at a time");
    }
}
