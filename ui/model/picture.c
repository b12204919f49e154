#include "picture.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/compare.h"
#include "explorer_rows.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 228u /* columns of a histogram */

const struct picture_look picture_looks[PICTURE_LOOKS] = {
    {"#0072b2", "#a6cbe3", ""},
    {"#d55e00", "none", ""},
    {"#007a5a", "none", "7 3"},
    {"#a8487a", "none", "2 3"},
};

/* ---- words ---------------------------------------------------------------------------------- */

void picture_remark(const struct explorer *explorer, const struct document *document, char *text,
                    size_t size)
{
    const struct row row = explorer_selected(explorer);
    if (row.recorded || row.kept)
        snprintf(text, size, "%s.", row.mark);
    else
        snprintf(text, size, "Measured live on %s, %s.", document->device.name,
                 document->recorded_utc);
    text_append(text, size, " Service time: no request waits in a queue. pdlab %s.",
                document->version);
}

const char *picture_mark(const struct explorer *explorer, const struct row *row)
{
    const struct row selected = explorer_selected(explorer);
    return strcmp(row->mark, selected.mark) == 0 ? "" : row->mark;
}

/* Returns the unit to write after a knob's number, or "" if the name implies it: "SPIN_NS 20,000
 * ns", "THREADS 2". */
static const char *unit_of(const struct knob_info *knob, const char *value)
{
    if (*value < '0' || *value > '9')
        return "";
    return strcmp(knob->unit, "ns") == 0 || !text_find(knob->name, knob->unit) ? knob->unit : "";
}

void picture_knobs(const struct run *run, uint64_t without, char *text, size_t size)
{
    const uint64_t knobs = run_read_knobs(run) & ~without;
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[64];
        if (!(knobs >> id & 1) || !run_knows(run, (enum knob_id)id))
            continue;
        compare_knob_text(run, (enum knob_id)id, value, sizeof value);
        const char *unit = unit_of(&knob_table[id], value);
        text_append(text, size, "%s%s %s%s%s", *text ? ", " : "", knob_table[id].name, value,
                    *unit ? " " : "", unit);
    }
}

void picture_append_moved(const struct run *run, char *text, size_t size)
{
    const double gb = run_moved_gb_per_s(run);
    char bandwidth[32];
    if (gb > 0)
        text_append(text, size, ", %s GB/s", text_bandwidth(bandwidth, sizeof bandwidth, gb));
    if (gb > 0 && run->ceiling_gb_per_s > 0)
        text_append(text, size, " (%.2g %% of the measured peak)",
                    100 * gb / run->ceiling_gb_per_s);
    if (run->histograms[METRIC_GAP].count > 0)
        text_append(text, size, ", gap %.0f %% of a step", 100 * run_gap_share(run));
}

void picture_figures(const struct run *run, char *text, size_t size)
{
    const struct evidence evidence = run_evidence(run);
    char p50[32], noise[32], step[32], p99[32], rate[32];
    compare_noise_text(&evidence, "±", noise, sizeof noise);
    text_percentile(p50, sizeof p50, &run->histograms[run_decode_metric(run)], 0.5);
    text_percentile(step, sizeof step, &run->histograms[METRIC_STEP], 0.5);
    text_percentile(p99, sizeof p99, &run->histograms[METRIC_STEP], 0.99);
    snprintf(text, size, "iteration p50 %s%s%s%s, step p50 %s, step p99 %s", p50,
             *noise ? " (95 % interval of the median: " : "", noise, *noise ? ")" : "", step, p99);
    if (run_tokens_per_s(run) > 0) {
        text_rate(rate, sizeof rate, run_tokens_per_s(run));
        text_append(text, size, ", %s%stokens/s", rate,
                    text_is_letter(rate[strlen(rate) - 1]) ? "" : " "); /* "2.86 Mtokens/s" */
    }
    picture_append_moved(run, text, size);
}

void picture_define(struct svg_page *page, const char *said)
{
    static const struct {
        const char *term, *meaning;
    } terms[] = {
        {"gap", "from a step's end to the beginning of the next one"},
        {"first token", "from the submission to the end of the first step"},
        {"data wait", "for loads and copies"},
        {"barrier wait", "for other programs"},
        {"sync", "from the last step's end until the host sees it"},
    };
    char text[PICTURE_ROOM] = "";
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        if (strstr(said, terms[i].term))
            text_append(text, sizeof text, "%s%s: %s", *text ? "; " : "", terms[i].term,
                        terms[i].meaning);
    if (!*text)
        return;
    *text = text_upper(*text);
    text_append(text, sizeof text, ".");
    svg_page_paragraph(page, PICTURE_LEFT, SVG_PAGE_FAINT, false, text);
}

const char *picture_metric(enum metric metric)
{
    return metric == METRIC_BUSY   ? "Busy part of a step"
           : metric == METRIC_GAP  ? "Gap before a step"
           : metric == METRIC_STEP ? "Step latency"
                                   : "Iteration time";
}

/* ---- drawing -------------------------------------------------------------------------------- */

void picture_histogram(struct svg_page *page, const struct axis *axis,
                       const struct histogram *histogram, const struct picture_look *look,
                       double base, double height)
{
    struct chart chart;
    const double step = PICTURE_WIDTH / COLUMNS;
    chart_count(&chart, histogram, axis, COLUMNS);
    if (chart.most <= 0)
        return;
    fprintf(page->out, "<path d=\"M%.1f,%.1f", PICTURE_LEFT, base);
    for (unsigned i = 0; i < chart.columns; i++)
        fprintf(page->out, "V%.1fH%.1f", base - chart.counts[i] / chart.most * height,
                PICTURE_LEFT + (i + 1) * step);
    fprintf(page->out, "V%.1fZ\" fill=\"%s\" stroke=\"%s\" stroke-width=\"1.6\"%s%s%s/>\n", base,
            look->fill, look->colour, *look->dashes ? " stroke-dasharray=\"" : "", look->dashes,
            *look->dashes ? "\"" : "");
}

void picture_line(struct svg_page *page, const struct axis *axis, double ns, const char *colour,
                  double y, double base, const char *text)
{
    const double at = axis_position(axis, ns), x = PICTURE_LEFT + at * PICTURE_WIDTH;
    char beyond[96];
    if (at > 1) {
        snprintf(beyond, sizeof beyond, "%s, beyond this axis →", text);
        svg_page_text(page, PICTURE_LEFT + PICTURE_WIDTH, y, 'e', colour, true, beyond);
    } else if (at < 0) {
        snprintf(beyond, sizeof beyond, "← %s, below this axis", text);
        svg_page_text(page, PICTURE_LEFT, y, 'b', colour, true, beyond);
    } else {
        const bool right = x + 4 + 1.1 * svg_page_text_width(text) < PICTURE_LEFT + PICTURE_WIDTH;
        svg_page_line(page, x, y - 11, x, base, colour, "3 3");
        svg_page_text(page, right ? x + 4 : x - 4, y, right ? 'b' : 'e', colour, true, text);
    }
}
