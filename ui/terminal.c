#include "terminal.h"

#include "input.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
#define FATAL_SIGNALS (sizeof fatal_signals / sizeof *fatal_signals)

/* One terminal a process: the handlers of fatal signals can't be handed anything. */
static struct {
    bool started;
    bool mouse; /* its reports are asked for */
    SCREEN *screen;
    struct termios saved; /* before curses */
    char restore[256];    /* what makes the terminal usable again, prepared beforehand */
    size_t restore_bytes;
    int real_stderr; /* -1: not redirected */
    int signals;     /* -1: not opened */
    struct sigaction old[FATAL_SIGNALS];
} terminal = {.real_stderr = -1, .signals = -1};

/* ---- signals -------------------------------------------------------------------------------- */

static void signal_set(sigset_t *set)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(set, signals[i]);
}

void terminal_block_signals(void)
{
    sigset_t set;
    signal_set(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void unblock_signals(void)
{
    sigset_t set;
    signal_set(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int terminal_signals(void)
{
    return terminal.signals;
}

int terminal_next_signal(void)
{
    struct signalfd_siginfo info;
    return read(terminal.signals, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void terminal_start_again(char *const *argv, struct error *error)
{
    fflush(stdout);
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        execv("/proc/self/exe", argv);
    error_set(error, ERROR_RUN, "pdlab can't start itself again: %s", strerror(errno));
}

void terminal_die_of(int signal_number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- standard error ------------------------------------------------------------------------- */

static void redirect_stderr(void)
{
    int memory = memfd_create("pdlab-stderr", MFD_CLOEXEC);
    if (memory < 0)
        return; /* then what others print spoils the screen: no reason not to start */
    fflush(stderr);
    terminal.real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (terminal.real_stderr >= 0)
        dup2(memory, STDERR_FILENO);
    close(memory);
}

/* Only calls that a signal handler may make. */
static void replay_stderr(void)
{
    char bytes[4096];
    ssize_t length;
    if (terminal.real_stderr < 0)
        return;
    lseek(STDERR_FILENO, 0, SEEK_SET);
    while ((length = read(STDERR_FILENO, bytes, sizeof bytes)) > 0)
        if (write(terminal.real_stderr, bytes, (size_t)length) != length)
            break;
    dup2(terminal.real_stderr, STDERR_FILENO);
    close(terminal.real_stderr);
    terminal.real_stderr = -1;
}

/* ---- crashes -------------------------------------------------------------------------------- */

/* Restores, and dies as it would have without us. */
static void die_restored(int signal_number)
{
    if (terminal.started) {
        terminal.started = false;
        if (write(STDOUT_FILENO, terminal.restore, terminal.restore_bytes) < 0)
            errno = 0; /* nothing is left that could be done */
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.saved);
        replay_stderr();
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void catch_crashes(void)
{
    static char stack_memory[64 * 1024];
    stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof stack_memory};
    struct sigaction action = {.sa_handler = die_restored, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        sigaction(fatal_signals[i], &action, &terminal.old[i]);
}

static void release_crashes(void)
{
    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        sigaction(fatal_signals[i], &terminal.old[i], NULL);
}

/* Appends a terminfo string without its padding, which matters to no terminal of today. */
static void append_restore(const char *string)
{
    while (*string && terminal.restore_bytes < sizeof terminal.restore) {
        const char *padding_end = strncmp(string, "$<", 2) == 0 ? strchr(string, '>') : NULL;
        if (padding_end)
            string = padding_end + 1;
        else
            terminal.restore[terminal.restore_bytes++] = *string++;
    }
}

static void prepare_restore(void)
{
    /* Attributes off, cursor shown, keypad off, back to the normal screen. */
    static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
    terminal.restore_bytes = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *string = tigetstr((char *)names[i]);
        if (string && string != (char *)-1)
            append_restore(string);
    }
    if (input_takes_modes())
        append_restore(INPUT_OFF);
    append_restore("\r\n");
}

/* ---- start and end -------------------------------------------------------------------------- */

void terminal_set_mouse(bool on)
{
    terminal.mouse = on;
    input_ask(on);
}

static void set_modes(void)
{
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    curs_set(0);
}

bool terminal_start(struct error *error)
{
    const char *name = getenv("TERM");
    sigset_t set;
    /* The terminal's encoding is all that the locale decides, and only here. */
    setlocale(LC_CTYPE, "");
    signal_set(&set);
    if (!name || !*name)
        return error_set(error, ERROR_INPUT,
                         "the environment variable TERM is not set; name your terminal in it, or "
                         "use --plain");
    if (tcgetattr(STDIN_FILENO, &terminal.saved) != 0)
        return error_set(error, ERROR_INPUT, "standard input is not a terminal: %s",
                         strerror(errno));
    terminal.signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (terminal.signals < 0)
        return error_set(error, ERROR_RUN, "signals can't be watched: %s", strerror(errno));
    terminal.screen = newterm(NULL, stdout, stdin);
    if (!terminal.screen) {
        close(terminal.signals);
        terminal.signals = -1;
        return error_set(error, ERROR_INPUT,
                         "there is no terminfo entry for TERM=%.60s, or it can't move the cursor; "
                         "set another TERM, or use --plain",
                         name);
    }
    input_open();
    prepare_restore();
    terminal.started = true;
    catch_crashes();
    redirect_stderr();
    set_modes();
    return true;
}

/* A copy of the screen's cells, a row after another; NULL where there is no memory. */
static cchar_t *copy_frame(int rows, int columns)
{
    cchar_t *cells = calloc((size_t)rows * (size_t)columns, sizeof *cells);
    for (int row = 0; cells && row < rows; row++)
        for (int column = 0; column < columns; column++)
            mvin_wch(row, column, &cells[row * columns + column]);
    return cells;
}

static void print_frame(const cchar_t *cells, int rows, int columns)
{
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
            wchar_t text[CCHARW_MAX + 1];
            attr_t attributes;
            short pair;
            if (getcchar(&cells[row * columns + column], text, &attributes, &pair, NULL) == ERR)
                continue;
            vid_attr(attributes, pair, NULL);
            printf("%ls", text);
            if (wcwidth(text[0]) > 1)
                column++; /* the cell that it also covers holds it once more */
        }
        vid_attr(A_NORMAL, 0, NULL);
        printf("\r\n");
    }
    fflush(stdout);
}

void terminal_end(bool keep_frame)
{
    if (!terminal.started)
        return;
    int rows = LINES, columns = COLS;
    cchar_t *cells = keep_frame ? copy_frame(rows, columns) : NULL;
    input_release();
    endwin();
    if (cells)
        print_frame(cells, rows, columns);
    free(cells);
    terminal.started = false;
    release_crashes();
    delscreen(terminal.screen);
    close(terminal.signals);
    terminal.signals = -1;
    replay_stderr();
    unblock_signals();
}

static void take_back(void)
{
    terminal_resize();
    clearok(curscr, TRUE);
    keypad(stdscr, TRUE); /* curses takes it back only when it reads a key, which it never does */
    refresh();
    input_ask(terminal.mouse);
}

void terminal_suspend(void)
{
    sigset_t resumed;
    sigemptyset(&resumed);
    sigaddset(&resumed, SIGCONT);
    input_release();
    endwin();
    terminal_die_of(SIGTSTP); /* returns when the process is resumed */
    terminal_block_signals();
    sigtimedwait(&resumed, NULL, &(struct timespec){0}); /* it is no news */
    take_back();
}

void terminal_retake(void)
{
    endwin(); /* the shell may have changed modes as well: all are set again */
    take_back();
}

void terminal_resize(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}
