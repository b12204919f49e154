#include "json.h"

#include "json_scan.h"
#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the whole document --------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    const cJSON *const *left = a, *const *right = b;
    return strcmp((*left)->string, (*right)->string);
}

/* Fails at the second member called `key`. */
static bool refuse_duplicate(const struct json *object, const char *key, struct error *error)
{
    size_t found = 0;
    struct json member = json_first(object);
    while ((found += strcmp(member.key, key) == 0) < 2)
        member = json_next(&member);
    char quoted[64];
    return json_refuse_key(&member, error, "the key %s occurs twice",
                           text_quote(quoted, sizeof quoted, key));
}

/* Fails if a key occurs twice. Sorts the keys, because an object can have thousands. */
static bool check_duplicates(const struct json *object, size_t count, struct error *error)
{
    const cJSON **items = calloc(count + 1, sizeof *items);
    if (!items)
        return json_no_memory(object, error);
    size_t used = 0;
    for (const cJSON *item = object->item->child; item; item = item->next)
        items[used++] = item;
    qsort(items, count, sizeof *items, compare_keys);
    const char *duplicate = NULL;
    for (size_t i = 1; i < count && !duplicate; i++)
        if (strcmp(items[i - 1]->string, items[i]->string) == 0)
            duplicate = items[i]->string;
    free(items);
    return !duplicate || refuse_duplicate(object, duplicate, error);
}

static bool check_keys(const struct json *object, size_t most, struct error *error)
{
    size_t count = 0;
    for (struct json member = json_first(object); member.item; member = json_next(&member)) {
        char key[64];
        text_quote(key, sizeof key, member.key);
        if (++count > most)
            return json_refuse(object, error, "more than %zu keys", most);
        if (!text_printable(member.key))
            return json_refuse_key(&member, error,
                                   "control characters or broken UTF-8 in the key %s", key);
    }
    return check_duplicates(object, count, error);
}

/* Checks all strings and keys from `at` down. The recursion is safe, because json_scan limits the
 * depth. */
static bool check_tree(const struct json *at, size_t most_keys, struct error *error)
{
    if (cJSON_IsString(at->item) && !text_printable(at->item->valuestring))
        return json_refuse(at, error, "control characters or broken UTF-8 in the string");
    if (cJSON_IsObject(at->item) && !check_keys(at, most_keys, error))
        return false;
    for (struct json below = json_first(at); below.item; below = json_next(&below))
        if (!check_tree(&below, most_keys, error))
            return false;
    return true;
}

bool json_parse(const char *text, size_t length, const char *name, struct json *root,
                struct error *error)
{
    return json_parse_wide(text, length, name, JSON_MOST_KEYS, root, error);
}

bool json_parse_wide(const char *text, size_t length, const char *name, size_t most_keys,
                     struct json *root, struct error *error)
{
    size_t offset, line, column;
    *root = (struct json){.key = name, .text = text};
    const char *sentence = json_scan(text, length, &offset);
    if (sentence) {
        json_scan_place(text, offset, &line, &column);
        return error_set(error, ERROR_INPUT, "%s: line %zu, column %zu: %s", name, line, column,
                         sentence);
    }
    const size_t begin = json_scan_root(text);
    root->item = cJSON_ParseWithLength(text + begin, length - begin);
    if (!root->item)
        return error_set(error, ERROR_RUN, "%s: no memory to parse it", name);
    return json_is_object(root, error) && check_tree(root, most_keys, error);
}

void json_free(struct json *root)
{
    cJSON_Delete((cJSON *)root->item);
    root->item = NULL;
}

/* ---- places ---------------------------------------------------------------------------------- */

struct json json_member(const struct json *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object->item, key);
    return (struct json){
        .item = cJSON_IsNull(item) ? NULL : item,
        .above = object,
        .key = key,
    };
}

