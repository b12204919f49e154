#include "../../src/engine/timeline_parts.h"

#include "traces.h"

#include <math.h>

#define PROGRAMS 4u
#define STEPS    30u
#define COLUMNS  200u

static uint64_t source = 3;
static struct stamp stamps[PROGRAMS * STEPS];
static struct phase phases[PROGRAMS * STEPS];
static struct timeline timeline;
static struct timeline_parts parts;
static struct timeline_shares cells[COLUMNS];

/* Makes an iteration. `phased`: steps have measured waits. Some waits are longer than the gap or
 * step that contains them, because clocks are inexact. */
static struct trace make_trace(bool phased)
{
    const uint64_t begin_ns = 1000 + random_below(&source, 500);
    const uint64_t end_ns = draw_stamps(&source, stamps, PROGRAMS, STEPS, begin_ns, false);
    struct trace trace = trace_of(stamps, PROGRAMS, STEPS, end_ns + 700);
    for (uint32_t i = 0; i < PROGRAMS * STEPS; i++)
        phases[i] = (struct phase){(uint32_t)random_below(&source, 150),
                                   (uint32_t)random_below(&source, 150)};
    trace.phases = phased ? phases : NULL;
    return trace;
}

/* Builds the timeline and the parts of an iteration. */
static void build_from(const struct trace *trace, uint32_t launches)
{
    static struct run run; /* static: the timeline refers to the run's name */
    run = (struct run){.variant = "some_variant", .backend = BACKEND_CUDA};
    run.facts = (struct facts){.programs = PROGRAMS, .launches_per_iteration = launches};
    timeline_parts_close(&parts);
    timeline_close(&timeline);
    cr_assert(timeline_build(&timeline, &run, trace, NULL));
    cr_assert(timeline_parts_build(&parts, &timeline, &run.facts, trace));
}

/* Builds both for a random iteration, with one launch for all steps or one per step. */
static void build(bool by_step, bool phased)
{
    const struct trace trace = make_trace(phased);
    build_from(&trace, by_step ? STEPS : 1);
}

static uint64_t overlap(uint64_t begin_ns, uint64_t end_ns, uint64_t from_ns, uint64_t to_ns)
{
    const uint64_t low = begin_ns > from_ns ? begin_ns : from_ns;
    const uint64_t high = end_ns < to_ns ? end_ns : to_ns;
    return high > low ? high - low : 0;
}

/* The time of the lane's parts of a kind within a range. */
static uint64_t sum_of_parts(uint32_t lane, enum part_kind kind, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t sum_ns = 0;
    for (size_t i = parts.first[lane]; i < parts.first[lane + 1]; i++)
        if (parts.list[i].kind == kind)
            sum_ns += overlap(parts.list[i].begin_ns, parts.list[i].end_ns, from_ns, to_ns);
    return sum_ns;
}

/* The time within a range in which the lane works: all its events except containers and waits. */
static uint64_t sum_of_work(uint32_t lane, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t sum_ns = 0;
    for (size_t i = 0; i < timeline.event_count; i++) {
        const struct timeline_event *event = &timeline.events[i];
        if (event->lane == lane && event->kind != TIMELINE_GAP && event->kind != TIMELINE_SYNC &&
            !timeline_is_container(&timeline, event))
            sum_ns += overlap(event->begin_ns, event->end_ns, from_ns, to_ns);
    }
    return sum_ns;
}

Test(timeline_parts, parts_of_a_lane_are_in_order_and_do_not_overlap)
{
    for (int round = 0; round < 40; round++) {
        build(round & 1, round & 2);
        for (uint32_t lane = 0; lane < timeline.lane_count; lane++) {
            uint64_t before_ns = 0;
            for (size_t i = parts.first[lane]; i < parts.first[lane + 1]; i++) {
                const struct timeline_part *part = &parts.list[i];
                cr_assert_lt(part->begin_ns, part->end_ns);
                cr_assert_geq(part->begin_ns, before_ns, "lane %s", timeline.lanes[lane].name);
                cr_assert_leq(part->end_ns, timeline.iteration_ns);
                cr_assert_eq(part->event->lane, lane);
                before_ns = part->end_ns;
            }
        }
    }
}

