/*
 * layout.h - divides the screen into rectangles. Uses no curses and keeps no state.
 *
 * From 100 columns: the lists on the left, the histogram and the summary on the right. From 72
 * columns the same, narrower. Below 72, the histogram has the full width, with one line for the
 * selected variant; below it is the summary, or the knobs while they have the focus. Below 40x12,
 * everything is in one line.
 */
#pragma once

#include <stdbool.h>

/* Cells of the screen; rows or columns 0: not shown. */
struct rectangle {
    int row, column, rows, columns;
};

/* `rows` rows of an area from its row `from` on. */
static inline struct rectangle layout_rows(struct rectangle area, int from, int rows)
{
    area.row += from;
    area.rows = rows;
    return area;
}

/* `columns` columns of an area from its column `from` on. */
static inline struct rectangle layout_columns(struct rectangle area, int from, int columns)
{
    area.column += from;
    area.columns = columns;
    return area;
}

static inline int layout_least(int a, int b)
{
    return a < b ? a : b;
}

enum layout_size { LAYOUT_LINE, LAYOUT_SMALL, LAYOUT_NARROW, LAYOUT_WIDE };

struct layout {
    enum layout_size size;
    struct rectangle header;   /* title and state */
    struct rectangle body;     /* the view's own area */
    struct rectangle detail;   /* the selected knob or variant, a message, or text being typed */
    struct rectangle footer;   /* the key bar; in LAYOUT_LINE everything is in `header` */
    struct rectangle variants; /* a list; if it has one row, the selected variant's line */
    struct rectangle knobs, lesson, histogram, summary;
    struct rectangle plot, strip; /* areas of the other views */
    struct rectangle caption;     /* a demo's caption, below everything else */
};

#define LAYOUT_CAPTION 4 /* rows of the caption */

/* Sets what all views have in common: size, header, body, detail, key bar. */
void layout_frame(struct layout *layout, int rows, int columns);

/* The contents of the lists, which decide their size. */
struct layout_lists {
    int variants, knobs; /* rows of each list */
    int tagged;          /* tagged variants */
    bool focus_knobs;    /* if there is room for only one list, show the knobs */
};

/* Each view lays out its panels in layout->body. The size must not be LAYOUT_LINE. */

/* The comparison: `plot` above `strip`. */
void layout_compare(struct layout *layout, const struct layout_lists *lists);

/* The ladder and the timeline: `plot` alone. */
void layout_ladder(struct layout *layout, const struct layout_lists *lists);

/* The sweep: `plot` above `strip`, which has one line per variant. */
void layout_sweep(struct layout *layout, const struct layout_lists *lists);

/* The panels of the live view. */
void layout_live(struct layout *layout, const struct layout_lists *lists);

/* Only the knobs, in all of layout->body. */
void layout_knobs(struct layout *layout);

/* The first row to show if `height` of a list's `count` rows fit, so that row `cursor` is visible.
 */
int layout_scroll(int cursor, int count, int height);

/* A rectangle of at most rows x columns centred in `area`. */
struct rectangle layout_centre(struct rectangle area, int rows, int columns);
