#include "document_set.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUMMARY "summary.json"
#define SUFFIX  ".json"

/* A filter for scandir: accepts names that end in .json and are not hidden. */
static int is_document(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);
    return entry->d_name[0] != '.' && length > suffix &&
           strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

/* Allocates room for `count` documents. */
static bool reserve(struct document_set *set, size_t count, struct error *error)
{
    set->documents = calloc(count, sizeof *set->documents);
    return set->documents || error_set(error, ERROR_RUN, "no memory for %zu documents", count);
}

/* Reads a document and appends it to the set, which must have room. */
static bool append(struct document_set *set, const char *path, struct error *error)
{
    if (!document_read(path, &set->documents[set->count], error))
        return false;
    set->count++;
    return true;
}

static bool append_all(struct document_set *set, const char *folder, struct dirent **entries,
                       size_t count, struct error *error)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < count; i++) {
        if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name) >= sizeof path)
            return error_set(error, ERROR_INPUT, "cannot read %s: its name is too long", path);
        if (!append(set, path, error))
            return false;
    }
    return true;
}

static bool read_entries(const char *folder, struct document_set *set, struct error *error)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_document, alphasort);
    if (count < 0)
        return error_set(error, ERROR_INPUT, "cannot read the folder %s: %s", folder,
                         strerror(errno));
    bool read =
        count > 0
            ? reserve(set, (size_t)count, error) &&
                  append_all(set, folder, entries, (size_t)count, error)
            : error_set(error, ERROR_INPUT,
                        "the folder %s contains neither " SUMMARY " nor another *" SUFFIX, folder);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return read;
}

static bool read_folder(const char *folder, struct document_set *set, struct error *error)
{
    char summary[PATH_MAX];
    if ((size_t)snprintf(summary, sizeof summary, "%s/" SUMMARY, folder) >= sizeof summary)
        return error_set(error, ERROR_INPUT, "cannot read %s: its name is too long", folder);
    if (access(summary, F_OK) != 0)
        return read_entries(folder, set, error);
    return reserve(set, 1, error) && append(set, summary, error);
}

bool document_set_read(const char *path, struct document_set *set, struct error *error)
{
    struct stat status;
    *set = (struct document_set){0};
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    bool read =
        folder ? read_folder(path, set, error) : reserve(set, 1, error) && append(set, path, error);
    if (!read)
        document_set_free(set);
    return read;
}

void document_set_free(struct document_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        document_free(&set->documents[i]);
    free(set->documents);
    *set = (struct document_set){0};
}
