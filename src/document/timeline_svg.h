/*
 * timeline_svg.h - one timeline, or two on one time axis, as a self-explanatory picture in plain
 * SVG: full names, an axis with its unit, a legend, device and date.
 *
 * Kinds of parts differ in height and line as well as in colour, so that they are
 * distinguishable without colour vision and in print. The colours are those of M. Okabe and K.
 * Ito, "Color Universal Design" (2008). The picture has only plain shapes and no style sheet, so
 * that browsers, Inkscape and slides render it the same.
 */
#pragma once

#include "../engine/timeline_parts.h"

#define TIMELINE_SVG_SIDES 2
#define TIMELINE_SVG_MARKS 2

struct timeline_svg_side {
    const struct timeline *timeline;
    const struct timeline_parts *parts;
    const char *heading; /* "A cpu_per_token: typical iteration, 185 us" */
    const char *remark;  /* below it: device, date, workload, step figures */
    uint32_t cap;        /* the most copies allowed in flight; 0: no cap */
};

struct timeline_svg {
    const char *title;
    struct timeline_svg_side sides[TIMELINE_SVG_SIDES];
    int side_count;
    double from_ns, to_ns; /* the visible part of the axis, from_ns < to_ns */
    double marks[TIMELINE_SVG_MARKS];
    unsigned mark_count;
};

/* The picture as SVG text (malloc; *length without the NUL). NULL: out of memory. */
char *timeline_svg_print(const struct timeline_svg *svg, size_t *length);
