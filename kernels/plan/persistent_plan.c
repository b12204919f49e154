#include "persistent_plan.h"
#include "gpu_memory.h"

#include <inttypes.h>

#define WARPS_MOST 32u /* per CTA */

struct instance {
    uint32_t lanes, tiles;
};

static const struct instance instances[] = {
#define ROW(LANES, TILES) {LANES, TILES},
    PERSISTENT_TABLE(ROW)
#undef ROW
};

_Static_assert(sizeof instances / sizeof *instances == PERSISTENT_KERNELS, "one row per kernel");

/* A plan in progress, and its inputs. */
struct planner {
    const struct knobs *knobs;
    const struct device_info *device;
    const struct capacity *capacity;
    struct plan *plan;
    uint32_t lanes, tiles; /* the kernel's */
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t ceiling(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

/* Returns the index of the kernel that covers a row of HEAD_DIM with the fewest tiles of
 * BLOCK_K. */
static uint32_t choose_kernel(const struct knobs *knobs)
{
    const uint32_t lanes = (uint32_t)knobs->block_k / 4;
    const uint32_t tiles = ceiling((uint32_t)knobs->head_dim, (uint32_t)knobs->block_k);
    uint32_t kernel = 0;
    while (instances[kernel].lanes != lanes || instances[kernel].tiles < tiles)
        kernel++;
    return kernel;
}

/* Bytes of shared memory of a CTA with `warps` warps. */
static uint32_t buffer_bytes(const struct planner *planner, uint32_t warps)
{
    return planner->plan->stages * PERSISTENT_CHUNK * 3 * planner->tiles * warps *
           planner->plan->groups * planner->lanes * 16;
}

/* Divides the batch: among groups of lanes, then warps, then passes. */
static void share_out(const struct planner *planner, uint32_t most_warps)
{
    struct plan *plan = planner->plan;
    const uint32_t share = ceiling((uint32_t)planner->knobs->batch, plan->programs);
    plan->groups = least(32 / planner->lanes, share);
    plan->warps = least(ceiling(share, plan->groups), most_warps);
    plan->passes = ceiling(share, plan->groups * plan->warps);
}

static void set_launch(const struct planner *planner, enum step_sync sync, uint32_t ctas,
                       uint32_t cta_warps)
{
    struct plan *plan = planner->plan;
    plan->used.step_sync = sync;
    plan->ctas = ctas;
    plan->threads = cta_warps * 32;
    plan->shared_bytes = buffer_bytes(planner, cta_warps);
    plan->cluster = sync == SYNC_CLUSTER ? ctas : 1;
    plan->cooperative = sync == SYNC_FLAG || sync == SYNC_GRID;
}

/* Returns the plan's kernel that may need more registers: the one that measures phases, if PHASES
 * is on. */
static const void *asked(const struct plan *plan)
{
    return plan->phased != NULL ? plan->phased : plan->kernel;
}

/* Whether all CTAs fit on the device at once. */
static bool is_resident(const struct planner *planner, struct error *error)
{
    const struct plan *plan = planner->plan;
    const uint32_t on_sm = plan->shared_bytes > planner->device->shared_bytes
                               ? 0
                               : planner->capacity->ctas_per_sm(planner->capacity, asked(plan),
                                                                plan->threads, plan->shared_bytes);
    const uint64_t ctas = (uint64_t)on_sm * planner->device->units;
    return ctas >= plan->ctas || error_set(error, ERROR_UNSUPPORTED,
                                           "NUM_PROGRAMS %u is too many: %" PRIu64
                                           " CTAs of %u threads and %u bytes of shared memory fit "
                                           "on the device, %u on each of %u SMs",
                                           plan->programs, ctas, plan->threads, plan->shared_bytes,
                                           on_sm, planner->device->units);
}

/* ---- one CTA for all ------------------------------------------------------------------------ */

/* Plans one CTA, whose warps are the programs. A single program is the CTA itself, with as many
 * warps as it needs. */
static bool plan_block(const struct planner *planner, struct error *error)
{
    const uint32_t programs = planner->plan->programs;
    const uint32_t shared_bytes = planner->device->shared_bytes;
    if (programs > WARPS_MOST)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "STEP_SYNC block runs NUM_PROGRAMS %u as the warps of one CTA, which has at "
            "most %u",
            programs, WARPS_MOST);
    share_out(planner, programs > 1 ? 1 : WARPS_MOST);
    while (programs == 1 && planner->plan->warps > 1 &&
           buffer_bytes(planner, planner->plan->warps) > shared_bytes)
        share_out(planner, planner->plan->warps - 1);
    const uint32_t warps = programs * planner->plan->warps;
    if (buffer_bytes(planner, warps) > shared_bytes)
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC block at HEAD_DIM %" PRId64 ", BLOCK_K %" PRId64
                         " holds the rows of at most %u programs in the %u bytes of shared memory "
                         "of one CTA; NUM_PROGRAMS is %u",
                         planner->knobs->head_dim, planner->knobs->block_k,
                         shared_bytes / buffer_bytes(planner, 1), shared_bytes, programs);
    set_launch(planner, SYNC_BLOCK, 1, warps);
    return is_resident(planner, error);
}

