/*
 * panel_line.c - the whole explorer in one line, if the screen has room for no more.
 */
#include "screen.h"

#include "../../src/base/text_histogram.h"

/* Draws the selected variant's p50 and p99: there is no room for more. */
void panel_line_draw(const struct screen *screen, struct rectangle area)
{
    const enum metric metric = screen->frame->metric;
    const struct row row = screen->frame->shown;
    const struct histogram *histogram = row.run ? &row.run->histograms[metric] : NULL;
    const bool own = row.run && metric == METRIC_STEP && row.run->facts.free_running;
    char p50[24] = "-", p99[24] = "-";
    if (histogram) {
        text_percentile(p50, sizeof p50, histogram, 0.5);
        text_percentile(p99, sizeof p99, histogram, 0.99);
    }
    const char *unlike = screen_differs(&screen->frame->current, 12);
    if (screen->frame->current.unlike && !*unlike)
        unlike = SCREEN_UNLIKE;
    draw_format(screen->theme, area, 0, 0, ROLE_TEXT, "%s%s%s p50 %s p99 %s %s%s%s",
                screen->frame->replays ? "RECORDED replay "
                : row.recorded         ? "RECORDED "
                                       : "",
                own ? "own " : "", metric_keys[metric], p50, p99, unlike, *unlike ? " " : "",
                row.name ? row.name : "");
}
