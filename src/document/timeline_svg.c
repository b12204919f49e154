#include "timeline_svg_private.h"

#include "../base/svg.h"
#include "../base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARE      52.0 /* of the busy shares, at the lanes' left */
#define TITLE_SIZE 18.0
#define LINE       17.0 /* from a line of text to the next */
#define ROOM       256

/* Prints a text over as many lines as it takes; moves down behind it. */
static void print_folded(struct sheet *sheet, const char *text)
{
    const size_t most = (size_t)((sheet->width - 2 * SVG_EDGE) / SVG_CHARACTER);
    sheet->y = svg_folded(sheet->out, SVG_EDGE, sheet->y + SVG_TEXT, most, LINE, text) - SVG_TEXT;
}

/* ---- the legend ----------------------------------------------------------------------------- */

/* A word and what it looks like, at x; in the next line if this one has no room. LANE_KINDS: a
 * container. */
static void print_sample(struct sheet *sheet, double *x, enum part_kind kind, const char *word)
{
    const double sample = 30, needed = sample + 6 + svg_width_of(word) + 18;
    if (*x > SVG_EDGE && *x + needed > sheet->width - SVG_EDGE) {
        *x = SVG_EDGE;
        sheet->y += LINE + 4;
    }
    if (kind != LANE_KINDS)
        timeline_svg_bar(sheet, kind, *x, *x + sample, sheet->y, word);
    else
        fprintf(sheet->out,
                "<path d=\"M%.1f,%.1fh%gm0,-6v12m%g,-12v12\" stroke=\"#888\" fill=\"none\"/>\n", *x,
                sheet->y + SVG_PARTS / 2, sample, -sample);
    svg_text(sheet->out, *x + sample + 6, sheet->y + SVG_PARTS / 2 + SVG_TEXT / 3, "", word);
    *x += needed;
}

static void print_legend(struct sheet *sheet)
{
    static const char *const words[LANE_KINDS] = {
        [LANE_LAUNCH_GAP] = "launch gap: idle until a kernel (CPU: a wake) begins the step",
        [LANE_GAP] = "gap between steps",
        [LANE_BARRIER_WAIT] = "barrier wait",
        [LANE_DATA_WAIT] = "data wait: its length; its place within the step is not known",
        [LANE_SYNC] = "sync: until the host knows",
        [LANE_NOT_KEPT] = "not kept: the stamps of later steps",
    };
    bool kinds[LANE_KINDS] = {false}, phased = false;
    double x = SVG_EDGE;
    for (int i = 0; i < sheet->svg->side_count; i++) {
        phased |= sheet->svg->sides[i].parts->phased;
        for (int kind = 0; kind < LANE_KINDS; kind++)
            kinds[kind] |= sheet->svg->sides[i].parts->kinds[kind];
    }
    print_sample(sheet, &x, LANE_BUSY, phased ? "busy (programs: compute)" : "busy");
    for (int kind = 0; kind < LANE_BUSY; kind++)
        if (kinds[kind])
            print_sample(sheet, &x, (enum part_kind)kind, words[kind]);
    print_sample(sheet, &x, LANE_KINDS, "from begin to end: iteration, kernel, step");
    sheet->y += LINE + 4;
    print_folded(sheet, "Percent: the busy share of the time shown. Where parts are too many to be "
                        "drawn, a column is as high as its busy share.");
    sheet->y += 6;
}

/* ---- the axis and the marks ----------------------------------------------------------------- */

/* A round step for at most eight ticks. */
static double choose_step(double range)
{
    static const double leading[] = {1, 2, 5, 10};
    const double least = range / 8, power = pow(10, floor(log10(least)));
    int i = 0;
    while (i < 3 && leading[i] * power < least * (1 - 1e-9))
        i++;
    return leading[i] * power;
}

static double first_tick(const struct timeline_svg *svg, double step)
{
    return ceil(svg->from_ns / step - 1e-9) * step;
}

static void choose_unit(struct sheet *sheet)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;
    sheet->unit_ns = 1;
    for (; unit < 3 && sheet->svg->to_ns >= 1000 * sheet->unit_ns; unit++)
        sheet->unit_ns *= 1000;
    sheet->unit = units[unit];
}

static void print_axis(struct sheet *sheet)
{
    const struct timeline_svg *svg = sheet->svg;
    const double step = choose_step(svg->to_ns - svg->from_ns);
    char text[ROOM];
    for (double at = first_tick(svg, step); at <= svg->to_ns * (1 + 1e-9); at += step) {
        const double x = svg_place(sheet, at);
        fprintf(sheet->out, "<path d=\"M%.1f,%.1fv5\" stroke=\"#888\"/>\n", x, sheet->y);
        snprintf(text, sizeof text, "%.10g", round(at / sheet->unit_ns * 1e6) / 1e6 + 0.0);
        svg_text(sheet->out, x, sheet->y + 5 + SVG_TEXT, " text-anchor=\"middle\"", text);
    }
    fprintf(sheet->out, "<path d=\"M%.1f,%.1fh%u\" stroke=\"#888\"/>\n", sheet->left, sheet->y,
            SVG_LANES);
    snprintf(text, sizeof text, "time since the iteration was submitted (%s)", sheet->unit);
    svg_text(sheet->out, sheet->left + SVG_LANES / 2.0, sheet->y + 5 + SVG_TEXT + LINE,
             " text-anchor=\"middle\"", text);
    sheet->y += 5 + SVG_TEXT + LINE + 8;
}

