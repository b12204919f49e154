/*
 * explorer_timeline.c - the timeline view: picks the iterations to show, and handles keys and
 * mouse.
 */
#include "explorer_timeline.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_tags.h"

#include "../../src/engine/prefill.h"

#define ENOUGH_ITERATIONS 20u                  /* iterations needed to tell which is typical */
#define ENOUGH_NS         UINT64_C(1000000000) /* or enough iterations if they take this long */

/* ---- iterations ----------------------------------------------------------------------------- */

static uint64_t mix(uint64_t print, uint64_t value)
{
    return (print ^ value) * UINT64_C(0x100000001b3);
}

/* Returns a fingerprint of the iteration: another iteration has another fingerprint. */
static uint64_t print_of_trace(const struct trace *trace)
{
    uint64_t print = mix(UINT64_C(0xcbf29ce484222325), trace->iteration_ns);
    const size_t stamps = (size_t)trace->steps * trace->programs;
    print = mix(mix(print, stamps), trace->span_count);
    if (stamps > 0)
        print = mix(mix(print, trace->stamps[0].end_ns), trace->stamps[stamps - 1].end_ns);
    if (trace->span_count > 0)
        print = mix(print, trace->spans[trace->span_count - 1].end_ns);
    return print;
}

/* Returns a fingerprint of the run. It stays the same while a live run continues. For recorded and
 * kept runs it includes the trace. */
static uint64_t print_of_run(const struct row *row, bool slowest, const struct trace *trace)
{
    uint64_t print = mix(mix(UINT64_C(0xcbf29ce484222325), slowest), row->run->epoch);
    for (const char *at = row->run->variant; *at; at++)
        print = mix(print, (unsigned char)*at);
    if (row->recorded || row->kept)
        print = mix(print, print_of_trace(trace));
    return print;
}

/* Chooses the rows to show: the selected row. If it and another row are tagged: the first tagged
 * row, and below it the selected one (or, if that is the first, the next tagged row). Returns how
 * many. */
static int choose_rows(const struct explorer *explorer, struct row rows[TIMELINE_SIDES],
                       int letters[TIMELINE_SIDES])
{
    const int first = tags_reference(&explorer->tags);
    int second = explorer_letter(explorer, explorer->selected);
    rows[0] = explorer_selected(explorer);
    letters[0] = second;
    if (second < 0)
        return 1;
    for (uint32_t i = 0; second == first && i < EXPLORER_TAGS; i++)
        if ((int)i != first && explorer_tagged(explorer, i).name)
            second = (int)i;
    if (second == first)
        return 1;
    for (int i = 0; i < TIMELINE_SIDES; i++) {
        letters[i] = i == 0 ? first : second;
        rows[i] = explorer_tagged(explorer, (uint32_t)letters[i]);
    }
    return 2;
}

/* Whether a live run is too young to have a typical iteration. */
static bool is_early(const struct row *row)
{
    const struct histogram *iterations = &row->run->histograms[METRIC_ITERATION];
    return !row->recorded && !row->kept && row->run->status != RUN_DONE &&
           iterations->count < ENOUGH_ITERATIONS &&
           iterations->count * row->run->typical.iteration_ns < ENOUGH_NS;
}

/* Copies the row's iteration to the side, unless the side already shows one of that run. True: the
 * side's iteration changed. */
static bool follow_row(struct explorer *explorer, struct timeline_side *side, const struct row *row,
                       int letter)
{
    const struct run *run = row->run;
    const bool slowest = explorer->timeline.slowest;
    const struct trace *trace = !run ? NULL : slowest ? &run->slowest : &run->typical;
    side->letter = letter;
    side->recorded = row->recorded;
    snprintf(side->mark, sizeof side->mark, "%s", row->mark);
    if (!trace || trace->iteration_ns == 0) {
        timeline_side_clear(side);
        if (row->name)
            snprintf(side->of.variant, sizeof side->of.variant, "%s", row->name);
        return false;
    }
    const uint64_t run_print = print_of_run(row, slowest, trace);
    const uint64_t trace_print = print_of_trace(trace);
    if (run_print == side->run_print) {
        side->newer = trace_print != side->trace_print;
        return false;
    }
    if (is_early(row)) {
        timeline_side_clear(side);
        explorer->timeline.waits = true;
        return false;
    }
    side->cap = prefill_cap(run);
    if (!timeline_side_take(side, run, trace)) {
        explorer_say(explorer, true, "Out of memory for this timeline");
        return false;
    }
    side->run_print = run_print;
    side->trace_print = trace_print;
    return true;
}

