/*
 * keeper.h - restores the terminal after SIGKILL.
 *
 * No process can catch SIGKILL, and the kernel's out-of-memory killer sends it to processes with
 * much memory, such as pdlab with large caches. Most users cannot recover a terminal left raw, in
 * the alternate screen and with the mouse on, so this is worth a process. pdlab forks this
 * process, the keeper, when the explorer takes the terminal, before it starts a thread or opens a
 * device. The keeper owns nothing but the terminal, and sleeps until pdlab's main thread dies.
 *
 * The keeper is a child of pdlab, not its parent, so that pdlab's pid, job control and exit status
 * are those of a normal program. Its own process group and a name without "pdlab" protect it from
 * kill, pkill and Ctrl-Z. kernels/README.md gives its cost.
 *
 * The kernel notifies the shell only when pdlab's last thread is gone, but the shell may still be
 * faster than the keeper. The keeper must not disturb a program that took the terminal first. If
 * the terminal still has pdlab's settings, nobody has taken it: the keeper restores everything. If
 * the settings differ and the shell is in the foreground, the shell has set them, and the keeper
 * only sends the sequences that leave the alternate screen and turn the mouse off. If another
 * program is in the foreground, the keeper does nothing.
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

/* From now on the keeper restores nothing, because pdlab has given the terminal back.
 * Async-signal-safe. */
void keeper_release(void);

/* Restores the terminal from this process, by the keeper's rules above: in the background, another
 * program may have taken the terminal. */
void keeper_restore(int terminal);

/* Ends the keeper. */
void keeper_end(void);
