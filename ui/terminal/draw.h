/*
 * draw.h - text and frames in rectangles of the screen, clipped to them. Text is UTF-8 and may come
 * from files: what can't be shown as it is becomes '?', and it is cut between what people take for
 * characters (cluster.h).
 */
#ifndef UI_DRAW_H
#define UI_DRAW_H

#include "layout.h"
#include "theme.h"

/* Columns that a text takes. */
int draw_columns(const char *text);

/* Writes a text at (row, column) of the area, cut at its right edge. Returns the column after it.
 */
int draw_text(const struct theme *theme, struct rectangle area, int row, int column, enum role role,
              const char *text);

/* The same in `columns` columns: cut with a sign where it is longer, filled with blanks. */
int draw_field(const struct theme *theme, struct rectangle area, int row, int column, int columns,
               enum role role, const char *text);

/* The same, at the right end of `columns` columns. */
int draw_right(const struct theme *theme, struct rectangle area, int row, int column, int columns,
               enum role role, const char *text);

int draw_format(const struct theme *theme, struct rectangle area, int row, int column,
                enum role role, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Writes a text over as many rows as it takes, at most to the area's end, broken at blanks. Returns
 * the row after it. */
int draw_wrapped(const struct theme *theme, struct rectangle area, int row, enum role role,
                 const char *text);

/* Rows that draw_wrapped takes of an area with so many columns, and without an end. */
int draw_wrapped_rows(int columns, const char *text);

/* Gives a row of the area another role, as it is: for the cursor. */
void draw_over(const struct theme *theme, struct rectangle area, int row, enum role role);

/* A frame with its title at the upper edge and a note ("" for none) at the lower one, and blanks
 * inside. Returns the inside. */
struct rectangle draw_frame(const struct theme *theme, struct rectangle area, const char *title,
                            const char *note, bool focus);

#endif
