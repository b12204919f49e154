/*
 * panel_histogram.c - the histogram of the selected variant: one bar per column on a time axis,
 * lines at the percentiles, and counts of the samples beyond either end of the axis.
 */
#include "screen.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/floor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define GUTTER 7 /* width of the counts, left of the bars */

struct plot {
    const struct screen *screen;
    const struct run *run;
    const struct histogram *histogram;
    const struct axis *axis;
    enum metric metric;
    struct rectangle bars; /* rows above the axis */
    struct rectangle axis_row;
    struct chart chart;
};

static const char *metric_title(const struct run *run, enum metric metric, bool roomy)
{
    const bool step = run && metric == METRIC_STEP;
    if (step && run->histograms[METRIC_ALONE].count > 0)
        return roomy ? "Step beside the prefill (outline: without it)" : "Step (outline: alone)";
    if (step && run->facts.free_running)
        return roomy ? "Step of each program (free-running)" : "Own step";
    return screen_metric(metric);
}

static int column_of(const struct plot *plot, double ns)
{
    return chart_column(plot->axis, ns, plot->chart.columns);
}

/* The height of the fullest column, in eighths of a row. Leaves the row above it for a label. */
static unsigned bar_levels(const struct plot *plot)
{
    int rows = plot->bars.rows;
    return (unsigned)(rows > 4 ? rows - 1 : rows) * 8;
}

static void draw_bars(const struct plot *plot)
{
    const struct theme *theme = plot->screen->theme;
    int p99 = column_of(plot, (double)histogram_percentile(plot->histogram, 0.99));
    unsigned levels = bar_levels(plot);
    for (unsigned column = 0; column < plot->chart.columns; column++) {
        unsigned height =
            chart_height(&plot->chart, column, levels, plot->screen->frame->log_counts);
        enum role role = (int)column > p99 ? ROLE_TAIL : ROLE_BAR;
        for (int row = plot->bars.rows - 1; height > 0; row--) {
            unsigned part = height < 8 ? height : 8;
            draw_text(theme, plot->bars, row, (int)column, role, theme->glyphs->bars[part]);
            height -= part;
        }
    }
}

/* Draws the histogram of the steps that ran alone as an outline, over the bars of the steps that
 * ran beside a prefill. Each is scaled to its own fullest column. */
static void draw_alone(const struct plot *plot)
{
    const struct histogram *alone = &plot->run->histograms[METRIC_ALONE];
    const struct theme *theme = plot->screen->theme;
    struct chart chart;
    if (plot->metric != METRIC_STEP || alone->count == 0)
        return;
    chart_count(&chart, alone, plot->axis, plot->chart.columns);
    for (unsigned column = 0; column < chart.columns; column++) {
        const unsigned height =
            chart_height(&chart, column, bar_levels(plot), plot->screen->frame->log_counts);
        if (height > 0)
            draw_text(theme, plot->bars, plot->bars.rows - (int)(height + 7) / 8, (int)column,
                      ROLE_MARK, theme->glyphs->outline);
    }
}

/* Draws a percentile's line from its label down to the bar. */
static void draw_line(const struct plot *plot, const struct label *label)
{
    const struct theme *theme = plot->screen->theme;
    unsigned height = chart_height(&plot->chart, label->column, bar_levels(plot),
                                   plot->screen->frame->log_counts);
    int top = plot->bars.rows - (int)(height + 7) / 8;
    for (int row = (int)label->row; row < top; row++)
        draw_text(theme, plot->bars, row, (int)label->column, ROLE_MARK, theme->glyphs->line);
}

/* The floor of the metric, in ns; 0: none. */
static double shown_floor_ns(const struct plot *plot)
{
    return (double)floor_ns(plot->run, plot->metric);
}

/* Appends a label for a duration, if the duration is on the axis. */
static void add_mark(const struct plot *plot, const char *name, double ns, const char *duration,
                     struct label *labels, char texts[][40], unsigned *count)
{
    int column = column_of(plot, ns);
    if (column < 0 || column >= (int)plot->chart.columns)
        return;
    snprintf(texts[*count], sizeof *texts, "%s %s", name, duration);
    labels[*count] =
        (struct label){.column = (unsigned)column, .width = (unsigned)strlen(texts[*count])};
    ++*count;
}

