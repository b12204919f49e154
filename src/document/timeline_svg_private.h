/*
 * timeline_svg_private.h - declarations shared by the files timeline_svg*.c.
 */
#pragma once

#include "timeline_svg.h"

#include "../base/svg_page.h"

#include <stdio.h>
#include <string.h>

/* Lengths in pixels at the picture's natural size. */
#define SVG_EDGE  SVG_PAGE_EDGE
#define SVG_LANES 760u /* width of the lanes; also the number of cells of print_cells */
#define SVG_TEXT  SVG_PAGE_TEXT
#define SVG_PARTS 16.0 /* height of a row of parts */
#define SVG_BLANK 5.0  /* blank space below a row of parts */

struct sheet {
    struct svg_page page;
    FILE *out; /* the page's stream or, while the lanes are printed, a buffer (see print_lanes) */
    const struct timeline_svg *svg;
    double names; /* width of the name column in pixels */
    double left;  /* left edge of the lanes */
};

/* Returns the x of a point in time. */
static inline double svg_place(const struct sheet *sheet, double ns)
{
    const struct timeline_svg *svg = sheet->svg;
    return sheet->left + (ns - svg->from_ns) / (svg->to_ns - svg->from_ns) * SVG_LANES;
}

/* Writes the name of a lane's row of parts, such as "batch: busy". It is used if the lane's name is
 * beside its row of containers. */
void timeline_svg_parts_name(const struct timeline_svg_side *side, uint32_t lane, char *text,
                             size_t size);

/* Draws a bar in the style of `kind`, with the tooltip `tip`. */
void timeline_svg_bar(const struct sheet *sheet, enum part_kind kind, double left, double right,
                      double top, const char *tip);

/* Draws a lane's rows, beginning at the page's y, and moves y below them. */
void timeline_svg_lane(struct sheet *sheet, const struct timeline_svg_side *side, uint32_t lane);
