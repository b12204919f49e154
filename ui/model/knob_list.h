/*
 * knob_list.h - the rows of the list of knobs: those that the variants in sight read, and one row
 * that says how many others there are. The others follow it while the cursor is among them.
 */
#ifndef UI_KNOB_LIST_H
#define UI_KNOB_LIST_H

#include "../../src/engine/knobs.h"

struct explorer;

#define KNOB_LIST_FOLD KNOB_COUNT /* the row of the others */

struct knob_list {
    int count;
    enum knob_id ids[KNOB_COUNT + 1]; /* KNOB_LIST_FOLD: stands for the others */
    int folded;                       /* the others, whether they are shown or not */
    int cursor;                       /* the row of explorer->knob */
    int rows;                         /* while the others are folded */
};

/* Of a CPU, THREADS comes after BATCH: it decides what the rest is worth. */
void knob_list_take(const struct explorer *explorer, struct knob_list *list);

/* The knob that many rows on, or back; stops at the ends. The row of the others is passed over. */
enum knob_id knob_list_move(const struct explorer *explorer, int step);

#endif
