#include "attention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CACHE_UNKNOWN_BYTES (UINT64_C(64) << 20)

bool attention_accepts(const struct knobs *knobs, struct error *error)
{
    if (knobs->head_dim != 64 && knobs->head_dim != 128)
        return error_set(error, ERROR_UNSUPPORTED,
                         "HEAD_DIM %" PRId64 " is not supported by attention: use 64 or 128",
                         knobs->head_dim);
    if (knobs->num_heads % knobs->kv_heads != 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "KV_HEADS %" PRId64 " does not divide NUM_HEADS %" PRId64
                         ": use a divisor",
                         knobs->kv_heads, knobs->num_heads);
    return true;
}

/* Fills the fields that depend on each sequence's own context. */
static void count_rows(struct attention_shape *shape)
{
    shape->contexts = (uint64_t)shape->batch * shape->context;
    shape->pages = shape->batch * attention_pages_of(shape, attention_rows(shape));
    if (shape->reach == 0)
        return;
    shape->contexts = shape->pages = 0;
    for (uint32_t b = 0; b < shape->batch; b++) {
        const uint32_t context = attention_context(shape, b);
        shape->contexts += context;
        shape->pages += attention_pages_of(shape, context + shape->seq_len);
    }
}

struct attention_shape attention_shape_of(const struct knobs *knobs)
{
    const uint32_t page_rows = (uint32_t)knobs->page_size;
    struct attention_shape shape = {
        .seed = (uint64_t)knobs->seed,
        .batch = (uint32_t)knobs->batch,
        .seq_len = (uint32_t)knobs->seq_len,
        .context = (uint32_t)knobs->context,
        .heads = (uint32_t)knobs->num_heads,
        .kv_heads = (uint32_t)knobs->kv_heads,
        .head_dim = (uint32_t)knobs->head_dim,
        .copies = (uint32_t)knobs->copies,
        .reach = (uint32_t)(knobs->context * knobs->context_spread / 100),
        .page_shift = page_rows ? (uint32_t)__builtin_ctz(page_rows) : 0,
        .type = (enum data_type)knobs->dtype,
        .chain = knobs->chain != 0,
    };
    count_rows(&shape);
    return shape;
}

void attention_print_shape(const struct knobs *knobs, char text[ATTENTION_SHAPE_TEXT])
{
    snprintf(text, ATTENTION_SHAPE_TEXT,
             "BATCH %" PRId64 ", SEQ_LEN %" PRId64 ", CONTEXT %" PRId64 ", NUM_HEADS %" PRId64
             ", KV_HEADS %" PRId64 ", HEAD_DIM %" PRId64 ", COPIES %" PRId64,
             knobs->batch, knobs->seq_len, knobs->context, knobs->num_heads, knobs->kv_heads,
             knobs->head_dim, knobs->copies);
    if (knobs->page_size > 0)
        snprintf(text + strlen(text), ATTENTION_SHAPE_TEXT - strlen(text), ", PAGE_SIZE %" PRId64,
                 knobs->page_size);
    if (knobs->context_spread > 0)
        snprintf(text + strlen(text), ATTENTION_SHAPE_TEXT - strlen(text),
                 ", CONTEXT_SPREAD %" PRId64, knobs->context_spread);
}

bool attention_fill_pages(const struct attention_shape *shape, uint32_t *pages)
{
    const uint32_t columns = attention_table_pages(shape);
    if (shape->page_shift == 0)
        return true;
    uint32_t *order = malloc(shape->pages * sizeof *order), next = 0;
    if (order == NULL)
        return false;
    /* A shuffle: R. Durstenfeld, "Algorithm 235", 1964. */
    for (uint32_t i = 0; i < shape->pages; i++) {
        uint32_t words[4] = {INPUT_PAGE, i, 0, 0};
        philox4x32_10(words, (uint32_t)shape->seed, (uint32_t)(shape->seed >> 32));
        const uint32_t other = (uint32_t)(words[0] * (UINT64_C(1) + i) >> 32);
        order[i] = order[other];
        order[other] = i;
    }
    for (uint32_t b = 0; b < shape->batch; b++) {
        const uint32_t rows = attention_context(shape, b) + shape->seq_len;
        const uint32_t own = attention_pages_of(shape, rows);
        for (uint32_t i = 0; i < columns; i++)
            pages[(uint64_t)b * columns + i] = i < own ? order[next++] : UINT32_MAX;
    }
    free(order);
    return true;
}

/* Bytes of one row of K (or of V), over all K/V heads of a sequence. */
static uint64_t row_bytes(const struct attention_shape *shape)
{
    return (uint64_t)shape->kv_heads * shape->head_dim * attention_element_bytes(shape->type);
}

/* The rows of all sequences after the last step, added up. */
static uint64_t rows_in_all(const struct attention_shape *shape)
{
    return shape->contexts + (uint64_t)shape->batch * shape->seq_len;
}

/* Bytes of q for one step; out has the same size. */
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
    const uint64_t copy_bytes = 2 * row_bytes(&shape) * rows_in_all(&shape);
    const uint64_t most = knobs->seq_len < 4096 ? (uint64_t)knobs->seq_len : 4096;
    uint64_t copies = 2 * (cache_bytes ? cache_bytes : CACHE_UNKNOWN_BYTES) / copy_bytes + 1;
    knobs->copies = (int64_t)(copies < most ? copies : most);
}

uint64_t attention_tensor_bytes(const struct attention_shape *shape)
{
    const uint64_t element = attention_element_bytes(shape->type);
    return 2 * query_bytes(shape) * shape->seq_len +
           2 * row_bytes(shape) * shape->batch * shape->seq_len +
           2 * attention_copy_rows(shape) * shape->head_dim * element * shape->copies;
}

/* Rows of one K/V head that all steps of an iteration read, added up over the sequences. */
static uint64_t rows_read(const struct attention_shape *shape)
{
    return shape->contexts * shape->seq_len +
           (uint64_t)shape->batch * shape->seq_len * (shape->seq_len + 1) / 2;
}

uint64_t attention_step_bytes(const struct knobs *knobs)
{
    const struct attention_shape shape = attention_shape_of(knobs);
    uint64_t written = 0;
    for (uint32_t t = 0; t < shape.seq_len; t++)
        written += (uint64_t)shape.batch * attention_appended_copies(&shape, t);
    return 2 * row_bytes(&shape) * (rows_read(&shape) + written) / shape.seq_len +
           2 * query_bytes(&shape);
}

uint64_t attention_step_flops(const struct knobs *knobs)
{
    const struct attention_shape shape = attention_shape_of(knobs);
    return (uint64_t)4 * shape.heads * shape.head_dim * rows_read(&shape) / shape.seq_len;
}
