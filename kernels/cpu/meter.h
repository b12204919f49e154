/*
 * meter.h - what takes time from the threads of this process: the CPU quota of its cgroup, the host
 * of a virtual machine, other threads on its cores.
 */
#ifndef KERNELS_CPU_METER_H
#define KERNELS_CPU_METER_H

#include "../lab.h"

struct host_meter;

/* Opens the files below `root`, which is "" but in tests: /proc/stat, and cpu.stat of the cgroups
 * of version 1 and 2 that this process is in and of all above. NULL: no memory. */
struct host_meter *host_meter_open(const char *root);

/* Fills in what *reading has of the host, and leaves the rest. Quotas of several cgroups may bind:
 * from one reading to the next, the periods are those of the cgroup that was throttled most. */
void host_meter_read(struct host_meter *meter, struct meter_reading *reading);

void host_meter_close(struct host_meter *meter);

#endif
