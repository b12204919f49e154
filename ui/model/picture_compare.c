#include "picture.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/harness/why.h"
#include "explorer_axes.h"
#include "explorer_tags.h"

#include <stdio.h>
#include <string.h>

#define HEIGHT 260.0 /* height of two overlaid histograms */
#define LANE   84.0  /* height of each histogram if there are more than OVER */
#define LABEL  18.0  /* room above a histogram for the text of its median */
#define OVER   2u    /* more histograms than this are drawn in lanes */

static const struct histogram *histogram_of(const struct explorer *explorer, uint32_t letter)
{
    const struct row row = explorer_tagged(explorer, letter);
    const struct histogram *histogram = row.run ? &row.run->histograms[explorer->metric] : NULL;
    return histogram && histogram->count > 0 ? histogram : NULL;
}

static void draw_median(struct svg_page *page, const struct axis *axis,
                        const struct histogram *histogram, uint32_t letter, double y, double base)
{
    char text[48], duration[24];
    snprintf(text, sizeof text, "%c p50 %s", 'A' + (int)letter,
             text_percentile(duration, sizeof duration, histogram, 0.5));
    picture_line(page, axis, (double)histogram_percentile(histogram, 0.5),
                 picture_looks[letter].colour, y, base, text);
}

/* Draws the histograms over one another. Returns the y of the axis. */
static double draw_overlaid(struct svg_page *page, const struct explorer *explorer,
                            const struct axis *axis)
{
    const double base = page->y + HEIGHT;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (histogram_of(explorer, i))
            picture_histogram(page, axis, histogram_of(explorer, i), &picture_looks[i], base,
                              HEIGHT - 4 * LABEL);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (histogram_of(explorer, i))
            draw_median(page, axis, histogram_of(explorer, i), i, page->y + LABEL * i, base);
    return base;
}

/* Draws each histogram in a lane of its own. Returns the y of the axis. */
static double draw_lanes(struct svg_page *page, const struct explorer *explorer,
                         const struct axis *axis)
{
    double base = page->y - LABEL;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct histogram *histogram = histogram_of(explorer, i);
        struct picture_look look = picture_looks[i];
        if (!histogram)
            continue;
        if (strcmp(look.fill, "none") == 0)
            look.fill = "#f2f2f2";
        base += LANE;
        picture_histogram(page, axis, histogram, &look, base, LANE - LABEL - 8);
        svg_page_line(page, PICTURE_LEFT, base, PICTURE_LEFT + PICTURE_WIDTH, base, "#bbbbbb", "");
        draw_median(page, axis, histogram, i, base - LANE + LABEL, base);
    }
    return base;
}

/* Returns the screen's axis if the user zoomed it. Otherwise an axis that fits most of the present
 * samples, because the screen's axis only ever widens. A linear axis leaves out a tag that is far
 * from the others (explorer_beyond); a logarithmic one has room for all. */
static struct axis axis_of(const struct explorer *explorer)
{
    const struct axis *shown = &explorer->shared[explorer->metric];
    struct axis axis = {.linear = shown->linear};
    const uint32_t beyond = axis.linear ? explorer_beyond(explorer, explorer->metric) : 0;
    if (shown->held)
        return *shown;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (histogram_of(explorer, i) && !(beyond >> i & 1))
            axis_widen_to_most(&axis, histogram_of(explorer, i));
    return axis;
}

/* Appends the share of samples that the axis does not show: "; off the axis: A 0.9 %, B 0.4 %". */
static void append_off_axis(const struct explorer *explorer, const struct axis *axis, char *text,
                            size_t size)
{
    const char *before = "; off the axis: ";
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct histogram *histogram = histogram_of(explorer, i);
        struct chart chart;
        if (!histogram)
            continue;
        chart_count(&chart, histogram, axis, 1);
        const double off =
            (chart.below + chart.above + (double)chart.beyond) / (double)histogram->count;
        if (off < 0.0005)
            continue;
        text_append(text, size, "%s%c %.1f %%", before, 'A' + (int)i, 100 * off);
        before = ", ";
    }
}

/* Says which metric the plot shows, and that the verdicts compare iterations. */
static void draw_subject(struct svg_page *page, const struct explorer *explorer)
{
    char text[PICTURE_ROOM], metric[48];
    snprintf(metric, sizeof metric, "%s", picture_metric(explorer->metric));
    *metric = text_lower(*metric);
    if (explorer->metric == METRIC_ITERATION)
        snprintf(
            text, sizeof text,
            "Plot and verdicts: %s, from submission until the host sees that all steps are done.",
            metric);
    else
        snprintf(text, sizeof text,
                 "Plot: %s. Verdicts: whole iterations, from submission until the host sees that "
                 "all steps are done.",
                 metric);
    svg_page_paragraph(page, PICTURE_LEFT, SVG_PAGE_INK, false, text);
    page->y += 8;
}

static void draw_plot(struct svg_page *page, const struct explorer *explorer)
{
    const struct axis axis = axis_of(explorer);
    uint32_t count = 0;
    char text[256];
    if (axis.high_ns <= 0)
        return;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        count += histogram_of(explorer, i) != NULL;
    const double base =
        count > OVER ? draw_lanes(page, explorer, &axis) : draw_overlaid(page, explorer, &axis);
    snprintf(text, sizeof text, "%s, %s axis; each histogram is scaled to %s",
             picture_metric(explorer->metric), axis.linear ? "linear" : "logarithmic",
             count > OVER ? "its lane" : "the full height");
    append_off_axis(explorer, &axis, text, sizeof text);
    svg_page_axis(page, PICTURE_LEFT, PICTURE_WIDTH, base, &axis, text);
    page->y = base + 70;
}

