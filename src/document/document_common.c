#include "document_common.h"

#include "../base/json_scan.h"
#include "../base/words.h"

#include <stdlib.h>
#include <string.h>

#define SHARED_MOST 64u

/* Objects in a run whose members can be shared, each on its own. */
static const char *const nested[] = {"knobs", "knobs_asked", NULL};
#define NESTED ((int)(sizeof nested / sizeof *nested) - 1)

/* ---- writing -------------------------------------------------------------------------------- */

/* A member of an object in text that pdlab's writer printed. Key and value are not
 * NUL-terminated. */
struct member {
    const char *key, *value;
    size_t key_length, length;
};

struct shared {
    struct member members[SHARED_MOST];
    size_t count;
};

/* Reads the member at `at`, a place in the text of an object. Returns the text after the member;
 * NULL if there are no more members. */
static const char *next_member(const char *at, struct member *member)
{
    at += strspn(at, "{, \n");
    if (*at != '"')
        return NULL;
    const char *end = at + json_scan_after(at, 0);
    *member = (struct member){.key = at + 1, .key_length = (size_t)(end - at - 2)};
    member->value = end + strspn(end, ": ");
    member->length = json_scan_after(member->value, 0);
    return member->value + member->length;
}

static bool is_key(const struct member *member, const char *key)
{
    return member->key_length == strlen(key) && memcmp(member->key, key, member->key_length) == 0;
}

static bool has_same_key(const struct member *a, const struct member *b)
{
    return a->key_length == b->key_length && memcmp(a->key, b->key, a->key_length) == 0;
}

static bool is_same(const struct member *a, const struct member *b)
{
    return has_same_key(a, b) && a->length == b->length &&
           memcmp(a->value, b->value, a->length) == 0;
}

static bool is_scalar(const struct member *member)
{
    return *member->value != '{' && *member->value != '[';
}

static bool is_in(const char *object, const struct member *wanted)
{
    struct member member;
    while ((object = next_member(object, &member)))
        if (has_same_key(&member, wanted))
            return is_same(&member, wanted);
    return false;
}

/* Collects the scalar members that all objects have with the same value. */
static void find_shared(const char *const *objects, size_t count, struct shared *shared)
{
    struct member member;
    shared->count = 0;
    for (const char *at = objects[0]; (at = next_member(at, &member));) {
        size_t alike = 1;
        while (is_scalar(&member) && alike < count && is_in(objects[alike], &member))
            alike++;
        if (is_scalar(&member) && alike == count && shared->count < SHARED_MOST)
            shared->members[shared->count++] = member;
    }
}

static bool is_shared(const struct shared *shared, const struct member *member)
{
    for (size_t i = 0; i < shared->count; i++)
        if (is_same(&shared->members[i], member))
            return true;
    return false;
}

/* Writes a member, and removes the line breaks from its value. */
static void write_member(struct json_writer *writer, const struct member *member)
{
    const char *at = member->value, *end = at + member->length;
    json_write_key(writer, member->key, member->key_length);
    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        json_write_text(writer, at, (size_t)((line ? line : end) - at));
        at = line ? line + 1 + strspn(line + 1, " ") : end;
    }
}

/* Writes the members of `object` that are not shared, as an object called `key`. Writes nothing if
 * there are none. */
static void write_rest(struct json_writer *writer, const char *key, const char *object,
                       const struct shared *shared)
{
    struct member member;
    bool opened = false;
    while ((object = next_member(object, &member))) {
        if (is_shared(shared, &member))
            continue;
        if (!opened)
            json_open(writer, key, '{');
        opened = true;
        write_member(writer, &member);
    }
    if (opened)
        json_close(writer, '}');
}

/* Finds the value of the member `key` in each run. The value is an empty object if the member is
 * missing. */
static void find_nested(char *const *runs, size_t count, const char *key, const char **objects)
{
    struct member member;
    for (size_t i = 0; i < count; i++) {
        objects[i] = "{}";
        for (const char *at = runs[i]; (at = next_member(at, &member));)
            if (is_key(&member, key))
                objects[i] = member.value;
    }
}

