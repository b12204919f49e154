/*
 * texts.h - helpers for tests that examine or change a long text.
 */
#pragma once

#include "unit.h"

#include <locale.h>

/* For TestSuite: texts are UTF-8. */
static inline void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

/* How often a part occurs in a text, without overlaps. */
static inline size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

/* Checks that a text contains each part. `parts` ends with NULL. */
static inline void expect_parts(const char *text, const char *const *parts)
{
    for (; *parts; parts++)
        cr_assert_not_null(strstr(text, *parts), "no \"%s\" in:\n%s", *parts, text);
}

/* A copy of a text with the first `from` replaced by `to`; malloc. Fails the test if the text has
 * no `from`. */
static inline char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    char *changed = NULL;
    cr_assert_not_null(at, "no \"%s\" to replace", from);
    cr_assert_geq(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)), 0);
    return changed;
}

/* Whether all bytes of a text are ASCII. */
static inline bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}
