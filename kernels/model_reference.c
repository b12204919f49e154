#include "model_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LANES      8u  /* numbers per SIMD vector */
#define ROWS       4u  /* weight rows multiplied at once */
#define TOKENS     4u  /* ... by so many tokens' activations */
#define TASK_ROWS  64u /* weight rows per task of the crew */
#define TILE       64u /* cache rows at once */
#define LINE_BYTES 64u

typedef double lanes __attribute__((vector_size(LANES * 8)));
typedef float floats __attribute__((vector_size(LANES * 4)));
typedef uint32_t words __attribute__((vector_size(LANES * 4)));
typedef uint16_t halves __attribute__((vector_size(LANES * 2)));

struct path;

/* One sequence, all of its steps. Matrices of activations are [seq_len][columns]. */
struct replay {
    struct model_shape shape;
    const struct workload_order *order;
    const struct path *path;
    uint32_t b;
    double *x, *n;                 /* [hidden] */
    double *q, *k, *v, *attention; /* heads of rows; k and v are rounded as the cache does */
    double *gate, *up;             /* [mlp] */
    double *frequencies;
    void *memory;
    uint32_t failed; /* atomic: out of memory */
};

/* ---- arithmetic, once per SIMD path --------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

/* bf16 to double. */
INLINE void widen(const uint16_t *stored, uint32_t columns, double *values)
{
    for (uint32_t i = 0; i < columns; i += LANES) {
        halves from;
        memcpy(&from, stored + i, sizeof from);
        const words bits = __builtin_convertvector(from, words) << 16;
        const lanes wide = __builtin_convertvector((floats)bits, lanes);
        memcpy(values + i, &wide, sizeof wide);
    }
}

INLINE double sum_lanes(const lanes *vector)
{
    double sum = 0;
    for (uint32_t i = 0; i < LANES; i++)
        sum += (*vector)[i];
    return sum;
}

/* sums[row][token] of ROWS weight rows and `tokens` rows of activations. */
INLINE void multiply(const double *weights, const double *in, uint32_t columns, uint32_t tokens,
                     double sums[ROWS][TOKENS])
{
    lanes products[ROWS][TOKENS] = {{{0}}};
    for (uint32_t i = 0; i < columns; i += LANES) {
        lanes x[TOKENS];
#pragma GCC unroll 4
        for (uint32_t t = 0; t < tokens; t++)
            memcpy(&x[t], in + (size_t)t * columns + i, sizeof x[t]);
#pragma GCC unroll 4
        for (uint32_t r = 0; r < ROWS; r++) {
            lanes weight;
            memcpy(&weight, weights + (size_t)r * columns + i, sizeof weight);
#pragma GCC unroll 4
            for (uint32_t t = 0; t < tokens; t++)
                products[r][t] += weight * x[t];
        }
    }
#pragma GCC unroll 4
    for (uint32_t r = 0; r < ROWS; r++)
#pragma GCC unroll 4
        for (uint32_t t = 0; t < tokens; t++)
            sums[r][t] = sum_lanes(&products[r][t]);
}

/* Rows of K and V, and the running softmax of a query over them. */
struct tile {
    _Alignas(LINE_BYTES) double k[TILE * MODEL_HEAD_DIM_MOST];
    _Alignas(LINE_BYTES) double v[TILE * MODEL_HEAD_DIM_MOST];
};

struct sums {
    _Alignas(LINE_BYTES) double out[MODEL_HEAD_DIM_MOST];
    double most, weight;
};

/* Adds the first `rows` rows of a tile. M. Milakov, N. Gimelshein, "Online normalizer calculation
 * for softmax", 2018. */
