#include "backend_name.h"

const char *const backend_names[BACKEND_COUNT + 1] = {
    [BACKEND_CPU] = "cpu",
    [BACKEND_CUDA] = "cuda",
};

const char *backend_name(enum backend backend)
{
    return backend_names[backend];
}

const char *backend_starts(enum backend backend)
{
    return backend == BACKEND_CPU ? "wakes" : "launches";
}

const char *backend_units(char *text, size_t size, const struct device_info *device)
{
    snprintf(text, size, "%u %s%s", device->units, device->backend == BACKEND_CPU ? "core" : "SM",
             device->units == 1 ? "" : "s");
    return text;
}
