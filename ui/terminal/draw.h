/*
 * draw.h - text and frames in rectangles of the screen, clipped to them. Text is UTF-8 and may
 * come from files: unsafe characters become '?', and text is cut only between grapheme clusters
 * (cluster.h).
 */
#pragma once

#include "../../src/base/axis.h"

#include "layout.h"
#include "theme.h"

/* Width of a text in columns. */
int draw_columns(const char *text);

/* Writes a text at (row, column) of the area, clipped at its right edge. Returns the column
 * after it. */
int draw_text(const struct theme *theme, struct rectangle area, int row, int column, enum role role,
              const char *text);

/* Writes a text in exactly `columns` columns: shortened with a sign, or padded with blanks. */
int draw_field(const struct theme *theme, struct rectangle area, int row, int column, int columns,
               enum role role, const char *text);

/* Like draw_field, but right-aligned. */
int draw_right(const struct theme *theme, struct rectangle area, int row, int column, int columns,
               enum role role, const char *text);

int draw_format(const struct theme *theme, struct rectangle area, int row, int column,
                enum role role, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Writes a text wrapped at blanks, clipped to the area. Returns the row after it. */
int draw_wrapped(const struct theme *theme, struct rectangle area, int row, enum role role,
                 const char *text);

/* Rows that draw_wrapped needs for the text in so many columns. */
int draw_wrapped_rows(int columns, const char *text);

/* Changes the role of a row of the area, but not its text: draws the cursor. */
void draw_over(const struct theme *theme, struct rectangle area, int row, enum role role);

/* Draws a frame with a title on its upper edge and a note ("": none) on the lower, and clears
 * the inside. Returns the inside. */
struct rectangle draw_frame(const struct theme *theme, struct rectangle area, const char *title,
                            const char *note, bool focus);

/* Draws a horizontal axis over the area's columns: the line and ticks in `row`, the ticks' labels
 * in the row below. */
void draw_axis(const struct theme *theme, struct rectangle area, int row, const struct axis *axis);
