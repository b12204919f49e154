#include "operations_row.h"
#include "peak_row.h"

#include "../../src/base/text.h"

#include <stdio.h>

#define MOST  3  /* most rows */
#define LEAST 30 /* least columns of the panel */

/* Writes "gate, up 74.2 us 37 %": the operation, its mean time per step, and its share of all
 * operations. */
static void write_entry(const struct operations *operations, const struct operation_sums *sums,
                        char *text, size_t size)
{
    char mean[24];
    snprintf(text, size, "%s %s %.0f %%", sums->name,
             text_duration(mean, sizeof mean, (double)sums->ns / (double)operations->steps),
             100 * (double)sums->ns / (double)operations_ns(operations));
}

/* Lays out as many entries as fit into `rows` rows, and draws them unless the screen is NULL.
 * Returns the number of rows used. */
static int lay_out(const struct screen *screen, struct rectangle inside, int at, int rows,
                   const struct operations *operations)
{
    uint32_t order[OPERATIONS_KINDS];
    int row = 0, column = PEAK_LABEL_COLUMNS;
    operations_order(operations, order);
    for (uint32_t i = 0; i < operations->count; i++) {
        const bool last = i + 1 == operations->count;
        char text[64];
        write_entry(operations, &operations->of[order[i]], text, sizeof text);
        /* The last row keeps room for the sign that entries were left out. */
        const int room = inside.columns - (row + 1 == rows && !last ? 2 : 0);
        if (column > PEAK_LABEL_COLUMNS && column + draw_columns(text) > room) {
            if (++row == rows) {
                if (screen)
                    draw_text(screen->theme, inside, at + row - 1, column - 1, ROLE_DIM,
                              screen->theme->glyphs->more);
                return row;
            }
            column = PEAK_LABEL_COLUMNS;
        }
        if (screen)
            draw_text(screen->theme, inside, at + row, column, i == 0 ? ROLE_STRONG : ROLE_TEXT,
                      text);
        column += draw_columns(text) + 2;
    }
    return row + 1;
}

int operations_row_count(struct rectangle inside, const struct run *run, int spare)
{
    const int rows = spare < MOST ? spare : MOST;
    if (operations_ns(&run->operations) == 0 || rows < 1 || inside.columns < LEAST)
        return 0;
    return lay_out(NULL, inside, 0, rows, &run->operations);
}

void operations_row_draw(const struct screen *screen, struct rectangle inside, int at, int rows,
                         const struct run *run)
{
    if (rows == 0)
        return;
    draw_text(screen->theme, inside, at, 0, ROLE_TEXT, "operations");
    lay_out(screen, inside, at, rows, &run->operations);
}
