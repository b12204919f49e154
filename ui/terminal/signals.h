/*
 * signals.h - what the explorer does about each signal, from SIGHUP to SIGRTMAX. The table is in
 * signals.c; whatever it does not name ends the explorer, since that is what an uncaught signal
 * does, and the terminal is restored first.
 *
 * The main thread takes signals from a descriptor, so that each is handled between two frames and
 * none is lost while another is handled. While the worker measures, its thread takes SIGCONT
 * (stopped.h) and passes it on. Crashes are the exception: a handler restores the terminal
 * in the thread that crashed.
 */
#ifndef UI_SIGNALS_H
#define UI_SIGNALS_H

#include "../../kernels/lab.h"

#include <signal.h>

enum signal_policy {
    SIGNAL_ENDS,    /* restores the terminal, saves the state, ends with the signal's status */
    SIGNAL_QUITS,   /* as the key does */
    SIGNAL_STOPS,   /* gives the terminal back, stops, and takes it again when resumed */
    SIGNAL_RESUMES, /* takes the terminal again */
    SIGNAL_RESIZES,
    SIGNAL_WRITES, /* raised by a failed write, whose error says it all; ends if somebody sent it */
    SIGNAL_CRASHES, /* restores the terminal and ends at once */
    SIGNAL_LEFT,    /* not taken: it does nothing to a process, or no process can take it */
};

enum signal_policy signals_policy(int signal_number);

/* Blocks the signals that signals_next hands out, for this thread and all threads that it starts
 * from now on. Call it before any thread is started. A signal that whoever started pdlab ignores
 * (nohup) stays ignored. */
bool signals_open(struct error *error);

/* Unblocks them: from now on they do what they do without us, those that came in first. */
void signals_close(void);

/* A descriptor that is readable while signals_next has something. */
int signals_descriptor(void);

/* The next signal that has come in, 0 if there is none. */
int signals_next(void);

/* Drops a SIGCONT that has come in. */
void signals_forget_resumed(void);

/* Whether one has come in, and not been handed out, that ends the explorer. */
bool signals_end_pending(void);

/* Keeps how each signal is handled, and brings that back. In between curses starts, and finds that
 * somebody handles every signal. Else it would install handlers of its own, and would ignore
 * SIGTSTP whenever it draws, which drops a SIGTSTP that is pending. */
void signals_keep_actions(void);
void signals_restore_actions(void);

/* From now on a crash calls `restore` before it ends the process, until signals_restore_actions.
 * `restore` makes only calls that a signal handler may make. */
void signals_catch_crashes(void (*restore)(void));

/* Ends or stops this process by the signal, as if it had not been caught. Returns when the process
 * is resumed. */
void signals_die_of(int signal_number);

#endif
