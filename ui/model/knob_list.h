/*
 * knob_list.h - rows of the knob list: the knobs that the visible variants read, and one row that
 * says how many others there are. The others follow it while the cursor is among them.
 */
#pragma once

#include "../../src/engine/knobs.h"

struct explorer;

#define KNOB_LIST_FOLD KNOB_COUNT /* the row that stands for the folded knobs */

struct knob_list {
    int count;
    enum knob_id ids[KNOB_COUNT + 1]; /* KNOB_LIST_FOLD stands for the folded knobs */
    int folded;                       /* number of folded knobs, whether unfolded now or not */
    int cursor;                       /* the row of explorer->knob */
    int rows;                         /* the others are hidden */
};

/* On a CPU, THREADS follows BATCH, because it matters most there. */
void knob_list_take(const struct explorer *explorer, struct knob_list *list);

/* The knob `rows` further down or up; stops at the ends and skips the fold's row. */
enum knob_id knob_list_move(const struct explorer *explorer, int step);
