/*
 * folder.h - a folder for the test alone. Every test has its own process, so one folder is enough.
 */
#pragma once

#include "../../src/base/files.h"
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/pdlab-test-XXXXXX";

/* Creates the folder for this test. */
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

/* The path of a file in the folder. It is valid until the second call after this one. */
static inline const char *folder_path(const char *name)
{
    static char paths[2][256];
    static size_t calls;
    char *path = paths[calls++ % 2];
    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

/* Whether a file is in the folder. */
static inline bool folder_has(const char *name)
{
    return access(folder_path(name), F_OK) == 0;
}

/* Writes a new file in the folder, and creates the folders above the file. */
static inline void folder_write(const char *name, const void *bytes, size_t length)
{
    struct error error = {0};
    unlink(folder_path(name));
    assert_success(file_write(folder_path(name), bytes, length, &error));
}

static inline void folder_put(const char *name, const char *text)
{
    folder_write(name, text, strlen(text));
}

/* Writes a shell script in the folder. In the script, $folder is the folder. */
static inline void folder_put_script(const char *name, const char *script)
{
    char text[4096];
    snprintf(text, sizeof text, "#!/bin/sh\nfolder=%s\n%s\n", folder, script);
    folder_put(name, text);
    cr_assert_eq(chmod(folder_path(name), 0755), 0);
}
