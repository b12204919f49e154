#include "json_words.h"

#include "text.h"
#include "words.h"

#include <stdio.h>

#define LIST_ROOM 192u /* for a list of words; json_refuse has 256 bytes for the whole sentence */

bool json_word(const struct json *at, const char *const *words, unsigned *index,
               struct error *error)
{
    char accepted[LIST_ROOM];
    const int found = cJSON_IsString(at->item) ? words_find(words, at->item->valuestring) : -1;
    if (found < 0)
        return json_expected(at, words_list_quoted(accepted, sizeof accepted, words, "or"), error);
    *index = (unsigned)found;
    return true;
}

bool json_word_member(const struct json *object, const char *key, const char *const *words,
                      unsigned *value, struct error *error)
{
    struct json at = json_member(object, key);
    return json_word(&at, words, value, error);
}

int json_schema(const struct json *root, const char *const *schemas, struct error *error)
{
    struct json at = json_member(root, "schema");
    unsigned index;
    return json_word(&at, schemas, &index, error) ? (int)index : -1;
}

/* Writes the second half of a sentence about an unknown word; "" if `nearest` is NULL. */
static const char *write_hint(const char *nearest, char hint[LIST_ROOM])
{
    snprintf(hint, LIST_ROOM, "%s%s", nearest ? "; the nearest is " : "", nearest ? nearest : "");
    return hint;
}

bool json_refuse_unknown(const struct json *at, const char *what, const char *nearest,
                         struct error *error)
{
    char hint[LIST_ROOM];
    return json_refuse(at, error, "there is no such %s%s", what, write_hint(nearest, hint));
}

bool json_refuse_unknown_key(const struct json *at, const char *what, const char *nearest,
                             struct error *error)
{
    char hint[LIST_ROOM];
    return json_refuse_key(at, error, "there is no such %s%s", what, write_hint(nearest, hint));
}

bool json_check_keys(const struct json *object, const char *what, const char *const *keys,
                     struct error *error)
{
    char key[64];
    for (struct json at = json_first(object); at.item; at = json_next(&at)) {
        if (words_find(keys, at.key) >= 0)
            continue;
        snprintf(key, sizeof key, "key in %s", what);
        return json_refuse_unknown_key(&at, key, text_nearest(at.key, keys), error);
    }
    return true;
}
