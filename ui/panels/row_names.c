/*
 * row_names.c - the names of the variants in the list, shortened to a column's width. All views
 * shorten the same list of names, so a short name always means the same variant.
 */
#include "screen.h"

static uint32_t take_names(const struct frame *frame, const char **list)
{
    const uint32_t count = frame->drawn_rows < NAMES_MOST ? frame->drawn_rows : NAMES_MOST;
    for (uint32_t i = 0; i < count; i++)
        list[i] = frame_row(frame, i)->row.name;
    return count;
}

void screen_row_names(const struct screen *screen, int columns, struct names *names)
{
    const char *list[NAMES_MOST];
    const uint32_t count = take_names(screen->frame, list);
    names_shorten(names, list, count, columns, screen->theme->glyphs->more);
}

int screen_row_name_columns(const struct screen *screen, int most)
{
    const char *list[NAMES_MOST];
    const uint32_t count = take_names(screen->frame, list);
    return names_columns(list, count, most);
}

const char *screen_row_name(const struct names *names, uint32_t index)
{
    return index < names->count ? names->texts[index] : "";
}

void screen_tag_names(const struct screen *screen, int columns, struct names *names)
{
    const char *list[EXPLORER_TAGS];
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        list[i] = screen->frame->tagged[i].row.name;
    names_shorten(names, list, EXPLORER_TAGS, columns, screen->theme->glyphs->more);
}
