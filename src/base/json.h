/*
 * json.h - checked reading of JSON: cJSON plus the checks that it leaves to its caller.
 *
 * A struct json is a value and its place in the document, so every error names the whole path:
 * "run.json: line 9, column 17: runs[2].step.p50_ns: expected …".
 */
#pragma once

#include "../../kernels/error.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_MOST_KEYS    256u /* most keys in one object; json_parse_wide can accept more */
#define JSON_MOST_INTEGER UINT64_C(9007199254740991) /* 2^53 - 1: a double is exact up to here */

/* A value and its place in the document. Must not outlive its parents. */
struct json {
    const cJSON *item;        /* NULL: missing */
    const struct json *above; /* NULL: this is the whole document */
    const char *key;          /* its key in an object; for the whole document, the document's
                                 name */
    size_t index;             /* its index in an array, if key is NULL */
    const char *text;         /* for the whole document: its text, in which errors count lines */
};

/* Parses `text` into *root. `text` must be an object, and need not end in a NUL. Errors call the
 * document `name`. *root borrows `text` and `name`. Refuses what json_scan refuses, control
 * characters and invalid UTF-8 in strings, and duplicate keys. False: *error. Free with json_free,
 * after an error too. */
bool json_parse(const char *text, size_t length, const char *name, struct json *root,
                struct error *error);

/* Like json_parse, with up to `most_keys` keys in one object, for documents that list many things
 * by name. */
bool json_parse_wide(const char *text, size_t length, const char *name, size_t most_keys,
                     struct json *root, struct error *error);

void json_free(struct json *root);

/* Returns the member called `key`; its item is NULL if the member is missing or null. */
struct json json_member(const struct json *object, const char *key);

/* Return the first element or member of an array or object, and the one after `element`. Past the
 * end, item is NULL. */
struct json json_first(const struct json *list);
struct json json_next(const struct json *element);

/* Elements of an array. */
size_t json_count(const struct json *list);

/* Sets *error to "<name>: line 1, column 2: <path>: expected <expected>, found <value>". For a
 * missing value, line and column are its parent's. Always returns false. */
bool json_expected(const struct json *at, const char *expected, struct error *error);

/* Set *error to "<name>: line 1, column 2: <path>: <sentence>". json_refuse_key gives the place of
 * the key instead of the value. Always return false. */
bool json_refuse(const struct json *at, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool json_refuse_key(const struct json *at, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool json_is_object(const struct json *at, struct error *error);
bool json_is_array(const struct json *at, struct error *error);

/* Whether `at` is a list of `least` to `most` elements. *error calls them `what`, such as
 * "runs". */
bool json_is_list_of(const struct json *at, const char *what, size_t least, size_t most,
                     struct error *error);

/* Each reads a value of its type within bounds, or fails like json_expected. */
bool json_integer(const struct json *at, int64_t least, int64_t most, int64_t *value,
                  struct error *error);
bool json_number(const struct json *at, double least, double most, double *value,
                 struct error *error);
bool json_boolean(const struct json *at, bool *value, struct error *error);
/* Copies a string. Fails if it does not fit. */
bool json_string(const struct json *at, char *text, size_t size, struct error *error);

/* Each reads a required member. */
bool json_unsigned_member(const struct json *object, const char *key, uint64_t most,
                          uint64_t *value, struct error *error);
bool json_uint32_member(const struct json *object, const char *key, uint32_t most, uint32_t *value,
                        struct error *error);
bool json_string_member(const struct json *object, const char *key, char *text, size_t size,
                        struct error *error);

bool json_boolean_member(const struct json *object, const char *key, bool *value,
                         struct error *error);

/* Reads an optional member. If it is missing or null, *value does not change. */
bool json_optional_boolean(const struct json *object, const char *key, bool *value,
                           struct error *error);
bool json_optional_uint32(const struct json *object, const char *key, uint32_t most,
                          uint32_t *value, struct error *error);

/* Reads an optional string: "" if it is missing or null. */
bool json_text_member(const struct json *object, const char *key, char *text, size_t size,
                      struct error *error);

/* Sets *error to report that memory ran out (ERROR_RUN). Always returns false. */
bool json_no_memory(const struct json *at, struct error *error);