/* ---- one CTA per program -------------------------------------------------------------------- */

/* Chooses as many warps as the batch needs, but few enough for all CTAs that share an SM. */
static void share_ctas(const struct planner *planner)
{
    const struct plan *plan = planner->plan;
    const uint32_t on_sm = ceiling(plan->programs, planner->device->units);
    const uint32_t all = planner->device->shared_bytes + GPU_CTA_RESERVE;
    const uint32_t room = all / on_sm > GPU_CTA_RESERVE ? all / on_sm - GPU_CTA_RESERVE : 0;
    share_out(planner, PERSISTENT_WARPS);
    while (plan->warps > 1 && buffer_bytes(planner, plan->warps) > room)
        share_out(planner, plan->warps - 1);
}

/* Plans one cluster that contains all programs. */
static bool plan_cluster(const struct planner *planner, struct error *error)
{
    struct plan *plan = planner->plan;
    const struct device_info *device = planner->device;
    if (device->cluster_most <= 1)
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC cluster needs compute capability 9.0; this device has %u.%u",
                         device->capability / 10, device->capability % 10);
    if (plan->programs > device->cluster_most)
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC cluster: a cluster has at most %u CTAs; NUM_PROGRAMS is %u",
                         device->cluster_most, plan->programs);
    set_launch(planner, SYNC_CLUSTER, plan->programs, plan->warps);
    return planner->capacity->clusters(planner->capacity, asked(plan), plan->cluster, plan->threads,
                                       plan->shared_bytes) > 0 ||
           error_set(error, ERROR_UNSUPPORTED,
                     "STEP_SYNC cluster: a cluster of %u CTAs of %u threads and %u bytes of shared "
                     "memory does not fit on this device",
                     plan->programs, plan->threads, plan->shared_bytes);
}

static bool plan_grid(const struct planner *planner, enum step_sync sync, struct error *error)
{
    set_launch(planner, sync, planner->plan->programs, planner->plan->warps);
    if (planner->plan->cooperative && !planner->device->cooperative)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "STEP_SYNC flag and grid need cooperative launches, which this device lacks");
    return is_resident(planner, error);
}

/* Plans the cheapest barrier that fits: one CTA, if it has a group of lanes for every sequence;
 * else a cluster; else a counter. */
static bool plan_cheapest(const struct planner *planner, struct error *error)
{
    struct error ignored;
    if (plan_block(planner, &ignored) && planner->plan->passes == 1)
        return true;
    share_ctas(planner);
    return plan_cluster(planner, &ignored) || plan_grid(planner, SYNC_FLAG, error);
}

static bool plan_launch(const struct planner *planner, struct error *error)
{
    const enum step_sync sync = (enum step_sync)planner->knobs->step_sync;
    if (sync == SYNC_AUTO)
        return plan_cheapest(planner, error);
    if (sync == SYNC_BLOCK)
        return plan_block(planner, error);
    share_ctas(planner);
    if (sync == SYNC_CLUSTER && planner->plan->programs > 1)
        return plan_cluster(planner, error);
    return plan_grid(planner, sync, error); /* a cluster of one is just a CTA */
}

/* Buffers PERSISTENT_DEPTH_MOST chunks if that does not change the launch: without a cluster, and
 * if each CTA fits on an SM of its own. */
static void deepen(const struct planner *planner)
{
    struct plan *plan = planner->plan;
    const uint32_t deep_bytes = plan->shared_bytes / plan->stages * PERSISTENT_DEPTH_MOST;
    if (deep_bytes + GPU_CTA_RESERVE > planner->device->shared_bytes || plan->cluster > 1 ||
        plan->ctas > planner->device->units)
        return;
    plan->stages = PERSISTENT_DEPTH_MOST;
    plan->shared_bytes = deep_bytes;
}

bool persistent_plan(const struct persistent_needs *needs, const struct knobs *knobs,
                     const struct device_info *device, const struct capacity *capacity,
                     struct plan *plan, struct error *error)
{
    const uint32_t kernel = choose_kernel(knobs);
    const struct planner planner = {
        .knobs = knobs,
        .device = device,
        .capacity = capacity,
        .plan = plan,
        .lanes = instances[kernel].lanes,
        .tiles = instances[kernel].tiles,
    };
    plan->programs = (uint32_t)knobs->num_programs;
    plan->kernel = needs->kernels[kernel];
    plan->phased = knobs->phases ? needs->phased[kernel] : NULL;
    plan->stages = PERSISTENT_DEPTH;
    if (!plan_launch(&planner, error)) {
        plan->used.step_sync = knobs->step_sync;
        return false;
    }
    if (needs->busy)
        deepen(&planner);
    return gpu_dot_fits(knobs, plan->programs, (uint64_t)knobs->seq_len, needs->more_bytes, device,
                        error);
}
