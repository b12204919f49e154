#include "../../ui/terminal/decoder.h"
#include "random.h"
#include "texts.h"

#define MS UINT64_C(1000000)

TestSuite(decoder, .init = use_utf8);

static struct {
    struct decoder decoder;
    uint64_t now_ns;
    char text[4096]; /* names of the pressed keys */
} decoded;

static void note_press(int press)
{
    char name[DECODER_PASTE + 16] = "";
    const size_t length = strlen(decoded.text);
    if (press == PRESS_POINTER)
        snprintf(name, sizeof name, "(%d %d,%d)", decoded.decoder.pointer.kind,
                 decoded.decoder.pointer.row, decoded.decoder.pointer.column);
    else if (press == PRESS_PASTE)
        snprintf(name, sizeof name, "{%s}", decoded.decoder.paste);
    else if (press > '~' && press < PRESS_UP)
        snprintf(name, sizeof name, "U+%04X", (unsigned)press);
    else
        press_name(press, NULL, name, sizeof name);
    snprintf(decoded.text + length, sizeof decoded.text - length, "%s%s", length > 0 ? " " : "",
             name);
}

static void note_all(void)
{
    for (int press; (press = decoder_next(&decoded.decoder)) != 0;)
        note_press(press);
}

static void start(void)
{
    decoded.decoder = (struct decoder){.mouse = true};
    decoded.now_ns = 1000 * MS;
    decoded.text[0] = '\0';
}

/* Advances time while nothing arrives; the loop wakes up as often as the decoder asks for. */
static void wait_for(uint64_t ms)
{
    const uint64_t end_ns = decoded.now_ns + ms * MS;
    for (;;) {
        const int wait_ms = decoder_wait_ms(&decoded.decoder, decoded.now_ns);
        if (wait_ms < 0 || decoded.now_ns + (uint64_t)wait_ms * MS > end_ns)
            break;
        decoded.now_ns += (uint64_t)wait_ms * MS;
        decoder_tick(&decoded.decoder, decoded.now_ns);
        note_all();
    }
    decoded.now_ns = end_ns;
}

static void feed_bytes(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        decoder_take(&decoded.decoder, (unsigned char)bytes[i], decoded.now_ns);
        note_all();
    }
}

static void feed(const char *bytes)
{
    feed_bytes(bytes, strlen(bytes));
}

static void start_with(const char *bytes)
{
    start();
    feed(bytes);
}

/* Decodes these bytes, which arrive at once. */
static const char *decode(const char *bytes)
{
    start_with(bytes);
    wait_for(2000);
    return decoded.text;
}

/* Decodes these bytes, with `ms` of silence before each byte. */
static const char *decode_slowly(const char *bytes, uint64_t ms)
{
    start();
    for (; *bytes; bytes++) {
        wait_for(ms);
        feed_bytes(bytes, 1);
    }
    wait_for(2000);
    return decoded.text;
}

/* ---- keys ----------------------------------------------------------------------------------- */

Test(decoder, characters_are_themselves)
{
    cr_assert_str_eq(decode("q[ \t\r\n"), "q [ Space Tab Enter Enter");
    cr_assert_str_eq(decode("\x7f\b\x0c\x02"), "Backspace Backspace Ctrl-L Ctrl-B");
    cr_assert_str_eq(decode("é×𝄞j"), "U+00E9 U+00D7 U+1D11E j");
    cr_assert_str_eq(decode("\xe2\x82q"), "q", "a character that breaks off");
    cr_assert_str_eq(decode("\xff\xfe\xc0q"), "q", "bytes that are no UTF-8");
    cr_assert_str_eq(decode("\xf8\x88\x80\x80\x80q"), "q", "nor is what would be Up");
    cr_assert_str_eq(decode("\xfd\xbf\xbf\xbf\xbf\xbfq"), "q");
}

Test(decoder, home_and_end_in_all_their_encodings)
{
    static const char *const homes[] = {"\033[H", "\033[1~", "\033[7~", "\033OH"};
    static const char *const ends[] = {"\033[F", "\033[4~", "\033[8~", "\033OF"};
    for (int i = 0; i < 4; i++) {
        cr_assert_str_eq(decode(homes[i]), "Home");
        cr_assert_str_eq(decode(ends[i]), "End");
    }
}

