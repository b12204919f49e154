/*
 * timeline_words.h - what a timeline says in words, on the screen and in its picture.
 */
#ifndef UI_TIMELINE_WORDS_H
#define UI_TIMELINE_WORDS_H

#include "timeline_view.h"

/* Writes which iteration a side shows: "typical iteration 1,203, 185 us"; with a letter "A
 * cpu_per_token" and `between` before it. */
void timeline_words_iteration(const struct timeline_view *view, const struct timeline_side *side,
                              const char *between, char *text, size_t size);

/* Writes what the steps come to: "mean step 4.60 us = launch gap 1.20 us (26 %) + busy 3.40 us", or
 * why there is no such mean. "" for a single step. */
void timeline_words_steps(const struct timeline_side *side, char *text, size_t size);

/* Appends what was left out of the trace, for want of room in it: "64 of 132 programs". */
void timeline_words_left_out(const struct timeline_side *side, char *text, size_t size);

#endif
