/*
 * plot_svg.h - durations or rates over a setting, as a plot on a page of SVG (svg_page.h): one
 * panel or several side by side on the same axes, a line a series.
 *
 * Series differ in colour, marker and dash, so that they can be told apart by anybody and on paper;
 * the colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008). A hollow marker is
 * a value that is not verified. Where a value is missing, the line is broken.
 */
#ifndef SRC_PLOT_SVG_H
#define SRC_PLOT_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plot {
    const char *title;
    const char *remark; /* below the title: device, date, how it was timed */

    const char *x_label;
    size_t x_count;
    const double *x;            /* [x_count]; finite, and above 0 if log */
    const char *const *x_names; /* [x_count]: what stands below each */
    bool log;                   /* x is logarithmic; so is y then, and where values lie far apart */
    bool words;                 /* x has no order: values are not joined by lines */

    const char *y_label; /* "iteration p50"; the unit is added */
    bool rate;           /* y is a rate, not a duration */

    size_t note_count;
    const char *const *notes; /* [note_count]: sentences above the panels */

    size_t panels, series;
    const char *const *panel_names; /* [panels]; NULL where there is one */
    const char *const *series_names;
    const double *y_ns;   /* [panels][series][x_count]; NAN: missing; HISTOGRAM_MOST_NS: that or
                           * longer */
    const bool *verified; /* the same shape */
};

/* The plot as SVG text (malloc; *length without the NUL). NULL: no memory. */
char *plot_svg_print(const struct plot *plot, size_t *length);

#endif
