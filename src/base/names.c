#include "names.h"

#include "cluster.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How a name is cut: its first `head` columns stay, and everything from byte `tail` on. */
struct cut {
    int head;
    size_t tail;
};

/* Returns the byte offset of the last `columns` of a name. */
static size_t tail_of(const char *name, int columns)
{
    struct cluster cluster;
    int left = cluster_columns(name);
    size_t at = 0;
    for (; name[at] && left > columns; at += cluster.bytes) {
        cluster_read(name + at, &cluster);
        left -= cluster.columns;
    }
    return at;
}

static void write_cut(char *text, size_t size, const char *name, struct cut cut, const char *sign)
{
    snprintf(text, size, "%.*s%s%s", (int)cluster_fit(name, cut.head), name, sign, name + cut.tail);
}

/* Cuts the middle of a name. Keeps a little more of the end than of the beginning, because the
 * names of a list tend to begin alike. */
static struct cut middle_cut(const char *name, int columns, const char *sign)
{
    const int room = columns - cluster_columns(sign);
    const int head = room > 0 ? room * 2 / 5 : 0;
    return (struct cut){.head = head, .tail = tail_of(name, room - head)};
}

static bool ends_word(char letter)
{
    return letter && strchr("_-./: ", letter);
}

/* Returns the length in bytes of the leading words that two names share; never all of `name`. */
static size_t shared_words(const char *name, const char *other)
{
    size_t shared = 0;
    for (size_t i = 0; name[i]; i++) {
        if (ends_word(name[i]) && name[i + 1] && (other[i] == name[i] || other[i] == '\0'))
            shared = i + 1;
        if (name[i] != other[i])
            break;
    }
    return shared;
}

/* Returns the length of the longest prefix that the name shares with a different name in the list.
 */
static size_t most_shared(const char *const *list, size_t count, size_t which)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        if (!list[i] || strcmp(list[i], list[which]) == 0)
            continue;
        const size_t shared = shared_words(list[which], list[i]);
        most = shared > most ? shared : most;
    }
    return most;
}

/* Keeps the whole distinguishing part, if it fits beside the sign and one leading column. Otherwise
 * cuts the middle. */
static struct cut first_cut(const char *const *list, size_t count, size_t which, int columns,
                            const char *sign)
{
    const char *name = list[which];
    const size_t shared = most_shared(list, count, which);
    const int room = columns - cluster_columns(sign) - cluster_columns(name + shared);
    if (shared == 0 || room < 1)
        return middle_cut(name, columns, sign);
    return (struct cut){.head = room, .tail = shared};
}

/* Whether a different name of the list, whole or shortened, looks like this text. */
static bool is_taken(const struct names *names, const char *const *list, size_t which,
                     const char *text)
{
    for (size_t i = 0; i < names->count; i++)
        if (i != which && strcmp(list[i] ? list[i] : "", list[which]) != 0 &&
            strcmp(names->texts[i], text) == 0)
            return true;
    return false;
}

/* Writes as much of the name as fits, the sign, and the number of the name in the list, from 1. */
static void write_place(struct names *names, const char *const *list, size_t which, int columns,
                        const char *sign)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", which + 1);
    int room = columns - cluster_columns(sign) - (int)strlen(number);
    do
        snprintf(names->texts[which], NAMES_ROOM, "%.*s%s%s",
                 room > 0 ? (int)cluster_fit(list[which], room) : 0, list[which], sign, number);
    while (is_taken(names, list, which, names->texts[which]) && room-- > 0);
}

/* Copies the text of an earlier equal name. False: there is none. */
static bool copy_equal(struct names *names, const char *const *list, size_t which)
{
    for (size_t i = 0; i < which; i++) {
        if (!list[i] || strcmp(list[i], list[which]) != 0)
            continue;
        memcpy(names->texts[which], names->texts[i], NAMES_ROOM);
        return true;
    }
    return false;
}

static void shorten(struct names *names, const char *const *list, size_t which, int columns,
                    const char *sign)
{
    const char *name = list[which];
    char *text = names->texts[which];
    const int room = columns - cluster_columns(sign);
    if (copy_equal(names, list, which))
        return;
    write_cut(text, NAMES_ROOM, name, first_cut(list, names->count, which, columns, sign), sign);
    for (int head = room - 1; is_taken(names, list, which, text) && head >= 0; head--)
        write_cut(text, NAMES_ROOM, name,
                  (struct cut){.head = head, .tail = tail_of(name, room - head)}, sign);
    if (is_taken(names, list, which, text))
        write_place(names, list, which, columns, sign);
}

static bool fits(const char *name, int columns)
{
    return strlen(name) < NAMES_ROOM && cluster_columns(name) <= columns;
}

void names_shorten(struct names *names, const char *const *list, size_t count, int columns,
                   const char *sign)
{
    names->count = count < NAMES_MOST ? count : NAMES_MOST;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = list[i] ? list[i] : "";
        snprintf(names->texts[i], NAMES_ROOM, "%s", fits(name, columns) ? name : "");
    }
    for (size_t i = 0; i < names->count; i++)
        if (list[i] && !fits(list[i], columns))
            shorten(names, list, i, columns, sign);
}

int names_columns(const char *const *list, size_t count, int most)
{
    int widest = 0;
    for (size_t i = 0; i < count; i++) {
        const int columns = list[i] ? cluster_columns(list[i]) : 0;
        widest = columns > widest ? columns : widest;
    }
    return widest < most ? widest : most;
}

const char *names_shorten_one(char *text, size_t size, const char *name, int columns,
                              const char *sign)
{
    if (strlen(name) < size && cluster_columns(name) <= columns)
        snprintf(text, size, "%s", name);
    else
        write_cut(text, size, name, middle_cut(name, columns, sign), sign);
    return text;
}
