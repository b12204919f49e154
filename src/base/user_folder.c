#include "user_folder.h"

#include "words.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATABASE_ROOM (16u << 10) /* for one user's passwd entry */

static const struct {
    const char *variable, *below_home, *holds;
} folders[USER_FOLDERS] = {
    [USER_CONFIG] = {"XDG_CONFIG_HOME", ".config", "the set-up"},
    [USER_STATE] = {"XDG_STATE_HOME", ".local/state", "the explorer's state"},
    [USER_CACHE] = {"XDG_CACHE_HOME", ".cache", "device measurements"},
};

/* Whether the path is the root folder, in any spelling. */
static bool is_root(const char *path)
{
    return path[strspn(path, "/.")] == '\0';
}

/* Returns the user's home; it may point into `room`. NULL: unknown or unusable, and *why is the
 * reason. */
static const char *find_home(char room[DATABASE_ROOM], const char **why)
{
    const char *home = getenv("HOME");
    struct stat status;
    *why = "HOME names no folder";
    if (!home || home[0] != '/') {
        struct passwd entry, *user = NULL;
        *why = "neither HOME nor the user database names a folder";
        if (getpwuid_r(getuid(), &entry, room, DATABASE_ROOM, &user) != 0 || !user)
            return NULL;
        home = user->pw_dir;
        if (!home || home[0] != '/')
            return NULL;
    }
    if (is_root(home)) {
        *why = "the home is the root folder, where pdlab writes nothing";
        return NULL;
    }
    if (stat(home, &status) != 0 || !S_ISDIR(status.st_mode))
        return NULL;
    return home;
}

/* Does the work of user_path. False: *why is the reason. */
static bool find(enum user_folder folder, const char *name, char *path, size_t size,
                 const char **why)
{
    char room[DATABASE_ROOM];
    const char *given = getenv(folders[folder].variable), *home;
    int length = -1;
    if (given && given[0] == '/') {
        if (!is_root(given))
            length = snprintf(path, size, "%s/pdlab/%s", given, name);
        *why = "the folder would be in the root folder";
    } else if ((home = find_home(room, why)) != NULL) {
        length = snprintf(path, size, "%s/%s/pdlab/%s", home, folders[folder].below_home, name);
    }
    if (length < (int)size)
        return length > 0;
    *why = "the path is too long";
    return false;
}

bool user_path(enum user_folder folder, const char *name, char *path, size_t size,
               struct error *error)
{
    const char *why = "";
    return find(folder, name, path, size, &why) ||
           error_set(error, ERROR_INPUT, "no folder for %s: %s; set %s", folders[folder].holds, why,
                     folders[folder].variable);
}

/* Whether `path` could be created: its deepest existing folder is writable. Truncates `path`. */
static bool can_make(char *path)
{
    struct stat status;
    for (char *slash; (slash = strrchr(path, '/')) != NULL;) {
        *slash = '\0';
        if (stat(*path ? path : "/", &status) == 0)
            return S_ISDIR(status.st_mode) && access(*path ? path : "/", W_OK | X_OK) == 0;
    }
    return false;
}

bool user_folders_usable(unsigned count, struct error *error)
{
    char path[PATH_MAX], lacking[128] = "";
    const char *first = NULL;
    for (unsigned folder = 0; folder < count; folder++) {
        const char *why = "";
        if (find((enum user_folder)folder, "x", path, sizeof path, &why)) {
            if (can_make(path))
                continue;
            why = "the folder is not writable";
        }
        words_add(lacking, sizeof lacking, "%s", folders[folder].holds);
        first = first ? first : why;
    }
    return !first || error_set(error, ERROR_INPUT, "not kept: %s (%s)", lacking, first);
}
