/* Tests the explorer's timeline, of a recording and of running variants. */
#include "idle_explorer.h"
#include "random.h"
#include "traces.h"
#include "verified_run.h"

static struct snapshot snapshot;
static struct stamp stamps[2][2] = {{{400, 500}, {520, 700}}, {{500, 900}, {1000, 1700}}};
static struct prefill_span spans[1] = {{100, 600, SPAN_COPY, 0, 0}};

static const struct timeline_view *view = &explorer.timeline;

static struct trace make_trace(struct stamp *of, uint64_t iteration_ns)
{
    struct trace trace = trace_of(of, 1, 2, iteration_ns);
    trace.span_count = trace.spans_run = 1;
    trace.spans = spans;
    return trace;
}

static void end(void)
{
    for (uint32_t i = 0; i < snapshot.count; i++) {
        snapshot.runs[i].typical = snapshot.runs[i].slowest = (struct trace){0};
        run_close(&snapshot.runs[i]);
    }
    explorer.source.worker = NULL;
    explorer.source.snapshot = NULL;
    explorer_close_idle();
}

TestSuite(explorer_timeline, .init = explorer_open_idle, .fini = end);

/* ---- a recording ---------------------------------------------------------------------------- */

/* Opens the timeline of a recorded run of two steps and a prefill of one chunk. `slowest`: the
 * recording also has a slowest iteration, which takes twice as long. */
static void look_at_steps(bool slowest)
{
    struct run run;
    struct document document;
    size_t length;
    open_verified(&run, "cpu_persistent", &explorer.settings.knobs);
    run.used.step_sync = SYNC_FLAG;
    run.used.threads = 1;
    run.used.spin_ns = 0;
    histogram_record(&run.histograms[METRIC_ITERATION], 1000);
    run.typical = make_trace(stamps[0], 1000);
    if (slowest)
        run.slowest = make_trace(stamps[0], 2000);
    document_describe(&document, &some_cpu, &run, 1);
    char *text = document_print(&document, &length);
    assert_success(source_open_text(&explorer.source, text, length, "test", &error));
    points_begin(&explorer.source.points, &explorer.point);
    free(text);
    press_all("3");
    run.typical = run.slowest = (struct trace){0};
    run_close(&run);
}

Test(explorer_timeline, the_first_jump_goes_to_another_span)
{
    struct lane_span before, after;
    look_at_steps(false);
    const double column_ns = (view->to_ns - view->from_ns) / 60;
    cr_assert(timeline_view_span(view, column_ns, &before));
    press_all(".");
    cr_assert(timeline_view_span(view, column_ns, &after));
    cr_assert_gt(after.begin_ns, before.begin_ns);
}

Test(explorer_timeline, the_timeline_takes_the_arrows_and_returns_them)
{
    look_at_steps(true);
    cr_assert_eq(explorer.view, VIEW_TIMELINE);
    cr_assert_eq(explorer_mode(&explorer), MODE_TIMELINE);
    cr_assert_gt(view->sides[0].row_count, 4);
    const struct lane_row *row = timeline_view_row(view);
    cr_assert_eq(row->look, LANE_PARTS);
    cr_assert_eq(view->sides[0].timeline.lanes[row->lane].group, TIMELINE_BATCH, "at the steps");
    press_all("kkkkkkkkkkkjj");
    cr_assert_eq(view->row, 2);
    cr_assert_eq(explorer.selected, 0);
    press_all("kkkk");
    cr_assert_eq(view->row, 0);
    press_all("G");
    cr_assert_eq(view->cursor_ns, 1000);
    press_all("llg");
    cr_assert_eq(view->cursor_ns, 0);
    explorer_press(&explorer, PRESS_TAB);
    cr_assert_eq(explorer.focus, FOCUS_VARIANTS);
    explorer_press(&explorer, PRESS_BACKTAB);
    cr_assert_eq(explorer.focus, FOCUS_VIEW);
    press_all("1");
    cr_assert_eq(explorer.focus, FOCUS_VARIANTS);
    cr_assert_eq(explorer_mode(&explorer), MODE_RECORDED);
}

