#include "../../ui/model/timeline_view.h"
#include "traces.h"
#include "unit.h"

static struct timeline_view view;

/* Opens a view of four separate steps of one program, each with a launch, and goes to the program's
 * row.
 */
static void begin(void)
{
    struct stamp stamps[4] = {{100, 200}, {400, 450}, {600, 700}, {900, 950}};
    const struct trace trace = trace_of(stamps, 1, 4, 1000);
    static struct run run; /* static: the timeline refers to the run's name */
    run = (struct run){.variant = "some_variant", .backend = BACKEND_CPU};
    run.facts = (struct facts){.programs = 1, .launches_per_iteration = 4};
    view = (struct timeline_view){.side_count = 1, .fitted = true};
    cr_assert(timeline_side_take(&view.sides[0], &run, &trace));
    timeline_view_settle(&view);
    while (timeline_view_row(&view)->look != LANE_PARTS ||
           view.sides[0].timeline.lanes[timeline_view_row(&view)->lane].group != TIMELINE_PROGRAMS)
        timeline_view_move_row(&view, 1);
}

static void end(void)
{
    timeline_side_clear(&view.sides[0]);
    timeline_side_clear(&view.sides[1]);
}

TestSuite(timeline_view, .init = begin, .fini = end);

Test(timeline_view, jumps_go_from_gap_to_step_to_gap)
{
    static const struct lane_span expected[] = {
        {0, 100, LANE_LAUNCH_GAP, NULL},   {100, 200, LANE_BUSY, NULL},
        {200, 400, LANE_LAUNCH_GAP, NULL}, {400, 450, LANE_BUSY, NULL},
        {450, 600, LANE_LAUNCH_GAP, NULL}, {600, 700, LANE_BUSY, NULL},
        {700, 900, LANE_LAUNCH_GAP, NULL}, {900, 950, LANE_BUSY, NULL},
    };
    struct lane_span span;
    for (int i = 0; i < 8; i++) {
        cr_assert(timeline_view_jump(&view, 1));
        cr_assert(timeline_view_span(&view, 1, &span));
        cr_assert_eq(span.begin_ns, expected[i].begin_ns);
        cr_assert_eq(span.end_ns, expected[i].end_ns);
        cr_assert_eq(span.kind, expected[i].kind);
        cr_assert_eq(view.cursor_ns, (double)span.begin_ns);
    }
    cr_assert_not(timeline_view_jump(&view, 1), "there is no span after the last");
    for (int i = 6; i >= 0; i--) {
        cr_assert(timeline_view_jump(&view, -1));
        cr_assert(timeline_view_span(&view, 1, &span));
        cr_assert_eq(span.begin_ns, expected[i].begin_ns);
    }
    cr_assert_not(timeline_view_jump(&view, -1));
}

/* If a column contains several spans, the cursor is on the span that a jump chose. */
Test(timeline_view, a_jump_chooses_among_the_spans_of_a_column)
{
    struct lane_span span;
    for (int i = 0; i < 4; i++)
        timeline_view_jump(&view, 1);
    cr_assert(timeline_view_span(&view, 1000, &span));
    cr_assert_eq(span.begin_ns, 400);
    timeline_view_go(&view, 420);
    cr_assert(timeline_view_span(&view, 1000, &span));
    cr_assert_eq(span.begin_ns, 200, "otherwise the span that takes most of the column");
}

Test(timeline_view, a_jump_scrolls_to_its_span)
{
    timeline_view_zoom(&view, 10, 0);
    cr_assert_leq(view.to_ns, 101);
    for (int i = 0; i < 8; i++) {
        timeline_view_jump(&view, 1);
        cr_assert(view.cursor_ns >= view.from_ns && view.cursor_ns <= view.to_ns);
        cr_assert_float_eq(view.to_ns - view.from_ns, 100, 1e-6, "the zoom is unchanged");
    }
}

Test(timeline_view, two_marks_bound_a_range_and_a_third_starts_over)
{
    double from_ns, to_ns;
    timeline_view_go(&view, 700);
    timeline_view_mark(&view);
    cr_assert_eq(view.mark_count, 1);
    timeline_view_stretch(&view, &view.sides[0], &from_ns, &to_ns);
    cr_assert(from_ns == 0 && to_ns == 1000, "the visible range");
    timeline_view_go(&view, 200);
    timeline_view_mark(&view);
    timeline_view_stretch(&view, &view.sides[0], &from_ns, &to_ns);
    cr_assert(from_ns == 200 && to_ns == 700, "in the order of time");
    timeline_view_mark(&view);
    cr_assert_eq(view.mark_count, 1);
    cr_assert_eq(view.marks[0], 200);
}

/* A share refers to the side's own iteration, however far the axis extends. */
Test(timeline_view, a_range_ends_with_the_iteration)
{
    double from_ns, to_ns;
    view.to_ns = 5000;
    timeline_view_stretch(&view, &view.sides[0], &from_ns, &to_ns);
    cr_assert_eq(to_ns, 1000);
}

Test(timeline_view, zooming_keeps_the_time_under_the_pointer)
{
    const double place = (300 - view.from_ns) / (view.to_ns - view.from_ns);
    timeline_view_zoom(&view, 2, 300);
    cr_assert_float_eq(view.to_ns - view.from_ns, 500, 1e-6);
    cr_assert_float_eq((300 - view.from_ns) / (view.to_ns - view.from_ns), place, 1e-6);
    timeline_view_zoom(&view, 1e-3, 300);
    cr_assert(view.from_ns == 0 && view.to_ns == 1000 && view.fitted,
              "the view is no wider than the iteration");
}

/* At every size: panes do not overlap, nothing is outside, and the cursor's row is shown. */
Test(timeline_view, everything_has_a_place_at_every_size)
{
    struct run run = {.variant = "other", .backend = BACKEND_CPU};
    struct stamp stamp = {100, 200};
    const struct trace trace = trace_of(&stamp, 1, 1, 500);
    cr_assert(timeline_side_take(&view.sides[1], &run, &trace));
    for (view.side_count = 1; view.side_count <= 2; view.side_count++)
        for (int rows = 6; rows < 60; rows++)
            for (int columns = 20; columns < 200; columns += 7) {
                struct timeline_layout layout;
                timeline_view_lay_out(&view, rows, columns, &layout);
                int at = layout.legend_rows;
                for (int i = 0; i < view.side_count; i++) {
                    const struct timeline_pane *pane = &layout.panes[i];
                    cr_assert(pane->rows >= 0);
                    if (pane->heading >= 0)
                        cr_assert_eq(pane->heading, at++);
                    cr_assert_eq(pane->row, at);
                    at += pane->rows;
                }
                cr_assert(at <= layout.axis || view.side_count > 1, "%dx%d", columns, rows);
                cr_assert(layout.axis <= at + 1 || view.side_count > 1,
                          "the axis is right below the lanes");
                cr_assert_leq(layout.axis + 2 + layout.notes, rows);
                cr_assert_eq(layout.names + layout.shares + layout.columns, columns);
                const struct timeline_pane *pane = &layout.panes[view.side];
                if (pane->rows > 0)
                    cr_assert(view.row >= pane->first && view.row < pane->first + pane->rows);
            }
}
