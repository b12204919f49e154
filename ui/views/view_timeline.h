/*
 * view_timeline.h - shared by the files view_timeline*.c.
 */
#pragma once

#include "../panels/screen.h"

enum role timeline_part_role(enum part_kind kind);

/* The cells of a lane, ready to draw. */
struct timeline_cells {
    unsigned char busy[LANES_COLUMNS]; /* in eighths */
    unsigned char
        idle[LANES_COLUMNS]; /* enum part_kind of the wait in the cell; LANE_KINDS: no wait */
    double share; /* busy share of the range from timeline_view_stretch; below 0: unknown, or the
                     lane is never busy */
};

/* The cells of the lane in row `at` of the screen; valid until that row is requested again. */
const struct timeline_cells *timeline_cells_of(const struct timeline_view *view,
                                               const struct timeline_side *side, uint32_t lane,
                                               int at, unsigned columns);

/* timeline_text_title writes the frame's title: which iteration is shown, and the key that takes a
 * newer one. timeline_text_note writes the note on the lower edge: what is missing, or where the
 * iteration was recorded. */
void timeline_text_title(const struct screen *screen, char *text, size_t size);
void timeline_text_note(const struct screen *screen, char *text, size_t size);

/* Draws a legend of the visible kinds of parts. */
void timeline_text_legend(const struct screen *screen, struct rectangle area);

/* Describes the span under the cursor, and below it the marks and their distance or, without marks,
 * a summary of the steps. `column_ns`: a column's width. */
void timeline_text_notes(const struct screen *screen, struct rectangle area, double column_ns);
