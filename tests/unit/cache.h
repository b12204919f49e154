/*
 * cache.h - makes the test's folder the cache folder, so that the test neither uses nor changes the
 * ceilings that the user measured.
 */
#pragma once

#include "../../src/engine/ceilings.h"
#include "folder.h"

/* Creates the folder. folder_end removes it. */
static inline void cache_begin(void)
{
    folder_begin();
    setenv("XDG_CACHE_HOME", folder, 1);
}

/* Caches and returns made-up ceilings of the CPU, so that no test spends a second on measuring. */
static inline struct ceilings cache_fill(void)
{
    const struct ceilings slow = {
        .read_gb_per_s = 1, .wake_ns = 1, .flag_barrier_ns = 1, .dependent_step_ns = 1e6};
    struct device_info cpu;
    struct error error = {0};
    char path[DEVICE_FILE_ROOM];
    assert_success(backends[BACKEND_CPU]->open(0, &cpu, &error));
    assert_success(ceilings_keep(&cpu, &slow, path, &error));
    return slow;
}
