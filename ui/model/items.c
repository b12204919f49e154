#include "items.h"

#include "explorer_demos.h"
#include "recording_index.h"

#include "../../src/base/cluster.h"
#include "../../src/base/embedded.h"
#include "../../src/base/text.h"
#include "../../src/engine/backend_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct item *items_append(struct item **items, int *count, const char *name)
{
    struct item *grown = realloc(*items, ((size_t)*count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    *items = grown;
    struct item *item = &grown[(*count)++];
    *item = (struct item){0};
    snprintf(item->name, sizeof item->name, "%s", name);
    snprintf(item->label, sizeof item->label, "%s", name);
    return item;
}

/* Appends the demos, below the presets. */
static void append_demos(const struct explorer *explorer, struct item **items, int *count)
{
    char name[64], title[sizeof(((struct demo *)0)->title)];
    for (size_t i = 0; explorer_demos_find(i, name, sizeof name, title); i++) {
        struct item *item = items_append(items, count, name);
        if (!item)
            return;
        item->demo = true;
        item->in_use = explorer->demo.playing && strcmp(explorer->demo.playing->name, name) == 0;
        snprintf(item->title, sizeof item->title, "demo: %s", title);
        snprintf(item->detail, sizeof item->detail,
                 "A demo: scenes with captions, played in the explorer. n and N step "
                 "through them, Esc returns");
    }
}

struct item *items_presets(const struct explorer *explorer, int *count)
{
    struct item *items = NULL;
    char **names;
    size_t found = preset_names(&names);
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        struct item *item = items_append(&items, count, names[i]);
        struct preset preset;
        struct error error;
        if (!item)
            break;
        item->in_use = !explorer->source.recorded && explorer->preset.path[0] == '\0' &&
                       strcmp(names[i], explorer->preset.name) == 0;
        item->broken = !preset_load(names[i], &preset, &error);
        cluster_copy(item->title, sizeof item->title, item->broken ? error.text : preset.title);
        cluster_copy(item->detail, sizeof item->detail, item->broken ? error.text : preset.lesson);
    }
    preset_names_free(names, found);
    append_demos(explorer, &items, count);
    return items;
}

static bool has_gpu(const struct item *items, int count)
{
    for (int i = 0; i < count; i++)
        if (!items[i].recording && strcmp(items[i].name, "cpu") != 0)
            return true;
    return false;
}

/* Describes what Enter does on each device. Call before recordings are added to the list. */
static void describe_devices(struct item *items, int count)
{
    const char *const gpu = has_gpu(items, count) ? "" : ". No GPU here: see the recordings below";
    for (int i = 0; i < count; i++)
        snprintf(items[i].detail, sizeof items[i].detail,
                 items[i].in_use ? "In use: Enter returns to it and keeps its samples%s"
                                 : "Enter runs the variants on this device%s",
                 gpu);
}

/* Appends the devices of one backend. The device in use is described already; opens the others to
 * query them. */
static void append_devices(const struct explorer *explorer, const struct device_ops *ops,
                           struct item **items, int *count)
{
    for (int index = 0;; index++) {
        struct device_info info = {0};
        struct error error;
        bool in_use = explorer->source.worker && explorer->backend == ops->backend &&
                      explorer->device == index;
        if (in_use)
            info = *source_device(&explorer->source);
        else if (!ops->open(index, &info, &error))
            return;
        else
            ops->close(index);
        struct item *item = items_append(items, count, info.id[0] ? info.id : ops->name);
        if (!item)
            return;
        item->in_use = in_use;
        char units[32];
        snprintf(item->title, sizeof item->title, "%s; %s", info.name,
                 backend_units(units, sizeof units, &info));
    }
}

/* Whether a file can be read again: a pipe could block, and may have no more data. */
static bool is_regular(const char *path)
{
    struct stat status;
    return embedded_find(path) || stat(path, &status) != 0 || S_ISREG(status.st_mode) ||
           S_ISDIR(status.st_mode);
}

/* ---- recordings ----------------------------------------------------------------------------- */

/* Appends `before` and the names of the knobs in a mask, and their values in `run` unless that is
 * NULL. */
static void append_knobs(char *text, size_t size, const char *before, uint64_t mask,
                         const struct run *run)
{
    const char *separator = before;
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[32] = "";
        if (!(mask >> id & 1))
            continue;
        if (run)
            knob_text((enum knob_id)id, run->used.value[id], value, sizeof value);
        text_append(text, size, "%s%s%s%s", separator, knob_table[id].name, run ? " " : "", value);
        separator = ", ";
    }
}

