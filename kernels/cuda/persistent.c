#include "persistent.h"

#include <inttypes.h>

#define WARPS_MOST  32u   /* of a CTA */
#define CTA_RESERVE 1024u /* shared memory that the system takes of each CTA's */

struct instance {
    uint32_t lanes, tiles;
};

static const struct instance instances[] = {
#define ROW(LANES, TILES) {LANES, TILES},
    PERSISTENT_TABLE(ROW)
#undef ROW
};

_Static_assert(sizeof instances / sizeof *instances == PERSISTENT_KERNELS, "a row a kernel");

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t ceiling(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

/* The kernel whose rows hold HEAD_DIM in the fewest tiles of BLOCK_K. */
static uint32_t choose_kernel(const struct knobs *knobs)
{
    const uint32_t lanes = (uint32_t)knobs->block_k / 4;
    const uint32_t tiles = ceiling((uint32_t)knobs->head_dim, (uint32_t)knobs->block_k);
    uint32_t kernel = 0;
    while (instances[kernel].lanes != lanes || instances[kernel].tiles < tiles)
        kernel++;
    return kernel;
}

/* Shared memory of a CTA of so many warps. */
static uint32_t buffer_bytes(const struct persistent_shape *shape, uint32_t warps)
{
    const struct instance *instance = &instances[shape->kernel];
    return shape->depth * PERSISTENT_CHUNK * 3 * instance->tiles * warps * shape->groups *
           instance->lanes * 16;
}

/* Shares the batch: groups of lanes, then warps, then passes. */
static void share_out(const struct knobs *knobs, struct persistent_shape *shape,
                      uint32_t most_warps)
{
    const uint32_t share = ceiling((uint32_t)knobs->batch, shape->programs);
    const uint32_t in_warp = 32 / instances[shape->kernel].lanes;
    shape->groups = least(in_warp, share);
    shape->warps = least(ceiling(share, shape->groups), most_warps);
    shape->passes = ceiling(share, shape->groups * shape->warps);
}

static void finish(struct persistent_shape *shape, uint32_t ctas, uint32_t cta_warps)
{
    shape->ctas = ctas;
    shape->threads = cta_warps * 32;
    shape->shared_bytes = buffer_bytes(shape, cta_warps);
}

/* ---- what the device holds --------------------------------------------------------------------
 */

static bool allow_shared(const void *kernel, uint32_t bytes)
{
    return cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes) ==
           cudaSuccess;
}

/* Whether all CTAs are resident at once. */
static bool fit_resident(const struct device_info *device, const void *const *kernels,
                         struct persistent_shape *shape, struct error *error)
{
    const void *kernel = kernels[shape->kernel];
    int on_sm = 0;
    if (shape->shared_bytes > device->shared_bytes || !allow_shared(kernel, shape->shared_bytes) ||
        cudaOccupancyMaxActiveBlocksPerMultiprocessor(&on_sm, kernel, (int)shape->threads,
                                                      shape->shared_bytes) != cudaSuccess) {
        cudaGetLastError();
        on_sm = 0;
    }
    if ((uint64_t)on_sm * device->units >= shape->ctas)
        return true;
    return error_set(error, ERROR_UNSUPPORTED,
                     "NUM_PROGRAMS %u is more than can be resident: %" PRIu64 " CTAs of %u threads "
                     "and %u bytes of shared memory, %d on each of %u SMs",
                     shape->programs, (uint64_t)on_sm * device->units, shape->threads,
                     shape->shared_bytes, on_sm, device->units);
}

/* ---- one CTA for all ------------------------------------------------------------------------- */

/* The programs are its warps. A single program is the CTA itself, with as many warps as it takes.
 */
static bool fit_block(const struct knobs *knobs, const struct device_info *device,
                      const void *const *kernels, struct persistent_shape *shape,
                      struct error *error)
{
    if (shape->programs > WARPS_MOST)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "STEP_SYNC block runs NUM_PROGRAMS %u as the warps of one CTA, which has at "
            "most %u",
            shape->programs, WARPS_MOST);
    share_out(knobs, shape, shape->programs > 1 ? 1 : WARPS_MOST);
    while (shape->programs == 1 && shape->warps > 1 &&
           buffer_bytes(shape, shape->warps) > device->shared_bytes)
        share_out(knobs, shape, shape->warps - 1);
    const uint32_t warps = shape->programs * shape->warps;
    if (buffer_bytes(shape, warps) > device->shared_bytes)
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC block at HEAD_DIM %" PRId64 ", BLOCK_K %" PRId64
                         " holds the rows of at most %u programs in the %u bytes of shared memory "
                         "of one CTA; NUM_PROGRAMS is %u",
                         knobs->head_dim, knobs->block_k,
                         device->shared_bytes / buffer_bytes(shape, 1), device->shared_bytes,
                         shape->programs);
    finish(shape, 1, warps);
    shape->sync = SYNC_BLOCK;
    shape->cluster = 1;
    shape->cooperative = false;
    return fit_resident(device, kernels, shape, error);
}

