/*
 * keeper.h - restores the terminal after SIGKILL.
 *
 * Nobody can catch SIGKILL, and the kernel's out-of-memory killer sends it to processes with
 * much memory, such as pdlab with large caches. Most users cannot recover a terminal left raw,
 * in the alternate screen and with the mouse on, so this is worth a process. It is forked when
 * the explorer takes the terminal, before any thread or device. It owns nothing but the
 * terminal, and sleeps until pdlab's main thread dies.
 *
 * It is a child and not a parent, so that pdlab's pid, job control and exit status are those of
 * a normal program. Its own process group and a name without "pdlab" protect it from kill, pkill
 * and Ctrl-Z. kernels/README.md gives its cost.
 *
 * The kernel notifies the shell only when pdlab's last thread is gone, but the shell may still
 * be faster than the keeper. The keeper must not disturb a program that took the terminal first.
 * If the terminal still has pdlab's settings, nobody has taken it: the keeper restores
 * everything. If not, and the shell is in the foreground, the shell has set its own, and the
 * keeper only sends the sequences that leave the alternate screen and turn the mouse off. If
 * another program is in the foreground, it does nothing.
 */
#pragma once

#include <stddef.h>
#include <termios.h>

/* Starts the keeper of a terminal. If memory or processes are short, continues without one. Call
 * it before any thread is started. */
void keeper_start(int terminal);

/* pdlab takes the terminal: from now on the keeper restores it with `sequences` (at most 256
 * bytes) and the settings `saved`, unless the settings differ from `ours`. */
void keeper_hold(const struct termios *saved, const struct termios *ours, const char *sequences,
                 size_t length);

/* pdlab has given the terminal back. Async-signal-safe. */
void keeper_release(void);

/* Restores the terminal now, in the way of the keeper: for when the shell may have taken it. */
void keeper_restore(int terminal);

/* Ends the keeper. */
void keeper_end(void);
