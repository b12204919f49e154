#include "usable.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_LIMIT UINT64_MAX
#define NO_BYTES (UINT64_C(1) << 62) /* version 1 has no word for no limit, but numbers above */
#define KIB      1024u

/* ---- files ---------------------------------------------------------------------------------- */

/* Reads the first line of folder/name, without its end. False if there is none. */
static bool read_line(const char *folder, const char *name, char *line, size_t size)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    const bool read = fgets(line, (int)size, file) != NULL;
    fclose(file);
    if (read)
        line[strcspn(line, "\n")] = '\0';
    return read;
}

/* The number that a text begins with; false if it is none, such as "max" and "-1". */
static bool take_number(const char **text, uint64_t *number)
{
    char *end;
    *text += strspn(*text, " \t");
    if (**text < '0' || **text > '9')
        return false;
    *number = strtoull(*text, &end, 10);
    *text = end;
    return true;
}

/* The number in a file; `otherwise` if there is no such file or no number in it. */
static uint64_t read_number(const char *folder, const char *name, uint64_t otherwise)
{
    char line[64];
    const char *text = line;
    uint64_t number;
    return read_line(folder, name, line, sizeof line) && take_number(&text, &number) ? number
                                                                                     : otherwise;
}

/* The number after `key` and a blank or colon, in the file's line of that key; 0 without one. */
static uint64_t read_field(const char *folder, const char *name, const char *key)
{
    char path[PATH_MAX], line[256];
    uint64_t number = 0;
    const size_t length = strlen(key);
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, length) != 0)
            continue;
        const char *text = line + length + (line[length] == ':');
        if (strchr(" \t", *text) && take_number(&text, &number))
            break;
    }
    if (file)
        fclose(file);
    return number;
}

/* ---- cgroups -------------------------------------------------------------------------------- */

/* A hierarchy of cgroups: where it is mounted and which of its cgroups is ours. */
struct hierarchy {
    char mount[PATH_MAX];
    char path[PATH_MAX]; /* "/a/b" below the mount; "" for its root */
};

/* Whether `word` is one of `list`, which commas separate. */
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

/* Finds our cgroup in the hierarchy of version 1 that has `controller`, or of version 2 for "".
 * *all gets the controllers of that hierarchy: "cpu,cpuacct". */
