/*
 * usable.h - how much of this machine's memory and cores this process may use. Reads /proc/meminfo,
 * and the limits of the process's cgroup and of all its parents, version 1 and 2.
 *
 * `root` is the prefix of /proc and /sys: "" except in tests. A missing file limits nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* In bytes. */
struct usable_memory {
    uint64_t total, available;          /* of the system; 0: unknown */
    uint64_t cgroup_limit, cgroup_free; /* of the cgroup with the least free memory; UINT64_MAX:
                                           no limit below the system's memory */
};

/* A cgroup's free memory is its limit minus its usage. Page cache and reclaimable slabs do not
 * count as usage, because the kernel drops them first. */
struct usable_memory usable_read_memory(const char *root);

/* The smaller of the system's and the cgroup's free memory: 0 if neither is known, 1 if nothing is
 * free. */
uint64_t usable_free_bytes(const struct usable_memory *memory);

/* The smallest cgroup quota, as a number of CPUs: 1.5. INFINITY without a quota. */
double usable_read_quota(const char *root);

/* The cores that the calling thread may run on. */
uint32_t usable_affine_cores(void);

/* The number of cores that a process may keep busy, at least 1: `affine`, the cores that it may run
 * on, limited by `quota` (usable_read_quota). A fraction of a core does not count. If threads spin
 * on more cores than the quota allows, they use it up early in each period, and all stop until the
 * next period. */
uint32_t usable_cores(uint32_t affine, double quota);

/* How many processes of this cgroup, and of cgroups below it, the kernel has killed because memory
 * ran out. */
uint64_t usable_read_oom_kills(const char *root);