struct json json_first(const struct json *list)
{
    const cJSON *item = list->item->child;
    return (struct json){.item = item, .above = list, .key = item ? item->string : NULL};
}

struct json json_next(const struct json *element)
{
    const cJSON *item = element->item->next;
    return (struct json){
        .item = item,
        .above = element->above,
        .key = item ? item->string : NULL,
        .index = element->index + 1,
    };
}

size_t json_count(const struct json *list)
{
    return (size_t)cJSON_GetArraySize(list->item);
}

static const struct json *root_of(const struct json *at)
{
    while (at->above)
        at = at->above;
    return at;
}

/* Writes the path from the root to `at`: "runs[2].step". Returns its length. */
static size_t write_path(const struct json *at, char *text, size_t size)
{
    if (!at->above) {
        text[0] = '\0';
        return 0;
    }
    size_t length = write_path(at->above, text, size);
    if (at->key) {
        char key[64]; /* keys come from the file: print only printable ASCII */
        text_quote(key, sizeof key, at->key);
        snprintf(text + length, size - length, "%s%.*s", length ? "." : "", (int)strlen(key) - 2,
                 key + 1);
    } else {
        snprintf(text + length, size - length, "[%zu]", at->index);
    }
    return strlen(text);
}

static void write_found(const cJSON *item, char *text, size_t size)
{
    if (!item)
        snprintf(text, size, "nothing");
    else if (cJSON_IsString(item))
        text_quote(text, size, item->valuestring);
    else if (cJSON_IsNumber(item))
        snprintf(text, size, "%.17g", item->valuedouble);
    else if (cJSON_IsBool(item))
        snprintf(text, size, "%s", cJSON_IsTrue(item) ? "true" : "false");
    else if (cJSON_IsNull(item))
        snprintf(text, size, "null");
    else
        snprintf(text, size, "%s", cJSON_IsArray(item) ? "a list" : "an object");
}

/* Returns the offset of the value `at` in the document's text; of its parent if the value is
 * missing. *key is the offset of the value's key. */
static size_t find_offset(const struct json *at, size_t *key)
{
    if (!at->above) {
        *key = json_scan_root(at->text);
        return *key;
    }
    const size_t above = find_offset(at->above, key);
    size_t index = 0;
    const cJSON *sibling = at->above->item ? at->above->item->child : NULL;
    for (; sibling && sibling != at->item; sibling = sibling->next)
        index++;
    return sibling ? json_scan_child(root_of(at)->text, above, index, key) : above;
}

/* Sets *error. Always returns false. */
__attribute__((format(printf, 4, 0))) static bool refuse_at(const struct json *at, bool by_key,
                                                            struct error *error, const char *format,
                                                            va_list arguments)
{
    char path[160], sentence[256];
    size_t key, line, column;
    const struct json *root = root_of(at);
    const size_t value = find_offset(at, &key);
    json_scan_place(root->text, by_key ? key : value, &line, &column);
    write_path(at, path, sizeof path);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    return error_set(error, ERROR_INPUT, "%s: line %zu, column %zu: %s%s%s", root->key, line,
                     column, path, *path ? ": " : "", sentence);
}

bool json_refuse(const struct json *at, struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    refuse_at(at, false, error, format, arguments);
    va_end(arguments);
    return false;
}

bool json_refuse_key(const struct json *at, struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    refuse_at(at, true, error, format, arguments);
    va_end(arguments);
    return false;
}

bool json_expected(const struct json *at, const char *expected, struct error *error)
{
    char found[48];
    write_found(at->item, found, sizeof found);
    return json_refuse(at, error, "expected %s, found %s", expected, found);
}

/* ---- values ---------------------------------------------------------------------------------- */

bool json_is_object(const struct json *at, struct error *error)
{
    return cJSON_IsObject(at->item) || json_expected(at, "an object", error);
}

bool json_is_array(const struct json *at, struct error *error)
{
    return cJSON_IsArray(at->item) || json_expected(at, "a list", error);
}

