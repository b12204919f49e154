#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#define MS          UINT64_C(1000000)
#define ALT_NS      (10 * MS)    /* Alt with a key sends ESC and the key within this time */
#define ESCAPE_NS   (50 * MS)    /* after this silence, ESC is the Escape key */
#define SLOW_NS     (500 * MS)   /* the same, on a slow link */
#define SEQUENCE_NS (1000 * MS)  /* after this silence, a sequence is dropped, and a paste ends */
#define LONGEST_NS  (10000 * MS) /* time limit of a string (OSC, DCS), which swallows keys */

#define ESC 0x1b
#define BEL 0x07
#define CAN 0x18
#define SUB 0x1a
#define ST  0x9c /* C1 */

#define WHEEL_UP 64 /* button number; down, left and right follow, as in enum pointer_kind */

/* ---- presses -------------------------------------------------------------------------------- */

static void say(struct decoder *decoder, int press)
{
    if (press != 0 && decoder->press_count < sizeof decoder->presses / sizeof *decoder->presses)
        decoder->presses[decoder->press_count++] = press;
}

int decoder_next(struct decoder *decoder)
{
    if (decoder->press_count == 0)
        return 0;
    const int press = decoder->presses[0];
    decoder->press_count--;
    memmove(decoder->presses, decoder->presses + 1,
            decoder->press_count * sizeof *decoder->presses);
    return press;
}

/* ---- known keys ----------------------------------------------------------------------------- */

void decoder_learn(struct decoder *decoder, const char *bytes, int press)
{
    const bool single = bytes[0] && !bytes[1] && ((unsigned char)bytes[0] < ' ' || *bytes == 0x7f);
    const bool sequence = bytes[0] == ESC && bytes[1];
    if (decoder->key_count == DECODER_KEYS || (!single && !sequence) ||
        strlen(bytes) >= sizeof decoder->keys->bytes)
        return;
    strcpy(decoder->keys[decoder->key_count].bytes, bytes);
    decoder->keys[decoder->key_count++].press = press;
}

static int find_key(const struct decoder_key *keys, size_t count, const char *bytes)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].bytes, bytes) == 0)
            return keys[i].press;
    return 0;
}

static int find_learnt(const struct decoder *decoder, const char *bytes)
{
    return find_key(decoder->keys, decoder->key_count, bytes);
}

/* Finds a sequence that terminals send even if terminfo names another one: tmux calls itself xterm
 * to some programs, but has its own Home and End. */
static int find_usual(const char *bytes)
{
    static const struct decoder_key usual[] = {
        {"\033[A", PRESS_UP},       {"\033OA", PRESS_UP},         {"\033[B", PRESS_DOWN},
        {"\033OB", PRESS_DOWN},     {"\033[C", PRESS_RIGHT},      {"\033OC", PRESS_RIGHT},
        {"\033[D", PRESS_LEFT},     {"\033OD", PRESS_LEFT},       {"\033[H", PRESS_HOME},
        {"\033OH", PRESS_HOME},     {"\033[1~", PRESS_HOME},      {"\033[7~", PRESS_HOME},
        {"\033[F", PRESS_END},      {"\033OF", PRESS_END},        {"\033[4~", PRESS_END},
        {"\033[8~", PRESS_END},     {"\033[2~", PRESS_INSERT},    {"\033[3~", PRESS_DELETE},
        {"\033[5~", PRESS_PAGE_UP}, {"\033[6~", PRESS_PAGE_DOWN}, {"\033[Z", PRESS_BACKTAB},
        {"\033OM", PRESS_ENTER},    {"\033OP", PRESS_F1},         {"\033OQ", PRESS_F2},
        {"\033OR", PRESS_F1 + 2},   {"\033OS", PRESS_F1 + 3},     {"\033[[A", PRESS_F1},
        {"\033[[B", PRESS_F2},      {"\033[[C", PRESS_F1 + 2},    {"\033[[D", PRESS_F1 + 3},
        {"\033[[E", PRESS_F1 + 4},  {"\033[11~", PRESS_F1},       {"\033[12~", PRESS_F2},
        {"\033[13~", PRESS_F1 + 2}, {"\033[14~", PRESS_F1 + 3},   {"\033[15~", PRESS_F1 + 4},
        {"\033[17~", PRESS_F1 + 5}, {"\033[18~", PRESS_F1 + 6},   {"\033[19~", PRESS_F1 + 7},
        {"\033[20~", PRESS_F1 + 8}, {"\033[21~", PRESS_F10},      {"\033[23~", PRESS_F1 + 10},
        {"\033[24~", PRESS_F12},
    };
    return find_key(usual, sizeof usual / sizeof *usual, bytes);
}

