/*
 * folder.h - a folder for the test alone. Every test has its own process, so one folder is enough.
 */
#pragma once

#include "../../src/base/files.h"
#include "unit.h"

#include <unistd.h>

static char folder[] = "/tmp/pdlab-test-XXXXXX";

/* Creates the folder. */
static inline void folder_begin(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

/* Creates the folder, and makes it the working directory. */
static inline void folder_enter(void)
{
    folder_begin();
    cr_assert_eq(chdir(folder), 0);
}

/* Removes the folder and everything in it. Works with any PATH. */
static inline void folder_end(void)
{
    char command[128];
    cr_assert_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "/bin/chmod -R u+w %s; /bin/rm -rf %s", folder, folder);
    cr_assert_eq(system(command), 0);
}

/* Whether a file is in the folder. */
static inline bool folder_has(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* Writes a new file in the folder, and creates the folders above the file. */
static inline void folder_put(const char *name, const char *text)
{
    char path[256];
    struct error error = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
    assert_success(file_write(path, text, strlen(text), &error));
}
