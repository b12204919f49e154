/*
 * fifo.h - a FIFO whose other end is not there yet.
 */
#ifndef SRC_FIFO_H
#define SRC_FIFO_H

#include <stdbool.h>

/* Times that fifo_wait waits: a second for somebody to read, five for somebody to write, who may
 * have to be started. */
#define FIFO_READER_PATIENCE 50u
#define FIFO_WRITER_PATIENCE 250u

/* Gives the other end a moment to come. False, at once: *patience is used up. */
bool fifo_wait(unsigned *patience);

#endif
