#include "timeline_svg_private.h"

#include "../base/streams.h"
#include "../base/svg.h"
#include "../base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARE 52.0 /* width of the column of busy shares, left of the lanes */
#define LINE  SVG_PAGE_LINE
#define ROOM  256

/* Prints wrapped text below y, and moves y below the text. */
static void print_wrapped(struct sheet *sheet, bool heading, const char *text)
{
    sheet->page.y += SVG_TEXT;
    svg_page_paragraph(&sheet->page, SVG_EDGE, heading ? SVG_PAGE_INK : SVG_PAGE_FAINT, heading,
                       text);
    sheet->page.y -= SVG_TEXT;
}

/* ---- the legend ----------------------------------------------------------------------------- */

/* Prints a legend entry at *x: a sample of a kind and its name. Starts a new line if there is no
 * room. The kind LANE_KINDS means a container. */
static void print_sample(struct sheet *sheet, double *x, enum part_kind kind, const char *word)
{
    const double sample = 30, needed = sample + 6 + svg_page_text_width(word) + 18;
    if (*x > SVG_EDGE && *x + needed > sheet->page.width - SVG_EDGE) {
        *x = SVG_EDGE;
        sheet->page.y += LINE + 4;
    }
    if (kind != LANE_KINDS)
        timeline_svg_bar(sheet, kind, *x, *x + sample, sheet->page.y, word);
    else
        fprintf(sheet->out,
                "<path d=\"M%.1f,%.1fh%gm0,-6v12m%g,-12v12\" stroke=\"#888\" fill=\"none\"/>\n", *x,
                sheet->page.y + SVG_PARTS / 2, sample, -sample);
    svg_text(sheet->out, *x + sample + 6, sheet->page.y + SVG_PARTS / 2 + SVG_TEXT / 3, "", word);
    *x += needed;
}

static void print_legend(struct sheet *sheet)
{
    static const char *const words[LANE_KINDS] = {
        [LANE_LAUNCH_GAP] = "launch gap: idle until a kernel (CPU: a wake) begins the step",
        [LANE_GAP] = "gap between steps",
        [LANE_BARRIER_WAIT] = "barrier wait",
        [LANE_DATA_WAIT] = "data wait: only its length is known, not its place within the step",
        [LANE_SYNC] = "sync: until the host sees the end",
        [LANE_NOT_KEPT] = "the stamps of later steps were not kept",
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
    sheet->page.y += LINE + 4;
    print_wrapped(sheet, false,
                  "Percent: the busy share of the time shown. If there are too many parts to "
                  "draw, each column is as high as its busy share.");
    sheet->page.y += 6;
}

/* ---- the axis and the marks ----------------------------------------------------------------- */

static struct axis axis_of(const struct timeline_svg *svg)
{
    return (struct axis){.low_ns = svg->from_ns, .high_ns = svg->to_ns, .linear = true};
}

static void print_axis(struct sheet *sheet)
{
    const struct axis axis = axis_of(sheet->svg);
    svg_page_axis(&sheet->page, sheet->left, SVG_LANES, sheet->page.y, &axis,
                  "time since the iteration was submitted");
    sheet->page.y += 40 + 8;
}

/* Draws the marks as vertical lines through a side's lanes, but not through its text. */
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
                sheet->page.y);
        svg_text(sheet->out, before ? x - 2 : x + 2, top + SVG_TEXT - 4,
                 before ? " text-anchor=\"end\" font-weight=\"bold\"" : " font-weight=\"bold\"",
                 i == 0 ? "1" : "2");
    }
}

static void print_grid(struct sheet *sheet, double top)
{
    const struct axis axis = axis_of(sheet->svg);
    struct tick ticks[AXIS_TICKS];
    const unsigned count = svg_page_ticks(&axis, SVG_LANES, ticks);
    for (unsigned i = 0; i < count; i++) {
        const double x = svg_place(sheet, ticks[i].ns);
        svg_page_line(&sheet->page, x, top, x, sheet->page.y, "#e4e4e4", "");
    }
}

