/*
 * explorer_svg.c - the present view in SVG: the percentiles of the selected variant and the points
 * of a sweep as plots, the comparison and the ladder as pictures (picture.h).
 */
#include "explorer_export.h"
#include "explorer_rows.h"
#include "explorer_sweep.h"
#include "explorer_tags.h"
#include "explorer_timeline.h"
#include "picture.h"

#include "../../src/base/plot_svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERCENTILES 5

/* What a plot of the explorer is made of; `plot` points into the rest. */
struct drawing {
    struct plot plot;
    char title[160], remark[512], x_label[64], y_label[64];
    double x[EXPLORER_LINES];
    char words[EXPLORER_LINES][96];
    const char *x_names[EXPLORER_LINES];
    char names[METRIC_COUNT][96];
    const char *series_names[METRIC_COUNT];
    double y_ns[METRIC_COUNT * EXPLORER_LINES];
    bool verified[METRIC_COUNT * EXPLORER_LINES];
};

static void add_x(struct drawing *drawing, double x, const char *word)
{
    const size_t at = drawing->plot.x_count++;
    drawing->x[at] = x;
    snprintf(drawing->words[at], sizeof *drawing->words, "%s", word);
    drawing->x_names[at] = drawing->words[at];
}

/* Adds a line; its values are set by the caller, from the index that is returned on. */
static size_t add_series(struct drawing *drawing, const char *name)
{
    const size_t series = drawing->plot.series++;
    snprintf(drawing->names[series], sizeof *drawing->names, "%s", name);
    drawing->series_names[series] = drawing->names[series];
    return series * drawing->plot.x_count;
}

static void add_percentiles(struct drawing *drawing, const char *name, const struct run *run,
                            enum metric metric)
{
    static const double fractions[PERCENTILES] = {0.5, 0.9, 0.99, 0.999, 1};
    const struct histogram *histogram = &run->histograms[metric];
    if (histogram->count == 0 || drawing->plot.series == METRIC_COUNT)
        return;
    const size_t at = add_series(drawing, name);
    for (size_t i = 0; i < PERCENTILES; i++) {
        drawing->y_ns[at + i] = histogram_resolves(histogram, fractions[i])
                                    ? (double)histogram_percentile(histogram, fractions[i])
                                    : NAN;
        drawing->verified[at + i] = run->verification.verdict == VERDICT_RIGHT;
    }
}

static void draw_percentiles(const struct explorer *explorer, struct drawing *drawing)
{
    static const char *const words[PERCENTILES] = {"p50", "p90", "p99", "p99.9", "max"};
    for (int i = 0; i < PERCENTILES; i++)
        add_x(drawing, i, words[i]);
    snprintf(drawing->x_label, sizeof drawing->x_label, "percentile");
    struct row row = explorer_selected(explorer);
    snprintf(drawing->y_label, sizeof drawing->y_label, "duration");
    for (int metric = METRIC_STEP; row.run && metric <= METRIC_ITERATION; metric++)
        add_percentiles(drawing, metric_key((enum metric)metric), row.run, (enum metric)metric);
}

static void draw_sweep(const struct explorer *explorer, struct drawing *drawing)
{
    struct swept swept;
    explorer_swept(explorer, &swept);
    const struct knob_info *knob = &knob_table[swept.knob];
    bool numbers = knob->kind == KNOB_INT || knob->kind == KNOB_SET;
    for (uint32_t v = 0; v < swept.value_count; v++)
        numbers &= swept.values[v] != KNOB_UNKNOWN;
    drawing->plot.log = numbers;
    drawing->plot.words = !numbers;
    for (uint32_t v = 0; v < swept.value_count && v < EXPLORER_LINES; v++) {
        char word[64];
        knob_text(swept.knob, swept.values[v], word, sizeof word);
        drawing->plot.log &= swept.values[v] > 0;
        add_x(drawing, numbers ? (double)swept.values[v] : (double)v, word);
    }
    for (uint32_t i = 0; i < swept.series_count; i++) {
        const size_t at = add_series(drawing, swept.series[i].name);
        for (size_t v = 0; v < drawing->plot.x_count; v++) {
            drawing->y_ns[at + v] = swept.series[i].p50_ns[v] > 0 ? swept.series[i].p50_ns[v] : NAN;
            drawing->verified[at + v] = swept.series[i].verified[v];
        }
    }
    snprintf(drawing->x_label, sizeof drawing->x_label, "%s", knob->name);
    snprintf(drawing->y_label, sizeof drawing->y_label, "iteration p50");
}

/* Whether there is any value to draw. */
static bool has_values(const struct drawing *drawing)
{
    for (size_t i = 0; i < drawing->plot.series * drawing->plot.x_count; i++)
        if (!isnan(drawing->y_ns[i]) && drawing->y_ns[i] > 0)
            return true;
    return false;
}

/* Compare and Ladder have pictures of their own. */
static char *draw_picture(const struct explorer *explorer, const struct document *document,
                          size_t *length)
{
    const struct row row = explorer_selected(explorer);
    char remark[512];
    snprintf(remark, sizeof remark, "%s. Service time: no request waits. pdlab %s, measured %s.",
             row.recorded ? row.mark : document->device.name, document->version,
             document->recorded_utc);
    return explorer->view == VIEW_COMPARE ? picture_of_compare(explorer, remark, length)
                                          : picture_of_ladder(explorer, remark, length);
}

char *explorer_svg(const struct explorer *explorer, const struct document *document, size_t *length)
{
    if (explorer->view == VIEW_COMPARE || explorer->view == VIEW_LADDER)
        return draw_picture(explorer, document, length);
    struct drawing *drawing;
    char *text = NULL;
    if (explorer->view == VIEW_TIMELINE)
        return explorer_timeline_svg(explorer, document, length);
    drawing = calloc(1, sizeof *drawing);
    if (!drawing)
        return NULL;
    struct row row = explorer_selected(explorer);
    if (explorer->view == VIEW_SWEEP)
        draw_sweep(explorer, drawing);
    else
        draw_percentiles(explorer, drawing);
    snprintf(drawing->title, sizeof drawing->title, "%s: %s", views[explorer->view].name,
             explorer->view == VIEW_LIVE && row.name ? row.name
             : row.known                             ? row.known->target
                                                     : "recorded");
    snprintf(drawing->remark, sizeof drawing->remark, "%s, %s. Service time.",
             row.recorded ? row.mark : document->device.name, document->recorded_utc);
    struct plot *plot = &drawing->plot;
    plot->title = drawing->title;
    plot->remark = drawing->remark;
    plot->x_label = drawing->x_label;
    plot->y_label = drawing->y_label;
    plot->x = drawing->x;
    plot->x_names = drawing->x_names;
    plot->series_names = drawing->series_names;
    plot->y_ns = drawing->y_ns;
    plot->verified = drawing->verified;
    plot->panels = 1;
    if (has_values(drawing))
        text = plot_svg_print(plot, length);
    free(drawing);
    return text;
}
