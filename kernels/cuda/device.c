/*
 * device.c - implements a device for each GPU, through the CUDA runtime. The runtime is linked
 * statically and loads the driver at run time, so pdlab also starts on a machine without a driver.
 */
#include "../cpu/usable.h"
#include "../triton/launcher.h"
#include "cuda.h"
#include "gpu.h"
#include "gpu_graph.h"
#include "gpu_lab.h"
#include "nvml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPABILITY_LEAST 80u
#define ALIGNMENTS       5 /* tries before assuming that no kernel runs while the host polls */

static bool is_present(void)
{
    return access("/dev/nvidiactl", F_OK) == 0 || access("/dev/nvidia0", F_OK) == 0 ||
           access("/dev/dxg", F_OK) == 0; /* under WSL */
}

/* "13.0" */
#define VERSION_ROOM 24u
static const char *name_version(char text[VERSION_ROOM], int version)
{
    snprintf(text, VERSION_ROOM, "%d.%d", version / 1000, version % 1000 / 10);
    return text;
}

/* Stores in *error why the runtime finds no device. */
static bool explain(cudaError_t status, struct error *error)
{
    int driver = 0;
    char takes[VERSION_ROOM], built[VERSION_ROOM];
    cudaDriverGetVersion(&driver);
    if (driver == 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "no NVIDIA driver is installed: cuda devices need one");
    if (status == cudaErrorInsufficientDriver)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "the NVIDIA driver supports CUDA %s; this build needs %s: update the driver",
            name_version(takes, driver), name_version(built, CUDART_VERSION));
    if (status == cudaErrorNoDevice)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "the NVIDIA driver finds no GPU that this process may use: check CUDA_VISIBLE_DEVICES");
    return error_set(error, ERROR_UNSUPPORTED, "no cuda device is usable: %s: %s; check nvidia-smi",
                     cudaGetErrorName(status), cudaGetErrorString(status));
}

static uint32_t attribute(enum cudaDeviceAttr name, int index)
{
    int value = 0;
    return cudaDeviceGetAttribute(&value, name, index) == cudaSuccess && value > 0 ? (uint32_t)value
                                                                                   : 0;
}

/* Creates the CUDA context. This fails if too little device memory is free. */
static bool take(int index, struct error *error)
{
    const cudaError_t set = cudaSetDevice(index);
    cudaError_t status = set == cudaSuccess ? cudaFree(NULL) : set;
    if (status == cudaSuccess)
        return true;
    cudaGetLastError();
    if (status == cudaErrorMemoryAllocation)
        return error_set(error, ERROR_UNSUPPORTED,
                         "cuda:%d has no memory left for a context: other processes use all of it",
                         index);
    return error_set(error, ERROR_UNSUPPORTED, "cuda:%d is not usable: %s: %s; check nvidia-smi",
                     index, cudaGetErrorName(status), cudaGetErrorString(status));
}

static uint32_t most_in_cluster(uint32_t capability)
{
    return capability >= 90 ? 16 : 1; /* plans ask the driver whether more than 8 fit */
}

static void describe(int index, int count, const struct cudaDeviceProp *properties,
                     struct device_info *info)
{
    char bus[32] = "", built[VERSION_ROOM], takes[VERSION_ROOM];
    int driver = 0, reaches = 0;
    size_t free_bytes = 0, all_bytes = 0;
    const uint32_t capability = (uint32_t)(properties->major * 10 + properties->minor);
    *info = (struct device_info){
        .backend = BACKEND_CUDA,
        .units = (uint32_t)properties->multiProcessorCount,
        .memory_bytes = properties->totalGlobalMem,
        .cache_bytes = (uint64_t)properties->l2CacheSize,
        .capability = capability,
        .shared_bytes = (uint32_t)properties->sharedMemPerBlockOptin,
        .cluster_most = most_in_cluster(capability),
        .gpus = (uint32_t)count,
        .cooperative = attribute(cudaDevAttrCooperativeLaunch, index) != 0,
        .sm_clock_most_mhz = attribute(cudaDevAttrClockRate, index) / 1000,
    };
    info->reaches_peer =
        count > 1 && cudaDeviceCanAccessPeer(&reaches, index, (index + 1) % count) == cudaSuccess &&
        reaches;
    snprintf(info->id, sizeof info->id, "cuda:%d", index % 1000);
    snprintf(info->name, sizeof info->name, "%.*s", (int)sizeof info->name - 1, properties->name);
    snprintf(info->isa, sizeof info->isa, "%s",
             capability == 90  ? "sm_90a"
             : capability > 90 ? "compute_90 PTX" /* some files: compute_80, same code */
                               : "compute_80 PTX");
    const struct usable_memory host = usable_read_memory("");
    info->system_free_bytes = host.available;
    if (host.cgroup_free != UINT64_MAX)
        info->cgroup_free_bytes = host.cgroup_free > 0 ? host.cgroup_free : 1;
    if (cudaMemGetInfo(&free_bytes, &all_bytes) == cudaSuccess)
        info->memory_free_bytes = free_bytes;
    cudaDriverGetVersion(&driver);
    name_version(built, CUDART_VERSION);
    snprintf(info->runtime, sizeof info->runtime, "%.10s; driver's %.10s", built,
             name_version(takes, driver));
    struct nvml *nvml =
        cudaDeviceGetPCIBusId(bus, sizeof bus, index) == cudaSuccess ? nvml_open(bus) : NULL;
    if (nvml) {
        nvml_describe(nvml, info);
        nvml_close(nvml);
    }
}

/* Whether CUDA_LAUNCH_BLOCKING is set, parsed as the driver parses it. */
static bool launches_block(void)
{
    const char *value = getenv("CUDA_LAUNCH_BLOCKING");
    return value && strtol(value, NULL, 10) != 0;
}

static bool open_device(int index, struct device_info *info, struct error *error)
{
    int count = 0;
    struct cudaDeviceProp properties;
    cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || count == 0)
        return explain(status == cudaSuccess ? cudaErrorNoDevice : status, error);
    if (index >= count)
        return error_set(error, ERROR_UNSUPPORTED,
                         "device cuda:%d does not exist: there %s %d GPU%s", index,
                         count == 1 ? "is" : "are", count, count == 1 ? ", cuda:0" : "s");
    status = cudaGetDeviceProperties(&properties, index);
    if (status != cudaSuccess)
        return explain(status, error);
    if ((uint32_t)(properties.major * 10 + properties.minor) < CAPABILITY_LEAST)
        return error_set(error, ERROR_UNSUPPORTED,
                         "cuda:%d, %s, has compute capability %d.%d: pdlab needs 8.0 or later",
                         index, properties.name, properties.major, properties.minor);
    if (!take(index, error))
        return false;
    describe(index, count, &properties, info);
    info->blocking = launches_block();
    for (int i = 0; i == 0 || (i < ALIGNMENTS && !info->blocking && !gpu_clock_answered()); i++)
        if (!gpu_clock_align(error))
            return false;
    info->serial = info->blocking || !gpu_clock_answered();
    return true;
}

static void close_device(int index)
{
    (void)index;
    gpu_clock_close();
    gpu_graphs_forget();
    gpu_capacity_forget();
    triton_forget();
    cudaDeviceReset();
}

const struct device_ops cuda_device = {
    .backend = BACKEND_CUDA,
    .name = "cuda",
    .present = is_present,
    .open = open_device,
    .close = close_device,
    .ceilings = cuda_ceilings,
    .diagnose = gpu_lab_diagnose,
    .tracer = &cuda_tracer,
    .meter = &cuda_meter,
    .capacity = &gpu_capacity,
};
