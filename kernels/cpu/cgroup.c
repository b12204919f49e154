#include "cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- numbers -------------------------------------------------------------------------------- */

bool cgroup_take_number(const char **text, uint64_t *number)
{
    char *end;
    *text += strspn(*text, " \t");
    if (**text < '0' || **text > '9')
        return false;
    *number = strtoull(*text, &end, 10);
    *text = end;
    return true;
}

bool cgroup_take_field(const char *line, const char *key, uint64_t *number)
{
    const size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return false;
    const char *text = line + length + (line[length] == ':');
    return *text && strchr(" \t", *text) && cgroup_take_number(&text, number);
}

/* ---- hierarchies ---------------------------------------------------------------------------- */

/* Whether `word` occurs in the comma-separated `list`. */
static bool lists(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (;; list++) {
        if (strncmp(list, word, length) == 0 && (list[length] == ',' || list[length] == '\0'))
            return true;
        list = strchr(list, ',');
        if (!list)
            return false;
    }
}

/* Finds the path of our cgroup. controller: searches the version 1 hierarchy that has this
 * controller, or version 2 if it is "". *all: all controllers of the hierarchy, such as
 * "cpu,cpuacct". */
static bool find_path(const char *root, const char *controller, char path[PATH_MAX], char all[64])
{
    char name[PATH_MAX], line[PATH_MAX + 256];
    bool found = false;
    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *file = fopen(name, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        /* A line is "4:memory:/a/b" or "0::/a/b". */
        char *controllers = strchr(line, ':');
        char *at = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!at)
            continue;
        *at++ = '\0';
        at[strcspn(at, "\n")] = '\0';
        found = *controller ? lists(controllers + 1, controller) : controllers[1] == '\0';
        snprintf(path, PATH_MAX, "%s", strcmp(at, "/") == 0 ? "" : at);
        snprintf(all, 64, "%s", controllers + 1);
    }
    if (file)
        fclose(file);
    /* In a cgroup namespace, the path of a cgroup outside the mount contains "..". Use the mount's
     * root. */
    if (found && strstr(path, "/.."))
        path[0] = '\0';
    return found;
}

bool cgroup_find_v2(const char *root, struct cgroup_hierarchy *found)
{
    char all[64], path[PATH_MAX];
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cgroup.controllers", root);
    snprintf(found->mount, sizeof found->mount, "%s/sys/fs/cgroup%s", root,
             access(path, F_OK) == 0 ? "" : "/unified");
    return find_path(root, "", found->path, all);
}

bool cgroup_find_v1(const char *root, const char *controller, struct cgroup_hierarchy *found)
{
    char all[64];
    if (!find_path(root, controller, found->path, all))
        return false;
    snprintf(found->mount, sizeof found->mount, "%s/sys/fs/cgroup/%s", root, controller);
    if (access(found->mount, F_OK) != 0)
        snprintf(found->mount, sizeof found->mount, "%s/sys/fs/cgroup/%s", root, all);
    return true;
}

bool cgroup_next_folder(struct cgroup_hierarchy *at, char folder[PATH_MAX])
{
    if (at->mount[0] == '\0')
        return false;
    if (snprintf(folder, PATH_MAX, "%s%s", at->mount, at->path) >= PATH_MAX)
        folder[0] = '\0';
    char *slash = strrchr(at->path, '/');
    if (slash)
        *slash = '\0';
    else
        at->mount[0] = '\0';
    return true;
}
