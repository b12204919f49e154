#include "picture.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/floor.h"
#include "../../src/engine/parts.h"
#include "explorer_rows.h"

#include <stdio.h>

#define LEFT  PICTURE_LEFT
#define WIDTH PICTURE_WIDTH
#define BAR   18.0

/* Light and dark alternate, so that neighbours also differ without colour. */
static const char *const fills[PART_COUNT] = {
    [PART_START] = "#dddddd",   [PART_GAP] = "#f5c98a",     [PART_DATA] = "#56b4e9",
    [PART_BARRIER] = "#cc79a7", [PART_COMPUTE] = "#0072b2", [PART_SYNC] = "#999999",
};
#define UNDIVIDED "#ffffff"

static double p50_of(const struct row *row)
{
    if (!row->run || row->run->status >= RUN_FAILED || row->kept)
        return 0;
    return (double)histogram_percentile(&row->run->histograms[run_decode_metric(row->run)], 0.5);
}

/* Writes "22.8 us, ×6.34 over the baseline, ×6.34 over persistent_decode_cuda, 5.75 GB/s, ..." */
static void write_numbers(const struct explorer *explorer, const struct row *row, char *text,
                          size_t size)
{
    const struct run *run = row->run;
    const char *before = row->known ? row->known->after : NULL;
    const double over_base = explorer_speedup(explorer, row, NULL);
    const double over_before = before ? explorer_speedup(explorer, row, before) : 0;
    char unlike[256];
    text_percentile_ns(text, size, p50_of(row));
    if (row->known && row->known->rung == 1)
        text_append(text, size, ", the baseline");
    else if (over_base > 0)
        text_append(text, size, ", ×%.3g over the baseline", over_base);
    if (over_before > 0)
        text_append(text, size, ", ×%.3g over %s", over_before, before);
    picture_append_moved(run, text, size);
    if (explorer_unlike(explorer, row, false, unlike, sizeof unlike))
        text_append(text, size, "; a different workload: %s", unlike);
    if (run->verification.verdict != VERDICT_RIGHT)
        text_append(text, size, "; %s",
                    run->verification.verdict == VERDICT_WRONG ? "WRONG RESULT" : "unverified");
}

static void draw_bar(struct svg_page *page, const struct row *row, double full_ns)
{
    const double p50 = p50_of(row), y = page->y - 12;
    struct parts parts;
    if (!parts_of(row->run, &parts) || parts.iteration_ns <= 0) {
        svg_page_box(page, LEFT, y, p50 / full_ns * WIDTH, BAR, UNDIVIDED, SVG_PAGE_INK);
    } else {
        double x = LEFT;
        for (int part = 0; part < PART_COUNT; part++) {
            const double width = p50 * parts.whole[part] / parts.iteration_ns / full_ns * WIDTH;
            if (width > 0)
                svg_page_box(page, x, y, width, BAR, fills[part], SVG_PAGE_INK);
            x += width;
        }
    }
    const double floor = (double)floor_ns(row->run, METRIC_ITERATION) / full_ns * WIDTH;
    if (floor > 0)
        svg_page_line(page, LEFT + floor, y - 3, LEFT + floor, y + BAR + 3, "#d55e00", "4 2");
    page->y += BAR + 8;
}

static void draw_rung(struct svg_page *page, const struct explorer *explorer, const struct row *row,
                      double full_ns)
{
    const char *mark = picture_mark(explorer, row);
    char text[512];
    snprintf(text, sizeof text, "%s%s%s%s", row->name, *mark ? " (" : "", mark, *mark ? ")" : "");
    svg_page_paragraph(page, LEFT, SVG_PAGE_INK, true, text);
    write_numbers(explorer, row, text, sizeof text);
    svg_page_paragraph(page, LEFT, SVG_PAGE_INK, false, text);
    draw_bar(page, row, full_ns);
}

static void draw_axis(struct svg_page *page, double full_ns)
{
    const struct axis axis = {.high_ns = full_ns, .linear = true};
    svg_page_axis(page, PICTURE_LEFT, PICTURE_WIDTH, page->y - 12, &axis,
                  "iteration p50, linear axis from zero, divided into its parts");
    page->y += 54;
}

