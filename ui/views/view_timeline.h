/*
 * view_timeline.h - what the files view_timeline*.c need of each other.
 */
#ifndef UI_VIEW_TIMELINE_H
#define UI_VIEW_TIMELINE_H

#include "../panels/screen.h"

enum role timeline_part_role(enum part_kind kind);

/* A row of parts as it is drawn. */
struct timeline_cells {
    unsigned char busy[LANES_COLUMNS]; /* in eighths */
    unsigned char idle[LANES_COLUMNS]; /* enum part_kind of what is not busy; LANE_KINDS: nothing */
    double share; /* busy, of the stretch (timeline_view_stretch); below 0: not known, or the lane
                   * only waits */
};

/* The cells of the lane in row `at` of the screen; good until that row is asked for again. */
const struct timeline_cells *timeline_cells_of(const struct timeline_view *view,
                                               const struct timeline_side *side, uint32_t lane,
                                               int at, unsigned columns);

/* Writes the title of the frame: what is shown, and what takes a newer iteration; and the note at
 * its lower edge: what was left out, or where it was recorded. */
void timeline_text_title(const struct screen *screen, char *text, size_t size);
void timeline_text_note(const struct screen *screen, char *text, size_t size);

/* Draws the legend of what is there to see. */
void timeline_text_legend(const struct screen *screen, struct rectangle area);

/* Draws what is under the cursor, and below it the marks and their distance or, without marks, what
 * the steps come to. `column_ns`: a column's width. */
void timeline_text_notes(const struct screen *screen, struct rectangle area, double column_ns);

#endif