/* ---- sequences ------------------------------------------------------------------------------ */

/* Appends a character, as a byte, to the sequence. `length` also counts those that no longer fit.
 */
static void append(struct decoder *decoder, wint_t character)
{
    if (decoder->length + 1 < sizeof decoder->sequence) {
        decoder->sequence[decoder->length] = (char)character;
        decoder->sequence[decoder->length + 1] = '\0';
    }
    decoder->length++;
}

/* Begins a sequence with ESC and, unless it is 0, `second`. */
static void begin(struct decoder *decoder, enum decoder_state state, wint_t second)
{
    decoder->state = state;
    decoder->length = 0;
    decoder->alt = decoder->parted = false;
    decoder->begun_ns = decoder->last_ns;
    append(decoder, ESC);
    if (second)
        append(decoder, second);
}

static bool is_whole(const struct decoder *decoder)
{
    return decoder->length < sizeof decoder->sequence;
}

/* Ends the sequence: reports its key, or ignores it. */
static void end(struct decoder *decoder)
{
    int press = 0;
    if (is_whole(decoder) && !decoder->alt && !decoder->pasting) {
        press = find_learnt(decoder, decoder->sequence);
        press = press ? press : find_usual(decoder->sequence);
    }
    decoder->slow = decoder->parted;
    decoder->state = DECODER_GROUND;
    say(decoder, press);
}

/* ---- the mouse ------------------------------------------------------------------------------ */

/* Reports a mouse event. `button` is the number in the terminal's report; column and row begin at
 * 1. */
static void take_button(struct decoder *decoder, long button, long column, long row)
{
    const bool known = button == 0 || (button >= WHEEL_UP && button < WHEEL_UP + 4);
    if (!decoder->mouse || decoder->pasting || !known || row < 1 || column < 1 || row > 10000 ||
        column > 10000)
        return;
    decoder->pointer = (struct pointer){
        .row = (int)row - 1,
        .column = (int)column - 1,
        .kind =
            button == 0 ? POINTER_CLICK : (enum pointer_kind)(POINTER_WHEEL_UP + button - WHEEL_UP),
    };
    say(decoder, PRESS_POINTER);
}

/* Decodes a mouse report in SGR form, "\033[<0;10;5M": button, column, row, and M for press or m
 * for release. Ignores releases. */
static void take_sgr_report(struct decoder *decoder)
{
    long numbers[3];
    char *at = decoder->sequence + 3;
    for (int i = 0; i < 3; i++) {
        const char *from = at;
        numbers[i] = strtol(at, &at, 10);
        if (at == from || *from == '-' || *at != (i < 2 ? ';' : 'M'))
            return;
        at++;
    }
    if (*at == '\0')
        take_button(decoder, numbers[0], numbers[1], numbers[2]);
}

/* Decodes a complete mouse report in the old form: "\033[M" and three bytes, each offset by 32. */
static void take_x10_report(struct decoder *decoder)
{
    const unsigned char *bytes = (const unsigned char *)decoder->sequence + 3;
    decoder->state = DECODER_GROUND;
    take_button(decoder, bytes[0] - 32, bytes[1] - 32, bytes[2] - 32);
}

/* ---- pastes --------------------------------------------------------------------------------- */

static void begin_paste(struct decoder *decoder)
{
    decoder->pasting = true;
    decoder->paste_ended = false;
    decoder->paste_length = 0;
}

static void end_paste(struct decoder *decoder)
{
    if (!decoder->pasting)
        return;
    decoder->pasting = false;
    decoder->paste[decoder->paste_length] = '\0';
    say(decoder, PRESS_PASTE);
}

