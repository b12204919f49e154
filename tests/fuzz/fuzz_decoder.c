/* fuzz_decoder.c - no bytes may block the decoder of terminal input or make it report an impossible
 * key, and a short pause within the input changes nothing. The first byte says where the pause is.
 */
#include "../../ui/terminal/decoder.h"
#include "fuzz.h"

#include <locale.h>
#include <string.h>

#define MS      UINT64_C(1000000)
#define PRESSES 512

struct session {
    struct decoder decoder;
    uint64_t now_ns;
    int presses[PRESSES];
    size_t count;
};

/* Takes all presses from the decoder and checks each. */
static void take_presses(struct session *session)
{
    for (int press; (press = decoder_next(&session->decoder)) != 0;) {
        const struct pointer *pointer = &session->decoder.pointer;
        require(press > 0 && press <= PRESS_PASTE);
        if (press == PRESS_POINTER)
            require(pointer->row >= 0 && pointer->column >= 0);
        if (press == PRESS_PASTE)
            for (const char *at = session->decoder.paste; *at; at++)
                require(*at != 0x7f && ((unsigned char)*at >= ' '));
        if (session->count < PRESSES)
            session->presses[session->count++] = press;
    }
}

static void pause_for(struct session *session, uint64_t ms)
{
    const uint64_t end_ns = session->now_ns + ms * MS;
    for (int wait; (wait = decoder_wait_ms(&session->decoder, session->now_ns)) >= 0 &&
                   session->now_ns + (uint64_t)wait * MS <= end_ns;) {
        session->now_ns += (uint64_t)wait * MS;
        decoder_tick(&session->decoder, session->now_ns);
        take_presses(session);
    }
    session->now_ns = end_ns;
}

static void feed(struct session *session, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        decoder_take(&session->decoder, bytes[i], session->now_ns);
        take_presses(session);
    }
}

/* Feeds the bytes, with a pause of `ms` milliseconds before the byte at `cut`. */
static void play(struct session *session, const uint8_t *bytes, size_t length, size_t cut,
                 uint64_t ms)
{
    *session = (struct session){.now_ns = 1000 * MS, .decoder.mouse = true};
    feed(session, bytes, cut);
    pause_for(session, ms);
    feed(session, bytes + cut, length - cut);
    pause_for(session, 3000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session whole, parts;
    if (size < 2)
        return 0;
    setlocale(LC_CTYPE, "C.UTF-8");
    const size_t length = size - 1, cut = data[0] % length;
    play(&whole, data + 1, length, 0, 0);
    play(&parts, data + 1, length, cut, 9);
    require(whole.count == parts.count);
    require(memcmp(whole.presses, parts.presses, whole.count * sizeof *whole.presses) == 0);
    play(&parts, data + 1, length, cut, 400);
    parts.count = 0;
    feed(&parts, (const uint8_t *)"j", 1);
    require(parts.count == 1 && parts.presses[0] == 'j');
    return 0;
}
