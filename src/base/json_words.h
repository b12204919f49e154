/*
 * json_words.h - enumerated words in a document: its schema, its keys, and values. Lists of
 * words end in NULL.
 */
#pragma once

#include "json.h"

/* Returns the index in `schemas` of the document's "schema", such as "pdlab.run/2". -1: it is not
 * listed, and *error names the accepted schemas. */
int json_schema(const struct json *root, const char *const *schemas, struct error *error);

/* Reads a string that must be one of `words`. *index, which may be an enum, gets its index. */
bool json_word(const struct json *at, const char *const *words, unsigned *index,
               struct error *error);

/* Like json_word, for a required member. */
bool json_word_member(const struct json *object, const char *key, const char *const *words,
                      unsigned *value, struct error *error);

/* Fails at the first key of `object` that is not in `keys`. `what` names the object: "a demo". */
bool json_check_keys(const struct json *object, const char *what, const char *const *keys,
                     struct error *error);

/* Set *error to "there is no such <what>; the nearest is <nearest>", without the second half if
 * `nearest` is NULL. json_refuse_unknown_key gives the place of the key instead of the value.
 * Always return false. */
bool json_refuse_unknown(const struct json *at, const char *what, const char *nearest,
                         struct error *error);
bool json_refuse_unknown_key(const struct json *at, const char *what, const char *nearest,
                             struct error *error);
