#include "input.h"

#include "../../kernels/clock.h"
#include "decoder.h"
#include "output.h"
#include "terminfo.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static struct {
    struct decoder decoder;
    unsigned char bytes[512]; /* read but not decoded */
    size_t at, length;
} input;

/* ---- the terminal --------------------------------------------------------------------------- */

/* Learns the key that interrupts or suspends a process: the user may have set another one than
 * Ctrl-C or Ctrl-Z. */
static void learn_control(const struct termios *saved, int which, int press)
{
    const char bytes[] = {(char)saved->c_cc[which], '\0'};
    if (saved->c_lflag & ISIG && saved->c_cc[which] != _POSIX_VDISABLE)
        decoder_learn(&input.decoder, bytes, press);
}

void input_open(const struct termios *saved)
{
    static const struct {
        const char *name;
        int press;
    } keys[] = {
        {"kcuu1", PRESS_UP},      {"kcud1", PRESS_DOWN},   {"kcub1", PRESS_LEFT},
        {"kcuf1", PRESS_RIGHT},   {"kpp", PRESS_PAGE_UP},  {"knp", PRESS_PAGE_DOWN},
        {"khome", PRESS_HOME},    {"kend", PRESS_END},     {"kcbt", PRESS_BACKTAB},
        {"kbs", PRESS_BACKSPACE}, {"kich1", PRESS_INSERT}, {"kdch1", PRESS_DELETE},
        {"kent", PRESS_ENTER},    {"kf1", PRESS_F1},       {"kf2", PRESS_F2},
        {"kf3", PRESS_F1 + 2},    {"kf4", PRESS_F1 + 3},   {"kf5", PRESS_F1 + 4},
        {"kf6", PRESS_F1 + 5},    {"kf7", PRESS_F1 + 6},   {"kf8", PRESS_F1 + 7},
        {"kf9", PRESS_F1 + 8},    {"kf10", PRESS_F10},     {"kf11", PRESS_F1 + 10},
        {"kf12", PRESS_F12},
    };
    memset(&input, 0, sizeof input);
    learn_control(saved, VINTR, PRESS_CTRL('C'));
    learn_control(saved, VSUSP, PRESS_CTRL('Z'));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *bytes = terminfo_string(keys[i].name);
        if (bytes)
            decoder_learn(&input.decoder, bytes, keys[i].press);
    }
}

bool input_takes_modes(void)
{
    const char *move = terminfo_string("cup");
    return move && strncmp(move, "\033[", 2) == 0;
}

static void ask(const char *modes)
{
    if (input_takes_modes())
        output_put(modes);
}

void input_ask(bool mouse)
{
    input.decoder.mouse = mouse && terminfo_string("kmous");
    ask(input.decoder.mouse ? "\033[?2004h\033[?1000h\033[?1006h"
                            : "\033[?1006l\033[?1000l\033[?2004h");
}

void input_release(void)
{
    decoder_reset(&input.decoder);
    input.at = input.length = 0;
    ask(INPUT_OFF);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Reads available bytes without waiting. False: there are none. *gone: the terminal is gone. */
static bool read_more(bool *gone)
{
    struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
    *gone = false;
    if (poll(&terminal, 1, 0) <= 0)
        return false;
    const ssize_t length = read(STDIN_FILENO, input.bytes, sizeof input.bytes);
    input.at = 0;
    input.length = length > 0 ? (size_t)length : 0;
    *gone = length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN);
    return length > 0;
}

int input_next(struct pointer *pointer, const char **paste)
{
    struct decoder *decoder = &input.decoder;
    bool has_read = false;
    for (;;) {
        bool gone;
        const int press = decoder_next(decoder);
        if (press != 0) {
            *pointer = decoder->pointer;
            *paste = decoder->paste;
            return press;
        }
        if (input.at == input.length && has_read)
            return 0; /* the caller's poll finds out whether there is more */
        if (input.at < input.length || read_more(&gone)) {
            has_read |= input.at == 0;
            decoder_take(decoder, input.bytes[input.at++], clock_now());
            continue;
        }
        if (gone)
            return -1;
        decoder_tick(decoder, clock_now());
        if (decoder->press_count == 0)
            return 0;
    }
}

int input_wait_ms(void)
{
    if (input.decoder.press_count > 0 || input.at < input.length)
        return 0;
    return decoder_wait_ms(&input.decoder, clock_now());
}
