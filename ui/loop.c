#include "loop.h"

#include "../kernels/clock.h"
#include "../src/base/text.h"
#include "model/explorer.h"
#include "model/explorer_copy.h"
#include "screen_draw.h"
#include "terminal/budget.h"
#include "terminal/input.h"
#include "terminal/output.h"
#include "terminal/signals.h"
#include "terminal/terminal.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define HOLD_NS   (SECOND_NS / 2) /* longest time that a suspension waits for the worker to stop */

struct loop {
    const struct options *options;
    struct explorer explorer;
    struct frame frame;             /* the frame that was drawn last */
    const struct user_setup *saved; /* the set-up from the file */
    const struct error *broken; /* why that file could not be read; kind ERROR_NONE: it was read */
    struct user_setup applied;  /* the set-up that was last applied to the terminal */
    struct theme theme;
    uint64_t frame_ns; /* least time between two frames */
    struct budget budget;
    uint64_t drawn_ns; /* time of the last frame */
    bool due;          /* something changed since the last frame */
    int signal_number; /* the signal that ends the explorer; 0: none */
    int stop_number;   /* the signal that suspends it; 0: none */
    bool restarts;     /* the state is saved, and this process is to be replaced */
};

/* Draws if the terminal has taken the last frame; otherwise the frame stays due. */
static void draw(struct loop *loop)
{
    const struct screen screen = {.frame = &loop->frame, .theme = &loop->theme};
    output_send();
    loop->due = output_pending() > 0;
    if (loop->due)
        return;
    frame_build(&loop->frame, &loop->explorer);
    screen_draw(&screen);
    loop->drawn_ns = clock_now();
    budget_take(&loop->budget, output_pending(), loop->drawn_ns);
    output_send();
}

/* Applies the current set-up: theme, glyphs, frame rate and mouse. */
static void apply_setup(struct loop *loop)
{
    const struct user_setup *now = &loop->explorer.setup.now;
    loop->frame_ns = SECOND_NS / (uint64_t)now->fps;
    theme_choose(&loop->theme, now->theme, now->ascii, loop->options->color);
    terminal_set_mouse(now->mouse);
    loop->applied = *now;
}

static bool setup_changed(const struct loop *loop)
{
    const struct user_setup *now = &loop->explorer.setup.now, *applied = &loop->applied;
    return now->theme != applied->theme || now->ascii != applied->ascii ||
           now->fps != applied->fps || now->mouse != applied->mouse;
}

static void take_size(struct loop *loop)
{
    terminal_resize();
    explorer_resize(&loop->explorer, LINES, COLS);
    loop->due = true;
}

/* Suspends the process. Stops the worker first, because a suspended iteration would be recorded as
 * a slow one. Draws nothing meanwhile, because the user may have frozen the screen. */
static void suspend(struct loop *loop)
{
    struct explorer *explorer = &loop->explorer;
    uint64_t deadline = clock_now() + HOLD_NS;
    struct timespec nap = {.tv_nsec = 2000000};
    explorer_hold(explorer, true);
    while (explorer->source.worker && clock_now() < deadline &&
           !worker_rests(explorer->source.worker, explorer->posted))
        nanosleep(&nap, NULL);
    terminal_suspend(loop->stop_number ? loop->stop_number : SIGTSTP);
    loop->stop_number = 0;
    explorer_hold(explorer, false);
    take_size(loop);
}

/* Handles all keys that have arrived, then draws one frame, so that a held key does not make the
 * screen lag. Stops at a deadline, so that endless keys do not block frames and signals. Input that
 * contains no key draws no frame. */
static void take_keys(struct loop *loop)
{
    const uint64_t deadline = clock_now() + loop->frame_ns;
    int press = 0;
    bool pressed = false;
    struct pointer pointer;
    const char *paste;
    while (loop->explorer.wish == WISH_NONE && clock_now() < deadline &&
           (press = input_next(&pointer, &paste)) > 0) {
        pressed = true;
        if (press == PRESS_POINTER)
            explorer_point(&loop->explorer, &pointer);
        else if (press == PRESS_PASTE)
            explorer_paste(&loop->explorer, paste);
        else
            explorer_press(&loop->explorer, press);
    }
    const char *copied = explorer_copy_due(&loop->explorer);
    if (copied)
        explorer_copy_done(&loop->explorer, terminal_copy(copied));
    if (press >= 0 && setup_changed(loop))
        apply_setup(loop);
    if (press < 0)
        loop->signal_number = SIGHUP;
    else if (pressed)
        draw(loop);
}

/* Handles pending signals, at most _NSIG of them, so that a flood of signals does not block the
 * loop. */
