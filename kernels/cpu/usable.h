/*
 * usable.h - how much of this machine's memory and cores this process may use, from /proc/meminfo
 * and the limits of its cgroup and all parents, version 1 and 2.
 *
 * `root` is the prefix of /proc and /sys: "" except in tests. A missing file limits nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* In bytes. */
struct usable_memory {
    uint64_t total, available;          /* of the system; 0: unknown */
    uint64_t cgroup_limit, cgroup_free; /* of the cgroup that leaves least; UINT64_MAX: no limit
                                           below the system's own memory */
};

/* A cgroup leaves its limit minus its usage. Page cache and reclaimable slabs do not count as
 * usage, because the kernel drops them first. */
struct usable_memory usable_read_memory(const char *root);

/* The smaller of what the system and the cgroup leave: 0 if neither is known, 1 if nothing is
 * left. */
uint64_t usable_free_bytes(const struct usable_memory *memory);

/* The smallest cgroup quota, as a number of CPUs: 1.5. INFINITY without a quota. */
double usable_read_quota(const char *root);

/* The cores that the calling thread may run on. */
uint32_t usable_affine_cores(void);

/* The cores that a process may keep busy: `affine`, the cores that it may run on, limited by
 * `quota` (usable_read_quota). A fraction of a core does not count: threads that spin on more cores
 * than the quota pays for use it up early in each period, and then all stop until the next. At
 * least 1. */
uint32_t usable_cores(uint32_t affine, double quota);

/* How often the kernel has killed a process of this cgroup, or of one below it, because memory ran
 * out. */
uint64_t usable_read_oom_kills(const char *root);
