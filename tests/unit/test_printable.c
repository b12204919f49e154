/*
 * test_printable.c - writes every code point, and bytes that are no UTF-8, with every function that
 * writes text: to the terminal, and to documents that other programs read.
 */
#include "../../src/base/fold.h"
#include "../../src/base/json_writer.h"
#include "../../src/base/plot_svg.h"
#include "../../src/base/streams.h"
#include "../../src/base/text.h"
#include "../../src/document/csv.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <unistd.h>

#define CODE_POINTS 0x110000u
#define SURROGATES  0x800u
#define BYTES       4u /* bytes per character */

/* Encodes a code point according to RFC 3629. Also encodes surrogates, which gives invalid UTF-8.
 */
static size_t encode(uint32_t point, char bytes[BYTES + 1])
{
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    bytes[length] = '\0';
    for (size_t i = length - 1; i > 0; i--, point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)(heads[length] | point);
    return length;
}

/* Reads a well-formed character; independent of the decoder under test. */
static uint32_t decode(const char **at)
{
    const unsigned char *byte = (const unsigned char *)*at;
    size_t length = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? byte[0] : byte[0] & (0x3fu >> (length - 1));
    cr_assert(byte[0] < 0x80 || (byte[0] >= 0xc2 && byte[0] <= 0xf4), "byte %02x", byte[0]);
    for (size_t i = 1; i < length; i++) {
        cr_assert_eq(byte[i] & 0xc0, 0x80);
        point = point << 6 | (byte[i] & 0x3f);
    }
    *at += length;
    return point;
}

/* Code points that must never reach a terminal. The list is independent of the code under test. */
static bool is_dangerous(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
           (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2060 && point <= 0x2069) || point == 0x61c || point == 0xfeff ||
           (point >= 0xd800 && point <= 0xdfff) || (point & 0xfffe) == 0xfffe;
}

/* All code points except NUL, with a letter between them. malloc. */
static char *all_points(void)
{
    char *text = malloc((size_t)CODE_POINTS * (BYTES + 1) + 1), *at = text;
    cr_assert_not_null(text);
    for (uint32_t point = 1; point < CODE_POINTS; point++) {
        at += encode(point, at);
        *at++ = 'x';
    }
    *at = '\0';
    return text;
}

/* `passing`: control characters that the text may contain. */
static void expect_harmless(const char *text, const char *passing)
{
    while (*text) {
        uint32_t point = decode(&text);
        cr_assert(!is_dangerous(point) || (point < 0x80 && strchr(passing, (int)point)),
                  "U+%04X is in the text", point);
    }
}

Test(printable, visible_characters_are_known)
{
    static const uint32_t visible[] = {' ', '~', 0xa0, 0xe9, 0x3b1, 0x2588, 0x4e2d, 0x1f600};
    char bytes[BYTES + 1];
    for (uint32_t point = 1; point < CODE_POINTS; point++) {
        size_t length = encode(point, bytes);
        size_t seen = text_visible_length(bytes);
        cr_assert(seen == 0 || seen == length, "U+%04X", point);
        cr_assert(!is_dangerous(point) || seen == 0, "U+%04X", point);
    }
    for (size_t i = 0; i < sizeof visible / sizeof *visible; i++) {
        size_t length = encode(visible[i], bytes);
        cr_assert_eq(text_visible_length(bytes), length, "U+%04X", visible[i]);
    }
}

Test(printable, texts_are_made_visible_in_place_and_once)
{
    char *text = text_make_visible(all_points());
    expect_harmless(text, "");
    char *again = strdup(text);
    cr_assert_str_eq(text_make_visible(again), text);
    free(again);
    free(text);

    char broken[] = "a\xff"
                    "b\xc2"
                    "c\xe2\x96"
                    "d\xed\xa0\x80"
                    "e\xf0\x9f\x98";
    cr_assert_str_eq(text_make_visible(broken), "a?b?c??d???e???");
    char names[] = "x\x1b[31m\ny\xe2\x80\xaez";
    cr_assert_str_eq(text_make_visible(names), "x?[31m?y?z");
    char shown[12];
    cr_assert_str_eq(text_visible(shown, sizeof shown, "ab\ncd"), "ab?cd");
    cr_assert_str_eq(text_visible(shown, sizeof shown, "beginning and end"), "begi... end");
}

Test(printable, errors_are_harmless)
{
    struct error error;
    error_set(&error, ERROR_INPUT, "cannot open %s: %s", "a\x1b]0;t\a\nb\xe2\x80\xae", "why");
    cr_assert_str_eq(error.text, "cannot open a?]0;t??b?: why");
    char *all = all_points();
    error_set(&error, ERROR_INPUT, "%s", all);
    expect_harmless(error.text, "");
    free(all);
}

Test(printable, folded_text_is_harmless)
{
    char *all = all_points(), *folded = NULL;
    size_t length;
    FILE *out = open_memstream(&folded, &length);
    fold_print(out, 0, 4, all);
    fold_print(out, 0, 0, "a\x1b[2J\nb \xff");
    fclose(out);
    expect_harmless(folded, "\n");
    assert_contains(folded, "\na?[2J?b ?\n");
    free(folded);
    free(all);
}

