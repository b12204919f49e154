#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char text_lower(char letter)
{
    return (char)(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
}

char text_upper(char letter)
{
    return (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
}

bool text_is_letter(char letter)
{
    const char lower = text_lower(letter);
    return lower >= 'a' && lower <= 'z';
}

/* Whether `text` begins with `part`, ignoring case; *rest is the remainder. */
static bool begins(const char *text, const char *part, const char **rest)
{
    while (*part && text_lower(*text) == text_lower(*part)) {
        text++;
        part++;
    }
    *rest = text;
    return *part == '\0';
}

bool text_same(const char *a, const char *b)
{
    const char *rest;
    return begins(a, b, &rest) && *rest == '\0';
}

const char *text_find(const char *text, const char *part)
{
    const char *rest;
    while (!begins(text, part, &rest))
        if (*text++ == '\0')
            return NULL;
    return text;
}

/* Writes a value and its unit with three significant digits. An integer in the smallest unit is a
 * count, so it gets no fraction: "7 ns", not "7.00 ns". */
static void format_digits(char *text, size_t size, double value, bool smallest, const char *unit)
{
    const char *blank = *unit ? " " : "";
    if (value >= 99.95 || (smallest && value == floor(value)))
        snprintf(text, size, "%.0f%s%s", value, blank, unit);
    else if (value >= 0.9995)
        snprintf(text, size, "%.*f%s%s", value < 9.995 ? 2 : 1, value, blank, unit);
    else
        snprintf(text, size, "%#.3g%s%s", value, blank, unit);
}

/* Writes `value` in the largest of `units` in which it is at least 1 after rounding. `units` is
 * NULL-ended; each unit is `factor` times the previous one. */
static const char *format_scaled(char *text, size_t size, double value, double factor,
                                 const char *const *units)
{
    if (!isfinite(value)) {
        snprintf(text, size, "n/a");
        return text;
    }
    size_t start = 0;
    if (value < 0 && size > 1) {
        text[start++] = '-';
        value = -value;
    }
    size_t unit = 0;
    while (units[unit + 1] && value >= factor - 0.5) {
        value /= factor;
        unit++;
    }
    format_digits(text + start, size - start, value, unit == 0, units[unit]);
    return text;
}

const char *text_duration(char *text, size_t size, double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s", NULL};
    return format_scaled(text, size, ns, 1000, units);
}

const char *text_rate(char *text, size_t size, double value)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P", NULL};
    return format_scaled(text, size, value, 1000, units);
}

const char *text_bandwidth(char *text, size_t size, double gb_per_s)
{
    if (gb_per_s >= 999.5)
        return text_integer(text, size, (int64_t)(gb_per_s + 0.5));
    snprintf(text, size, "%.3g", gb_per_s);
    return text;
}

const char *text_bytes(char *text, size_t size, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", NULL};
    return format_scaled(text, size, bytes, 1024, units);
}

const char *text_share(char *text, size_t size, double share)
{
    const int digits = share <= 0 ? 0 : share < 0.00095 ? 2 : share < 0.095 ? 1 : 0;
    snprintf(text, size, "%.*f %%", digits, 100 * share);
    return text;
}

const char *text_time_left(char *text, size_t size, double seconds)
{
    if (seconds < 0) {
        snprintf(text, size, "time left not known yet");
    } else if (seconds < 100) {
        snprintf(text, size, "about %.0f s left", seconds);
    } else {
        unsigned long long minutes = (unsigned long long)(seconds / 60 + 0.5);
        if (minutes < 100)
            snprintf(text, size, "about %llu min left", minutes);
        else
            snprintf(text, size, "about %llu h %llu min left", minutes / 60, minutes % 60);
    }
    return text;
}

const char *text_integer(char *text, size_t size, int64_t value)
{
    char grouped[32]; /* filled from the end: 19 digits, 6 commas, a sign and the NUL fit */
    size_t at = sizeof grouped;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    unsigned digits = 0;

    grouped[--at] = '\0';
    do {
        if (digits > 0 && digits % 3 == 0)
            grouped[--at] = ',';
        grouped[--at] = (char)('0' + rest % 10);
        rest /= 10;
        digits++;
    } while (rest > 0);
    if (value < 0)
        grouped[--at] = '-';
    snprintf(text, size, "%s", grouped + at);
    return text;
}

const char *text_quote(char *text, size_t size, const char *word)
{
    size_t at = 0;
    size_t room = size - 3; /* two quotes and a NUL */
    bool cut = strlen(word) > room;
    size_t kept = cut ? room - 3 : strlen(word);

    text[at++] = '\'';
    for (size_t i = 0; i < kept; i++, at++) {
        text[at] = word[i];
        if (word[i] < ' ' || word[i] > '~')
            text[at] = '?';
    }
    snprintf(text + at, size - at, "%s'", cut ? "..." : "");
    return text;
}

size_t text_decode(const char *text, uint32_t *character)
{
    static const uint32_t least_of[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)text;
    size_t length = byte[0] < 0x80 ? 1 : byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
    uint32_t code = length == 1 ? byte[0] : byte[0] & (0x7fu >> length);
    if ((byte[0] >= 0x80 && byte[0] < 0xc2) || byte[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (byte[i] & 0x3fu);
    }
    *character = code;
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least_of[length] || code > 0x10ffff || surrogate ? 0 : length;
}

size_t text_length(const char *text)
{
    uint32_t character;
    size_t length = text_decode(text, &character);
    return length > 0 ? length : 1;
}

static bool is_control(uint32_t character)
{
    return character < ' ' || (character >= 0x7f && character < 0xa0);
}

/* Whether the character is invisible, a direction override, a line separator, or a code point that
 * is not a character. */
static bool is_hidden(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160},
        {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f}, {0x2028, 0x202e},
        {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfdd0, 0xfdef}, {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return (character & 0xfffe) == 0xfffe;
}

size_t text_printable_length(const char *text)
{
    uint32_t character;
    size_t length = text_decode(text, &character);
    return length > 0 && !is_control(character) ? length : 0;
}

bool text_printable(const char *text)
{
    size_t length = 1;
    for (; *text && length > 0; text += length)
        length = text_printable_length(text);
    return length > 0;
}

size_t text_visible_length(const char *text)
{
    uint32_t character;
    size_t length = text_decode(text, &character);
    return length > 0 && !is_control(character) && !is_hidden(character) ? length : 0;
}

/* Copies the visible character at *from, or '?' for an invisible one, and advances *from. */
static char *copy_visible(char *to, const char **from)
{
    size_t visible = text_visible_length(*from), taken = text_length(*from);
    if (visible > 0)
        memmove(to, *from, visible);
    else
        *to = '?';
    *from += taken;
    return to + (visible > 0 ? visible : 1);
}

char *text_make_visible(char *text)
{
    char *to = text;
    for (const char *from = text; *from;)
        to = copy_visible(to, &from);
    *to = '\0';
    return text;
}

const char *text_visible(char *text, size_t size, const char *word)
{
    size_t length = strlen(word), kept = (size - 4) / 2; /* bytes on each side of "..." */
    if (length < size)
        snprintf(text, size, "%s", word);
    else
        snprintf(text, size, "%.*s...%s", (int)kept, word, word + length - kept);
    return text_make_visible(text);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return text_lower(a) == text_lower(b);
}

/* Optimal string alignment: the Levenshtein recurrence with a swap of two neighbours as one edit.
 * Needs only three rows of the table at a time. */
size_t text_distance(const char *a, const char *b)
{
    size_t length_a = strlen(a), length_b = strlen(b);
    size_t rows[3][TEXT_LONGEST_WORD + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    if (length_a > TEXT_LONGEST_WORD || length_b > TEXT_LONGEST_WORD)
        return length_a > length_b ? length_a : length_b;
    for (size_t j = 0; j <= length_b; j++)
        last[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t replaced = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[length_b];
}

const char *text_nearest(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    size_t nearest_distance = strlen(word) / 3;

    for (; *words; words++) {
        size_t distance = text_distance(word, *words);
        if (distance < nearest_distance || (!nearest && distance == nearest_distance)) {
            nearest = *words;
            nearest_distance = distance;
        }
    }
    return nearest;
}

bool text_console(void)
{
    const char *name = getenv("TERM");
    return name && strncmp(name, "linux", strlen("linux")) == 0;
}

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

bool text_may_break(const char *text, size_t at)
{
    if (text[at] != ' ' || at == 0)
        return text[at] == ' ';
    const char before = text[at - 1], after = text[at + 1];
    const bool unit = is_digit(before) && (after == '%' || text_is_letter(after));
    const bool spinner = before != '\0' && strchr("|/-\\", before) != NULL && is_digit(after);
    return !unit && !spinner;
}

void text_append(char *text, size_t size, const char *format, ...)
{
    const size_t at = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + at, size - at, format, arguments);
    va_end(arguments);
}
