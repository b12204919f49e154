/*
 * interrupt.h - signals that end a command without losing its measurements.
 *
 * The signals are SIGINT, SIGTERM, SIGHUP (unless nohup ignores it), SIGQUIT, SIGUSR1 and
 * SIGUSR2. They come from the user, from timeout, from a closing terminal, or from a batch system
 * before it kills the process. Some senders signal both the process and its group, so signals
 * within one second count as one.
 */
#pragma once

#include <signal.h>
#include <stdint.h>

/* 0: continue. 1: end soon and keep the measurements. 2: signalled again after a second: do not
 * wait for a variant that does not end. A third signal, after another second, ends the process
 * at once. */
extern volatile sig_atomic_t interrupt_level;

/* Set together with interrupt_level, for functions that take a `stop`. */
extern uint32_t interrupt_stop;

/* From now on these signals raise interrupt_level. */
void interrupt_watch(void);

/* From now on these signals end the process at once, with a line on standard error and status
 * 128 + the signal's number: there is nothing to keep. */
void interrupt_leave(void);

/* For a child that measures: its parent gets the signals and stops it. */
void interrupt_ignore(void);

/* Reports on standard error that the command was interrupted, with `detail`. Returns the exit
 * status, 128 + the signal's number. */
int interrupt_end(const char *detail);
