/*
 * view_live.c - view 1: variants and knobs beside the histogram and the summary of the selected
 * variant, live.
 */
#include "../panels/screen.h"
#include "views.h"

void view_live_draw(const struct screen *screen)
{
    const struct layout *layout = screen->frame->layout;
    if (layout->size == LAYOUT_SMALL)
        panel_variants_line(screen, layout->variants);
    else if (layout->variants.rows > 0)
        panel_variants_draw(screen, layout->variants);
    if (layout->knobs.rows > 0)
        panel_knobs_draw(screen, layout->knobs);
    if (layout->lesson.rows > 0)
        panel_lesson_draw(screen, layout->lesson);
    panel_histogram_draw(screen, layout->histogram);
    if (layout->summary.rows > 0)
        panel_summary_draw(screen, layout->summary);
}
