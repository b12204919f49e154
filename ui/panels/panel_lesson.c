/*
 * panel_lesson.c - what is to be learned: from the selected variant, and from the preset.
 */
#include "screen.h"

void panel_lesson_draw(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const struct theme *theme = screen->theme;
    struct row row = explorer_selected(explorer);
    struct rectangle inside = draw_frame(theme, area, "Lesson", "", false);
    int at = 0;
    if (row.known) {
        at = draw_wrapped(theme, inside, at, ROLE_STRONG, row.known->title);
        at = draw_wrapped(theme, inside, at, ROLE_TEXT, row.known->why);
    }
    if (explorer->source.recorded)
        return;
    at = draw_wrapped(theme, inside, at + 1, ROLE_STRONG, explorer->preset.title);
    draw_wrapped(theme, inside, at, ROLE_DIM, explorer->preset.lesson);
}
