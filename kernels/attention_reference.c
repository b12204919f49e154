#include "attention_reference.h"
#include "attention_rows.h"
#include "simd.h"

#include <math.h>
#include <stdlib.h>

#define TILE       64u   /* rows generated at a time: 32 KiB each of K and V */
#define RANGE_ROWS 2048u /* fewest rows per task */
#define LANES      8u    /* numbers per SIMD vector */
#define BLOCK      4u    /* vectors per block; LANES * BLOCK divides HEAD_DIM */

typedef double lanes __attribute__((vector_size(LANES * 8)));
typedef float stored __attribute__((vector_size(LANES * 4), may_alias));

/* One query head's softmax over some rows. */
struct sums {
    _Alignas(64) double out[ATTENTION_HEAD_DIM_MOST];
    double most, weight;
};

/* Rows of a copy. */
struct tile {
    _Alignas(64) float k[TILE * ATTENTION_HEAD_DIM_MOST];
    _Alignas(64) float v[TILE * ATTENTION_HEAD_DIM_MOST];
    uint32_t head_dim, rows;
};

typedef void attend_tile(const struct tile *tile, const double *query, struct sums *sums);

/* The state of the current step, for the requested query heads of one K/V head. */
struct step {
    struct attention_shape shape;
    const struct workload_order *order;
    uint32_t b, kv_head, t;
    uint32_t ranges, range_rows; /* how the step's rows are split */
    attend_tile *attend;
    struct query {
        _Alignas(64) double values[ATTENTION_HEAD_DIM_MOST];
    } * queries;       /* [count] */
    struct sums *sums; /* [ranges][count] */
};

/* ---- a tile --------------------------------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

INLINE double score_row(const struct tile *tile, const double *values, uint32_t row)
{
    const stored *k = (const void *)(tile->k + (size_t)row * tile->head_dim);
    const lanes *query = (const void *)values;
    lanes products = {0};
    for (uint32_t i = 0; i < tile->head_dim / LANES; i++)
        products += query[i] * __builtin_convertvector(k[i], lanes);
    double sum = 0;
    for (uint32_t i = 0; i < LANES; i++)
        sum += products[i];
    return sum;
}

/* Scales the sums, then adds the tile's weighted V rows. BLOCK independent sums hide the latency of
 * the additions. */
INLINE void add_rows(const struct tile *tile, const double *weights, double scale, double *values)
{
    const uint32_t vectors = tile->head_dim / LANES;
    const stored *v = (const void *)tile->v;
    lanes *out = (void *)values;
    for (uint32_t first = 0; first < vectors; first += BLOCK) {
        lanes sums[BLOCK];
#pragma GCC unroll 4
        for (uint32_t i = 0; i < BLOCK; i++)
            sums[i] = out[first + i] * scale;
        for (uint32_t row = 0; row < tile->rows; row++) {
            const stored *at = v + (size_t)row * vectors + first;
#pragma GCC unroll 4
            for (uint32_t i = 0; i < BLOCK; i++)
                sums[i] += weights[row] * __builtin_convertvector(at[i], lanes);
        }
#pragma GCC unroll 4
        for (uint32_t i = 0; i < BLOCK; i++)
            out[first + i] = sums[i];
    }
}

