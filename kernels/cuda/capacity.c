#include "../triton/launcher.h"
#include "gpu.h"

#define ANSWERS 512u /* capacity of the cache; a new answer replaces the oldest */

/* A query and the driver's answer. */
struct answer {
    const void *kernel;
    uint32_t size, threads, shared; /* size 0: asks for CTAs per SM; else for clusters of `size` */
    uint32_t count;
};

static struct answer answers[ANSWERS]; /* a ring of answers for the open device */
static uint32_t answer_count;

/* Raises a kernel's shared memory limit to the largest value that a CTA may have, because the
 * driver answers no query beyond the limit. The limit has no effect on launches. It is never
 * lowered, so kernels that are already prepared still have the memory that they need. */
static bool allow_most(const void *kernel)
{
    struct cudaFuncAttributes attributes;
    int device, most;
    if (cudaFuncGetAttributes(&attributes, kernel) != cudaSuccess ||
        cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) !=
            cudaSuccess)
        return false;
    most -= (int)attributes.sharedSizeBytes;
    return attributes.maxDynamicSharedSizeBytes >= most ||
           cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, most) ==
               cudaSuccess;
}

static cudaLaunchConfig_t configure(const struct plan *plan, cudaLaunchAttribute attributes[2],
                                    cudaStream_t stream)
{
    cudaLaunchConfig_t config = {
        .gridDim = {plan->ctas, 1, 1},
        .blockDim = {plan->threads, 1, 1},
        .dynamicSmemBytes = plan->shared_bytes,
        .stream = stream,
        .attrs = attributes,
    };
    if (plan->cluster > 1)
        attributes[config.numAttrs++] = (cudaLaunchAttribute){
            .id = cudaLaunchAttributeClusterDimension,
            .val.clusterDim = {plan->cluster, 1, 1},
        };
    if (plan->cooperative)
        attributes[config.numAttrs++] = (cudaLaunchAttribute){
            .id = cudaLaunchAttributeCooperative,
            .val.cooperative = 1,
        };
    return config;
}

/* Asks the driver. Returns 0 also if the driver cannot answer. */
static uint32_t ask(const void *kernel, uint32_t size, uint32_t threads, uint32_t shared)
{
    const struct plan cluster = {
        .ctas = size, .cluster = size, .threads = threads, .shared_bytes = shared};
    cudaLaunchAttribute attributes[2];
    int count = 0;
    if (triton_is_kernel(kernel))
        return triton_ctas_per_sm(kernel);
    cudaError_t status = allow_most(kernel) ? cudaSuccess : cudaErrorInvalidValue;
    if (status == cudaSuccess && size == 0) {
        status =
            cudaOccupancyMaxActiveBlocksPerMultiprocessor(&count, kernel, (int)threads, shared);
    } else if (status == cudaSuccess) {
        const cudaLaunchConfig_t config = configure(&cluster, attributes, NULL);
        status = cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
        if (status == cudaSuccess)
            status = cudaOccupancyMaxActiveClusters(&count, kernel, &config);
    }
    if (status == cudaSuccess && count > 0)
        return (uint32_t)count;
    cudaGetLastError(); /* clears the error: here a failed call is an answer */
    return 0;
}

static uint32_t recall(const void *kernel, uint32_t size, uint32_t threads, uint32_t shared)
{
    const uint32_t kept = answer_count < ANSWERS ? answer_count : ANSWERS;
    for (uint32_t i = 0; i < kept; i++) {
        const struct answer *answer = &answers[i];
        if (answer->kernel == kernel && answer->size == size && answer->threads == threads &&
            answer->shared == shared)
            return answer->count;
    }
    struct answer *answer = &answers[answer_count++ % ANSWERS];
    *answer = (struct answer){kernel, size, threads, shared, ask(kernel, size, threads, shared)};
    return answer->count;
}

static uint32_t ctas_per_sm(const struct capacity *capacity, const void *kernel, uint32_t threads,
                            uint32_t shared)
{
    (void)capacity;
    return recall(kernel, 0, threads, shared);
}

static uint32_t clusters(const struct capacity *capacity, const void *kernel, uint32_t size,
                         uint32_t threads, uint32_t shared)
{
    (void)capacity;
    return recall(kernel, size, threads, shared);
}

const struct capacity gpu_capacity = {.ctas_per_sm = ctas_per_sm, .clusters = clusters};

void gpu_capacity_forget(void)
{
    answer_count = 0;
}

bool gpu_plan_holds(const struct plan *plan, const struct device_info *device, struct error *error)
{
    const bool clustered = plan->cluster > 1;
    const uint32_t size = clustered ? plan->cluster : 0;
    uint32_t held = ask(plan->kernel, size, plan->threads, plan->shared_bytes);
    if (plan->phased != NULL) {
        const uint32_t phased = ask(plan->phased, size, plan->threads, plan->shared_bytes);
        held = phased < held ? phased : held;
    }
    const uint64_t ctas = (uint64_t)held * (clustered ? plan->cluster : device->units);
    const uint64_t needed = plan->cooperative || clustered ? plan->ctas : 1;
    return ctas >= needed ||
           error_set(error, ERROR_UNSUPPORTED,
                     "only %u of the %u CTAs that must fit at once (each %u threads, %u bytes of "
                     "shared memory) fit on the device now",
                     (unsigned)ctas, (unsigned)needed, plan->threads, plan->shared_bytes);
}

cudaError_t gpu_plan_launch(const struct plan *plan, enum look look, void **arguments,
                            cudaStream_t stream)
{
    cudaLaunchAttribute attributes[2];
    const cudaLaunchConfig_t config = configure(plan, attributes, stream);
    const void *kernel = look == LOOK_PHASES ? plan->phased : plan->kernel;
    return cudaLaunchKernelExC(&config, kernel, arguments);
}
