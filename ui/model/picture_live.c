#include "picture.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/floor.h"
#include "explorer_rows.h"

#include <stdio.h>

#define HEIGHT      220.0 /* height of the columns */
#define LABELS      5     /* rows of labels above the columns */
#define LABEL_LINE  17.0  /* height of such a row */
#define METRIC_LEFT 230.0 /* right end of the table's first column of numbers */
#define COLUMN      100.0

/* Returns an axis that contains all percentiles, whatever the zoom on the screen. */
static struct axis axis_of(const struct histogram *histogram, bool linear)
{
    struct axis axis = {.linear = linear};
    axis_fit(&axis, histogram);
    return axis;
}

static void draw_plot(struct svg_page *page, const struct run *run, enum metric metric, bool linear)
{
    const struct histogram *histogram = &run->histograms[metric];
    const struct axis axis = axis_of(histogram, linear);
    const double base = page->y + LABELS * LABEL_LINE + HEIGHT;
    char text[96], duration[32];
    picture_histogram(page, &axis, histogram, &picture_looks[0], base, HEIGHT);
    for (size_t i = 0; i + 1 < TEXT_MARKS; i++) {
        if (!histogram_resolves(histogram, text_marks[i].fraction))
            continue;
        snprintf(text, sizeof text, "%s %s", text_marks[i].name,
                 text_percentile(duration, sizeof duration, histogram, text_marks[i].fraction));
        picture_line(page, &axis, (double)histogram_percentile(histogram, text_marks[i].fraction),
                     SVG_PAGE_INK, page->y + (double)i * LABEL_LINE, base, text);
    }
    const double floor = (double)floor_ns(run, metric), at = axis_position(&axis, floor);
    if (floor > 0 && at >= 0 && at <= 1) {
        snprintf(text, sizeof text, "floor %s: no variant can be faster",
                 text_duration(duration, sizeof duration, floor));
        picture_line(page, &axis, floor, "#d55e00", page->y + (LABELS - 1) * LABEL_LINE, base,
                     text);
    }
    snprintf(text, sizeof text, "%s, %s axis; a column's height: how many of %s samples are in it",
             picture_metric(metric), linear ? "linear" : "logarithmic",
             text_integer(duration, sizeof duration, (int64_t)histogram->count));
    svg_page_axis(page, PICTURE_LEFT, PICTURE_WIDTH, base, &axis, text);
    page->y = base + 70;
}

/* Draws a table of the percentiles of step, busy, gap and iteration. Leaves out percentiles that
 * too few samples resolve. */
static void draw_table(struct svg_page *page, const struct run *run)
{
    char text[64];
    for (size_t i = 0; i < TEXT_MARKS; i++)
        svg_page_text(page, METRIC_LEFT + (double)i * COLUMN, page->y, 'e', SVG_PAGE_FAINT, false,
                      text_marks[i].name);
    page->y += SVG_PAGE_LINE;
    for (int metric = METRIC_STEP; metric <= METRIC_ITERATION; metric++) {
        const struct histogram *histogram = &run->histograms[metric];
        if (histogram->count == 0)
            continue;
        svg_page_text(page, PICTURE_LEFT, page->y, 'b', SVG_PAGE_INK, true,
                      picture_metric((enum metric)metric));
        for (size_t i = 0; i < TEXT_MARKS; i++)
            if (histogram_resolves(histogram, text_marks[i].fraction))
                svg_page_text(
                    page, METRIC_LEFT + (double)i * COLUMN, page->y, 'e', SVG_PAGE_INK, false,
                    text_percentile(text, sizeof text, histogram, text_marks[i].fraction));
        page->y += SVG_PAGE_LINE;
    }
    page->y += 6;
}

static const char *verified(const struct run *run)
{
    return run->verification.verdict == VERDICT_RIGHT   ? "Verified against the reference"
           : run->verification.verdict == VERDICT_WRONG ? "WRONG RESULT"
                                                        : "Not verified";
}

static void draw_words(struct svg_page *page, const struct explorer *explorer,
                       const struct row *row)
{
    char text[PICTURE_ROOM], floor[32];
    picture_figures(row->run, text, sizeof text);
    const double speedup = explorer_speedup(explorer, row, NULL);
    if (row->known && row->known->rung == 1)
        text_append(text, sizeof text, "; the baseline");
    else if (speedup > 0)
        text_append(text, sizeof text, "; ×%.3g over the baseline", speedup);
    if (floor_ns(row->run, METRIC_STEP) > 0)
        text_append(text, sizeof text, "; floor of a step %s",
                    text_duration(floor, sizeof floor, (double)floor_ns(row->run, METRIC_STEP)));
    text_append(text, sizeof text, ".");
    *text = text_upper(*text);
    svg_page_paragraph(page, PICTURE_LEFT, SVG_PAGE_INK, true, text);
    snprintf(text, sizeof text, "%s.", verified(row->run));
    svg_page_paragraph(page, PICTURE_LEFT, SVG_PAGE_INK, true, text);
    char knobs[PICTURE_ROOM / 2] = "";
    picture_knobs(row->run, 0, knobs, sizeof knobs);
    snprintf(text, sizeof text, "Knobs: %s", knobs);
    svg_page_paragraph(page, PICTURE_LEFT, SVG_PAGE_INK, false, text);
    if (row->run->histograms[METRIC_GAP].count > 0)
        picture_define(page, "gap");
}

char *picture_of_live(const struct explorer *explorer, const char *remark, size_t *length)
{
    const struct row row = explorer_selected(explorer);
    const enum metric metric = explorer->metric;
    struct svg_page page;
    char title[256];
    if (!row.run || row.run->histograms[metric].count == 0)
        return NULL;
    snprintf(title, sizeof title, "%s of %s", picture_metric(metric), row.name);
    if (!svg_page_open(&page, SVG_PAGE_WIDTH, title, remark))
        return NULL;
    draw_words(&page, explorer, &row);
    page.y += 14;
    draw_plot(&page, row.run, metric, explorer->axes[metric].linear);
    draw_table(&page, row.run);
    return svg_page_close(&page, length);
}
