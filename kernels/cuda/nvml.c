#include "nvml.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* The NVML functions that this file uses, declared here because not every toolkit includes nvml.h.
 * They return 0 on success. */
enum { OF_SM = 1, OF_MEMORY = 2, OF_GPU = 0 };

typedef int read_number(void *device, unsigned *value);
typedef int read_of(void *device, int of, unsigned *value);
typedef int read_count(void *device, unsigned long long *value);

struct nvml {
    void *library;
    void *device; /* NULL: not found */
    int (*init)(void);
    int (*shutdown)(void);
    int (*version)(char *text, unsigned size);
    int (*by_bus)(const char *bus, void **device);
    read_of *clock, *clock_most, *temperature;
    read_number *power;
    read_count *throttles, *energy;
};

static void *find(const struct nvml *nvml, const char *name)
{
    return dlsym(nvml->library, name);
}

/* Looks up the functions. A function that the library does not have stays NULL. */
static void bind(struct nvml *nvml)
{
    *(void **)&nvml->init = find(nvml, "nvmlInit_v2");
    *(void **)&nvml->shutdown = find(nvml, "nvmlShutdown");
    *(void **)&nvml->version = find(nvml, "nvmlSystemGetDriverVersion");
    *(void **)&nvml->by_bus = find(nvml, "nvmlDeviceGetHandleByPciBusId_v2");
    *(void **)&nvml->clock = find(nvml, "nvmlDeviceGetClockInfo");
    *(void **)&nvml->clock_most = find(nvml, "nvmlDeviceGetMaxClockInfo");
    *(void **)&nvml->temperature = find(nvml, "nvmlDeviceGetTemperature");
    *(void **)&nvml->power = find(nvml, "nvmlDeviceGetPowerUsage");
    *(void **)&nvml->energy = find(nvml, "nvmlDeviceGetTotalEnergyConsumption");
    *(void **)&nvml->throttles = find(nvml, "nvmlDeviceGetCurrentClocksEventReasons");
    if (!nvml->throttles) /* the name in older drivers */
        *(void **)&nvml->throttles = find(nvml, "nvmlDeviceGetCurrentClocksThrottleReasons");
}

struct nvml *nvml_open(const char *bus)
{
    struct nvml *nvml = calloc(1, sizeof *nvml);
    if (!nvml)
        return NULL;
    nvml->library = dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (nvml->library)
        bind(nvml);
    if (!nvml->init || !nvml->shutdown || nvml->init() != 0) {
        if (nvml->library)
            dlclose(nvml->library);
        free(nvml);
        return NULL;
    }
    if (!nvml->by_bus || nvml->by_bus(bus, &nvml->device) != 0)
        nvml->device = NULL;
    return nvml;
}

void nvml_close(struct nvml *nvml)
{
    nvml->shutdown();
    dlclose(nvml->library);
    free(nvml);
}

/* ---- reading a number of the device; false: it cannot be read, and *value does not change --- */

static bool take(const struct nvml *nvml, read_number *read, uint32_t *value)
{
    unsigned number = 0;
    if (!nvml->device || !read || read(nvml->device, &number) != 0)
        return false;
    *value = number;
    return true;
}

static bool take_of(const struct nvml *nvml, read_of *read, int of, uint32_t *value)
{
    unsigned number = 0;
    if (!nvml->device || !read || read(nvml->device, of, &number) != 0)
        return false;
    *value = number;
    return true;
}

static bool take_count(const struct nvml *nvml, read_count *read, uint64_t *value)
{
    unsigned long long number = 0;
    if (!nvml->device || !read || read(nvml->device, &number) != 0)
        return false;
    *value = number;
    return true;
}

void nvml_describe(const struct nvml *nvml, struct device_info *info)
{
    char text[sizeof info->driver];
    if (nvml->version && nvml->version(text, sizeof text) == 0)
        snprintf(info->driver, sizeof info->driver, "%s", text);
    take_of(nvml, nvml->clock, OF_SM, &info->sm_clock_mhz);
    take_of(nvml, nvml->clock_most, OF_SM, &info->sm_clock_most_mhz);
}

/* Translates NVML's bits to the lab's. Drops bit 0, which means that the GPU is idle: that disturbs
 * no measurement. */
static uint32_t translate(uint64_t reasons)
{
    static const uint64_t bits[THROTTLE_COUNT] = {
        [THROTTLE_APPLICATION_CLOCKS] = 0x2, [THROTTLE_POWER_CAP] = 0x4,
        [THROTTLE_HW_SLOWDOWN] = 0x8,        [THROTTLE_SYNC_BOOST] = 0x10,
        [THROTTLE_SW_THERMAL] = 0x20,        [THROTTLE_HW_THERMAL] = 0x40,
        [THROTTLE_POWER_BRAKE] = 0x80,       [THROTTLE_DISPLAY_CLOCKS] = 0x100,
    };
    uint32_t throttles = 0;
    for (int i = 0; i < THROTTLE_COUNT; i++)
        throttles |= (reasons & bits[i]) != 0 ? 1u << i : 0;
    return throttles;
}

void nvml_read(const struct nvml *nvml, struct meter_reading *reading)
{
    uint64_t reasons = 0;
    /* Read the energy first, because the caller divides it by the number of tokens decoded before
     * this call. */
    if (take_count(nvml, nvml->energy, &reading->energy_mj))
        reading->known |= METER_ENERGY;
    if (take_of(nvml, nvml->clock, OF_SM, &reading->sm_clock_mhz))
        reading->known |= METER_SM_CLOCK;
    if (take_of(nvml, nvml->clock_most, OF_SM, &reading->sm_clock_most_mhz))
        reading->known |= METER_SM_CLOCK_MOST;
    if (take_of(nvml, nvml->clock, OF_MEMORY, &reading->memory_clock_mhz))
        reading->known |= METER_MEMORY_CLOCK;
    if (take_of(nvml, nvml->temperature, OF_GPU, &reading->temperature_c))
        reading->known |= METER_TEMPERATURE;
    if (take(nvml, nvml->power, &reading->power_mw))
        reading->known |= METER_POWER;
    if (take_count(nvml, nvml->throttles, &reasons)) {
        reading->throttles = translate(reasons);
        reading->known |= METER_THROTTLES;
    }
}