/* Without measured waits, the busy time is the time of the events. */
Test(timeline_parts, busy_time_is_event_time)
{
    for (int round = 0; round < 40; round++) {
        build(round & 1, false);
        cr_assert_not(parts.phased);
        for (uint32_t lane = 0; lane < timeline.lane_count; lane++) {
            const uint64_t from_ns = random_below(&source, timeline.iteration_ns);
            const uint64_t to_ns = from_ns + 1 + random_below(&source, timeline.iteration_ns);
            cr_assert_eq(sum_of_parts(lane, LANE_BUSY, from_ns, to_ns),
                         sum_of_work(lane, from_ns, to_ns), "lane %s", timeline.lanes[lane].name);
            cr_assert_eq(sum_of_parts(lane, LANE_DATA_WAIT, 0, UINT64_MAX), 0);
            cr_assert_eq(sum_of_parts(lane, LANE_BARRIER_WAIT, 0, UINT64_MAX), 0);
        }
    }
}

/* The batch's steps consist of gaps and busy parts, without a hole. */
Test(timeline_parts, gaps_and_busy_parts_make_up_the_steps)
{
    for (int round = 0; round < 40; round++) {
        build(round & 1, false);
        uint64_t first_ns = 0; /* the end of the first step */
        uint32_t lane = 0;
        for (uint32_t p = 0; p < PROGRAMS; p++)
            first_ns = stamps[p * STEPS].end_ns > first_ns ? stamps[p * STEPS].end_ns : first_ns;
        while (timeline.lanes[lane].group != TIMELINE_BATCH)
            lane++;
        const uint64_t launch_ns = sum_of_parts(lane, LANE_LAUNCH_GAP, 0, UINT64_MAX);
        const uint64_t gap_ns = sum_of_parts(lane, LANE_GAP, 0, UINT64_MAX);
        cr_assert_eq(launch_ns + gap_ns + sum_of_parts(lane, LANE_BUSY, 0, UINT64_MAX),
                     timeline.lanes[lane].end_ns);
        cr_assert_gt(launch_ns, 0, "before the first step");
        if (round & 1)
            cr_assert_eq(gap_ns, 0, "each step has a launch");
        else
            cr_assert_leq(launch_ns, first_ns, "only the first step has a launch");
    }
}

/* A program's waits are as long as measured, unless the step is shorter. All parts together fill
 * the time from 0 to the end of the program's last step. */
Test(timeline_parts, measured_waits_are_neither_lost_nor_stretched)
{
    for (int round = 0; round < 40; round++) {
        build(false, true);
        cr_assert(parts.phased);
        for (uint32_t lane = 0; lane < timeline.lane_count; lane++) {
            uint64_t data_ns = 0, all_ns = 0, barrier_most_ns = 0;
            if (timeline.lanes[lane].group != TIMELINE_PROGRAMS)
                continue;
            for (size_t i = 0; i < timeline.event_count; i++) {
                const struct timeline_event *event = &timeline.events[i];
                if (event->lane != lane || event->kind != TIMELINE_STEP)
                    continue;
                const uint64_t step_ns = event->end_ns - event->begin_ns;
                data_ns += event->phase->data_ns < step_ns ? event->phase->data_ns : step_ns;
                barrier_most_ns += event->phase->barrier_ns;
            }
            for (int kind = 0; kind < LANE_KINDS; kind++)
                all_ns += sum_of_parts(lane, (enum part_kind)kind, 0, UINT64_MAX);
            cr_assert_eq(sum_of_parts(lane, LANE_DATA_WAIT, 0, UINT64_MAX), data_ns);
            cr_assert_leq(sum_of_parts(lane, LANE_BARRIER_WAIT, 0, UINT64_MAX), barrier_most_ns);
            cr_assert_gt(sum_of_parts(lane, LANE_BARRIER_WAIT, 0, UINT64_MAX), 0);
            cr_assert_eq(all_ns, timeline.lanes[lane].end_ns);
        }
    }
}

/* The shares of a cell, and their sum, are between 0 and 1. Over all cells, they add up to the time
 * of the parts. A cell is busy only if a part in it is busy. */
