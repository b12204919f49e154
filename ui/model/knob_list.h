/*
 * knob_list.h - rows of the knob list: the knobs that the listed variants read (knob_list.c says
 * which variants), and one row, the fold, that says how many other knobs there are. While the
 * cursor is on one of the other knobs, the fold is open: they follow its row.
 */
#pragma once

#include "../../src/engine/knobs.h"

struct explorer;

#define KNOB_LIST_FOLD KNOB_COUNT /* not a knob: the row that counts the folded knobs */

struct knob_list {
    int count;
    enum knob_id ids[KNOB_COUNT + 1]; /* the rows' knobs; KNOB_LIST_FOLD: the fold's row */
    int folded;                       /* number of knobs behind the fold, open or not */
    int cursor;                       /* the row of explorer->knob */
    int rows;                         /* number of rows while the fold is closed */
};

/* Lists the knobs. On a CPU, THREADS follows BATCH, because THREADS matters most there. */
void knob_list_take(const struct explorer *explorer, struct knob_list *list);

/* Returns the knob `step` rows further down (or up, if negative). Stops at the ends and skips the
 * fold's row. */
enum knob_id knob_list_move(const struct explorer *explorer, int step);
