#include "model_plan.h"

#include <stdlib.h>

uint32_t model_phase_blocks(const struct model_shape *shape, enum model_phase phase,
                            uint32_t splits)
{
    const struct model_config *config = &shape->config;
    const uint32_t heads = config->heads, kv_heads = config->kv_heads;
    switch (phase) {
    case PHASE_QKV:
        return (heads + 2 * kv_heads) * config->head_dim / MODEL_TILE_ROWS;
    case PHASE_ATTENTION:
        return shape->batch * kv_heads * splits;
    case PHASE_OUT:
    case PHASE_DOWN:
        return config->hidden / MODEL_TILE_ROWS;
    case PHASE_GATE_UP:
        return 2 * config->mlp / MODEL_TILE_ROWS;
    case PHASE_HEAD:
        return config->vocabulary / MODEL_TILE_ROWS;
    }
    return 0;
}

struct model_share model_share_of(const struct model_shape *shape, enum model_phase phase,
                                  uint32_t splits, uint32_t programs, uint32_t program)
{
    /* A gate's row block and its up's stay together. */
    const uint64_t unit = phase == PHASE_GATE_UP ? 2 : 1;
    const uint64_t units = model_phase_blocks(shape, phase, splits) / unit;
    const uint32_t first = (uint32_t)(units * program / programs * unit);
    const uint32_t next = (uint32_t)(units * (program + 1) / programs * unit);
    return (struct model_share){.first = first, .count = next - first};
}

uint32_t model_phases(const struct model_shape *shape)
{
    return shape->layers * MODEL_LAYER_PHASES + 1;
}

void model_schedule_free(struct model_schedule *schedule)
{
    free(schedule->tasks);
    free(schedule->arrivals);
    *schedule = (struct model_schedule){0};
}

/* The K/V heads, as bits, whose attention reads some of a program's rows of Q, K and V. */
static uint32_t find_heads(const struct model_shape *shape, const struct model_share *share)
{
    const struct model_config *config = &shape->config;
    const uint32_t group = config->heads / config->kv_heads;
    uint32_t found = 0;
    for (uint32_t block = share->first; block < share->first + share->count; block++) {
        const uint32_t head = block * MODEL_TILE_ROWS / config->head_dim;
        const uint32_t g =
            head < config->heads ? head / group : (head - config->heads) % config->kv_heads;
        found |= UINT32_C(1) << g;
    }
    return found;
}

/* The counters of the heads that some parts of attention read. Parts of several sequences may read
 * heads that are not neighbours: then all. */
static void wait_for_heads(const struct model_shape *shape, uint32_t splits, uint32_t counter,
                           struct model_task *task)
{
    const uint32_t kv_heads = shape->config.kv_heads;
    const uint32_t first = task->first / splits, last = (task->first + task->count - 1) / splits;
    const bool one = first / kv_heads == last / kv_heads;
    task->wait = counter + (one ? first % kv_heads : 0);
    task->waits = (uint8_t)(one ? last - first + 1 : kv_heads);
}

static void add_arrivals(struct model_schedule *schedule, const struct model_task *task)
{
    for (uint32_t i = 0; i < MODEL_FLAGS_MOST; i++)
        if (task->signals >> i & 1)
            schedule->arrivals[task->signal + i]++;
}

bool model_schedule_make(const struct model_shape *shape, uint32_t splits, uint32_t programs,
                         bool everybody, struct model_schedule *schedule)
{
    const uint32_t phases = model_phases(shape), kv_heads = shape->config.kv_heads;
    const uint32_t per_qkv = everybody ? 1 : kv_heads;
    const uint32_t per_layer = per_qkv + MODEL_LAYER_PHASES - 1;
    *schedule = (struct model_schedule){
        .tasks = calloc((size_t)programs * phases, sizeof *schedule->tasks),
        .programs = programs,
        .phases = phases,
        .counters = shape->layers * per_layer + 1,
    };
    schedule->arrivals = calloc(schedule->counters, sizeof *schedule->arrivals);
    if (schedule->tasks == NULL || schedule->arrivals == NULL) {
        model_schedule_free(schedule);
        return false;
    }
    for (uint32_t program = 0; program < programs; program++) {
        uint32_t before = schedule->counters - 1; /* the previous phase's first counter */
        for (uint32_t i = 0, counter = 0; i < phases; i++) {
            struct model_task *task = &schedule->tasks[(size_t)program * phases + i];
            const bool last = i + 1 == phases;
            const enum model_phase phase =
                last ? PHASE_HEAD : (enum model_phase)(i % MODEL_LAYER_PHASES);
            const struct model_share share =
                model_share_of(shape, phase, splits, programs, program);
            *task = (struct model_task){
                .phase = (uint8_t)phase,
                .layer = (uint16_t)(last ? 0 : i / MODEL_LAYER_PHASES),
                .first = share.first,
                .count = share.count,
                .wait = before,
                .waits = 1,
                .previous = i == 0,
                .signal = counter,
                .signals = 1,
            };
            if (!everybody && share.count == 0) {
                task->waits = 0;
                task->signals = 0;
            } else if (!everybody && phase == PHASE_QKV) {
                task->signals = find_heads(shape, &share);
            } else if (!everybody && phase == PHASE_ATTENTION) {
                wait_for_heads(shape, splits, before, task);
            }
            add_arrivals(schedule, task);
            before = counter;
            counter += phase == PHASE_QKV ? per_qkv : 1;
        }
    }
    return true;
}
