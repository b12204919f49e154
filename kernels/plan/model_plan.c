#include "model_plan.h"
#include "gpu_memory.h"

#include <math.h>
#include <stdio.h>

#define SPLIT_ROWS 256u /* with fewer rows, a split saves less than combining partials costs */

static uint32_t round_up(uint32_t bytes, uint32_t multiple)
{
    return (bytes + multiple - 1) / multiple * multiple;
}

static uint32_t most_of(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* ---- shared memory -------------------------------------------------------------------------- */

uint32_t model_act_bytes(const struct model_shape *shape)
{
    const struct model_config *config = &shape->config;
    const uint32_t dim = config->head_dim;
    const uint32_t columns = most_of(most_of(config->hidden, config->mlp), config->heads * dim);
    /* Attention (model_attend): queries, a new row of K and V, and per warp softmax weights,
     * statistics and a partial sum. */
    const uint32_t attention =
        MODEL_GROUP_MOST * (dim * 2 + 64) + 2 * dim * 2 +
        MODEL_WARPS * (64 + MODEL_GROUP_MOST * 2 + config->heads / config->kv_heads * dim) *
            (uint32_t)sizeof(float);
    return round_up(most_of(shape->batch * model_act_stride(columns), attention), 128);
}

uint32_t model_own_bytes(const struct model_shape *shape, uint32_t programs)
{
    const uint32_t blocks = shape->config.hidden / MODEL_TILE_ROWS;
    return round_up((blocks + programs - 1) / programs * MODEL_TILE_ROWS * shape->batch *
                        (uint32_t)sizeof(float),
                    128);
}

uint32_t model_phases(const struct model_shape *shape)
{
    return shape->layers * MODEL_LAYER_PHASES + 1;
}

/* ---- device memory -------------------------------------------------------------------------- */

struct gpu_model model_sizes_of(const struct model_shape *shape, uint32_t splits, bool words)
{
    const struct model_config *config = &shape->config;
    return (struct gpu_model){
        .hidden = config->hidden,
        .layers = shape->layers,
        .heads = config->heads,
        .kv_heads = config->kv_heads,
        .head_dim = config->head_dim,
        .group = config->heads / config->kv_heads,
        .mlp = config->mlp,
        .vocabulary = config->vocabulary,
        .batch = shape->batch,
        .context = shape->context,
        .seq_len = shape->seq_len,
        .rows = model_rows(shape),
        .splits = splits,
        .qk_norm = config->qk_norm,
        .epsilon = (float)config->norm_epsilon,
        .scale = (float)(1.4426950408889634 / sqrt(config->head_dim)),
        .words = words,
    };
}

struct model_layout model_lay_out(const struct model_shape *shape, uint32_t splits,
                                  uint32_t programs, bool words)
{
    const struct model_config *config = &shape->config;
    const uint64_t hidden = config->hidden, layers = shape->layers, batch = shape->batch;
    const uint64_t dim = config->head_dim, q_rows = config->heads * dim;
    const uint64_t raw_rows = q_rows + 2 * dim * config->kv_heads;
    const uint64_t sets = model_sets(shape->layers, words);
    const uint64_t most_rows =
        most_of(most_of(config->vocabulary, 2 * config->mlp), config->hidden);
    struct model_layout layout = {0};
    uint64_t at = 0;
#define PLACE(member, bytes) (layout.member = at, at += ((uint64_t)(bytes) + 255) / 256 * 256)
    PLACE(embedding, config->vocabulary * hidden * 2);
    PLACE(head, config->tied ? 0 : config->vocabulary * hidden * 2);
    PLACE(qkv, layers * raw_rows * hidden * 2);
    PLACE(out, layers * hidden * q_rows * 2);
    PLACE(gate_up, layers * 2 * config->mlp * hidden * 2);
    PLACE(down, layers * hidden * config->mlp * 2);
    PLACE(beyond, MODEL_GROUP_BYTES);
    PLACE(attention_norm, layers * hidden * 2);
    PLACE(mlp_norm, layers * hidden * 2);
    PLACE(q_norm, layers * dim * 2);
    PLACE(k_norm, layers * dim * 2);
    PLACE(final_norm, hidden * 2);
    PLACE(rope, shape->seq_len * dim * sizeof(float));
    PLACE(cache[0], model_cache_bytes(shape) / 2);
    PLACE(cache[1], model_cache_bytes(shape) / 2);
    PLACE(logits, batch * shape->seq_len * config->vocabulary * sizeof(float));
    PLACE(first, batch * sizeof(uint32_t));
    layout.zeroed = at;
    PLACE(best, shape->seq_len * batch * sizeof(uint64_t));
    PLACE(step, sizeof(uint32_t) * 2 * MODEL_COUNTER_LINE);
    layout.zeroed_bytes = at - layout.zeroed;
    layout.words = at;
    PLACE(x, sets * 2 * batch * hidden * sizeof(float));
    PLACE(raw, sets * batch * raw_rows * sizeof(float));
    PLACE(mixed, sets * batch * q_rows * 2);
    PLACE(partials, sets *
                        model_partial_words(shape->batch, config->heads, config->head_dim, splits) *
                        sizeof(float));
    PLACE(inner, sets * batch * config->mlp * 2);
    layout.words_bytes = at - layout.words;
    PLACE(normed, batch * hidden * 2);
    PLACE(result, batch * most_rows * sizeof(float));
    PLACE(operations, sizeof(struct gpu_operation) * programs * model_phases(shape));
#undef PLACE
    layout.total = at;
    return layout;
}

/* ---- plans ---------------------------------------------------------------------------------- */

/* SPLITS; if it is `auto`, as many as there are programs per (sequence, K/V head) pair, but at most
 * rows / SPLIT_ROWS, rounded up. */
static uint32_t choose_splits(const struct model_shape *shape, const struct knobs *knobs,
                              uint32_t programs)
{
    const uint32_t pairs = shape->batch * shape->config.kv_heads, rows = model_rows(shape);
    const uint32_t most = programs > pairs ? programs / pairs : 1;
    const uint32_t wanted = (rows + SPLIT_ROWS - 1) / SPLIT_ROWS;
    if (knobs->splits > 0)
        return (uint32_t)knobs->splits < rows ? (uint32_t)knobs->splits : rows;
    return wanted < most ? wanted : most;
}

static bool accepts(const struct model_kernel *kernel, const struct model_shape *shape,
                    const struct device_info *device, struct error *error)
{
    const struct model_config *config = &shape->config;
    const uint32_t dim = config->head_dim;
    if (!gpu_is_capable(device, kernel->capability, kernel->name, error) ||
        (kernel->persistent && !gpu_is_cooperative(device, kernel->name, error)))
        return false;
    if (dim != 32 && dim != 64 && dim != 128)
        return error_set(error, ERROR_UNSUPPORTED,
                         "heads of %u elements: GPU variants of model accept 32, 64 or 128", dim);
    return true;
}

/* Groups in flight in a kernel without a ring. */
static uint32_t choose_depth(const struct model_kernel *kernel, uint32_t fixed,
                             const struct device_info *device)
{
    const uint32_t room = device->shared_bytes > fixed ? device->shared_bytes - fixed : 0;
    const uint32_t groups = room / MODEL_GROUP_BYTES;
    if (groups >= MODEL_DEPTH_MOST && !kernel->overlaps)
        return MODEL_DEPTH_MOST;
    return groups >= MODEL_DEPTH ? MODEL_DEPTH : MODEL_DEPTH_LEAST;
}

/* Replaces `auto` in the ring's knobs: stages fill the rest of shared memory. */
static bool choose_ring(const struct model_kernel *kernel, uint32_t fixed,
                        const struct device_info *device, struct plan *plan, struct error *error)
{
    struct knobs *used = &plan->used;
    const uint32_t room = device->shared_bytes > fixed ? device->shared_bytes - fixed : 0;
    if (used->stage_bytes == KNOB_AUTO)
        used->stage_bytes = MODEL_GROUP_BYTES;
    const uint32_t bytes = (uint32_t)used->stage_bytes + 2 * (uint32_t)sizeof(uint64_t);
    const int64_t most = room / bytes < MODEL_RING_MOST ? room / bytes : MODEL_RING_MOST;
    const int64_t wanted = used->weight_stages != KNOB_AUTO ? used->weight_stages
                           : most > MODEL_RING_LEAST        ? most
                                                            : MODEL_RING_LEAST;
    if (wanted > most)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: %lld stages of %lld bytes do not fit; %u bytes of shared memory are "
                         "left, enough for %lld: lower WEIGHT_STAGES, STAGE_BYTES or BATCH",
                         kernel->name, (long long)wanted, (long long)used->stage_bytes, room,
                         (long long)most);
    used->weight_stages = wanted;
    if (used->loads_in_flight == KNOB_AUTO)
        used->loads_in_flight = 3;
    if (used->loads_in_flight > used->weight_stages)
        used->loads_in_flight = used->weight_stages;
    plan->stages = (uint32_t)used->weight_stages;
    plan->shared_bytes = fixed + plan->stages * bytes;
    return true;
}

