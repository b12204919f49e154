#include "../../ui/model/lanes.h"
#include "random.h"
#include "unit.h"

#define EVENTS 200u

static struct timeline_lane lanes[3];
static struct timeline_event events[EVENTS + 8];
static struct lane_row rows[LANES_ROWS];
static struct lane_cell cells[LANES_COLUMNS];
static struct timeline timeline;
static struct timeline_parts parts;

/* Makes a timeline with these numbers of lanes and events, and its rows. Returns the number of
 * rows. `cap`: the most copies in flight. */
static int make(size_t lane_count, size_t event_count, uint32_t cap)
{
    timeline = (struct timeline){.iteration_ns = 1000,
                                 .lanes = lanes,
                                 .lane_count = lane_count,
                                 .events = events,
                                 .event_count = event_count};
    const struct facts facts = {.launches_per_iteration = 1};
    const struct trace trace = {.steps = 1, .steps_run = 1};
    timeline_parts_close(&parts);
    cr_assert(timeline_parts_build(&parts, &timeline, &facts, &trace));
    return lanes_rows(&timeline, &parts, cap, rows);
}

static struct timeline_event event_of(uint32_t lane, enum timeline_kind kind, uint32_t step,
                                      uint64_t begin_ns, uint64_t end_ns)
{
    return (struct timeline_event){.lane = lane,
                                   .depth = kind == TIMELINE_GAP || kind == TIMELINE_BUSY,
                                   .kind = kind,
                                   .step = step,
                                   .begin_ns = begin_ns,
                                   .end_ns = end_ns,
                                   .label = "label"};
}

/* The lane of the batch has an outline of its steps, and their parts below it. A lane of copies has
 * one row. */
Test(lanes, a_lane_has_a_row_for_its_outline_and_one_for_its_parts)
{
    lanes[0].group = TIMELINE_BATCH;
    lanes[1].group = TIMELINE_PREFILL;
    events[0] = event_of(0, TIMELINE_STEP, 0, 0, 100);
    events[1] = event_of(0, TIMELINE_GAP, 0, 0, 40);
    events[2] = event_of(0, TIMELINE_BUSY, 0, 40, 100);
    events[3] = event_of(1, TIMELINE_CHUNK, 0, 0, 100);
    cr_assert_eq(make(2, 4, 0), 3);
    cr_assert(rows[0].titled && rows[0].look == LANE_OUTLINE && rows[0].lane == 0);
    cr_assert(!rows[1].titled && rows[1].look == LANE_PARTS && rows[1].lane == 0);
    cr_assert(rows[2].titled && rows[2].look == LANE_PARTS && rows[2].lane == 1);
    cr_assert(rows[2].first == 3 && rows[2].last == 4);
}

/* A program's kernel is drawn once, in the device's lane. */
Test(lanes, programs_have_no_outline)
{
    lanes[0].group = TIMELINE_PROGRAMS;
    events[0] = event_of(0, TIMELINE_LAUNCH, TIMELINE_NO_STEP, 10, 100);
    events[1] = event_of(0, TIMELINE_STEP, 0, 10, 100);
    cr_assert_eq(make(1, 2, 0), 1);
    cr_assert_eq(rows[0].look, LANE_PARTS);
}

/* The rows of the plot cover 1 to the maximum or the cap without overlaps, the highest first. */
Test(lanes, the_plot_of_copies_in_flight_has_room_for_the_cap)
{
    lanes[0].group = TIMELINE_PREFILL;
    for (uint32_t most = 1; most <= 20; most++)
        for (uint32_t cap = 0; cap <= 20; cap++) {
            const uint32_t needed = most > cap ? most : cap;
            events[0] = event_of(0, TIMELINE_IN_FLIGHT, most, 0, 9);
            const int count = make(1, 1, cap);
            cr_assert(count >= 1 && count <= (int)LANES_PLOT);
            cr_assert_geq(rows[0].below + rows[0].unit, needed);
            cr_assert_lt(rows[0].below, needed);
            cr_assert_eq(rows[count - 1].below, 0);
            for (int i = 1; i < count; i++)
                cr_assert_eq(rows[i - 1].below, rows[i].below + rows[i].unit);
        }
}

/* A cell has the average over its time, and the maximum at any moment in it. */
Test(lanes, a_cell_of_a_plot_has_the_mean_and_the_maximum)
{
    lanes[0].group = TIMELINE_PREFILL;
    events[0] = event_of(0, TIMELINE_IN_FLIGHT, 2, 50, 100);
    events[1] = event_of(0, TIMELINE_IN_FLIGHT, 4, 100, 110);
    cr_assert_eq(make(1, 2, 0), 4);
    lanes_fill(&timeline, &rows[0], 0, 300, 3, cells);
    cr_assert_float_eq(cells[0].mean, 1, 1e-9);
    cr_assert_eq(cells[0].most, 2);
    cr_assert_float_eq(cells[1].mean, 0.4, 1e-9);
    cr_assert_eq(cells[1].most, 4);
    cr_assert(cells[2].mean == 0 && cells[2].most == 0);
}

