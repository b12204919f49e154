/*
 * figures.h - columns of numbers beside a variant, in Compare and Ladder. The width decides which
 * are shown; each is shown whole or not at all.
 */
#pragma once

#include "screen.h"

enum figure {
    FIGURE_STEP,
    FIGURE_STEP_P99,
    FIGURE_TOKENS,
    FIGURE_BANDWIDTH,
    FIGURE_CEILING, /* bandwidth over the measured peak of the memory, or of the cache, that it
                       reads */
    FIGURE_GAP,     /* of a step */
    FIGURE_FLOOR,   /* over the iteration's median */
    FIGURE_FIRST,   /* TTFT */
    FIGURE_SYNC,
    FIGURE_ITERATION_P99,
    FIGURE_COUNT
};

/* Figures that fit beside each other, in order. */
struct figures {
    int count, columns; /* width of all of them */
    enum figure list[FIGURE_COUNT];
};

/* Chooses as many as fit into `columns`, the most important first. */
void figures_choose(int columns, struct figures *figures);

/* Draws their headings in row 0 of the area; and the figures of a run in row `at`, "-" for an
 * unknown one. */
void figures_draw_heads(const struct theme *theme, struct rectangle area, int column,
                        const struct figures *figures);
void figures_draw(const struct theme *theme, struct rectangle area, int at, int column,
                  const struct figures *figures, const struct run *run);
