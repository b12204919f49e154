/*
 * turn_order.h - who has the next turn: in cycles, each in a new random order, so that whatever
 * changes with time meets all that are compared alike.
 */
#ifndef SRC_TURN_ORDER_H
#define SRC_TURN_ORDER_H

#include <stdint.h>

struct turn_order {
    uint64_t seed, drawn; /* numbers drawn so far */
    uint32_t left;        /* 1 << index: those whose turn in this cycle has not come */
};

/* Seeds it from the system, so that no two orders are alike. */
void turn_order_open(struct turn_order *order);

/* Begins a cycle of `candidates` (1 << index) with one that is not drawn. */
void turn_order_begin(struct turn_order *order, uint32_t candidates, uint32_t first);

/* Draws the next of the candidates, which may have changed. -1: there are none. */
int turn_order_next(struct turn_order *order, uint32_t candidates);

#endif
