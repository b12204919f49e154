#include "layout.h"

static int between(int low, int value, int high)
{
    return value < low ? low : value > high ? high : value;
}

void layout_frame(struct layout *layout, int rows, int columns)
{
    const struct rectangle screen = {.rows = rows, .columns = columns};
    *layout = (struct layout){.header = layout_rows(screen, 0, layout_least(1, rows))};
    if (columns < 40 || rows < 12) {
        layout->size = LAYOUT_LINE;
        return;
    }
    layout->size = columns < 72 ? LAYOUT_SMALL : columns < 100 ? LAYOUT_NARROW : LAYOUT_WIDE;
    int detail = rows >= 20 ? 2 : 1;
    layout->footer = layout_rows(screen, rows - 1, 1);
    layout->detail = layout_rows(screen, rows - 1 - detail, detail);
    layout->body = layout_rows(screen, 1, rows - 2 - detail);
}

/* Places both lists one below the other or, if room is short, only the focused one. */
static void place_lists(struct layout *layout, struct rectangle left,
                        const struct layout_lists *lists)
{
    const int frame = 2, fewest_knobs = 5;
    if (left.rows < frame + 3 + frame + fewest_knobs) {
        *(lists->focus_knobs ? &layout->knobs : &layout->variants) = left;
        return;
    }
    int most = left.rows - frame - layout_least(lists->knobs, left.rows / 2);
    int upper = between(frame + 3, lists->variants + frame, most);
    int lower = left.rows - upper;
    int lesson = layout->size == LAYOUT_WIDE && left.rows >= 32
                     ? between(9, lower - lists->knobs - frame, 16)
                     : 0;
    layout->variants = layout_rows(left, 0, upper);
    layout->knobs = layout_rows(left, upper, lower - lesson);
    if (lesson > 0)
        layout->lesson = layout_rows(left, left.rows - lesson, lesson);
}

/* Places the histogram above the summary. The histogram gets at least half of the rows. */
static void place_results(struct layout *layout, struct rectangle right)
{
    int summary = right.rows >= 14 ? between(7, right.rows * 2 / 5, 16) : 0;
    layout->histogram = layout_rows(right, 0, right.rows - summary);
    if (summary > 0)
        layout->summary = layout_rows(right, right.rows - summary, summary);
}

static int left_columns(const struct layout *layout)
{
    const int columns = layout->body.columns;
    return layout->size == LAYOUT_WIDE ? between(44, columns * 3 / 8, 56)
                                       : between(28, columns * 19 / 40, 42);
}

void layout_live(struct layout *layout, const struct layout_lists *lists)
{
    struct rectangle body = layout->body;
    if (layout->size == LAYOUT_SMALL) {
        layout->variants = layout_rows(body, 0, 1);
        place_results(layout, layout_rows(body, 1, body.rows - 1));
        if (lists->focus_knobs && layout->summary.rows > 0) {
            layout->knobs = layout->summary;
            layout->summary = (struct rectangle){0};
        }
        return;
    }
    const int left = left_columns(layout);
    place_lists(layout, layout_columns(body, 0, left), lists);
    place_results(layout, layout_columns(body, left, body.columns - left));
}

/* Places what a view with one large panel shows beside it in layout->body: the lists on the left,
 * from 100 columns; on a narrower screen, a line for the selected variant at the top. Returns the
 * rest, for the large panel. */
static struct rectangle beside_lists(struct layout *layout, const struct layout_lists *lists)
{
    struct rectangle body = layout->body;
    if (layout->size != LAYOUT_WIDE) {
        layout->variants = layout_rows(body, 0, 1);
        return layout_rows(body, 1, body.rows - 1);
    }
    const int left = left_columns(layout);
    place_lists(layout, layout_columns(body, 0, left), lists);
    return layout_columns(body, left, body.columns - left);
}

/* Reserves up to `rows` rows at the bottom of the view, so that the plot keeps at least
 * `least_plot`. */
static void place_strip(struct layout *layout, struct rectangle view, int rows, int least_plot)
{
    rows = layout_least(rows, view.rows - least_plot);
    if (rows < 3)
        rows = 0;
    layout->plot = layout_rows(view, 0, view.rows - rows);
    if (rows > 0)
        layout->strip = layout_rows(view, view.rows - rows, rows);
}

void layout_compare(struct layout *layout, const struct layout_lists *lists)
{
    struct rectangle view = beside_lists(layout, lists);
    /* The strip: its frame and headings, three rows per variant, and up to two rows per comparison
     * on why one variant is faster. */
    const int others = lists->tagged - 1;
    const int least_plot = 4 + (lists->tagged > 3 ? lists->tagged : 3); /* one row per lane */
    place_strip(layout, view, lists->tagged > 0 ? 3 + 3 * lists->tagged + 2 * others : 0,
                least_plot);
}

void layout_ladder(struct layout *layout, const struct layout_lists *lists)
{
    layout->plot = beside_lists(layout, lists);
}

void layout_sweep(struct layout *layout, const struct layout_lists *lists)
{
    struct rectangle view = beside_lists(layout, lists);
    /* The strip: one line per variant, and other sentences. */
    place_strip(layout, view, 11 + (lists->tagged > 1 ? lists->tagged : 1), view.rows / 2);
}

void layout_knobs(struct layout *layout)
{
    const struct rectangle none = {0};
    layout->knobs = layout->body;
    layout->variants = layout->lesson = layout->histogram = none;
    layout->summary = layout->plot = layout->strip = none;
}

int layout_scroll(int cursor, int count, int height)
{
    if (count <= height)
        return 0;
    return between(0, cursor - height / 2, count - height);
}

struct rectangle layout_centre(struct rectangle area, int rows, int columns)
{
    rows = layout_least(rows, area.rows);
    columns = layout_least(columns, area.columns);
    return layout_columns(layout_rows(area, (area.rows - rows) / 2, rows),
                          (area.columns - columns) / 2, columns);
}