bool json_is_list_of(const struct json *at, const char *what, size_t least, size_t most,
                     struct error *error)
{
    if (!json_is_array(at, error))
        return false;
    const size_t count = json_count(at);
    if (count >= least && count <= most)
        return true;
    if (least == most)
        return json_refuse(at, error, "expected %zu %s, found %zu", most, what, count);
    if (least == 0)
        return json_refuse(at, error, "%zu %s; at most %zu are accepted", count, what, most);
    return json_refuse(at, error, "%zu %s; %zu to %zu are accepted", count, what, least, most);
}

/* Takes integers from cJSON's valuedouble, because its valueint is an int. */
bool json_integer(const struct json *at, int64_t least, int64_t most, int64_t *value,
                  struct error *error)
{
    double number = cJSON_IsNumber(at->item) ? at->item->valuedouble : NAN;
    if (number >= (double)least && number <= (double)most && number == floor(number)) {
        *value = (int64_t)number;
        return true;
    }
    char expected[96];
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)least,
             (long long)most);
    return json_expected(at, expected, error);
}

bool json_number(const struct json *at, double least, double most, double *value,
                 struct error *error)
{
    double number = cJSON_IsNumber(at->item) ? at->item->valuedouble : NAN;
    if (number >= least && number <= most) {
        *value = number;
        return true;
    }
    char expected[96];
    snprintf(expected, sizeof expected, "a number from %g to %g", least, most);
    return json_expected(at, expected, error);
}

bool json_boolean(const struct json *at, bool *value, struct error *error)
{
    *value = cJSON_IsTrue(at->item);
    return cJSON_IsBool(at->item) || json_expected(at, "true or false", error);
}

bool json_string(const struct json *at, char *text, size_t size, struct error *error)
{
    if (!cJSON_IsString(at->item))
        return json_expected(at, "a string", error);
    size_t length = strlen(at->item->valuestring);
    if (length >= size)
        return json_refuse(at, error, "a string of %zu bytes; at most %zu are accepted", length,
                           size - 1);
    memcpy(text, at->item->valuestring, length + 1);
    return true;
}

bool json_unsigned_member(const struct json *object, const char *key, uint64_t most,
                          uint64_t *value, struct error *error)
{
    struct json at = json_member(object, key);
    int64_t read = 0;
    if (!json_integer(&at, 0, (int64_t)most, &read, error))
        return false;
    *value = (uint64_t)read;
    return true;
}

bool json_boolean_member(const struct json *object, const char *key, bool *value,
                         struct error *error)
{
    struct json at = json_member(object, key);
    return json_boolean(&at, value, error);
}

bool json_optional_boolean(const struct json *object, const char *key, bool *value,
                           struct error *error)
{
    return !json_member(object, key).item || json_boolean_member(object, key, value, error);
}

bool json_string_member(const struct json *object, const char *key, char *text, size_t size,
                        struct error *error)
{
    struct json at = json_member(object, key);
    return json_string(&at, text, size, error);
}

bool json_text_member(const struct json *object, const char *key, char *text, size_t size,
                      struct error *error)
{
    struct json at = json_member(object, key);
    text[0] = '\0';
    return !at.item || json_string(&at, text, size, error);
}

bool json_no_memory(const struct json *at, struct error *error)
{
    json_refuse(at, error, "no memory to read it");
    error->kind = ERROR_RUN;
    return false;
}

bool json_uint32_member(const struct json *object, const char *key, uint32_t most, uint32_t *value,
                        struct error *error)
{
    uint64_t read;
    if (!json_unsigned_member(object, key, most, &read, error))
        return false;
    *value = (uint32_t)read;
    return true;
}

bool json_optional_uint32(const struct json *object, const char *key, uint32_t most,
                          uint32_t *value, struct error *error)
{
    return !json_member(object, key).item || json_uint32_member(object, key, most, value, error);
}
