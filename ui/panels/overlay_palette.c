/*
 * overlay_palette.c - the palette: the typed text, and below it the matches, the best first.
 */
#include "screen.h"

#include "../../src/base/words.h"

#define KIND_COLUMNS 11 /* width of "recording", and blanks */

/* The visible part of the palette, with shortened names. */
struct sight {
    uint32_t first, count;
    int widest;
    struct names names;
    char labels[PALETTE_ROWS][sizeof((struct palette_entry *)0)->name]; /* names of recordings */
};

static const struct palette_entry *entry_at(const struct command_palette *palette, uint32_t shown)
{
    return &palette->entries[palette->shown[shown]];
}

static void take_sight(const struct screen *screen, struct rectangle inside, int first,
                       struct sight *sight)
{
    const struct command_palette *palette = screen->frame->palette;
    const char *list[PALETTE_ROWS];
    uint32_t count = palette->shown_count - (uint32_t)first;
    if (count > PALETTE_ROWS)
        count = PALETTE_ROWS;
    for (uint32_t i = 0; i < count; i++) {
        const struct palette_entry *entry = entry_at(palette, (uint32_t)first + i);
        list[i] = entry->kind == PALETTE_RECORDING
                      ? source_label(entry->name, sight->labels[i], sizeof sight->labels[i])
                      : entry->name;
    }
    sight->first = (uint32_t)first;
    sight->count = count;
    sight->widest = names_columns(list, count, inside.columns / 2);
    names_shorten(&sight->names, list, count, sight->widest, screen->theme->glyphs->more);
}

static void draw_entry(const struct screen *screen, struct rectangle area, int at,
                       const struct sight *sight, uint32_t index)
{
    const struct theme *theme = screen->theme;
    const struct command_palette *palette = screen->frame->palette;
    const struct palette_entry *entry = entry_at(palette, sight->first + index);
    const bool chosen = sight->first + index == palette->cursor;
    char title[NAMES_ROOM];
    draw_text(theme, area, at, 0, ROLE_FOCUS, chosen ? theme->glyphs->cursor : " ");
    int column =
        draw_field(theme, area, at, 2, KIND_COLUMNS, ROLE_DIM, palette_kind_name(entry->kind));
    column =
        draw_field(theme, area, at, column, sight->widest, ROLE_STRONG, sight->names.texts[index]);
    words_fit(title, sizeof title, entry->title, area.columns - column - 2, theme->glyphs->more);
    draw_text(theme, area, at, column + 2, ROLE_TEXT, title);
    if (chosen)
        draw_over(theme, area, at, ROLE_CURSOR);
}

void overlay_palette_draw(const struct screen *screen)
{
    const struct command_palette *palette = screen->frame->palette;
    const struct rectangle box = screen->frame->box;
    const struct rectangle inside = draw_frame(screen->theme, box, "Find or set", "", true);
    struct sight sight;
    take_sight(screen, inside, palette_first(palette, box.rows), &sight);
    int column = draw_text(screen->theme, inside, 0, 0, ROLE_KEY, ": ");
    column = draw_text(screen->theme, inside, 0, column, ROLE_TEXT, palette->text);
    draw_text(screen->theme, inside, 0, column, ROLE_CURSOR, " ");
    if (palette->shown_count == 0)
        draw_field(screen->theme, inside, 1, 2, inside.columns - 2, ROLE_TAIL, palette->hint);
    for (uint32_t i = 0; i < sight.count && (int)i + 1 < inside.rows; i++)
        draw_entry(screen, inside, (int)i + 1, &sight, i);
}
