#include "picture.h"

#include "../../src/base/svg_page.h"
#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/harness/why.h"
#include "explorer_rows.h"
#include "explorer_tags.h"

#include <stdio.h>
#include <string.h>

#define LEFT     SVG_PAGE_EDGE
#define WIDTH    (SVG_PAGE_WIDTH - 2 * SVG_PAGE_EDGE)
#define HEIGHT   260.0 /* of the histograms */
#define COLUMNS  228u  /* of each */
#define TICKS_IN 110u  /* characters along the axis */

static const struct letter_look {
    const char *colour, *fill, *dashes;
} looks[EXPLORER_TAGS] = {
    {"#0072b2", "#a6cbe3", ""},
    {"#d55e00", "none", ""},
    {"#007a5a", "none", "7 3"},
    {"#a8487a", "none", "2 3"},
};

static const struct histogram *histogram_of(const struct explorer *explorer, uint32_t letter)
{
    const struct row row = explorer_tagged(explorer, letter);
    const struct histogram *histogram = row.run ? &row.run->histograms[explorer->metric] : NULL;
    return histogram && histogram->count > 0 ? histogram : NULL;
}

/* The outline of a histogram, each scaled to the full height. */
static void draw_histogram(struct svg_page *page, const struct axis *axis,
                           const struct histogram *histogram, const struct letter_look *look,
                           double top)
{
    struct chart chart;
    const double base = top + HEIGHT, step = WIDTH / COLUMNS;
    chart_count(&chart, histogram, axis, COLUMNS);
    if (chart.most <= 0)
        return;
    fprintf(page->out, "<path d=\"M%.1f,%.1f", LEFT, base);
    for (unsigned i = 0; i < chart.columns; i++)
        fprintf(page->out, "V%.1fH%.1f", base - chart.counts[i] / chart.most * (HEIGHT - 40),
                LEFT + (i + 1) * step);
    fprintf(page->out, "V%.1fZ\" fill=\"%s\" stroke=\"%s\" stroke-width=\"1.6\"%s%s%s/>\n", base,
            look->fill, look->colour, *look->dashes ? " stroke-dasharray=\"" : "", look->dashes,
            *look->dashes ? "\"" : "");
}

/* The median's place, with its letter and value in a row of its own. */
static void draw_median(struct svg_page *page, const struct axis *axis,
                        const struct histogram *histogram, uint32_t letter, double top)
{
    char text[48], duration[24];
    const double p50 = (double)histogram_percentile(histogram, 0.5);
    const double at = axis_position(axis, p50), x = LEFT + at * WIDTH;
    const double y = top + 12 + 16.0 * letter;
    if (at < 0 || at > 1)
        return;
    snprintf(text, sizeof text, "%c p50 %s", 'A' + (int)letter,
             text_percentile(duration, sizeof duration, histogram, 0.5));
    svg_page_line(page, x, y - 4, x, top + HEIGHT, looks[letter].colour, "3 3");
    svg_page_text(page, at < 0.85 ? x + 4 : x - 4, y, at < 0.85 ? 'b' : 'e', looks[letter].colour,
                  true, text);
}

static void draw_axis(struct svg_page *page, const struct axis *axis, double y)
{
    struct tick ticks[CHART_TICKS];
    const unsigned count = chart_ticks(axis, TICKS_IN, ticks);
    svg_page_line(page, LEFT, y, LEFT + WIDTH, y, SVG_PAGE_INK, "");
    for (unsigned i = 0; i < count; i++) {
        const double x = LEFT + (ticks[i].column + 0.5) / TICKS_IN * WIDTH;
        svg_page_line(page, x, y, x, y + 5, SVG_PAGE_INK, "");
        svg_page_text(page, x, y + 20, 'm', SVG_PAGE_INK, false, ticks[i].text);
    }
}

static const char *metric_words(enum metric metric)
{
    return metric == METRIC_BUSY   ? "busy part of a step"
           : metric == METRIC_GAP  ? "gap before a step"
           : metric == METRIC_STEP ? "step latency"
                                   : "iteration";
}

static void draw_plot(struct svg_page *page, const struct explorer *explorer)
{
    const struct axis *axis = &explorer->shared[explorer->metric];
    const double top = page->y;
    char text[128];
    if (axis->high_ns <= 0)
        return;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (histogram_of(explorer, i))
            draw_histogram(page, axis, histogram_of(explorer, i), &looks[i], top);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (histogram_of(explorer, i))
            draw_median(page, axis, histogram_of(explorer, i), i, top);
    draw_axis(page, axis, top + HEIGHT);
    snprintf(text, sizeof text, "%s, %s axis; each histogram is scaled to the full height",
             metric_words(explorer->metric), axis->linear ? "linear" : "logarithmic");
    svg_page_text(page, LEFT + WIDTH / 2, top + HEIGHT + 40, 'm', SVG_PAGE_FAINT, false, text);
    page->y = top + HEIGHT + 70;
}

