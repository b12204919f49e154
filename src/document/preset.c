#include "preset.h"

#include "../base/embedded.h"
#include "../base/files.h"
#include "../base/json_words.h"
#include "../base/text.h"
#include "../base/user_folder.h"
#include "../base/words.h"
#include "../engine/backend_name.h"
#include "../engine/json_knobs.h"
#include "document.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESET_SCHEMA     "pdlab.preset/1"
#define PRESET_SUFFIX     ".json"
#define USER_PRESETS      "presets" /* folder in USER_CONFIG */
#define PRESET_MOST_BYTES (UINT64_C(64) << 10)

/* ---- reading -------------------------------------------------------------------------------- */

/* Returns the name nearest to `word` among all targets or, if `targets` is false, all variants.
 * NULL: none is similar. */
static const char *nearest_known(const char *word, bool targets)
{
    const char *nearest = NULL;
    for (const struct variant *const *variant = variants; *variant; variant++) {
        if ((*variant)->hidden)
            continue;
        const char *names[] = {targets ? (*variant)->target : (*variant)->name, nearest, NULL};
        nearest = text_nearest(word, names) ? text_nearest(word, names) : nearest;
    }
    return nearest;
}

static bool read_target(const struct json *root, struct preset *preset, struct error *error)
{
    struct json at = json_member(root, "target");
    if (!json_string(&at, preset->target, sizeof preset->target, error))
        return false;
    return targets_has(preset->target) ||
           json_refuse_unknown(&at, "target", nearest_known(preset->target, true), error);
}

static bool check_variant(const struct json *at, const char *name, const char *target,
                          struct error *error)
{
    const struct variant *variant = variant_find(name);
    if (!variant)
        return json_refuse_unknown(at, "variant", nearest_known(name, false), error);
    return strcmp(variant->target, target) == 0 ||
           json_refuse(at, error, "it is a variant of %s, not of %s", variant->target, target);
}

static bool read_variants(const struct json *root, struct preset *preset, struct error *error)
{
    struct json list = json_member(root, "variants");
    if (!list.item)
        return true;
    if (!json_is_list_of(&list, "variants", 0, PRESET_VARIANTS, error))
        return false;
    for (struct json at = json_first(&list); at.item; at = json_next(&at)) {
        char *name = preset->variants[at.index];
        if (!json_string(&at, name, sizeof preset->variants[0], error) ||
            !check_variant(&at, name, preset->target, error))
            return false;
        preset->variant_count++;
    }
    return true;
}

static bool read_preset(const struct json *root, struct preset *preset, struct error *error)
{
    static const char *const keys[] = {"schema", "title",    "lesson", "target",
                                       "knobs",  "variants", NULL};
    struct json knobs = json_member(root, "knobs");
    return json_schema(root, (const char *const[]){PRESET_SCHEMA, NULL}, error) >= 0 &&
           json_check_keys(root, "a preset", keys, error) &&
           json_string_member(root, "title", preset->title, sizeof preset->title, error) &&
           json_string_member(root, "lesson", preset->lesson, sizeof preset->lesson, error) &&
           read_target(root, preset, error) && read_variants(root, preset, error) &&
           (!knobs.item || json_knobs(&knobs, &preset->knobs, &preset->knobs_set, error));
}

bool preset_parse_part(const struct json *root, const char *name, struct preset *preset,
                       struct error *error)
{
    *preset = (struct preset){0};
    if (strlen(name) >= sizeof preset->name || !text_printable(name))
        return json_refuse(root, error, "a preset's name has at most %zu printable letters",
                           sizeof preset->name - 1);
    memcpy(preset->name, name, strlen(name) + 1);
    return json_is_object(root, error) && read_preset(root, preset, error);
}

bool preset_parse(const char *text, size_t length, const char *origin, const char *name,
                  struct preset *preset, struct error *error)
{
    struct json root;
    bool read = json_parse(text, length, origin, &root, error) &&
                preset_parse_part(&root, name, preset, error);
    json_free(&root);
    return read;
}

void preset_write(const struct preset *preset, const char *key, struct json_writer *writer)
{
    json_open(writer, key, '{');
    json_write_string(writer, "schema", PRESET_SCHEMA);
    json_write_string(writer, "title", preset->title);
    json_write_string(writer, "lesson", preset->lesson);
    json_write_string(writer, "target", preset->target);
    if (preset->variant_count > 0) {
        json_open(writer, "variants", '[');
        for (uint32_t i = 0; i < preset->variant_count; i++)
            json_write_string(writer, NULL, preset->variants[i]);
        json_close(writer, ']');
    }
    document_write_knobs(writer, "knobs", &preset->knobs, preset->knobs_set);
    json_close(writer, '}');
}

/* ---- finding -------------------------------------------------------------------------------- */

/* Copies the last part of `path` without .json. Returns false if `path` does not end in .json, or
 * there is not enough room. */
