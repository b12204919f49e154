/*
 * timeline_words.h - sentences about a timeline, for the screen and the SVG plot.
 */
#pragma once

#include "timeline_view.h"

/* Names the iteration that a side shows: "typical iteration 1,203, 185 us". If the side has a
 * tag, "A cpu_per_token" and `between` precede that. */
void timeline_words_iteration(const struct timeline_view *view, const struct timeline_side *side,
                              const char *between, char *text, size_t size);

/* Summarises the steps: "mean step 4.60 us = launch gap 1.20 us (26 %) + busy 3.40 us", or why
 * there is no mean. "" for a single step. */
void timeline_words_steps(const struct timeline_side *side, char *text, size_t size);

/* Appends how much of the iteration the trace had room for, if not all: "64 of 132 programs". */
void timeline_words_left_out(const struct timeline_side *side, char *text, size_t size);
