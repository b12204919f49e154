/*
 * folder.h - a folder for the test alone. Every test has a process of its own, so one is enough.
 */
#pragma once

#include "../../src/base/files.h"
#include "unit.h"

#include <unistd.h>

static char folder[] = "/tmp/pdlab-test-XXXXXX";

/* Creates it, empty. */
static inline void folder_begin(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

/* Creates it and goes there. */
static inline void folder_enter(void)
{
    folder_begin();
    cr_assert_eq(chdir(folder), 0);
}

/* Removes it and everything in it. Works with any PATH. */
static inline void folder_end(void)
{
    char command[128];
    cr_assert_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "/bin/chmod -R u+w %s; /bin/rm -rf %s", folder, folder);
    cr_assert_eq(system(command), 0);
}

/* Whether a file is in it. */
static inline bool folder_has(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* Writes a new file in it, and creates the folders above the file. */
static inline void folder_put(const char *name, const char *text)
{
    char path[256];
    struct error error = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
    assert_success(file_write(path, text, strlen(text), &error));
}
