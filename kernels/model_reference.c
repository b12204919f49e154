#include "model_reference.h"
#include "model_replay.h"

#include <math.h>
#include <stdlib.h>

/* out = rms_norm(in) * weight for `count` rows. `in` and `out` may be the same array. */
static void normalise(const struct model_replay *replay, enum model_tensor tensor, uint32_t layer,
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

static void rotate(const struct model_replay *replay, uint32_t heads, double *rows)
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

/* Rounds all steps' rows of K or V to bf16, as the cache does, and writes them to the expected
 * part. */
static void append(const struct model_replay *replay, enum attention_side side, uint32_t layer,
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

static void run_layer(struct model_replay *replay, uint32_t layer, double *expected)
{
    const struct model_config *config = &replay->shape.config;
    const uint32_t seq_len = replay->shape.seq_len, hidden = config->hidden;
    const uint32_t q_columns = config->heads * config->head_dim;
    const uint32_t kv_columns = model_kv_columns(config);
    normalise(replay, MODEL_ATTENTION_NORM, layer, seq_len, replay->x, replay->n);
    model_replay_multiply(replay, MODEL_WQ, layer, replay->n, replay->q, q_columns, false);
    model_replay_multiply(replay, MODEL_WK, layer, replay->n, replay->k, kv_columns, false);
    model_replay_multiply(replay, MODEL_WV, layer, replay->n, replay->v, kv_columns, false);
    if (config->qk_norm) {
        normalise(replay, MODEL_Q_NORM, layer, seq_len * config->heads, replay->q, replay->q);
        normalise(replay, MODEL_K_NORM, layer, seq_len * config->kv_heads, replay->k, replay->k);
    }
    rotate(replay, config->heads, replay->q);
    rotate(replay, config->kv_heads, replay->k);
    append(replay, ATTENTION_K, layer, replay->k, expected);
    append(replay, ATTENTION_V, layer, replay->v, expected);
    model_replay_attend(replay, layer);
    model_replay_multiply(replay, MODEL_WO, layer, replay->attention, replay->x, hidden, true);

    normalise(replay, MODEL_MLP_NORM, layer, seq_len, replay->x, replay->n);
    model_replay_multiply(replay, MODEL_WGATE, layer, replay->n, replay->gate, config->mlp, false);
    model_replay_multiply(replay, MODEL_WUP, layer, replay->n, replay->up, config->mlp, false);
    for (size_t i = 0; i < (size_t)seq_len * config->mlp; i++)
        replay->up[i] *= replay->gate[i] / (1 + exp(-replay->gate[i]));
    model_replay_multiply(replay, MODEL_WDOWN, layer, replay->up, replay->x, hidden, true);
}

/* ---- a sequence ----------------------------------------------------------------------------- */

/* x = the embeddings of the input tokens. Token 0 replaces a token outside the vocabulary; the
 * comparison reports such a token. */
static void embed(const struct model_replay *replay, const float *output)
{
    const struct model_shape *shape = &replay->shape;
    const uint32_t hidden = shape->config.hidden, columns = model_output_columns(shape);
    float values[MODEL_COLUMNS_MOST];
    uint32_t token = model_first_token(shape->seed, shape->config.vocabulary, replay->b);
    for (uint32_t t = 0; t < shape->seq_len; t++) {
        model_weight_floats(shape, MODEL_EMBEDDING, 0, token == UINT32_MAX ? 0 : token, values);
        for (uint32_t i = 0; i < hidden; i++)
            replay->x[(size_t)t * hidden + i] = values[i];
        token = model_output_token(shape, output + (size_t)t * columns);
    }
}

/* The index of the largest logit; of equal logits, the lowest index. */
static uint32_t find_best(const double *logits, uint32_t count)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < count; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

static bool replay_sequence(struct model_replay *replay, const float *output,
                            const struct workload_expected *expected)
{
    const struct model_shape *shape = &replay->shape;
    const uint32_t columns = model_output_columns(shape), vocabulary = shape->config.vocabulary;
    embed(replay, output);
    for (uint32_t layer = 0; layer < shape->layers && !model_replay_is_over(replay); layer++)
        run_layer(replay, layer, expected->rows);
    normalise(replay, MODEL_FINAL_NORM, 0, shape->seq_len, replay->x, replay->n);
    model_replay_multiply(replay, model_head_of(&shape->config), 0, replay->n,
                          expected->rows + MODEL_OUTPUT_LOGITS, columns, false);
    if (model_replay_is_over(replay))
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

bool model_reference(const struct workload_order *order)
{
    struct model_replay replay;
    if (!model_replay_open(&replay, order))
        return false;
    bool complete = true;
    for (uint32_t i = 0; i < order->count && complete; i++) {
        replay.b = order->first + i;
        complete = replay_sequence(&replay, order->outputs[i], &order->expected[i]);
    }
    model_replay_close(&replay);
    return complete;
}
