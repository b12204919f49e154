#include "cluster.h"

#include "text.h"

#include <stdbool.h>
#include <string.h>
#include <wctype.h>

#define LONGEST 64 /* most characters of one cluster, so that the marks on a letter are limited */

#define ZWNJ 0x200c
#define ZWJ  0x200d

/* Reads one character. Returns its length in bytes; 0 at the end of the text, or if the character
 * is not printable. */
static size_t read_character(const char *text, wchar_t *character)
{
    uint32_t decoded = 0;
    text_decode(text, &decoded);
    *character = (wchar_t)decoded;
    return *text ? text_printable_length(text) : 0;
}

/* ---- kinds of characters -------------------------------------------------------------------- */

static bool is_in(wchar_t character, wchar_t first, wchar_t last)
{
    return character >= first && character <= last;
}

static bool is_flag_letter(wchar_t character)
{
    return is_in(character, 0x1f1e6, 0x1f1ff);
}

static bool is_skin(wchar_t character)
{
    return is_in(character, 0x1f3fb, 0x1f3ff);
}

static bool is_picture(wchar_t character)
{
    return is_in(character, 0x1f000, 0x1faff) || is_in(character, 0x2190, 0x2bff) ||
           is_in(character, 0x203c, 0x2049) || is_in(character, 0x2100, 0x214f) ||
           is_in(character, 0x3030, 0x303d) || is_in(character, 0x3297, 0x3299) ||
           character == 0xa9 || character == 0xae;
}

/* Whether the character is a variation selector, or one of the tag characters that spell the name
 * of a region in its flag. */
static bool is_selector(wchar_t character)
{
    return is_in(character, 0xfe00, 0xfe0f) || is_in(character, 0xe0100, 0xe01ef) ||
           is_in(character, 0xe0020, 0xe007f);
}

static wctype_t marks; /* wctype("combining"): categories Mn, Mc and Me; 0: not looked up yet */

static bool is_mark(wchar_t character)
{
    if (!marks)
        marks = wctype("combining");
    return marks ? iswctype((wint_t)character, marks) != 0
                 : character >= 0x300 && wcwidth(character) == 0;
}

enum jamo { JAMO_NONE, JAMO_LEAD, JAMO_VOWEL, JAMO_TAIL, JAMO_OPEN, JAMO_CLOSED };

static enum jamo jamo_of(wchar_t character)
{
    if (is_in(character, 0x1100, 0x115f) || is_in(character, 0xa960, 0xa97c))
        return JAMO_LEAD;
    if (is_in(character, 0x1160, 0x11a7) || is_in(character, 0xd7b0, 0xd7c6))
        return JAMO_VOWEL;
    if (is_in(character, 0x11a8, 0x11ff) || is_in(character, 0xd7cb, 0xd7fb))
        return JAMO_TAIL;
    if (is_in(character, 0xac00, 0xd7a3))
        return (character - 0xac00) % 28 == 0 ? JAMO_OPEN : JAMO_CLOSED;
    return JAMO_NONE;
}

/* Whether the two characters form one Hangul syllable. */
static bool is_syllable(wchar_t left, wchar_t right)
{
    const enum jamo a = jamo_of(left), b = jamo_of(right);
    if (a == JAMO_LEAD)
        return b == JAMO_LEAD || b == JAMO_VOWEL || b == JAMO_OPEN || b == JAMO_CLOSED;
    if (a == JAMO_VOWEL || a == JAMO_OPEN)
        return b == JAMO_VOWEL || b == JAMO_TAIL;
    return (a == JAMO_TAIL || a == JAMO_CLOSED) && b == JAMO_TAIL;
}

/* ---- a cluster ------------------------------------------------------------------------------ */

static void print(struct cluster *cluster, wchar_t character)
{
    const int columns = wcwidth(character);
    if (columns < 0 || cluster->count == CLUSTER_CHARACTERS)
        return;
    cluster->characters[cluster->count++] = character;
    cluster->columns += columns;
}

/* Returns whether `next` belongs to the cluster. If so, adds it to the printed characters, except a
 * joiner, a selector or a skin tone. */
static bool extend(struct cluster *cluster, wchar_t base, wchar_t before, wchar_t next)
{
    if (next == ZWJ || next == ZWNJ || is_selector(next) || (is_picture(base) && is_skin(next)))
        return true;
    const bool joined = before == ZWJ && is_picture(base) && is_picture(next);
    const bool flag = is_flag_letter(base) && is_flag_letter(next) && cluster->count == 1;
    if (!joined && !flag && !is_syllable(before, next) && !is_mark(next))
        return false;
    print(cluster, next);
    return true;
}

void cluster_read(const char *text, struct cluster *cluster)
{
    wchar_t base, before, next;
    *cluster = (struct cluster){.bytes = read_character(text, &base)};
    if (*text == '\0')
        return;
    const int columns = cluster->bytes == 0 ? -1 : base < 0x7f ? 1 : wcwidth(base);
    if (columns <= 0) { /* invalid UTF-8, a control character, a combining mark without a base, or a
                           character unknown to this C library */
        cluster->bytes += cluster->bytes == 0;
        print(cluster, L'?');
        return;
    }
    print(cluster, base);
    before = base;
    for (int i = 1; i < LONGEST; i++) {
        const size_t length = read_character(text + cluster->bytes, &next);
        if (length == 0 || (next < 0x7f && before < 0x7f) || !extend(cluster, base, before, next))
            break;
        cluster->bytes += length;
        before = next;
    }
}

/* ---- text ----------------------------------------------------------------------------------- */

int cluster_columns(const char *text)
{
    struct cluster cluster;
    int columns = 0;
    for (; *text; text += cluster.bytes) {
        cluster_read(text, &cluster);
        columns += cluster.columns;
    }
    return columns;
}

size_t cluster_fit(const char *text, int columns)
{
    struct cluster cluster;
    size_t bytes = 0;
    while (text[bytes]) {
        cluster_read(text + bytes, &cluster);
        columns -= cluster.columns;
        if (columns < 0)
            break;
        bytes += cluster.bytes;
    }
    return bytes;
}

void cluster_copy(char *to, size_t size, const char *text)
{
    struct cluster cluster;
    size_t bytes = 0;
    while (text[bytes]) {
        cluster_read(text + bytes, &cluster);
        if (bytes + cluster.bytes >= size)
            break;
        bytes += cluster.bytes;
    }
    memcpy(to, text, bytes);
    to[bytes] = '\0';
}
