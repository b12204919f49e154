#include "checkpoint_files.h"

#include "../base/files.h"
#include "../base/json.h"
#include "../base/path.h"
#include "../base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool checkpoint_path(const char *folder, const char *name, char path[PATH_MAX], struct error *error)
{
    char shown[CHECKPOINT_SHOWN];
    if ((size_t)snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX)
        return true;
    return error_set(error, ERROR_INPUT, "the path of %s in %s is too long", name,
                     text_visible(shown, sizeof shown, folder));
}

/* ---- mapping --------------------------------------------------------------------------------- */

/* Maps an open file. An empty file cannot be mapped: its `bytes` stays NULL. */
static bool map_open(int descriptor, const char *path, struct checkpoint_file *file,
                     struct error *error)
{
    char shown[CHECKPOINT_SHOWN];
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return path_fail(error, ERROR_INPUT, "cannot read the status of", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INPUT, "cannot map %s: it is not a regular file",
                         text_visible(shown, sizeof shown, path));
    if (status.st_size == 0)
        return true;
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return path_fail(error, ERROR_INPUT, "cannot map", path);
    file->bytes = bytes;
    file->length = (size_t)status.st_size;
    return true;
}

/* Maps a file and reads its header. O_NONBLOCK, because opening a FIFO would otherwise wait for a
 * writer. */
static bool map_file(const char *folder, const char *name, struct checkpoint_file *file,
                     struct error *error)
{
    char path[PATH_MAX], shown[CHECKPOINT_SHOWN];
    *file = (struct checkpoint_file){.name = strdup(name)};
    if (!file->name)
        return error_set(error, ERROR_RUN, "no memory to open the checkpoint's files");
    if (!checkpoint_path(folder, name, path, error))
        return false;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return path_fail(error, ERROR_INPUT, "cannot open", path);
    const bool mapped = map_open(descriptor, path, file, error);
    close(descriptor);
    return mapped &&
           safetensors_read(file->bytes, file->length, text_visible(shown, sizeof shown, path),
                            &file->tensors, error);
}

/* Maps a file and appends it to the list, which must have room. Appends even a file that cannot be
 * read, so that checkpoint_unmap_files frees it. */
static struct checkpoint_file *append(struct checkpoint *checkpoint, const char *folder,
                                      const char *name, struct error *error)
{
    struct checkpoint_file *file = &checkpoint->files[checkpoint->count++];
    return map_file(folder, name, file, error) ? file : NULL;
}

static bool reserve(struct checkpoint *checkpoint, size_t count, struct error *error)
{
    checkpoint->files = calloc(count, sizeof *checkpoint->files);
    return checkpoint->files ||
           error_set(error, ERROR_RUN, "no memory to open the checkpoint's files");
}

/* ---- the index ------------------------------------------------------------------------------- */

static bool is_plain_name(const char *name)
{
    return *name != '\0' && *name != '.' && strchr(name, '/') == NULL;
}

/* Returns the file that an entry of the index names. Maps the file if it is not mapped yet. On
 * failure, returns NULL and sets *error. */
static const struct checkpoint_file *shard_of(struct checkpoint *checkpoint, const char *folder,
                                              const struct json *at, struct error *error)
{
    char name[NAME_MAX + 1];
    if (!json_string(at, name, sizeof name, error))
        return NULL;
    if (!is_plain_name(name)) {
        json_expected(at, "the name of a file in the same folder", error);
        return NULL;
    }
    for (size_t i = 0; i < checkpoint->count; i++)
        if (strcmp(checkpoint->files[i].name, name) == 0)
            return &checkpoint->files[i];
    if (checkpoint->count == CHECKPOINT_SHARDS_MOST) {
        json_refuse(at, error, "more than %u files", CHECKPOINT_SHARDS_MOST);
        return NULL;
    }
    return append(checkpoint, folder, name, error);
}

static bool map_shards(struct checkpoint *checkpoint, const char *folder, const struct json *root,
                       struct error *error)
{
    struct json map = json_member(root, "weight_map");
    if (!json_is_object(&map, error) || !reserve(checkpoint, CHECKPOINT_SHARDS_MOST, error))
        return false;
    if (json_count(&map) == 0)
        return json_refuse(&map, error, "expected the file of each tensor, found none");
    for (struct json at = json_first(&map); at.item; at = json_next(&at)) {
        const struct checkpoint_file *shard = shard_of(checkpoint, folder, &at, error);
        if (!shard)
            return false;
        if (!safetensors_find(&shard->tensors, at.key))
            return json_expected(&at, "a file with that tensor", error);
    }
    return true;
}

static bool map_index(struct checkpoint *checkpoint, const char *folder, const char *path,
                      struct error *error)
{
    char shown[CHECKPOINT_SHOWN], *text;
    size_t length;
    if (!file_read(path, CHECKPOINT_INDEX_MOST, &text, &length, error))
        return false;
    text_visible(shown, sizeof shown, path);
    struct json root;
    const bool mapped =
        json_parse_wide(text, length, shown, SAFETENSORS_TENSORS_MOST, &root, error) &&
        map_shards(checkpoint, folder, &root, error);
    json_free(&root);
    free(text);
    return mapped;
}

/* ---- both ------------------------------------------------------------------------------------ */

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 || errno != ENOENT;
}

bool checkpoint_map_files(struct checkpoint *checkpoint, const char *folder, struct error *error)
{
    char single[PATH_MAX], index[PATH_MAX], shown[CHECKPOINT_SHOWN];
    if (!checkpoint_path(folder, CHECKPOINT_SINGLE, single, error) ||
        !checkpoint_path(folder, CHECKPOINT_INDEX, index, error))
        return false;
    if (exists(single))
        return reserve(checkpoint, 1, error) &&
               append(checkpoint, folder, CHECKPOINT_SINGLE, error) != NULL;
    if (exists(index))
        return map_index(checkpoint, folder, index, error);
    return error_set(error, ERROR_INPUT,
                     "%s has neither " CHECKPOINT_SINGLE " nor " CHECKPOINT_INDEX,
                     text_visible(shown, sizeof shown, folder));
}

void checkpoint_unmap_files(struct checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->count; i++) {
        struct checkpoint_file *file = &checkpoint->files[i];
        safetensors_free(&file->tensors);
        if (file->bytes)
            munmap((void *)(uintptr_t)file->bytes, file->length);
        free(file->name);
    }
    free(checkpoint->files);
    checkpoint->files = NULL;
    checkpoint->count = 0;
}
