#include "screen.h"

#include "../../src/base/text_histogram.h"

#include <stdio.h>

void screen_speedup(const struct screen *screen, double speedup, char *text, size_t size)
{
    if (speedup <= 0)
        snprintf(text, size, "%s", "");
    else
        snprintf(text, size, "%s%.*f", screen->theme->glyphs->times,
                 speedup < 9.995  ? 2
                 : speedup < 99.5 ? 1
                                  : 0,
                 speedup);
}

const char *screen_differs(const struct frame_row *row, int columns)
{
    return draw_columns(row->differs) <= columns ? row->differs : "";
}

const char *screen_verdict_sign(const struct screen *screen, const struct run *run)
{
    const struct glyphs *glyphs = screen->theme->glyphs;
    return run->verification.verdict == VERDICT_RIGHT   ? glyphs->right
           : run->verification.verdict == VERDICT_WRONG ? glyphs->wrong
                                                        : glyphs->pending;
}

void screen_median(const struct screen *screen, const struct run *run, char *text, size_t size)
{
    const struct evidence evidence = run_evidence(run);
    char duration[32], noise[32];
    text_percentile(duration, sizeof duration, &run->histograms[run_decode_metric(run)], 0.5);
    compare_noise_text(&evidence, screen->theme->glyphs->error, noise, sizeof noise);
    snprintf(text, size, "%s%s%s", duration, *noise ? " " : "", noise);
}

const char *screen_metric(enum metric metric)
{
    return metric == METRIC_STEP   ? "Step latency"
           : metric == METRIC_BUSY ? "Busy part of a step"
           : metric == METRIC_GAP  ? "Gap before a step"
                                   : "Iteration";
}

enum role screen_letter_role(int letter)
{
    static const enum role roles[EXPLORER_TAGS] = {ROLE_BAR, ROLE_TAIL, ROLE_STRONG, ROLE_MARK};
    return roles[letter];
}

void screen_draw_lists(const struct screen *screen)
{
    const struct layout *layout = screen->frame->layout;
    if (layout->variants.rows == 1)
        panel_variants_line(screen, layout->variants);
    else if (layout->variants.rows > 0)
        panel_variants_draw(screen, layout->variants);
    if (layout->knobs.rows > 0)
        panel_knobs_draw(screen, layout->knobs);
    if (layout->lesson.rows > 0)
        panel_lesson_draw(screen, layout->lesson);
}

#define SPLIT_ROWS 32 /* least rows of two histograms together */

bool screen_split(struct rectangle *area, struct rectangle *below)
{
    if (area->rows < SPLIT_ROWS)
        return false;
    const int rows = area->rows * 2 / 5;
    *below = *area;
    area->rows -= rows;
    below->row += area->rows;
    below->rows = rows;
    return true;
}
