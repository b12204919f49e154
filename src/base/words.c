#include "words.h"

#include "cluster.h"
#include "names.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PART_END "; "

int words_find(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

int words_find_any_case(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (text_same(words[i], word))
            return i;
    return -1;
}

int words_find_switch(const char *word)
{
    static const char *const words[] = {"off", "on", "0", "1", "false", "true", NULL};
    const int found = words_find_any_case(words, word);
    return found < 0 ? found : found % 2;
}

static const char *list(char *text, size_t size, const char *const *words, const char *last,
                        const char *mark)
{
    text[0] = '\0';
    for (size_t i = 0; words[i]; i++) {
        if (i > 0 && words[i + 1])
            text_append(text, size, ", ");
        else if (i > 0)
            text_append(text, size, " %s ", last);
        text_append(text, size, "%s%s%s", mark, words[i], mark);
    }
    return text;
}

const char *words_list(char *text, size_t size, const char *const *words, const char *last)
{
    return list(text, size, words, last, "");
}

const char *words_list_quoted(char *text, size_t size, const char *const *words, const char *last)
{
    return list(text, size, words, last, "\"");
}

const char *words_fit(char *out, size_t size, const char *text, int columns, const char *sign)
{
    char part[NAMES_ROOM] = "";
    size_t fitting = 0, at = 0;
    while (text[at]) {
        const char *end = strstr(text + at, PART_END);
        const size_t length = end ? (size_t)(end - text) : strlen(text);
        snprintf(part, sizeof part, "%.*s", (int)length, text);
        if (length >= sizeof part || cluster_columns(part) > columns)
            break;
        fitting = length;
        at = end ? length + strlen(PART_END) : length;
    }
    if (fitting > 0) {
        snprintf(out, size, "%.*s", (int)fitting, text);
        return out;
    }
    const char *end = strstr(text, PART_END);
    snprintf(part, sizeof part, "%.*s", end ? (int)(end - text) : (int)strlen(text), text);
    return names_shorten_one(out, size, part, columns, sign);
}

void words_add(char *text, size_t size, const char *format, ...)
{
    const size_t end = strlen(text);
    va_list arguments;
    if (end > 0)
        text_append(text, size, ", ");
    const size_t at = strlen(text);
    va_start(arguments, format);
    const int length = vsnprintf(text + at, size - at, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= size - at)
        text[end] = '\0';
}