Test(decoder, usual_keys)
{
    cr_assert_str_eq(decode("\033[A\033[B\033[C\033[D"), "Up Down Right Left");
    cr_assert_str_eq(decode("\033OA\033OB\033OC\033OD"), "Up Down Right Left");
    cr_assert_str_eq(decode("\033[5~\033[6~\033[Z"), "PgUp PgDn Shift-Tab");
    cr_assert_str_eq(decode("\033[2~\033[3~\033OM"), "Ins Delete Enter");
    cr_assert_str_eq(decode("\033OP\033OQ\033[21~\033[[A\033[11~"), "F1 F2 F10 F1 F1");
}

Test(decoder, terminfo_overrides_the_defaults)
{
    start();
    decoder_learn(&decoded.decoder, "\033[V", PRESS_PAGE_UP);
    decoder_learn(&decoded.decoder, "\033A", PRESS_UP);
    decoder_learn(&decoded.decoder, "\v", PRESS_UP);
    decoder_learn(&decoded.decoder, "\033[M", PRESS_F1);
    decoder_learn(&decoded.decoder, "\033[1~", PRESS_INSERT);
    decoder_learn(&decoded.decoder, "x", PRESS_DOWN);
    feed("\033[V\033A\v\033[Mx\033[1~j");
    cr_assert_str_eq(decoded.text, "PgUp Up Up F1 x Ins j");
}

/* ---- not keys ------------------------------------------------------------------------------- */

/* Each sequence is ignored as a whole, and a j after it is a key. */
static const char *const nothings[] = {
    "\033[I",
    "\033[O",
    "\033[13;2u",
    "\033[27;2;13~",
    "\033[?1;2c",
    "\033[?62;1;2;6;9c",
    "\033[>41;354;0c",
    "\033[0n",
    "\033[12;40R",
    "\033[?2026;1$y",
    "\033[1;5A",
    "\033[1;2H",
    "\033[200;1 q",
    "\033[!p",
    "\033[99999999999999999999999999999999999999999999999999999999999999999;1~",
    "\033O5P",
    "\033Op",
    "\033Ol",
    "\033Nq", /* a character of another character set (SS2) */
    "\xc2\x8eq",
    "\033[\177?1;\1772c",
    "\033O\177p",
    "\033]11;rgb:1a1a/1b1b/2c2c\033\\",
    "\033]11;rgb:1a1a/1b1b/2c2c\a",
    "\033]0;a title with \xc3\xa9 and \xe2\x80\xa6\a",
    "\033P>|XTerm(380)\033\\",
    "\033P1+r436f=323536\033\\",
    "\033_Gi=31;OK\033\\",
    "\033^private [[[ qqq\033\\",
    "\033Xstart of string qqq\033\\",
    "\033[<0;1;1m",
    "\033[<35;12;7M",
    "\033[<0;12M",
    "\033[<;;M",
    "\033[<0;-4;5M",
    "\033[<99999999999999999999;5;5M",
    "\033[M\x20", /* a mouse report of three more bytes, whatever they are */
    "\033[M#qq",
    "\033[0;10;5M",
    "\033(B",
    "\033x",
    "\033q",
    "\033\r",
    "\033\t",
    "\033\xc3\xa9",
    "\033 ",
    "\033/",
    "\033\033[A",
    "\033\033OH",
    "\xc2\x9bI",
    "\xc2\x9b?1;2c",
    "\x9bI",
    "\xc2\x9d"
    "11;rgb:0/0/0\xc2\x9c",
    "\xc2\x90q\033\\",
    "\xc2\x8f"
    "p",
    "\xc2\x84",
    "\033[12\030",
    "\033]11;\030",
    "\033[12\033[I",
    "\033]11;\033[I",
    "\033[[q",
};
#define NOTHINGS (sizeof nothings / sizeof *nothings)

Test(decoder, unknown_sequences_are_ignored_as_a_whole)
{
    for (size_t i = 0; i < NOTHINGS; i++) {
        start_with(nothings[i]);
        wait_for(1100);
        cr_assert_str_eq(decoded.text, "", "%zu: %s", i, decoded.text);
        feed("j");
        cr_assert_str_eq(decoded.text, "j", "%zu: %s", i, decoded.text);
    }
}