static void take_signals(struct loop *loop)
{
    bool resumed = false, resized = false;
    int number;
    for (int most = _NSIG; most > 0 && (number = signals_next()) != 0; most--) {
        const enum signal_policy policy = signals_policy(number);
        const bool ends = policy == SIGNAL_ENDS || policy == SIGNAL_WRITES;
        resumed |= policy == SIGNAL_RESUMES;
        resized |= policy == SIGNAL_RESIZES;
        if (policy == SIGNAL_STOPS) {
            loop->explorer.wish = WISH_SUSPEND;
            loop->stop_number = number;
        } else if (policy == SIGNAL_QUITS) {
            loop->explorer.wish = WISH_QUIT;
        } else if (ends && loop->signal_number == 0) { /* the first one sets the exit status */
            loop->signal_number = number;
        }
    }
    if (resumed && loop->signal_number == 0 && !signals_end_pending())
        terminal_retake();
    if (resumed || resized)
        take_size(loop);
}

/* Saves the state for the process that replaces this one. False: the state cannot be saved, and the
 * screen says why. */
static bool prepare_restart(struct loop *loop)
{
    struct error error;
    loop->restarts = explorer_save(&loop->explorer, true, &error);
    if (!loop->restarts)
        explorer_alarm(&loop->explorer, &error);
    loop->due = true;
    return loop->restarts;
}

/* Does what the explorer asks the loop for (enum wish). False: the explorer ends. */
static bool grant_wish(struct loop *loop)
{
    enum wish wish = loop->explorer.wish;
    if (wish == WISH_QUIT || wish == WISH_QUIT_KEEP || loop->signal_number != 0)
        return false;
    loop->explorer.wish = WISH_NONE;
    if (wish == WISH_RESTART && prepare_restart(loop))
        return false;
    if (wish == WISH_SUSPEND)
        suspend(loop);
    if (signals_end_pending()) /* first, and without drawing: the shell may have the terminal */
        take_signals(loop);
    if (wish == WISH_REDRAW || wish == WISH_SUSPEND) {
        clearok(curscr, TRUE);
        loop->due = true;
    }
    return loop->signal_number == 0 && loop->explorer.wish != WISH_QUIT;
}

/* Milliseconds until the due frame may be drawn; -1: none is due. */
static int frame_wait_ms(const struct loop *loop)
{
    if (!loop->due || output_pending() > 0)
        return -1;
    uint64_t now = clock_now(), passed = now - loop->drawn_ns;
    uint64_t pace = passed >= loop->frame_ns ? 0 : loop->frame_ns - passed;
    uint64_t budget = budget_wait_ns(&loop->budget, now);
    uint64_t wait = pace > budget ? pace : budget;
    return wait == 0 ? 0 : (int)(wait / 1000000) + 1;
}

/* The shorter of two waits; -1: no limit. */
static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

/* Milliseconds until a frame, a pending key or the explorer needs attention; -1: no limit. */
static int wait_ms(const struct loop *loop)
{
    return sooner(sooner(frame_wait_ms(loop), input_wait_ms()),
                  explorer_wait_ms(&loop->explorer, clock_now()));
}

static void run(struct loop *loop)
{
    struct explorer *explorer = &loop->explorer;
    draw(loop);
    do {
        loop->due |= explorer_tick(explorer, clock_now());
        if (frame_wait_ms(loop) == 0)
            draw(loop);
        bool live = explorer->source.worker && !explorer->frozen;
        struct pollfd events[] = {
            {.fd = STDIN_FILENO, .events = POLLIN},
            {.fd = signals_descriptor(), .events = POLLIN},
            {.fd = live ? worker_news(explorer->source.worker) : -1, .events = POLLIN},
            {.fd = output_pending() > 0 ? output_descriptor() : -1, .events = POLLOUT},
            {.fd = explorer_against_news(explorer), .events = POLLIN},
        };
        if (poll(events, 5, wait_ms(loop)) < 0)
            continue;
        if (events[1].revents)
            take_signals(loop);
        if (events[3].revents)
            output_send();
        if (events[0].revents || input_wait_ms() == 0)
            take_keys(loop);
        int news = explorer_notice(explorer);
        if (news > 1)
            draw(loop);
        loop->due |= news == 1;
    } while (grant_wish(loop));
}

/* Returns a copy of the text in which unsafe characters are '?' (text_make_visible), and frees
 * `text`. NULL: no memory. */
static char *make_lines_visible(char *text)
{
    char *visible = NULL, *rest = text, *line;
    size_t length;
    FILE *memory = open_memstream(&visible, &length);
    while (memory && (line = strsep(&rest, "\n")))
        fprintf(memory, "%s%s", text_make_visible(line), rest ? "\n" : "");
    free(text);
    return memory && fclose(memory) == 0 ? visible : NULL;
}

