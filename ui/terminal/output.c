#include "output.h"

#include "../../kernels/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#define CHUNK        4096u
#define RESTORE_MS   250 /* longest wait, once before and once after discarding the queue */
#define LARGEST_SIZE ((rlim_t)8 << 20) /* bytes of a frame on the largest terminal */
#define PIPE_SIZE    (1 << 20)         /* bytes; allowed without privileges */

static struct {
    int terminal;     /* -1: not opened */
    bool is_shared;   /* `terminal` is the caller's open file: it blocks, so write single bytes */
    FILE *stream;     /* writes to `memory`; its offset is where the next byte goes */
    int memory;       /* the stream's descriptor: a memory file, or the write end of a pipe */
    int far_end;      /* the read end of that pipe; -1: `memory` is a file */
    off_t taken;      /* bytes already taken out of the file */
    char next[CHUNK]; /* taken out but not sent */
    size_t next_length;
    atomic_bool stopped;
} output = {.terminal = -1, .memory = -1, .far_end = -1};

/* ---- opening -------------------------------------------------------------------------------- */

static bool is_same(int a, int b)
{
    unsigned first, second;
    return ioctl(a, TIOCGDEV, &first) == 0 && ioctl(b, TIOCGDEV, &second) == 0 && first == second;
}

/* Opens standard output's terminal again as pdlab's own open file. After su the terminal may
 * belong to another user: then only /dev/tty works. */
static int open_terminal(void)
{
    static const char *const names[] = {"/proc/self/fd/1", "/dev/tty"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int file = open(names[i], O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (file >= 0 && is_same(file, STDOUT_FILENO))
            return file;
        if (file >= 0)
            close(file);
    }
    return -1;
}

/* Opens a memory file, which takes a frame of any size. A file size limit (ulimit -f) applies to it
 * too, so a small limit requires a pipe instead, which takes all but the largest frames. */
static void open_memory(void)
{
    struct rlimit limit;
    int ends[2];
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= LARGEST_SIZE) {
        output.memory = memfd_create("pdlab-screen", MFD_CLOEXEC);
    } else if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
        output.far_end = ends[0];
        output.memory = ends[1];
        fcntl(output.memory, F_SETPIPE_SZ, PIPE_SIZE);
    }
}

bool output_open(struct error *error)
{
    open_memory();
    output.stream = output.memory < 0 ? NULL : fdopen(output.memory, "w");
    output.terminal = open_terminal();
    output.is_shared = output.terminal < 0;
    if (output.is_shared)
        output.terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    output.taken = 0;
    output.next_length = 0;
    if (output.stream && output.terminal >= 0)
        return true;
    error_set(error, ERROR_RUN, "the terminal can't be opened for writing: %s", strerror(errno));
    output_close();
    return false;
}

void output_close(void)
{
    if (output.stream)
        fclose(output.stream);
    else if (output.memory >= 0)
        close(output.memory);
    if (output.far_end >= 0)
        close(output.far_end);
    if (output.terminal >= 0)
        close(output.terminal);
    output.stream = NULL;
    output.memory = output.far_end = output.terminal = -1;
}

FILE *output_stream(void)
{
    return output.stream;
}

int output_descriptor(void)
{
    return output.terminal;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* Whether the terminal accepts a byte within wait_ms. */
static bool takes(int terminal, int wait_ms)
{
    struct pollfd room = {.fd = terminal, .events = POLLOUT};
    return poll(&room, 1, wait_ms) > 0;
}

/* Writes as much as the terminal accepts now. 0: nothing; -1: the terminal is gone. */
static ssize_t write_some(const char *bytes, size_t length)
{
    if (output.is_shared) { /* poll promises room for only one byte */
        if (!takes(output.terminal, 0))
            return 0;
        length = 1;
    }
    ssize_t written = write(output.terminal, bytes, length);
    return written < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : written;
}

void output_put(const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t written = write(output.memory, text, length);
        if (written <= 0)
            return; /* out of memory: the text is lost, and so is the next frame */
        text += written;
        length -= (size_t)written;
    }
}