/* Without UTF-8, C1 controls are single bytes. */
Test(decoder, controls_of_eight_bits_in_a_locale_of_single_bytes)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C"));
    cr_assert_str_eq(decode("\x9bI\x9b?1;2cj"), "j");
    cr_assert_str_eq(decode("\x9d"
                            "11;q\x9cj\x8fHj"),
                     "j Home j");
}

Test(decoder, nul_inside_a_sequence_means_nothing)
{
    static const char bytes[] = "\033[\0001~\033[?\0001;2c\033]11;\000q\000\a\033O\000H\000j";
    start();
    feed_bytes(bytes, sizeof bytes - 1);
    cr_assert_str_eq(decoded.text, "Home Home j");
}

/* A key that arrives right after the sequence survives, unless the sequence is incomplete. */
Test(decoder, the_key_after_a_sequence_is_a_key)
{
    cr_assert_str_eq(decode("\033[Ij\033[Oj"), "j j");
    cr_assert_str_eq(decode("\033]11;x\033\\j\033]11;x\aj"), "j j");
    cr_assert_str_eq(decode("\033P1$r\033\\j\033[?1;2cj"), "j j");
    cr_assert_str_eq(decode("\033[12\rj"), "Enter j", "a sequence has no control characters");
    cr_assert_str_eq(decode("\033[12\xc3\xa9j"), "U+00E9 j");
}

/* ---- Escape --------------------------------------------------------------------------------- */

Test(decoder, escape_comes_after_a_short_wait)
{
    start_with("\033");
    cr_assert_str_eq(decoded.text, "");
    wait_for(60);
    cr_assert_str_eq(decoded.text, "Esc");
    wait_for(60);
    feed("q");
    cr_assert_str_eq(decoded.text, "Esc q");
}

Test(decoder, escape_twice_is_escape)
{
    cr_assert_str_eq(decode("\033\033"), "Esc");
    cr_assert_str_eq(decode_slowly("\033\033", 300), "Esc Esc");
}

/* A terminal sends Alt and a key as ESC and the key at once; nobody presses two keys within 10 ms.
 */
Test(decoder, escape_and_a_key_are_not_alt)
{
    start_with("\033");
    wait_for(20);
    feed("q");
    cr_assert_str_eq(decoded.text, "Esc q");
}

/* ---- slow links ----------------------------------------------------------------------------- */

Test(decoder, bytes_that_come_slowly_are_one_sequence)
{
    for (size_t i = 0; i < NOTHINGS; i++) {
        for (uint64_t ms = 100; ms <= 300; ms += 100) {
            const char *bytes = nothings[i];
            const bool begins_another =
                strstr(bytes + 1, "\033[") != NULL; /* its ESC alone would time out as Escape */
            if (bytes[0] != '\033' || !strchr("[]OP_^X", bytes[1]) || begins_another)
                continue;
            start();
            feed_bytes(bytes, 2);
            for (const char *at = bytes + 2; *at; at++) {
                wait_for(ms);
                feed_bytes(at, 1);
            }
            wait_for(1100);
            cr_assert_str_eq(decoded.text, "", "%zu at %d ms: %s", i, (int)ms, decoded.text);
        }
    }
}

/* Even if the first ESC arrives alone and was taken for Escape, the rest is not a key. */
Test(decoder, a_sequence_split_after_its_escape_has_no_other_effect)
{
    cr_assert_str_eq(decode_slowly("\033[I", 200), "Esc");
    cr_assert_str_eq(decode_slowly("\033[?1;2c", 300), "Esc");
    cr_assert_str_eq(decode_slowly("\033]11;x\a", 100), "Esc");
    cr_assert_str_eq(decode_slowly("\033OH", 100), "Esc Home");
    cr_assert_str_eq(decode_slowly("\033P>|XTerm(380)\033\\j", 200), "Esc j");
    cr_assert_str_eq(decode_slowly("\033P1+r436f=323536\033\\j", 300), "Esc j");
    cr_assert_str_eq(decode_slowly("\033P!|00000000\033\\j", 100), "Esc j");
    cr_assert_str_eq(decode_slowly("\033_Gi=31;OK\033\\j", 200), "Esc j");
    cr_assert_str_eq(decode_slowly("\033[I\033[I\033[H", 200), "Esc Home", "the link is slow now");
}

