#include "attention.h"

#include <inttypes.h>

#define CACHE_UNKNOWN_BYTES (UINT64_C(64) << 20)

bool attention_accepts(const struct knobs *knobs, struct error *error)
{
    if (knobs->head_dim != 64 && knobs->head_dim != 128)
        return error_set(error, ERROR_UNSUPPORTED,
                         "HEAD_DIM %" PRId64 " is not one of attention's: 64 or 128",
                         knobs->head_dim);
    if (knobs->num_heads % knobs->kv_heads != 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "KV_HEADS %" PRId64 " does not divide NUM_HEADS %" PRId64, knobs->kv_heads,
                         knobs->num_heads);
    return true;
}

struct attention_shape attention_shape_of(const struct knobs *knobs)
{
    return (struct attention_shape){
        .seed = (uint64_t)knobs->seed,
        .batch = (uint32_t)knobs->batch,
        .seq_len = (uint32_t)knobs->seq_len,
        .context = (uint32_t)knobs->context,
        .heads = (uint32_t)knobs->num_heads,
        .kv_heads = (uint32_t)knobs->kv_heads,
        .head_dim = (uint32_t)knobs->head_dim,
        .copies = (uint32_t)knobs->copies,
        .type = (enum data_type)knobs->dtype,
        .chain = knobs->chain != 0,
    };
}

/* Bytes of a row of K, or of V, of every sequence and K/V head. */
static uint64_t row_bytes(const struct attention_shape *shape)
{
    return (uint64_t)shape->batch * shape->kv_heads * shape->head_dim *
           attention_element_bytes(shape->type);
}

/* Bytes of a step's q, or of its out. */
static uint64_t query_bytes(const struct attention_shape *shape)
{
    return (uint64_t)shape->batch * shape->heads * shape->head_dim *
           attention_element_bytes(shape->type);
}

void attention_resolve_copies(struct knobs *knobs, uint64_t cache_bytes)
{
    if (knobs->copies != KNOB_AUTO)
        return;
    knobs->copies = 1;
    if (!knobs->cold)
        return;
    const struct attention_shape shape = attention_shape_of(knobs);
    const uint64_t copy_bytes = 2 * row_bytes(&shape) * attention_rows(&shape);
    const uint64_t most = knobs->seq_len < 4096 ? (uint64_t)knobs->seq_len : 4096;
    uint64_t copies = 2 * (cache_bytes ? cache_bytes : CACHE_UNKNOWN_BYTES) / copy_bytes + 1;
    knobs->copies = (int64_t)(copies < most ? copies : most);
}

uint64_t attention_tensor_bytes(const struct attention_shape *shape)
{
    return 2 * query_bytes(shape) * shape->seq_len + 2 * row_bytes(shape) * shape->seq_len +
           2 * row_bytes(shape) * attention_rows(shape) * shape->copies;
}

/* Rows that the steps of an iteration read, of one sequence and K/V head. */
static uint64_t rows_read(const struct attention_shape *shape)
{
    return (uint64_t)shape->context * shape->seq_len +
           (uint64_t)shape->seq_len * (shape->seq_len + 1) / 2;
}

uint64_t attention_step_bytes(const struct knobs *knobs)
{
    const struct attention_shape shape = attention_shape_of(knobs);
    uint64_t written = 0;
    for (uint32_t t = 0; t < shape.seq_len; t++)
        written += attention_appended_copies(&shape, t);
    return 2 * row_bytes(&shape) * (rows_read(&shape) + written) / shape.seq_len +
           2 * query_bytes(&shape);
}

uint64_t attention_step_flops(const struct knobs *knobs)
{
    const struct attention_shape shape = attention_shape_of(knobs);
    return (uint64_t)4 * shape.batch * shape.heads * shape.head_dim * rows_read(&shape) /
           shape.seq_len;
}
