/*
 * fifo.h - waiting for the other end of a FIFO to open.
 */
#pragma once

#include <stdbool.h>

/* How often fifo_wait waits: about 1 s for a reader, 5 s for a writer, which may still be
 * starting. */
#define FIFO_READER_PATIENCE 50u
#define FIFO_WRITER_PATIENCE 250u

/* Waits a moment for the other end. Returns false at once if *patience is used up. */
bool fifo_wait(unsigned *patience);
