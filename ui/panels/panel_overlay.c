/*
 * panel_overlay.c - histograms of the tagged variants over one axis. Two are overlaid: the
 * baseline filled, the other as an outline drawn with its tag. More would hide each other, so each
 * gets a lane. Each is scaled to the full height of its plot, because readers compare positions,
 * not heights. A median beyond the axis is written at that end.
 */
#include "screen.h"

#include "../../src/base/text_histogram.h"

#include <stdio.h>
#include <string.h>

#define OVERLAY_MOST 2 /* most histograms that are overlaid */
#define LANE_LETTER  2 /* columns of the tag before a lane */

struct overlay_plot {
    const struct screen *screen;
    const struct axis *axis;
    enum metric metric;
    struct rectangle bars, axis_row;
    unsigned levels; /* height of the highest column, in eighths of a row */
};

static const struct histogram *histogram_of(const struct overlay_plot *plot, uint32_t letter)
{
    const struct row row = plot->screen->frame->tagged[letter].row;
    const struct histogram *histogram = row.run ? &row.run->histograms[plot->metric] : NULL;
    return histogram && histogram->count > 0 ? histogram : NULL;
}

static unsigned height_at(const struct overlay_plot *plot, const struct chart *chart, int column)
{
    if (column < 0 || column >= (int)chart->columns)
        return 0;
    return chart_height(chart, (unsigned)column, plot->levels, plot->screen->frame->log_counts);
}

static void draw_filled(const struct overlay_plot *plot, const struct chart *chart, enum role role)
{
    const struct theme *theme = plot->screen->theme;
    for (int column = 0; column < (int)chart->columns; column++) {
        unsigned height = height_at(plot, chart, column);
        for (int row = plot->bars.rows - 1; height > 0; row--) {
            unsigned part = height < 8 ? height : 8;
            draw_text(theme, plot->bars, row, column, role, theme->glyphs->bars[part]);
            height -= part;
        }
    }
}

/* Draws the tag at the top of each column, and a line down to the top of the lower neighbour. */
static void draw_outline(const struct overlay_plot *plot, const struct chart *chart, char letter)
{
    const struct theme *theme = plot->screen->theme;
    const enum role role = screen_letter_role(letter - 'A');
    const char text[2] = {letter, '\0'};
    for (int column = 0; column < (int)chart->columns; column++) {
        const int cells = (int)(height_at(plot, chart, column) + 7) / 8;
        const int left = (int)(height_at(plot, chart, column - 1) + 7) / 8;
        const int right = (int)(height_at(plot, chart, column + 1) + 7) / 8;
        const int beside = left < right ? left : right;
        if (cells == 0)
            continue;
        for (int cell = beside + 1; cell < cells; cell++)
            draw_text(theme, plot->bars, plot->bars.rows - cell, column, role, theme->glyphs->line);
        draw_text(theme, plot->bars, plot->bars.rows - cells, column, role, text);
    }
}

/* Draws the medians' labels above the bars. */
static void draw_medians(const struct overlay_plot *plot, unsigned columns)
{
    struct label labels[EXPLORER_TAGS];
    char texts[EXPLORER_TAGS][40], duration[24];
    int letters[EXPLORER_TAGS];
    unsigned count = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct histogram *histogram = histogram_of(plot, i);
        if (!histogram)
            continue;
        const double p50 = (double)histogram_percentile(histogram, 0.5);
        const int column = chart_column(plot->axis, p50, columns);
        if (column < 0 || column >= (int)columns)
            continue;
        snprintf(texts[count], sizeof *texts, "%c p50 %s", 'A' + (int)i,
                 text_percentile(duration, sizeof duration, histogram, 0.5));
        letters[count] = (int)i;
        labels[count] =
            (struct label){.column = (unsigned)column, .width = (unsigned)strlen(texts[count])};
        count++;
    }
    chart_place(labels, count, columns, plot->bars.rows > 6 ? EXPLORER_TAGS : 1);
    for (unsigned i = 0; i < count; i++)
        if (labels[i].placed)
            draw_text(plot->screen->theme, plot->bars, (int)labels[i].row, (int)labels[i].start,
                      screen_letter_role(letters[i]), texts[i]);
}