void explorer_follow_timeline(struct explorer *explorer)
{
    struct timeline_view *view = &explorer->timeline;
    struct row rows[TIMELINE_SIDES];
    int letters[TIMELINE_SIDES];
    if (explorer->view != VIEW_TIMELINE)
        return;
    const int before = view->side_count;
    const bool first = !timeline_view_row(view);
    const int count = choose_rows(explorer, rows, letters);
    bool taken = count != before;
    view->side_count = count;
    view->waits = false;
    for (int i = 0; i < TIMELINE_SIDES; i++) {
        if (i < count)
            taken |= follow_row(explorer, &view->sides[i], &rows[i], letters[i]);
        else
            timeline_side_clear(&view->sides[i]);
    }
    if (taken) {
        view->fitted = true;
        view->mark_count = 0;
        view->chosen.event = NULL;
        view->signs.count = 0;
        for (int i = 0; i < count; i++)
            operation_signs_add(&view->signs, &view->sides[i].trace.operations);
    }
    timeline_view_settle(view);
    if (first)
        timeline_view_go_to_steps(view);
}

void explorer_close_timeline(struct explorer *explorer)
{
    for (int i = 0; i < TIMELINE_SIDES; i++)
        timeline_side_clear(&explorer->timeline.sides[i]);
}

/* Makes the next frame show the newer iterations of the shown runs. */
static void take_newer(struct explorer *explorer)
{
    struct timeline_view *view = &explorer->timeline;
    bool newer = false, live = false;
    for (int i = 0; i < view->side_count; i++) {
        newer |= view->sides[i].newer;
        live |= !view->sides[i].recorded;
        if (view->sides[i].newer)
            view->sides[i].run_print = 0;
    }
    if (!live)
        explorer_say(explorer, false,
                     "A recording keeps one typical iteration and the slowest: %s "
                     "switches between them",
                     action_key(ACTION_SLOWEST));
    else if (!newer)
        explorer_say(explorer, false, "No newer iteration was %s",
                     view->slowest ? "slower" : "nearer to the median");
}

static void switch_slowest(struct explorer *explorer)
{
    struct timeline_view *view = &explorer->timeline;
    struct row row = explorer_selected(explorer);
    view->slowest = !view->slowest;
    if (!row.run || (view->slowest ? &row.run->slowest : &row.run->typical)->iteration_ns == 0)
        explorer_say(explorer, false, "No stamps of %s iteration were kept",
                     view->slowest ? "the slowest" : "a typical");
}

/* ---- keys ----------------------------------------------------------------------------------- */

void explorer_timeline_layout(const struct explorer *explorer, struct timeline_layout *layout)
{
    const struct rectangle *plot = &explorer->layout.plot;
    timeline_view_lay_out(&explorer->timeline, plot->rows - 2, plot->columns - 4, layout);
}

static double column_ns(const struct explorer *explorer)
{
    const struct timeline_view *view = &explorer->timeline;
    struct timeline_layout layout;
    explorer_timeline_layout(explorer, &layout);
    return (view->to_ns - view->from_ns) / layout.columns;
}

/* Jumps to the next (1) or previous (-1) span. False: there is no other span. */
static bool jump_away(struct explorer *explorer, int direction)
{
    struct timeline_view *view = &explorer->timeline;
    struct lane_span before;
    const bool shown = timeline_view_span(view, column_ns(explorer), &before);
    if (!timeline_view_jump(view, direction))
        return false;
    return !shown || view->chosen.begin_ns != before.begin_ns ||
           view->chosen.end_ns != before.end_ns || timeline_view_jump(view, direction);
}

static void jump(struct explorer *explorer, int direction)
{
    if (!jump_away(explorer, direction))
        explorer_say(explorer, false, "This lane has nothing %s: %s and %s change the lane",
                     direction > 0 ? "after this" : "before this", action_key(ACTION_UP),
                     action_key(ACTION_DOWN));
}

static void show_span(struct explorer *explorer)
{
    struct timeline_view *view = &explorer->timeline;
    struct lane_span span;
    if (timeline_view_span(view, column_ns(explorer), &span))
        timeline_view_show_span(view, &span);
    else
        explorer_say(explorer, false, "Nothing is under the cursor: %s goes to the next span",
                     action_key(ACTION_SPAN_NEXT));
}

/* Handles the keys that go to the lists unless the view has the focus. */
static bool act_focused(struct explorer *explorer, enum action action)
{
    struct timeline_view *view = &explorer->timeline;
    const int page = explorer->layout.plot.rows / 2;
    if (action == ACTION_UP)
        timeline_view_move_row(view, -1);
    else if (action == ACTION_DOWN)
        timeline_view_move_row(view, 1);
    else if (action == ACTION_PAGE_UP)
        timeline_view_move_row(view, -page);
    else if (action == ACTION_PAGE_DOWN)
        timeline_view_move_row(view, page);
    else if (action == ACTION_LEFT)
        timeline_view_go(view, view->cursor_ns - column_ns(explorer));
    else if (action == ACTION_RIGHT)
        timeline_view_go(view, view->cursor_ns + column_ns(explorer));
    else if (action == ACTION_FIRST)
        timeline_view_go(view, 0);
    else if (action == ACTION_LAST)
        timeline_view_go(view, timeline_view_length(view));
    else if (action == ACTION_ENTER)
        show_span(explorer);
    else if (action == ACTION_CANCEL && view->mark_count > 0)
        view->mark_count = 0;
    else
        return false;
    return true;
}

