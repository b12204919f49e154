#include "model_replay.h"
#include "model_arithmetic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TASK_ROWS 64u /* weight rows per task of the thread pool */

static void *take(size_t count, size_t bytes)
{
    return aligned_alloc(MODEL_LINE_BYTES, (count * bytes + MODEL_LINE_BYTES - 1) /
                                               MODEL_LINE_BYTES * MODEL_LINE_BYTES);
}

bool model_replay_open(struct model_replay *replay, const struct workload_order *order)
{
    *replay = (struct model_replay){
        .shape = model_shape_of(order->knobs),
        .order = order,
        .arithmetic = model_arithmetic_choose(),
    };
    const struct model_config *config = &replay->shape.config;
    const size_t seq_len = replay->shape.seq_len;
    struct {
        double **at;
        size_t columns;
    } const arrays[] = {
        {&replay->x, config->hidden},
        {&replay->n, config->hidden},
        {&replay->q, (size_t)config->heads * config->head_dim},
        {&replay->attention, (size_t)config->heads * config->head_dim},
        {&replay->k, model_kv_columns(config)},
        {&replay->v, model_kv_columns(config)},
        {&replay->gate, config->mlp},
        {&replay->up, config->mlp},
    };
    size_t elements = config->head_dim / 2;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        elements += seq_len * arrays[i].columns;
    double *at = replay->memory = take(elements, sizeof *at);
    if (!at)
        return false;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i].at = at;
        at += seq_len * arrays[i].columns;
    }
    replay->frequencies = at;
    model_rope_frequencies(config, replay->frequencies);
    return true;
}

void model_replay_close(struct model_replay *replay)
{
    free(replay->memory);
}

bool model_replay_is_over(const struct model_replay *replay)
{
    return workload_cancelled(replay->order) ||
           __atomic_load_n(&replay->failed, __ATOMIC_RELAXED) != 0;
}

static void fail(struct model_replay *replay)
{
    __atomic_store_n(&replay->failed, 1, __ATOMIC_RELAXED);
}

static void run_tasks(const struct workload_crew *crew, uint32_t count,
                      void (*task)(void *argument, uint32_t i), void *argument)
{
    if (crew) {
        crew->run(crew, count, task, argument);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        task(argument, i);
}

/* ---- matrices ------------------------------------------------------------------------------- */

/* The arguments of model_replay_multiply. */
struct product {
    struct model_replay *replay;
    enum model_tensor tensor;
    uint32_t layer;
    struct model_size size;
    const double *in;
    double *out;
    size_t stride;
    bool adds;
};

/* Multiplies up to MODEL_ROWS_ONCE rows from `row` on. `weights` and `stored` are scratch. */
static void multiply_rows(const struct product *product, uint32_t row, double *weights,
                          uint16_t *stored)
{
    const struct model_replay *replay = product->replay;
    const uint32_t columns = product->size.columns, seq_len = replay->shape.seq_len;
    const uint32_t left = product->size.rows - row;
    const uint32_t rows = left < MODEL_ROWS_ONCE ? left : MODEL_ROWS_ONCE;
    for (uint32_t r = 0; r < rows; r++) {
        model_weight_row(&replay->shape, product->tensor, product->layer, row + r, stored);
        replay->arithmetic->widen(stored, columns, weights + (size_t)r * columns);
    }
    for (uint32_t t = 0; t < seq_len; t += MODEL_TOKENS_ONCE) {
        double sums[MODEL_ROWS_ONCE][MODEL_TOKENS_ONCE];
        const uint32_t tokens = seq_len - t < MODEL_TOKENS_ONCE ? seq_len - t : MODEL_TOKENS_ONCE;
        replay->arithmetic->multiply(weights, product->in + (size_t)t * columns, columns, tokens,
                                     sums);
        for (uint32_t r = 0; r < rows; r++)
            for (uint32_t i = 0; i < tokens; i++) {
                double *out = product->out + (t + i) * product->stride + row + r;
                *out = product->adds ? *out + sums[r][i] : sums[r][i];
            }
    }
}

static void multiply_task(void *argument, uint32_t i)
{
    const struct product *product = argument;
    const uint32_t columns = product->size.columns, first = i * TASK_ROWS;
    const uint32_t left = product->size.rows - first;
    const uint32_t last = first + (left < TASK_ROWS ? left : TASK_ROWS);
    if (model_replay_is_over(product->replay))
        return;
    double *weights = take((size_t)MODEL_ROWS_ONCE * columns, sizeof *weights);
    uint16_t *stored = take(columns, sizeof *stored);
    if (weights && stored) {
        memset(weights, 0, (size_t)MODEL_ROWS_ONCE * columns * sizeof *weights);
        for (uint32_t row = first; row < last && !model_replay_is_over(product->replay);
             row += MODEL_ROWS_ONCE)
            multiply_rows(product, row, weights, stored);
    } else {
        fail(product->replay);
    }
    free(weights);
    free(stored);
}

void model_replay_multiply(struct model_replay *replay, enum model_tensor tensor, uint32_t layer,
                           /* NOLINTNEXTLINE(readability-non-const-parameter): it is written */
                           const double *in, double *out, size_t stride, bool adds)
{
    struct product product = {
        .replay = replay,
        .tensor = tensor,
        .layer = layer,
        .size = model_size_of(&replay->shape.config, tensor),
        .in = in,
        .out = out,
        .stride = stride,
        .adds = adds,
    };
    run_tasks(replay->order->crew, (product.size.rows + TASK_ROWS - 1) / TASK_ROWS, multiply_task,
              &product);
}

/* ---- attention ------------------------------------------------------------------------------ */

struct attention {
    struct model_replay *replay;
    uint32_t layer;
};

/* Fills a tile with rows [first, first + rows) of K/V head g, from the context's cache rows and
 * from the replay's own rows. */
static void make_tile(const struct attention *attention, uint32_t g, uint32_t first, uint32_t rows,
                      struct model_tile *tile)
{
    const struct model_replay *replay = attention->replay;
    const struct model_shape *shape = &replay->shape;
    const uint32_t head_dim = shape->config.head_dim;
    uint16_t stored[MODEL_HEAD_DIM_MOST];
    for (uint32_t row = 0; row < rows; row++)
        for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++) {
            double *to = (side == ATTENTION_K ? tile->k : tile->v) + (size_t)row * head_dim;
            if (first + row < shape->context) {
                model_cache_row(shape, side, attention->layer,
                                replay->b * shape->config.kv_heads + g, first + row, stored);
                replay->arithmetic->widen(stored, head_dim, to);
            } else {
                const double *from = side == ATTENTION_K ? replay->k : replay->v;
                memcpy(to,
                       from +
                           (size_t)(first + row - shape->context) *
                               model_kv_columns(&shape->config) +
                           (size_t)g * head_dim,
                       head_dim * sizeof *to);
            }
        }
}

