/*
 * peak_row.h - a row of the summary: how close a run is to its device's measured peak bandwidth,
 * and to its floor.
 */
#pragma once

#include "screen.h"

#define PEAK_LABEL_COLUMNS 11 /* columns before the text */

/* Whether a panel of that size shows the row. */
bool peak_row_fits(struct rectangle inside, const struct run *run);

/* Draws the bandwidth as a share of the measured peak, and the floors as shares of the medians.
 * False: the floors did not fit. */
bool peak_row_draw(const struct screen *screen, struct rectangle inside, int at,
                   const struct run *run);

/* Writes "floor/p50 21 %, step 12 %": the floors of iteration and step as shares of their medians;
 * "" if unknown. */
void peak_row_floor(const struct run *run, char *text, size_t size);
