/*
 * overlay_setup.c - the set-up dialog. The panels stay visible around it, in the chosen theme; a
 * line shows how that theme draws good, bad and dim text.
 */
#include "screen.h"

#define NAME_COLUMNS   16
#define SOURCE_COLUMNS 8

static void draw_row(const struct screen *screen, struct rectangle area, int at, int index)
{
    const struct theme *theme = screen->theme;
    const bool chosen = index == screen->frame->cursor;
    struct setup_row row;
    setup_screen_row(screen->frame->setup, index, &row);
    const int source_at = area.columns - SOURCE_COLUMNS;
    draw_text(theme, area, at, 0, ROLE_FOCUS, chosen ? theme->glyphs->cursor : " ");
    /* A row for a key shows the key first, then what it does, as the help does. */
    draw_field(theme, area, at, 2, NAME_COLUMNS, row.is_key ? ROLE_KEY : ROLE_TEXT,
               row.is_key ? row.value : row.name);
    draw_field(theme, area, at, 2 + NAME_COLUMNS + 1, source_at - 2 - NAME_COLUMNS - 2,
               row.is_key ? ROLE_TEXT : ROLE_STRONG, row.is_key ? row.name : row.value);
    draw_right(theme, area, at, source_at, SOURCE_COLUMNS, ROLE_DIM, row.source);
    if (chosen)
        draw_over(theme, area, at, ROLE_CURSOR);
}

/* Draws samples of the theme's roles, on the lower edge of the dialog. */
static void draw_sample(const struct theme *theme, struct rectangle box)
{
    static const struct {
        enum role role;
        const char *text;
    } samples[] = {
        {ROLE_STRONG, "strong"}, {ROLE_DIM, "dim"},   {ROLE_GOOD, "good"},   {ROLE_BAD, "bad"},
        {ROLE_BAR, "bar"},       {ROLE_TAIL, "tail"}, {ROLE_ALERT, "alert"},
    };
    int column = 2;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        column = draw_text(theme, box, box.rows - 1, column, ROLE_FRAME, " ");
        column = draw_text(theme, box, box.rows - 1, column, samples[i].role, samples[i].text);
    }
    draw_text(theme, box, box.rows - 1, column, ROLE_FRAME, " ");
}

void overlay_setup_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const int rows = setup_screen_rows();
    struct rectangle box = frame->box;
    struct rectangle inside =
        draw_frame(screen->theme, box,
                   frame->setup->changed ? "Set-up, changed and not saved" : "Set-up", "", true);
    int first = layout_scroll(frame->cursor, rows, inside.rows);
    for (int row = 0; row < inside.rows && first + row < rows; row++)
        draw_row(screen, inside, row, first + row);
    draw_sample(screen->theme, box);
    if (first + inside.rows < rows && box.columns > 64)
        draw_text(screen->theme, box, box.rows - 1, box.columns - 10, ROLE_FOCUS, " more ");
}
