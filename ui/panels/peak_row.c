#include "peak_row.h"

#include "../../src/base/text.h"
#include "../../src/engine/floor.h"

#include <stdio.h>

#define PEAK_COLUMNS 60 /* least columns and rows of a panel with this row */
#define PEAK_ROWS    8
#define PEAK_CELLS   8 /* width of a bar */

/* Draws a share as a bar. Returns the column after it. */
static int draw_share(const struct screen *screen, struct rectangle area, int at, int column,
                      double share)
{
    const struct glyphs *glyphs = screen->theme->glyphs;
    const int full = (int)(share * PEAK_CELLS + 0.5);
    for (int cell = 0; cell < PEAK_CELLS; cell++)
        column = draw_text(screen->theme, area, at, column, cell < full ? ROLE_BAR : ROLE_DIM,
                           cell < full ? glyphs->bars[8] : glyphs->shades[1]);
    return column;
}

bool peak_row_fits(struct rectangle inside, const struct run *run)
{
    return inside.columns >= PEAK_COLUMNS && inside.rows >= PEAK_ROWS &&
           run_moved_gb_per_s(run) > 0;
}

/* Writes why there is no share of peak, and how to get one. */
static void no_peak(const struct row *row, char *text, size_t size)
{
    if (row->recorded)
        snprintf(text, size, "not recorded");
    else
        snprintf(text, size, "unknown: press %s to measure this device (1 s)",
                 action_key(ACTION_MEASURE));
}

/* Writes "54 % of 4,582 GB/s (measured)": the memory's peak, or "(cache, measured)" if all data
 * fits in the cache. */
static void write_peak(const struct row *row, const struct run *run, char *text, size_t size)
{
    char part[24], peak[24];
    const bool cache = row->ceilings && row->ceilings->read_gb_per_s > 0 &&
                       run->ceiling_gb_per_s > row->ceilings->read_gb_per_s;
    snprintf(text, size, " %s of %s GB/s (%smeasured)",
             text_share(part, sizeof part, run_moved_gb_per_s(run) / run->ceiling_gb_per_s),
             text_bandwidth(peak, sizeof peak, run->ceiling_gb_per_s), cache ? "cache, " : "");
}

void peak_row_floor(const struct run *run, char *text, size_t size)
{
    const double iteration = floor_share(run, METRIC_ITERATION);
    const double step = floor_share(run, METRIC_STEP);
    text[0] = '\0';
    if (iteration > 0)
        text_append(text, size, "floor/p50 %.0f %%", 100 * iteration);
    if (iteration > 0 && step > 0)
        text_append(text, size, ", step %.0f %%", 100 * step);
}

bool peak_row_draw(const struct screen *screen, struct rectangle inside, int at,
                   const struct run *run)
{
    const bool known = run->ceiling_gb_per_s > 0;
    char text[80];
    int column = PEAK_LABEL_COLUMNS;
    draw_text(screen->theme, inside, at, 0, ROLE_TEXT, "of peak");
    if (known) {
        column =
            draw_share(screen, inside, at, column, run_moved_gb_per_s(run) / run->ceiling_gb_per_s);
        write_peak(&screen->frame->current.row, run, text, sizeof text);
    } else {
        no_peak(&screen->frame->current.row, text, sizeof text);
    }
    column = draw_text(screen->theme, inside, at, column, known ? ROLE_STRONG : ROLE_DIM, text);
    peak_row_floor(run, text, sizeof text);
    if (column + 2 + draw_columns(text) > inside.columns)
        return false;
    draw_text(screen->theme, inside, at, column + 2, ROLE_TEXT, text);
    return true;
}
