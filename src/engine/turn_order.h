/*
 * turn_order.h - the order of time slices: in cycles, each in a new random order, so that drift
 * over time affects all compared runs alike.
 */
#pragma once

#include <stdint.h>

struct turn_order {
    uint64_t seed, drawn; /* numbers drawn so far */
    uint32_t left;        /* 1 << index: the candidates still to come in this cycle */
};

/* Takes a seed from the system, so that every order is different. */
void turn_order_open(struct turn_order *order);

/* Begins a cycle of `candidates` (bits 1 << index). The caller runs `first` first, so the cycle
 * does not draw it. */
void turn_order_begin(struct turn_order *order, uint32_t candidates, uint32_t first);

/* Draws the next candidate. The candidates may have changed since the last call. -1: there are
 * none. */
int turn_order_next(struct turn_order *order, uint32_t candidates);