/* Bytes that take_next has not taken out of the file or pipe yet. */
static size_t count_left(void)
{
    int in_pipe = 0;
    if (output.far_end >= 0)
        return ioctl(output.far_end, FIONREAD, &in_pipe) == 0 ? (size_t)in_pipe : 0;
    const off_t end = lseek(output.memory, 0, SEEK_CUR);
    return end > output.taken ? (size_t)(end - output.taken) : 0;
}

size_t output_pending(void)
{
    return output.next_length + count_left();
}

/* Takes as much as fits into `next` out of the file or pipe. False: nothing is left. */
static bool take_next(void)
{
    size_t length = count_left();
    if (length == 0)
        return false;
    length = length < CHUNK ? length : CHUNK;
    const ssize_t taken = output.far_end >= 0
                              ? read(output.far_end, output.next, length)
                              : pread(output.memory, output.next, length, output.taken);
    if (taken <= 0)
        return false;
    output.taken += taken;
    output.next_length = (size_t)taken;
    return true;
}

void output_stop(void)
{
    atomic_store(&output.stopped, true);
}

void output_drop(void)
{
    while (output.far_end >= 0 && take_next())
        ;
    if (output.far_end < 0)
        lseek(output.memory, 0, SEEK_SET);
    output.taken = 0;
    output.next_length = 0;
}

void output_send(void)
{
    while ((output.next_length > 0 || take_next()) && !atomic_load(&output.stopped)) {
        const ssize_t written = write_some(output.next, output.next_length);
        if (written < 0)
            break;
        if (written == 0)
            return;
        output.next_length -= (size_t)written;
        memmove(output.next, output.next + written, output.next_length);
    }
    output_drop();
}

bool output_drain(uint64_t deadline_ns)
{
    for (;;) {
        output_send();
        uint64_t now = clock_now();
        if (output_pending() == 0 || now >= deadline_ns)
            return output_pending() == 0;
        takes(output.terminal, (int)((deadline_ns - now) / 1000000) + 1);
    }
}

/* ---- giving back ---------------------------------------------------------------------------- */

/* Waits at most RESTORE_MS each time the terminal is full. Returns how many bytes were sent. */
static size_t send_patiently(int terminal, const char *bytes, size_t length)
{
    const bool blocks = !(fcntl(terminal, F_GETFL) & O_NONBLOCK);
    size_t sent = 0;
    for (size_t tries = 2 * length; tries > 0 && sent < length && takes(terminal, RESTORE_MS);
         tries--) {
        ssize_t written = write(terminal, bytes + sent, blocks ? 1 : length - sent);
        if (written < 0 && errno != EAGAIN && errno != EINTR)
            break;
        sent += written > 0 ? (size_t)written : 0;
    }
    return sent;
}

/* Sets the settings without IXON, which restarts output stopped by Ctrl-S. */
static void set_flowing(int terminal, const struct termios *settings, struct termios *flowing)
{
    *flowing = *settings;
    flowing->c_iflag &= ~(tcflag_t)IXON;
    tcsetattr(terminal, TCSANOW, flowing);
}

/* Sets `settings`, unless another program has changed the terminal's settings since set_flowing. */
static void set_again(int terminal, const struct termios *settings, const struct termios *flowing)
{
    struct termios now;
    if (tcgetattr(terminal, &now) == 0 && output_same_settings(&now, flowing))
        tcsetattr(terminal, TCSANOW, settings);
}

bool output_same_settings(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

void output_restore(int terminal, const struct termios *settings, const char *bytes, size_t length)
{
    struct termios flowing;
    if (settings)
        set_flowing(terminal, settings, &flowing);
    if (send_patiently(terminal, bytes, length) < length) {
        tcflush(terminal, TCOFLUSH);
        send_patiently(terminal, bytes, length);
    }
    if (settings)
        set_again(terminal, settings, &flowing);
}