/* "iteration p50 44.8 us ±1.0 %, step p50 1.25 us, p99 1.44 us, 2.86 Mtokens/s, 2.92 GB/s ..." */
static void write_figures(const struct run *run, char *text, size_t size)
{
    const struct evidence evidence = run_evidence(run);
    char p50[32], noise[32], step[32], p99[32], rate[32], bandwidth[32];
    const double gb = run_moved_gb_per_s(run);
    compare_noise_text(&evidence, "±", noise, sizeof noise);
    text_percentile(p50, sizeof p50, &run->histograms[run_decode_metric(run)], 0.5);
    text_percentile(step, sizeof step, &run->histograms[METRIC_STEP], 0.5);
    text_percentile(p99, sizeof p99, &run->histograms[METRIC_STEP], 0.99);
    snprintf(text, size, "iteration p50 %s%s%s, step p50 %s, p99 %s", p50, *noise ? " " : "", noise,
             step, p99);
    if (run_tokens_per_s(run) > 0) {
        text_rate(rate, sizeof rate, run_tokens_per_s(run));
        text_append(text, size, ", %s%stokens/s", rate,
                    text_is_letter(rate[strlen(rate) - 1]) ? "" : " "); /* "2.86 Mtokens/s" */
    }
    if (gb > 0)
        text_append(text, size, ", %s GB/s", text_bandwidth(bandwidth, sizeof bandwidth, gb));
    if (gb > 0 && run->ceiling_gb_per_s > 0)
        text_append(text, size, " (%.2g %% of the measured peak)",
                    100 * gb / run->ceiling_gb_per_s);
    if (run->histograms[METRIC_GAP].count > 0)
        text_append(text, size, ", gap %.0f %% of a step", 100 * run_gap_share(run));
}

/* "×2.27, 2.2 to 2.33: faster than A", or why there is no verdict. */
static void write_verdict(const struct explorer *explorer, uint32_t letter, char *text, size_t size)
{
    const struct comparison *comparison = &explorer->verdicts.comparisons[letter];
    const int reference = explorer_reference(explorer);
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
        text_append(text, size, "×%.3g, %.3g to %.3g: ", comparison->iteration.value,
                    comparison->iteration.low, comparison->iteration.high);
    else if (!compare_ranked(comparison->outcome))
        text_append(text, size, "not ranked: ");
    text_append(text, size, "%s", verdict);
    if (comparison->outcome == OUTCOME_FASTER || comparison->outcome == OUTCOME_SLOWER)
        text_append(text, size, " than %c", 'A' + reference);
}

static void draw_tagged(struct svg_page *page, const struct explorer *explorer, uint32_t letter)
{
    const struct row row = explorer_tagged(explorer, letter);
    const char *mark = picture_mark(explorer, &row);
    char text[512];
    if (!row.name)
        return;
    svg_page_box(page, LEFT, page->y - 11, 14, 12, looks[letter].fill, looks[letter].colour);
    snprintf(text, sizeof text, "%c %s%s%s%s", 'A' + (int)letter, row.name, *mark ? " (" : "", mark,
             *mark ? ")" : "");
    svg_page_text(page, LEFT + 22, page->y, 'b', looks[letter].colour, true, text);
    page->y += SVG_PAGE_LINE;
    if (row.run) {
        write_figures(row.run, text, sizeof text);
        svg_page_paragraph(page, LEFT + 22, SVG_PAGE_INK, false, text);
    }
    write_verdict(explorer, letter, text, sizeof text);
    if (*text)
        svg_page_paragraph(page, LEFT + 22, SVG_PAGE_INK, true, text);
    page->y += 6;
}

static void draw_reasons(struct svg_page *page, const struct explorer *explorer)
{
    const int reference = explorer_reference(explorer);
    for (int letter = 0; letter < (int)EXPLORER_TAGS && reference >= 0; letter++) {
        const struct row a = explorer_tagged(explorer, (uint32_t)reference);
        const struct row b = explorer_tagged(explorer, (uint32_t)letter);
        const char names[2][2] = {{(char)('A' + reference), '\0'}, {(char)('A' + letter), '\0'}};
        char text[WHY_ROOM];
        if (letter == reference || !explorer->verdicts.judged[letter] || !a.run || !b.run ||
            !why_text(a.run, names[0], b.run, names[1], &explorer->verdicts.comparisons[letter],
                      text))
            continue;
        svg_page_paragraph(page, LEFT, SVG_PAGE_INK, true, text);
    }
}

const char *picture_mark(const struct explorer *explorer, const struct row *row)
{
    const struct row selected = explorer_selected(explorer);
    return strcmp(row->mark, selected.mark) == 0 ? "" : row->mark;
}

char *picture_of_compare(const struct explorer *explorer, const char *remark, size_t *length)
{
    struct svg_page page;
    char title[160];
    bool any = false;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        any |= histogram_of(explorer, i) != NULL;
    const int reference = explorer_reference(explorer);
    const struct row first = explorer_tagged(explorer, (uint32_t)(reference < 0 ? 0 : reference));
    snprintf(title, sizeof title, "Comparison: %s", first.run ? first.run->target : "variants");
    if (!any || !svg_page_open(&page, title, remark))
        return NULL;
    page.y += 8;
    draw_plot(&page, explorer);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        draw_tagged(&page, explorer, i);
    draw_reasons(&page, explorer);
    return svg_page_close(&page, length);
}