/* Names the best rungs, and the knobs of the selected rung. */
static void draw_words(struct svg_page *page, const struct explorer *explorer)
{
    const struct row selected = explorer_selected(explorer);
    struct ranks ranks;
    char text[PICTURE_ROOM] = "";
    uint32_t count = 0;
    explorer_rank(explorer, &ranks);
    for (uint32_t i = 0; i < explorer_rows(explorer) && i < EXPLORER_LINES; i++)
        if (ranks.best[i])
            text_append(text, sizeof text, "%s%s",
                        count++ > 0 ? ", " : "Best: ", explorer_row(explorer, i).name);
    if (count > 1)
        text_append(text, sizeof text, ": they cannot be told apart");
    svg_page_paragraph(page, LEFT, SVG_PAGE_INK, true, text);
    *text = '\0';
    if (selected.run) {
        snprintf(text, sizeof text, "Knobs that the selected rung, %s, reads: ", selected.name);
        char knobs[PICTURE_ROOM / 2] = "";
        picture_knobs(selected.run, 0, knobs, sizeof knobs);
        text_append(text, sizeof text, "%s.", knobs);
        svg_page_paragraph(page, LEFT, SVG_PAGE_FAINT, false, text);
    }
}

/* Writes the word of a legend entry, and leaves room before it for a box of width 14. Starts a new
 * line if this one is full. Returns the x of the box. */
static double place_entry(struct svg_page *page, double *x, const char *word)
{
    const double width = 20 + svg_page_text_width(word) + 18;
    if (*x > LEFT && *x + width > LEFT + WIDTH) {
        *x = LEFT;
        page->y += SVG_PAGE_LINE;
    }
    const double at = *x;
    *x += width;
    svg_page_text(page, at + 20, page->y, 'b', SVG_PAGE_INK, false, word);
    return at;
}

static void draw_fill(struct svg_page *page, double *x, const char *fill, const char *word)
{
    const double at = place_entry(page, x, word);
    svg_page_box(page, at, page->y - 11, 14, 12, fill, SVG_PAGE_INK);
}

static void draw_legend(struct svg_page *page, const bool *which, bool phased, bool undivided,
                        bool floor)
{
    const struct parts parts = {.phased = phased};
    double x = LEFT;
    for (int part = 0; part < PART_COUNT; part++)
        if (which[part])
            draw_fill(page, &x, fills[part], part_name(&parts, (enum part)part));
    if (undivided)
        draw_fill(page, &x, UNDIVIDED, "undivided");
    if (floor) {
        const double at = place_entry(page, &x, "floor: no variant can be faster");
        svg_page_line(page, at + 7, page->y - 14, at + 7, page->y + 3, "#d55e00", "4 2");
    }
    page->y += SVG_PAGE_LINE;
}

/* Explains the parts named in the legend. */
static void draw_meanings(struct svg_page *page, const bool *which, bool phased)
{
    const struct parts parts = {.phased = phased};
    char said[128] = "";
    for (int part = 0; part < PART_COUNT; part++)
        if (which[part])
            text_append(said, sizeof said, "%s ", part_name(&parts, (enum part)part));
    picture_define(page, said);
}

char *picture_of_ladder(const struct explorer *explorer, const char *remark, size_t *length)
{
    struct svg_page page;
    const struct row selected = explorer_selected(explorer);
    bool which[PART_COUNT] = {false}, phased = false, undivided = false, floor = false;
    double most = 0;
    char title[256];
    const uint32_t rows = explorer_rows(explorer);
    for (uint32_t i = 0; i < rows; i++) {
        const struct row row = explorer_row(explorer, i);
        struct parts parts;
        if (p50_of(&row) <= 0)
            continue;
        most = p50_of(&row) > most ? p50_of(&row) : most;
        floor |= floor_ns(row.run, METRIC_ITERATION) > 0;
        const bool divided = parts_of(row.run, &parts);
        undivided |= !divided;
        phased |= parts.phased;
        for (int part = 0; part < PART_COUNT; part++)
            which[part] |= parts.whole[part] > 0;
    }
    snprintf(title, sizeof title, "Ladder of %s: iteration p50 of each rung",
             selected.known ? selected.known->target
             : selected.run ? selected.run->target
                            : "recorded variants");
    if (most <= 0 || !svg_page_open(&page, SVG_PAGE_WIDTH, title, remark))
        return NULL;
    draw_words(&page, explorer);
    page.y += 12;
    for (uint32_t i = 0; i < rows; i++) {
        const struct row row = explorer_row(explorer, i);
        if (p50_of(&row) > 0)
            draw_rung(&page, explorer, &row, most * 1.05);
    }
    draw_axis(&page, most * 1.05);
    draw_legend(&page, which, phased, undivided, floor);
    draw_meanings(&page, which, phased);
    return svg_page_close(&page, length);
}
