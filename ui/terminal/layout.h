/*
 * layout.h - from the terminal's size to rectangles. Pure: no curses, no state.
 *
 * 100 columns and more: the lists at the left, the histogram and the summary at the right. From 72
 * columns the same, narrower. Below, the histogram has the whole width, with one line for the
 * selected variant; what stands below it is the summary, or the knobs while they have the focus.
 * Below 40x12 there is one line for all.
 */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>

/* Cells of the screen; rows or columns 0: it has no place. */
struct rectangle {
    int row, column, rows, columns;
};

enum layout_size { LAYOUT_LINE, LAYOUT_SMALL, LAYOUT_NARROW, LAYOUT_WIDE };

struct layout {
    enum layout_size size;
    struct rectangle header;   /* what is looked at, and the state */
    struct rectangle body;     /* the view's own */
    struct rectangle detail;   /* the selected knob or variant, a message, or what is being typed */
    struct rectangle footer;   /* the key bar; in LAYOUT_LINE all there is is in `header` */
    struct rectangle variants; /* a list; one row in LAYOUT_SMALL */
    struct rectangle knobs, lesson, histogram, summary;
    struct rectangle plot, strip; /* of the other views */
    struct rectangle caption;     /* of a demo, below it all */
};

#define LAYOUT_CAPTION 4 /* rows of it */

/* The frame around every view: size, header, body, detail, footer. */
void layout_frame(struct layout *layout, int rows, int columns);

/* What the lists hold, which decides how much room they take. */
struct layout_lists {
    int variants, knobs; /* rows */
    int tagged;          /* variants that are compared */
    bool focus_knobs;    /* of the two, the one to show where there is room for one only */
};

/* The frame of a view with one large panel, into layout->body: 100 columns and more, the lists at
 * the left; below, a line for the selected variant above it. Returns what is left for the view. */
struct rectangle layout_beside_lists(struct layout *layout, const struct layout_lists *lists);

/* The comparison: `plot` above `strip`. */
void layout_compare(struct layout *layout, const struct layout_lists *lists);

/* The ladder, the timeline: `plot` alone. */
void layout_ladder(struct layout *layout, const struct layout_lists *lists);

/* The sweep: `plot` above `strip`, a line for each variant. */
void layout_sweep(struct layout *layout, const struct layout_lists *lists);

/* The panels of the live view, into layout->body. */
void layout_live(struct layout *layout, const struct layout_lists *lists);

/* The knobs alone: all of layout->body. */
void layout_knobs(struct layout *layout);

/* The first row to show of a list of `count` with `height` rows, so that `cursor` is among them. */
int layout_scroll(int cursor, int count, int height);

/* A rectangle of at most rows x columns in the middle of `area`. */
struct rectangle layout_centre(struct rectangle area, int rows, int columns);

#endif