static void paste_character(struct decoder *decoder, wint_t character)
{
    char bytes[16];
    mbstate_t state = {0};
    decoder->paste_ended |= character == '\r' || character == '\n';
    const bool control = character < ' ' || character == 0x7f;
    const size_t length = control ? 0 : wcrtomb(bytes, (wchar_t)character, &state);
    if (decoder->paste_ended || length == (size_t)-1 ||
        decoder->paste_length + length >= sizeof decoder->paste)
        return;
    memcpy(decoder->paste + decoder->paste_length, bytes, length);
    decoder->paste_length += length;
}

/* ---- characters ----------------------------------------------------------------------------- */

static void take_character(struct decoder *decoder, wint_t character);

/* Ends a sequence at a character that it cannot contain, and takes that character by itself. */
static void abandon(struct decoder *decoder, wint_t character)
{
    decoder->state = DECODER_GROUND;
    if (character != CAN && character != SUB)
        take_character(decoder, character);
}

static bool is_one_of(wint_t character, const char *ascii)
{
    return character > 0 && character < 0x80 && strchr(ascii, (int)character);
}

/* The state that this character begins after ESC; DECODER_GROUND: none. */
static enum decoder_state begun_by(wint_t character)
{
    return character == '['                ? DECODER_CSI
           : is_one_of(character, "NO")    ? DECODER_SS3    /* SS2, SS3 */
           : is_one_of(character, "PX]^_") ? DECODER_STRING /* DCS, SOS, OSC, PM, APC */
                                           : DECODER_GROUND;
}

static void take_key(struct decoder *decoder, wint_t character)
{
    const char bytes[2] = {(char)character, '\0'};
    const bool control = (character > 0 && character < ' ') || character == 0x7f;
    const int learnt = control ? find_learnt(decoder, bytes) : 0;
    if (learnt)
        say(decoder, learnt);
    else if (character == '\n')
        say(decoder, PRESS_ENTER);
    else if (character == 0x7f || character == PRESS_CTRL('H'))
        say(decoder, PRESS_BACKSPACE);
    else
        say(decoder, (int)character);
}

static void take_ground(struct decoder *decoder, wint_t character)
{
    const uint64_t escaped_ns = decoder->escaped_ns;
    const bool late = escaped_ns && decoder->last_ns - escaped_ns <= SLOW_NS && !decoder->pasting;
    decoder->escaped_ns = 0;
    if (character == ESC) {
        begin(decoder, DECODER_ESCAPE, 0);
    } else if (character >= 0x80 && character < 0xa0) {
        const enum decoder_state state = begun_by(character - 0x40);
        if (state != DECODER_GROUND)
            begin(decoder, state, character - 0x40);
    } else if (late && is_one_of(character, "[O]P_")) {
        begin(decoder, DECODER_LATE, character);
        decoder->begun_ns = escaped_ns;
    } else if (decoder->pasting) {
        paste_character(decoder, character);
    } else {
        take_key(decoder, character);
    }
}

static void take_escape(struct decoder *decoder, wint_t character)
{
    const enum decoder_state state = begun_by(character);
    const uint64_t gap_ns = decoder->last_ns - decoder->begun_ns;
    if (character == ESC) {
        decoder->alt = true;
        return;
    }
    append(decoder, character);
    if (state != DECODER_GROUND) {
        decoder->state = state;
    } else if (decoder->pasting && character < ' ') { /* such as the paste's first line end */
        abandon(decoder, character);
    } else if (gap_ns > ALT_NS && !decoder->pasting &&
               !find_learnt(decoder, decoder->sequence)) { /* Escape, then another key */
        decoder->state = DECODER_GROUND;
        say(decoder, PRESS_ESCAPE);
        take_character(decoder, character);
    } else if (character >= ' ' && character < '0') {
        decoder->state = DECODER_INTERMEDIATE;
    } else {
        end(decoder);
    }
}

static void take_intermediate(struct decoder *decoder, wint_t character)
{
    if (character >= '0')
        decoder->state = DECODER_GROUND;
}

