/*
 * peak_row.h - a row of the summary: a run's share of the peak bandwidth that was measured of its
 * device, and of its floor.
 */
#ifndef UI_PEAK_ROW_H
#define UI_PEAK_ROW_H

#include "screen.h"

#define PEAK_LABEL_COLUMNS 11 /* before what the row says */

/* Whether a panel of that size has the row. */
bool peak_row_fits(struct rectangle inside, const struct run *run);

/* Draws it. False: the floor had no room in it. */
bool peak_row_draw(const struct screen *screen, struct rectangle inside, int at,
                   const struct run *run);

/* Writes "floor/p50 21 %, step 12 %": how near the medians are to what no variant can beat; ""
 * if that is not known. */
void peak_row_floor(const struct run *run, char *text, size_t size);

#endif
