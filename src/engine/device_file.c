#include "device_file.h"

#include "../base/files.h"
#include "../base/user_folder.h"
#include "../base/version.h"
#include "backend_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MOST_BYTES (UINT64_C(64) << 10)
#define NAME_ROOM       256u

/* Appends text to a file name: keeps letters, digits and '.', and replaces each run of other
 * characters by a single '-'. */
static void append_name(char *name, const char *text)
{
    size_t at = strlen(name);
    for (; *text && at + 1 < NAME_ROOM; text++) {
        bool plain = (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
                     (*text >= 'A' && *text <= 'Z') || *text == '.';
        if (plain || (at > 0 && name[at - 1] != '-'))
            name[at++] = (char)(plain ? *text : '-');
    }
    name[at] = '\0';
}

static bool find_path(const struct device_file *file, const struct device_info *device,
                      char path[DEVICE_FILE_ROOM], struct error *error)
{
    char words[2 * NAME_ROOM], name[NAME_ROOM] = "", file_name[NAME_ROOM + sizeof ".json"];
    snprintf(words, sizeof words, "%s%s-%s-%u-%s-%s", file->prefix, backend_name(device->backend),
             device->name, device->units, device->driver, version_number);
    append_name(name, words);
    snprintf(file_name, sizeof file_name, "%s.json", name);
    return user_path(USER_CACHE, file_name, path, DEVICE_FILE_ROOM, error);
}

void device_file_begin(struct json_writer *writer, const struct device_file *file,
                       const struct device_info *device)
{
    json_open(writer, NULL, '{');
    json_write_string(writer, "schema", file->schema);
    json_write_string(writer, "version", version_number);
    json_write_string(writer, "backend", backend_name(device->backend));
    json_write_string(writer, "name", device->name);
    json_write_string(writer, "driver", device->driver);
    json_write_integer(writer, "units", device->units);
}

bool device_file_end(struct json_writer *writer, const struct device_file *file,
                     const struct device_info *device, char path[DEVICE_FILE_ROOM],
                     struct error *error)
{
    size_t length;
    json_close(writer, '}');
    char *text = json_writer_finish(writer, &length);
    if (!text)
        return error_set(error, ERROR_RUN, "no memory to store the measured peaks of a device");
    bool kept = find_path(file, device, path, error) && file_write(path, text, length, error);
    free(text);
    return kept;
}

/* Whether the member exists and equals `expected`. */
static bool says(const struct json *root, const char *key, const char *expected)
{
    struct json at = json_member(root, key);
    return cJSON_IsString(at.item) && strcmp(at.item->valuestring, expected) == 0;
}

static bool is_of(const struct json *root, const struct device_file *file,
                  const struct device_info *device)
{
    struct error ignored;
    uint64_t units;
    return says(root, "schema", file->schema) && says(root, "version", version_number) &&
           says(root, "backend", backend_name(device->backend)) &&
           says(root, "name", device->name) && says(root, "driver", device->driver) &&
           json_unsigned_member(root, "units", UINT32_MAX, &units, &ignored) &&
           units == device->units;
}

bool device_file_read(const struct device_file *file, const struct device_info *device,
                      bool (*take)(const struct json *root, const struct device_info *device,
                                   void *into),
                      void *into)
{
    struct error ignored;
    char path[DEVICE_FILE_ROOM], *text;
    size_t length;
    if (!find_path(file, device, path, &ignored) ||
        !file_read(path, FILE_MOST_BYTES, &text, &length, &ignored))
        return false;
    struct json root;
    const bool taken = json_parse(text, length, path, &root, &ignored) &&
                       is_of(&root, file, device) && take(&root, device, into);
    json_free(&root);
    free(text);
    return taken;
}
