#include "terminfo.h"

#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

const char *terminfo_string(const char *name)
{
    const char *string = tigetstr((char *)name);
    return string && string != (char *)-1 ? string : NULL;
}

void terminfo_add_folder(void)
{
    static const char folder[] = "/terminfo";
    char path[PATH_MAX], dirs[2 * PATH_MAX];
    const char *set = getenv("TERMINFO_DIRS");
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof folder);
    if (length <= 0)
        return;
    path[length] = '\0';
    strcpy(strrchr(path, '/'), folder);
    if (strchr(path, ':') || access(path, R_OK | X_OK) != 0)
        return;
    /* An empty entry means the system's folders. */
    if (snprintf(dirs, sizeof dirs, "%s:%s", set ? set : "", path) < (int)sizeof dirs)
        setenv("TERMINFO_DIRS", dirs, 1);
}