/* ---- a CTA a program ------------------------------------------------------------------------- */

/* As many warps as the batch takes, and as few as leave room for the CTAs that share an SM. */
static void fit_ctas(const struct knobs *knobs, const struct device_info *device,
                     struct persistent_shape *shape)
{
    const uint32_t on_sm = ceiling(shape->programs, device->units);
    const uint32_t all = device->shared_bytes + CTA_RESERVE;
    const uint32_t room = all / on_sm > CTA_RESERVE ? all / on_sm - CTA_RESERVE : 0;
    share_out(knobs, shape, PERSISTENT_WARPS);
    while (shape->warps > 1 && buffer_bytes(shape, shape->warps) > room)
        share_out(knobs, shape, shape->warps - 1);
    finish(shape, shape->programs, shape->warps);
}

static void configure(const struct persistent_shape *shape, cudaLaunchConfig_t *config,
                      cudaLaunchAttribute attributes[2])
{
    *config = (cudaLaunchConfig_t){
        .gridDim = {shape->ctas, 1, 1},
        .blockDim = {shape->threads, 1, 1},
        .dynamicSmemBytes = shape->shared_bytes,
        .attrs = attributes,
    };
    if (shape->cluster > 1)
        attributes[config->numAttrs++] = (cudaLaunchAttribute){
            .id = cudaLaunchAttributeClusterDimension,
            .val.clusterDim = {shape->cluster, 1, 1},
        };
    if (shape->cooperative)
        attributes[config->numAttrs++] = (cudaLaunchAttribute){
            .id = cudaLaunchAttributeCooperative,
            .val.cooperative = 1,
        };
}

/* Whether one cluster of all programs can be scheduled. */
static bool fit_cluster(const struct device_info *device, const void *const *kernels,
                        struct persistent_shape *shape, struct error *error)
{
    cudaLaunchConfig_t config;
    cudaLaunchAttribute attributes[2];
    const void *kernel = kernels[shape->kernel];
    int clusters = 0;
    if (device->cluster_most <= 1)
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC cluster needs compute capability 9.0; this device has %u.%u",
                         device->capability / 10, device->capability % 10);
    if (shape->programs > device->cluster_most)
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC cluster: a cluster has at most %u CTAs; NUM_PROGRAMS is %u",
                         device->cluster_most, shape->programs);
    shape->sync = SYNC_CLUSTER;
    shape->cluster = shape->programs;
    shape->cooperative = false;
    configure(shape, &config, attributes);
    if (!allow_shared(kernel, shape->shared_bytes) ||
        cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1) !=
            cudaSuccess ||
        cudaOccupancyMaxActiveClusters(&clusters, kernel, &config) != cudaSuccess || clusters < 1) {
        cudaGetLastError(); /* it was a question, and this the answer */
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC cluster: this device can't hold a cluster of %u CTAs of %u "
                         "threads and %u bytes of shared memory",
                         shape->programs, shape->threads, shape->shared_bytes);
    }
    return true;
}

static bool fit_grid(enum step_sync sync, const struct device_info *device,
                     const void *const *kernels, struct persistent_shape *shape,
                     struct error *error)
{
    shape->sync = sync;
    shape->cluster = 1;
    shape->cooperative = sync != SYNC_NONE;
    if (shape->cooperative && !device->cooperative)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "STEP_SYNC flag and grid need cooperative launches, which this device lacks");
    return fit_resident(device, kernels, shape, error);
}

/* The cheapest barrier that fits: a group of lanes for each sequence in one CTA; else a cluster;
 * else a counter. */
static bool fit_cheapest(const struct knobs *knobs, const struct device_info *device,
                         const void *const *kernels, struct persistent_shape *shape,
                         struct error *error)
{
    struct error ignored;
    if (fit_block(knobs, device, kernels, shape, &ignored) && shape->passes == 1)
        return true;
    fit_ctas(knobs, device, shape);
    return fit_cluster(device, kernels, shape, &ignored) ||
           fit_grid(SYNC_FLAG, device, kernels, shape, error);
}

