/*
 * timeline_svg.h - a timeline, or two on one time axis, as a picture in plain SVG that needs no
 * program beside it: full names, the axis with its unit, the legend, where and when.
 *
 * Kinds of parts differ in height and line as well as in colour, so that they can be told apart by
 * anybody and on paper; the colours are those of M. Okabe and K. Ito, "Color Universal Design"
 * (2008). Only plain shapes are used, and no style sheet: browsers, Inkscape and slides show the
 * same.
 */
#ifndef SRC_TIMELINE_SVG_H
#define SRC_TIMELINE_SVG_H

#include "../engine/timeline_parts.h"

#define TIMELINE_SVG_SIDES 2
#define TIMELINE_SVG_MARKS 2

struct timeline_svg_side {
    const struct timeline *timeline;
    const struct timeline_parts *parts;
    const char *heading; /* "A cpu_per_token: typical iteration, 185 us" */
    const char *remark;  /* below it: device, date, workload, what the steps come to */
    uint32_t cap;        /* copies allowed in flight; 0: no cap */
};

struct timeline_svg {
    const char *title;
    struct timeline_svg_side sides[TIMELINE_SVG_SIDES];
    int side_count;
    double from_ns, to_ns; /* the part of the axis to draw, from_ns < to_ns */
    double marks[TIMELINE_SVG_MARKS];
    unsigned mark_count;
};

/* The picture as SVG text (malloc; *length without the NUL). NULL: no memory. */
char *timeline_svg_print(const struct timeline_svg *svg, size_t *length);

#endif
