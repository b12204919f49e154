/*
 * parts_bar.h - the parts of a step or an iteration (parts.h), as a bar from zero and in words.
 */
#pragma once

#include "../../src/engine/parts.h"
#include "../terminal/draw.h"

/* Draws a bar of `ns`, indexed by enum part, in a row of the area: `columns` cells are full_ns
 * long. */
void parts_bar_draw(const struct theme *theme, struct rectangle area, int at, int column,
                    int columns, const double *ns, double full_ns);

/* Draws the floor's line over such a bar; nothing if floor_ns is 0 or beyond the bar's room. */
void parts_bar_floor(const struct theme *theme, struct rectangle area, int at, int column,
                     int columns, double floor_ns, double full_ns);

/* How a legend is shortened. */
enum parts_brevity {
    PARTS_WHOLE,  /* names, durations and shares of whole_ns */
    PARTS_SHARES, /* names and shares */
    PARTS_SHORT,  /* the same with only the first words of names: "first", "barrier" */
    PARTS_SIGNS,  /* glyphs and shares; parts_bar_names gives the names */
};

/* The least shortening with which a legend fits into `columns`. */
enum parts_brevity parts_bar_brevity(int columns, const struct parts *parts, const double *ns,
                                     double whole_ns);

/* Draws the legend of the bar. Returns the column after it. */
int parts_bar_legend(const struct theme *theme, struct rectangle area, int at, int column,
                     const struct parts *parts, const double *ns, double whole_ns,
                     enum parts_brevity brevity);

/* Names the parts of a mask, after their glyphs; `phased` as in struct parts. Returns the column
 * after them. */
int parts_bar_names(const struct theme *theme, struct rectangle area, int at, int column,
                    const bool *which, bool phased);
