#include "model.h"
#include "attention_rows.h"
#include "model_checkpoint.h"
#include "simd.h"

#include <math.h>
#include <stdio.h>

/* Meta's Llama-3.2-1B and Alibaba's Qwen3-0.6B, as their config.json files on Hugging Face say. */
static const struct model_config configs[] = {
    [MODEL_TINY] = {.hidden = 256,
                    .layers = 4,
                    .heads = 8,
                    .kv_heads = 2,
                    .head_dim = 32,
                    .mlp = 768,
                    .vocabulary = 4096,
                    .position_most = 1048576,
                    .tied = true,
                    .norm_epsilon = 1e-5,
                    .rope_theta = 10000},
    [MODEL_LLAMA_1B] = {.hidden = 2048,
                        .layers = 16,
                        .heads = 32,
                        .kv_heads = 8,
                        .head_dim = 64,
                        .mlp = 8192,
                        .vocabulary = 128256,
                        .position_most = 131072,
                        .tied = true,
                        .norm_epsilon = 1e-5,
                        .rope_theta = 500000,
                        .rope_factor = 32,
                        .rope_low_factor = 1,
                        .rope_high_factor = 4,
                        .rope_position_most = 8192},
    [MODEL_QWEN3_0_6B] = {.hidden = 1024,
                          .layers = 28,
                          .heads = 16,
                          .kv_heads = 8,
                          .head_dim = 128,
                          .mlp = 3072,
                          .vocabulary = 151936,
                          .position_most = 40960,
                          .tied = true,
                          .qk_norm = true,
                          .norm_epsilon = 1e-6,
                          .rope_theta = 1000000},
};

static const char *const names[] = {
    [MODEL_TINY] = "tiny",
    [MODEL_LLAMA_1B] = "llama-1b",
    [MODEL_QWEN3_0_6B] = "qwen3-0.6b",
    [MODEL_CHECKPOINT] = "checkpoint",
};

/* ---- shapes --------------------------------------------------------------------------------- */

const struct model_config *model_config_of(enum model_id id)
{
    if (id != MODEL_CHECKPOINT)
        return &configs[id];
    const struct model_checkpoint *checkpoint = model_checkpoint_current();
    return checkpoint ? &checkpoint->config : NULL;
}

bool model_resolve(struct knobs *knobs, enum model_id fallback, struct error *error)
{
    if (knobs->model == KNOB_AUTO)
        knobs->model = model_checkpoint_current() ? MODEL_CHECKPOINT : fallback;
    const struct model_config *config = model_config_of((enum model_id)knobs->model);
    if (config == NULL)
        return error_set(error, ERROR_UNSUPPORTED,
                         "MODEL checkpoint needs a checkpoint: use --model DIR");
    if (knobs->layers == KNOB_AUTO)
        knobs->layers = config->layers;
    const char *name = names[knobs->model];
    if (knobs->layers > config->layers)
        return error_set(error, ERROR_UNSUPPORTED, "LAYERS %lld is out of range: %s has %u layers",
                         (long long)knobs->layers, name, config->layers);
    if (knobs->batch > MODEL_BATCH_MOST)
        return error_set(error, ERROR_UNSUPPORTED,
                         "BATCH %lld is out of range: a model decodes 1 to %u sequences",
                         (long long)knobs->batch, MODEL_BATCH_MOST);
    if (knobs->context + knobs->seq_len > config->position_most)
        return error_set(
            error, ERROR_UNSUPPORTED, "CONTEXT %lld and SEQ_LEN %lld exceed the %u positions of %s",
            (long long)knobs->context, (long long)knobs->seq_len, config->position_most, name);
    return true;
}

struct model_shape model_shape_of(const struct knobs *knobs)
{
    const struct model_config *config =
        knobs->model == KNOB_AUTO ? NULL : model_config_of((enum model_id)knobs->model);
    if (config == NULL)
        config = &configs[MODEL_TINY];
    return (struct model_shape){
        .config = *config,
        .checkpoint = knobs->model == MODEL_CHECKPOINT ? model_checkpoint_current() : NULL,
        .seed = (uint64_t)knobs->seed,
        .layers = knobs->layers == KNOB_AUTO ? config->layers : (uint32_t)knobs->layers,
        .batch = (uint32_t)knobs->batch,
        .context = (uint32_t)knobs->context,
        .seq_len = (uint32_t)knobs->seq_len,
    };
}

