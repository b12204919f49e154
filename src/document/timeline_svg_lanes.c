/*
 * timeline_svg_lanes.c - prints the lanes of the picture: parts, containers and copies in flight.
 */
#include "timeline_svg_private.h"

#include "../base/svg.h"
#include "../base/text.h"

#include <math.h>

#define SMALL   10.5 /* text size within lanes */
#define OUTLINE 16.0 /* height of a row of containers */
#define PLOT    30.0 /* height of a plot of copies in flight */

/* How a kind of part is drawn: as a bar of that height in the middle of its row or, with `dash`, as
 * a dashed line. */
struct style {
    const char *colour;
    double height;
    bool hollow;
    const char *dash;
};

static const struct style styles[LANE_KINDS] = {
    [LANE_LAUNCH_GAP] = {"#d55e00", 2, false, NULL},
    [LANE_GAP] = {"#d55e00", 2, false, "4 3"},
    [LANE_BARRIER_WAIT] = {"#cc79a7", 7, false, NULL},
    [LANE_DATA_WAIT] = {"#009e73", 11, true, NULL},
    [LANE_SYNC] = {"#777777", 2, false, "1 3"},
    [LANE_NOT_KEPT] = {"#bbbbbb", 5, false, "1 5"},
    [LANE_BUSY] = {"#0072b2", SVG_PARTS, false, NULL},
};

/* Returns the x of a time. A time outside the lanes gets the x of the nearest end. */
static double clamp(const struct sheet *sheet, double ns)
{
    return fmin(fmax(svg_place(sheet, ns), sheet->left), sheet->left + SVG_LANES);
}

/* Prints text centred in [left, right], with `on_white` on a white box. Returns false if the text
 * does not fit. */
static bool print_label(const struct sheet *sheet, double left, double right, double middle,
                        const char *colour, bool on_white, const char *text)
{
    const double half = SMALL / SVG_TEXT * svg_page_text_width(text) / 2 + 2,
                 centre = (left + right) / 2;
    char attributes[64];
    if (right - left < 2 * half + 4)
        return false;
    if (on_white)
        fprintf(sheet->out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#fff\"/>\n",
                centre - half, middle - SVG_TEXT / 2, 2 * half, SVG_TEXT);
    snprintf(attributes, sizeof attributes, " text-anchor=\"middle\" font-size=\"%g\" fill=\"%s\"",
             SMALL, colour);
    svg_text(sheet->out, centre, middle + SVG_TEXT / 3, attributes, text);
    return true;
}

/* ---- parts ---------------------------------------------------------------------------------- */

void timeline_svg_bar(const struct sheet *sheet, enum part_kind kind, double left, double right,
                      double top, const char *tip)
{
    const struct style *style = &styles[kind];
    const double middle = top + SVG_PARTS / 2;
    if (style->dash)
        fprintf(sheet->out,
                "<path class=\"part\" d=\"M%.2f,%.2fH%.2f\" stroke=\"%s\" stroke-width=\"%g\" "
                "stroke-dasharray=\"%s\" fill=\"none\">",
                left, middle, right, style->colour, style->height, style->dash);
    else
        fprintf(sheet->out,
                "<rect class=\"part\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%g\" "
                "fill=\"%s\"%s%s%s>",
                left, middle - style->height / 2, right - left, style->height,
                style->hollow ? "none" : style->colour, style->hollow ? " stroke=\"" : "",
                style->hollow ? style->colour : "", style->hollow ? "\"" : "");
    fputs("<title>", sheet->out);
    svg_escape(sheet->out, tip, strlen(tip));
    fprintf(sheet->out, "</title></%s>\n", style->dash ? "path" : "rect");
}

static bool is_of_step(const struct timeline_event *event)
{
    return event->kind == TIMELINE_STEP || event->kind == TIMELINE_GAP ||
           event->kind == TIMELINE_BUSY;
}

/* Writes the name of an event: "3" for a step, else text such as "copy 2" or "submit prefill". */
static void name_event(const struct timeline_event *event, char *text, size_t size)
{
    const bool number = event->step != TIMELINE_NO_STEP;
    if (number && is_of_step(event))
        snprintf(text, size, "%u", event->step);
    else if (number)
        snprintf(text, size, "%s %u", event->label, event->step);
    else
        snprintf(text, size, "%s", event->label);
}

static void print_part(const struct sheet *sheet, const struct timeline_svg_side *side,
                       const struct timeline_part *part, double top)
{
    const double left = clamp(sheet, (double)part->begin_ns);
    const double right = clamp(sheet, (double)part->end_ns);
    const char *label = timeline_part_label(side->timeline, part);
    const bool busy = part->kind == LANE_BUSY;
    char name[96], lasts[24], begin[24], end[24], text[256];
    name_event(part->event, name, sizeof name);
    text_duration(lasts, sizeof lasts, (double)(part->end_ns - part->begin_ns));
    snprintf(text, sizeof text, "%s%s: %s %s, from %s to %s",
             is_of_step(part->event) ? "step " : "", name, label, lasts,
             text_duration(begin, sizeof begin, (double)part->begin_ns),
             text_duration(end, sizeof end, (double)part->end_ns));
    timeline_svg_bar(sheet, part->kind, left, right, top, text);
    snprintf(text, sizeof text, "%s%s%s", busy ? name : label, busy ? ": " : " ", lasts);
    if (!print_label(sheet, left, right, top + SVG_PARTS / 2, busy ? "#fff" : "#444", !busy, text))
        print_label(sheet, left, right, top + SVG_PARTS / 2, busy ? "#fff" : "#444", !busy,
                    busy ? name : label);
}

