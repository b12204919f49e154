/*
 * usable.h - what of this machine's memory and cores this process may use: /proc/meminfo, and the
 * limits of its cgroup and all cgroups above, of version 1 and 2.
 *
 * `root` is what /proc and /sys are below: "" but in tests. What is not there limits nothing.
 */
#ifndef KERNELS_CPU_USABLE_H
#define KERNELS_CPU_USABLE_H

#include <stddef.h>
#include <stdint.h>

/* In bytes. */
struct usable_memory {
    uint64_t total, available;          /* the system's, 0 if not known */
    uint64_t cgroup_limit, cgroup_free; /* of the cgroup that leaves least; UINT64_MAX: no limit
                                           below the system's own memory */
};

/* A cgroup leaves its limit less its usage, of which page cache and reclaimable slabs don't count:
 * the kernel drops them first. */
struct usable_memory usable_read_memory(const char *root);

/* What the system and the cgroup both leave: 0 if neither is known, 1 if nothing is left. */
uint64_t usable_free_bytes(const struct usable_memory *memory);

/* The CPUs' time that the least of the cgroups' quotas allows, as a number of CPUs: 1.5. INFINITY
 * if there is no quota. */
double usable_read_quota(const char *root);

/* The cores that the calling thread may run on. */
uint32_t usable_affine_cores(void);

/* The cores that a process may keep busy: `affine`, the cores that it may run on, or less by
 * `quota` (usable_read_quota). A part of a core is not counted: threads that spin on more cores
 * than the quota pays for use it up early in each period, and then all stop until the next. At
 * least 1.
 */
uint32_t usable_cores(uint32_t affine, double quota);

/* How often the kernel has killed a process of this cgroup, or one below, because memory ran out.
 */
uint64_t usable_read_oom_kills(const char *root);

#endif
