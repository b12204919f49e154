#include "sweep_folder.h"

#include "../base/files.h"
#include "../base/json_words.h"
#include "../engine/json_knobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAN_MOST_BYTES (UINT64_C(256) << 10)
#define NAME_ROOM       32u
#define LEFTOVER_DIGITS 8u /* file_write names its temporary files <path>.<8 hex digits> */

const char *sweep_path(char *path, const char *folder, const char *name)
{
    snprintf(path, SWEEP_PATH_ROOM, "%s/%s", folder, name);
    return path;
}

static const char *point_path(char *path, const char *folder, uint32_t number)
{
    snprintf(path, SWEEP_PATH_ROOM, "%s/" SWEEP_POINTS_NAME "/%04u.json", folder, number);
    return path;
}

/* ---- writing the plan ----------------------------------------------------------------------- */

static void write_split(struct json_writer *json, const struct sweep_split *split)
{
    if (split->count == 0)
        return;
    json_open_line(json, 1, "shards", '{');
    json_write_integer(json, "count", split->count);
    json_write_integer(json, "first", split->first);
    json_write_integer(json, "step", split->step);
    json_close(json, '}');
}

static void write_repeats(struct json_writer *json, const struct sweep *sweep)
{
    if (sweep->repeats <= 1)
        return;
    json_line(json, 1);
    json_write_integer(json, "repeats", sweep->repeats);
    json_write_integer(json, "order_seed", sweep->order_seed);
}

static void write_axes(struct json_writer *json, const struct sweep *sweep)
{
    json_open_line(json, 1, "vary", '[');
    for (uint32_t i = 0; i < sweep->axis_count; i++) {
        const struct sweep_axis *axis = &sweep->axes[i];
        json_open_line(json, 2, NULL, '{');
        json_write_string(json, "knob", knob_table[axis->knob].name);
        json_write_string(json, "scale", sweep_scale_names[axis->scale]);
        json_open(json, "values", '[');
        for (uint32_t value = 0; value < axis->count; value++)
            document_write_knob(json, NULL, axis->knob, axis->values[value]);
        json_close(json, ']');
        json_close(json, '}');
    }
    json_close(json, ']');
}

static bool is_varied(const struct sweep *sweep, enum knob_id knob)
{
    for (uint32_t i = 0; i < sweep->axis_count; i++)
        if (sweep->axes[i].knob == knob)
            return true;
    return false;
}

/* Writes the model's identity, or nothing if no model was loaded from files. */
static void write_model(struct json_writer *json, const struct run_model *model)
{
    if (model->hash[0] == '\0')
        return;
    json_open_line(json, 1, "model", '{');
    json_write_string(json, "name", model->name);
    json_write_string(json, "hash", model->hash);
    json_close(json, '}');
}

static char *print_plan(const struct sweep *sweep, size_t *length)
{
    struct json_writer json = {0};
    json_open(&json, NULL, '{');
    json_line(&json, 1);
    json_write_string(&json, "schema", SWEEP_SCHEMA);
    json_write_string(&json, "run_id", sweep->run_id);
    json_write_string(&json, "begun_utc", sweep->begun_utc);
    json_write_integer(&json, "points", sweep_points(sweep));
    json_open_line(&json, 1, "pdlab", '{');
    json_write_string(&json, "version", sweep->version);
    json_write_string(&json, "git_revision", sweep->git_revision);
    json_close(&json, '}');
    json_open_line(&json, 1, "device", '{');
    document_write_device(&json, &sweep->device);
    json_close(&json, '}');
    write_model(&json, &sweep->model);
    write_split(&json, &sweep->split);
    write_repeats(&json, sweep);
    json_open_line(&json, 1, "variants", '[');
    for (uint32_t i = 0; i < sweep->variant_count; i++)
        json_write_string(&json, NULL, sweep->variants[i]->name);
    json_close(&json, ']');
    write_axes(&json, sweep);
    json_open_line(&json, 1, "knobs", '{');
    for (int id = 0; id < KNOB_COUNT; id++)
        if (!is_varied(sweep, (enum knob_id)id))
            document_write_knob(&json, knob_table[id].name, (enum knob_id)id,
                                sweep->knobs.value[id]);
    json_close(&json, '}');
    json_close(&json, '}');
    return json_writer_finish(&json, length);
}

bool sweep_has_plan(const char *folder)
{
    char path[SWEEP_PATH_ROOM];
    return access(sweep_path(path, folder, SWEEP_PLAN_NAME), F_OK) == 0;
}