/* Prints a row of cells, one per pixel. A cell is a bar as high as its busy share or, if nothing is
 * busy, shows the kind of wait. */
static void print_cells(const struct sheet *sheet, const struct timeline_svg_side *side,
                        uint32_t lane, double top)
{
    struct timeline_shares cells[SVG_LANES];
    const struct timeline_svg *svg = sheet->svg;
    unsigned begin = 0;
    timeline_parts_fill(side->parts, lane, svg->from_ns, svg->to_ns, SVG_LANES, cells);
    for (unsigned i = 0; i < SVG_LANES; i = begin) {
        const double share = cells[i].of[LANE_BUSY];
        const enum part_kind idle = timeline_idle_kind(&cells[i]);
        begin = i + 1;
        while (begin < SVG_LANES && fabs(cells[begin].of[LANE_BUSY] - share) < 1e-3 &&
               timeline_idle_kind(&cells[begin]) == idle)
            begin++;
        char tip[64];
        const double left = sheet->left + i, right = sheet->left + begin;
        if (share > 0)
            fprintf(sheet->out,
                    "<rect class=\"part\" x=\"%.1f\" y=\"%.2f\" width=\"%.1f\" height=\"%.2f\" "
                    "fill=\"%s\"><title>%.0f %% busy</title></rect>\n",
                    left, top + SVG_PARTS * (1 - share), right - left, SVG_PARTS * share,
                    styles[LANE_BUSY].colour, 100 * share);
        else if (idle != LANE_KINDS) {
            snprintf(tip, sizeof tip, "%s", timeline_part_name(idle, side->parts->wakes));
            timeline_svg_bar(sheet, idle, left, right, top, tip);
        }
    }
}

/* Returns how many parts of the lane are visible; *first is the index of the first. */
static size_t count_seen(const struct timeline_svg *svg, const struct timeline_parts *parts,
                         uint32_t lane, size_t *first)
{
    size_t last = *first = timeline_parts_find(parts, lane, svg->from_ns);
    while (last < parts->first[lane + 1] && (double)parts->list[last].begin_ns < svg->to_ns)
        last++;
    return last - *first;
}

static void print_share(const struct sheet *sheet, const struct timeline_svg_side *side,
                        uint32_t lane, double top)
{
    struct timeline_shares all;
    double end_ns = (double)side->timeline->iteration_ns;
    char text[32];
    if (end_ns > sheet->svg->to_ns)
        end_ns = sheet->svg->to_ns;
    timeline_parts_fill(side->parts, lane, sheet->svg->from_ns, end_ns, 1, &all);
    const double percent = 100 * timeline_busy_share(&all);
    if (percent < 0)
        return;
    snprintf(text, sizeof text, percent > 0 && percent < 1 ? "<1 %%" : "%.0f %%", percent);
    svg_text(sheet->out, sheet->left - 10, top + SVG_PARTS / 2 + SVG_TEXT / 3,
             " text-anchor=\"end\" font-weight=\"bold\"", text);
}

static bool has_busy(const struct timeline_parts *parts, uint32_t lane)
{
    for (size_t i = parts->first[lane]; i < parts->first[lane + 1]; i++)
        if (parts->list[i].kind == LANE_BUSY)
            return true;
    return false;
}

void timeline_svg_parts_name(const struct timeline_svg_side *side, uint32_t lane, char *text,
                             size_t size)
{
    snprintf(text, size, "%s: %s", side->timeline->lanes[lane].name,
             timeline_parts_word(side->parts, lane));
}

/* Prints a name to the left of a row. */
static void print_name(const struct sheet *sheet, const char *name)
{
    svg_text(sheet->out, SVG_EDGE, sheet->page.y + SVG_PARTS / 2 + SVG_TEXT / 3, "", name);
}

static void print_parts(struct sheet *sheet, const struct timeline_svg_side *side, uint32_t lane)
{
    size_t first;
    const size_t count = count_seen(sheet->svg, side->parts, lane, &first);
    const bool busy = has_busy(side->parts, lane);
    if (count == 0 && !busy)
        return;
    if (busy)
        print_share(sheet, side, lane, sheet->page.y);
    if (count > SVG_LANES / 2)
        print_cells(sheet, side, lane, sheet->page.y);
    else
        for (size_t i = first; i < first + count; i++)
            print_part(sheet, side, &side->parts->list[i], sheet->page.y);
    sheet->page.y += SVG_PARTS + SVG_BLANK;
}

