#include "attention_reference.h"
#include "attention_rows.h"

#include <math.h>

#define TILE  64u /* rows made at a time: 32 KiB each of K and V */
#define LANES 8u  /* numbers taken side by side */

typedef double lanes __attribute__((vector_size(LANES * 8)));
typedef float stored __attribute__((vector_size(LANES * 4), may_alias));

/* The softmax over the rows so far, and what a tile of rows is made in. */
struct work {
    struct attention_shape shape;
    uint32_t b, head, kv_head;
    double most, weight;
    _Alignas(64) double query[ATTENTION_HEAD_DIM_MOST], out[ATTENTION_HEAD_DIM_MOST];
    _Alignas(64) float k[TILE * ATTENTION_HEAD_DIM_MOST], v[TILE * ATTENTION_HEAD_DIM_MOST];
};

/* The score of a row of the tile. */
static double score_row(const struct work *work, uint32_t row)
{
    const uint32_t head_dim = work->shape.head_dim;
    const stored *k = (const void *)(work->k + (size_t)row * head_dim);
    const lanes *query = (const void *)work->query;
    lanes sums = {0};
    for (uint32_t i = 0; i < head_dim / LANES; i++)
        sums += query[i] * __builtin_convertvector(k[i], lanes);
    double sum = 0;
    for (uint32_t i = 0; i < LANES; i++)
        sum += sums[i];
    return sum;
}

/* Adds the tile's V rows, weighted, to what is there, scaled. */
static void add_rows(struct work *work, uint32_t rows, const double *weights, double scale)
{
    const uint32_t vectors = work->shape.head_dim / LANES;
    const stored *v = (const void *)work->v;
    lanes *out = (void *)work->out;
    for (uint32_t i = 0; i < vectors; i++) {
        lanes sum = out[i] * scale;
        for (uint32_t row = 0; row < rows; row++)
            sum += weights[row] * __builtin_convertvector(v[(size_t)row * vectors + i], lanes);
        out[i] = sum;
    }
}

/* Rows [first, first + rows) of a copy. */
static void attend_tile(struct work *work, uint32_t copy, uint32_t first, uint32_t rows)
{
    const struct attention_shape *shape = &work->shape;
    double weights[TILE], most = work->most;
    attention_make_rows(shape, ATTENTION_K, copy, work->b, work->kv_head, first, rows, work->k);
    attention_make_rows(shape, ATTENTION_V, copy, work->b, work->kv_head, first, rows, work->v);
    for (uint32_t row = 0; row < rows; row++) {
        weights[row] = score_row(work, row);
        most = weights[row] > most ? weights[row] : most;
    }
    const double scale = exp(work->most - most);
    work->most = most;
    work->weight *= scale;
    for (uint32_t row = 0; row < rows; row++) {
        weights[row] = exp(weights[row] - most);
        work->weight += weights[row];
    }
    add_rows(work, rows, weights, scale);
}

/* q' over sqrt(HEAD_DIM), from the out of the step before. */
static void make_query(struct work *work, uint32_t t)
{
    const struct attention_shape *shape = &work->shape;
    const uint32_t head_dim = shape->head_dim;
    float query[ATTENTION_HEAD_DIM_MOST];
    double before[ATTENTION_HEAD_DIM_MOST] = {0}, squares = 0;
    attention_query_row(shape, work->b, t, work->head, query);
    for (uint32_t d = 0; d < head_dim && shape->chain && t > 0; d++) {
        before[d] = (double)attention_round(shape->type, (float)work->out[d]);
        squares += before[d] * before[d];
    }
    const double chain = squares > 0 ? 0.5 / sqrt(squares / head_dim) : 0;
    for (uint32_t d = 0; d < head_dim; d++)
        work->query[d] = (query[d] + chain * before[d]) / sqrt(head_dim);
}

/* Divides out by the weight, writes it, and returns its squared size. */
static double finish_row(struct work *work, double *row)
{
    double size = 0;
    for (uint32_t d = 0; d < work->shape.head_dim; d++) {
        row[d] = work->out[d] /= work->weight;
        size += row[d] * row[d];
    }
    return size;
}

bool attention_reference(const struct knobs *knobs, uint32_t part, const uint32_t *cancel,
                         const struct workload_expected *expected)
{
    struct work work = {.shape = attention_shape_of(knobs)};
    const struct attention_shape *shape = &work.shape;
    work.b = part / shape->heads;
    work.head = part % shape->heads;
    work.kv_head = work.head / attention_group(shape);
    for (uint32_t t = 0; t < shape->seq_len; t++) {
        const uint32_t read = shape->context + t + 1;
        make_query(&work, t);
        work.most = -INFINITY;
        work.weight = 0;
        for (uint32_t first = 0; first < read; first += TILE) {
            if (cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED) != 0)
                return false;
            attend_tile(&work, t % shape->copies, first, read - first < TILE ? read - first : TILE);
        }
        expected->sizes[t] = finish_row(&work, expected->rows + (size_t)t * shape->head_dim);
    }
    return true;
}
