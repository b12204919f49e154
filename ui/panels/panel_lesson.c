/*
 * panel_lesson.c - the lessons of the selected variant and of the preset.
 */
#include "screen.h"

#include "../../src/engine/ledger.h"

void panel_lesson_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct row row = frame->current.row;
    struct rectangle inside = draw_frame(theme, area, "Lesson", "", false);
    char ledger[160];
    int at = 0;
    if (row.known) {
        at = draw_wrapped(theme, inside, at, ROLE_STRONG, row.known->title);
        at = draw_wrapped(theme, inside, at, ROLE_TEXT, row.known->why);
    }
    if (row.run && *ledger_text(row.run, ledger, sizeof ledger))
        at = draw_wrapped(theme, inside, at, ROLE_DIM, ledger);
    if (frame->source->recorded)
        return;
    at = draw_wrapped(theme, inside, at + 1, ROLE_STRONG, frame->preset->title);
    draw_wrapped(theme, inside, at, ROLE_DIM, frame->preset->lesson);
}
