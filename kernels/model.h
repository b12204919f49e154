/*
 * model.h - the workload `model`: a step sends one token of every sequence through a whole
 * Llama-type decoder. This header defines its shapes, tensors and inputs, for host and device.
 *
 * A decode step t of sequence b, at position p = CONTEXT + t:
 *
 *     x = embedding[token[b,t]]
 *     for each layer:
 *         n = rms_norm(x) * attention_norm
 *         q, k, v = Wq n, Wk n, Wv n
 *         q, k = rms_norm(q) * q_norm, rms_norm(k) * k_norm    per head, if the model has them
 *         q, k = rope(q, p), rope(k, p)                        per head
 *         cache row p = k, v                                   rounded to bf16
 *         a = softmax(q K^T / sqrt(head_dim)) V                over rows 0 .. p, per head
 *         x = x + Wo a
 *         n = rms_norm(x) * mlp_norm
 *         x = x + Wdown (silu(Wgate n) * (Wup n))
 *     logits = Whead (rms_norm(x) * final_norm)
 *     token[b,t+1] = the index of the largest logit; of equal logits, the lowest index
 *
 * rms_norm(x) = x / sqrt(mean of x^2 + norm_epsilon). silu(x) = x / (1 + exp(-x)). rope rotates
 * elements d and d + head_dim/2 of a head by the angle p * frequency[d], as Hugging Face's
 * transformers do. Weights and cache rows are bf16. Sums are fp32; a kernel may round activations
 * to bf16 for a tensor core. With a tied head, Whead is the embedding.
 *
 * Tensors are row-major, [rows][columns]: a matrix has one row per output. The cache is
 *
 *     K, V     [layer][BATCH][kv_heads][CONTEXT + SEQ_LEN][head_dim], each
 *
 * Inputs (inputs.h), from SEED: the first token, the CONTEXT cache rows, and the weights unless
 * they come from a checkpoint (model_checkpoint.h). Every iteration starts from the same inputs.
 *
 * The output is verified per sequence: part b is [SEQ_LEN][model_output_columns]. Row t contains
 * the results of step t:
 *
 *     token[b,t+1] | logits | layer 0: K row, V row | layer 1: K row, V row | ...
 *
 * A token that was never written is NaN. The logits are fp32, and the token is the argmax of
 * exactly these logits. K row and V row contain all K/V heads, as the cache stores them.
 * model_reference.h says how exact the results must be.
 */
#pragma once

#include "attention.h"
#include "inputs.h"
#include "workload.h"

#define MODEL_COLUMNS_MOST  16384u /* columns of a matrix */
#define MODEL_BATCH_MOST    8u
#define MODEL_HEAD_DIM_MOST 128u
#define MODEL_GROUP_MOST    8u /* query heads per K/V head */
#define MODEL_LAYERS_MOST   128u

/* The knobs that every variant of `model` reads. */
#define MODEL_KNOBS                                                                                \
    (KNOB_BIT(MODEL) | KNOB_BIT(LAYERS) | KNOB_BIT(BATCH) | KNOB_BIT(CONTEXT) |                    \
     KNOB_BIT(SEQ_LEN) | KNOB_BIT(SEED) | KNOB_BIT(STAMPS) | KNOB_BIT(WARMUP) |                    \
     KNOB_BIT(ITERATIONS))

/* Values of the knob MODEL. */
enum model_id { MODEL_TINY, MODEL_LLAMA_1B, MODEL_QWEN3_0_6B, MODEL_CHECKPOINT };

/* The fields of a decoder's config.json. */
struct model_config {
    uint32_t hidden, layers, heads, kv_heads, head_dim;
    uint32_t mlp; /* rows of gate and up, columns of down */
    uint32_t vocabulary;
    uint32_t position_most; /* the largest context length that the model supports */
    bool tied;              /* the head uses the embedding matrix */
    bool qk_norm;           /* q and k are normalised per head */
    double norm_epsilon;
    double rope_theta;
    /* Llama 3's scaling of RoPE; rope_factor 0: no scaling. */
    double rope_factor, rope_low_factor, rope_high_factor, rope_position_most;
};

