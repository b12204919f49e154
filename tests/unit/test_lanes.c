#include "../../ui/model/lanes.h"
#include "random.h"

#include <criterion/criterion.h>
#include <string.h>

#define EVENTS 200u

static struct timeline_lane lanes[3];
static struct timeline_event events[EVENTS + 8];
static struct lane_row rows[LANES_ROWS];
static struct lane_cell cells[LANES_COLUMNS];

static struct timeline make(size_t lane_count, size_t event_count)
{
    return (struct timeline){.iteration_ns = 1000,
                             .lanes = lanes,
                             .lane_count = lane_count,
                             .events = events,
                             .event_count = event_count};
}

Test(lanes, a_lane_has_a_row_for_each_depth_it_uses)
{
    events[0] = (struct timeline_event){0, 0, TIMELINE_STEP, 0, 0, 100, NULL, NULL, NULL};
    events[1] = (struct timeline_event){0, 1, TIMELINE_GAP, 0, 0, 40, NULL, NULL, NULL};
    events[2] = (struct timeline_event){1, 0, TIMELINE_LAUNCH, 0, 0, 100, NULL, NULL, NULL};
    const struct timeline timeline = make(2, 3);
    cr_assert_eq(lanes_rows(&timeline, 0, rows), 3);
    cr_assert(rows[0].titled && rows[0].depth == 0 && rows[0].lane == 0);
    cr_assert(!rows[1].titled && rows[1].depth == 1 && rows[1].lane == 0);
    cr_assert(rows[2].titled && rows[2].lane == 1 && rows[2].first == 2 && rows[2].last == 3);
}

/* Rows of a plot cover 1 to the most or the cap, each once, the highest first. */
Test(lanes, copies_in_flight_have_room_for_the_cap)
{
    for (uint32_t most = 1; most <= 20; most++)
        for (uint32_t cap = 0; cap <= 20; cap++) {
            const uint32_t needed = most > cap ? most : cap;
            events[0] =
                (struct timeline_event){0, 0, TIMELINE_IN_FLIGHT, most, 0, 9, NULL, NULL, NULL};
            const struct timeline timeline = make(1, 1);
            const int count = lanes_rows(&timeline, cap, rows);
            cr_assert(count >= 1 && count <= (int)LANES_PLOT);
            cr_assert_geq(rows[0].below + rows[0].unit, needed);
            cr_assert_lt(rows[0].below, needed);
            cr_assert_eq(rows[count - 1].below, 0);
            for (int i = 1; i < count; i++)
                cr_assert_eq(rows[i - 1].below, rows[i].below + rows[i].unit);
        }
}

Test(lanes, a_cell_shows_what_takes_most_of_it)
{
    events[0] = (struct timeline_event){0, 0, TIMELINE_GAP, 0, 0, 60, NULL, NULL, NULL};
    events[1] = (struct timeline_event){0, 0, TIMELINE_BUSY, 0, 60, 100, NULL, NULL, NULL};
    events[2] = (struct timeline_event){0, 0, TIMELINE_BUSY, 1, 150, 175, NULL, NULL, NULL};
    const struct timeline timeline = make(1, 3);
    lanes_rows(&timeline, 0, rows);
    lanes_fill(&timeline, &rows[0], 0, 300, 3, cells);
    cr_assert_eq(cells[0].kind, TIMELINE_GAP);
    cr_assert_float_eq(cells[0].share, 0.6, 1e-9);
    cr_assert_null(cells[0].begins, "two begin there");
    cr_assert_eq(cells[1].kind, TIMELINE_BUSY);
    cr_assert_float_eq(cells[1].share, 0.25, 1e-9);
    cr_assert_eq(cells[1].begins, &events[2]);
    cr_assert_eq(cells[2].share, 0);
}

Test(lanes, the_cursor_names_what_takes_most_under_it)
{
    events[0] = (struct timeline_event){0, 0, TIMELINE_STEP, 0, 0, 60, NULL, NULL, NULL};
    events[1] = (struct timeline_event){0, 1, TIMELINE_GAP, 0, 0, 60, NULL, NULL, NULL};
    events[2] = (struct timeline_event){0, 0, TIMELINE_STEP, 1, 60, 100, NULL, NULL, NULL};
    const struct timeline timeline = make(1, 3);
    lanes_rows(&timeline, 0, rows);
    cr_assert_eq(lanes_event(&timeline, &rows[0], 50, 65), &events[0]);
    cr_assert_eq(lanes_event(&timeline, &rows[0], 55, 70), &events[2]);
    cr_assert_eq(lanes_event(&timeline, &rows[1], 50, 65), &events[1], "of the same depth");
    cr_assert_null(lanes_event(&timeline, &rows[0], 100, 110));
}

/* Whatever is looked at: shares of cells add up to the time of the events within, none is above 1,
 * and every event that lies within shows somewhere. */
Test(lanes, cells_hold_what_the_events_take)
{
    uint64_t source = 11;
    for (int round = 0; round < 300; round++) {
        uint64_t at = 0, inside = 0;
        double sum = 0;
        for (unsigned i = 0; i < EVENTS; i++) {
            at += random_below(&source, 50);
            const uint64_t end = at + random_below(&source, 50);
            events[i] = (struct timeline_event){0, 0, TIMELINE_STEP, i, at, end, NULL, NULL, NULL};
            at = end;
        }
        struct timeline timeline = make(1, EVENTS);
        cr_assert_eq(lanes_rows(&timeline, 0, rows), 1);
        const uint64_t from = random_below(&source, at), to = from + 1 + random_below(&source, at);
        const unsigned columns = 1 + (unsigned)random_below(&source, LANES_COLUMNS - 1);
        const double width = (double)(to - from) / columns;
        lanes_fill(&timeline, &rows[0], (double)from, (double)to, columns, cells);
        for (unsigned i = 0; i < EVENTS; i++) {
            const struct timeline_event *event = &events[i];
            const uint64_t begin = event->begin_ns > from ? event->begin_ns : from;
            const uint64_t end = event->end_ns < to ? event->end_ns : to;
            inside += end > begin ? end - begin : 0;
            if (event->begin_ns >= from && event->end_ns <= to && event->begin_ns < event->end_ns) {
                const double first = ((double)event->begin_ns - (double)from) / width;
                const unsigned cell = first < columns ? (unsigned)first : columns - 1;
                cr_assert(cells[cell].share > 0 ||
                          cells[cell + 1 < columns ? cell + 1 : cell].share > 0);
            }
        }
        for (unsigned i = 0; i < columns; i++) {
            cr_assert_leq(cells[i].share, 1);
            sum += cells[i].share * width;
        }
        cr_assert_float_eq(sum, (double)inside, 1e-3 * (double)(to - from) + 1e-3);
    }
}
