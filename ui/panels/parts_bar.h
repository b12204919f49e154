/*
 * parts_bar.h - the parts of a step or an iteration (parts.h), as a bar that begins at zero, and
 * as a legend.
 */
#pragma once

#include "../../src/engine/parts.h"
#include "../terminal/draw.h"

/* Draws a bar of the durations `ns` (by enum part) in row `at`. A bar of full_ns has `columns`
 * cells. */
void parts_bar_draw(const struct theme *theme, struct rectangle area, int at, int column,
                    int columns, const double *ns, double full_ns);

/* Draws the floor as a line over that bar. Draws nothing if floor_ns is 0, or is not below full_ns.
 */
void parts_bar_floor(const struct theme *theme, struct rectangle area, int at, int column,
                     int columns, double floor_ns, double full_ns);

/* What a legend contains, from the longest form to the shortest. */
enum parts_brevity {
    PARTS_WHOLE,  /* names, durations and shares of whole_ns */
    PARTS_SHARES, /* names and shares */
    PARTS_SHORT,  /* the same with only the first words of names: "first", "barrier" */
    PARTS_SIGNS,  /* glyphs and shares; parts_bar_names gives the names */
};

/* The longest form of a legend that fits into `columns`; PARTS_SIGNS if none fits. */
enum parts_brevity parts_bar_brevity(int columns, const struct parts *parts, const double *ns,
                                     double whole_ns);

/* Draws the legend of the bar. Returns the column after it. */
int parts_bar_legend(const struct theme *theme, struct rectangle area, int at, int column,
                     const struct parts *parts, const double *ns, double whole_ns,
                     enum parts_brevity brevity);

/* Draws the glyph and the name of each part in `which`; `phased` as in struct parts. Returns the
 * column after them. */
int parts_bar_names(const struct theme *theme, struct rectangle area, int at, int column,
                    const bool *which, bool phased);