static void print_distance(struct sheet *sheet)
{
    const struct timeline_svg *svg = sheet->svg;
    char apart[24], text[64];
    if (svg->mark_count < TIMELINE_SVG_MARKS)
        return;
    text_duration(apart, sizeof apart, fabs(svg->marks[1] - svg->marks[0]));
    snprintf(text, sizeof text, "From mark 1 to mark 2: %s.", apart);
    print_wrapped(sheet, false, text);
}

/* ---- a side --------------------------------------------------------------------------------- */

/* Prints the lanes to a separate stream first, because the grid's length depends on their height;
 * then prints the grid and, on top of it, the lanes. Returns false if out of memory. */
static bool print_lanes(struct sheet *sheet, const struct timeline_svg_side *side, double top)
{
    char *lanes = NULL;
    size_t length;
    sheet->out = open_memstream(&lanes, &length);
    if (!sheet->out) {
        sheet->out = sheet->page.out;
        return false;
    }
    for (uint32_t lane = 0; lane < side->timeline->lane_count; lane++)
        timeline_svg_lane(sheet, side, lane);
    const bool printed = streams_close(sheet->out);
    sheet->out = sheet->page.out;
    if (printed) {
        print_grid(sheet, top);
        fwrite(lanes, 1, length, sheet->out);
    }
    free(lanes);
    return printed;
}

static bool print_side(struct sheet *sheet, const struct timeline_svg_side *side)
{
    print_wrapped(sheet, true, side->heading);
    print_wrapped(sheet, false, side->remark);
    sheet->page.y += 4;
    const double top = sheet->page.y;
    sheet->page.y += sheet->svg->mark_count > 0 ? SVG_TEXT : 0;
    const bool printed = print_lanes(sheet, side, top);
    print_marks(sheet, top);
    sheet->page.y += 8;
    return printed;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static bool print_body(struct sheet *sheet)
{
    bool printed = true;
    sheet->out = sheet->page.out;
    sheet->page.y -= SVG_TEXT;
    print_legend(sheet);
    print_distance(sheet);
    sheet->page.y += 10;
    for (int i = 0; i < sheet->svg->side_count; i++)
        printed &= print_side(sheet, &sheet->svg->sides[i]);
    print_axis(sheet);
    sheet->page.y -= SVG_TEXT; /* the page's margin below y suffices: no text follows */
    return printed;
}

static double names_width(const struct timeline_svg_side *side)
{
    double width = 0;
    for (uint32_t lane = 0; lane < side->timeline->lane_count; lane++) {
        const char *name = side->timeline->lanes[lane].name;
        char text[96] = "";
        if (side->parts->first[lane] < side->parts->first[lane + 1] &&
            (side->timeline->lanes[lane].group == TIMELINE_BATCH ||
             side->timeline->lanes[lane].group == TIMELINE_HOST))
            timeline_svg_parts_name(side, lane, text, sizeof text);
        width = fmax(width, svg_page_text_width(*text ? text : name));
    }
    return width;
}

/* Chooses the widths of the columns, and returns the page's width. */
static double choose_widths(struct sheet *sheet)
{
    const struct timeline_svg *svg = sheet->svg;
    for (int i = 0; i < svg->side_count; i++)
        sheet->names = fmax(sheet->names, names_width(&svg->sides[i]) + 8);
    sheet->left = SVG_EDGE + sheet->names + SHARE;
    return sheet->left + SVG_LANES + 56 + SVG_EDGE;
}

char *timeline_svg_print(const struct timeline_svg *svg, size_t *length)
{
    struct sheet sheet = {.svg = svg};
    const double width = choose_widths(&sheet);
    if (!svg_page_open(&sheet.page, width, svg->title, ""))
        return NULL;
    const bool printed = print_body(&sheet);
    char *text = svg_page_close(&sheet.page, length);
    if (printed)
        return text;
    free(text);
    return NULL;
}