INLINE void attend(const struct tile *tile, const double *query, uint32_t head_dim, uint32_t rows,
                   struct sums *sums)
{
    const uint32_t vectors = head_dim / LANES;
    const double scale = 1 / sqrt(head_dim);
    double weights[TILE], most = sums->most;
    lanes *out = (lanes *)(void *)sums->out;
    for (uint32_t row = 0; row < rows; row++) {
        const lanes *k = (const void *)(tile->k + (size_t)row * head_dim);
        lanes products = {0};
        for (uint32_t i = 0; i < vectors; i++) {
            lanes q;
            memcpy(&q, query + (size_t)i * LANES, sizeof q);
            products += q * k[i];
        }
        weights[row] = sum_lanes(&products) * scale;
        most = weights[row] > most ? weights[row] : most;
    }
    const double rescale = exp(sums->most - most);
    sums->most = most;
    sums->weight *= rescale;
    for (uint32_t i = 0; i < vectors; i++)
        out[i] *= rescale;
    for (uint32_t row = 0; row < rows; row++) {
        const lanes *v = (const void *)(tile->v + (size_t)row * head_dim);
        const double weight = exp(weights[row] - most);
        sums->weight += weight;
        for (uint32_t i = 0; i < vectors; i++)
            out[i] += weight * v[i];
    }
}

/* The functions of one SIMD path. */
struct path {
    void (*widen)(const uint16_t *stored, uint32_t columns, double *values);
    void (*multiply)(const double *weights, const double *in, uint32_t columns, uint32_t tokens,
                     double sums[ROWS][TOKENS]);
    void (*attend)(const struct tile *tile, const double *query, uint32_t head_dim, uint32_t rows,
                   struct sums *sums);
};

/* `multiply` with a constant number of tokens keeps its sums in registers. */
/* NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute */
#define PATH(NAME, TARGET)                                                                         \
    TARGET static void widen_##NAME(const uint16_t *stored, uint32_t columns, double *values)      \
    {                                                                                              \
        widen(stored, columns, values);                                                            \
    }                                                                                              \
    TARGET static void multiply_##NAME(const double *weights, const double *in, uint32_t columns,  \
                                       uint32_t tokens, double sums[ROWS][TOKENS])                 \
    {                                                                                              \
        if (tokens == TOKENS)                                                                      \
            multiply(weights, in, columns, TOKENS, sums);                                          \
        else if (tokens == 3)                                                                      \
            multiply(weights, in, columns, 3, sums);                                               \
        else if (tokens == 2)                                                                      \
            multiply(weights, in, columns, 2, sums);                                               \
        else                                                                                       \
            multiply(weights, in, columns, 1, sums);                                               \
    }                                                                                              \
    TARGET static void attend_##NAME(const struct tile *tile, const double *query,                 \
                                     uint32_t head_dim, uint32_t rows, struct sums *sums)          \
    {                                                                                              \
        attend(tile, query, head_dim, rows, sums);                                                 \
    }                                                                                              \
    static const struct path path_##NAME = {widen_##NAME, multiply_##NAME, attend_##NAME};
/* NOLINTEND(bugprone-macro-parentheses) */

PATH(baseline, )

#if defined(__x86_64__)

PATH(avx2, __attribute__((target("avx2,fma"))))
PATH(avx512, __attribute__((target("avx512f"))))

static const struct path *choose_path(void)
{
    return __builtin_cpu_supports("avx512f")                                 ? &path_avx512
           : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &path_avx2
                                                                             : &path_baseline;
}

#else

static const struct path *choose_path(void)
{
    return &path_baseline;
}

#endif

/* ---- tasks ---------------------------------------------------------------------------------- */

static bool is_over(const struct replay *replay)
{
    return workload_cancelled(replay->order) ||
           __atomic_load_n(&replay->failed, __ATOMIC_RELAXED) != 0;
}

static void fail(struct replay *replay)
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

