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

/* 0: continue. 1: end soon and keep the measurements. 2: a second signal came, more than a second
 * later: do not wait for a variant that does not end. A third signal, more than a second after
 * that, ends the process at once. */
extern volatile sig_atomic_t interrupt_level;

/* Becomes 1 when interrupt_level is raised. For functions that take a pointer to a `stop`. */
extern uint32_t interrupt_stop;

/* Makes these signals raise interrupt_level from now on. */
void interrupt_watch(void);

/* Makes these signals end the process at once from now on, with a line on standard error and status
 * 128 + the signal's number. For a command that has nothing to keep. */
void interrupt_leave(void);

/* Ignores these signals. For a child that measures: its parent gets the signals and stops it. */
void interrupt_ignore(void);

/* Reports on standard error that the command was interrupted, with `detail`. Returns the exit
 * status, 128 + the signal's number. */
int interrupt_end(const char *detail);
