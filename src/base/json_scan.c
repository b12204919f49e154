#include "json_scan.h"

#include <stdbool.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const char cut[] = "the text ends too early: is it truncated?";

struct scan {
    const char *text;
    size_t length, at;
    unsigned depth;
    const char *wrong; /* NULL so far */
};

/* Records an error; keeps only the first. Always returns false. */
static bool refuse(struct scan *scan, const char *sentence)
{
    if (!scan->wrong)
        scan->wrong = sentence;
    return false;
}

/* Returns the next byte; -1 at the end. */
static int peek(const struct scan *scan)
{
    return scan->at < scan->length ? (unsigned char)scan->text[scan->at] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct scan *scan)
{
    while (is_blank(peek(scan)))
        scan->at++;
}

/* Refuses the next byte. `expected` says what should be there. */
static bool refuse_next(struct scan *scan, const char *expected)
{
    const int c = peek(scan);
    if (c < 0)
        return refuse(scan, cut);
    if (c == 0)
        return refuse(scan, "a NUL byte: this is not JSON text");
    if (c < ' ')
        return refuse(scan, "a control character: this is not JSON text");
    if (c == '/' || c == '#')
        return refuse(scan, "a comment; JSON has no comments");
    return refuse(scan, expected);
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Skips digits. False: there are none. */
static bool skip_digits(struct scan *scan)
{
    const size_t began = scan->at;
    while (is_digit(peek(scan)))
        scan->at++;
    return scan->at > began;
}

static bool scan_number(struct scan *scan)
{
    const size_t began = scan->at;
    if (peek(scan) == '-')
        scan->at++;
    const bool zero = peek(scan) == '0';
    const size_t first = scan->at;
    if (!skip_digits(scan))
        return refuse_next(scan, "a number needs a digit here");
    if (zero && scan->at > first + 1) {
        scan->at = first;
        return refuse(scan, "a number must not have leading zeros");
    }
    if (peek(scan) == '.') {
        scan->at++;
        if (!skip_digits(scan))
            return refuse_next(scan, "a number needs a digit after its point");
    }
    if (peek(scan) == 'e' || peek(scan) == 'E') {
        scan->at++;
        if (peek(scan) == '+' || peek(scan) == '-')
            scan->at++;
        if (!skip_digits(scan))
            return refuse_next(scan, "a number needs a digit in its exponent");
    }
    if (is_letter(peek(scan)) || peek(scan) == '.')
        return refuse(scan, "an unexpected character after a number; numbers are decimal");
    if (scan->at - began <= JSON_MOST_NUMBER)
        return true;
    scan->at = began;
    return refuse(scan, "a number of more than 63 characters, the accepted maximum");
}

/* ---- strings and words ---------------------------------------------------------------------- */

/* Reads the four hexadecimal digits of a \u escape; -1 if there are fewer. */
static int scan_code(struct scan *scan)
{
    int code = 0;
    for (int i = 0; i < 4; i++) {
        const int c = peek(scan), lower = c | 0x20;
        if (is_digit(c))
            code = code * 16 + c - '0';
        else if (lower >= 'a' && lower <= 'f')
            code = code * 16 + lower - 'a' + 10;
        else
            return -1;
        scan->at++;
    }
    return code;
}

static bool is_surrogate(int code, int first)
{
    return code >= first && code < first + 0x400;
}

/* Reads the rest of an escape after "\u"; `began` is the offset of the escape. */
static bool scan_unicode(struct scan *scan, size_t began)
{
    const int code = scan_code(scan);
    if (code < 0)
        return refuse_next(scan, "\\u needs four hexadecimal digits");
    bool paired = !is_surrogate(code, 0xdc00);
    if (is_surrogate(code, 0xd800)) {
        paired = scan->length - scan->at >= 2 && memcmp(scan->text + scan->at, "\\u", 2) == 0;
        scan->at += paired ? 2 : 0;
        paired = paired && is_surrogate(scan_code(scan), 0xdc00);
    }
    if (code != 0 && paired)
        return true;
    if (scan->at < scan->length)
        scan->at = began;
    return refuse(scan, code == 0 ? "a NUL in a string" : "an unpaired surrogate");
}

static bool scan_escape(struct scan *scan)
{
    const size_t began = scan->at++;
    const int c = peek(scan);
    if (c < 0)
        return refuse(scan, cut);
    scan->at++;
    if (c == 'u')
        return scan_unicode(scan, began);
    if (c != 0 && strchr("\"\\/bfnrt", c))
        return true;
    scan->at = began;
    return refuse(scan, "an escape that JSON does not define");
}

static bool scan_string(struct scan *scan)
{
    for (scan->at++; peek(scan) != '"';) {
        const int c = peek(scan);
        if (c < 0)
            return refuse(scan, cut);
        if (c < ' ')
            return refuse(scan, c ? "a control character in a string: write it as an escape"
                                  : "a NUL byte: this is not JSON text");
        if (c != '\\')
            scan->at++;
        else if (!scan_escape(scan))
            return false;
    }
    scan->at++;
    return true;
}

static bool scan_word(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t length = 0;
    while (scan->at + length < scan->length &&
           is_letter((unsigned char)scan->text[scan->at + length]))
        length++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == length && memcmp(scan->text + scan->at, words[i], length) == 0) {
            scan->at += length;
            return true;
        }
    }
    return refuse(scan, "the only words without quotes are true, false and null");
}

