/*
 * decoder.h - bytes from the terminal become presses (keys.h). A state machine: bytes and the time
 * go in, presses come out. It reads nothing and knows no curses.
 *
 * An escape sequence that means nothing here is swallowed whole: CSI with any parameters, SS2
 * and SS3, strings (OSC, DCS, APC, PM, SOS) up to BEL or ST, reports of the mouse, Alt with a key,
 * and the 8-bit forms of all of these where the encoding has C1 controls.
 *
 * Only time tells the Escape key from the first byte of a sequence, so there are three waits:
 *   - after ESC: 50 ms, so that Escape feels immediate;
 *   - once a sequence has begun (ESC [ and the like): 1 s for each byte. A slow link may take
 *     300 ms, and the wait delays no key, because no key sends those bytes;
 *   - after a sequence that came in parts: ESC waits 500 ms too, until a sequence comes in one
 *     piece, because the link is slow.
 * A slow link may still part the first ESC from its '['. Then Escape was pressed already, but the
 * rest is recognised (DECODER_LATE) and is no key.
 * A sequence that never ends is dropped after its wait. If the user types on without a pause, most
 * sequences end with the next letter, and a string is dropped 10 s after it began.
 */
#ifndef UI_DECODER_H
#define UI_DECODER_H

#include "keys.h"

#include <stdint.h>
#include <wchar.h>

#define DECODER_KEYS  40u  /* that decoder_learn can be given */
#define DECODER_PASTE 256u /* bytes of a paste that are kept, with the NUL */

enum decoder_state {
    DECODER_GROUND,
    DECODER_ESCAPE,        /* ESC */
    DECODER_INTERMEDIATE,  /* ESC and one of " !...+,-./": Alt with that key, or a longer one */
    DECODER_LATE,          /* one of "[O]P_" shortly after Escape was said */
    DECODER_CSI,           /* ESC [ */
    DECODER_CONSOLE,       /* ESC [ [: function keys of Linux's console */
    DECODER_SS3,           /* ESC O, ESC N */
    DECODER_STRING,        /* ESC ] and alike */
    DECODER_STRING_ESCAPE, /* ESC inside that: the first half of ST, or another sequence */
    DECODER_X10,           /* the three bytes of an old mouse report */
};

struct decoder {
    bool mouse; /* reports are asked for; else they are swallowed */

    struct {
        char bytes[16];
        int press;
    } keys[DECODER_KEYS]; /* terminfo's */
    size_t key_count;

    enum decoder_state state;
    char sequence[48];   /* what has come of it; only the first bytes of a long one */
    size_t length;       /* of all of it */
    bool alt;            /* ESC came twice: Alt with a key that is a sequence itself */
    bool slow;           /* the last sequence came in parts */
    bool parted;         /* this one does */
    uint64_t begun_ns;   /* when the sequence began */
    uint64_t last_ns;    /* when the last byte came */
    uint64_t escaped_ns; /* when the ESC of the last Escape came; 0: something followed it */
    mbstate_t multibyte; /* of a character that has come in part */

    bool pasting;
    bool paste_ended; /* its first line has: the others are dropped */
    size_t paste_length;
    char paste[DECODER_PASTE]; /* after PRESS_PASTE: the first line, without control characters */

    struct pointer pointer; /* after PRESS_POINTER */
    int presses[4];         /* that were not taken yet */
    size_t press_count;
};

/* Sets up: no terminfo keys, nothing pending, no mouse. */
void decoder_open(struct decoder *decoder);

/* Takes over a key of terminfo. It outranks the usual encodings, which are known without. Only a
 * single control character, or a sequence that ESC begins, is of use; others are left out. */
void decoder_learn(struct decoder *decoder, const char *bytes, int press);

/* Drops what has come in part. */
void decoder_reset(struct decoder *decoder);

/* Takes a byte that was read at now_ns (a steady clock). Then take all of decoder_next. */
void decoder_take(struct decoder *decoder, unsigned char byte, uint64_t now_ns);

/* Until now_ns nothing else has come: call it only when there is nothing to read. */
void decoder_tick(struct decoder *decoder, uint64_t now_ns);

/* The next press; 0: there is none. After PRESS_POINTER and PRESS_PASTE look at `pointer` and
 * `paste` before the next byte. */
int decoder_next(struct decoder *decoder);

/* Milliseconds until decoder_tick has something to say if nothing comes; -1: it has nothing. */
int decoder_wait_ms(const struct decoder *decoder, uint64_t now_ns);

#endif
