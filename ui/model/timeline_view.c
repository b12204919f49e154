#include "timeline_view.h"

#include "../terminal/layout.h"

#include <string.h>

#define LEAST_SEEN 20.0 /* shortest visible range, in ns */
#define ROOMY      56   /* with fewer columns, names are narrow and shares are left out */

/* ---- iterations ----------------------------------------------------------------------------- */

void timeline_side_clear(struct timeline_side *side)
{
    trace_close(&side->trace);
    timeline_close(&side->timeline);
    timeline_parts_close(&side->parts);
    side->row_count = 0;
    side->newer = false;
    side->run_print = side->trace_print = 0;
}

bool timeline_side_take(struct timeline_side *side, const struct run *run,
                        const struct trace *trace)
{
    timeline_side_clear(side);
    side->of = (struct run){
        .known = run->known, .backend = run->backend, .epoch = run->epoch, .facts = run->facts};
    memcpy(side->of.variant, run->variant, sizeof side->of.variant);
    if (!trace_copy(&side->trace, trace) ||
        !timeline_build(&side->timeline, &side->of, &side->trace, NULL) ||
        !timeline_parts_build(&side->parts, &side->timeline, &side->of.facts, &side->trace)) {
        timeline_side_clear(side);
        return false;
    }
    timeline_count(&side->timeline, &side->figures);
    side->row_count = lanes_rows(&side->timeline, &side->parts, side->cap, side->rows);
    return true;
}

double timeline_view_length(const struct timeline_view *view)
{
    uint64_t longest = 0;
    for (int i = 0; i < view->side_count; i++)
        if (view->sides[i].timeline.iteration_ns > longest)
            longest = view->sides[i].timeline.iteration_ns;
    return (double)longest;
}

const struct lane_row *timeline_view_row(const struct timeline_view *view)
{
    const struct timeline_side *side = &view->sides[view->side];
    return view->row < side->row_count ? &side->rows[view->row] : NULL;
}

/* ---- the visible range ---------------------------------------------------------------------- */

void timeline_view_show_all(struct timeline_view *view)
{
    view->from_ns = 0;
    view->to_ns = timeline_view_length(view);
    view->fitted = true;
}