/* An outline covers a cell if a container covers the middle of the cell. If a single container
 * begins in a cell, the cell names it. */
Test(lanes, an_outline_covers_its_containers)
{
    lanes[0].group = TIMELINE_BATCH;
    events[0] = event_of(0, TIMELINE_STEP, 0, 0, 60);
    events[1] = event_of(0, TIMELINE_STEP, 1, 60, 100);
    events[2] = event_of(0, TIMELINE_STEP, 2, 150, 175);
    make(1, 3, 0);
    lanes_fill(&timeline, &rows[0], 0, 300, 3, cells);
    cr_assert(cells[0].covered);
    cr_assert_null(cells[0].begins, "two containers begin there");
    cr_assert(cells[1].covered);
    cr_assert_eq(cells[1].begins, &events[2]);
    cr_assert_not(cells[2].covered);
}

Test(lanes, the_cursor_names_the_longest_span_under_it)
{
    struct lane_span span;
    lanes[0].group = TIMELINE_BATCH;
    events[0] = event_of(0, TIMELINE_STEP, 0, 0, 100);
    events[1] = event_of(0, TIMELINE_GAP, 0, 0, 60);
    events[2] = event_of(0, TIMELINE_BUSY, 0, 60, 100);
    make(1, 3, 0);
    cr_assert(lanes_span_at(&timeline, &parts, &rows[0], 50, 65, &span));
    cr_assert(span.event == &events[0] && span.kind == LANE_KINDS, "a container");
    cr_assert(lanes_span_at(&timeline, &parts, &rows[1], 50, 65, &span));
    cr_assert(span.event == &events[1] && span.kind == LANE_LAUNCH_GAP);
    cr_assert(lanes_span_at(&timeline, &parts, &rows[1], 55, 70, &span));
    cr_assert(span.event == &events[2] && span.kind == LANE_BUSY);
    cr_assert_not(lanes_span_at(&timeline, &parts, &rows[1], 100, 110, &span));
}

/* From the first span to the last and back: each is visited once, in order. */
Test(lanes, next_visits_every_span_once)
{
    uint64_t source = 7, at = 1;
    lanes[0].group = TIMELINE_PREFILL;
    for (unsigned i = 0; i < EVENTS; i++) {
        at += random_below(&source, 3);
        const uint64_t end = at + 1 + random_below(&source, 50);
        events[i] = event_of(0, TIMELINE_CHUNK, i, at, end);
        at = end;
    }
    make(1, EVENTS, 0);
    struct lane_span span = {0};
    unsigned count = 0;
    double ns = 0;
    for (; lanes_span_next(&timeline, &parts, &rows[0], ns, 1, &span); count++) {
        cr_assert_eq(span.event, &events[count]);
        ns = (double)span.begin_ns;
    }
    cr_assert_eq(count, EVENTS);
    for (; lanes_span_next(&timeline, &parts, &rows[0], ns, -1, &span); ns = (double)span.begin_ns)
        cr_assert_eq(span.event, &events[--count - 1]);
    cr_assert_eq(count, 1);
}

/* ---- names ---------------------------------------------------------------------------------- */

Test(lanes, every_row_has_a_name)
{
    lanes[0] = (struct timeline_lane){.group = TIMELINE_BATCH, .name = "batch"};
    lanes[1] = (struct timeline_lane){.group = TIMELINE_PREFILL, .name = "in flight"};
    lanes[2] = (struct timeline_lane){.group = TIMELINE_PROGRAMS, .name = "program 0"};
    events[0] = event_of(0, TIMELINE_STEP, 0, 0, 100);
    events[1] = event_of(0, TIMELINE_GAP, 0, 0, 40);
    events[2] = event_of(0, TIMELINE_BUSY, 0, 40, 100);
    events[3] = event_of(1, TIMELINE_IN_FLIGHT, 2, 0, 100);
    events[4] = event_of(2, TIMELINE_STEP, 0, 0, 100);
    static const char *const names[] = {"batch",        "batch: busy",  "in flight, cap 3",
                                        "in flight: 2", "in flight: 1", "program 0"};
    const int count = make(3, 5, 3);
    cr_assert_eq(count, 6, "%d", count);
    for (int row = 0; row < count; row++) {
        char text[64];
        lanes_name(&timeline, &parts, 3, &rows[row], text, sizeof text);
        cr_assert_str_eq(text, names[row]);
    }
}
