/*
 * panel_footer.c - the key bar.
 */
#include "screen.h"

void panel_footer_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const char *const *arrows = theme->glyphs->arrows;
    const struct key *keys[ACTION_COUNT];
    size_t count = keys_in_footer(frame->place, area.columns - 1, arrows, keys, ACTION_COUNT);
    int column = 1;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        key_footer(keys[i], arrows, name, sizeof name);
        column = draw_text(theme, area, 0, column, ROLE_KEY, name);
        column =
            draw_text(theme, area, 0, column + 1, ROLE_TEXT, key_word(keys[i], frame->place)) + 2;
    }
}
