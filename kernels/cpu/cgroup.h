/*
 * cgroup.h - where the cgroups of this process are, of version 1 and 2, and how to read the numbers
 * in their files. usable.h reads their limits, meter.h their throttling.
 *
 * `root` is what /proc and /sys are below: "" but in tests.
 */
#ifndef KERNELS_CPU_CGROUP_H
#define KERNELS_CPU_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* A hierarchy of cgroups: where it is mounted and which of its cgroups is ours. */
struct cgroup_hierarchy {
    char mount[PATH_MAX];
    char path[PATH_MAX]; /* "/a/b" below the mount; "" for its root */
};

/* Finds our cgroup in the hierarchy of version 2, which is mounted alone or beside version 1; in
 * the one of version 1 that has `controller`. False if there is none. */
bool cgroup_find_v2(const char *root, struct cgroup_hierarchy *found);
bool cgroup_find_v1(const char *root, const char *controller, struct cgroup_hierarchy *found);

/* Writes the folder of the cgroup, and at each further call that of the next one above. Cgroups
 * that are not mounted here (a container's own path may begin above its mount) have no files.
 * False: that was the last. */
bool cgroup_next_folder(struct cgroup_hierarchy *at, char folder[PATH_MAX]);

/* Takes the number that a text begins with. False if there is none, as in "max" and "-1". */
bool cgroup_take_number(const char **text, uint64_t *number);

/* Reads the number in a line "key number" or "key: number". False if it is another line. */
bool cgroup_take_field(const char *line, const char *key, uint64_t *number);

#endif