/* Computes attention for all query heads that read K/V head g: sums[seq_len][group]. False:
 * cancelled. */
static bool attend_head(const struct attention *attention, uint32_t g, struct model_tile *tile,
                        struct model_sums *sums)
{
    const struct model_replay *replay = attention->replay;
    const struct model_shape *shape = &replay->shape;
    const uint32_t group = shape->config.heads / shape->config.kv_heads;
    const uint32_t head_dim = shape->config.head_dim, all = shape->context + shape->seq_len;
    for (uint32_t i = 0; i < shape->seq_len * group; i++)
        sums[i] = (struct model_sums){.most = -INFINITY};
    for (uint32_t first = 0; first < all; first += MODEL_TILE) {
        const uint32_t rows = all - first < MODEL_TILE ? all - first : MODEL_TILE;
        if (model_replay_is_over(replay))
            return false;
        make_tile(attention, g, first, rows, tile);
        for (uint32_t t = 0; t < shape->seq_len; t++) {
            const uint32_t end = shape->context + t + 1; /* rows that step t attends to */
            const uint32_t seen = end <= first ? 0 : end - first < rows ? end - first : rows;
            for (uint32_t h = 0; h < group && seen > 0; h++)
                replay->arithmetic->attend(
                    tile,
                    replay->q +
                        ((size_t)t * shape->config.heads + (size_t)g * group + h) * head_dim,
                    head_dim, seen, &sums[(size_t)t * group + h]);
        }
    }
    return true;
}

static void attend_task(void *argument, uint32_t g)
{
    const struct attention *attention = argument;
    struct model_replay *replay = attention->replay;
    const struct model_config *config = &replay->shape.config;
    const uint32_t group = config->heads / config->kv_heads, seq_len = replay->shape.seq_len;
    struct model_tile *tile = take(1, sizeof *tile);
    struct model_sums *sums = take((size_t)seq_len * group, sizeof *sums);
    if (!tile || !sums) {
        fail(replay);
    } else if (attend_head(attention, g, tile, sums)) {
        for (uint32_t t = 0; t < seq_len; t++)
            for (uint32_t h = 0; h < group; h++)
                for (uint32_t d = 0; d < config->head_dim; d++)
                    replay->attention[((size_t)t * config->heads + (size_t)g * group + h) *
                                          config->head_dim +
                                      d] =
                        sums[(size_t)t * group + h].out[d] / sums[(size_t)t * group + h].weight;
    }
    free(tile);
    free(sums);
}

void model_replay_attend(struct model_replay *replay, uint32_t layer)
{
    struct attention attention = {.replay = replay, .layer = layer};
    run_tasks(replay->order->crew, replay->shape.config.kv_heads, attend_task, &attention);
}