/* ---- lanes ---------------------------------------------------------------------------------- */

/* Writes the value of a median that is beyond the axis, at that end. */
static void draw_beyond(const struct overlay_plot *plot, struct rectangle lane, int letter,
                        const char *p50, bool above)
{
    const struct glyphs *glyphs = plot->screen->theme->glyphs;
    char text[96];
    snprintf(text, sizeof text,
             above ? "p50 %s, beyond this axis %s" : "%s p50 %s, below this axis",
             above ? p50 : glyphs->arrows[2], above ? glyphs->arrows[3] : p50);
    if (above)
        draw_right(plot->screen->theme, lane, lane.rows - 1, 0, lane.columns,
                   screen_letter_role(letter), text);
    else
        draw_text(plot->screen->theme, lane, lane.rows - 1, 0, screen_letter_role(letter), text);
}

/* Writes the median's value in the lane's first row, right of the median's line, or left of it if
 * room is short. A lane of one row has no line: there the value is beside the bars. */
static void draw_lane_median(const struct overlay_plot *plot, struct rectangle lane, int letter,
                             const struct chart *chart, const char *p50, int column)
{
    const struct theme *theme = plot->screen->theme;
    const enum role role = screen_letter_role(letter);
    char text[48];
    snprintf(text, sizeof text, "p50 %s", p50);
    const int width = draw_columns(text);
    int left = column, right = column;
    if (lane.rows > 1)
        draw_text(theme, lane, 0, column, role, theme->glyphs->line);
    for (int i = 0; i < (int)chart->columns && lane.rows == 1; i++) {
        if (chart->counts[i] == 0)
            continue;
        left = left < i ? left : i;
        right = right > i ? right : i;
    }
    const bool fits = right + 2 + width <= lane.columns;
    const int start = fits ? right + 2 : left - width - 1;
    draw_text(theme, lane, 0, start > 0 ? start : 0, role, text);
}

static void draw_lane(const struct overlay_plot *plot, struct rectangle lane, int letter)
{
    const struct histogram *histogram = histogram_of(plot, (uint32_t)letter);
    const char sign[2] = {(char)('A' + letter), '\0'};
    struct overlay_plot within = *plot;
    struct chart chart;
    char p50[32];
    const struct rectangle bars = layout_columns(lane, LANE_LETTER, lane.columns - LANE_LETTER);
    draw_text(plot->screen->theme, lane, lane.rows - 1, 0, screen_letter_role(letter), sign);
    if (!histogram)
        return;
    chart_count(&chart, histogram, plot->axis, (unsigned)bars.columns);
    within.bars = lane.rows > 1 ? layout_rows(bars, 1, bars.rows - 1) : bars;
    within.levels = (unsigned)within.bars.rows * 8;
    draw_filled(&within, &chart, screen_letter_role(letter));
    text_percentile(p50, sizeof p50, histogram, 0.5);
    const int column = chart_column(plot->axis, (double)histogram_percentile(histogram, 0.5),
                                    (unsigned)bars.columns);
    if (column < 0 || column >= bars.columns)
        draw_beyond(plot, bars, letter, p50, column >= 0);
    else
        draw_lane_median(plot, bars, letter, &chart, p50, column);
}

/* Draws one lane per tag. The lanes share the rows equally; the first ones get the remainder. */
static void draw_lanes(const struct overlay_plot *plot, int count)
{
    int row = 0, left = plot->bars.rows;
    for (int i = 0; i < (int)EXPLORER_TAGS && count > 0; i++) {
        if (!plot->screen->frame->tagged[i].row.name)
            continue;
        const int rows = (left + count - 1) / count;
        draw_lane(plot, layout_rows(plot->bars, row, rows), i);
        row += rows;
        left -= rows;
        count--;
    }
}

