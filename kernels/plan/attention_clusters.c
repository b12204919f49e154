#include "attention_clusters.h"
#include "gpu_memory.h"

#define STAGES_LEAST 2u /* as for KV_STAGES */
#define STAGES_MOST  8u /* as for KV_STAGES */

/* The least number of row blocks per CTA in a larger cluster. With fewer, a CTA takes longer to
 * send its sums than to read its rows. */
#define BLOCKS_LEAST 4u

/* If clusters leave at least half of the SMs idle, they are used only if each CTA reads at most
 * this many bytes per step. */
#define SHORT_BYTES_MOST (UINT64_C(1) << 20)

uint32_t attention_cluster_bytes(const struct attention_shape *shape,
                                 const struct attention_units *units, uint32_t warps,
                                 uint32_t parts)
{
    const uint32_t row = shape->head_dim * attention_element_bytes(shape->type);
    const uint32_t queries = units->columns * (row + 16) + 2 * units->heads * row;
    const uint32_t statistics = (warps + 2 * parts) * units->columns * 8;
    const uint32_t exchange = warps * units->heads * (shape->head_dim + 4) * 4;
    const uint32_t received = 2 * parts * units->heads * shape->head_dim * 4;
    const uint32_t barriers = 2048; /* bytes for barriers and other words */
    const uint32_t align = 1024;
    return queries + statistics + exchange + received + barriers + align;
}

/* The inputs of a plan. */
struct maker {
    const struct attention_loader *loader;
    const struct knobs *knobs;
    const struct device_info *device;
    const struct capacity *capacity;
    struct attention_shape shape;
    struct attention_units units;
};

static uint64_t blocks_of(const struct attention_shape *shape)
{
    const uint32_t rows = attention_row_block(shape);
    return (attention_rows(shape) + rows - 1) / rows;
}

/* How many CTAs per SM are needed to run all units at once. */
static uint32_t ctas_needed(const struct maker *maker, uint32_t parts)
{
    uint32_t ctas = 1;
    if (maker->knobs->ctas_per_sm != KNOB_AUTO)
        return (uint32_t)maker->knobs->ctas_per_sm;
    while (ctas < 8 && (uint64_t)maker->units.count * parts > (uint64_t)maker->device->units * ctas)
        ctas *= 2;
    return ctas;
}

/* Chooses stages and shared memory for CTAs of plan->warps warps. */
static bool fill_memory(const struct maker *maker, uint32_t ctas_per_sm, struct plan *plan)
{
    const uint32_t room =
        (maker->device->shared_bytes + GPU_CTA_RESERVE) / ctas_per_sm - GPU_CTA_RESERVE;
    const uint32_t fixed =
        attention_cluster_bytes(&maker->shape, &maker->units, plan->warps, plan->cluster);
    const uint32_t stage = plan->warps * attention_row_block_bytes(&maker->shape);
    const uint32_t most = room > fixed ? (room - fixed) / stage : 0;
    const uint32_t enough = ATTENTION_RING_BYTES / ctas_per_sm / stage;
    plan->stages = enough > STAGES_LEAST ? enough : STAGES_LEAST;
    plan->stages = plan->stages < most ? plan->stages : most;
    plan->stages = plan->stages < STAGES_MOST ? plan->stages : STAGES_MOST;
    if (maker->knobs->kv_stages != KNOB_AUTO)
        plan->stages = (uint32_t)maker->knobs->kv_stages;
    plan->shared_bytes = fixed + plan->stages * stage;
    return plan->stages >= STAGES_LEAST && plan->stages <= most;
}

/* Whether all units fit on the device at once as clusters of `parts` CTAs. If so, completes the
 * plan. */
static bool fits(const struct maker *maker, uint32_t parts, struct plan *plan)
{
    const uint32_t ctas_per_sm = ctas_needed(maker, parts), kernel = maker->units.kernel;
    const bool any_tile = maker->knobs->kv_tile == KNOB_AUTO;
    plan->kernel = maker->loader->clustered[kernel];
    plan->phased = maker->knobs->phases ? maker->loader->clustered_phased[kernel] : NULL;
    plan->cluster = parts;
    plan->cooperative = false;
    plan->warps = any_tile ? ATTENTION_WARPS / ctas_per_sm : (uint32_t)maker->knobs->kv_tile / 16;
    while (!fill_memory(maker, ctas_per_sm, plan)) {
        if (!any_tile || plan->warps <= 1)
            return false;
        plan->warps /= 2;
    }
    plan->threads = 32 * (plan->warps + (plan->warps + 1) / 2);
    plan->programs = plan->ctas = maker->units.count * parts;
    plan->splits = parts;
    plan->used.splits = parts;
    plan->used.step_sync = SYNC_CLUSTER;
    plan->used.ctas_per_sm = ctas_per_sm;
    plan->used.kv_tile = (int64_t)plan->warps * 16;
    plan->used.kv_stages = plan->stages;
    const struct capacity *capacity = maker->capacity;
    const void *asked = plan->phased != NULL ? plan->phased : plan->kernel;
    if (parts > 1)
        return capacity->clusters(capacity, asked, parts, plan->threads, plan->shared_bytes) >=
               maker->units.count;
    return (uint64_t)capacity->ctas_per_sm(capacity, asked, plan->threads, plan->shared_bytes) *
               maker->device->units >=
           maker->units.count;
}

