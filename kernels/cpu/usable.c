#include "usable.h"

#include "cgroup.h"

#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NO_LIMIT UINT64_MAX
#define NO_BYTES (UINT64_C(1) << 62) /* a number above this means "no limit" in version 1 */
#define KIB      1024u

/* ---- files ---------------------------------------------------------------------------------- */

/* Reads the first line of folder/name, without its newline. False: there is none. */
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

/* Returns the number in a file, or `otherwise` if there is no file or no number. */
static uint64_t read_number(const char *folder, const char *name, uint64_t otherwise)
{
    char line[64];
    const char *text = line;
    uint64_t number;
    return read_line(folder, name, line, sizeof line) && cgroup_take_number(&text, &number)
               ? number
               : otherwise;
}

/* Returns the number after `key` and a blank or colon; 0 if the file has no such line. */
static uint64_t read_field(const char *folder, const char *name, const char *key)
{
    char path[PATH_MAX], line[256];
    uint64_t number = 0;
    bool found = false;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return 0;
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = cgroup_take_field(line, key, &number);
    if (file)
        fclose(file);
    return number;
}

/* ---- memory --------------------------------------------------------------------------------- */

/* The files of a cgroup version, and the memory.stat fields that count memory which the kernel can
 * reclaim. */
struct memory_files {
    const char *limit, *usage;
    const char *reclaimable[3];
};

static const struct memory_files memory_v1 = {
    .limit = "memory.limit_in_bytes",
    .usage = "memory.usage_in_bytes",
    .reclaimable = {"total_inactive_file", "total_active_file"}};
static const struct memory_files memory_v2 = {
    .limit = "memory.max",
    .usage = "memory.current",
    .reclaimable = {"inactive_file", "active_file", "slab_reclaimable"}};

static void take_memory_limits(struct cgroup_hierarchy *at, const struct memory_files *files,
                               struct usable_memory *memory)
{
    char folder[PATH_MAX];
    while (cgroup_next_folder(at, folder)) {
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
    struct cgroup_hierarchy at;
    snprintf(proc, sizeof proc, "%s/proc", root);
    struct usable_memory memory = {
        .total = read_field(proc, "meminfo", "MemTotal") * KIB,
        .available = read_field(proc, "meminfo", "MemAvailable") * KIB,
        .cgroup_limit = NO_LIMIT,
        .cgroup_free = NO_LIMIT,
    };
    if (cgroup_find_v2(root, &at))
        take_memory_limits(&at, &memory_v2, &memory);
    if (cgroup_find_v1(root, "memory", &at))
        take_memory_limits(&at, &memory_v1, &memory);
    return memory;
}

uint64_t usable_read_oom_kills(const char *root)
{
    struct cgroup_hierarchy at;
    char folder[PATH_MAX];
    uint64_t kills = 0;
    if (cgroup_find_v2(root, &at) && cgroup_next_folder(&at, folder))
        kills += read_field(folder, "memory.events", "oom_kill");
    if (cgroup_find_v1(root, "memory", &at) && cgroup_next_folder(&at, folder))
        kills += read_field(folder, "memory.oom_control", "oom_kill");
    return kills;
}

/* ---- cores ---------------------------------------------------------------------------------- */

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* quota / period; INFINITY without a quota. */
static double ratio(bool has_quota, uint64_t quota, uint64_t period)
{
    return has_quota && period > 0 ? (double)quota / (double)period : (double)INFINITY;
}

static double quota_v2(struct cgroup_hierarchy *at)
{
    char folder[PATH_MAX], line[64];
    double cpus = (double)INFINITY;
    while (cgroup_next_folder(at, folder)) {
        const char *text = line;
        uint64_t quota = 0, period = 0;
        if (!read_line(folder, "cpu.max", line, sizeof line))
            continue;
        const bool has_quota =
            cgroup_take_number(&text, &quota) && cgroup_take_number(&text, &period);
        cpus = least(cpus, ratio(has_quota, quota, period));
    }
    return cpus;
}

static double quota_v1(struct cgroup_hierarchy *at)
{
    char folder[PATH_MAX];
    double cpus = (double)INFINITY;
    while (cgroup_next_folder(at, folder)) {
        const uint64_t quota = read_number(folder, "cpu.cfs_quota_us", NO_LIMIT);
        cpus = least(cpus,
                     ratio(quota != NO_LIMIT, quota, read_number(folder, "cpu.cfs_period_us", 0)));
    }
    return cpus;
}

uint64_t usable_free_bytes(const struct usable_memory *memory)
{
    const uint64_t cgroup = memory->cgroup_free > 0 ? memory->cgroup_free : 1; /* 0 means unknown */
    if (memory->cgroup_free == UINT64_MAX)
        return memory->available;
    return memory->available == 0 || cgroup < memory->available ? cgroup : memory->available;
}

double usable_read_quota(const char *root)
{
    struct cgroup_hierarchy at;
    double cpus = (double)INFINITY;
    if (cgroup_find_v2(root, &at))
        cpus = least(cpus, quota_v2(&at));
    if (cgroup_find_v1(root, "cpu", &at))
        cpus = least(cpus, quota_v1(&at));
    return cpus;
}

uint32_t usable_affine_cores(void)
{
    cpu_set_t cores[8]; /* the kernel rejects a set smaller than its own */
    if (sched_getaffinity(0, sizeof cores, cores) == 0)
        return (uint32_t)CPU_COUNT_S(sizeof cores, cores);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

uint32_t usable_cores(uint32_t affine, double quota)
{
    const uint32_t cores = quota < (double)affine ? (uint32_t)quota : affine;
    return cores > 0 ? cores : 1;
}