enum model_tensor {
    MODEL_EMBEDDING,
    MODEL_HEAD, /* only if the head is not tied */
    MODEL_FINAL_NORM,
    /* All tensors from here on exist once per layer. */
    MODEL_ATTENTION_NORM,
    MODEL_WQ,
    MODEL_WK,
    MODEL_WV,
    MODEL_Q_NORM, /* q and k norms: only with qk_norm */
    MODEL_K_NORM,
    MODEL_WO,
    MODEL_MLP_NORM,
    MODEL_WGATE,
    MODEL_WUP,
    MODEL_WDOWN,
    MODEL_TENSORS
};

struct model_checkpoint;

/* The resolved knobs that determine the arithmetic. */
struct model_shape {
    struct model_config config;
    const struct model_checkpoint *checkpoint; /* NULL: weights come from the seed */
    uint64_t seed;
    uint32_t layers; /* LAYERS: only the model's first `layers` layers run */
    uint32_t batch, context, seq_len;
};

__BEGIN_DECLS

/* ---- shapes (model.c) ----------------------------------------------------------------------- */

/* The config of a built-in model, or of the open checkpoint. NULL: no checkpoint is open. */
const struct model_config *model_config_of(enum model_id id);

/* Checks the shape of knobs. Replaces `auto` in MODEL by the checkpoint if one is open, else by
 * `fallback`, and `auto` in LAYERS by all layers of the model. False: *error is set. */
bool model_resolve(struct knobs *knobs, enum model_id fallback, struct error *error);

/* The shape of knobs that model_resolve has accepted. For other knobs the shape is arbitrary, and
 * only fills the record of a run that cannot be planned. */
struct model_shape model_shape_of(const struct knobs *knobs);

/* Writes the shape of resolved knobs in words, for a message about memory. */
#define MODEL_SHAPE_TEXT 160
void model_print_shape(const struct knobs *knobs, char text[MODEL_SHAPE_TEXT]);

/* Rows and columns of a tensor; norms have one row. 0 rows: the model has no such tensor. */
struct model_size {
    uint32_t rows, columns;
};
struct model_size model_size_of(const struct model_config *config, enum model_tensor tensor);

/* Rows of the cache per sequence and K/V head. */
static inline uint32_t model_rows(const struct model_shape *shape)
{
    return shape->context + shape->seq_len;
}

/* The tensor of the head: the embedding if the head is tied. */
static inline enum model_tensor model_head_of(const struct model_config *config)
{
    return config->tied ? MODEL_EMBEDDING : MODEL_HEAD;
}

/* The least number of bytes that a step must move, by purpose. */
struct model_bytes {
    uint64_t weights;  /* all layers' matrices and norms, once */
    uint64_t head;     /* the head, once */
    uint64_t cache;    /* K/V rows read (the mean over the iteration) and appended */
    uint64_t embedded; /* one row of the embedding per sequence */
};
struct model_bytes model_step_bytes_of(const struct model_shape *shape);

/* Bytes of all weights; bytes of the cache. */
uint64_t model_weight_bytes(const struct model_shape *shape);
uint64_t model_cache_bytes(const struct model_shape *shape);

/* ---- the output's columns ------------------------------------------------------------------- */

#define MODEL_OUTPUT_TOKEN  0u
#define MODEL_OUTPUT_LOGITS 1u

/* Elements of a K or V row of all K/V heads. */
INPUTS_FUNCTION uint32_t model_kv_columns(const struct model_config *config)
{
    return config->kv_heads * config->head_dim;
}

/* The column of an output row where a layer's K or V row begins. */
INPUTS_FUNCTION uint32_t model_output_row(const struct model_shape *shape, uint32_t layer,
                                          enum attention_side side)
{
    return MODEL_OUTPUT_LOGITS + shape->config.vocabulary +
           (2 * layer + (uint32_t)side) * model_kv_columns(&shape->config);
}

INPUTS_FUNCTION uint32_t model_output_columns(const struct model_shape *shape)
{
    return model_output_row(shape, shape->layers, ATTENTION_K);
}

