#include "emulator.h"

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

void emulator_start(struct emulator *emulator, const char *const argv[], int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    *emulator = (struct emulator){.rows = rows, .columns = columns, .started_ns = clock_now()};
    emulator->pid = forkpty(&emulator->fd, NULL, NULL, &size);
    if (emulator->pid < 0) {
        perror("forkpty");
        exit(1);
    }
    if (emulator->pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        unsetenv("NO_COLOR");
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    emulator->vterm = vterm_new(rows, columns);
    vterm_set_utf8(emulator->vterm, 1);
    emulator->screen = vterm_obtain_screen(emulator->vterm);
    vterm_screen_enable_altscreen(emulator->screen, 1);
    vterm_screen_reset(emulator->screen, 1);
}

void emulator_pump(struct emulator *emulator, uint64_t timeout_ns)
{
    char bytes[65536];
    struct pollfd readable = {.fd = emulator->fd, .events = POLLIN};
    if (poll(&readable, 1, (int)((timeout_ns + 999999) / 1000000)) <= 0)
        return;
    ssize_t count = read(emulator->fd, bytes, sizeof bytes);
    if (count <= 0) {
        emulator->ended = true;
        return;
    }
    emulator->bytes += (uint64_t)count;
    vterm_input_write(emulator->vterm, bytes, (size_t)count);
}

void emulator_type(struct emulator *emulator, const char *keys)
{
    if (write(emulator->fd, keys, strlen(keys)) < 0)
        emulator->ended = true;
}

const char *emulator_text(struct emulator *emulator)
{
    static char text[1 << 18];
    size_t length = 0;
    for (int row = 0; row < emulator->rows && length + 4096 < sizeof text; row++) {
        VTermRect line = {
            .start_row = row, .end_row = row + 1, .start_col = 0, .end_col = emulator->columns};
        length += vterm_screen_get_text(emulator->screen, text + length, 4096, line);
        text[length++] = '\n';
    }
    text[length] = '\0';
    return text;
}

uint64_t emulator_wait(struct emulator *emulator, const char *text, uint64_t timeout_ns)
{
    /* Searches only after new output, so that waiting does not keep the program's cores awake. */
    uint64_t begin = clock_now(), searched = UINT64_MAX;
    while (!emulator->ended && clock_now() - begin < timeout_ns) {
        if (emulator->bytes != searched && strstr(emulator_text(emulator), text))
            return clock_now();
        searched = emulator->bytes;
        emulator_pump(emulator, 200000000);
    }
    return 0;
}

void emulator_stop(struct emulator *emulator)
{
    emulator_type(emulator, "q");
    uint64_t begin = clock_now();
    while (!emulator->ended && clock_now() - begin < 3 * SECOND)
        emulator_pump(emulator, 50000000);
    if (!emulator->ended)
        kill(emulator->pid, SIGKILL);
    waitpid(emulator->pid, NULL, 0);
    close(emulator->fd);
    vterm_free(emulator->vterm);
}