Test(explorer_timeline, the_slowest_iteration_is_a_different_one)
{
    look_at_steps(true);
    press_all("s");
    cr_assert_eq(view->sides[0].timeline.iteration_ns, 2000);
    cr_assert_eq(view->to_ns, 2000, "all of it is seen");
    press_all("s");
    cr_assert_eq(view->sides[0].timeline.iteration_ns, 1000);
}

Test(explorer_timeline, an_iteration_that_was_not_kept_is_not_shown)
{
    look_at_steps(false);
    press_all("s");
    cr_assert_eq(view->sides[0].row_count, 0);
    cr_assert(explorer.message[0], "a message says so");
    press_all("+-a<>jklhgG,.vi"); /* there is no timeline to move in */
    cr_assert_eq(view->sides[0].row_count, 0);
}

/* Whatever is pressed or clicked, the visible range stays within the iteration, and the cursor
 * within the visible range. */
Test(explorer_timeline, the_visible_range_stays_within_the_iteration)
{
    static const char keys[] = "++++---a<>hhllllljkgGs3,,...v\ri\033";
    uint64_t source = 5;
    look_at_steps(true);
    for (int i = 0; i < 20000; i++) {
        const char key[2] = {keys[random_below(&source, sizeof keys - 1)], 0};
        const int row = (int)random_below(&source, 40),
                  column = 48 + (int)random_below(&source, 70);
        const enum pointer_kind kind = (enum pointer_kind)random_below(&source, 5);
        if (random_below(&source, 4) == 0 && row < 36)
            point_at(kind, row, column);
        else
            press_all(key);
        const double all = timeline_view_length(view);
        cr_assert(0 <= view->from_ns && view->from_ns < view->to_ns, "%s", key);
        cr_assert_leq(view->to_ns, all * (1 + 1e-9), "%s", key);
        cr_assert_geq(view->cursor_ns, view->from_ns, "%s", key);
        cr_assert_leq(view->cursor_ns, view->to_ns, "%s", key);
        cr_assert(view->row >= 0 && view->row < view->sides[view->side].row_count);
        for (unsigned mark = 0; mark < view->mark_count; mark++)
            cr_assert(view->marks[mark] >= 0 && view->marks[mark] <= all);
    }
}

/* ---- the mouse ------------------------------------------------------------------------------ */

/* The screen column of a time. */
static int column_of(double ns)
{
    struct timeline_layout layout;
    explorer_timeline_layout(&explorer, &layout);
    return explorer.layout.plot.column + 2 + layout.names + layout.shares +
           (int)((ns - view->from_ns) / (view->to_ns - view->from_ns) * layout.columns);
}

static int row_of(int side, int row)
{
    struct timeline_layout layout;
    explorer_timeline_layout(&explorer, &layout);
    return explorer.layout.plot.row + 1 + layout.panes[side].row + row - layout.panes[side].first;
}

Test(explorer_timeline, a_click_selects_a_span_and_another_click_shows_it)
{
    struct lane_span span;
    look_at_steps(true);
    const int last = view->sides[0].row_count - 1; /* the row of the program's steps */
    point_at(POINTER_CLICK, row_of(0, last), column_of(600));
    cr_assert_eq(view->row, last);
    cr_assert(timeline_view_span(view, 1, &span));
    cr_assert(span.begin_ns == 520 && span.end_ns == 700, "its second step");
    point_at(POINTER_CLICK, row_of(0, last), column_of(600));
    cr_assert_float_eq(view->to_ns - view->from_ns, 360, 1e-6, "half of what is seen");
    cr_assert_float_eq(view->from_ns, 430, 1e-6);
}

Test(explorer_timeline, the_wheel_zooms_at_the_pointer_and_pans_sideways)
{
    look_at_steps(true);
    for (int i = 0; i < 5; i++)
        point_at(POINTER_WHEEL_UP, row_of(0, 0), column_of(800));
    const double seen = view->to_ns - view->from_ns, from = view->from_ns;
    cr_assert_lt(seen, 200);
    cr_assert(view->from_ns < 800 && view->to_ns > 800, "it is still there");
    point_at(POINTER_WHEEL_LEFT, row_of(0, 0), column_of(800));
    cr_assert_lt(view->from_ns, from);
    cr_assert_float_eq(view->to_ns - view->from_ns, seen, 1e-6);
    point_at(POINTER_WHEEL_RIGHT, row_of(0, 0), column_of(800));
    cr_assert_float_eq(view->from_ns, from, 1e-6);
}