/* Offset of a row in the caches of K and of V, in elements. */
INPUTS_FUNCTION uint64_t model_cache_offset(const struct model_shape *shape, uint32_t layer,
                                            uint32_t b, uint32_t kv_head, uint32_t row)
{
    const struct model_config *config = &shape->config;
    const uint64_t head = ((uint64_t)layer * shape->batch + b) * config->kv_heads + kv_head;
    return (head * (shape->context + shape->seq_len) + row) * config->head_dim;
}

/* ---- inputs (model.c) ----------------------------------------------------------------------- */

/* Writes one row of a tensor as bf16, from the seed or the checkpoint. Thread-safe. */
void model_weight_row(const struct model_shape *shape, enum model_tensor tensor, uint32_t layer,
                      uint32_t row, uint16_t *values);

/* The same row as floats. */
void model_weight_floats(const struct model_shape *shape, enum model_tensor tensor, uint32_t layer,
                         uint32_t row, float *values);

/* Writes row `row` < CONTEXT of the K or V cache for K/V head g of sequence b: values[head_dim] as
 * bf16. sequence_head = b * kv_heads + g. */
void model_cache_row(const struct model_shape *shape, enum attention_side side, uint32_t layer,
                     uint32_t sequence_head, uint32_t row, uint16_t *values);

/* Fills frequencies[head_dim / 2]: the angle per position by which RoPE rotates each pair of
 * elements. */
void model_rope_frequencies(const struct model_config *config, double *frequencies);

__END_DECLS

/* Half the width of the uniform distribution of a generated matrix. A matrix has standard deviation
 * 1 / sqrt(columns), so that activations keep their size. The embedding has 0.02: it must be small
 * compared with the sums that layers add, or a tied head would repeat the input token. */
INPUTS_FUNCTION float model_weight_scale(enum model_tensor tensor, uint32_t columns)
{
    const float root3 = 1.7320508f;
    if (tensor == MODEL_EMBEDDING || tensor == MODEL_HEAD)
        return 0.02f * root3;
    /* The square root by Newton's method: the same bits on host and device. */
    float root = (float)columns / 16;
    for (int i = 0; i < 12; i++)
        root = 0.5f * (root + (float)columns / root);
    return root3 / root;
}

INPUTS_FUNCTION bool model_is_norm(enum model_tensor tensor)
{
    return tensor == MODEL_FINAL_NORM || tensor == MODEL_ATTENTION_NORM || tensor == MODEL_Q_NORM ||
           tensor == MODEL_K_NORM || tensor == MODEL_MLP_NORM;
}

/* Generates elements 4 * quad .. 4 * quad + 3 of a row, as bf16. Weights of norms are from 7/8 to
 * 9/8. scale: model_weight_scale. */
INPUTS_FUNCTION void model_weight_quad(uint64_t seed, enum model_tensor tensor, float scale,
                                       uint32_t layer, uint32_t row, uint32_t quad,
                                       uint16_t values[4])
{
    float uniform[4];
    input_quad(seed, INPUT_MODEL + (uint32_t)tensor, layer, row, quad, uniform);
    for (int i = 0; i < 4; i++)
        values[i] =
            attention_to_bf16(model_is_norm(tensor) ? 1 + 0.125f * uniform[i] : scale * uniform[i]);
}

/* Generates elements 4 * quad .. 4 * quad + 3 of cache row `row` < CONTEXT of a sequence's K/V
 * head, as bf16. Their standard deviation is 1. */
INPUTS_FUNCTION void model_cache_quad(uint64_t seed, enum attention_side side, uint32_t layer,
                                      uint32_t sequence_head, uint32_t row, uint32_t quad,
                                      uint16_t values[4])
{
    float uniform[4];
    input_quad(seed, INPUT_MODEL_CACHE + 2 * layer + (uint32_t)side, sequence_head, row, quad,
               uniform);
    for (int i = 0; i < 4; i++)
        values[i] = attention_to_bf16(1.7320508f * uniform[i]);
}

/* The token that sequence b starts with. */
INPUTS_FUNCTION uint32_t model_first_token(uint64_t seed, uint32_t vocabulary, uint32_t b)
{
    uint32_t words[4] = {INPUT_TOKEN, b, 0, 0};
    philox4x32_10(words, (uint32_t)seed, (uint32_t)(seed >> 32));
    return (uint32_t)((uint64_t)words[0] * vocabulary >> 32);
}
