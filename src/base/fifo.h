/*
 * fifo.h - waiting for the other end of a FIFO to open.
 */
#pragma once

#include <stdbool.h>

/* How many times fifo_wait waits 20 ms: about 1 s for a reader, 5 s for a writer, which may still
 * be starting. */
#define FIFO_READER_PATIENCE 50u
#define FIFO_WRITER_PATIENCE 250u

/* Waits 20 ms for the other end, and decrements *patience. False, at once, if *patience is 0. */
bool fifo_wait(unsigned *patience);