/* Draws the lines and labels of the percentiles and the floor. A label that would touch an earlier
 * one goes below it. */
static void draw_marks(const struct plot *plot)
{
    struct label labels[TEXT_MARKS + 1];
    char texts[TEXT_MARKS + 1][40], duration[24];
    unsigned count = 0;
    for (int i = 0; i < TEXT_MARKS; i++)
        if ((plot->bars.rows > TEXT_MARKS + 2 || i == 0 || i == 2) &&
            histogram_resolves(plot->histogram, text_marks[i].fraction))
            add_mark(
                plot, text_marks[i].name,
                (double)histogram_percentile(plot->histogram, text_marks[i].fraction),
                text_percentile(duration, sizeof duration, plot->histogram, text_marks[i].fraction),
                labels, texts, &count);
    if (shown_floor_ns(plot) > 0)
        add_mark(plot, "floor", shown_floor_ns(plot),
                 text_duration(duration, sizeof duration, shown_floor_ns(plot)), labels, texts,
                 &count);
    chart_place(labels, count, plot->chart.columns, plot->bars.rows > 3 ? TEXT_MARKS + 1 : 1);
    for (unsigned i = 0; i < count; i++)
        if (labels[i].placed)
            draw_line(plot, &labels[i]);
    for (unsigned i = 0; i < count; i++)
        if (labels[i].placed)
            draw_text(plot->screen->theme, plot->bars, (int)labels[i].row, (int)labels[i].start,
                      ROLE_STRONG, texts[i]);
}

/* Draws the scale of counts at the left: the fullest column's count, and the count at half its
 * height. */
static void draw_gutter(const struct plot *plot, struct rectangle area)
{
    const struct theme *theme = plot->screen->theme;
    char text[24];
    double most = plot->chart.most;
    if (plot->bars.column == area.column || most <= 0)
        return;
    text_rate(text, sizeof text, round(most));
    int top = plot->bars.rows - (int)bar_levels(plot) / 8;
    draw_right(theme, area, top, 0, GUTTER - 1, ROLE_DIM, text);
    if (plot->bars.rows < 5)
        return;
    double half = plot->screen->frame->log_counts ? expm1(log1p(most) / 2) : most / 2;
    text_rate(text, sizeof text, round(half));
    draw_right(theme, area, top + (plot->bars.rows - top) / 2, 0, GUTTER - 1, ROLE_DIM, text);
}

static void draw_time_axis(const struct plot *plot, struct rectangle area)
{
    const struct theme *theme = plot->screen->theme;
    struct rectangle line = plot->axis_row;
    line.columns = (int)plot->chart.columns;
    draw_axis(theme, line, 0, plot->axis);
    char text[40], number[24];
    if (plot->chart.below >= 0.5) {
        snprintf(text, sizeof text, "%s%s", theme->glyphs->below,
                 text_rate(number, sizeof number, round(plot->chart.below)));
        int columns = draw_columns(text);
        int gutter = plot->bars.column - area.column;
        draw_text(theme, area, plot->bars.rows, gutter > columns ? gutter - columns - 1 : 0,
                  ROLE_BAD, text);
    }
    text[0] = '\0';
    if (plot->chart.above >= 0.5)
        snprintf(text, sizeof text, "%s%s",
                 text_rate(number, sizeof number, round(plot->chart.above)), theme->glyphs->above);
    if (plot->chart.beyond > 0)
        text_append(text, sizeof text, "%s%s %s", *text ? " " : "",
                    text_rate(number, sizeof number, (double)plot->chart.beyond),
                    TEXT_HISTOGRAM_BEYOND);
    if (*text)
        draw_text(theme, plot->axis_row, 0, plot->axis_row.columns - draw_columns(text), ROLE_BAD,
                  text);
}

/* Draws the line below the axis: the minimum, mean and maximum of all samples, even of those beyond
 * the axis, and the floor if it is left of the axis. */
