/*
 * cgroup.h - finds the cgroups of this process, version 1 and 2, and reads numbers from their
 * files. usable.h reads their limits, meter.h their throttling.
 *
 * `root` is the prefix of /proc and /sys: "" except in tests.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* One cgroup hierarchy: its mount point, and our cgroup in it. */
struct cgroup_hierarchy {
    char mount[PATH_MAX];
    char path[PATH_MAX]; /* "/a/b" below the mount; "" for its root */
};

/* Find our cgroup in the version 2 hierarchy, which may be mounted beside version 1, or in the
 * version 1 hierarchy that has `controller`. False: there is no such hierarchy. */
bool cgroup_find_v2(const char *root, struct cgroup_hierarchy *found);
bool cgroup_find_v1(const char *root, const char *controller, struct cgroup_hierarchy *found);

/* Writes the folder of the cgroup, and on each further call the folder of its parent. Skips cgroups
 * that are not mounted here (a container's own path may start above its mount). False: no more
 * cgroups. */
bool cgroup_next_folder(struct cgroup_hierarchy *at, char folder[PATH_MAX]);

/* Reads the number at the start of *text and advances past it. False: there is none, as in "max"
 * and "-1". */
bool cgroup_take_number(const char **text, uint64_t *number);

/* Reads the number in a line "key number" or "key: number". False: the line has another key. */
bool cgroup_take_field(const char *line, const char *key, uint64_t *number);