static bool fits(const struct model_kernel *kernel, const struct model_shape *shape,
                 const struct device_info *device, const struct plan *plan, struct error *error)
{
    const struct model_layout layout = model_lay_out(shape, plan->splits, plan->ctas, kernel->ring);
    char what[128];
    snprintf(what, sizeof what, "%s with %u layers, BATCH %u, CONTEXT %u, SEQ_LEN %u", kernel->name,
             shape->layers, shape->batch, shape->context, shape->seq_len);
    return gpu_memory_fits(
        what, layout.total + gpu_stamp_bytes(&plan->used, plan->programs, shape->seq_len), device,
        error);
}

bool model_plan(const struct model_kernel *kernel, const struct knobs *knobs,
                const struct device_info *device, const struct capacity *capacity,
                struct plan *plan, struct error *error)
{
    if (!model_resolve(&plan->used, MODEL_LLAMA_1B, error))
        return false;
    const struct model_shape shape = model_shape_of(&plan->used);
    if (!accepts(kernel, &shape, device, error))
        return false;
    const uint32_t dim = model_dim_index(shape.config.head_dim);
    const uint32_t range = model_batch_range(shape.batch);
    plan->ctas = device->units;
    plan->programs = kernel->persistent ? plan->ctas : 1;
    plan->threads = 32 * MODEL_WARPS + (kernel->ring ? MODEL_LOADER_THREADS : 0);
    plan->warps = MODEL_WARPS;
    plan->cluster = 1;
    plan->cooperative = kernel->persistent;
    plan->kernel = kernel->kernels[range][dim];
    plan->phased = plan->used.phases && kernel->phased ? kernel->phased[range][dim] : NULL;
    plan->splits = choose_splits(&shape, knobs, plan->ctas);
    plan->used.splits = plan->splits;
    uint32_t fixed = model_act_bytes(&shape) + model_sums_bytes(shape.batch) + MODEL_SMALL_BYTES;
    if (kernel->persistent)
        fixed += model_own_bytes(&shape, plan->ctas);
    if (!kernel->ring)
        plan->stages = choose_depth(kernel, fixed, device);
    plan->shared_bytes = fixed + plan->stages * MODEL_GROUP_BYTES;
    if (kernel->ring && !choose_ring(kernel, fixed, device, plan, error))
        return false;
    if (capacity->ctas_per_sm(capacity, plan->kernel, plan->threads, plan->shared_bytes) == 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: a CTA of %u threads with %u bytes of shared memory does not fit on "
                         "this GPU; a smaller BATCH needs less",
                         kernel->name, plan->threads, plan->shared_bytes);
    plan->work_bytes = model_lay_out(&shape, plan->splits, plan->ctas, kernel->ring).total;
    return fits(kernel, &shape, device, plan, error);
}
