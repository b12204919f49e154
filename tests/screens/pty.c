/*
 * pty.c - runs a program in a terminal that misbehaves.
 *
 *     pty deaf TEXT SIGNAL-NUMBER COMMAND...   reads until the program has written TEXT; when the
 *                                              terminal is full, sends the signal
 *     pty storm TEXT SIGNAL-NUMBER COMMAND...  keeps reading; after TEXT, sends the signal over and
 *                                              over until the program ends
 *     pty hangup TEXT LINE COMMAND...          types LINE, reads until TEXT, hangs up
 *     pty flood TEXT KEYS COMMAND...           after TEXT, types KEYS over and over, as fast as the
 *                                              program reads them, then sends SIGTERM; fails if no
 *                                              more frames come
 *
 * Curses writes only the characters that change, so TEXT may never arrive in one piece. So until
 * TEXT arrives, this program types Ctrl-L every half second, which redraws the whole screen. The
 * terminal has 40 rows of 120 columns.
 *
 * Exit status: that of COMMAND, or 128 + the number of the signal that ended it; 1 if a flood
 * stopped the frames; 2 bad usage, or no terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ASKED 500       /* ms between two Ctrl-L */
#define HELD  200       /* ms without room for another byte, after which the terminal is full */
#define FLOOD (1 << 20) /* bytes of keys */
#define PARTS 16        /* parts of a flood; the program must write during half of them */
#define LINES 40
#define WIDTH 120

static int fail(const char *what)
{
    fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
    return 2;
}

/* Opens both ends of the terminal: ends[0] is the emulator's, ends[1] the program's. -1: failed. */
static int open_ends(int ends[2])
{
    const struct winsize size = {.ws_row = LINES, .ws_col = WIDTH};
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] < 0 || grantpt(ends[0]) != 0 || unlockpt(ends[0]) != 0)
        return -1;
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
    return ends[1] < 0 ? -1 : ioctl(ends[1], TIOCSWINSZ, &size);
}

static pid_t start(int terminal, char **command)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    setsid();
    ioctl(terminal, TIOCSCTTY, 0);
    for (int file = 0; file <= 2; file++)
        dup2(terminal, file);
    execvp(command[0], command);
    _exit(127);
}

/* Types Ctrl-L when ASKED ms have passed since the last one. */
static void ask_for_screen(int terminal)
{
    static struct timespec asked;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (asked.tv_sec == 0)
        asked = now;
    if ((now.tv_sec - asked.tv_sec) * 1000 + (now.tv_nsec - asked.tv_nsec) / 1000000 < ASKED)
        return;
    asked = now;
    if (write(terminal, "\f", 1) != 1)
        perror("pty: can't type");
}

/* Reads until the program has written `text`. False: the program ended first. */
static int read_until(int terminal, const char *text)
{
    static char held[1 << 20];
    size_t length = 0;
    for (;;) {
        struct pollfd written = {.fd = terminal, .events = POLLIN};
        ask_for_screen(terminal);
        if (poll(&written, 1, ASKED) == 0)
            continue;
        if (length + 4096 >= sizeof held) { /* keeps the end, which may be the start of `text` */
            memmove(held, held + length - 4096, 4096);
            length = 4096;
        }
        ssize_t got = read(terminal, held + length, 4096);
        if (got <= 0)
            return 0;
        length += (size_t)got;
        held[length] = '\0';
        if (memmem(held, length, text, strlen(text)))
            return 1;
    }
}

static void wait_until_full(int terminal)
{
    struct pollfd room = {.fd = terminal, .events = POLLOUT};
    for (int full = 0; full < HELD; full++) {
        if (poll(&room, 1, 0) > 0)
            full = 0;
        usleep(1000);
    }
}

/* Keeps reading, and sends the signal as often as possible until the program ends. */
static void storm(int terminal, pid_t child, int signal_number)
{
    siginfo_t ended = {0};
    char bytes[4096];
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT | WNOHANG) == 0 &&
           ended.si_pid == 0) {
        kill(child, signal_number);
        while (read(terminal, bytes, sizeof bytes) > 0)
            continue;
        usleep(100);
    }
}

/* Types the keys without a pause. Returns in how many of the PARTS the program wrote. */
static int flood(int terminal, const char *keys)
{
    static char block[4096];
    char bytes[4096];
    int parts = 0;
    for (size_t at = 0; at < sizeof block; at++)
        block[at] = keys[at % strlen(keys)];
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    for (size_t part = 0, typed = 0; part < PARTS; part++) {
        int written = 0;
        while (typed < (part + 1) * (FLOOD / PARTS)) {
            struct pollfd ready = {.fd = terminal, .events = POLLIN | POLLOUT};
            poll(&ready, 1, -1);
            if (ready.revents & (POLLHUP | POLLERR))
                return 0;
            const ssize_t put = write(terminal, block, sizeof block);
            typed += put > 0 ? (size_t)put : 0;
            written |= read(terminal, bytes, sizeof bytes) > 0;
        }
        parts += written;
    }
    return parts;
}

int main(int argc, char **argv)
{
    int ends[2], status, parts = PARTS;
    const char *how = argc < 5 ? "" : argv[1];
    const int hangup = strcmp(how, "hangup") == 0, deaf = strcmp(how, "deaf") == 0;
    const int floods = strcmp(how, "flood") == 0;
    if (!hangup && !deaf && !floods && strcmp(how, "storm") != 0) {
        fprintf(stderr,
                "usage: pty deaf|storm TEXT SIGNAL COMMAND... | hangup TEXT LINE COMMAND... "
                "| flood TEXT KEYS COMMAND...\n");
        return 2;
    }
    if (open_ends(ends) != 0)
        return fail("no terminal");
    const pid_t child = start(ends[1], argv + 4);
    if (child < 0)
        return fail("no process");
    if (!deaf)
        close(ends[1]);
    if (hangup && (write(ends[0], argv[3], strlen(argv[3])) < 0 || write(ends[0], "\n", 1) != 1))
        return fail("can't type");
    if (!read_until(ends[0], argv[2]))
        return fail("the program ended too early");
    if (hangup) {
        close(ends[0]);
    } else if (floods) {
        parts = flood(ends[0], argv[3]);
        fprintf(stderr, "pty: written in %d of %d parts\n", parts, PARTS);
        storm(ends[0], child, SIGTERM);
    } else if (deaf) {
        wait_until_full(ends[1]);
        kill(child, (int)strtol(argv[3], NULL, 10));
    } else {
        storm(ends[0], child, (int)strtol(argv[3], NULL, 10));
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (parts < PARTS / 2)
        return 1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
