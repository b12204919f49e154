/*
 * plot_svg.h - plots durations or rates over a setting on an SVG page (svg_page.h). The page has
 * one or more panels with the same axes, and each panel one line per series.
 *
 * Series differ in colour, marker and dash, so that they are distinguishable without colour
 * vision and in print; the colours are those of M. Okabe and K. Ito, "Color Universal Design"
 * (2008). A hollow marker is an unverified value. A missing value breaks the line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plot {
    const char *title;
    const char *remark; /* line below the title: device, date, timing method */

    const char *x_label;
    size_t x_count;
    const double *x;            /* [x_count]; finite, and above 0 if log */
    const char *const *x_names; /* [x_count]: tick labels */
    bool log;                   /* x is logarithmic; y is too if values span a wide range */
    bool words;                 /* x has no order: no lines join the values */

    const char *y_label; /* "iteration p50"; the unit is added */
    bool rate;           /* y is a rate, not a duration */

    size_t note_count;
    const char *const *notes; /* [note_count]: sentences printed above the panels */

    size_t panels, series;
    const char *const *panel_names; /* [panels]; NULL if there is only one */
    const char *const *series_names;
    const double *y_ns;   /* [panels][series][x_count]; NAN: missing; HISTOGRAM_MOST_NS: this
                           * value or longer */
    const bool *verified; /* [panels][series][x_count] */
};

/* Returns the plot as SVG text (malloc; *length without the NUL). NULL: out of memory. */
char *plot_svg_print(const struct plot *plot, size_t *length);