static void draw_ends(const struct plot *plot, struct rectangle area, int row)
{
    const struct theme *theme = plot->screen->theme;
    const struct histogram *histogram = plot->histogram;
    char text[40], duration[24];
    int column = plot->bars.column - area.column;
    if (shown_floor_ns(plot) > 0 && column_of(plot, shown_floor_ns(plot)) < 0 &&
        area.columns >= 60) {
        text_duration(duration, sizeof duration, shown_floor_ns(plot));
        column = draw_format(theme, area, row, column, ROLE_STRONG, "%sfloor %s  ",
                             theme->glyphs->below, duration);
    }
    text_duration(duration, sizeof duration, (double)histogram->min_ns);
    column = draw_format(theme, area, row, column, ROLE_TEXT, "min %s", duration) + 2;
    snprintf(text, sizeof text, "mean %s",
             text_duration(duration, sizeof duration, histogram_mean(histogram)));
    int middle = (area.columns - (int)strlen(text)) / 2;
    column = column > middle ? column : middle;
    if (area.columns >= 44 && column + (int)strlen(text) + 2 <= area.columns - 16)
        draw_text(theme, area, row, column, ROLE_TEXT, text);
    snprintf(text, sizeof text, "max %s",
             text_duration(duration, sizeof duration, (double)histogram->max_ns));
    draw_right(theme, area, row, area.columns - 16, 16, ROLE_TEXT, text);
}

/* Says in the middle of the area why there is nothing to plot. */
static void draw_nothing(const struct screen *screen, enum metric metric, struct rectangle area)
{
    const struct row row = screen->frame->shown;
    const char *reason = row_reason(&row);
    char text[640];
    if (*reason)
        snprintf(text, sizeof text, "%s %s: %s", row.name,
                 row.run->status == RUN_FAILED ? "failed here"
                 : row.recorded                ? "was skipped"
                                               : "can't run here",
                 reason);
    else if (row.run && row.run->histograms[METRIC_ITERATION].count > 0)
        snprintf(text, sizeof text,
                 row.run->facts.free_running && metric != METRIC_STEP
                     ? "Programs run freely: a step of the batch has no %s. %s shows another part"
                     : "No samples of its %s: %s shows another part",
                 metric_keys[metric], action_key(ACTION_METRIC));
    else if (row.recorded && row.name && !row.run)
        snprintf(text, sizeof text,
                 "%s was not recorded at these knobs. Enter in the list of variants goes to the "
                 "nearest point that was",
                 row.name);
    else if (screen->frame->replays)
        snprintf(text, sizeof text, "No samples of this run have been replayed yet");
    else
        snprintf(text, sizeof text, "%s", screen->frame->progress);
    struct rectangle middle = layout_centre(area, 4, area.columns * 4 / 5);
    draw_wrapped(screen->theme, middle, 0, *reason ? ROLE_BAD : ROLE_DIM, text);
}

static void draw_plot(struct plot *plot, struct rectangle inside)
{
    int gutter = inside.columns >= 40 ? GUTTER : 0;
    int ends = inside.rows >= 8 ? 1 : 0;
    const bool main = plot->metric == plot->screen->frame->metric;
    const int heat = main ? panel_heat_rows(plot->screen, inside.rows) : 0;
    plot->bars = layout_columns(layout_rows(inside, 0, inside.rows - 2 - ends - heat), gutter,
                                inside.columns - gutter);
    plot->axis_row = layout_rows(plot->bars, plot->bars.rows, 2);
    if (plot->bars.rows < 1 || plot->bars.columns < 8)
        return;
    chart_count(&plot->chart, plot->histogram, plot->axis, (unsigned)plot->bars.columns);
    draw_bars(plot);
    draw_alone(plot);
    draw_marks(plot);
    draw_gutter(plot, inside);
    draw_time_axis(plot, inside);
    if (heat > 0)
        panel_heat_draw(plot->screen, plot->axis, layout_rows(inside, plot->bars.rows + 2, heat),
                        gutter);
    if (ends)
        draw_ends(plot, inside, inside.rows - 1);
}

