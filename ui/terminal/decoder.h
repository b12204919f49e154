/*
 * decoder.h - decodes bytes from the terminal to presses (keys.h). A state machine: bytes and
 * times in, presses out. It reads nothing and does not depend on curses.
 *
 * An unknown escape sequence is swallowed whole: CSI with any parameters, SS2 and SS3, strings
 * (OSC, DCS, APC, PM, SOS) up to BEL or ST, mouse reports, Alt with a key, and the 8-bit forms
 * of all of these if the encoding has C1 controls.
 *
 * Only time distinguishes the Escape key from the first byte of a sequence, so there are three
 * waits:
 *
 * - after ESC: 50 ms, so that Escape feels immediate;
 * - within a sequence (after ESC [ and the like): 1 s for each byte. A slow link may take 300 ms,
 *   and this wait delays no key, because no key sends such a beginning alone;
 * - after a sequence that arrived in parts, the link is slow: ESC then waits 500 ms, until a
 *   sequence arrives in one piece.
 *
 * A slow link may still separate the first ESC from its '['. Then Escape has already been
 * reported, but the rest is recognised (DECODER_LATE) and ignored. A sequence that never ends is
 * dropped after its wait. If the user types without a pause, most sequences end with the next
 * letter, and a string is dropped 10 s after it began.
 */
#pragma once

#include "keys.h"

#include <stdint.h>
#include <wchar.h>

#define DECODER_KEYS  40u  /* the most keys that decoder_learn accepts */
#define DECODER_PASTE 256u /* bytes kept of a paste, with the NUL */

enum decoder_state {
    DECODER_GROUND,
    DECODER_ESCAPE,        /* ESC */
    DECODER_INTERMEDIATE,  /* ESC and one of " !...+,-./": Alt with that key, or a longer
                              sequence */
    DECODER_LATE,          /* one of "[O]P_" shortly after Escape was reported */
    DECODER_CSI,           /* ESC [ */
    DECODER_CONSOLE,       /* ESC [ [: function keys of the Linux console */
    DECODER_SS3,           /* ESC O, ESC N */
    DECODER_STRING,        /* ESC ] and the like */
    DECODER_STRING_ESCAPE, /* ESC inside a string: the first half of ST, or another sequence */
    DECODER_X10,           /* the three bytes of an old mouse report */
};

/* A key and the bytes that a terminal sends for it. */
struct decoder_key {
    char bytes[16];
    int press;
};

/* A zeroed decoder has no terminfo keys and nothing pending, and ignores the mouse. */
struct decoder {
    bool mouse; /* mouse reports were requested; otherwise they are swallowed */

    struct decoder_key keys[DECODER_KEYS]; /* from terminfo */
    size_t key_count;

    enum decoder_state state;
    char sequence[48];   /* received so far; only the first bytes of a long one */
    size_t length;       /* length of the whole sequence */
    bool alt;            /* two ESC: Alt with a key that is itself a sequence */
    bool slow;           /* the last sequence arrived in parts */
    bool parted;         /* the current sequence arrives in parts */
    uint64_t begun_ns;   /* when the sequence began */
    uint64_t last_ns;    /* when the last byte came */
    uint64_t escaped_ns; /* when the last Escape's ESC arrived; 0: a character has followed it */
    mbstate_t multibyte; /* state of a partial character */

    bool pasting;
    bool paste_ended; /* the first line has ended: the others are dropped */
    size_t paste_length;
    char paste[DECODER_PASTE]; /* after PRESS_PASTE: the first line, without control characters */

    struct pointer pointer; /* after PRESS_POINTER: the event */
    int presses[4];         /* decoded, but not returned yet */
    size_t press_count;
};

/* Adds a key from terminfo, which takes precedence over the built-in encodings. Ignores
 * everything except a single control character or a sequence that begins with ESC. */
void decoder_learn(struct decoder *decoder, const char *bytes, int press);

/* Drops a partial sequence. */
void decoder_reset(struct decoder *decoder);

/* Takes a byte that was read at now_ns (a steady clock). Call decoder_next afterwards until it
 * returns 0. */
void decoder_take(struct decoder *decoder, unsigned char byte, uint64_t now_ns);

/* Tells the decoder that no byte has arrived until now_ns. Call it only when there is nothing to
 * read. */
void decoder_tick(struct decoder *decoder, uint64_t now_ns);

/* The next press; 0: none. After PRESS_POINTER and PRESS_PASTE read `pointer` or `paste` before you
 * pass the next byte. */
int decoder_next(struct decoder *decoder);

/* Milliseconds until decoder_tick may produce a press if no byte arrives; -1: never. */
int decoder_wait_ms(const struct decoder *decoder, uint64_t now_ns);
