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

#define PATIENCE_NS UINT64_C(300000000) /* longest wait for a stalled terminal at the end */
#define MOST_ROWS   1000                /* largest accepted LINES or COLUMNS of the environment */

/* One per process, because a crash handler gets no argument. */
static struct {
    atomic_bool started;
    bool held;  /* the terminal has our settings */
    bool mouse; /* mouse reports are on */
    SCREEN *screen;
    struct termios saved, ours; /* the terminal's settings before and while pdlab has it */
    char restore[256];          /* bytes that make the terminal usable again */
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

/* Restores the terminal after a crash, in the thread that crashed, with async-signal-safe calls
 * only. If a second thread crashes meanwhile and ends the process, the keeper restores it. */
static void restore_after_crash(void)
{
    if (!atomic_exchange(&terminal.started, false))
        return;
    output_stop();
    output_restore(output_descriptor(), &terminal.saved, terminal.restore, terminal.restore_bytes);
    late_stderr_show();
    keeper_release();
}

/* Appends a terminfo string without its padding, which today's terminals do not need. */
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
            append_restore("\r\n"); /* no alternate screen: the shell continues here */
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
    /* Ctrl-C and Ctrl-Z arrive as keys, so that a paste that contains them is text. Ctrl-\ stays
     * a signal, for when the main thread hangs. */
    terminal.ours.c_cc[VINTR] = terminal.ours.c_cc[VSUSP] = _POSIX_VDISABLE;
    terminal.ours.c_cc[VMIN] = 1;
    terminal.ours.c_cc[VTIME] = 0;
}

static void take_note(int signal_number)
{
    (void)signal_number;
}

/* Sets the terminal to our settings, if this process is in the foreground. If not, the kernel sends
 * SIGTTOU, which interrupts the call (EINTR); if no shell could resume the process, the call fails
 * (EIO). */
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

/* Takes the terminal. A background process stops first, like any process that changes a terminal's
 * settings. False: the terminal is gone, or a signal ends the process. */
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

/* Whether another process has the terminal, because `bg` or `kill` resumed this one. */
static bool is_in_background(void)
{
    const pid_t foreground = tcgetpgrp(STDIN_FILENO);
    return foreground > 0 && foreground != getpgrp();
}

/* Sends pending output. If the terminal does not accept it in time, drops it and sends only the
 * bytes that restore the terminal. */
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

/* The size that the terminal reports; 0 for an unknown side. */
static struct winsize reported_size(void)
{
    struct winsize size = {0};
    ioctl(output_descriptor(), TIOCGWINSZ, &size);
    return size;
}

/* One side of the screen: as the terminal reports it, else from the environment, else `known`. */
static int choose_side(int reported, const char *variable, int known)
{
    const char *text = getenv(variable);
    long wanted = text ? strtol(text, NULL, 10) : 0;
    return reported > 0 ? reported : wanted > 0 && wanted <= MOST_ROWS ? (int)wanted : known;
}

/* Sets the variable that curses takes the size from: curses cannot query the terminal. */
static void correct_variable(const char *variable, int reported)
{
    char text[16];
    const int side = choose_side(reported, variable, 0);
    snprintf(text, sizeof text, "%d", side);
    if (side > 0)
        setenv(variable, text, 1);
    else
        unsetenv(variable);
}

/* ---- start and end -------------------------------------------------------------------------- */

/* Informs curses of the terminal's modes. curses cannot set them itself, because it writes to the
 * memory file. */
static void set_modes(void)
{
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    typeahead(-1); /* keys do not interrupt a frame */
    curs_set(0);
}

static bool start_curses(struct error *error)
{
    const struct winsize size = reported_size();
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

static void close_screen(void)
{
    if (terminal.screen)
        delscreen(terminal.screen);
    output_close();
    keeper_end();
}

/* Undoes start_curses without sending anything to the terminal. */
static bool stop_curses(void)
{
    if (terminal.screen)
        endwin();
    close_screen();
    return false;
}

bool terminal_start(struct error *error)
{
    const char *name = getenv("TERM");
    /* The locale decides only the terminal's encoding. */
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
    if (!start_curses(error))
        return stop_curses();
    input_open(&terminal.saved);
    prepare_restore();
    if (!take_settings()) {
        error_set(error, ERROR_RUN, "the terminal can't be set: %s", strerror(errno));
        return stop_curses();
    }
    terminal.started = true;
    signals_catch_crashes(restore_after_crash);
    late_stderr_open();
    set_modes();
    return true;
}

/* A copy of the screen's cells, [rows][columns] (malloc). NULL: no memory. */
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
                column++; /* the second cell of a wide character repeats it */
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
    close_screen();
    late_stderr_show();
}

static void take_back(void)
{
    if (!take_settings())
        return; /* a signal ends the process, or the next read finds the terminal gone */
    terminal_resize();
    clearok(curscr, TRUE);
    refresh();
    keypad(stdscr, TRUE); /* refresh enables the keypad only if curses can set the terminal's modes;
                             here it cannot (set_modes) */
    input_ask(terminal.mouse);
}

void terminal_suspend(int signal_number)
{
    give_back();
    stop(signal_number);
    if (!signals_end_pending())
        take_back();
    signals_forget_resumed(); /* drops the SIGCONT that resumed the process */
}

void terminal_retake(void)
{
    endwin(); /* so that curses sends everything again */
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
    const struct winsize size = reported_size();
    resizeterm(choose_side(size.ws_row, "LINES", LINES), choose_side(size.ws_col, "COLUMNS", COLS));
}
