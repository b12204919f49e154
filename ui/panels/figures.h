/*
 * figures.h - columns of numbers beside a variant, as Compare and Ladder have them. Which stand
 * there depends on the room: a column is there whole, or not at all.
 */
#ifndef UI_FIGURES_H
#define UI_FIGURES_H

#include "screen.h"

enum figure {
    FIGURE_STEP,
    FIGURE_STEP_P99,
    FIGURE_TOKENS,
    FIGURE_BANDWIDTH,
    FIGURE_CEILING, /* bandwidth over the measured peak of the memory, or cache, it reads from */
    FIGURE_GAP,     /* of a step */
    FIGURE_FLOOR,   /* over the iteration's median */
    FIGURE_FIRST,   /* TTFT */
    FIGURE_SYNC,
    FIGURE_ITERATION_P99,
    FIGURE_COUNT
};

/* Figures that fit beside each other, in their order. */
struct figures {
    int count, columns; /* columns: of all of them */
    enum figure list[FIGURE_COUNT];
};

/* Chooses as many as fit into `columns`, the most telling first; none of `without`, a mask of
 * 1 << FIGURE_…. */
void figures_choose(int columns, unsigned without, struct figures *figures);

/* Draws their heads, and those of a run: "-" where a figure is not known. */
void figures_draw_heads(const struct theme *theme, struct rectangle area, int at, int column,
                        const struct figures *figures);
void figures_draw(const struct theme *theme, struct rectangle area, int at, int column,
                  const struct figures *figures, const struct run *run);

#endif