static bool name_of(const char *path, char *name, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t length = strlen(file), suffix = strlen(PRESET_SUFFIX);
    if (length <= suffix || strcmp(file + length - suffix, PRESET_SUFFIX) != 0 ||
        length - suffix >= size)
        return false;
    memcpy(name, file, length - suffix);
    name[length - suffix] = '\0';
    return true;
}

/* A list of preset names. */
struct names {
    char **items;
    size_t count;
};

static void add_name(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    char **grown = realloc(names->items, (names->count + 2) * sizeof *grown);
    char *copy = strdup(name);
    if (grown)
        names->items = grown;
    if (!grown || !copy) {
        free(copy);
        return;
    }
    names->items[names->count++] = copy;
    names->items[names->count] = NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_user_names(struct names *names)
{
    char folder[PATH_MAX], name[sizeof(((struct preset *)0)->name)];
    size_t embedded = names->count;
    struct error nowhere;
    DIR *directory = user_path(USER_CONFIG, USER_PRESETS, folder, sizeof folder, &nowhere)
                         ? opendir(folder)
                         : NULL;
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (name_of(entry->d_name, name, sizeof name) && text_printable(name))
            add_name(names, name);
    closedir(directory);
    if (names->count > embedded)
        qsort(names->items + embedded, names->count - embedded, sizeof *names->items,
              compare_names);
}

size_t preset_names(char ***names)
{
    struct names found = {0};
    char name[sizeof(((struct preset *)0)->name)];
    for (const struct embedded *file = embedded_files; file->path; file++)
        if (!strchr(file->path, '/') && name_of(file->path, name, sizeof name))
            add_name(&found, name);
    add_user_names(&found);
    *names = found.items;
    return found.count;
}

void preset_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static bool refuse_name(const char *name, struct error *error)
{
    char **names;
    char found[80], known[384] = "";
    size_t count = preset_names(&names);
    const char *nearest = count ? text_nearest(name, (const char *const *)names) : NULL;

    for (size_t i = 0; i < count; i++)
        words_add(known, sizeof known, "%s", names[i]);
    text_quote(found, sizeof found, name);
    error_set(error, ERROR_INPUT, "there is no preset %s; %s%s", found,
              nearest ? "the nearest is " : "the presets are ", nearest ? nearest : known);
    preset_names_free(names, count);
    return false;
}

static bool load_file(const char *path, struct preset *preset, struct error *error)
{
    char name[PATH_MAX], *text = NULL;
    size_t length;
    if (!name_of(path, name, sizeof name))
        snprintf(name, sizeof name, "%s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    bool read = file_read(path, PRESET_MOST_BYTES, &text, &length, error) &&
                preset_parse(text, length, path, name, preset, error);
    free(text);
    return read;
}

bool preset_load(const char *name, struct preset *preset, struct error *error)
{
    struct error nowhere;
    char file[sizeof USER_PRESETS + sizeof preset->name + sizeof PRESET_SUFFIX];
    char path[PATH_MAX], stripped[PATH_MAX];

    if (strchr(name, '/') || name_of(name, stripped, sizeof stripped)) {
        if (!load_file(name, preset, error))
            return false;
        snprintf(preset->path, sizeof preset->path, "%s", name);
        return true;
    }
    if (strlen(name) >= sizeof preset->name || !text_printable(name))
        return refuse_name(name, error);

    snprintf(file, sizeof file, "%s%s", name, PRESET_SUFFIX);
    const struct embedded *embedded = embedded_find(file);
    if (embedded) {
        size_t length;
        char *text = embedded_text(embedded, &length, error);
        const bool read = text && preset_parse(text, length, file, name, preset, error);
        free(text);
        return read;
    }
    snprintf(file, sizeof file, USER_PRESETS "/%s%s", name, PRESET_SUFFIX);
    if (!user_path(USER_CONFIG, file, path, sizeof path, &nowhere) || access(path, F_OK) != 0)
        return refuse_name(name, error);
    return load_file(path, preset, error);
}

void preset_apply(const struct preset *preset, struct knob_settings *settings)
{
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (settings->source[id] == SOURCE_PRESET) {
            settings->knobs.value[id] = knob_table[id].initial;
            settings->source[id] = SOURCE_DEFAULT;
        }
        if (preset->knobs_set >> id & 1)
            knob_set(settings, (enum knob_id)id, preset->knobs.value[id], SOURCE_PRESET);
    }
}

bool preset_choose(const struct preset *preset, enum backend backend, struct targets *targets,
                   struct error *error)
{
    *targets = (struct targets){0};
    for (uint32_t i = 0; i < preset->variant_count; i++) {
        const struct variant *variant = variant_find(preset->variants[i]);
        if (!variant)
            return targets_refuse(preset->variants[i], error);
        if (variant->backend == backend)
            targets_add_variant(variant, false, targets);
    }
    if (preset->variant_count == 0) {
        if (!targets_has(preset->target))
            return targets_refuse(preset->target, error);
        targets_add(preset->target, backend, targets);
    }
    if (targets->count == 0)
        return error_set(error, ERROR_UNSUPPORTED, "the preset %s has no variant on the %s backend",
                         preset->name, backend_name(backend));
    return true;
}
