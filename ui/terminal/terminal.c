#include "terminal.h"

#include "../../kernels/clock.h"
#include "../../src/base/base64.h"
#include "../../src/base/text.h"
#include "input.h"
#include "keeper.h"
#include "late_stderr.h"
#include "output.h"
#include "signals.h"
#include "terminfo.h"

#include <curses.h>
#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <locale.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define PATIENCE_NS UINT64_C(300000000) /* that a terminal which does not read gets at the end */
#define MOST_ROWS   1000                /* of LINES and COLUMNS in the environment */

/* One terminal a process: the handlers of crashes can't be handed anything. */
static struct {
    atomic_bool started;
    bool held;  /* it is in our mode, and not given back */
    bool mouse; /* its reports are asked for */
    SCREEN *screen;
    struct termios saved, ours; /* its settings: before, and while it is ours */
    char restore[256];          /* what makes the terminal usable again, prepared beforehand */
    size_t restore_bytes;
} terminal;

void terminal_start_again(char *const *argv, struct error *error)
{
    fflush(stdout);
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        execv("/proc/self/exe", argv);
    error_set(error, ERROR_RUN, "pdlab can't start itself again: %s", strerror(errno));
}

/* ---- restoring ------------------------------------------------------------------------------ */

/* In a crash, in whatever thread. Only calls that a signal handler may make. A second thread that
 * crashes meanwhile may end the process before this is done: then the keeper does it. */
static void restore_after_crash(void)
{
    if (!atomic_exchange(&terminal.started, false))
        return;
    output_stop();
    output_restore(output_descriptor(), &terminal.saved, terminal.restore, terminal.restore_bytes);
    late_stderr_show();
    keeper_release();
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
        const char *string = terminfo_string(names[i]);
        if (string)
            append_restore(string);
        else if (i == sizeof names / sizeof *names - 1)
            append_restore("\r\n"); /* there is one screen, on which the shell goes on */
    }
    if (input_takes_modes())
        append_restore(INPUT_OFF);
}

/* ---- taking and giving back ----------------------------------------------------------------- */

void terminal_set_mouse(bool on)
{
    terminal.mouse = on;
    input_ask(on);
}

static void choose_settings(void)
{
    terminal.ours = terminal.saved;
    terminal.ours.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR);
    terminal.ours.c_oflag &= ~(tcflag_t)ONLCR;
    terminal.ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL);
    /* Interrupt and stop are keys, so that a paste which holds them is text. Ctrl-\ is the way out
     * when the main thread hangs. */
    terminal.ours.c_cc[VINTR] = terminal.ours.c_cc[VSUSP] = _POSIX_VDISABLE;
    terminal.ours.c_cc[VMIN] = 1;
    terminal.ours.c_cc[VTIME] = 0;
}

static void take_note(int signal_number)
{
    (void)signal_number;
}

/* Makes our settings the terminal's, if this process is in the foreground. Else the kernel sends
 * SIGTTOU, which interrupts this, unless the process has no shell that could resume it. */
static bool try_settings(void)
{
    struct sigaction note = {.sa_handler = take_note}, before;
    sigset_t stops, mask;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTTOU);
    sigaction(SIGTTOU, NULL, &before);
    if (before.sa_handler != SIG_IGN)
        sigaction(SIGTTOU, &note, NULL);
    pthread_sigmask(SIG_UNBLOCK, &stops, &mask);
    const int result = tcsetattr(STDIN_FILENO, TCSANOW, &terminal.ours);
    const int why = errno;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGTTOU, &before, NULL);
    errno = why;
    return result == 0;
}

/* Stops the process by the signal. */
static void stop(int signal_number)
{
    sigset_t taken;
    pthread_sigmask(SIG_BLOCK, NULL, &taken);
    signals_die_of(signal_number); /* returns when the process is resumed */
    pthread_sigmask(SIG_SETMASK, &taken, NULL);
}

/* Takes the terminal. In the background the process stops, as any that sets a terminal does. False:
 * the terminal is gone, or a signal ends the process. */
static bool take_settings(void)
{
    while (!try_settings()) {
        if (errno != EINTR || signals_end_pending())
            return false;
        stop(SIGTTOU);
    }
    terminal.held = true;
    keeper_hold(&terminal.saved, &terminal.ours, terminal.restore, terminal.restore_bytes);
    return true;
}

/* Whether another process has the terminal: this one was stopped, and resumed by `bg` or `kill`. */
static bool is_in_background(void)
{
    const pid_t foreground = tcgetpgrp(STDIN_FILENO);
    return foreground > 0 && foreground != getpgrp();
}

/* What the terminal does not take in time is dropped, and the least that restores it is sent. */
static void send_farewell(void)
{
    struct termios flowing = terminal.ours;
    flowing.c_iflag &= ~(tcflag_t)IXON; /* restarts output that Ctrl-S has stopped */
    tcsetattr(STDIN_FILENO, TCSANOW, &flowing);
    if (output_drain(clock_now() + PATIENCE_NS)) {
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.saved);
        return;
    }
    output_drop();
    output_restore(output_descriptor(), &terminal.saved, terminal.restore, terminal.restore_bytes);
}

static void give_back(void)
{
    if (!terminal.held)
        return;
    input_release();
    endwin();
    if (is_in_background()) {
        output_drop();
        keeper_restore(output_descriptor());
    } else {
        send_farewell();
    }
    terminal.held = false;
    keeper_release();
}

/* ---- size ----------------------------------------------------------------------------------- */

/* Zeros where the terminal does not know. */
static struct winsize told_size(void)
{
    struct winsize size = {0};
    ioctl(output_descriptor(), TIOCGWINSZ, &size);
    return size;
}