/* Whether clusters of `parts` CTAs are faster than programs that share all rows evenly. */
static bool is_worth(const struct maker *maker, uint32_t parts)
{
    const struct attention_shape *shape = &maker->shape;
    const uint64_t bytes = blocks_of(shape) * attention_row_block_bytes(shape) / parts;
    return (uint64_t)maker->units.count * parts * 2 > maker->device->units ||
           bytes <= SHORT_BYTES_MOST;
}

/* Chooses the largest clusters whose CTAs have enough rows and need at most one place per SM
 * (CTAS_PER_SM if it is set). Otherwise chooses single CTAs. */
static bool choose(const struct maker *maker, struct plan *plan)
{
    const uint64_t blocks = blocks_of(&maker->shape);
    const uint32_t ctas =
        maker->knobs->ctas_per_sm == KNOB_AUTO ? 1 : (uint32_t)maker->knobs->ctas_per_sm;
    for (uint32_t parts = ATTENTION_CLUSTER_MOST; parts > 1; parts /= 2)
        if (parts <= maker->device->cluster_most && blocks >= (uint64_t)parts * BLOCKS_LEAST &&
            (uint64_t)maker->units.count * parts <= (uint64_t)maker->device->units * ctas &&
            is_worth(maker, parts) && fits(maker, parts, plan))
            return true;
    return is_worth(maker, 1) && fits(maker, 1, plan);
}

static enum attention_clusters refuse(const struct maker *maker, struct error *error)
{
    error_set(error, ERROR_UNSUPPORTED,
              "%s: STEP_SYNC cluster needs bf16 or fp16, SPLITS 1, 2, 4, 8 or 16, and room for all "
              "%u K/V heads of the batch at once; use STEP_SYNC auto",
              maker->loader->name, maker->units.count);
    return ATTENTION_CLUSTERS_REFUSED;
}

enum attention_clusters attention_plan_clusters(const struct attention_loader *loader,
                                                const struct knobs *knobs,
                                                const struct device_info *device,
                                                const struct capacity *capacity, struct plan *plan,
                                                struct error *error)
{
    const struct plan begun = *plan;
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct maker maker = {
        .loader = loader,
        .knobs = knobs,
        .device = device,
        .capacity = capacity,
        .shape = shape,
        .units = attention_units_of(&shape),
    };
    const uint32_t parts = (uint32_t)knobs->splits;
    const bool asked = knobs->step_sync == SYNC_CLUSTER;
    bool right = false;
    if (loader->clustered == NULL)
        return ATTENTION_CLUSTERS_NONE;
    if (knobs->step_sync != SYNC_AUTO && knobs->step_sync != SYNC_FLAG && !asked) {
        error_set(error, ERROR_UNSUPPORTED,
                  "%s synchronises by a counter or within a cluster: use STEP_SYNC auto, flag or "
                  "cluster",
                  loader->name);
        return ATTENTION_CLUSTERS_REFUSED;
    }
    plan->used.step_sync = SYNC_FLAG;
    if (knobs->step_sync == SYNC_FLAG)
        return ATTENTION_CLUSTERS_NONE;
    if (loader->clustered[maker.units.kernel] != NULL && device->cluster_most > 1) {
        if (parts == 0)
            right = (asked || shape.reach == 0) && choose(&maker, plan);
        else if (parts <= ATTENTION_CLUSTER_MOST && parts <= device->cluster_most &&
                 (parts & (parts - 1)) == 0)
            right = (asked || (shape.reach == 0 && is_worth(&maker, parts))) &&
                    fits(&maker, parts, plan);
    }
    if (right)
        return ATTENTION_CLUSTERS_PLANNED;
    if (asked)
        return refuse(&maker, error);
    *plan = begun;
    plan->used.step_sync = SYNC_FLAG;
    return ATTENTION_CLUSTERS_NONE;
}