Test(timeline_parts, cells_add_up_to_their_parts)
{
    for (int round = 0; round < 200; round++) {
        build(round & 1, round & 2);
        const uint32_t lane = (uint32_t)random_below(&source, timeline.lane_count);
        const unsigned columns = 1 + (unsigned)random_below(&source, COLUMNS - 1);
        const uint64_t from_ns = random_below(&source, timeline.iteration_ns);
        const uint64_t to_ns = from_ns + columns + random_below(&source, timeline.iteration_ns);
        const double width = (double)(to_ns - from_ns) / columns;
        double sums[LANE_KINDS] = {0};
        timeline_parts_fill(&parts, lane, (double)from_ns, (double)to_ns, columns, cells);
        for (unsigned i = 0; i < columns; i++) {
            double all = 0;
            for (int kind = 0; kind < LANE_KINDS; kind++) {
                cr_assert(cells[i].of[kind] >= 0 && cells[i].of[kind] <= 1);
                all += cells[i].of[kind];
                sums[kind] += cells[i].of[kind] * width;
            }
            cr_assert_leq(all, 1 + 1e-9);
            const uint64_t low = (uint64_t)floor((double)from_ns + i * width);
            const uint64_t high = (uint64_t)ceil((double)from_ns + (i + 1) * width);
            if (sum_of_parts(lane, LANE_BUSY, low, high) == 0)
                cr_assert_eq(cells[i].of[LANE_BUSY], 0, "an idle cell is drawn busy");
        }
        for (int kind = 0; kind < LANE_KINDS; kind++)
            cr_assert_float_eq(sums[kind],
                               (double)sum_of_parts(lane, (enum part_kind)kind, from_ns, to_ns),
                               1e-6 * (double)(to_ns - from_ns), "%s",
                               timeline_part_name((enum part_kind)kind, false));
    }
}

Test(timeline_parts, eighths_are_near_the_share_and_full_only_for_a_full_share)
{
    for (int i = 0; i <= 1000; i++) {
        const double share = i / 1000.0;
        const unsigned eighths = timeline_eighths(share);
        cr_assert_leq(fabs(eighths / 8.0 - share), 1 / 8.0);
        cr_assert_eq(eighths == 0, i == 0);
        cr_assert_eq(eighths == 8, i == 1000);
    }
    cr_assert_eq(timeline_eighths(1e-12), 1);
    cr_assert_eq(timeline_eighths(1 - 1e-12), 8, "full except for rounding");
}

Test(timeline_parts, a_cell_is_named_by_its_longest_wait)
{
    struct timeline_shares shares = {.of = {[LANE_GAP] = 0.1, [LANE_DATA_WAIT] = 0.3}};
    cr_assert_eq(timeline_idle_kind(&shares), LANE_DATA_WAIT);
    shares = (struct timeline_shares){.of = {[LANE_BUSY] = 0.9}};
    cr_assert_eq(timeline_idle_kind(&shares), LANE_KINDS);
}

Test(timeline_parts, every_kind_has_a_name)
{
    for (int kind = 0; kind < LANE_KINDS; kind++)
        cr_assert(timeline_part_name((enum part_kind)kind, false)[0]);
}

/* If the last steps of an iteration were not kept, that time is neither busy nor idle, and shares
 * refer to the known time. */
Test(timeline_parts, missing_steps_are_not_idle)
{
    struct trace trace = make_trace(false);
    const uint64_t kept_ns = trace.iteration_ns;
    trace.iteration_ns *= 10;
    trace.steps_run = 10 * STEPS;
    build_from(&trace, 1);
    cr_assert(parts.kinds[LANE_NOT_KEPT]);
    for (uint32_t lane = 0; lane < timeline.lane_count; lane++) {
        const double end_ns = (double)trace.iteration_ns;
        if (timeline.lanes[lane].group < TIMELINE_BATCH)
            continue;
        timeline_parts_fill(&parts, lane, 0, end_ns, 1, cells);
        cr_assert_gt(cells[0].of[LANE_NOT_KEPT], 0.89);
        const uint64_t busy_ns = sum_of_parts(lane, LANE_BUSY, 0, UINT64_MAX);
        cr_assert_geq(timeline_busy_share(&cells[0]), (double)busy_ns / (double)kept_ns);
        timeline_parts_fill(&parts, lane, end_ns / 2, end_ns, 1, cells);
        cr_assert_lt(timeline_busy_share(&cells[0]), 0, "nothing is known");
    }
}
