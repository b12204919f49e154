/* fuzz_decoder.c - no bytes may jam the decoder of terminal input or make it report an impossible
 * key; and splitting the input changes nothing. The first byte says where to split. */
#include "../../ui/terminal/decoder.h"
#include "fuzz.h"

#include <locale.h>
#include <string.h>

#define MS      UINT64_C(1000000)
#define PRESSES 512

struct heard {
    struct decoder decoder;
    uint64_t now_ns;
    int presses[PRESSES];
    size_t count;
};

static void hear(struct heard *heard)
{
    for (int press; (press = decoder_next(&heard->decoder)) != 0;) {
        const struct pointer *pointer = &heard->decoder.pointer;
        require(press > 0 && press <= PRESS_PASTE);
        if (press == PRESS_POINTER)
            require(pointer->row >= 0 && pointer->column >= 0);
        if (press == PRESS_PASTE)
            for (const char *at = heard->decoder.paste; *at; at++)
                require(*at != 0x7f && ((unsigned char)*at >= ' '));
        if (heard->count < PRESSES)
            heard->presses[heard->count++] = press;
    }
}

static void pause_for(struct heard *heard, uint64_t ms)
{
    const uint64_t end_ns = heard->now_ns + ms * MS;
    for (int wait; (wait = decoder_wait_ms(&heard->decoder, heard->now_ns)) >= 0 &&
                   heard->now_ns + (uint64_t)wait * MS <= end_ns;) {
        heard->now_ns += (uint64_t)wait * MS;
        decoder_tick(&heard->decoder, heard->now_ns);
        hear(heard);
    }
    heard->now_ns = end_ns;
}

static void feed(struct heard *heard, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        decoder_take(&heard->decoder, bytes[i], heard->now_ns);
        hear(heard);
    }
}

static void play(struct heard *heard, const uint8_t *bytes, size_t length, size_t cut, uint64_t ms)
{
    *heard = (struct heard){.now_ns = 1000 * MS};
    decoder_open(&heard->decoder);
    heard->decoder.mouse = true;
    feed(heard, bytes, cut);
    pause_for(heard, ms);
    feed(heard, bytes + cut, length - cut);
    pause_for(heard, 3000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct heard whole, parts;
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