static bool act_on_lanes(struct explorer *explorer, enum action action)
{
    struct timeline_view *view = &explorer->timeline;
    const double seen = view->to_ns - view->from_ns;
    if (action == ACTION_ZOOM_IN)
        timeline_view_zoom(view, 1.5, view->cursor_ns);
    else if (action == ACTION_ZOOM_OUT)
        timeline_view_zoom(view, 1 / 1.5, view->cursor_ns);
    else if (action == ACTION_FIT)
        timeline_view_show_all(view);
    else if (action == ACTION_SLOWER)
        timeline_view_pan(view, -seen / 2);
    else if (action == ACTION_FASTER)
        timeline_view_pan(view, seen / 2);
    else if (action == ACTION_SPAN_NEXT)
        jump(explorer, 1);
    else if (action == ACTION_SPAN_BEFORE)
        jump(explorer, -1);
    else if (action == ACTION_MARK)
        timeline_view_mark(view);
    else
        return explorer->focus == FOCUS_VIEW && act_focused(explorer, action);
    return true;
}

bool explorer_act_timeline(struct explorer *explorer, enum action action)
{
    if (action == ACTION_SLOWEST)
        switch_slowest(explorer);
    else if (action == ACTION_TAKE)
        take_newer(explorer);
    else if (timeline_view_row(&explorer->timeline))
        return act_on_lanes(explorer, action);
    else /* the timeline is empty: the lists get the other keys */
        return action == ACTION_ZOOM_IN || action == ACTION_ZOOM_OUT || action == ACTION_FIT;
    return true;
}

/* ---- the mouse ------------------------------------------------------------------------------ */

/* Moves the cursor to the row under the pointer. False: no row is there. */
static bool point_at_row(struct timeline_view *view, const struct timeline_layout *layout, int row)
{
    for (int i = 0; i < view->side_count; i++) {
        const struct timeline_pane *pane = &layout->panes[i];
        const int at = row - pane->row + pane->first;
        if (row < pane->row || row >= pane->row + pane->rows || at >= view->sides[i].row_count)
            continue;
        view->side = i;
        view->row = at;
        return true;
    }
    return false;
}

/* A click selects a span. A click on the selected span acts like Enter. */
static void click(struct explorer *explorer, const struct timeline_layout *layout, int row,
                  double at_ns)
{
    struct timeline_view *view = &explorer->timeline;
    struct lane_span before, now;
    const struct lane_row *row_before = timeline_view_row(view);
    const double width = column_ns(explorer);
    const bool had = explorer->focus == FOCUS_VIEW && timeline_view_span(view, width, &before);
    explorer->focus = FOCUS_VIEW;
    if (row < layout->axis && !point_at_row(view, layout, row))
        return;
    timeline_view_go(view, at_ns);
    if (had && timeline_view_row(view) == row_before && timeline_view_span(view, width, &now) &&
        now.begin_ns == before.begin_ns && now.end_ns == before.end_ns)
        timeline_view_show_span(view, &now);
}

void explorer_point_timeline(struct explorer *explorer, const struct pointer *pointer)
{
    struct timeline_view *view = &explorer->timeline;
    struct timeline_layout layout;
    explorer_timeline_layout(explorer, &layout);
    const int row = pointer->row - explorer->layout.plot.row - 1;
    const int column =
        pointer->column - explorer->layout.plot.column - 2 - layout.names - layout.shares;
    const double seen = view->to_ns - view->from_ns;
    const double at_ns = view->from_ns + (column + 0.5) / layout.columns * seen;
    const bool beside = column < 0 || column >= layout.columns;
    if (!timeline_view_row(view))
        return;
    if (pointer->kind == POINTER_CLICK && beside)
        point_at_row(view, &layout, row);
    else if (pointer->kind == POINTER_CLICK)
        click(explorer, &layout, row, at_ns);
    else if (pointer->kind == POINTER_WHEEL_LEFT)
        timeline_view_pan(view, -seen / 8);
    else if (pointer->kind == POINTER_WHEEL_RIGHT)
        timeline_view_pan(view, seen / 8);
    else if (beside)
        timeline_view_move_row(view, pointer->kind == POINTER_WHEEL_UP ? -1 : 1);
    else
        timeline_view_zoom(view, pointer->kind == POINTER_WHEEL_UP ? 1.5 : 1 / 1.5, at_ns);
}