INLINE void attend(const struct tile *tile, const double *query, struct sums *sums)
{
    double weights[TILE], most = sums->most;
    for (uint32_t row = 0; row < tile->rows; row++) {
        weights[row] = score_row(tile, query, row);
        most = weights[row] > most ? weights[row] : most;
    }
    const double scale = exp(sums->most - most);
    sums->most = most;
    sums->weight *= scale;
    for (uint32_t row = 0; row < tile->rows; row++) {
        weights[row] = exp(weights[row] - most);
        sums->weight += weights[row];
    }
    add_rows(tile, weights, scale, sums->out);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute */
#define PATH(NAME, TARGET)                                                                         \
    TARGET static void attend_##NAME(const struct tile *tile, const double *query,                 \
                                     struct sums *sums)                                            \
    {                                                                                              \
        attend(tile, query, sums);                                                                 \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

PATH(baseline, )
#if defined(__x86_64__)
PATH(avx2, __attribute__((target("avx2,fma"))))
PATH(avx512, __attribute__((target("avx512f"))))
#endif

/* ---- a step --------------------------------------------------------------------------------- */

static void make_tile(const struct step *step, uint32_t first, uint32_t rows, struct tile *tile)
{
    const struct attention_shape *shape = &step->shape;
    const uint32_t copy = step->t % shape->copies;
    tile->head_dim = shape->head_dim;
    tile->rows = rows;
    attention_make_rows(shape, ATTENTION_K, copy, step->b, step->kv_head, first, rows, tile->k);
    attention_make_rows(shape, ATTENTION_V, copy, step->b, step->kv_head, first, rows, tile->v);
}

static uint32_t rows_read(const struct step *step)
{
    return attention_context(&step->shape, step->b) + step->t + 1;
}

/* Attends to one range of rows for every head: one task of the thread pool. */
static void attend_range(void *argument, uint32_t range)
{
    const struct step *step = argument;
    const uint32_t heads = step->order->count, read = rows_read(step);
    const uint32_t begin = range * step->range_rows;
    const uint32_t end = read - begin < step->range_rows ? read : begin + step->range_rows;
    struct sums *sums = step->sums + (size_t)range * heads;
    struct tile tile;
    for (uint32_t head = 0; head < heads; head++)
        sums[head] = (struct sums){.most = -INFINITY};
    for (uint32_t first = begin; first < end; first += TILE) {
        if (workload_cancelled(step->order))
            return;
        make_tile(step, first, end - first < TILE ? end - first : TILE, &tile);
        for (uint32_t head = 0; head < heads; head++)
            step->attend(&tile, step->queries[head].values, &sums[head]);
    }
}

/* Splits the step's rows into ranges of whole tiles, at most one per thread of the pool. */
static void cut_rows(struct step *step)
{
    const struct workload_crew *crew = step->order->crew;
    const uint32_t read = rows_read(step);
    const uint32_t worth = (read + RANGE_ROWS - 1) / RANGE_ROWS;
    const uint32_t most = !crew ? 1 : worth < crew->threads ? worth : crew->threads;
    const uint32_t tiles = (read + TILE - 1) / TILE;
    step->range_rows = (tiles + most - 1) / most * TILE;
    step->ranges = (read + step->range_rows - 1) / step->range_rows;
}

static void attend_rows(struct step *step)
{
    cut_rows(step);
    if (step->ranges > 1)
        step->order->crew->run(step->order->crew, step->ranges, attend_range, step);
    else
        attend_range(step, 0);
}

/* Computes q' / sqrt(HEAD_DIM). `row`: the previous step's output; NULL in the first step. */
static void make_query(struct step *step, uint32_t head, const double *row)
{
    const struct attention_shape *shape = &step->shape;
    const uint32_t head_dim = shape->head_dim;
    const uint32_t number = step->order->first % shape->heads + head;
    float query[ATTENTION_HEAD_DIM_MOST];
    double before[ATTENTION_HEAD_DIM_MOST] = {0}, squares = 0;
    attention_query_row(shape, step->b, step->t, number, query);
    for (uint32_t d = 0; d < head_dim && shape->chain && row; d++) {
        before[d] = (double)attention_round(shape->type, (float)row[d]);
        squares += before[d] * before[d];
    }
    const double chain = squares > 0 ? 0.5 / sqrt(squares / head_dim) : 0;
    for (uint32_t d = 0; d < head_dim; d++)
        step->queries[head].values[d] = (query[d] + chain * before[d]) / sqrt(head_dim);
}

/* Combines a head's sums over all ranges and divides by the weight. Returns the row's squared
 * norm. */
static double finish_row(const struct step *step, uint32_t head, double *row)
{
    const uint32_t heads = step->order->count, head_dim = step->shape.head_dim;
    double most = -INFINITY, weight = 0, size = 0;
    for (uint32_t range = 0; range < step->ranges; range++)
        most = fmax(most, step->sums[(size_t)range * heads + head].most);
    for (uint32_t d = 0; d < head_dim; d++)
        row[d] = 0;
    for (uint32_t range = 0; range < step->ranges; range++) {
        const struct sums *sums = &step->sums[(size_t)range * heads + head];
        const double scale = exp(sums->most - most);
        weight += sums->weight * scale;
        for (uint32_t d = 0; d < head_dim; d++)
            row[d] += sums->out[d] * scale;
    }
    for (uint32_t d = 0; d < head_dim; d++) {
        row[d] /= weight;
        size += row[d] * row[d];
    }
    return size;
}

static bool compute_steps(struct step *step)
{
    const struct workload_order *order = step->order;
    const uint32_t head_dim = step->shape.head_dim;
    for (step->t = 0; step->t < step->shape.seq_len; step->t++) {
        const size_t at = (size_t)step->t * head_dim;
        for (uint32_t head = 0; head < order->count; head++)
            make_query(step, head, at > 0 ? order->expected[head].rows + at - head_dim : NULL);
        attend_rows(step);
        if (workload_cancelled(order))
            return false;
        for (uint32_t head = 0; head < order->count; head++)
            order->expected[head].sizes[step->t] =
                finish_row(step, head, order->expected[head].rows + at);
    }
    return true;
}

bool attention_reference(const struct workload_order *order)
{
    struct step step = {
        .shape = attention_shape_of(order->knobs), .order = order, .attend = SIMD_WIDEST(attend)};
    const uint32_t ranges_most = order->crew ? order->crew->threads : 1;
    step.b = order->first / step.shape.heads;
    step.kv_head = order->first % step.shape.heads / attention_group(&step.shape);
    step.queries = aligned_alloc(64, order->count * sizeof *step.queries);
    step.sums = aligned_alloc(64, (size_t)ranges_most * order->count * sizeof *step.sums);
    const bool complete = step.queries && step.sums && compute_steps(&step);
    free(step.queries);
    free(step.sums);
    return complete;
}
