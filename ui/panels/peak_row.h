/*
 * peak_row.h - a row of the summary: a run's share of its device's measured peak bandwidth, and of
 * its floor.
 */
#pragma once

#include "screen.h"

#define PEAK_LABEL_COLUMNS 11 /* columns before the text */

/* Whether a panel of that size has the row. */
bool peak_row_fits(struct rectangle inside, const struct run *run);

/* Draws bandwidth over measured peak, and floor over median. False: no room for the floor. */
bool peak_row_draw(const struct screen *screen, struct rectangle inside, int at,
                   const struct run *run);

/* Writes "floor/p50 21 %, step 12 %": how close the medians are to the floors; "" if unknown. */
void peak_row_floor(const struct run *run, char *text, size_t size);
