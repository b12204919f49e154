/*
 * overlay_text.c - shows a text to read, or to select with the mouse, if the terminal has no
 * clipboard.
 */
#include "screen.h"

#include <string.h>

void overlay_text_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct rectangle inside =
        draw_frame(screen->theme, frame->box, frame->copy_what, "", true);
    char line[COPY_MOST + 1];
    const char *rest = frame->copy_text;
    for (int row = 0; rest && *rest && row < inside.rows; rest += *rest == '\n') {
        const size_t bytes = strcspn(rest, "\n");
        memcpy(line, rest, bytes);
        line[bytes] = '\0';
        row = draw_wrapped(screen->theme, inside, row, ROLE_TEXT, line);
        rest += bytes;
    }
}