/* One side of the screen: as the terminal says, else the environment, else terminfo (`known`). */
static int choose_side(int told, const char *variable, int known)
{
    const char *text = getenv(variable);
    long wanted = text ? strtol(text, NULL, 10) : 0;
    return told > 0 ? told : wanted > 0 && wanted <= MOST_ROWS ? (int)wanted : known;
}

/* curses can't ask the terminal, and takes the size from the environment. */
static void correct_variable(const char *variable, int told)
{
    char text[16];
    const int side = choose_side(told, variable, 0);
    snprintf(text, sizeof text, "%d", side);
    if (side > 0)
        setenv(variable, text, 1);
    else
        unsetenv(variable);
}

/* ---- start and end -------------------------------------------------------------------------- */

/* curses sets no mode of the terminal, which it does not have, but must know what they are. */
static void tell_modes(void)
{
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    typeahead(-1); /* frames are whole */
    curs_set(0);
}

static bool start_curses(struct error *error)
{
    const struct winsize size = told_size();
    correct_variable("LINES", size.ws_row);
    correct_variable("COLUMNS", size.ws_col);
    terminfo_add_folder();
    signals_keep_actions();
    terminal.screen = newterm(NULL, output_stream(), stdin);
    signals_restore_actions();
    return terminal.screen ||
           error_set(error, ERROR_INPUT,
                     "there is no terminfo entry for TERM=%.60s, or it can't move the cursor; "
                     "set another TERM, or use --plain",
                     getenv("TERM"));
}

/* Takes what start_curses has made back, without a word to the terminal. */
static void stop_curses(void)
{
    if (terminal.screen) {
        endwin();
        delscreen(terminal.screen);
        terminal.screen = NULL;
    }
    keeper_end();
    output_close();
}

bool terminal_start(struct error *error)
{
    const char *name = getenv("TERM");
    /* The terminal's encoding is all that the locale decides, and only here. */
    setlocale(LC_CTYPE, "");
    if (!name || !*name)
        return error_set(error, ERROR_INPUT,
                         "the environment variable TERM is not set; name your terminal in it, or "
                         "use --plain");
    if (tcgetattr(STDIN_FILENO, &terminal.saved) != 0)
        return error_set(error, ERROR_INPUT, "standard input is not a terminal: %s",
                         strerror(errno));
    if (!output_open(error))
        return false;
    keeper_start(output_descriptor());
    choose_settings();
    if (!start_curses(error)) {
        stop_curses();
        return false;
    }
    input_open(&terminal.saved);
    prepare_restore();
    if (!take_settings()) {
        error_set(error, ERROR_RUN, "the terminal can't be set: %s", strerror(errno));
        stop_curses();
        return false;
    }
    terminal.started = true;
    signals_catch_crashes(restore_after_crash);
    late_stderr_open();
    tell_modes();
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

static int put_byte(int byte)
{
    output_put((char[]){(char)byte, '\0'});
    return byte;
}

static void print_frame(const cchar_t *cells, int rows, int columns)
{
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
            wchar_t text[CCHARW_MAX + 1];
            char bytes[sizeof text / sizeof *text * MB_LEN_MAX];
            attr_t attributes;
            short pair;
            if (getcchar(&cells[row * columns + column], text, &attributes, &pair, NULL) == ERR)
                continue;
            vid_puts(attributes, pair, NULL, put_byte);
            if (wcstombs(bytes, text, sizeof bytes) < sizeof bytes)
                output_put(bytes);
            if (wcwidth(text[0]) > 1)
                column++; /* the cell that it also covers holds it once more */
        }
        vid_puts(A_NORMAL, 0, NULL, put_byte);
        output_put("\n");
    }
}

void terminal_end(bool keep_frame, const char *report)
{
    if (!terminal.started)
        return;
    int rows = LINES, columns = COLS;
    cchar_t *cells = keep_frame ? copy_frame(rows, columns) : NULL;
    give_back();
    terminal.started = false;
    const bool alone = !is_in_background();
    if (cells && alone)
        print_frame(cells, rows, columns);
    free(cells);
    if (report && alone)
        output_put(report);
    output_drain(clock_now() + PATIENCE_NS);
    signals_restore_actions();
    delscreen(terminal.screen);
    terminal.screen = NULL;
    output_close();
    keeper_end();
    late_stderr_show();
}

static void take_back(void)
{
    if (!take_settings())
        return; /* a signal ends the process, or the next read shows that the terminal is gone */
    terminal_resize();
    clearok(curscr, TRUE);
    refresh();
    keypad(stdscr, TRUE); /* curses believes that its settings could not be set */
    input_ask(terminal.mouse);
}

void terminal_suspend(int signal_number)
{
    give_back();
    stop(signal_number);
    if (!signals_end_pending())
        take_back();
    signals_forget_resumed(); /* it is no news */
}

void terminal_retake(void)
{
    endwin(); /* curses sends everything again */
    output_drop();
    take_back();
}

bool terminal_copy(const char *text)
{
    const char *name = getenv("TERM");
    const size_t length = strlen(text);
    char *encoded = NULL;
    if (name && !text_console() && strcmp(name, "dumb") != 0 && isatty(output_descriptor()))
        encoded = malloc(BASE64_ROOM(length));
    if (!encoded)
        return false;
    output_put("\033]52;c;");
    output_put(base64_encode(text, length, encoded));
    output_put("\a");
    free(encoded);
    return true;
}

void terminal_resize(void)
{
    const struct winsize size = told_size();
    resizeterm(choose_side(size.ws_row, "LINES", LINES), choose_side(size.ws_col, "COLUMNS", COLS));
}
