/*
 * view_compare.c - view 2: the tagged variants on one axis, and the verdict.
 */
#include "../panels/screen.h"
#include "views.h"

void view_compare_draw(const struct screen *screen)
{
    const struct layout *layout = screen->frame->layout;
    screen_draw_lists(screen);
    panel_overlay_draw(screen, layout->plot);
    if (layout->strip.rows > 0)
        panel_verdicts_draw(screen, layout->strip);
}