static bool fit(const struct knobs *knobs, const struct device_info *device,
                const void *const *kernels, struct persistent_shape *shape, struct error *error)
{
    *shape = (struct persistent_shape){.kernel = choose_kernel(knobs),
                                       .programs = (uint32_t)knobs->num_programs,
                                       .cluster = 1,
                                       .depth = PERSISTENT_DEPTH};
    switch ((enum step_sync)knobs->step_sync) {
    case SYNC_AUTO:
        return fit_cheapest(knobs, device, kernels, shape, error);
    case SYNC_BLOCK:
        return fit_block(knobs, device, kernels, shape, error);
    case SYNC_CLUSTER:
        fit_ctas(knobs, device, shape);
        if (shape->programs > 1)
            return fit_cluster(device, kernels, shape, error);
        shape->sync = SYNC_CLUSTER; /* a cluster of one is a CTA */
        return fit_resident(device, kernels, shape, error);
    case SYNC_NONE:
    case SYNC_FLAG:
    case SYNC_GRID:
        break;
    }
    fit_ctas(knobs, device, shape);
    return fit_grid((enum step_sync)knobs->step_sync, device, kernels, shape, error);
}

/* The shape for these knobs. */
static bool persistent_fit(const struct knobs *knobs, const struct device_info *device,
                           const void *const *kernels, struct persistent_shape *shape,
                           struct error *error)
{
    return fit(knobs, device, kernels, shape, error) &&
           gpu_right(cudaFuncSetAttribute(kernels[shape->kernel],
                                          cudaFuncAttributeMaxDynamicSharedMemorySize,
                                          (int)shape->shared_bytes),
                     "cudaFuncSetAttribute", error);
}

bool persistent_supported(const struct knobs *knobs, const struct device_info *device,
                          const void *const *kernels, uint64_t more_bytes, struct error *error)
{
    struct persistent_shape shape;
    return persistent_fit(knobs, device, kernels, &shape, error) &&
           gpu_dot_fits(knobs, shape.programs, (uint64_t)knobs->seq_len, more_bytes, device, error);
}

void persistent_resolve(struct knobs *knobs, const struct device_info *device,
                        const void *const *kernels)
{
    struct persistent_shape shape;
    struct error ignored;
    if (knobs->step_sync == SYNC_AUTO && persistent_fit(knobs, device, kernels, &shape, &ignored))
        knobs->step_sync = shape.sync;
}

/* As many chunks as are of use, where that leaves a CTA on its SM; more would change the shape. */
static bool deepen(const struct device_info *device, const void *const *kernels,
                   struct persistent_shape *shape, struct error *error)
{
    struct persistent_shape deep = *shape;
    deep.depth = PERSISTENT_DEPTH_MOST;
    deep.shared_bytes = shape->shared_bytes / shape->depth * deep.depth;
    if (deep.shared_bytes + CTA_RESERVE > device->shared_bytes || deep.cluster > 1 ||
        deep.ctas > device->units)
        return true;
    *shape = deep;
    return gpu_right(cudaFuncSetAttribute(kernels[shape->kernel],
                                          cudaFuncAttributeMaxDynamicSharedMemorySize,
                                          (int)shape->shared_bytes),
                     "cudaFuncSetAttribute", error);
}

bool persistent_open(struct gpu_lab *lab, const struct setup *setup, const void *const *kernels,
                     const char *name, bool busy, struct persistent_shape *shape,
                     struct persistent *run, struct error *error)
{
    if (!persistent_fit(setup->knobs, setup->device, kernels, shape, error) ||
        (busy && !deepen(setup->device, kernels, shape, error)))
        return false;
    const struct gpu_lab_plan plan = {
        .setup = setup,
        .range_name = name,
        .programs = shape->programs,
        .rows = (uint64_t)setup->knobs->seq_len,
        .free_running = shape->sync == SYNC_NONE,
        .ends = true,
    };
    if (!gpu_dot_open(lab, &plan, error))
        return false;
    *run = (struct persistent){
        .dot = lab->dot,
        .link = lab->link,
        .barrier = &lab->control->barrier,
        .decision = lab->control->decision,
        /* A single program needs no barrier but its warps' own. */
        .sync = shape->programs == 1 ? SYNC_NONE : shape->sync,
        .programs = shape->programs,
        .warps = shape->warps,
        .groups = shape->groups,
        .passes = shape->passes,
        .depth = shape->depth,
    };
    return true;
}

cudaError_t persistent_launch(const struct persistent_shape *shape, const void *const *kernels,
                              void **arguments, cudaStream_t stream)
{
    cudaLaunchConfig_t config;
    cudaLaunchAttribute attributes[2];
    configure(shape, &config, attributes);
    config.stream = stream;
    return cudaLaunchKernelExC(&config, kernels[shape->kernel], arguments);
}
