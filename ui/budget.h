/*
 * budget.h - how much the screen may send to the terminal while something runs: 20 kB/s, so that it
 * can be watched over a slow line. What a key asks for is drawn at once, and counts.
 *
 * The bytes are those that the kernel counts for the calling thread while it draws. What the thread
 * writes between two frames, such as an export, goes to files and costs the terminal nothing. If
 * the kernel does not count, there is no limit but the frames a second.
 */
#ifndef UI_BUDGET_H
#define UI_BUDGET_H

#include <stdint.h>

struct budget {
    int counter;      /* a file of /proc; -1: there is none */
    uint64_t written; /* when the frame was begun */
    uint64_t then_ns;
    double credit; /* bytes; below 0: no frame until it is not */
};

void budget_open(struct budget *budget, uint64_t now_ns);
void budget_close(struct budget *budget);

/* Call before a frame is drawn, and after it: the second takes what it wrote off the credit. */
void budget_begin(struct budget *budget);
void budget_charge(struct budget *budget, uint64_t now_ns);

/* How long the next frame has to wait, in ns; 0: it need not. */
uint64_t budget_wait_ns(const struct budget *budget, uint64_t now_ns);

/* The same without a file, for tests: `bytes` were written. */
void budget_take(struct budget *budget, uint64_t bytes, uint64_t now_ns);

#endif
