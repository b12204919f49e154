#include "items.h"

#include "../src/embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Grows the array by one zeroed item; NULL where there is no memory. */
static struct item *append(struct item **items, int *count)
{
    struct item *grown = realloc(*items, ((size_t)*count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    *items = grown;
    struct item *item = &grown[(*count)++];
    *item = (struct item){0};
    return item;
}

struct item *items_presets(const struct explorer *explorer, int *count)
{
    struct item *items = NULL;
    char **names;
    size_t found = preset_names(&names);
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        struct item *item = append(&items, count);
        struct preset preset;
        struct error error;
        if (!item)
            break;
        snprintf(item->name, sizeof item->name, "%s", names[i]);
        item->in_use = !explorer->source.recorded && explorer->preset.path[0] == '\0' &&
                       strcmp(names[i], explorer->preset.name) == 0;
        item->broken = !preset_load(names[i], &preset, &error);
        snprintf(item->title, sizeof item->title, "%.159s",
                 item->broken ? error.text : preset.title);
        snprintf(item->detail, sizeof item->detail, "%.399s",
                 item->broken ? error.text : preset.lesson);
    }
    preset_names_free(names, found);
    return items;
}

/* The devices of one backend. The one in use is known already; the others are asked. */
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
        struct item *item = append(items, count);
        if (!item)
            return;
        snprintf(item->name, sizeof item->name, "%s", info.id[0] ? info.id : ops->name);
        item->in_use = in_use;
        snprintf(item->title, sizeof item->title, "%s", info.name);
    }
}

/* A pipe would block when it is read again, and nothing more may be in it. */
static bool is_regular(const char *path)
{
    struct stat status;
    return embedded_find(path) || stat(path, &status) != 0 || S_ISREG(status.st_mode) ||
           S_ISDIR(status.st_mode);
}

static struct item describe_recording(const char *path)
{
    struct source source;
    struct error error;
    struct item item = {.recording = true};
    snprintf(item.name, sizeof item.name, "%s", path);
    if (!is_regular(path)) {
        item.broken = true;
        snprintf(item.title, sizeof item.title,
                 "a pipe or device can be read only once, at the start, as the first file");
        return item;
    }
    item.broken = !source_open_recording(&source, path, &error);
    snprintf(item.title, sizeof item.title, "%.159s", item.broken ? error.text : source.mark);
    if (!item.broken)
        source_close(&source);
    return item;
}

static void append_recording(struct explorer *explorer, struct item **items, int *count,
                             const char *path)
{
    struct item *item = append(items, count);
    if (!item)
        return;
    for (int i = 0; i < explorer->recording_count && !item->recording; i++)
        if (strcmp(explorer->recordings[i].name, path) == 0)
            *item = explorer->recordings[i];
    if (!item->recording) {
        *item = describe_recording(path);
        struct item *remembered =
            item->broken ? NULL : append(&explorer->recordings, &explorer->recording_count);
        if (remembered)
            *remembered = *item;
    }
    item->in_use = explorer->source.recorded && strcmp(explorer->source.path, item->name) == 0;
}

struct item *items_devices(struct explorer *explorer, int *count)
{
    static const char folder[] = "recordings/";
    struct item *items = NULL;
    *count = 0;
    for (int i = 0; i < BACKEND_COUNT; i++)
        if (backends[i])
            append_devices(explorer, backends[i], &items, count);
    for (const struct embedded *file = embedded_files; file->path; file++)
        if (strncmp(file->path, folder, strlen(folder)) == 0)
            append_recording(explorer, &items, count, file->path);
    for (char **file = explorer->files; file && *file; file++)
        append_recording(explorer, &items, count, *file);
    return items;
}
