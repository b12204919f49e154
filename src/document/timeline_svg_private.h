/*
 * timeline_svg_private.h - shared by the files timeline_svg*.c.
 */
#pragma once

#include "timeline_svg.h"

#include "../base/svg_page.h"

#include <stdio.h>
#include <string.h>

/* Lengths in pixels at the picture's natural size. */
#define SVG_EDGE  SVG_PAGE_EDGE
#define SVG_LANES 760u /* width of the lanes: one cell per pixel if there are too many parts */
#define SVG_TEXT  SVG_PAGE_TEXT
#define SVG_PARTS 16.0 /* height of a row of parts */
#define SVG_BLANK 5.0  /* blank space below it */

struct sheet {
    struct svg_page page;
    FILE *out; /* the page's stream, or a buffer for the lanes, which are drawn over the grid */
    const struct timeline_svg *svg;
    double names; /* width of the name column in pixels */
    double left;  /* left edge of the lanes */
};

/* The x of a point in time. */
static inline double svg_place(const struct sheet *sheet, double ns)
{
    const struct timeline_svg *svg = sheet->svg;
    return sheet->left + (ns - svg->from_ns) / (svg->to_ns - svg->from_ns) * SVG_LANES;
}

/* Writes the name of a lane's parts, "batch: busy", if the lane's own name is beside its
 * outline. */
void timeline_svg_parts_name(const struct timeline_svg_side *side, uint32_t lane, char *text,
                             size_t size);

/* A bar of that kind, with a tooltip. */
void timeline_svg_bar(const struct sheet *sheet, enum part_kind kind, double left, double right,
                      double top, const char *tip);

/* Draws a lane's rows from the page's y on, and advances y. */
void timeline_svg_lane(struct sheet *sheet, const struct timeline_svg_side *side, uint32_t lane);