Test(decoder, escape_and_then_a_knob_key_is_both)
{
    cr_assert_str_eq(decode_slowly("\033[", 200), "Esc [");
    cr_assert_str_eq(decode_slowly("\033[[[", 200), "Esc [ [ [");
    cr_assert_str_eq(decode_slowly("\033]]j", 200), "Esc ] ] j");
    cr_assert_str_eq(decode_slowly("\033]qj", 200), "Esc ] q j");
    cr_assert_str_eq(decode_slowly("\033Pjj", 200), "Esc P j j");
    cr_assert_str_eq(decode_slowly("\033PP", 200), "Esc P P");
    cr_assert_str_eq(decode_slowly("\033[A", 600), "Esc [ A");
}

/* ---- endless input -------------------------------------------------------------------------- */

Test(decoder, endless_sequences_block_keys_only_briefly)
{
    static const char *const begun[] = {"\033[",  "\033[1;",    "\033O",     "\033]11;",
                                        "\033P",  "\033_",      "\033[M",    "\033[M!",
                                        "\033[[", "\033]x\033", "\033[200~", "\033[200~abc\033[2"};
    for (size_t i = 0; i < sizeof begun / sizeof *begun; i++) {
        start_with(begun[i]);
        wait_for(1100);
        decoded.text[0] = '\0';
        feed("j");
        cr_assert_str_eq(decoded.text, "j", "%zu: %s", i, decoded.text);
    }
}

/* A string sequence never ends, and the user keeps typing. */
Test(decoder, typing_gets_through_an_endless_string)
{
    start_with("\033]11;");
    for (int i = 0; i < 60; i++) {
        wait_for(200);
        feed("j");
    }
    cr_assert_geq(strlen(decoded.text), 2 * 8);
}

/* ---- the mouse ------------------------------------------------------------------------------ */

Test(decoder, the_mouse_reports_in_both_forms)
{
    cr_assert_str_eq(decode("\033[<0;10;5M\033[<0;10;5m"), "(0 4,9)");
    cr_assert_str_eq(decode("\033[<64;300;200M\033[<65;1;1M"), "(1 199,299) (2 0,0)");
    cr_assert_str_eq(decode("\033[M *%\033[M#*%"), "(0 4,9)");
    cr_assert_str_eq(decode("\033[M \xff\x80j"), "(0 95,222) j", "columns are no UTF-8");
}

Test(decoder, mouse_reports_are_ignored_when_disabled)
{
    start();
    decoded.decoder.mouse = false;
    feed("\033[<0;10;5M\033[M *%\033[M qqj");
    cr_assert_str_eq(decoded.text, "j");
}

/* ---- pastes --------------------------------------------------------------------------------- */

Test(decoder, a_paste_is_one_press)
{
    cr_assert_str_eq(decode("\033[200~export BATCH=4 # q\033[201~j"), "{export BATCH=4 # q} j");
    cr_assert_str_eq(decode("\033[200~\033[201~j"), "{} j");
    cr_assert_str_eq(decode("\033[200~one\rtwo q\n\033[201~j"), "{one} j");
    cr_assert_str_eq(decode("\033[200~a\tb\001c\x7f\033[201~"), "{abc}");
    cr_assert_str_eq(decode("\033[200~é…\033[201~"), "{é…}");
    cr_assert_str_eq(decode("\033[201~j"), "j", "an end without a beginning");
}

Test(decoder, a_paste_with_sequences_in_it)
{
    cr_assert_str_eq(decode("\033[200~\033[31mred\033[0m\033]0;q\a!\033[201~j"), "{red!} j");
    cr_assert_str_eq(decode("\033[200~a\033[M\033[201~j"), "{a} j");
    cr_assert_str_eq(decode("\033[200~a\033]no end\033[201~j"), "{a} j");
    cr_assert_str_eq(decode("\033[200~a\033\rb\033[201~j"), "{a} j");
    cr_assert_str_eq(decode("\033[200~a\033[200~b\033[201~j"), "{b} j");
    cr_assert_str_eq(decode("\033[200~a\033[<0;1;1M\033[A\033OHb\033[201~"), "{ab}");
}