/* Whether the character may continue a sequence that began with ESC and `second`. If not, the user
 * pressed Escape, then the key `second`. */
static bool continues(char second, wint_t character)
{
    const bool digit = character >= '0' && character <= '9';
    const bool capital = character >= 'A' && character <= 'Z';
    const bool sign = character >= '<' && character <= '?';
    switch (second) {
    case '[':
        return digit || capital || sign;
    case 'P': /* DCS: the reply to a query for a name, a setting or a capability */
        return digit || character == '!' || character == '$' || sign;
    case ']':
        return digit;
    default:
        return character > ' ' && character <= '~';
    }
}

static void take_late(struct decoder *decoder, wint_t character)
{
    const char first = decoder->sequence[1];
    if (continues(first, character)) {
        decoder->state = begun_by((wint_t)first);
        decoder->parted = true;
    } else {
        decoder->state = DECODER_GROUND;
        take_key(decoder, (wint_t)first);
    }
    take_character(decoder, character);
}

static void end_csi(struct decoder *decoder)
{
    const char *parameters = decoder->sequence + 2;
    const bool whole = is_whole(decoder);
    decoder->state = DECODER_GROUND;
    if (whole && strcmp(parameters, "200~") == 0) {
        begin_paste(decoder);
    } else if (whole && strcmp(parameters, "201~") == 0) {
        end_paste(decoder);
    } else if (strcmp(parameters, "M") == 0 && !decoder->pasting &&
               !find_learnt(decoder, decoder->sequence)) {
        decoder->state = DECODER_X10;
    } else if (whole && *parameters == '<') {
        take_sgr_report(decoder);
        end(decoder);
    } else {
        end(decoder);
    }
}

static void take_csi(struct decoder *decoder, wint_t character)
{
    const bool first = decoder->length == 2;
    append(decoder, character);
    if (first && character == '[')
        decoder->state = DECODER_CONSOLE;
    else if (character >= '@')
        end_csi(decoder);
}

/* Takes the character after SS3, or after the Linux console's "ESC [ [". Some terminals put the
 * digits of a modifier before the character of SS3. */
static void take_single(struct decoder *decoder, wint_t character)
{
    append(decoder, character);
    const bool parameter = (character >= '0' && character <= '9') || character == ';';
    if (decoder->state != DECODER_SS3 || !parameter)
        end(decoder);
}

static void take_string(struct decoder *decoder, wint_t character)
{
    if (character == ESC)
        decoder->state = DECODER_STRING_ESCAPE;
    else if (character == BEL || character == ST || character == CAN || character == SUB)
        end(decoder);
    else
        append(decoder, character < 0x80 ? character : '?');
}

static void take_string_escape(struct decoder *decoder, wint_t character)
{
    if (character == '\\') {
        end(decoder);
        return;
    }
    begin(decoder, DECODER_ESCAPE, 0);
    take_escape(decoder, character);
}

static const struct {
    void (*take)(struct decoder *decoder, wint_t character);
    bool printable;   /* only printable characters belong to the sequence; others end it */
    uint64_t wait_ns; /* decoder_tick acts after this silence; 0: never */
} states[] = {
    [DECODER_GROUND] = {.take = take_ground},
    [DECODER_ESCAPE] = {.take = take_escape, .wait_ns = ESCAPE_NS},
    [DECODER_INTERMEDIATE] = {.take = take_intermediate, .printable = true, .wait_ns = ESCAPE_NS},
    [DECODER_LATE] = {.take = take_late, .wait_ns = SLOW_NS},
    [DECODER_CSI] = {.take = take_csi, .printable = true, .wait_ns = SEQUENCE_NS},
    [DECODER_CONSOLE] = {.take = take_single, .printable = true, .wait_ns = SEQUENCE_NS},
    [DECODER_SS3] = {.take = take_single, .printable = true, .wait_ns = SEQUENCE_NS},
    [DECODER_STRING] = {.take = take_string, .wait_ns = SEQUENCE_NS},
    [DECODER_STRING_ESCAPE] = {.take = take_string_escape, .wait_ns = SEQUENCE_NS},
    [DECODER_X10] = {.take = take_ground, .wait_ns = SEQUENCE_NS}, /* decoder_take reads it */
};

