/*
 * fifo.h - a FIFO whose other end is not there yet.
 */
#ifndef SRC_FIFO_H
#define SRC_FIFO_H

#include <stdbool.h>

#define FIFO_PATIENCE 50u /* times that fifo_wait waits: a second in all */

/* Gives the other end a moment to come. False, at once: *patience is used up. */
bool fifo_wait(unsigned *patience);

#endif