/* Through the lanes of a side alone, not through what is said of it. */
static void print_marks(const struct sheet *sheet, double top)
{
    const struct timeline_svg *svg = sheet->svg;
    for (unsigned i = 0; i < svg->mark_count; i++) {
        const double x = svg_place(sheet, svg->marks[i]);
        const bool before = svg->mark_count == TIMELINE_SVG_MARKS && svg->marks[i] < svg->marks[!i];
        if (svg->marks[i] < svg->from_ns || svg->marks[i] > svg->to_ns)
            continue;
        fprintf(sheet->out,
                "<path d=\"M%.1f,%.1fV%.1f\" stroke=\"#000\" stroke-dasharray=\"5 3\"/>\n", x, top,
                sheet->y);
        svg_text(sheet->out, before ? x - 2 : x + 2, top + SVG_TEXT - 4,
                 before ? " text-anchor=\"end\" font-weight=\"bold\"" : " font-weight=\"bold\"",
                 i == 0 ? "1" : "2");
    }
}

/* The grid lies below what the lanes are drawn with, so it is printed apart. */
static void print_grid(const struct sheet *sheet, FILE *below, double top)
{
    const struct timeline_svg *svg = sheet->svg;
    const double step = choose_step(svg->to_ns - svg->from_ns);
    for (double at = first_tick(svg, step); at <= svg->to_ns * (1 + 1e-9); at += step)
        fprintf(below, "<path d=\"M%.1f,%.1fV%.1f\" stroke=\"#e4e4e4\"/>\n", svg_place(sheet, at),
                top, sheet->y);
}

static void print_distance(struct sheet *sheet)
{
    const struct timeline_svg *svg = sheet->svg;
    char apart[24], text[64];
    if (svg->mark_count < TIMELINE_SVG_MARKS)
        return;
    text_duration(apart, sizeof apart, fabs(svg->marks[1] - svg->marks[0]));
    snprintf(text, sizeof text, "From mark 1 to mark 2: %s.", apart);
    print_folded(sheet, text);
}

/* ---- a side --------------------------------------------------------------------------------- */

static void print_side(struct sheet *sheet, const struct timeline_svg_side *side, FILE *below)
{
    svg_text(sheet->out, SVG_EDGE, sheet->y + SVG_TEXT, " font-weight=\"bold\"", side->heading);
    sheet->y += LINE;
    print_folded(sheet, side->remark);
    sheet->y += 4;
    const double top = sheet->y;
    sheet->y += sheet->svg->mark_count > 0 ? SVG_TEXT : 0;
    for (uint32_t lane = 0; lane < side->timeline->lane_count; lane++)
        timeline_svg_lane(sheet, side, lane);
    print_grid(sheet, below, top);
    print_marks(sheet, top);
    sheet->y += 8;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void print_body(struct sheet *sheet, FILE *below)
{
    char attributes[64];
    sheet->y = SVG_EDGE;
    snprintf(attributes, sizeof attributes, " font-size=\"%g\" font-weight=\"bold\"", TITLE_SIZE);
    svg_text(sheet->out, SVG_EDGE, sheet->y + TITLE_SIZE, attributes, sheet->svg->title);
    sheet->y += TITLE_SIZE + 12;
    print_legend(sheet);
    print_distance(sheet);
    sheet->y += 10;
    for (int i = 0; i < sheet->svg->side_count; i++)
        print_side(sheet, &sheet->svg->sides[i], below);
    print_axis(sheet);
}

static void choose_widths(struct sheet *sheet)
{
    const struct timeline_svg *svg = sheet->svg;
    for (int i = 0; i < svg->side_count; i++)
        for (size_t lane = 0; lane < svg->sides[i].timeline->lane_count; lane++)
            sheet->names =
                fmax(sheet->names, svg_width_of(svg->sides[i].timeline->lanes[lane].name) + 8);
    sheet->left = SVG_EDGE + sheet->names + SHARE;
    sheet->width = sheet->left + SVG_LANES + 56 + SVG_EDGE;
}

/* Closes a stream in memory; what it holds is of use only if this is true. */
static bool close_stream(FILE *stream)
{
    if (!stream)
        return false;
    const bool whole = !ferror(stream);
    return fclose(stream) == 0 && whole;
}

static void print_sheet(FILE *out, const struct sheet *sheet, const char *grid, const char *body)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"%g\" role=\"img\">\n",
            sheet->width, sheet->y, sheet->width, sheet->y, SVG_TEXT);
    fputs("<title>", out);
    svg_escape(out, sheet->svg->title, strlen(sheet->svg->title));
    fputs("</title>\n", out);
    fprintf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>\n", sheet->width, sheet->y);
    fputs(grid, out);
    fputs(body, out);
    fputs("</svg>\n", out);
}

char *timeline_svg_print(const struct timeline_svg *svg, size_t *length)
{
    struct sheet sheet = {.svg = svg};
    char *body = NULL, *grid = NULL, *text = NULL;
    size_t ignored;
    choose_widths(&sheet);
    choose_unit(&sheet);
    sheet.out = open_memstream(&body, length);
    FILE *below = open_memstream(&grid, &ignored);
    if (sheet.out && below)
        print_body(&sheet, below);
    bool printed = close_stream(sheet.out);
    printed &= close_stream(below);
    FILE *out = printed ? open_memstream(&text, length) : NULL;
    if (out) {
        print_sheet(out, &sheet, grid, body);
        printed = close_stream(out);
    }
    free(body);
    free(grid);
    if (out && printed)
        return text;
    free(text);
    return NULL;
}