bool sweep_write_plan(const struct sweep *sweep, const char *folder, struct error *error)
{
    char path[SWEEP_PATH_ROOM];
    size_t length;
    bool created;
    char *text = print_plan(sweep, &length);
    sweep_path(path, folder, SWEEP_PLAN_NAME);
    bool written = text ? file_create(path, text, length, &created, error)
                        : error_set(error, ERROR_RUN, "no memory to write %s", path);
    free(text);
    return written;
}

/* ---- reading the plan ----------------------------------------------------------------------- */

static bool read_head(const struct json *root, struct sweep *sweep, struct error *error)
{
    struct json build = json_member(root, "pdlab");
    return json_schema(root, (const char *const[]){SWEEP_SCHEMA, NULL}, error) >= 0 &&
           json_string_member(root, "run_id", sweep->run_id, sizeof sweep->run_id, error) &&
           json_string_member(root, "begun_utc", sweep->begun_utc, sizeof sweep->begun_utc,
                              error) &&
           json_is_object(&build, error) &&
           json_string_member(&build, "version", sweep->version, sizeof sweep->version, error) &&
           json_string_member(&build, "git_revision", sweep->git_revision,
                              sizeof sweep->git_revision, error);
}

static bool read_model(const struct json *root, struct run_model *model, struct error *error)
{
    struct json at = json_member(root, "model");
    return !at.item || (json_is_object(&at, error) &&
                        json_string_member(&at, "name", model->name, sizeof model->name, error) &&
                        json_string_member(&at, "hash", model->hash, sizeof model->hash, error));
}

static bool read_device(const struct json *root, struct device_info *device, struct error *error)
{
    struct json at = json_member(root, "device");
    struct json id = json_member(&at, "id");
    struct error why = {0};
    int index;
    if (!json_is_object(&at, error) || !json_string(&id, device->id, sizeof device->id, error) ||
        !json_string_member(&at, "name", device->name, sizeof device->name, error) ||
        !json_string_member(&at, "driver", device->driver, sizeof device->driver, error) ||
        !json_string_member(&at, "isa", device->isa, sizeof device->isa, error) ||
        !json_uint32_member(&at, "units", UINT32_MAX, &device->units, error))
        return false;
    if (device_parse(device->id, &device->backend, &index, &why))
        return true;
    json_refuse(&id, error, "%s", why.text);
    error->kind = why.kind;
    return false;
}

/* Reads "shards". The plan has none if the sweep was not split when it began. */
static bool read_split(const struct json *root, struct sweep_split *split, struct error *error)
{
    struct json at = json_member(root, "shards");
    if (!at.item)
        return true;
    return json_is_object(&at, error) &&
           json_uint32_member(&at, "count", SWEEP_POINTS, &split->count, error) &&
           json_uint32_member(&at, "first", INT32_MAX, &split->first, error) &&
           json_uint32_member(&at, "step", INT32_MAX, &split->step, error) &&
           ((split->count > 0 && split->step > 0) ||
            json_refuse(&at, error, "expected a count and a step above 0"));
}

/* Reads "repeats" and "order_seed". The plan has neither if one process measures all points. */
static bool read_repeats(const struct json *root, struct sweep *sweep, struct error *error)
{
    struct json repeats = json_member(root, "repeats"), seed = json_member(root, "order_seed");
    int64_t value = 1, order_seed = 0;
    const bool read = (!repeats.item || json_integer(&repeats, 1, SWEEP_REPEATS, &value, error)) &&
                      (!seed.item || json_integer(&seed, 0, UINT32_MAX, &order_seed, error));
    sweep->repeats = (uint32_t)value;
    sweep->order_seed = (uint32_t)order_seed;
    return read;
}

static bool read_values(const struct json *object, struct sweep_axis *axis, struct error *error)
{
    struct json list = json_member(object, "values");
    if (!json_is_array(&list, error))
        return false;
    if (json_count(&list) < 1 || json_count(&list) > SWEEP_VALUES)
        return json_refuse(&list, error, "expected 1 to %u values", SWEEP_VALUES);
    for (struct json at = json_first(&list); at.item; at = json_next(&at)) {
        int64_t value = 0;
        if (!json_knob(&at, axis->knob, &value, error))
            return false;
        for (uint32_t i = 0; i < axis->count; i++)
            if (axis->values[i] == value)
                return json_refuse(&at, error, "this value occurs twice");
        if (axis->scale == SWEEP_GEOMETRIC && value <= 0)
            return json_refuse(&at, error, "a geometric range has values of 1 or more only");
        axis->values[axis->count++] = value;
    }
    return true;
}