/* KNOB_BITs of the workload knobs whose value in the run is not the default. */
static uint64_t special_work(const struct run *run)
{
    uint64_t special = 0;
    const uint64_t work = run_work_knobs(run);
    for (int id = 0; id < KNOB_COUNT; id++)
        if (work >> id & 1 && run_knows(run, (enum knob_id)id) &&
            run->asked.value[id] != knob_table[id].initial)
            special |= UINT64_C(1) << id;
    return special;
}

/* Writes the title: knobs that vary, workload knobs that are not at their defaults, and counts:
 * "varies STEP_SYNC; BATCH 64; 24 runs of 3 variants; NVIDIA H200, 2026-11-29". */
static void describe_points(const struct source *source, struct item *item)
{
    static const char word[] = "RECORDED ";
    const struct points *points = &source->points;
    char text[sizeof item->title] = "";
    append_knobs(text, sizeof text, "; varies ", points->varying, NULL);
    if (points->count > 0)
        append_knobs(text, sizeof text, "; ", special_work(&points->runs[0]) & ~points->varying,
                     &points->runs[0]);
    text_append(text, sizeof text, "; %zu run%s of %u variant%s; %s", points->count,
                points->count == 1 ? "" : "s", points->row_count, points->row_count == 1 ? "" : "s",
                source->mark + strlen(word));
    snprintf(item->title, sizeof item->title, "%s", text + strlen("; "));
}

/* Describes what Enter does, and repeats the whole title. */
static void describe_enter(struct item *item)
{
    snprintf(item->detail, sizeof item->detail, "%s: %.400s",
             item->in_use ? "In use: Enter returns to it" : "Enter opens this recording",
             item->title);
}

void items_read(struct item *item)
{
    struct source source;
    struct error error;
    item->unread = false;
    item->broken = !source_open_recording(&source, item->name, &error);
    if (item->broken) {
        cluster_copy(item->title, sizeof item->title, error.text);
        cluster_copy(item->detail, sizeof item->detail, error.text);
        return;
    }
    describe_points(&source, item);
    describe_enter(item);
    source_close(&source);
}

static void append_recording(const struct explorer *explorer, struct item **items, int *count,
                             const char *path)
{
    struct item *item = items_append(items, count, path);
    if (!item)
        return;
    for (int i = 0; i < explorer->recording_count && !item->recording; i++)
        if (strcmp(explorer->recordings[i].name, path) == 0)
            *item = explorer->recordings[i];
    if (!item->recording) {
        item->recording = true;
        item->broken = !is_regular(path);
        item->unread =
            !item->broken && !recording_index_find(path, item->title, sizeof item->title);
        source_label(path, item->label, sizeof item->label);
        if (item->broken || item->unread)
            snprintf(item->title, sizeof item->title, "%s",
                     item->broken
                         ? "a pipe or device can be read only once, at the start, as the first file"
                         : "not read yet");
    }
    item->in_use = explorer->source.recorded && strcmp(explorer->source.path, item->name) == 0;
    if (item->in_use && item->unread) { /* the open recording has been read already */
        item->unread = false;
        describe_points(&explorer->source, item);
    }
    if (!item->unread && !item->broken)
        describe_enter(item);
}

int items_unread(const struct explorer *explorer)
{
    if (explorer->item_count > 0 && explorer->items[explorer->cursor].unread)
        return explorer->cursor;
    for (int i = 0; i < explorer->item_count; i++)
        if (explorer->items[i].unread)
            return i;
    return -1;
}

bool items_read_next(struct explorer *explorer)
{
    const int at = items_unread(explorer);
    if (at < 0)
        return false;
    struct item *item = &explorer->items[at];
    items_read(item);
    struct item *remembered =
        item->broken ? NULL
                     : items_append(&explorer->recordings, &explorer->recording_count, item->name);
    if (remembered) {
        *remembered = *item;
        remembered->in_use = false;
    }
    return true;
}

/* ---- the list ------------------------------------------------------------------------------- */

struct item *items_devices(const struct explorer *explorer, int *count)
{
    static const char folder[] = "recordings/";
    struct item *items = NULL;
    *count = 0;
    for (int i = 0; i < BACKEND_COUNT; i++)
        if (backends[i])
            append_devices(explorer, backends[i], &items, count);
    describe_devices(items, *count);
    for (const struct embedded *file = embedded_files; file->path; file++)
        if (strncmp(file->path, folder, strlen(folder)) == 0)
            append_recording(explorer, &items, count, file->path);
    for (char **file = explorer->files; file && *file; file++)
        if (!embedded_find(*file)) /* otherwise it is in the list already */
            append_recording(explorer, &items, count, *file);
    return items;
}
