/*
 * signals.h - the explorer's reaction to each signal, from SIGHUP to SIGRTMAX. The table is in
 * signals.c. A signal that is not listed restores the terminal and ends the explorer, because its
 * default action would end the process anyway.
 *
 * The main thread takes signals from a descriptor, so that each is handled between two frames
 * and none is lost while another is handled. While the worker measures, its thread takes SIGCONT
 * (stopped.h) and passes it on. Crashes are the exception: a handler restores the terminal in
 * the thread that crashed.
 */
#pragma once

#include "../../kernels/lab.h"

#include <signal.h>

enum signal_policy {
    SIGNAL_ENDS,    /* restores the terminal, saves the state, ends the process by the signal */
    SIGNAL_QUITS,   /* like the quit key */
    SIGNAL_STOPS,   /* gives the terminal back, stops, and takes it again when resumed */
    SIGNAL_RESUMES, /* takes the terminal again */
    SIGNAL_RESIZES,
    SIGNAL_WRITES,  /* SIGPIPE, SIGXFSZ: ignored after a failed write of our own, because write
                       returns the error; ends the explorer if another process sent it */
    SIGNAL_CRASHES, /* restores the terminal and ends the process at once */
    SIGNAL_LEFT,    /* not handled: ignored by default, or cannot be caught */
};

enum signal_policy signals_policy(int signal_number);

/* Blocks the signals that signals_next returns, for this thread and all threads that it starts
 * from now on. Call it before any thread is started. A signal that pdlab's parent ignores
 * (nohup) stays ignored. */
bool signals_open(struct error *error);

/* Unblocks those signals: their default actions apply from now on, also to pending ones. */
void signals_close(void);

/* A descriptor that is readable while signals_next has a signal. */
int signals_descriptor(void);

/* The next pending signal, or 0. */
int signals_next(void);

/* Drops a pending SIGCONT. */
void signals_forget_resumed(void);

/* Whether a pending signal ends the explorer. */
bool signals_end_pending(void);

/* signals_keep_actions saves the signal actions, signals_restore_actions restores them after curses
 * was started. In between, every signal has a handler, so that curses installs none of its own.
 * Otherwise curses would also ignore SIGTSTP while it draws, which drops a pending SIGTSTP. */
void signals_keep_actions(void);
void signals_restore_actions(void);

/* From now on a crash calls `restore` before it ends the process, until signals_restore_actions.
 * `restore` must be async-signal-safe. */
void signals_catch_crashes(void (*restore)(void));

/* Ends or stops this process by the signal, as if it had not been caught. Returns when the
 * process is resumed. */
void signals_die_of(int signal_number);
