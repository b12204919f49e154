/*
 * keeper.h - restores the terminal after SIGKILL.
 *
 * Nobody can catch SIGKILL, and the kernel's out-of-memory killer sends it to what uses much
 * memory, which a lab with large caches does. A terminal left raw, in the alternate screen and with
 * the mouse on is of no use to most people, so it is worth a process: forked when the explorer
 * takes the terminal, before any thread or device, it owns nothing but the terminal, and sleeps
 * until pdlab's main thread dies.
 *
 * It is a child and not a parent, so that pdlab's pid, job control and exit status are those of a
 * program without one. Its own process group and a name without "pdlab" keep it out of what kill,
 * pkill and Ctrl-Z are aimed at. What it costs is in README.md.
 *
 * The kernel tells the shell later, when pdlab's last thread has gone, but the shell may still be
 * faster. The keeper does not disturb a program that took the terminal before it. While the
 * terminal's settings are the ones that pdlab made, nobody has: it restores everything. If they are
 * not, and the shell is in the foreground, the shell has made its own, and lacks only the sequences
 * that leave the alternate screen and turn the mouse off. If another program is in the foreground,
 * it does nothing.
 */
#ifndef UI_KEEPER_H
#define UI_KEEPER_H

#include <stddef.h>
#include <termios.h>

/* Starts the keeper of a terminal. Without memory or processes there is none: no reason not to
 * start. Call it before there are threads. */
void keeper_start(int terminal);

/* pdlab has the terminal: from now on `sequences` (256 bytes at most) and the settings `saved` are
 * what restores it, unless it has other settings than `ours`. */
void keeper_hold(const struct termios *saved, const struct termios *ours, const char *sequences,
                 size_t length);

/* pdlab has given the terminal back. A signal handler may call it. */
void keeper_release(void);

/* Restores the terminal here and now as the keeper would: for when the shell may have taken it. */
void keeper_restore(int terminal);

/* Ends the keeper. */
void keeper_end(void);

#endif