void model_print_shape(const struct knobs *knobs, char text[MODEL_SHAPE_TEXT])
{
    snprintf(text, MODEL_SHAPE_TEXT,
             "MODEL %s, LAYERS %lld, BATCH %lld, CONTEXT %lld, SEQ_LEN %lld", names[knobs->model],
             (long long)knobs->layers, (long long)knobs->batch, (long long)knobs->context,
             (long long)knobs->seq_len);
}

struct model_size model_size_of(const struct model_config *config, enum model_tensor tensor)
{
    const uint32_t q_rows = config->heads * config->head_dim;
    const uint32_t kv_rows = config->kv_heads * config->head_dim;
    switch (tensor) {
    case MODEL_EMBEDDING:
        return (struct model_size){config->vocabulary, config->hidden};
    case MODEL_HEAD:
        return (struct model_size){config->tied ? 0 : config->vocabulary, config->hidden};
    case MODEL_FINAL_NORM:
    case MODEL_ATTENTION_NORM:
    case MODEL_MLP_NORM:
        return (struct model_size){1, config->hidden};
    case MODEL_WQ:
        return (struct model_size){q_rows, config->hidden};
    case MODEL_WK:
    case MODEL_WV:
        return (struct model_size){kv_rows, config->hidden};
    case MODEL_Q_NORM:
    case MODEL_K_NORM:
        return (struct model_size){config->qk_norm ? 1 : 0, config->head_dim};
    case MODEL_WO:
        return (struct model_size){config->hidden, q_rows};
    case MODEL_WGATE:
    case MODEL_WUP:
        return (struct model_size){config->mlp, config->hidden};
    case MODEL_WDOWN:
        return (struct model_size){config->hidden, config->mlp};
    case MODEL_TENSORS:
        break;
    }
    return (struct model_size){0, 0};
}

static uint64_t tensor_bytes(const struct model_config *config, enum model_tensor tensor)
{
    const struct model_size size = model_size_of(config, tensor);
    return (uint64_t)size.rows * size.columns * sizeof(uint16_t);
}

static uint64_t layer_bytes(const struct model_config *config)
{
    uint64_t bytes = 0;
    for (enum model_tensor tensor = MODEL_ATTENTION_NORM; tensor < MODEL_TENSORS; tensor++)
        bytes += tensor_bytes(config, tensor);
    return bytes;
}

struct model_bytes model_step_bytes_of(const struct model_shape *shape)
{
    const struct model_config *config = &shape->config;
    const uint64_t row_bytes = (uint64_t)config->kv_heads * config->head_dim * sizeof(uint16_t);
    /* Step t reads CONTEXT + t + 1 rows and writes one. */
    const uint64_t twice_rows = UINT64_C(2) * shape->context + shape->seq_len + 1 + 2;
    return (struct model_bytes){
        .weights = shape->layers * layer_bytes(config) + tensor_bytes(config, MODEL_FINAL_NORM),
        .head = tensor_bytes(config, model_head_of(config)),
        .cache = (uint64_t)shape->layers * shape->batch * twice_rows * row_bytes, /* K and V */
        .embedded = (uint64_t)shape->batch * config->hidden * sizeof(uint16_t),
    };
}

uint64_t model_weight_bytes(const struct model_shape *shape)
{
    const struct model_config *config = &shape->config;
    return shape->layers * layer_bytes(config) + tensor_bytes(config, MODEL_FINAL_NORM) +
           tensor_bytes(config, MODEL_EMBEDDING) + tensor_bytes(config, MODEL_HEAD);
}

uint64_t model_cache_bytes(const struct model_shape *shape)
{
    return (uint64_t)2 * shape->layers * shape->batch * shape->config.kv_heads * model_rows(shape) *
           shape->config.head_dim * sizeof(uint16_t);
}

/* ---- inputs --------------------------------------------------------------------------------- */

#define LANES 16

