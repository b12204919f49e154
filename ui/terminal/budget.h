/*
 * budget.h - how much the screen may send to the terminal while something runs: 20 kB/s, so that it
 * can be watched over a slow line. What a key asks for is drawn at once, and counts.
 */
#ifndef UI_BUDGET_H
#define UI_BUDGET_H

#include <stdint.h>

struct budget {
    uint64_t then_ns;
    double credit; /* bytes; below 0: no frame until it is not */
};

void budget_open(struct budget *budget, uint64_t now_ns);

/* A frame was drawn: takes its bytes off the credit. */
void budget_take(struct budget *budget, uint64_t bytes, uint64_t now_ns);

/* How long the next frame has to wait, in ns; 0: it need not. */
uint64_t budget_wait_ns(const struct budget *budget, uint64_t now_ns);

#endif
