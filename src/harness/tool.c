#include "tool.h"

#include "../../kernels/cupti.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool tool_find(const char *program, char *path, size_t size)
{
    const char *list = getenv("PATH");
    while (list && *list) {
        int length = (int)strcspn(list, ":");
        int written = snprintf(path, size, "%.*s/%s", length, list, program);
        if (written > 0 && (size_t)written < size && access(path, X_OK) == 0)
            return true;
        list += length;
        list += *list == ':';
    }
    return false;
}

bool tool_has_cupti(void)
{
    void *library = cupti_load();
    if (library)
        dlclose(library);
    return library != NULL;
}