Test(decoder, a_paste_in_parts)
{
    cr_assert_str_eq(decode_slowly("\033[200~40 q\033[201~", 45), "{40 q}");
    start_with("\033[200~4");
    wait_for(800);
    feed("0 q\033[20");
    wait_for(800);
    feed("1~j");
    cr_assert_str_eq(decoded.text, "{40 q} j");
}

Test(decoder, a_paste_without_an_end_times_out)
{
    start_with("\033[200~40");
    wait_for(1100);
    feed("j");
    cr_assert_str_eq(decoded.text, "{40} j");
}

Test(decoder, a_large_paste_is_truncated)
{
    start_with("\033[200~");
    for (int i = 0; i < 100000; i++)
        feed("x");
    feed("\033[201~j");
    cr_assert_eq(strlen(decoded.decoder.paste), DECODER_PASTE - 1);
    cr_assert_str_eq(decoded.text + strlen(decoded.text) - 3, "} j");
}

/* ---- every split ---------------------------------------------------------------------------- */

/* An input of keys, sequences and bytes that are neither. Returns its length. */
static size_t make_input(uint64_t *state, char *bytes, size_t room)
{
    static const char *const parts[] = {"j",
                                        "\033[A",
                                        "\033[1~",
                                        "\033OF",
                                        "é",
                                        "\033x",
                                        "\033[<0;3;4M",
                                        "\033[M *%",
                                        "\033[I",
                                        "\033]1;",
                                        "\033[200~a b",
                                        "\033[201~",
                                        "\033",
                                        "\r",
                                        "\033P1$r0m\033\\",
                                        "\xc2\x9b",
                                        "\033[",
                                        "\033\\",
                                        "\a",
                                        "\033[?1;2c"};
    const uint64_t count = sizeof parts / sizeof *parts;
    size_t length = 0;
    for (int i = 0; i < 12; i++) {
        const uint64_t part = random_below(state, count + NOTHINGS + 3);
        char byte[2] = {(char)(1 + random_below(state, 255)), '\0'};
        const char *piece = part < count              ? parts[part]
                            : part < count + NOTHINGS ? nothings[part - count]
                                                      : byte;
        if (length + strlen(piece) >= room)
            break;
        memcpy(bytes + length, piece, strlen(piece));
        length += strlen(piece);
    }
    return length;
}

/* If the input is split in two anywhere, with a pause as on a busy link, the keys are the same. */
Test(decoder, splitting_the_input_changes_no_key)
{
    uint64_t state = 1;
    for (int round = 0; round < 400; round++) {
        char bytes[1024];
        static char whole[sizeof decoded.text];
        const size_t length = make_input(&state, bytes, sizeof bytes);
        start();
        feed_bytes(bytes, length);
        wait_for(3000);
        strcpy(whole, decoded.text);
        for (size_t cut = 0; cut <= length; cut++) {
            start();
            feed_bytes(bytes, cut);
            wait_for(9);
            feed_bytes(bytes + cut, length - cut);
            wait_for(3000);
            cr_assert_str_eq(decoded.text, whole, "round %d, cut at %zu", round, cut);
        }
    }
}

/* Three seconds after any input, a key is recognised. */
Test(decoder, no_input_jams_the_decoder)
{
    uint64_t state = 7;
    for (int round = 0; round < 3000; round++) {
        start();
        for (int i = 0; i < 40; i++) {
            const char byte = (char)(random_next(&state) & 0xff);
            const char common = "\033\033[]OPM<;0123~\a\\\x9b"[random_next(&state) % 18];
            feed_bytes(random_next(&state) % 3 ? &common : &byte, 1);
            wait_for(random_next(&state) % 4 ? 0 : random_next(&state) % 400);
        }
        wait_for(3000);
        decoded.text[0] = '\0';
        feed("j");
        cr_assert_str_eq(decoded.text, "j", "round %d", round);
    }
}
