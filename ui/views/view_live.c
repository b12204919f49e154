/*
 * view_live.c - view 1: variants and knobs beside the histogram and the summary of the selected
 * variant, live.
 */
#include "../panels/screen.h"
#include "views.h"

void view_live_draw(const struct screen *screen)
{
    const struct layout *layout = screen->frame->layout;
    screen_draw_lists(screen);
    panel_histogram_draw(screen, layout->histogram);
    if (layout->summary.rows > 0)
        panel_summary_draw(screen, layout->summary);
}