/* ---- values --------------------------------------------------------------------------------- */

static bool scan_value(struct scan *scan);

static bool scan_key(struct scan *scan)
{
    if (peek(scan) != '"')
        return refuse_next(scan, "a key in double quotes is expected here");
    if (!scan_string(scan))
        return false;
    skip_blanks(scan);
    if (peek(scan) != ':')
        return refuse_next(scan, "a colon is expected after a key");
    scan->at++;
    return true;
}

/* Reads an array or object, whose opening bracket is the next byte. */
static bool scan_members(struct scan *scan)
{
    const bool is_object = peek(scan) == '{';
    const int end = is_object ? '}' : ']';
    if (++scan->depth > JSON_MOST_DEPTH)
        return refuse(scan, "nested deeper than 32 levels, the accepted maximum");
    scan->at++;
    skip_blanks(scan);
    for (bool first = true; peek(scan) != end; first = false) {
        if (!first) {
            const size_t comma = scan->at;
            if (peek(scan) != ',')
                return refuse_next(scan, is_object ? "a comma or a } is expected here"
                                                   : "a comma or a ] is expected here");
            scan->at++;
            skip_blanks(scan);
            if (peek(scan) == end) {
                scan->at = comma;
                return refuse(scan, "a comma after the last value; JSON allows none there");
            }
        }
        if ((is_object && !scan_key(scan)) || !scan_value(scan))
            return false;
        skip_blanks(scan);
    }
    scan->at++;
    scan->depth--;
    return true;
}

static bool scan_value(struct scan *scan)
{
    skip_blanks(scan);
    const int c = peek(scan);
    if (c == '{' || c == '[')
        return scan_members(scan);
    if (c == '"')
        return scan_string(scan);
    if (c == '-' || is_digit(c))
        return scan_number(scan);
    if (is_letter(c))
        return scan_word(scan);
    if (c == '+' || c == '.')
        return refuse(scan, "a number begins with a digit or a -");
    if (c == '\'')
        return refuse(scan, "a string needs double quotes");
    return refuse_next(scan, "a value is expected here");
}

/* Returns where the text begins: after a byte order mark, which RFC 8259 lets a reader ignore. */
static size_t after_mark(const char *text, size_t length)
{
    const size_t mark = strlen(BYTE_ORDER_MARK);
    return length >= mark && memcmp(text, BYTE_ORDER_MARK, mark) == 0 ? mark : 0;
}

const char *json_scan(const char *text, size_t length, size_t *offset)
{
    struct scan scan = {.text = text, .length = length, .at = after_mark(text, length)};
    skip_blanks(&scan);
    if (scan.at == length)
        refuse(&scan, "the text is empty");
    else if (scan_value(&scan)) {
        skip_blanks(&scan);
        if (scan.at < length)
            refuse(&scan, "text after the end of the document");
    }
    *offset = scan.at;
    return scan.wrong;
}

/* ---- places --------------------------------------------------------------------------------- */

static size_t skip_to_value(const char *text, size_t at)
{
    while (is_blank(text[at]) || text[at] == ',' || text[at] == ':')
        at++;
    return at;
}

/* Returns the offset after the string that begins at `at`. */
static size_t after_string(const char *text, size_t at)
{
    for (at++; text[at] != '"'; at++)
        if (text[at] == '\\')
            at++;
    return at + 1;
}

size_t json_scan_after(const char *text, size_t at)
{
    unsigned depth = 0;
    do {
        const char c = text[at];
        if (c == '"') {
            at = after_string(text, at);
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at++;
    } while (depth > 0);
    const char last = text[at - 1];
    while (last != '"' && last != '}' && last != ']' &&
           (is_letter(text[at]) || is_digit(text[at]) || strchr("+-.", text[at])))
        at++;
    return at;
}

size_t json_scan_root(const char *text)
{
    return skip_to_value(text, strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0
                                   ? strlen(BYTE_ORDER_MARK)
                                   : 0);
}

size_t json_scan_child(const char *text, size_t at, size_t index, size_t *key)
{
    const bool is_object = text[at] == '{';
    const size_t container = at;
    for (at++;; index--) {
        at = skip_to_value(text, at);
        if (text[at] == '}' || text[at] == ']')
            return *key = container;
        *key = at;
        if (is_object)
            at = skip_to_value(text, after_string(text, at));
        if (index == 0)
            return at;
        at = json_scan_after(text, at);
    }
}

void json_scan_place(const char *text, size_t offset, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = after_mark(text, offset); i < offset; i++) {
        *column += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        }
    }
}