static void *take(size_t count, size_t bytes)
{
    return aligned_alloc(LINE_BYTES, (count * bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES);
}

/* A matrix times the activations of all steps: out[t * stride + row] of in[seq_len][columns]. */
struct product {
    struct replay *replay;
    enum model_tensor tensor;
    uint32_t layer;
    struct model_size size;
    const double *in;
    double *out;
    size_t stride;
    bool adds; /* to what out holds */
};

/* Up to ROWS rows from `row` on; `weights` and `stored` are scratch. */
static void multiply_rows(const struct product *product, uint32_t row, double *weights,
                          uint16_t *stored)
{
    const struct replay *replay = product->replay;
    const uint32_t columns = product->size.columns, seq_len = replay->shape.seq_len;
    const uint32_t left = product->size.rows - row, rows = left < ROWS ? left : ROWS;
    for (uint32_t r = 0; r < rows; r++) {
        model_weight_row(&replay->shape, product->tensor, product->layer, row + r, stored);
        replay->path->widen(stored, columns, weights + (size_t)r * columns);
    }
    for (uint32_t t = 0; t < seq_len; t += TOKENS) {
        double sums[ROWS][TOKENS];
        const uint32_t tokens = seq_len - t < TOKENS ? seq_len - t : TOKENS;
        replay->path->multiply(weights, product->in + (size_t)t * columns, columns, tokens, sums);
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
    if (is_over(product->replay))
        return;
    double *weights = take((size_t)ROWS * columns, sizeof *weights);
    uint16_t *stored = take(columns, sizeof *stored);
    if (weights && stored) {
        memset(weights, 0, (size_t)ROWS * columns * sizeof *weights);
        for (uint32_t row = first; row < last && !is_over(product->replay); row += ROWS)
            multiply_rows(product, row, weights, stored);
    } else {
        fail(product->replay);
    }
    free(weights);
    free(stored);
}

static void multiply_all(struct replay *replay, enum model_tensor tensor, uint32_t layer,
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
    struct replay *replay;
    uint32_t layer;
};

/* Rows [first, first + rows) of K/V head g: of the context, or made by this replay. */
static void make_tile(const struct attention *attention, uint32_t g, uint32_t first, uint32_t rows,
                      struct tile *tile)
{
    const struct replay *replay = attention->replay;
    const struct model_shape *shape = &replay->shape;
    const uint32_t head_dim = shape->config.head_dim;
    uint16_t stored[MODEL_HEAD_DIM_MOST];
    for (uint32_t row = 0; row < rows; row++)
        for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++) {
            double *to = (side == ATTENTION_K ? tile->k : tile->v) + (size_t)row * head_dim;
            if (first + row < shape->context) {
                model_cache_row(shape, side, attention->layer,
                                replay->b * shape->config.kv_heads + g, first + row, stored);
                replay->path->widen(stored, head_dim, to);
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

/* All queries that read K/V head g: sums[seq_len][group]. False: cancelled. */
static bool attend_head(const struct attention *attention, uint32_t g, struct tile *tile,
                        struct sums *sums)
{
    const struct replay *replay = attention->replay;
    const struct model_shape *shape = &replay->shape;
    const uint32_t group = shape->config.heads / shape->config.kv_heads;
    const uint32_t head_dim = shape->config.head_dim, all = shape->context + shape->seq_len;
    for (uint32_t i = 0; i < shape->seq_len * group; i++)
        sums[i] = (struct sums){.most = -INFINITY};
    for (uint32_t first = 0; first < all; first += TILE) {
        const uint32_t rows = all - first < TILE ? all - first : TILE;
        if (is_over(replay))
            return false;
        make_tile(attention, g, first, rows, tile);
        for (uint32_t t = 0; t < shape->seq_len; t++) {
            const uint32_t end = shape->context + t + 1; /* rows that step t sees */
            const uint32_t seen = end <= first ? 0 : end - first < rows ? end - first : rows;
            for (uint32_t h = 0; h < group && seen > 0; h++)
                replay->path->attend(tile,
                                     replay->q +
                                         ((size_t)t * shape->config.heads + (size_t)g * group + h) *
                                             head_dim,
                                     head_dim, seen, &sums[(size_t)t * group + h]);
        }
    }
    return true;
}

static void attend_task(void *argument, uint32_t g)
{
    const struct attention *attention = argument;
    struct replay *replay = attention->replay;
    const struct model_config *config = &replay->shape.config;
    const uint32_t group = config->heads / config->kv_heads, seq_len = replay->shape.seq_len;
    struct tile *tile = take(1, sizeof *tile);
    struct sums *sums = take((size_t)seq_len * group, sizeof *sums);
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

/* ---- the layers ----------------------------------------------------------------------------- */

/* out = rms_norm(in) * weight for `count` rows; in and out may be the same. */
static void normalise(const struct replay *replay, enum model_tensor tensor, uint32_t layer,
                      uint32_t count, const double *in, double *out)
{
    const uint32_t columns = model_size_of(&replay->shape.config, tensor).columns;
    float weights[MODEL_COLUMNS_MOST];
    model_weight_floats(&replay->shape, tensor, layer, 0, weights);
    for (uint32_t row = 0; row < count; row++, in += columns, out += columns) {
        double squares = 0;
        for (uint32_t i = 0; i < columns; i++)
            squares += in[i] * in[i];
        const double scale = 1 / sqrt(squares / columns + replay->shape.config.norm_epsilon);
        for (uint32_t i = 0; i < columns; i++)
            out[i] = in[i] * scale * weights[i];
    }
}

static void rotate(const struct replay *replay, uint32_t heads, double *rows)
{
    const uint32_t head_dim = replay->shape.config.head_dim, half = head_dim / 2;
    for (uint32_t t = 0; t < replay->shape.seq_len; t++)
        for (uint32_t h = 0; h < heads; h++, rows += head_dim)
            for (uint32_t d = 0; d < half; d++) {
                const double angle = (replay->shape.context + t) * replay->frequencies[d];
                const double cosine = cos(angle), sine = sin(angle);
                const double low = rows[d], high = rows[d + half];
                rows[d] = low * cosine - high * sine;
                rows[d + half] = high * cosine + low * sine;
            }
}

/* Rounds all steps' rows of K or V as the cache does, and writes them to the expected part. */
static void append(const struct replay *replay, enum attention_side side, uint32_t layer,
                   double *rows, double *expected)
{
    const struct model_shape *shape = &replay->shape;
    const uint32_t columns = model_kv_columns(&shape->config);
    for (uint32_t t = 0; t < shape->seq_len; t++, rows += columns) {
        double *to = expected + (size_t)t * model_output_columns(shape) +
                     model_output_row(shape, layer, side);
        for (uint32_t i = 0; i < columns; i++)
            to[i] = rows[i] = (double)attention_from_bf16(attention_to_bf16((float)rows[i]));
    }
}

static void run_layer(struct replay *replay, uint32_t layer, double *expected)
{
    const struct model_config *config = &replay->shape.config;
    const uint32_t seq_len = replay->shape.seq_len, hidden = config->hidden;
    const uint32_t q_columns = config->heads * config->head_dim;
    const uint32_t kv_columns = model_kv_columns(config);
    struct attention attention = {.replay = replay, .layer = layer};
    normalise(replay, MODEL_ATTENTION_NORM, layer, seq_len, replay->x, replay->n);
    multiply_all(replay, MODEL_WQ, layer, replay->n, replay->q, q_columns, false);
    multiply_all(replay, MODEL_WK, layer, replay->n, replay->k, kv_columns, false);
    multiply_all(replay, MODEL_WV, layer, replay->n, replay->v, kv_columns, false);
    if (config->qk_norm) {
        normalise(replay, MODEL_Q_NORM, layer, seq_len * config->heads, replay->q, replay->q);
        normalise(replay, MODEL_K_NORM, layer, seq_len * config->kv_heads, replay->k, replay->k);
    }
    rotate(replay, config->heads, replay->q);
    rotate(replay, config->kv_heads, replay->k);
    append(replay, ATTENTION_K, layer, replay->k, expected);
    append(replay, ATTENTION_V, layer, replay->v, expected);
    run_tasks(replay->order->crew, config->kv_heads, attend_task, &attention);
    multiply_all(replay, MODEL_WO, layer, replay->attention, replay->x, hidden, true);

    normalise(replay, MODEL_MLP_NORM, layer, seq_len, replay->x, replay->n);
    multiply_all(replay, MODEL_WGATE, layer, replay->n, replay->gate, config->mlp, false);
    multiply_all(replay, MODEL_WUP, layer, replay->n, replay->up, config->mlp, false);
    for (size_t i = 0; i < (size_t)seq_len * config->mlp; i++)
        replay->up[i] *= replay->gate[i] / (1 + exp(-replay->gate[i]));
    multiply_all(replay, MODEL_WDOWN, layer, replay->up, replay->x, hidden, true);
}

/* ---- a sequence ----------------------------------------------------------------------------- */

static uint32_t output_token(const struct model_shape *shape, const float *row)
{
    const float token = row[MODEL_OUTPUT_TOKEN];
    if (!(token >= 0 && token < (float)shape->config.vocabulary) || token != truncf(token))
        return UINT32_MAX;
    return (uint32_t)token;
}

/* x = the embeddings of the input tokens. A token that is none counts as 0: the comparison will
 * find it. */
static void embed(const struct replay *replay, const float *output)
{
    const struct model_shape *shape = &replay->shape;
    const uint32_t hidden = shape->config.hidden, columns = model_output_columns(shape);
    float values[MODEL_COLUMNS_MOST];
    uint32_t token = model_first_token(shape->seed, shape->config.vocabulary, replay->b);
    for (uint32_t t = 0; t < shape->seq_len; t++) {
        model_weight_floats(shape, MODEL_EMBEDDING, 0, token == UINT32_MAX ? 0 : token, values);
        for (uint32_t i = 0; i < hidden; i++)
            replay->x[(size_t)t * hidden + i] = values[i];
        token = output_token(shape, output + (size_t)t * columns);
    }
}

/* The index of the largest; of equal ones the lowest. */
static uint32_t find_best(const double *logits, uint32_t count)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < count; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

static bool replay_sequence(struct replay *replay, const float *output,
                            const struct workload_expected *expected)
{
    const struct model_shape *shape = &replay->shape;
    const uint32_t columns = model_output_columns(shape), vocabulary = shape->config.vocabulary;
    embed(replay, output);
    for (uint32_t layer = 0; layer < shape->layers && !is_over(replay); layer++)
        run_layer(replay, layer, expected->rows);
    normalise(replay, MODEL_FINAL_NORM, 0, shape->seq_len, replay->x, replay->n);
    multiply_all(replay, model_head_of(&shape->config), 0, replay->n,
                 expected->rows + MODEL_OUTPUT_LOGITS, columns, false);
    if (is_over(replay))
        return false;
    for (uint32_t t = 0; t < shape->seq_len; t++) {
        double *row = expected->rows + (size_t)t * columns;
        row[MODEL_OUTPUT_TOKEN] = find_best(row + MODEL_OUTPUT_LOGITS, vocabulary);
        expected->sizes[t] = 0;
        for (uint32_t i = 0; i < vocabulary; i++)
            expected->sizes[t] += row[MODEL_OUTPUT_LOGITS + i] * row[MODEL_OUTPUT_LOGITS + i];
    }
    return true;
}

static bool open_replay(struct replay *replay)
{
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

bool model_reference(const struct workload_order *order)
{
    struct replay replay = {
        .shape = model_shape_of(order->knobs), .order = order, .path = choose_path()};
    bool complete = open_replay(&replay);
    for (uint32_t i = 0; i < order->count && complete; i++) {
        replay.b = order->first + i;
        complete = replay_sequence(&replay, order->outputs[i], &order->expected[i]);
    }
    free(replay.memory);
    return complete;
}

/* ---- comparison ----------------------------------------------------------------------------- */

#define PEAK 8.0 /* an element's error may be so many times the root mean square */

/* The squared error of `count` elements, as the header says; NaN if one is NaN. */
static double error2_of(const double *expected, const float *values, uint32_t count)
{
    double error2 = 0, norm2 = 0, most2 = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double error = values[i] - expected[i];
        error2 += error * error;
        norm2 += expected[i] * expected[i];
        most2 = error * error > most2 ? error * error : most2;
    }
    const double peak2 = most2 * count / (PEAK * PEAK);
    if (error2 == 0)
        return 0;
    return (peak2 > error2 ? peak2 : error2) / norm2;
}

/* The worst of an output. */
struct worst {
    double error2;
    uint32_t t;
    uint32_t layer; /* UINT32_MAX: not a K or V row */
    enum attention_side side;
    bool token;
};

static void keep_worst(struct worst *worst, const struct worst *other)
{
    /* A NaN is worse than any number. */
    if (!isnan(worst->error2) && !(other->error2 <= worst->error2))
        *worst = *other;
}

static bool token_is_best(const struct model_shape *shape, const float *row)
{
    const float *logits = row + MODEL_OUTPUT_LOGITS;
    const uint32_t token = output_token(shape, row);
    if (token == UINT32_MAX)
        return false;
    for (uint32_t i = 0; i < shape->config.vocabulary; i++)
        if (i < token ? logits[i] >= logits[token] : logits[i] > logits[token])
            return false;
    return true;
}

static struct worst find_worst(const struct model_shape *shape,
                               const struct workload_expected *expected, const float *rows)
{
    const uint32_t columns = model_output_columns(shape);
    struct worst worst = {.error2 = -1};
    for (uint32_t t = 0; t < shape->seq_len; t++) {
        const double *right = expected->rows + (size_t)t * columns;
        const float *row = rows + (size_t)t * columns;
        struct worst found = {.t = t, .layer = UINT32_MAX};
        for (uint32_t layer = 0; layer < shape->layers; layer++)
            for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++) {
                const uint32_t at = model_output_row(shape, layer, side);
                found.layer = layer;
                found.side = side;
                found.error2 = error2_of(right + at, row + at, model_kv_columns(&shape->config));
                keep_worst(&worst, &found);
            }
        found.layer = UINT32_MAX;
        found.error2 = error2_of(right + MODEL_OUTPUT_LOGITS, row + MODEL_OUTPUT_LOGITS,
                                 shape->config.vocabulary);
        keep_worst(&worst, &found);
        found.token = true;
        found.error2 = token_is_best(shape, row) ? 0 : INFINITY;
        keep_worst(&worst, &found);
    }
    return worst;
}

void model_compare(const struct knobs *knobs, const struct workload_part *part,
                   const struct workload_expected *expected, const float *rows,
                   struct workload_sum *sum)
{
    const struct model_shape shape = model_shape_of(knobs);
    (void)part;
    sum->error2 += find_worst(&shape, expected, rows).error2;
    sum->norm2 += 1;
}

void model_locate(const struct knobs *knobs, uint32_t part,
                  const struct workload_expected *expected, const float *rows, char *text,
                  size_t size)
{
    const struct model_shape shape = model_shape_of(knobs);
    const struct worst worst = find_worst(&shape, expected, rows);
    (void)part;
    if (worst.layer != UINT32_MAX)
        snprintf(text, size, "step %u, layer %u, %s row", worst.t, worst.layer,
                 worst.side == ATTENTION_K ? "K" : "V");
    else if (worst.token)
        snprintf(text, size, "step %u, a token that is not the argmax of its logits", worst.t);
    else
        snprintf(text, size, "step %u, logits", worst.t);
}

/* FNV-1a: G. Fowler, L. C. Noll, K.-P. Vo. No step reads the last token. */
uint64_t model_choices(const struct knobs *knobs, uint32_t part, const float *rows)
{
    const struct model_shape shape = model_shape_of(knobs);
    const uint32_t columns = model_output_columns(&shape);
    uint64_t hash = UINT64_C(14695981039346656037);
    (void)part;
    for (uint32_t t = 0; t + 1 < shape.seq_len; t++) {
        const uint32_t token = output_token(&shape, rows + (size_t)t * columns);
        for (int i = 0; i < 32; i += 8)
            hash = (hash ^ (token >> i & 0xFF)) * UINT64_C(1099511628211);
    }
    return hash;
}