/* ---- the plot ------------------------------------------------------------------------------- */

/* Draws the baseline filled, and the other as an outline. */
static void draw_overlaid(const struct overlay_plot *plot)
{
    struct chart chart;
    for (int i = 0; i < (int)EXPLORER_TAGS; i++) {
        const struct histogram *histogram = histogram_of(plot, (uint32_t)i);
        if (!histogram)
            continue;
        chart_count(&chart, histogram, plot->axis, (unsigned)plot->bars.columns);
        if (i == plot->screen->frame->reference)
            draw_filled(plot, &chart, screen_letter_role(i));
        else
            draw_outline(plot, &chart, (char)('A' + i));
    }
    draw_medians(plot, (unsigned)plot->bars.columns);
}

static void draw_plot(struct overlay_plot *plot, struct rectangle inside)
{
    const int tags = (int)plot->screen->frame->tag_count;
    const bool lanes = tags > OVERLAY_MOST && inside.rows - 2 >= tags;
    const int left = lanes ? LANE_LETTER : 0;
    plot->bars = layout_rows(inside, 0, inside.rows - 2);
    plot->axis_row =
        layout_columns(layout_rows(inside, plot->bars.rows, 2), left, inside.columns - left);
    plot->levels = (unsigned)(plot->bars.rows > 3 ? plot->bars.rows - 1 : plot->bars.rows) * 8;
    if (plot->bars.rows < 1 || plot->bars.columns < 8)
        return;
    if (lanes)
        draw_lanes(plot, tags);
    else
        draw_overlaid(plot);
    draw_axis(plot->screen->theme, plot->axis_row, 0, plot->axis);
}

/* Says which keys to press to compare variants. */
static void draw_advice(const struct screen *screen, struct rectangle inside)
{
    char lines[3][240];
    snprintf(lines[0], sizeof *lines, "%s tags the selected variant; four can be tagged, A to D.",
             action_key(ACTION_TAG));
    snprintf(lines[1], sizeof *lines,
             "Move with the arrows to another variant and press %s again: tagged variants share "
             "the device in time slices and are compared here.",
             action_key(ACTION_TAG));
    snprintf(lines[2], sizeof *lines,
             "%s keeps the samples of the selected variant as they are. Change a knob with %s and "
             "%s, and tag it: this compares one variant at two settings.",
             action_key(ACTION_CLONE), action_key(ACTION_LESS), action_key(ACTION_MORE));
    int row = 1;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        row = draw_wrapped(screen->theme, inside, row, i == 0 ? ROLE_STRONG : ROLE_TEXT, lines[i]) +
              1;
}

static void draw_no_samples(const struct screen *screen, struct rectangle inside)
{
    char text[64];
    snprintf(text, sizeof text, "No samples of this yet; %s shows another part",
             action_key(ACTION_METRIC));
    draw_wrapped(screen->theme, inside, inside.rows / 2, ROLE_DIM, text);
}

static void draw_overlay(const struct screen *screen, struct rectangle area, enum metric metric,
                         const struct axis *axis)
{
    struct overlay_plot plot = {.screen = screen, .axis = axis, .metric = metric};
    char title[96];
    snprintf(title, sizeof title, "%s, tagged variants %s each scaled to %s", screen_metric(metric),
             screen->theme->glyphs->dot,
             screen->frame->tag_count > OVERLAY_MOST ? "its lane" : "full height");
    struct rectangle inside = draw_frame(screen->theme, area, title, "", false);
    if (plot.axis->high_ns > 0)
        draw_plot(&plot, inside);
    else
        draw_no_samples(screen, inside);
}

void panel_overlay_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    struct rectangle below;
    if (frame->tag_count == 0) {
        draw_advice(screen, draw_frame(screen->theme, area, "No variant is tagged yet", "", false));
        return;
    }
    if (screen_split(&area, &below))
        draw_overlay(screen, below, frame->other_metric, frame->other_shared_axis);
    draw_overlay(screen, area, frame->metric, frame->shared_axis);
}