static void write_shared(struct json_writer *writer, const struct shared *shared)
{
    for (size_t i = 0; i < shared->count; i++)
        write_member(writer, &shared->members[i]);
}

static int find_nested_key(const struct member *member)
{
    for (int i = 0; i < NESTED; i++)
        if (is_key(member, nested[i]))
            return i;
    return NESTED;
}

static void write_run(struct json_writer *writer, const char *run, const struct shared *shared)
{
    struct member member;
    json_open_line(writer, 2, NULL, '{');
    while ((run = next_member(run, &member))) {
        int inside = find_nested_key(&member);
        if (inside < NESTED)
            write_rest(writer, nested[inside], member.value, &shared[1 + inside]);
        else if (!is_shared(&shared[0], &member))
            write_member(writer, &member);
    }
    json_close(writer, '}');
}

void document_common_write(struct json_writer *writer, char *const *runs, size_t count)
{
    const char **objects = malloc((count ? count : 1) * sizeof *objects);
    struct shared shared[1 + NESTED] = {0}; /* first those of the runs, then those of each nested
                                               object */
    if (!objects) {
        writer->failed = true;
        return;
    }
    json_open_line(writer, 1, "common", '{');
    if (count > 0) {
        find_shared((const char *const *)runs, count, &shared[0]);
        write_shared(writer, &shared[0]);
    }
    for (int i = 0; i < NESTED && count > 0; i++) {
        find_nested(runs, count, nested[i], objects);
        find_shared(objects, count, &shared[1 + i]);
        json_open(writer, nested[i], '{');
        write_shared(writer, &shared[1 + i]);
        json_close(writer, '}');
    }
    json_close(writer, '}');
    json_open_line(writer, 1, "runs", '[');
    for (size_t i = 0; i < count; i++)
        write_run(writer, runs[i], shared);
    json_close(writer, ']');
    free(objects);
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool inherits(const char *key)
{
    return words_find(nested, key) >= 0;
}

static bool check_scalar(const struct json *at, struct error *error)
{
    return !(cJSON_IsObject(at->item) || cJSON_IsArray(at->item)) ||
           json_refuse(at, error, "expected a scalar: lists and objects cannot be shared");
}

/* Checks that all shared members are scalars. With lists or objects, a short document could expand
 * to far more memory. */
static bool check_common(const struct json *common, struct error *error)
{
    if (!json_is_object(common, error))
        return false;
    for (struct json at = json_first(common); at.item; at = json_next(&at)) {
        if (inherits(at.key) && !json_is_object(&at, error))
            return false;
        if (!inherits(at.key) && !check_scalar(&at, error))
            return false;
        for (struct json below = json_first(&at); below.item; below = json_next(&below))
            if (!check_scalar(&below, error))
                return false;
    }
    return true;
}

/* Adds to `object` the members of `from` that `object` lacks. A member of `object` that is null
 * counts as present. */
static bool inherit(cJSON *object, const cJSON *from)
{
    for (cJSON *member = from->child; member; member = member->next) {
        cJSON *own = cJSON_GetObjectItemCaseSensitive(object, member->string);
        if (own && cJSON_IsObject(own) && cJSON_IsObject(member)) {
            if (!inherit(own, member))
                return false;
        } else if (!own && !cJSON_AddItemReferenceToObject(object, member->string, member)) {
            return false;
        }
    }
    return true;
}

bool document_common_read(const struct json *common, const struct json *runs, struct error *error)
{
    if (!common->item)
        return true;
    if (!check_common(common, error))
        return false;
    for (struct json at = json_first(runs); at.item; at = json_next(&at)) {
        /* The cast is safe: the parsed tree itself is not const. */
        if (cJSON_IsObject(at.item) && !inherit((cJSON *)at.item, common->item))
            return json_no_memory(&at, error);
    }
    return true;
}
