#include "lanes.h"

#include <string.h>

/* ---- rows ----------------------------------------------------------------------------------- */

static bool has_depth(const struct timeline *timeline, const struct lane_row *row, uint32_t depth)
{
    for (size_t i = row->first; i < row->last; i++)
        if (timeline->events[i].depth == depth)
            return true;
    return false;
}

/* Most copies at once; 0: the lane is none of copies in flight. */
static uint32_t most_in_flight(const struct timeline *timeline, const struct lane_row *row)
{
    uint32_t most = 0;
    for (size_t i = row->first; i < row->last; i++)
        if (timeline->events[i].kind == TIMELINE_IN_FLIGHT && timeline->events[i].step > most)
            most = timeline->events[i].step;
    return most;
}

static int add_plot(struct lane_row row, uint32_t most, struct lane_row *rows, int count)
{
    row.plot = true;
    row.unit = (most + LANES_PLOT - 1) / LANES_PLOT;
    for (uint32_t i = (most + row.unit - 1) / row.unit; i > 0 && count < LANES_ROWS; i--) {
        row.below = (i - 1) * row.unit;
        rows[count++] = row;
        row.titled = false;
    }
    return count;
}

int lanes_rows(const struct timeline *timeline, uint32_t cap, struct lane_row *rows)
{
    int count = 0;
    size_t at = 0;
    for (uint32_t lane = 0; lane < timeline->lane_count; lane++) {
        struct lane_row row = {.lane = lane, .first = at, .titled = true};
        while (at < timeline->event_count && timeline->events[at].lane == lane)
            at++;
        row.last = at;
        const uint32_t most = most_in_flight(timeline, &row);
        if (most > 0) {
            count = add_plot(row, most > cap ? most : cap, rows, count);
            continue;
        }
        for (row.depth = 0; row.depth < 2 && count < LANES_ROWS; row.depth++) {
            if (!has_depth(timeline, &row, row.depth))
                continue;
            rows[count++] = row;
            row.titled = false;
        }
    }
    return count;
}

/* ---- cells ---------------------------------------------------------------------------------- */

static bool is_of_row(const struct timeline_event *event, const struct lane_row *row)
{
    return row->plot ? event->kind == TIMELINE_IN_FLIGHT : event->depth == row->depth;
}

static double overlap(const struct timeline_event *event, double from_ns, double to_ns)
{
    const double begin = (double)event->begin_ns, end = (double)event->end_ns;
    return (end < to_ns ? end : to_ns) - (begin > from_ns ? begin : from_ns);
}

static void add_event(const struct timeline_event *event, double from_ns, double width,
                      unsigned columns, double (*shares)[TIMELINE_KINDS], unsigned *begins,
                      struct lane_cell *cells)
{
    const double first = ((double)event->begin_ns - from_ns) / width;
    const double last = ((double)event->end_ns - from_ns) / width;
    if (last < 0 || first >= columns)
        return;
    if (first >= 0) {
        cells[(unsigned)first].begins = begins[(unsigned)first]++ == 0 ? event : NULL;
    }
    for (unsigned i = first > 0 ? (unsigned)first : 0; i < columns && i <= last; i++) {
        const double part = overlap(event, from_ns + i * width, from_ns + (i + 1) * width) / width;
        /* One that takes no time, or lies at a cell's very edge, takes none of it. */
        if (part <= 0 && event->begin_ns < event->end_ns)
            continue;
        shares[i][event->kind] += part > 1e-9 ? part : 1e-9;
        if (event->kind == TIMELINE_IN_FLIGHT && event->step > cells[i].most)
            cells[i].most = event->step;
    }
}

void lanes_fill(const struct timeline *timeline, const struct lane_row *row, double from_ns,
                double to_ns, unsigned columns, struct lane_cell *cells)
{
    static double shares[LANES_COLUMNS][TIMELINE_KINDS];
    unsigned begins[LANES_COLUMNS] = {0};
    if (columns > LANES_COLUMNS)
        columns = LANES_COLUMNS;
    memset(cells, 0, columns * sizeof *cells);
    if (columns == 0 || to_ns <= from_ns)
        return;
    memset(shares, 0, columns * sizeof *shares);
    for (size_t i = row->first; i < row->last; i++)
        if (is_of_row(&timeline->events[i], row))
            add_event(&timeline->events[i], from_ns, (to_ns - from_ns) / columns, columns, shares,
                      begins, cells);
    for (unsigned i = 0; i < columns; i++)
        for (int kind = 0; kind < TIMELINE_KINDS; kind++)
            if (shares[i][kind] > cells[i].share) {
                cells[i].kind = (enum timeline_kind)kind;
                cells[i].share = shares[i][kind] < 1 ? shares[i][kind] : 1;
            }
}

const struct timeline_event *lanes_event(const struct timeline *timeline,
                                         const struct lane_row *row, double from_ns, double to_ns)
{
    const struct timeline_event *found = NULL;
    double most = 0;
    for (size_t i = row->first; i < row->last; i++) {
        const struct timeline_event *event = &timeline->events[i];
        if (!is_of_row(event, row) || (double)event->begin_ns >= to_ns ||
            (double)event->end_ns < from_ns)
            continue;
        const double part = overlap(event, from_ns, to_ns);
        if (part > most || (!found && event->begin_ns == event->end_ns)) {
            found = event;
            most = part;
        }
    }
    return found;
}