/* ---- live runs ------------------------------------------------------------------------------ */

/* Publishes two runs with this many iterations each, as a worker does. No real worker is needed,
 * because nothing queries it. */
static void go_on_with_runs(uint64_t iterations)
{
    snapshot.state = WORKER_RUNNING;
    snapshot.count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        struct run *run = &snapshot.runs[i];
        cr_assert(run_open(run));
        run_begin(run, explorer.request.variants[i], &explorer.settings.knobs,
                  &explorer.settings.knobs, i + 1);
        run->status = RUN_MEASURING;
        record_times(run, METRIC_ITERATION, 1000, iterations);
        run->typical = make_trace(stamps[0], 1000 * (i + 1));
        run->typical.number = iterations;
    }
    explorer.source.worker = (struct worker *)(uintptr_t)1;
    explorer.source.snapshot = &snapshot;
    explorer.view = VIEW_TIMELINE;
    explorer.focus = FOCUS_VIEW;
    explorer_follow_timeline(&explorer);
}

Test(explorer_timeline, an_iteration_stays_until_another_is_asked_for)
{
    go_on_with_runs(100);
    cr_assert_eq(view->sides[0].trace.number, 100);
    cr_assert_not(view->sides[0].newer);
    snapshot.runs[0].typical = make_trace(stamps[1], 1900);
    snapshot.runs[0].typical.number = 250;
    explorer_follow_timeline(&explorer);
    cr_assert_eq(view->sides[0].trace.number, 100);
    cr_assert_eq(view->sides[0].timeline.iteration_ns, 1000);
    cr_assert_eq(view->sides[0].trace.stamps[0].end_ns, 500, "the view has a copy");
    cr_assert(view->sides[0].newer);
    press_all("i");
    cr_assert_eq(view->sides[0].trace.number, 250);
    cr_assert_eq(view->sides[0].timeline.iteration_ns, 1900);
    cr_assert_not(view->sides[0].newer);
    press_all("i");
    cr_assert(explorer.message[0], "a message says that there is no newer one");
}

Test(explorer_timeline, a_new_epoch_is_a_new_iteration)
{
    go_on_with_runs(100);
    snapshot.runs[0].epoch = 9;
    snapshot.runs[0].typical = make_trace(stamps[1], 1900);
    explorer_follow_timeline(&explorer);
    cr_assert_eq(view->sides[0].timeline.iteration_ns, 1900);
}

Test(explorer_timeline, the_first_iterations_are_not_typical)
{
    go_on_with_runs(3);
    cr_assert_eq(view->sides[0].row_count, 0);
    cr_assert(view->waits);
    record_times(&snapshot.runs[0], METRIC_ITERATION, 1000, 50);
    explorer_follow_timeline(&explorer);
    cr_assert_gt(view->sides[0].row_count, 0);
    cr_assert_not(view->waits);
}

Test(explorer_timeline, two_tags_show_two_iterations_on_one_axis)
{
    go_on_with_runs(100);
    explorer.tags.tag[0] = (struct tag){.kind = TAG_ROW, .row = 0};
    explorer_follow_timeline(&explorer);
    cr_assert_eq(view->side_count, 1);
    explorer.tags.tag[1] = (struct tag){.kind = TAG_ROW, .row = 1};
    explorer_follow_timeline(&explorer);
    cr_assert_eq(view->side_count, 2);
    cr_assert_str_eq(view->sides[0].of.variant, snapshot.runs[0].variant);
    cr_assert_str_eq(view->sides[1].of.variant, snapshot.runs[1].variant);
    cr_assert_eq(timeline_view_length(view), 2000, "of the longer one");
    cr_assert_eq(view->to_ns, 2000);
    for (int i = 0; i < view->sides[0].row_count && view->side == 0; i++)
        press_all("j");
    cr_assert_eq(view->side, 1, "the cursor goes from one to the other");
    press_all("k");
    cr_assert_eq(view->side, 0);
    explorer.tags.tag[0].kind = TAG_NONE;
    explorer_follow_timeline(&explorer);
    cr_assert_eq(view->side_count, 1);
    cr_assert_eq(timeline_view_length(view), 1000);
}
