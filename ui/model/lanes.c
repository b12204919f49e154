#include "lanes.h"

#include "../../src/base/text.h"

#include <stdio.h>
#include <string.h>

/* ---- rows ----------------------------------------------------------------------------------- */

/* Whether the row shows this event: a plot shows copies in flight, an outline shows containers. */
static bool is_of_row(const struct timeline *timeline, const struct lane_row *row,
                      const struct timeline_event *event)
{
    return row->look == LANE_PLOT ? event->kind == TIMELINE_IN_FLIGHT
                                  : timeline_is_container(timeline, event);
}

static bool has_containers(const struct timeline *timeline, const struct lane_row *row)
{
    for (size_t i = row->first; i < row->last; i++)
        if (timeline_is_container(timeline, &timeline->events[i]))
            return true;
    return false;
}

/* Returns how many copies are in flight at most at once; 0: the lane has no copies. */
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
    row.look = LANE_PLOT;
    row.unit = (most + LANES_PLOT - 1) / LANES_PLOT;
    for (uint32_t i = (most + row.unit - 1) / row.unit; i > 0 && count < LANES_ROWS; i--) {
        row.below = (i - 1) * row.unit;
        rows[count++] = row;
        row.titled = false;
    }
    return count;
}

int lanes_rows(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
               struct lane_row *rows)
{
    int count = 0;
    size_t at = 0;
    for (uint32_t lane = 0; lane < timeline->lane_count; lane++) {
        struct lane_row row = {.lane = lane, .first = at, .titled = true};
        while (at < timeline->event_count && timeline->events[at].lane == lane)
            at++;
        row.last = at;
        const uint32_t most = most_in_flight(timeline, &row);
        if (most > 0)
            count = add_plot(row, most > cap ? most : cap, rows, count);
        /* A persistent kernel is drawn once, in the device's lane, not once per program. */
        if (timeline->lanes[lane].group != TIMELINE_PROGRAMS && count < LANES_ROWS &&
            has_containers(timeline, &row)) {
            rows[count++] = row;
            row.titled = false;
        }
        row.look = LANE_PARTS;
        if (parts->first[lane] < parts->first[lane + 1] && count < LANES_ROWS)
            rows[count++] = row;
    }
    return count;
}

/* ---- cells ---------------------------------------------------------------------------------- */

static void add_event(const struct timeline_event *event, double from_ns, double width,
                      unsigned columns, unsigned *begins, struct lane_cell *cells)
{
    const double first = ((double)event->begin_ns - from_ns) / width;
    const double last = ((double)event->end_ns - from_ns) / width;
    if (last < 0 || first >= columns)
        return;
    if (first >= 0)
        cells[(unsigned)first].begins = begins[(unsigned)first]++ == 0 ? event : NULL;
    for (unsigned i = first > 0 ? (unsigned)first : 0; i < columns && i < last; i++) {
        cells[i].covered |= first <= i + 0.5 && i + 0.5 < last;
        if (event->kind != TIMELINE_IN_FLIGHT)
            continue;
        const double low = first > i ? first : i, high = last < i + 1 ? last : i + 1;
        cells[i].mean += event->step * (high - low);
        if (event->step > cells[i].most)
            cells[i].most = event->step;
    }
}

void lanes_fill(const struct timeline *timeline, const struct lane_row *row, double from_ns,
                double to_ns, unsigned columns, struct lane_cell *cells)
{
    unsigned begins[LANES_COLUMNS] = {0};
    if (columns > LANES_COLUMNS)
        columns = LANES_COLUMNS;
    memset(cells, 0, columns * sizeof *cells);
    if (columns == 0 || to_ns <= from_ns)
        return;
    for (size_t i = row->first; i < row->last; i++)
        if (is_of_row(timeline, row, &timeline->events[i]))
            add_event(&timeline->events[i], from_ns, (to_ns - from_ns) / columns, columns, begins,
                      cells);
}

void lanes_name(const struct timeline *timeline, const struct timeline_parts *parts, uint32_t cap,
                const struct lane_row *row, char *text, size_t size)
{
    const char *name = timeline->lanes[row->lane].name;
    snprintf(text, size, "%s", name);
    if (row->look == LANE_PARTS && !row->titled)
        text_append(text, size, ": %s", timeline_parts_word(parts, row->lane));
    else if (row->look == LANE_PLOT && !row->titled)
        text_append(text, size, ": %u", row->below + row->unit);
    if (row->look == LANE_PLOT && cap > row->below && cap <= row->below + row->unit)
        text_append(text, size, ", cap %u", cap);
}

/* ---- spans ---------------------------------------------------------------------------------- */

/* Numbers the row's spans: [*first, *last) are indices of its parts or, in an outline or a plot, of
 * its lane's events. */
static void number_spans(const struct timeline_parts *parts, const struct lane_row *row,
                         size_t *first, size_t *last)
{
    const bool divided = row->look == LANE_PARTS;
    *first = divided ? parts->first[row->lane] : row->first;
    *last = divided ? parts->first[row->lane + 1] : row->last;
}

/* Writes the span with this number. False: the row does not show that event. */
static bool take_span(const struct timeline *timeline, const struct timeline_parts *parts,
                      const struct lane_row *row, size_t number, struct lane_span *span)
{
    if (row->look == LANE_PARTS) {
        const struct timeline_part *part = &parts->list[number];
        *span = (struct lane_span){.begin_ns = part->begin_ns,
                                   .end_ns = part->end_ns,
                                   .kind = part->kind,
                                   .event = part->event};
        return true;
    }
    const struct timeline_event *event = &timeline->events[number];
    *span = (struct lane_span){
        .begin_ns = event->begin_ns, .end_ns = event->end_ns, .kind = LANE_KINDS, .event = event};
    return is_of_row(timeline, row, event);
}

bool lanes_span_at(const struct timeline *timeline, const struct timeline_parts *parts,
                   const struct lane_row *row, double from_ns, double to_ns, struct lane_span *span)
{
    size_t first, last;
    struct lane_span candidate;
    double most = 0;
    number_spans(parts, row, &first, &last);
    for (size_t i = first; i < last; i++) {
        if (!take_span(timeline, parts, row, i, &candidate))
            continue;
        const double begin = (double)candidate.begin_ns, end = (double)candidate.end_ns;
        const double overlap = (end < to_ns ? end : to_ns) - (begin > from_ns ? begin : from_ns);
        if (overlap > most) {
            most = overlap;
            *span = candidate;
        }
    }
    return most > 0;
}

bool lanes_span_next(const struct timeline *timeline, const struct timeline_parts *parts,
                     const struct lane_row *row, double ns, int direction, struct lane_span *span)
{
    size_t first, last;
    struct lane_span candidate;
    bool found = false;
    number_spans(parts, row, &first, &last);
    for (size_t i = first; i < last && !(found && direction > 0); i++) {
        if (!take_span(timeline, parts, row, i, &candidate))
            continue;
        const double begin = (double)candidate.begin_ns;
        if (direction > 0 ? begin <= ns : begin >= ns)
            continue;
        *span = candidate;
        found = true;
    }
    return found;
}