static bool read_axis(const struct json *at, struct sweep *sweep, struct error *error)
{
    struct sweep_axis axis = {0};
    struct error why = {0};
    struct json knob = json_member(at, "knob");
    return json_is_object(at, error) && json_knob_name(&knob, &axis.knob, error) &&
           json_word_member(at, "scale", sweep_scale_names, &axis.scale, error) &&
           read_values(at, &axis, error) &&
           (sweep_add_axis(sweep, &axis, &why) || json_refuse(at, error, "%s", why.text));
}

static bool read_axes(const struct json *root, struct sweep *sweep, struct error *error)
{
    struct json list = json_member(root, "vary");
    if (!json_is_array(&list, error))
        return false;
    if (json_count(&list) == 0)
        return json_refuse(&list, error, "expected at least one varied knob");
    for (struct json at = json_first(&list); at.item; at = json_next(&at))
        if (!read_axis(&at, sweep, error))
            return false;
    return true;
}

static bool read_variants(const struct json *root, struct sweep *sweep, struct error *error)
{
    struct json list = json_member(root, "variants");
    if (!json_is_array(&list, error))
        return false;
    if (json_count(&list) < 1 || json_count(&list) > WORKER_RUNS)
        return json_refuse(&list, error, "expected 1 to %u variants", WORKER_RUNS);
    for (struct json at = json_first(&list); at.item; at = json_next(&at)) {
        char name[sizeof((struct run *)0)->variant];
        if (!json_string(&at, name, sizeof name, error))
            return false;
        const struct variant *variant = variant_find(name);
        if (!variant || variant->backend != sweep->device.backend)
            return json_refuse(&at, error, "this build has no such variant on %s",
                               sweep->device.id);
        if (sweep_unread(sweep, variant) != KNOB_COUNT)
            return json_refuse(&at, error, "%s does not read %s, which is varied", name,
                               knob_table[sweep_unread(sweep, variant)].name);
        for (uint32_t i = 0; i < sweep->variant_count; i++)
            if (sweep->variants[i] == variant)
                return json_refuse(&at, error, "this variant occurs twice");
        sweep->variants[sweep->variant_count++] = variant;
    }
    return true;
}

static bool read_knobs(const struct json *root, struct sweep *sweep, struct error *error)
{
    struct json at = json_member(root, "knobs");
    struct error why = {0};
    uint64_t set = 0;
    sweep->knobs = knobs_defaults();
    return json_knobs(&at, &sweep->knobs, &set, error) &&
           (sweep_ends(sweep, &why) || json_refuse(&at, error, "%s", why.text));
}

bool sweep_parse_plan(const char *text, size_t length, const char *name, struct sweep *sweep,
                      struct error *error)
{
    *sweep = (struct sweep){0};
    struct json root;
    bool read = json_parse(text, length, name, &root, error) && read_head(&root, sweep, error) &&
                read_device(&root, &sweep->device, error) &&
                read_model(&root, &sweep->model, error) &&
                read_split(&root, &sweep->split, error) && read_repeats(&root, sweep, error) &&
                read_axes(&root, sweep, error) && read_variants(&root, sweep, error) &&
                read_knobs(&root, sweep, error);
    json_free(&root);
    return read;
}

bool sweep_read_plan(const char *folder, struct sweep *sweep, struct error *error)
{
    char path[SWEEP_PATH_ROOM], *text;
    size_t length;
    sweep_path(path, folder, SWEEP_PLAN_NAME);
    if (!file_read(path, PLAN_MOST_BYTES, &text, &length, error))
        return false;
    bool read = sweep_parse_plan(text, length, path, sweep, error);
    free(text);
    return read;
}

/* ---- locks: one process per point ------------------------------------------------------------ */

/* The byte at offset N of the plan's file is the lock of point N. The kernel releases a process's
 * locks when it ends, even if it is killed. */
bool sweep_lock(const struct sweep *sweep, const char *folder, struct sweep_shard shard, int *lock,
                struct error *error)
{
    char path[SWEEP_PATH_ROOM];
    *lock = open(sweep_path(path, folder, SWEEP_PLAN_NAME), O_RDWR | O_CLOEXEC);
    if (*lock < 0)
        return error_set(error, ERROR_RUN, "cannot open %s for writing: %s", path, strerror(errno));
    for (uint32_t number = 1; number <= sweep_points(sweep); number++) {
        struct flock byte = {
            .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = number, .l_len = 1};
        if (!sweep_shard_has(shard, number) || fcntl(*lock, F_OFD_SETLK, &byte) == 0)
            continue;
        if (errno != EAGAIN && errno != EACCES)
            return true;
        close(*lock);
        return error_set(error, ERROR_RUN, "another pdlab process is measuring point %u of %s",
                         number, folder);
    }
    return true;
}

