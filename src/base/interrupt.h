/*
 * interrupt.h - signals that end a command without losing what it has measured.
 *
 * These are SIGINT, SIGTERM, SIGHUP (unless nohup has it ignored), SIGQUIT, SIGUSR1 and SIGUSR2: by
 * hand, by timeout, by a terminal that goes away, by a batch system before it kills. Some send a
 * signal twice at once, to a process and to its group; what comes within a second counts once.
 */
#ifndef SRC_INTERRUPT_H
#define SRC_INTERRUPT_H

#include <signal.h>
#include <stdint.h>

/* 0: go on. 1: end soon, keep what was measured. 2: asked again after a second: a variant that does
 * not end is not waited for. Who asks once more, after another second, ends the process at once. */
extern volatile sig_atomic_t interrupt_level;

/* Raised with interrupt_level, for what takes a `stop`. */
extern uint32_t interrupt_stop;

/* From here on these signals raise interrupt_level. */
void interrupt_watch(void);

/* From here on they end the process at once, with a line on standard error and 128 + the signal's
 * number: there is nothing to keep. */
void interrupt_leave(void);

/* In a child that measures: its parent hears of them, and tells it. */
void interrupt_ignore(void);

/* Says on standard error that the command was interrupted, and `detail`. Returns the exit status,
 * 128 + the signal's number. */
int interrupt_end(const char *detail);

#endif
