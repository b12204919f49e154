/*
 * fifo.h - waits for the other end of a FIFO to open.
 */
#pragma once

#include <stdbool.h>

/* Initial values of *patience, in naps of 20 ms: about 1 s for a reader, 5 s for a writer, which
 * may still be starting. */
#define FIFO_READER_PATIENCE 50u
#define FIFO_WRITER_PATIENCE 250u

/* Sleeps 20 ms and decrements *patience. If *patience is 0, returns false at once. */
bool fifo_wait(unsigned *patience);