/* Names the axes' scales, and the key that fits the axis, on the lower edge of the frame, if there
 * is room beside the frame's mark. */
static void draw_scales(const struct plot *plot, struct rectangle area, const char *mark)
{
    const struct theme *theme = plot->screen->theme;
    const char *dot = theme->glyphs->dot;
    int room = area.columns - draw_columns(mark) - 6;
    char scales[48], text[64];
    snprintf(scales, sizeof scales, "%s time %s %s counts", plot->axis->linear ? "linear" : "log",
             dot, plot->screen->frame->log_counts ? "log" : "linear");
    snprintf(text, sizeof text, " %s %s %s fits ", scales, dot, action_key(ACTION_FIT));
    if (draw_columns(text) > room)
        snprintf(text, sizeof text, " %s ", scales);
    if (draw_columns(text) <= room)
        draw_text(theme, area, area.rows - 1, 2, ROLE_DIM, text);
}

/* Writes the metric, the variant and the sample count. If room is short, it writes `n` for
 * `samples`, then rounds the count, then shortens the variant's name. It never cuts the count, and
 * omits it if there are no samples. */
static void write_title(const struct plot *plot, const struct row *row, int columns, char *title,
                        size_t size)
{
    const struct frame *frame = plot->screen->frame;
    const char *dot = plot->screen->theme->glyphs->dot;
    const uint64_t samples = plot->histogram ? plot->histogram->count : 0;
    char whole[32], rounded[32], count[3][48], what[96];
    struct names names;
    text_integer(whole, sizeof whole, (int64_t)samples);
    text_rate(rounded, sizeof rounded, (double)samples);
    snprintf(count[0], sizeof *count, " %s %s samples", dot, whole);
    snprintf(count[1], sizeof *count, " %s n %s", dot, whole);
    snprintf(count[2], sizeof *count, " %s n %s", dot, rounded);
    snprintf(what, sizeof what, "%s %s ", metric_title(row->run, plot->metric, columns >= 60), dot);
    int chosen = 0;
    while (chosen < 2 && draw_columns(what) + draw_columns(row->name ? row->name : "") +
                                 draw_columns(count[chosen]) >
                             columns)
        chosen++;
    screen_row_names(plot->screen, columns - draw_columns(what) - draw_columns(count[chosen]),
                     &names);
    snprintf(title, size, "%s%s%s", what, screen_row_name(&names, frame->selected),
             samples > 0 ? count[chosen] : "");
}

/* Draws the progress of a replay in a row above the plot. Returns the rest of the area. */
static struct rectangle draw_replay(const struct screen *screen, struct rectangle area)
{
    const char *text = screen->frame->replay_status;
    if (draw_columns(text) > area.columns)
        text = screen->frame->replay_brief;
    if (!*text || area.rows < 4)
        return area;
    draw_field(screen->theme, area, 0, 0, area.columns, ROLE_ALERT, text);
    area.row++;
    area.rows--;
    return area;
}

static void draw_histogram(const struct screen *screen, struct rectangle area, enum metric metric,
                           const struct axis *axis)
{
    const struct row row = screen->frame->shown;
    struct plot plot = {.screen = screen, .axis = axis, .metric = metric};
    char title[400];
    if (row.run) {
        plot.run = row.run;
        plot.histogram = &row.run->histograms[metric];
    }
    write_title(&plot, &row, area.columns - 5, title, sizeof title);
    struct rectangle inside =
        draw_frame(screen->theme, area, title, row.kept ? row.mark : "", false);
    draw_scales(&plot, area, row.kept ? row.mark : "");
    if (metric == screen->frame->metric)
        inside = draw_replay(screen, inside);
    if (plot.histogram && plot.histogram->count > 0 && plot.axis->high_ns > 0)
        draw_plot(&plot, inside);
    else
        draw_nothing(screen, metric, inside);
}

void panel_histogram_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    struct rectangle below;
    if (screen_split(&area, &below))
        draw_histogram(screen, below, frame->other_metric, frame->other_axis);
    draw_histogram(screen, area, frame->metric, frame->axis);
}