/* Prints to standard output in pieces of `piece` bytes; returns what comes out of a pipe. */
static char *print_guarded(const char *text, size_t piece)
{
    int ends[2];
    char *out = NULL;
    size_t held = 0, room = strlen(text) + 1;
    cr_assert_eq(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        streams_guard_stdout();
        for (const char *at = text, *end = text + strlen(text); at < end; at += piece) {
            fwrite(at, 1, (size_t)(end - at) < piece ? (size_t)(end - at) : piece, stdout);
            fflush(stdout);
        }
        _exit(0);
    }
    close(ends[1]);
    out = calloc(room, 1);
    for (ssize_t got; (got = read(ends[0], out + held, room - 1 - held)) > 0;)
        held += (size_t)got;
    close(ends[0]);
    return out;
}

Test(printable, standard_output_is_in_pieces_of_any_length)
{
    static const char text[] = "a\x1b[31m\tb\n\xe2\x96\x88\xf0\x9f\x98\x80\xc3\xa9\xe2\x80\xae"
                               "c\xff\xe2\x96"
                               "d\xc2\x9b\n";
    for (size_t piece = 1; piece <= sizeof text; piece++) {
        char *out = print_guarded(text, piece);
        cr_assert_str_eq(out, "a?[31m\tb\n\xe2\x96\x88\xf0\x9f\x98\x80\xc3\xa9?c???d?\n",
                         "in pieces of %zu: %s", piece, out);
        free(out);
    }
    char *all = all_points(), *out = print_guarded(all, 1000);
    expect_harmless(out, "\n\t\r");
    free(out);
    free(all);
}

/* ---- documents ------------------------------------------------------------------------------ */

Test(printable, json_of_every_code_point_is_read_back)
{
    struct json_writer writer = {0};
    char bytes[BYTES + 1];
    size_t length;
    json_open(&writer, NULL, '[');
    for (uint32_t point = 1; point < CODE_POINTS; point++) {
        encode(point, bytes);
        json_write_string(&writer, NULL, bytes);
    }
    json_write_string(&writer, NULL, "\xff\xc2");
    json_close(&writer, ']');
    char *text = json_writer_finish(&writer, &length);
    expect_harmless(text, "\n");
    cJSON *tree = cJSON_ParseWithLength(text, length);
    cr_assert_not_null(tree);
    cr_assert_eq(cJSON_GetArraySize(tree), (int)CODE_POINTS);
    const cJSON *item = tree->child;
    for (uint32_t point = 1; point < CODE_POINTS; point++, item = item->next) {
        encode(point, bytes);
        bool kept = point >= ' ' && (point < 0x7f || point >= 0xa0) &&
                    (point < 0xd800 || point >= 0xd800 + SURROGATES);
        if (kept)
            cr_assert_str_eq(item->valuestring, bytes, "U+%04X", point);
        else
            cr_assert_eq(item->valuestring[0], '?', "U+%04X", point);
    }
    cr_assert_str_eq(item->valuestring, "??");
    cJSON_Delete(tree);
    free(text);
}

Test(printable, a_csv_cell_of_every_code_point_is_one_cell_and_no_formula)
{
    char bytes[BYTES + 1];
    for (uint32_t point = 1; point < CODE_POINTS; point++) {
        char *cell = NULL;
        size_t length;
        FILE *out = open_memstream(&cell, &length);
        encode(point, bytes);
        csv_print_cell(out, bytes);
        fclose(out);
        expect_harmless(cell, "");
        cr_assert(cell[0] == '"' && cell[length - 1] == '"' && length >= 3);
        cr_assert_null(strpbrk(cell, "\r\n"));
        cr_assert(!strchr("=+-@", cell[1]), "U+%04X", point);
        size_t quotes = 0;
        for (size_t i = 1; i + 1 < length; i++)
            quotes += cell[i] == '"';
        cr_assert_eq(quotes % 2, 0, "U+%04X", point);
        free(cell);
    }
}

/* Section 2.2 of XML 1.0. */
static bool is_xml(uint32_t point)
{
    return point == '\t' || point == '\n' || point == '\r' || (point >= ' ' && point <= 0xd7ff) ||
           (point >= 0xe000 && point <= 0xfffd) || point >= 0x10000;
}

Test(printable, an_svg_of_every_code_point_has_only_xml_characters)
{
    static const double x[] = {1, 2}, y[] = {10, 20};
    static const bool verified[] = {true, true};
    char *all = all_points();
    const char *const names[] = {"a\x01\xef\xbf\xbe<b>", "c\xed\xa0\x80&d\xff"};
    const struct plot plot = {.title = all,
                              .remark = "e\x1b <f>",
                              .x_label = "g\x7f",
                              .x_count = 2,
                              .x = x,
                              .x_names = names,
                              .y_label = "h\xc2",
                              .panels = 1,
                              .series = 1,
                              .series_names = names,
                              .y_ns = y,
                              .verified = verified};
    size_t length;
    char *text = plot_svg_print(&plot, &length);
    cr_assert_not_null(text);
    for (const char *at = text; *at;) {
        const char *begin = at;
        uint32_t point = decode(&at);
        cr_assert(is_xml(point), "U+%04X", point);
        if (point == '&')
            cr_assert(!strncmp(begin, "&amp;", 5) || !strncmp(begin, "&lt;", 4) ||
                      !strncmp(begin, "&gt;", 4));
    }
    assert_contains(text, "a??&lt;b&gt;");
    free(text);
    free(all);
}
