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

/* Copies the value of the first line "key : value" of a file in /proc, without surrounding blanks.
 * False, and "" in value, if there is none. */
static bool read_field(const char *path, const char *key, char *value, size_t size)
{
    value[0] = '\0';
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    char line[512];
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(key);
        if (strncmp(line, key, length) != 0)
            continue;
        const char *rest = line + length + strspn(line + length, " \t");
        if (*rest != ':')
            continue;
        rest += 1 + strspn(rest + 1, " \t");
        snprintf(value, size, "%s", rest);
        for (length = strlen(value); length > 0 && strchr(" \t\n", value[length - 1]);)
            value[--length] = '\0';
        found = true;
    }
    fclose(file);
    return found;
}

static void describe_memory(struct device_info *info)
{
    const struct usable_memory memory = usable_read_memory("");
    const bool limited = memory.cgroup_free != UINT64_MAX;
    info->memory_bytes = memory.total;
    info->system_free_bytes = memory.available;
    info->memory_free_bytes = usable_free_bytes(&memory);
    /* Not 0, which would mean that there is no limit. */
    if (limited)
        info->cgroup_free_bytes = memory.cgroup_free > 0 ? memory.cgroup_free : 1;
}

/* 0 if the C library does not know. */
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
    /* Not every architecture has a model name here, but the machine's name is always known. */
    if (!read_field("/proc/cpuinfo", "model name", info->name, sizeof info->name))
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
