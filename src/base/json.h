/*
 * json.h - checked reading of JSON: cJSON, with the checks that it leaves to its caller.
 *
 * A value is looked at through its place in the document (struct json), so that every complaint
 * names the whole path: "run.json: line 9, column 17: runs[2].step.p50_ns: expected …".
 */
#ifndef SRC_JSON_H
#define SRC_JSON_H

#include "../../kernels/error.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_MOST_KEYS    256u                       /* of one object */
#define JSON_MOST_INTEGER UINT64_C(9007199254740991) /* 2^53 - 1: every double below is exact */

/* A value and where it stands. Lives no longer than what is above it. */
struct json {
    const cJSON *item;        /* NULL: it is missing */
    const struct json *above; /* NULL: it is the whole document */
    const char *key;          /* in an object; of the whole document: its name */
    size_t index;             /* in an array, where key is NULL */
    const char *text;         /* of the whole document: what it was parsed from */
};

/* Parses `text`, an object, which need not end in a NUL; `name` is what *error calls it. Refuses
 * what json_scan does, control characters and broken UTF-8 in strings, and duplicate keys. Free
 * with cJSON_Delete. NULL: *error says why. */
cJSON *json_parse(const char *text, size_t length, const char *name, struct error *error);

/* The whole document as a place. `text` is what it was parsed from: complaints count its lines. */
struct json json_root(const cJSON *root, const char *name, const char *text);

/* The member called `key`; its item is NULL if it is missing or null. */
struct json json_member(const struct json *object, const char *key);

/* The first element or member of an array or object, and the one after; item is NULL past the end.
 */
struct json json_first(const struct json *list);
struct json json_next(const struct json *element);

/* Elements of an array. */
size_t json_count(const struct json *list);

/* Always false, with *error: "<name>: line 1, column 2: <path>: expected <expected>, found <what is
 * there>". Of what is missing, line and column are those of what it is missing in. */
bool json_expected(const struct json *at, const char *expected, struct error *error);

/* Always false, with *error: "<name>: line 1, column 2: <path>: <sentence>". The second gives the
 * place of the key instead of its value's. */
bool json_refuse(const struct json *at, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool json_refuse_key(const struct json *at, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool json_is_object(const struct json *at, struct error *error);
bool json_is_array(const struct json *at, struct error *error);

/* Each reads a value of its kind within bounds, or fails as json_expected does. */
bool json_integer(const struct json *at, int64_t least, int64_t most, int64_t *value,
                  struct error *error);
bool json_number(const struct json *at, double least, double most, double *value,
                 struct error *error);
bool json_boolean(const struct json *at, bool *value, struct error *error);
/* Copies a string; one that does not fit is refused. */
bool json_string(const struct json *at, char *text, size_t size, struct error *error);

/* The same for a member that must be there. */
bool json_unsigned_member(const struct json *object, const char *key, uint64_t most,
                          uint64_t *value, struct error *error);

/* The same of a number that 32 bits hold. */
bool json_uint32_member(const struct json *object, const char *key, uint32_t most, uint32_t *value,
                        struct error *error);

/* Refuses what there is no memory for: ERROR_RUN. Always returns false. */
bool json_no_memory(const struct json *at, struct error *error);
bool json_string_member(const struct json *object, const char *key, char *text, size_t size,
                        struct error *error);

#endif