/* ---- containers and copies in flight -------------------------------------------------------- */

/* Draws a tick at one end of a container. */
static void print_tick(const struct sheet *sheet, double x)
{
    fprintf(sheet->out, "<path d=\"M%.2f,%.2fv%g\" stroke=\"#888\"/>\n", x, sheet->page.y + 2,
            OUTLINE - 4);
}

static void print_container(const struct sheet *sheet, const struct timeline_event *event,
                            double *labelled)
{
    const struct timeline_svg *svg = sheet->svg;
    const double left = clamp(sheet, (double)event->begin_ns);
    const double right = clamp(sheet, (double)event->end_ns), middle = sheet->page.y + OUTLINE / 2;
    char text[96];
    if ((double)event->begin_ns >= svg->to_ns || (double)event->end_ns <= svg->from_ns)
        return;
    fprintf(sheet->out, "<path d=\"M%.2f,%.2fH%.2f\" stroke=\"#888\" fill=\"none\"/>\n", left,
            middle, right);
    /* Skip the ticks if the name would overlap the previous name or, except for a step, is wider
     * than the container. */
    name_event(event, text, sizeof text);
    const double needed = svg_page_text_width(text) + 8;
    if (left < *labelled || (event->kind != TIMELINE_STEP && right - left < needed))
        return;
    if ((double)event->begin_ns >= svg->from_ns)
        print_tick(sheet, left);
    if (event->kind != TIMELINE_STEP && (double)event->end_ns <= svg->to_ns)
        print_tick(sheet, right);
    if (left + needed > sheet->left + SVG_LANES)
        return;
    print_label(sheet, left, left + needed + 4, middle, "#444", true, text);
    *labelled = left + needed + 8;
}

/* Prints a lane's row of containers. Returns false if the lane has none; a program's containers are
 * not drawn here. */
static bool print_outline(struct sheet *sheet, const struct timeline_svg_side *side, uint32_t lane)
{
    const struct timeline *timeline = side->timeline;
    double labelled = 0;
    bool any = false;
    if (timeline->lanes[lane].group == TIMELINE_PROGRAMS)
        return false;
    for (size_t i = 0; i < timeline->event_count; i++) {
        const struct timeline_event *event = &timeline->events[i];
        if (event->lane != lane || !timeline_is_container(timeline, event))
            continue;
        any = true;
        print_container(sheet, event, &labelled);
    }
    sheet->page.y += any ? OUTLINE : 0;
    return any;
}

/* Prints the plot of copies in flight. Returns false if the lane is of another kind. */
static bool print_plot(struct sheet *sheet, const struct timeline_svg_side *side, uint32_t lane)
{
    const struct timeline *timeline = side->timeline;
    uint32_t most = side->cap;
    bool any = false;
    for (size_t i = 0; i < timeline->event_count; i++)
        if (timeline->events[i].lane == lane && timeline->events[i].kind == TIMELINE_IN_FLIGHT) {
            any = true;
            most = timeline->events[i].step > most ? timeline->events[i].step : most;
        }
    if (!any)
        return false;
    for (size_t i = 0; i < timeline->event_count; i++) {
        const struct timeline_event *event = &timeline->events[i];
        const double height = PLOT * event->step / most;
        if (event->lane != lane)
            continue;
        const double left = clamp(sheet, (double)event->begin_ns);
        const double right = clamp(sheet, (double)event->end_ns);
        if (right > left)
            fprintf(sheet->out,
                    "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#56b4e9\">"
                    "<title>%u in flight</title></rect>\n",
                    left, sheet->page.y + PLOT - height, right - left, height, event->step);
    }
    if (side->cap > 0) {
        const double y = sheet->page.y + PLOT * (1 - (double)side->cap / most);
        char text[32];
        fprintf(sheet->out,
                "<path d=\"M%.1f,%.1fh%u\" stroke=\"#000\" stroke-dasharray=\"6 3\"/>\n",
                sheet->left, y, SVG_LANES);
        snprintf(text, sizeof text, "cap %u", side->cap);
        svg_text(sheet->out, sheet->left + SVG_LANES + 4, y + SVG_TEXT / 3, "", text);
    }
    sheet->page.y += PLOT + SVG_BLANK;
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------ */

void timeline_svg_lane(struct sheet *sheet, const struct timeline_svg_side *side, uint32_t lane)
{
    const bool parts = side->parts->first[lane] < side->parts->first[lane + 1];
    char name[96];
    print_name(sheet, side->timeline->lanes[lane].name);
    if (print_plot(sheet, side, lane))
        return;
    const bool outlined = print_outline(sheet, side, lane);
    if (outlined && !parts)
        sheet->page.y += SVG_BLANK;
    if (outlined && parts) {
        timeline_svg_parts_name(side, lane, name, sizeof name);
        print_name(sheet, name);
    }
    if (parts)
        print_parts(sheet, side, lane);
}
