/*
 * timeline_svg.h - prints one timeline, or two on one time axis, as a picture in plain SVG. The
 * picture explains itself: it has full names, an axis with its unit, a legend, the device and the
 * date.
 *
 * Kinds of parts differ in height and line style as well as in colour, so that readers can tell
 * them apart without colour vision and in print. The colours are those of M. Okabe and K. Ito,
 * "Color Universal Design" (2008). The picture has only plain shapes and no style sheet, so that
 * browsers, Inkscape and slide programs render it alike.
 */
#pragma once

#include "../engine/timeline_parts.h"

#define TIMELINE_SVG_SIDES 2
#define TIMELINE_SVG_MARKS 2

struct timeline_svg_side {
    const struct timeline *timeline;
    const struct timeline_parts *parts;
    const char *heading; /* such as "A cpu_per_token: typical iteration, 185 us" */
    const char *remark;  /* text below the heading: device, date, workload, step figures */
    uint32_t cap;        /* the most copies that may be in flight; 0: no cap */
};

struct timeline_svg {
    const char *title;
    struct timeline_svg_side sides[TIMELINE_SVG_SIDES];
    int side_count;
    double from_ns, to_ns; /* the visible part of the axis, from_ns < to_ns */
    double marks[TIMELINE_SVG_MARKS];
    unsigned mark_count;
};

/* Returns the picture as SVG text, which the caller frees. *length excludes the NUL. NULL: out of
 * memory. */
char *timeline_svg_print(const struct timeline_svg *svg, size_t *length);
