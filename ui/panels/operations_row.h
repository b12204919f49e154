/*
 * operations_row.h - rows of a panel that list the operations of a step (engine/operations.h), the
 * longest first.
 */
#pragma once

#include "screen.h"

/* How many of `spare` free rows the operations take; 0: there are no operations, or no room. */
int operations_row_count(struct rectangle inside, const struct run *run, int spare);

/* Draws the operations in `rows` rows, from row `at` on. */
void operations_row_draw(const struct screen *screen, struct rectangle inside, int at, int rows,
                         const struct run *run);
