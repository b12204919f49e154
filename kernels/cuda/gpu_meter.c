/* gpu_meter.c - reads the sensors and counters of a GPU, and of the host. */
#include "../cpu/meter.h"
#include "cuda.h"
#include "gpu.h"
#include "nvml.h"

#include <stdlib.h>

struct gpu_meter {
    struct nvml *nvml;       /* NULL: NVML is not usable */
    struct host_meter *host; /* NULL: out of memory */
};

static void *open_meter(int index, struct error *error)
{
    char bus[32] = "";
    struct gpu_meter *meter = calloc(1, sizeof *meter);
    if (!meter) {
        error_set(error, ERROR_RUN, "no memory for a meter");
        return NULL;
    }
    if (cudaDeviceGetPCIBusId(bus, sizeof bus, index) == cudaSuccess)
        meter->nvml = nvml_open(bus);
    meter->host = host_meter_open("");
    return meter;
}

static void read_meter(void *context, struct meter_reading *reading)
{
    const struct gpu_meter *meter = context;
    *reading = (struct meter_reading){0};
    if (meter->nvml)
        nvml_read(meter->nvml, reading);
    if (meter->host)
        host_meter_read(meter->host, reading);
}

static void close_meter(void *context)
{
    struct gpu_meter *meter = context;
    if (meter->nvml)
        nvml_close(meter->nvml);
    if (meter->host)
        host_meter_close(meter->host);
    free(meter);
}

const struct meter cuda_meter = {.open = open_meter, .read = read_meter, .close = close_meter};
