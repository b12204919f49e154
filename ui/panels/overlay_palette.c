/*
 * overlay_palette.c - the palette: what is typed, and below it what fits, the best first.
 */
#include "screen.h"

#define KIND_COLUMNS 11 /* "recording" */

static void draw_entry(const struct screen *screen, struct rectangle area, int at,
                       const struct palette_entry *entry, int widest, bool chosen)
{
    const struct theme *theme = screen->theme;
    draw_text(theme, area, at, 0, ROLE_FOCUS, chosen ? theme->glyphs->cursor : " ");
    int column =
        draw_field(theme, area, at, 2, KIND_COLUMNS, ROLE_DIM, palette_kind_name(entry->kind));
    column = draw_field(theme, area, at, column, widest, ROLE_STRONG, entry->name);
    draw_field(theme, area, at, column + 2, area.columns - column - 2, ROLE_TEXT, entry->title);
    if (chosen)
        draw_over(theme, area, at, ROLE_CURSOR);
}

void overlay_palette_draw(const struct screen *screen)
{
    const struct command_palette *palette = screen->frame->palette;
    const struct rectangle box = screen->frame->box;
    const struct rectangle inside = draw_frame(screen->theme, box, "Find or set", "", true);
    const int first = palette_first(palette, box.rows);
    int widest = 8;
    for (uint32_t i = 0; i < palette->shown_count; i++) {
        const int columns = draw_columns(palette->entries[palette->shown[i]].name);
        widest = columns > widest ? columns : widest;
    }
    if (widest > inside.columns / 2)
        widest = inside.columns / 2;
    int column = draw_text(screen->theme, inside, 0, 0, ROLE_KEY, ": ");
    column = draw_text(screen->theme, inside, 0, column, ROLE_TEXT, palette->text);
    draw_text(screen->theme, inside, 0, column, ROLE_CURSOR, " ");
    for (int row = 1; row < inside.rows && first + row - 1 < (int)palette->shown_count; row++) {
        const uint32_t at = (uint32_t)(first + row - 1);
        draw_entry(screen, inside, row, &palette->entries[palette->shown[at]], widest,
                   at == palette->cursor);
    }
}
