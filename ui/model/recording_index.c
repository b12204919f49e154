#include "recording_index.h"

#include "../../src/base/cluster.h"
#include "../../src/base/embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the title in the path's line, which is path, tab, title; NULL: no such line. */
static const char *find_line(const char *text, const char *path)
{
    const size_t length = strlen(path);
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, path, length) == 0 && line[length] == '\t')
            return line + length + 1;
    }
    return NULL;
}

bool recording_index_find(const char *path, char *title, size_t size)
{
    const struct embedded *index = embedded_find(RECORDING_INDEX);
    struct error error;
    size_t length;
    char whole[512];
    if (!index || !embedded_find(path))
        return false;
    char *text = embedded_text(index, &length, &error);
    const char *found = text ? find_line(text, path) : NULL;
    if (found) {
        snprintf(whole, sizeof whole, "%.*s", (int)strcspn(found, "\n"), found);
        cluster_copy(title, size, whole);
    }
    free(text);
    return found != NULL;
}