static double between(double low, double value, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* Moves the cursor to an existing row. It leaves a side without rows if the other has some. */
static void settle_row(struct timeline_view *view)
{
    if (view->side >= view->side_count)
        view->side = 0;
    if (view->sides[view->side].row_count == 0)
        for (int i = 0; i < view->side_count; i++)
            if (view->sides[i].row_count > 0)
                view->side = i;
    const int rows = view->sides[view->side].row_count;
    view->row = view->row >= rows ? rows - 1 : view->row;
    view->row = view->row < 0 ? 0 : view->row;
}

void timeline_view_settle(struct timeline_view *view)
{
    const double all = timeline_view_length(view);
    double seen = view->to_ns - view->from_ns;
    if (view->fitted || seen >= all || seen <= 0) {
        timeline_view_show_all(view);
        seen = all;
    }
    view->from_ns = between(0, view->from_ns, all - seen);
    view->to_ns = view->from_ns + seen;
    view->cursor_ns = between(view->from_ns, view->cursor_ns, view->to_ns);
    if (view->cursor_ns != (double)view->chosen.begin_ns)
        view->chosen.event = NULL;
    for (unsigned i = 0; i < view->mark_count; i++)
        view->marks[i] = between(0, view->marks[i], all);
    settle_row(view);
}

void timeline_view_zoom(struct timeline_view *view, double factor, double at_ns)
{
    const double before = view->to_ns - view->from_ns;
    const double seen = before / factor > LEAST_SEEN ? before / factor : LEAST_SEEN;
    const double place = before > 0 ? (at_ns - view->from_ns) / before : 0;
    view->from_ns = at_ns - place * seen;
    view->to_ns = view->from_ns + seen;
    view->fitted = false;
    timeline_view_settle(view);
}

void timeline_view_pan(struct timeline_view *view, double by_ns)
{
    const double place = view->cursor_ns - view->from_ns;
    view->from_ns += by_ns;
    view->to_ns += by_ns;
    view->cursor_ns += by_ns;
    timeline_view_settle(view);
    view->cursor_ns = view->from_ns + place;
    timeline_view_settle(view);
}

void timeline_view_go(struct timeline_view *view, double ns)
{
    const double seen = view->to_ns - view->from_ns;
    ns = between(0, ns, timeline_view_length(view));
    if (ns < view->from_ns || ns > view->to_ns) {
        view->from_ns = ns - seen / 2;
        view->to_ns = view->from_ns + seen;
    }
    view->cursor_ns = ns;
    view->chosen.event = NULL;
    timeline_view_settle(view);
}

void timeline_view_move_row(struct timeline_view *view, int rows)
{
    const int step = rows < 0 ? -1 : 1;
    view->chosen.event = NULL;
    for (; rows != 0; rows -= step) {
        const int next = view->side + step;
        const int row = view->row + step;
        if (row >= 0 && row < view->sides[view->side].row_count) {
            view->row = row;
        } else if (next >= 0 && next < view->side_count && view->sides[next].row_count > 0) {
            view->side = next;
            view->row = step > 0 ? 0 : view->sides[next].row_count - 1;
        }
    }
}

/* Returns the row with the gaps and busy parts of the batch's steps or, without one, of the first
 * program's steps; 0: none. */
static int steps_row(const struct timeline_side *side)
{
    for (int row = 0; row < side->row_count; row++) {
        const struct lane_row *at = &side->rows[row];
        if (at->look == LANE_PARTS && side->timeline.lanes[at->lane].group >= TIMELINE_BATCH)
            return row;
    }
    return 0;
}

void timeline_view_go_to_steps(struct timeline_view *view)
{
    view->side = 0;
    view->row = steps_row(&view->sides[0]);
    view->chosen.event = NULL;
}

/* ---- spans and marks ------------------------------------------------------------------------ */

bool timeline_view_jump(struct timeline_view *view, int direction)
{
    const struct timeline_side *side = &view->sides[view->side];
    const struct lane_row *row = timeline_view_row(view);
    struct lane_span span;
    double from_ns = view->chosen.event ? (double)view->chosen.begin_ns : view->cursor_ns;
    /* At 0 ns without a chosen span, the next span may itself begin at 0 ns. */
    if (direction > 0 && !view->chosen.event && from_ns <= 0)
        from_ns = -1;
    if (!row || !lanes_span_next(&side->timeline, &side->parts, row, from_ns, direction, &span))
        return false;
    timeline_view_go(view, (double)span.begin_ns);
    view->chosen = span;
    return true;
}

bool timeline_view_span(const struct timeline_view *view, double column_ns, struct lane_span *span)
{
    const struct timeline_side *side = &view->sides[view->side];
    const struct lane_row *row = timeline_view_row(view);
    if (!row)
        return false;
    if (view->chosen.event) {
        *span = view->chosen;
        return true;
    }
    if (!(column_ns > 0))
        return false;
    const double from_ns =
        view->from_ns + (double)(long)((view->cursor_ns - view->from_ns) / column_ns) * column_ns;
    return lanes_span_at(&side->timeline, &side->parts, row, from_ns, from_ns + column_ns, span);
}

void timeline_view_show_span(struct timeline_view *view, const struct lane_span *span)
{
    const struct lane_span kept = *span;
    const double begin = (double)kept.begin_ns, lasts = (double)(kept.end_ns - kept.begin_ns);
    const double seen = 2 * lasts > LEAST_SEEN ? 2 * lasts : LEAST_SEEN;
    view->from_ns = begin + lasts / 2 - seen / 2;
    view->to_ns = view->from_ns + seen;
    view->cursor_ns = begin;
    view->fitted = false;
    timeline_view_settle(view);
    view->chosen = kept;
}

void timeline_view_mark(struct timeline_view *view)
{
    if (view->mark_count == TIMELINE_MARKS)
        view->mark_count = 0;
    view->marks[view->mark_count++] = view->cursor_ns;
}

void timeline_view_stretch(const struct timeline_view *view, const struct timeline_side *side,
                           double *from_ns, double *to_ns)
{
    const double end_ns = (double)side->timeline.iteration_ns;
    *from_ns = view->from_ns;
    *to_ns = view->to_ns;
    if (view->mark_count == TIMELINE_MARKS && view->marks[0] != view->marks[1]) {
        const bool first = view->marks[0] < view->marks[1];
        *from_ns = view->marks[!first];
        *to_ns = view->marks[first];
    }
    if (*to_ns > end_ns)
        *to_ns = end_ns;
}

/* ---- layout --------------------------------------------------------------------------------- */

/* Returns the columns for the names, the cursor's marker before them and a blank after them. */
static int name_columns(const struct timeline_view *view, int columns)
{
    size_t longest = strlen("in flight, cap 16");
    for (int i = 0; i < view->side_count; i++)
        for (size_t lane = 0; lane < view->sides[i].timeline.lane_count; lane++)
            if (strlen(view->sides[i].timeline.lanes[lane].name) > longest)
                longest = strlen(view->sides[i].timeline.lanes[lane].name);
    const int most = columns >= ROOMY ? 22 : 12;
    return layout_least((int)longest + 2, most);
}

void timeline_view_lay_out(const struct timeline_view *view, int rows, int columns,
                           struct timeline_layout *layout)
{
    const bool two = view->side_count > 1;
    const int headings = two ? 2 : 0;
    *layout = (struct timeline_layout){.names = name_columns(view, columns),
                                       .shares = columns >= ROOMY ? 6 : 0,
                                       .legend_rows = rows >= 26   ? 3
                                                      : rows >= 16 ? 2
                                                      : rows >= 10 ? 1
                                                                   : 0,
                                       .notes = rows >= 7 ? 2 : 0};
    layout->columns = columns - layout->names - layout->shares;
    layout->columns = layout->columns < 1 ? 1 : layout_least(layout->columns, (int)LANES_COLUMNS);
    /* The axis is right below the lanes. If there are too few rows for all lanes, they scroll. */
    const int counts[TIMELINE_SIDES] = {view->sides[0].row_count, view->sides[1].row_count};
    const int wanted = (counts[0] > 0 ? counts[0] : 1) + (two ? counts[1] > 0 ? counts[1] : 1 : 0);
    const int most = rows - 2 - layout->notes - layout->legend_rows - headings;
    const int room = layout_least(most, wanted + 1);
    layout->axis = layout->legend_rows + headings + room;
    /* Each side gets half of the rows, and those that the other side does not need. */
    int upper = room;
    if (two) {
        const int lower = layout_least(counts[1] > 0 ? counts[1] : 1, room / 2);
        upper = layout_least(counts[0] > 0 ? counts[0] : 1, room - lower);
    }
    int row = layout->legend_rows;
    for (int i = 0; i < TIMELINE_SIDES; i++) {
        struct timeline_pane *pane = &layout->panes[i];
        *pane = (struct timeline_pane){.heading = -1};
        if (i >= view->side_count)
            continue;
        if (two)
            pane->heading = row++;
        pane->row = row;
        pane->rows = i == 0 ? upper : room - upper;
        if (pane->rows < 0)
            pane->rows = 0;
        /* The side without the cursor scrolls to its row of steps. */
        pane->first = layout_scroll(view->side == i ? view->row : steps_row(&view->sides[i]),
                                    counts[i], pane->rows);
        row += pane->rows;
    }
}