/* Whether `name` is a temporary file. If so, writes the final name of the file to `stem`. */
static bool is_leftover(const char *name, char *stem, size_t size)
{
    const char *dot = strrchr(name, '.');
    if (!dot || strlen(dot + 1) != LEFTOVER_DIGITS ||
        strspn(dot + 1, "0123456789abcdef") != LEFTOVER_DIGITS)
        return false;
    return (size_t)snprintf(stem, size, "%.*s", (int)(dot - name), name) < size;
}

/* Whether only the process that locked the shard writes the file `stem`. */
static bool is_own(const char *stem, struct sweep_shard shard)
{
    static const char *const of_all[] = {SWEEP_PLAN_NAME, SWEEP_CSV_NAME, SWEEP_SVG_NAME};
    char name[NAME_ROOM];
    const unsigned long number = strtoul(stem, NULL, 10);
    snprintf(name, sizeof name, "%04lu.json", number);
    if (number > 0 && number <= SWEEP_POINTS && strcmp(stem, name) == 0)
        return sweep_shard_has(shard, (uint32_t)number);
    for (size_t i = 0; i < sizeof of_all / sizeof *of_all; i++)
        if (strcmp(stem, of_all[i]) == 0)
            return shard.count == 1;
    return false;
}

static void remove_leftovers_of(const char *folder, struct sweep_shard shard)
{
    char path[SWEEP_PATH_ROOM], stem[NAME_ROOM];
    DIR *stream = opendir(folder);
    if (!stream)
        return;
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (is_leftover(entry->d_name, stem, sizeof stem) && is_own(stem, shard))
            unlink(sweep_path(path, folder, entry->d_name));
    closedir(stream);
}

void sweep_remove_leftovers(const char *folder, struct sweep_shard shard)
{
    char path[SWEEP_PATH_ROOM];
    remove_leftovers_of(folder, shard);
    remove_leftovers_of(sweep_path(path, folder, SWEEP_POINTS_NAME), shard);
}

/* ---- points --------------------------------------------------------------------------------- */

bool sweep_write_point(const struct sweep *sweep, const char *folder, uint32_t number,
                       const struct device_info *device, const struct ceilings *ceilings,
                       const struct run *runs, bool stamps, struct error *error)
{
    char path[SWEEP_PATH_ROOM];
    static struct run bare[WORKER_RUNS];
    struct document document;
    for (uint32_t i = 0; i < sweep->variant_count; i++) {
        bare[i] = runs[i];
        if (!stamps)
            bare[i].typical = (struct trace){0};
        bare[i].slowest = (struct trace){0};
    }
    document_describe(&document, device, bare, sweep->variant_count);
    document.ceilings = *ceilings;
    snprintf(document.run_id, sizeof document.run_id, "%s", sweep->run_id);
    document.order_seed = sweep->order_seed;
    document.rounds = sweep->repeats > 1 ? sweep->repeats : 0;
    return document_write(&document, point_path(path, folder, number), error);
}

/* Whether the document is point `number` of this sweep. */
static bool is_point(const struct sweep *sweep, uint32_t number, const struct document *document)
{
    struct knobs knobs;
    sweep_knobs(sweep, number, &knobs);
    if (strcmp(document->run_id, sweep->run_id) != 0 || document->count != sweep->variant_count)
        return false;
    for (uint32_t i = 0; i < sweep->variant_count; i++) {
        const struct run *run = &document->runs[i];
        if (run->known != sweep->variants[i])
            return false;
        for (uint32_t axis = 0; axis < sweep->axis_count; axis++) {
            enum knob_id knob = sweep->axes[axis].knob;
            if (run->asked.value[knob] != knobs.value[knob])
                return false;
        }
    }
    return true;
}

bool sweep_read_point(const struct sweep *sweep, const char *folder, uint32_t number,
                      struct document *document, bool *there, struct error *error)
{
    char path[SWEEP_PATH_ROOM];
    struct error why = {0};
    *there = access(point_path(path, folder, number), F_OK) == 0;
    if (!*there)
        return true;
    if (document_read(path, document, &why)) {
        if (is_point(sweep, number, document))
            return true;
        document_free(document);
        error_set(&why, ERROR_INPUT, "%s is not point %u of this sweep", path, number);
    }
    return error_set(error, why.kind, "%s; to measure the point again, remove the file", why.text);
}