/* Makes the summary that is printed when the normal screen is back. NULL: no memory. */
static char *make_report(const struct explorer *explorer)
{
    char *text = NULL;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    if (!memory)
        return NULL;
    explorer_report(explorer, memory);
    return fclose(memory) == 0 ? make_lines_visible(text) : NULL;
}

/* A recording may be a pipe without a writer, so recordings are read before the explorer takes
 * signals and the terminal: Ctrl-C still works. The worker starts afterwards, so that its thread
 * inherits the blocked signals, and its driver cannot write to the screen. */
static bool open_all(struct loop *loop, const struct options *options, struct error *error)
{
    struct error refused = *loop->broken;
    bool replay = options->command == COMMAND_REPLAY;
    if (replay && !explorer_open(&loop->explorer, options, error))
        return false;
    if (!signals_open(error) || !terminal_start(error) ||
        (!replay && !explorer_open(&loop->explorer, options, error)))
        return false;
    const bool broken = refused.kind != ERROR_NONE;
    if (!setup_screen_take(&loop->explorer.setup, loop->saved, broken, options, &refused) || broken)
        explorer_complain(&loop->explorer, &refused);
    apply_setup(loop);
    return true;
}

/* Starts the program anew. The command line has only the options that the saved state lacks. */
static void start_again(const struct options *options, const struct explorer *explorer,
                        struct error *error)
{
    static const char *const colors[] = {
        [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};
    const struct user_setup *now = &explorer->setup.now;
    char fps[16];
    size_t count = 8;
    snprintf(fps, sizeof fps, "%d", now->fps);
    const char *argv[17] = {"pdlab",   "--restore",
                            "--fps",   fps,
                            "--color", colors[options->color],
                            "--theme", theme_words[now->theme]};
    if (now->ascii)
        argv[count++] = "--ascii";
    if (!now->mouse)
        argv[count++] = "--no-mouse";
    if (options->no_telemetry)
        argv[count++] = "--no-telemetry";
    if (options->model) {
        argv[count++] = "--model";
        argv[count++] = options->model;
    }
    if (explorer->against.binary) {
        argv[count++] = "--against";
        argv[count++] = explorer->against.binary;
    }
    terminal_start_again((char *const *)argv, error);
}

/* Saves the state, except during a demo: the state from before the demo stays saved. Reports a
 * failure on standard error. */
static void save(const struct explorer *explorer)
{
    struct error error;
    if (!explorer->demo.playing && !explorer_save(explorer, false, &error) &&
        !explorer->keeps_nothing) /* otherwise the screen has reported it */
        fprintf(stderr, "pdlab: the explorer's state was not saved: %s\n", error.text);
}

/* Saves the state, restores the terminal and prints the summary. Signals stay blocked, so that a
 * second one, such as the shell's SIGHUP after the kernel's, cannot interrupt the saving. */
static void end_run(struct loop *loop, struct explorer_end *end)
{
    struct explorer *explorer = &loop->explorer;
    const bool killed = loop->signal_number != 0;
    explorer_against_close(explorer);
    char *report = killed || loop->restarts ? NULL : make_report(explorer);
    if (!loop->restarts)
        save(explorer);
    terminal_end(explorer->wish == WISH_QUIT_KEEP && !killed, report);
    if (loop->restarts) {
        start_again(loop->options, explorer, &end->error);
        save(explorer); /* the restart failed */
    }
    free(report);
}

/* Ends the process by the signal. Process 1 of a container survives an unhandled signal, so it
 * exits with the signal's status instead. */
static _Noreturn void die_of(int signal_number)
{
    signals_die_of(signal_number);
    _exit(128 + signal_number);
}

void explorer_run(const struct options *options, const struct user_setup *setup,
                  const struct error *broken, struct explorer_end *end)
{
    struct loop *loop = calloc(1, sizeof *loop);
    *end = (struct explorer_end){0};
    if (!loop) {
        error_set(&end->error, ERROR_RUN, "no memory for the explorer");
        return;
    }
    loop->options = options;
    loop->saved = setup;
    loop->broken = broken;
    if (open_all(loop, options, &end->error)) {
        explorer_resize(&loop->explorer, LINES, COLS);
        budget_open(&loop->budget, clock_now());
        run(loop);
        end_run(loop, end);
    } else {
        terminal_end(false, NULL);
    }
    if (loop->signal_number != 0) /* the operating system frees the memory and the device */
        die_of(loop->signal_number);
    signals_close(); /* a signal may end the process while the worker stops */
    end->lost = !explorer_close(&loop->explorer);
    free(loop);
}
