#include "../../ui/terminal/layout.h"
#include "unit.h"

#define PANELS 10

static struct layout layout;

static unsigned list_panels(struct rectangle *panels)
{
    const struct rectangle all[PANELS] = {
        layout.header, layout.detail,    layout.footer,  layout.variants, layout.knobs,
        layout.lesson, layout.histogram, layout.summary, layout.plot,     layout.strip,
    };
    unsigned count = 0;
    for (unsigned i = 0; i < PANELS; i++)
        if (all[i].rows > 0 && all[i].columns > 0)
            panels[count++] = all[i];
    return count;
}

static bool overlap(struct rectangle a, struct rectangle b)
{
    return a.row < b.row + b.rows && b.row < a.row + a.rows && a.column < b.column + b.columns &&
           b.column < a.column + a.columns;
}

static void lay_out(int rows, int columns, int variants, bool focus_knobs)
{
    layout_frame(&layout, rows, columns);
    const struct layout_lists lists = {
        .variants = variants, .knobs = 14, .focus_knobs = focus_knobs};
    if (layout.size != LAYOUT_LINE)
        layout_live(&layout, &lists);
}

static void check_tiles(int rows, int columns)
{
    struct rectangle panels[PANELS];
    unsigned count = list_panels(panels);
    int cells = 0;
    cr_assert_geq(count, 1, "%dx%d shows nothing", columns, rows);
    for (unsigned i = 0; i < count; i++) {
        cr_assert(panels[i].row >= 0 && panels[i].column >= 0);
        cr_assert_leq(panels[i].row + panels[i].rows, rows, "%dx%d", columns, rows);
        cr_assert_leq(panels[i].column + panels[i].columns, columns, "%dx%d", columns, rows);
        cells += panels[i].rows * panels[i].columns;
        for (unsigned j = 0; j < i; j++)
            cr_assert_not(overlap(panels[i], panels[j]), "%dx%d: panels overlap", columns, rows);
    }
    if (layout.size != LAYOUT_LINE)
        cr_assert_eq(cells, rows * columns, "%dx%d: a cell belongs to no panel", columns, rows);
}

Test(layout, panels_tile_the_screen_at_every_size)
{
    for (int rows = 1; rows <= 70; rows++)
        for (int columns = 1; columns <= 210; columns++)
            for (int variants = 1; variants <= 20; variants += 6)
                for (int focus = 0; focus < 2; focus++) {
                    lay_out(rows, columns, variants, focus);
                    check_tiles(rows, columns);
                }
}

Test(layout, the_other_views_tile_the_screen_too)
{
    void (*const views[])(struct layout *, const struct layout_lists *) = {
        layout_compare, layout_ladder, layout_sweep};
    for (int rows = 1; rows <= 70; rows++) {
        for (int columns = 1; columns <= 210; columns += 3) {
            for (int tagged = 0; tagged <= 4; tagged++) {
                for (int view = 0; view < 3; view++) {
                    const struct layout_lists lists = {.variants = 9,
                                                       .knobs = 14,
                                                       .tagged = tagged,
                                                       .focus_knobs = tagged % 2 == 1};
                    layout_frame(&layout, rows, columns);
                    if (layout.size != LAYOUT_LINE)
                        views[view](&layout, &lists);
                    check_tiles(rows, columns);
                }
            }
        }
    }
}

Test(layout, a_comparison_of_four_has_a_plot_and_their_numbers_at_usual_sizes)
{
    const struct layout_lists lists = {.variants = 9, .knobs = 14, .tagged = 4};
    layout_frame(&layout, 24, 80);
    layout_compare(&layout, &lists);
    cr_assert(layout.plot.rows >= 7 && layout.strip.rows >= 2 + 1 + 2 * 4,
              "two lines for each variant");
    layout_frame(&layout, 40, 120);
    layout_compare(&layout, &lists);
    cr_assert(layout.plot.rows >= 12 && layout.strip.rows >= 2 + 1 + 3 * 4);
    cr_assert_gt(layout.variants.rows, 5, "the list of variants stays at the left");
}

Test(layout, the_list_with_the_focus_is_always_shown)
{
    for (int rows = 12; rows <= 60; rows++) {
        for (int columns = 72; columns <= 200; columns += 4) {
            lay_out(rows, columns, 3, true);
            cr_assert_gt(layout.knobs.rows, 2, "%dx%d", columns, rows);
            lay_out(rows, columns, 3, false);
            cr_assert_gt(layout.variants.rows, 2, "%dx%d", columns, rows);
        }
    }
}

Test(layout, usual_sizes_have_both_lists_and_a_histogram)
{
    lay_out(24, 80, 3, false);
    cr_assert_eq(layout.size, LAYOUT_NARROW);
    cr_assert(layout.variants.rows >= 5 && layout.knobs.rows >= 10);
    cr_assert(layout.histogram.rows >= 10 && layout.histogram.columns >= 40);
    lay_out(40, 120, 3, false);
    cr_assert_eq(layout.size, LAYOUT_WIDE);
    cr_assert_eq(layout.knobs.rows, 14 + 2, "all knobs are seen at once");
    cr_assert_gt(layout.histogram.rows, layout.summary.rows);
}

Test(layout, below_the_minimum_size_there_is_one_line)
{
    lay_out(11, 200, 3, false);
    cr_assert_eq(layout.size, LAYOUT_LINE);
    lay_out(60, 39, 3, false);
    cr_assert_eq(layout.size, LAYOUT_LINE);
    lay_out(12, 40, 3, false);
    cr_assert_eq(layout.size, LAYOUT_SMALL);
}

Test(layout, scrolling_keeps_the_cursor_visible)
{
    for (int count = 1; count < 40; count++) {
        for (int height = 1; height < 20; height++) {
            for (int cursor = 0; cursor < count; cursor++) {
                int first = layout_scroll(cursor, count, height);
                cr_assert(first >= 0 && first <= cursor && cursor < first + height);
                cr_assert(first == 0 || first + height <= count, "blank rows at the end");
            }
        }
    }
}
