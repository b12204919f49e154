/*
 * sweep_words.h - sentences about a sweep, for the screen and the SVG plot: the best values, the
 * values at the cursor, why points are missing, crossovers, and the best setting of a recording's
 * other knobs.
 */
#pragma once

#include "sweep_figures.h"

#define SWEEP_WORDS_ROOM 1024u

/* Returns the letter of a series: its tag or, without one, that of its position (A: the first). */
char sweep_letter(const struct swept *swept, uint32_t series);

/* Writes a value of the plot with its unit: "12.3 us", "12.8 Mtok/s". */
void sweep_value_text(const struct swept *swept, double value, char *text, size_t size);

/* Whether any variant has a value. */
bool sweep_has_points(const struct swept *swept);

const char *sweep_measure(const struct swept *swept);

/* Each writes a sentence into SWEEP_WORDS_ROOM bytes; "" if there is nothing to say. `index`: the
 * series. */

/* "best by time at BATCH 8: 12.3 us"; lists all values that are tied for the best. */
void sweep_words_best(const struct swept *swept, uint32_t index, char *text);

/* "not measured at BATCH 16, 32: ", followed by the reason. */
void sweep_words_missing(const struct swept *swept, uint32_t index, char *text);

/* "at BATCH 8: A 12.3 us, B 14.0 us, C not measured" */
void sweep_words_cursor(const struct swept *swept, int64_t value, char *text);

/* "B cpu_graph (4.00 us) overtakes A cpu_persistent (5.20 us) at BATCH 512"; "looks faster
 * than" if there are too few repeats for a verdict. */
void sweep_words_crossovers(const struct swept *swept, char *text);

/* "STEP_SYNC none, BLOCK_K 64: 15.2 us, best of 20; tied with STEP_SYNC flag: 15.3 us" */
void sweep_words_other(const struct swept *swept, const struct sweep_others *others,
                       const struct sweep_other *other, char *text);
