/*
 * parts_bar.h - what a step or an iteration consists of (parts.h), as a bar from zero and in words.
 */
#ifndef UI_PARTS_BAR_H
#define UI_PARTS_BAR_H

#include "../../src/engine/parts.h"
#include "../terminal/draw.h"

/* Draws a bar of `ns`, by enum part, in a row of the area: `columns` cells are full_ns long. */
void parts_bar_draw(const struct theme *theme, struct rectangle area, int at, int column,
                    int columns, const double *ns, double full_ns);

/* The floor's line over such a bar. Nothing where floor_ns is 0 or beyond the bar's room. */
void parts_bar_floor(const struct theme *theme, struct rectangle area, int at, int column,
                     int columns, double floor_ns, double full_ns);

/* How a legend is shortened. */
enum parts_brevity {
    PARTS_WHOLE,  /* names, durations and shares of whole_ns */
    PARTS_SHARES, /* names and shares */
    PARTS_SHORT,  /* the same with the first words of the names: "first", "barrier" */
    PARTS_SIGNS,  /* glyphs and shares; parts_bar_names has the names */
};

/* The least that makes a legend fit into so many columns. */
enum parts_brevity parts_bar_brevity(int columns, const struct parts *parts, const double *ns,
                                     double whole_ns);

/* Says what the bar's parts are. Returns the column after it. */
int parts_bar_legend(const struct theme *theme, struct rectangle area, int at, int column,
                     const struct parts *parts, const double *ns, double whole_ns,
                     enum parts_brevity brevity);

/* Names the parts of a mask, behind their glyphs; `phased` as in struct parts. Returns the column
 * after them. */
int parts_bar_names(const struct theme *theme, struct rectangle area, int at, int column,
                    const bool *which, bool phased);

#endif
