/*
 * device.c - the CPU as a device. There is one, index 0.
 */
#include "cpu.h"
#include "dot.h"
#include "usable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Reads "model name : NAME" from /proc/cpuinfo, without surrounding blanks. False: there is none.
 */
static bool read_model_name(struct device_info *info)
{
    char line[512];
    int found = 0;
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && found != 1 && fgets(line, sizeof line, file))
        found = sscanf(line, "model name : %95[^\n]", info->name);
    if (file)
        fclose(file);
    for (size_t length = strlen(info->name); length > 0 && info->name[length - 1] == ' ';)
        info->name[--length] = '\0';
    return found == 1;
}

static void describe_memory(struct device_info *info)
{
    const struct usable_memory memory = usable_read_memory("");
    const bool limited = memory.cgroup_free != UINT64_MAX;
    info->memory_bytes = memory.total;
    info->system_free_bytes = memory.available;
    info->memory_free_bytes = usable_free_bytes(&memory);
    /* At least 1, because 0 means that there is no limit. */
    if (limited)
        info->cgroup_free_bytes = memory.cgroup_free > 0 ? memory.cgroup_free : 1;
}

/* The size of the last-level cache; 0 if the C library does not know it. */
static uint64_t last_cache_bytes(void)
{
    long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
    if (bytes <= 0)
        bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return bytes > 0 ? (uint64_t)bytes : 0;
}

static bool open_device(int index, struct device_info *info, struct error *error)
{
    if (index != 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "device cpu:%d does not exist: there is one CPU device, cpu", index);
    struct utsname system;
    *info = (struct device_info){.backend = BACKEND_CPU, .id = "cpu"};
    if (uname(&system) != 0)
        system = (struct utsname){.machine = "CPU"};
    /* On some architectures /proc/cpuinfo has no model name; uname always has a machine name. */
    if (!read_model_name(info))
        snprintf(info->name, sizeof info->name, "%s", system.machine);
    snprintf(info->driver, sizeof info->driver, "%.*s", (int)sizeof info->driver - 1,
             system.release);
    snprintf(info->isa, sizeof info->isa, "%s", dot_path_name(dot_path_chosen()));
    info->units = usable_cores(usable_affine_cores(), usable_read_quota(""));
    describe_memory(info);
    info->cache_bytes = last_cache_bytes();
    return true;
}

static bool is_present(void)
{
    return true;
}

static void close_device(int index)
{
    (void)index;
}

const struct device_ops cpu_device = {
    .backend = BACKEND_CPU,
    .name = "cpu",
    .present = is_present,
    .open = open_device,
    .close = close_device,
    .ceilings = cpu_ceilings,
    .meter = &cpu_meter,
};