static bool find_path(const char *root, const char *controller, char path[PATH_MAX], char all[64])
{
    char name[PATH_MAX], line[PATH_MAX + 256];
    bool found = false;
    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *file = fopen(name, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        /* "4:memory:/a/b", "0::/a/b" */
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
    /* One outside what is mounted here, as seen from a namespace: only the mount's root is known.
     */
    if (found && strstr(path, "/.."))
        path[0] = '\0';
    return found;
}

/* Version 2 is mounted alone, or beside version 1. */
static bool find_v2(const char *root, struct hierarchy *found)
{
    char all[64], path[PATH_MAX];
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cgroup.controllers", root);
    snprintf(found->mount, sizeof found->mount, "%s/sys/fs/cgroup%s", root,
             access(path, F_OK) == 0 ? "" : "/unified");
    return find_path(root, "", found->path, all);
}

static bool find_v1(const char *root, const char *controller, struct hierarchy *found)
{
    char all[64];
    if (!find_path(root, controller, found->path, all))
        return false;
    snprintf(found->mount, sizeof found->mount, "%s/sys/fs/cgroup/%s", root, controller);
    if (access(found->mount, F_OK) != 0)
        snprintf(found->mount, sizeof found->mount, "%s/sys/fs/cgroup/%s", root, all);
    return true;
}

/* Writes the folder of the cgroup, and then, at each further call, of the next one above; those
 * that are not mounted here (a container's own path may begin above its mount) have no files.
 * False: that was the last. */
static bool next_folder(struct hierarchy *at, char folder[PATH_MAX])
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

/* ---- memory --------------------------------------------------------------------------------- */

/* The files of a version, and the fields of memory.stat that the kernel can reclaim. */
struct memory_files {
    const char *limit, *usage;
    const char *reclaimable[3];
};

static const struct memory_files memory_v1 = {
    "memory.limit_in_bytes", "memory.usage_in_bytes", {"total_inactive_file", "total_active_file"}};
static const struct memory_files memory_v2 = {
    "memory.max", "memory.current", {"inactive_file", "active_file", "slab_reclaimable"}};

static void take_memory_limits(struct hierarchy *at, const struct memory_files *files,
                               struct usable_memory *memory)
{
    char folder[PATH_MAX];
    while (next_folder(at, folder)) {
        const uint64_t limit = read_number(folder, files->limit, NO_LIMIT);
        uint64_t used = read_number(folder, files->usage, 0), reclaimable = 0;
        if (limit >= NO_BYTES || (memory->total > 0 && limit >= memory->total))
            continue;
        for (size_t i = 0; i < 3 && files->reclaimable[i]; i++)
            reclaimable += read_field(folder, "memory.stat", files->reclaimable[i]);
        used = used > reclaimable ? used - reclaimable : 0;
        const uint64_t left = limit > used ? limit - used : 0;
        if (left < memory->cgroup_free) {
            memory->cgroup_free = left;
            memory->cgroup_limit = limit;
        }
    }
}

struct usable_memory usable_read_memory(const char *root)
{
    char proc[PATH_MAX];
    struct hierarchy at;
    snprintf(proc, sizeof proc, "%s/proc", root);
    struct usable_memory memory = {
        .total = read_field(proc, "meminfo", "MemTotal") * KIB,
        .available = read_field(proc, "meminfo", "MemAvailable") * KIB,
        .cgroup_limit = NO_LIMIT,
        .cgroup_free = NO_LIMIT,
    };
    if (find_v2(root, &at))
        take_memory_limits(&at, &memory_v2, &memory);
    if (find_v1(root, "memory", &at))
        take_memory_limits(&at, &memory_v1, &memory);
    return memory;
}

uint64_t usable_read_oom_kills(const char *root)
{
    struct hierarchy at;
    char folder[PATH_MAX];
    uint64_t kills = 0;
    if (find_v2(root, &at) && next_folder(&at, folder))
        kills += read_field(folder, "memory.events", "oom_kill");
    if (find_v1(root, "memory", &at) && next_folder(&at, folder))
        kills += read_field(folder, "memory.oom_control", "oom_kill");
    return kills;
}

/* ---- cores ---------------------------------------------------------------------------------- */

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* quota / period; INFINITY where there is no quota. */
static double ratio(bool has_quota, uint64_t quota, uint64_t period)
{
    return has_quota && period > 0 ? (double)quota / (double)period : (double)INFINITY;
}

static double quota_v2(struct hierarchy *at)
{
    char folder[PATH_MAX], line[64];
    double cpus = (double)INFINITY;
    while (next_folder(at, folder)) {
        const char *text = line;
        uint64_t quota = 0, period = 0;
        if (!read_line(folder, "cpu.max", line, sizeof line))
            continue;
        const bool has_quota = take_number(&text, &quota) && take_number(&text, &period);
        cpus = least(cpus, ratio(has_quota, quota, period));
    }
    return cpus;
}

static double quota_v1(struct hierarchy *at)
{
    char folder[PATH_MAX];
    double cpus = (double)INFINITY;
    while (next_folder(at, folder)) {
        const uint64_t quota = read_number(folder, "cpu.cfs_quota_us", NO_LIMIT);
        cpus = least(cpus,
                     ratio(quota != NO_LIMIT, quota, read_number(folder, "cpu.cfs_period_us", 0)));
    }
    return cpus;
}

double usable_read_quota(const char *root)
{
    struct hierarchy at;
    double cpus = (double)INFINITY;
    if (find_v2(root, &at))
        cpus = least(cpus, quota_v2(&at));
    if (find_v1(root, "cpu", &at))
        cpus = least(cpus, quota_v1(&at));
    return cpus;
}

uint32_t usable_cores(uint32_t affine, double quota)
{
    const uint32_t cores = quota < (double)affine ? (uint32_t)quota : affine;
    return cores > 0 ? cores : 1;
}
