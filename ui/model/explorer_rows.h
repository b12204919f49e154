/*
 * explorer_rows.h - the rows of the variant list: live or recorded variants, recordings of GPUs
 * beside the live ones, and kept samples.
 */
#pragma once

#include "explorer.h"

/* The rows of the variant list. */
uint32_t explorer_rows(const struct explorer *explorer);
struct row explorer_row(const struct explorer *explorer, uint32_t index);
uint32_t explorer_own_rows(const struct explorer *explorer);          /* rows of the source */
bool explorer_shows(const struct explorer *explorer, uint32_t index); /* passes the filter */
struct row explorer_selected(const struct explorer *explorer);

/* Writes at most `room` lines of the filtered list; returns how many. */
int explorer_lines(const struct explorer *explorer, struct line *lines, int room);

/* Returns the index of the selected row's line; 0 if the filter hides it. */
int explorer_cursor_line(const struct explorer *explorer, const struct line *lines, int count);

/* Speed-up: iteration p50 of `over` (NULL: the baseline) divided by that of the row. 0: unknown,
 * because one of the two runs is unverified, or their workloads or devices differ. */
double explorer_speedup(const struct explorer *explorer, const struct row *row, const char *over);

/* Finds the rungs that are not distinguishable from the previous rung or from the fastest. */
void explorer_rank(const struct explorer *explorer, struct ranks *ranks);

/* Whether the row was measured with a different workload than the present knobs ask for. Writes
 * the row's values that differ: "SEQ_LEN 32, BATCH 1"; with `beside`, also the present values:
 * "SEQ_LEN 32 (now 64)". */
bool explorer_unlike(const struct explorer *explorer, const struct row *row, bool beside,
                     char *text, size_t size);

/* The run of variant `over` (NULL: the baseline) to compare the row with. NULL: none, or the row's
 * workload differs from the present knobs. */
const struct run *explorer_rung(const struct explorer *explorer, const struct row *row,
                                const char *over);
