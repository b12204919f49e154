/*
 * panel_heat.c - the heat map below the histogram, on the same time axis: one row per second, the
 * newest first. A denser cell has a larger share of that second's samples.
 */
#include "screen.h"

#include <stdio.h>

#define LEAST_ABOVE 14 /* least rows of the histogram above the heat map */
#define MOST_ROWS   8

int panel_heat_rows(const struct screen *screen, int rows)
{
    const struct frame *frame = screen->frame;
    const struct row row = frame->current.row;
    const int spare = rows - LEAST_ABOVE;
    if (!row.own || row.recorded || spare < 2 || frame->heat->count == 0 ||
        frame->heat->metric != frame->metric)
        return 0;
    return spare < MOST_ROWS ? spare : MOST_ROWS;
}

/* Draws one second in cells as wide as the histogram's bars, and the name of any knob that changed.
 */
static void draw_row(const struct screen *screen, const struct axis *axis, struct rectangle cells,
                     int at, const struct heat_row *row)
{
    const struct theme *theme = screen->theme;
    for (int column = 0; column < cells.columns; column++) {
        const double share = heat_share(row, axis_value(axis, (double)column / cells.columns),
                                        axis_value(axis, (column + 1.0) / cells.columns));
        const int shade = share <= 0     ? 0
                          : share < 0.01 ? 1
                          : share < 0.05 ? 2
                          : share < 0.2  ? 3
                                         : 4;
        draw_text(theme, cells, at, column, ROLE_BAR, theme->glyphs->shades[shade]);
    }
    const int columns = draw_columns(row->mark);
    if (columns > 0)
        draw_right(theme, cells, at, cells.columns - columns - 1, columns + 1, ROLE_STRONG,
                   row->mark);
}

void panel_heat_draw(const struct screen *screen, const struct axis *axis, struct rectangle area,
                     int gutter)
{
    struct rectangle cells = layout_columns(area, gutter, area.columns - gutter);
    for (int age = 0; age < area.rows; age++) {
        const struct heat_row *row = heat_at(screen->frame->heat, (uint32_t)age);
        char text[24];
        if (!row)
            return;
        snprintf(text, sizeof text, "-%d s", age + 1);
        if (gutter > 0)
            draw_right(screen->theme, area, age, 0, gutter - 1, ROLE_DIM, text);
        draw_row(screen, axis, cells, age, row);
    }
}
