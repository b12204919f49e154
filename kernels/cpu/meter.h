/*
 * meter.h - measures what takes CPU time away from this process: its cgroup's quota, the host of a
 * virtual machine, other threads on its cores.
 */
#pragma once

#include "../lab.h"

struct host_meter;

/* Opens /proc/stat and the cpu.stat of all cgroups, version 1 and 2, that contain this process,
 * directly or not. `root` is the prefix of all paths: "" except in tests. NULL: out of memory. */
struct host_meter *host_meter_open(const char *root);

/* Fills in the host's members of *reading and leaves the other members unchanged. If several
 * cgroups have quotas, the periods are those of the cgroup that was throttled most between the two
 * readings. */
void host_meter_read(struct host_meter *meter, struct meter_reading *reading);

void host_meter_close(struct host_meter *meter);
