/*
 * explorer_rows.h - the list of variants: what runs here, or is recorded; beside the live ones what
 * was recorded of GPUs; and what was kept for comparing.
 */
#ifndef UI_EXPLORER_ROWS_H
#define UI_EXPLORER_ROWS_H

#include "explorer.h"

/* The list of variants. */
uint32_t explorer_rows(const struct explorer *explorer);
struct row explorer_row(const struct explorer *explorer, uint32_t index);
uint32_t explorer_own_rows(const struct explorer *explorer); /* those of what is looked at */
bool explorer_shows(const struct explorer *explorer, uint32_t index); /* it passes the filter */
struct row explorer_selected(const struct explorer *explorer);

/* The lines of the list as it is filtered. Writes at most `room`; returns how many. */
int explorer_lines(const struct explorer *explorer, struct line *lines, int room);

/* The line of the selected row; 0 if it is not among them. */
int explorer_cursor_line(const struct explorer *explorer, const struct line *lines, int count);

/* Iteration p50 of another variant beside the row over the row's own; of its baseline, where `over`
 * is NULL. 0 if there is none to say: the row, or the other, is unverified, or of another workload
 * or device. */
double explorer_speedup(const struct explorer *explorer, const struct row *row, const char *over);

/* What the rungs of the ladder are worth. */
void explorer_rank(const struct explorer *explorer, struct ranks *ranks);

/* Whether the row's numbers are of another workload than the present knobs ask for. Writes what
 * differs: "SEQ_LEN 32, BATCH 1", and with `beside` what it is now: "SEQ_LEN 32 (now 64)". */
bool explorer_unlike(const struct explorer *explorer, const struct row *row, bool beside,
                     char *text, size_t size);

/* The run of another variant beside the row (of its baseline, where `over` is NULL) if the two may
 * be ranked by device and present workload; else NULL. */
const struct run *explorer_rung(const struct explorer *explorer, const struct row *row,
                                const char *over);

#endif