static void take_character(struct decoder *decoder, wint_t character)
{
    if ((character == 0 || character == 0x7f) && decoder->state >= DECODER_CSI)
        return; /* NUL and DEL are padding inside a sequence */
    if (states[decoder->state].printable && (character < ' ' || character > '~'))
        abandon(decoder, character);
    else
        states[decoder->state].take(decoder, character);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Decodes a byte in the locale's encoding. A character may arrive in several reads. If a byte makes
 * the character invalid, that byte may begin another character. A byte that cannot begin a
 * character is a C1 control, or is dropped. */
static void decode(struct decoder *decoder, unsigned char byte)
{
    const bool fresh = mbsinit(&decoder->multibyte) != 0;
    const char in = (char)byte;
    wchar_t character;
    const size_t result = mbrtowc(&character, &in, 1, &decoder->multibyte);
    if (result == (size_t)-2)
        return;
    if (result != (size_t)-1) {
        /* glibc also decodes obsolete sequences of up to six bytes. Drop values above U+10FFFF:
         * they would collide with key codes (PRESS_*). */
        if (result == 0 || (character >= 0 && character <= 0x10ffff))
            take_character(decoder, result == 0 ? 0 : (wint_t)character);
        return;
    }
    memset(&decoder->multibyte, 0, sizeof decoder->multibyte);
    if (!fresh)
        decode(decoder, byte);
    else if (byte >= 0x80 && byte < 0xa0)
        take_character(decoder, byte);
}

void decoder_take(struct decoder *decoder, unsigned char byte, uint64_t now_ns)
{
    const bool inside = decoder->state != DECODER_GROUND;
    const bool string = decoder->state == DECODER_STRING || decoder->state == DECODER_STRING_ESCAPE;
    if (string && now_ns - decoder->begun_ns > LONGEST_NS)
        decoder->state = DECODER_GROUND;
    decoder->parted |= inside && now_ns - decoder->last_ns > ESCAPE_NS;
    decoder->last_ns = now_ns;
    if (decoder->state == DECODER_X10) {
        append(decoder, byte);
        if (decoder->length == 6)
            take_x10_report(decoder);
    } else {
        decode(decoder, byte);
    }
}

/* ---- time ----------------------------------------------------------------------------------- */

/* When decoder_tick acts if no byte arrives until then; 0: never. */
static uint64_t deadline(const struct decoder *decoder)
{
    if (decoder->pasting)
        return decoder->last_ns + SEQUENCE_NS;
    if (decoder->state == DECODER_ESCAPE && decoder->slow)
        return decoder->last_ns + SLOW_NS;
    const uint64_t wait_ns = states[decoder->state].wait_ns;
    return wait_ns > 0 ? decoder->last_ns + wait_ns : 0;
}

void decoder_tick(struct decoder *decoder, uint64_t now_ns)
{
    const uint64_t at_ns = deadline(decoder);
    if (at_ns == 0 || now_ns < at_ns)
        return;
    const enum decoder_state state = decoder->state;
    decoder->state = DECODER_GROUND;
    if (decoder->pasting) {
        end_paste(decoder);
    } else if (state == DECODER_ESCAPE) {
        decoder->escaped_ns = decoder->last_ns;
        say(decoder, PRESS_ESCAPE);
    } else if (state == DECODER_LATE) {
        take_key(decoder, (wint_t)decoder->sequence[1]);
    }
}

int decoder_wait_ms(const struct decoder *decoder, uint64_t now_ns)
{
    const uint64_t at_ns = deadline(decoder);
    if (at_ns == 0)
        return -1;
    return at_ns <= now_ns ? 0 : (int)((at_ns - now_ns) / MS) + 1;
}

void decoder_reset(struct decoder *decoder)
{
    decoder->state = DECODER_GROUND;
    decoder->pasting = decoder->slow = false;
    decoder->press_count = 0;
    decoder->escaped_ns = 0;
    memset(&decoder->multibyte, 0, sizeof decoder->multibyte);
}