typedef float reals __attribute__((vector_size(LANES * 4)));
typedef uint32_t bits __attribute__((vector_size(LANES * 4)));
typedef uint16_t halves __attribute__((vector_size(LANES * 2)));

/* values = base + scale * uniform as bf16, the same bits as model_weight_quad and model_cache_quad.
 * base is 0 or scale is a power of two, so the sum or the product is exact. So a fused multiply-add
 * gives the same bits as two operations. */
static inline __attribute__((always_inline)) void
round_all(float base, float scale, const float *uniform, uint32_t columns, uint16_t *values)
{
    uint32_t column = 0;
    for (; column + LANES <= columns; column += LANES) {
        reals numbers;
        bits stored;
        memcpy(&numbers, uniform + column, sizeof numbers);
        numbers = base + scale * numbers;
        memcpy(&stored, &numbers, sizeof stored);
        stored = (stored + 0x7FFFu + (stored >> 16 & 1u)) >> 16;
        const halves rounded = __builtin_convertvector(stored, halves);
        memcpy(values + column, &rounded, sizeof rounded);
    }
    for (; column < columns; column++)
        values[column] = attention_to_bf16(base + scale * uniform[column]);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute */
#define PATH(NAME, TARGET)                                                                         \
    TARGET static void round_##NAME(float base, float scale, const float *uniform,                 \
                                    uint32_t columns, uint16_t *values)                            \
    {                                                                                              \
        round_all(base, scale, uniform, columns, values);                                          \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

PATH(baseline, )
#if defined(__x86_64__)
PATH(avx2, __attribute__((target("avx2"))))
PATH(avx512, __attribute__((target("avx512f"))))
#endif

void model_weight_row(const struct model_shape *shape, enum model_tensor tensor, uint32_t layer,
                      uint32_t row, uint16_t *values)
{
    float uniform[MODEL_COLUMNS_MOST];
    if (shape->checkpoint) {
        model_checkpoint_row(shape->checkpoint, tensor, layer, row, values);
        return;
    }
    const uint32_t columns = model_size_of(&shape->config, tensor).columns;
    const bool norm = model_is_norm(tensor);
    const float scale = norm ? 0.125f : model_weight_scale(tensor, columns);
    attention_uniform_row(shape->seed, INPUT_MODEL + (uint32_t)tensor, layer, row, columns,
                          uniform);
    SIMD_WIDEST(round)(norm ? 1 : 0, scale, uniform, columns, values);
}

void model_cache_row(const struct model_shape *shape, enum attention_side side, uint32_t layer,
                     uint32_t sequence_head, uint32_t row, uint16_t *values)
{
    float uniform[MODEL_HEAD_DIM_MOST];
    attention_uniform_row(shape->seed, INPUT_MODEL_CACHE + 2 * layer + (uint32_t)side,
                          sequence_head, row, shape->config.head_dim, uniform);
    SIMD_WIDEST(round)(0, 1.7320508f, uniform, shape->config.head_dim, values);
}

void model_weight_floats(const struct model_shape *shape, enum model_tensor tensor, uint32_t layer,
                         uint32_t row, float *values)
{
    uint16_t stored[MODEL_COLUMNS_MOST];
    const uint32_t columns = model_size_of(&shape->config, tensor).columns;
    model_weight_row(shape, tensor, layer, row, stored);
    for (uint32_t i = 0; i < columns; i++)
        values[i] = attention_from_bf16(stored[i]);
}

void model_rope_frequencies(const struct model_config *config, double *frequencies)
{
    const double tau = 6.283185307179586476925286766559;
    for (uint32_t i = 0; i < config->head_dim / 2; i++) {
        const double frequency = pow(config->rope_theta, -2.0 * i / config->head_dim);
        frequencies[i] = frequency;
        if (config->rope_factor == 0)
            continue;
        /* Llama 3 divides low frequencies by the factor, keeps high ones, and interpolates in
         * between. */
        const double turns = config->rope_position_most * frequency / tau;
        const double ramp = (turns - config->rope_low_factor) /
                            (config->rope_high_factor - config->rope_low_factor);
        const double share = ramp < 0 ? 0 : ramp > 1 ? 1 : ramp;
        frequencies[i] = (1 - share) * frequency / config->rope_factor + share * frequency;
    }
}
