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
    FIGURE_CEILING, /* bandwidth as a share of the measured peak of the memory or cache that the run
                       reads */
    FIGURE_GAP,     /* gap as a share of a step */
    FIGURE_FLOOR,   /* floor as a share of the iteration's median */
    FIGURE_FIRST,   /* TTFT */
    FIGURE_SYNC,
    FIGURE_ITERATION_P99,
    FIGURE_COUNT
};

/* The figures to show, from left to right. */
struct figures {
    int count, columns; /* `columns`: width of all figures */
    enum figure list[FIGURE_COUNT];
};

/* Chooses as many figures as fit into `columns`, the most important first. */
void figures_choose(int columns, struct figures *figures);

/* figures_draw_heads draws their headings in row 0 of the area. figures_draw draws a run's figures
 * in row `at`, with "-" for an unknown one. */
void figures_draw_heads(const struct theme *theme, struct rectangle area, int column,
                        const struct figures *figures);
void figures_draw(const struct theme *theme, struct rectangle area, int at, int column,
                  const struct figures *figures, const struct run *run);
