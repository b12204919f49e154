/*
 * budget.h - limits output to the terminal to 20 kB/s while something runs, so that the explorer
 * works over a slow line. The response to a key is drawn at once, but its bytes count.
 */
#pragma once

#include <stdint.h>

struct budget {
    uint64_t then_ns;
    double credit; /* bytes; while negative, no frame is drawn */
};

void budget_open(struct budget *budget, uint64_t now_ns);

/* Subtracts the bytes of a frame that was drawn from the credit. */
void budget_take(struct budget *budget, uint64_t bytes, uint64_t now_ns);

/* How long the next frame must wait, in ns; 0: not at all. */
uint64_t budget_wait_ns(const struct budget *budget, uint64_t now_ns);
