#include "terminal.h"

#include "../../kernels/clock.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

void terminal_start(struct terminal *terminal, const char *const argv[], int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    *terminal = (struct terminal){.rows = rows, .columns = columns, .started_ns = clock_now()};
    terminal->pid = forkpty(&terminal->fd, NULL, NULL, &size);
    if (terminal->pid < 0) {
        perror("forkpty");
        exit(1);
    }
    if (terminal->pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        unsetenv("NO_COLOR");
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    terminal->vterm = vterm_new(rows, columns);
    vterm_set_utf8(terminal->vterm, 1);
    terminal->screen = vterm_obtain_screen(terminal->vterm);
    vterm_screen_enable_altscreen(terminal->screen, 1);
    vterm_screen_reset(terminal->screen, 1);
}

void terminal_pump(struct terminal *terminal, uint64_t timeout_ns)
{
    char bytes[65536];
    struct pollfd readable = {.fd = terminal->fd, .events = POLLIN};
    if (poll(&readable, 1, (int)((timeout_ns + 999999) / 1000000)) <= 0)
        return;
    ssize_t count = read(terminal->fd, bytes, sizeof bytes);
    if (count <= 0) {
        terminal->ended = true;
        return;
    }
    terminal->bytes += (uint64_t)count;
    vterm_input_write(terminal->vterm, bytes, (size_t)count);
}

void terminal_type(struct terminal *terminal, const char *keys)
{
    if (write(terminal->fd, keys, strlen(keys)) < 0)
        terminal->ended = true;
}

const char *terminal_text(struct terminal *terminal)
{
    static char text[1 << 18];
    size_t length = 0;
    for (int row = 0; row < terminal->rows && length + 4096 < sizeof text; row++) {
        VTermRect line = {
            .start_row = row, .end_row = row + 1, .start_col = 0, .end_col = terminal->columns};
        length += vterm_screen_get_text(terminal->screen, text + length, 4096, line);
        text[length++] = '\n';
    }
    text[length] = '\0';
    return text;
}

uint64_t terminal_wait(struct terminal *terminal, const char *text, uint64_t timeout_ns)
{
    uint64_t begin = clock_now();
    while (!terminal->ended && clock_now() - begin < timeout_ns) {
        if (strstr(terminal_text(terminal), text))
            return clock_now();
        terminal_pump(terminal, 5000000);
    }
    return 0;
}

void terminal_stop(struct terminal *terminal)
{
    terminal_type(terminal, "q");
    uint64_t begin = clock_now();
    while (!terminal->ended && clock_now() - begin < 3 * SECOND)
        terminal_pump(terminal, 50000000);
    if (!terminal->ended)
        kill(terminal->pid, SIGKILL);
    waitpid(terminal->pid, NULL, 0);
    close(terminal->fd);
    vterm_free(terminal->vterm);
}