/* Writes "Iterations: ×2.27 (95 % interval 2.2 to 2.33): faster than A", or why there is no
 * verdict. */
static void write_verdict(const struct explorer *explorer, uint32_t letter, char *text, size_t size)
{
    const struct comparison *comparison = &explorer->verdicts.comparisons[letter];
    const int reference = tags_reference(&explorer->tags);
    char verdict[160];
    *text = '\0';
    if ((int)letter == reference) {
        snprintf(text, size, "baseline of the comparison");
        return;
    }
    if (!explorer->verdicts.judged[letter])
        return;
    compare_verdict_text(comparison, "±", verdict, sizeof verdict);
    if (compare_ranked(comparison->outcome) && comparison->iteration.value > 0)
        text_append(text, size, "Iterations: ×%.3g (95 %% interval %.3g to %.3g): ",
                    comparison->iteration.value, comparison->iteration.low,
                    comparison->iteration.high);
    else if (!compare_ranked(comparison->outcome))
        text_append(text, size, "not ranked: ");
    text_append(text, size, "%s", verdict);
    if (compare_decided(comparison->outcome))
        text_append(text, size, " than %c", 'A' + reference);
}

static void draw_tagged(struct svg_page *page, const struct explorer *explorer, uint32_t letter)
{
    const struct row row = explorer_tagged(explorer, letter);
    const char *mark = picture_mark(explorer, &row);
    char text[PICTURE_ROOM];
    if (!row.name)
        return;
    const struct picture_look *look = &picture_looks[letter];
    svg_page_box(page, PICTURE_LEFT, page->y - 11, 14, 12, look->fill, look->colour);
    snprintf(text, sizeof text, "%c %s%s%s%s", 'A' + (int)letter, row.name, *mark ? " (" : "", mark,
             *mark ? ")" : "");
    svg_page_paragraph(page, PICTURE_LEFT + 22, look->colour, true, text);
    if (row.run) {
        picture_figures(row.run, text, sizeof text);
        svg_page_paragraph(page, PICTURE_LEFT + 22, SVG_PAGE_INK, false, text);
    }
    write_verdict(explorer, letter, text, sizeof text);
    if (*text)
        svg_page_paragraph(page, PICTURE_LEFT + 22, SVG_PAGE_INK, true, text);
    if (row.run) {
        char knobs[PICTURE_ROOM / 2] = "";
        picture_knobs(row.run, 0, knobs, sizeof knobs);
        snprintf(text, sizeof text, "Knobs: %s", knobs);
        svg_page_paragraph(page, PICTURE_LEFT + 22, SVG_PAGE_FAINT, false, text);
    }
    page->y += 6;
}

/* Writes why the tagged rows differ, and explains the words used for that. */
static void draw_reasons(struct svg_page *page, const struct explorer *explorer)
{
    const int reference = tags_reference(&explorer->tags);
    char said[EXPLORER_TAGS * (WHY_ROOM + 8)] = "";
    for (int letter = 0; letter < (int)EXPLORER_TAGS && reference >= 0; letter++) {
        const struct row a = explorer_tagged(explorer, (uint32_t)reference);
        const struct row b = explorer_tagged(explorer, (uint32_t)letter);
        const char names[2][2] = {{(char)('A' + reference), '\0'}, {(char)('A' + letter), '\0'}};
        char text[WHY_ROOM];
        if (b.run && b.run->histograms[METRIC_GAP].count > 0)
            text_append(said, sizeof said, "gap ");
        if (letter == reference || !explorer->verdicts.judged[letter] || !a.run || !b.run ||
            !why_text(a.run, names[0], b.run, names[1], &explorer->verdicts.comparisons[letter],
                      text))
            continue;
        svg_page_paragraph(page, PICTURE_LEFT, SVG_PAGE_INK, true, text);
        text_append(said, sizeof said, "%s ", text);
    }
    picture_define(page, said);
}

/* Writes "Step latency compared: cpu_per_token, cpu_persistent". */
static void write_title(const struct explorer *explorer, char *title, size_t size)
{
    const char *between = "";
    snprintf(title, size, "%s compared: ", picture_metric(explorer->metric));
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct row row = explorer_tagged(explorer, i);
        if (row.name)
            text_append(title, size, "%s%s", between, row.name);
        between = row.name ? ", " : between;
    }
}

char *picture_of_compare(const struct explorer *explorer, const char *remark, size_t *length)
{
    struct svg_page page;
    char title[512];
    bool any = false;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        any |= histogram_of(explorer, i) != NULL;
    write_title(explorer, title, sizeof title);
    if (!any || !svg_page_open(&page, SVG_PAGE_WIDTH, title, remark))
        return NULL;
    draw_subject(&page, explorer);
    draw_plot(&page, explorer);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        draw_tagged(&page, explorer, i);
    draw_reasons(&page, explorer);
    return svg_page_close(&page, length);
}
