/* How an output is compared with the reference: model_reference.h. */
#include "model_reference.h"

#include <math.h>
#include <stdio.h>

uint32_t model_output_token(const struct model_shape *shape, const float *row)
{
    const float token = row[MODEL_OUTPUT_TOKEN];
    if (!(token >= 0 && token < (float)shape->config.vocabulary) || token != truncf(token))
        return UINT32_MAX;
    return (uint32_t)token;
}

#define PEAK 8.0 /* an element's error decides if it is more than PEAK times the rms error */

/* The squared error of `count` elements, as model_reference.h defines it; NaN if one is NaN. */
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

/* The worst row of an output. */
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
    const uint32_t token = model_output_token(shape, row);
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

/* FNV-1a: G. Fowler, L. C. Noll, K.-P. Vo. Skips the last token, which no step reads. */
uint64_t model_choices(const struct knobs *knobs, uint32_t part, const float *rows)
{
    const struct model_shape shape = model_shape_of(knobs);
    const uint32_t columns = model_output_columns(&shape);
    uint64_t hash = UINT64_C(14695981039346656037);
    (void)part;
    for (uint32_t t = 0; t + 1 < shape.seq_len; t++) {
        const uint32_t token = model_output_token(&shape, rows + (size_t)t * columns);
        for (int i = 0; i < 32; i += 8)
            hash = (hash ^ (token >> i & 0xFF)) * UINT64_C(1099511628211);
    }
    return hash;
}
