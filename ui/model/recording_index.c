#include "recording_index.h"

#include "../../src/base/cluster.h"
#include "../../src/base/embedded.h"

#include <stdio.h>
#include <string.h>

bool recording_index_find(const char *path, char *title, size_t size)
{
    const struct embedded *index = embedded_find(RECORDING_INDEX);
    const size_t length = strlen(path);
    if (!index || !embedded_find(path))
        return false;
    for (const char *line = index->bytes; line < index->end;) {
        const char *end = memchr(line, '\n', (size_t)(index->end - line));
        if (!end)
            return false;
        if ((size_t)(end - line) > length && memcmp(line, path, length) == 0 &&
            line[length] == '\t') {
            const char *text = line + length + 1;
            char whole[512];
            snprintf(whole, sizeof whole, "%.*s", (int)(end - text), text);
            cluster_copy(title, size, whole);
            return true;
        }
        line = end + 1;
    }
    return false;
}
