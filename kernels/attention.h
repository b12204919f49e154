/*
 * attention.h - the workload `attention`: its shapes, memory layout and inputs, identical on host
 * and device.
 *
 * A decode step t of sequence b, query head h, with g = h / (NUM_HEADS / KV_HEADS) its K/V head:
 *
 *     q'         = q[b,t,h] + out[b,t-1,h] / (2 rms(out[b,t-1,h]))    CHAIN on, t > 0, rms > 0
 *     q'         = q[b,t,h]                                           else
 *     out[b,t,h] = softmax(q' K^T / sqrt(HEAD_DIM)) V                 over CONTEXT + t + 1 rows
 *
 * rms(x) = sqrt(mean of x^2) over a head's HEAD_DIM elements. out is the stored value, rounded to
 * DTYPE. q' and all sums are fp32; a kernel may round q' and the softmax weights to DTYPE for a
 * tensor core.
 *
 *     q, out         [BATCH][SEQ_LEN][NUM_HEADS][HEAD_DIM]
 *     new K, new V   [BATCH][SEQ_LEN][KV_HEADS][HEAD_DIM]     step t appends row CONTEXT + t
 *     cache K, V     [COPIES][BATCH][KV_HEADS][rows][HEAD_DIM], each; without pages
 *                    [COPIES][pages][KV_HEADS][PAGE_SIZE][HEAD_DIM], each; with pages
 *
 * `rows` is the number of rows of the longest sequence after the last step.
 *
 * CONTEXT_SPREAD makes a ragged batch: each sequence starts with its own number of rows, uniform
 * over CONTEXT - spread to CONTEXT + spread. For such a sequence, read CONTEXT in this comment as
 * that number.
 *
 * With PAGE_SIZE, row r of sequence b is row r mod PAGE_SIZE of page pages[b][r / PAGE_SIZE]. Each
 * page holds rows of one sequence, for all its K/V heads. SEED shuffles the order in which pages
 * are allocated. All copies share one page table, but each copy has its own pages.
 *
 * Step t reads copy t mod COPIES, as each layer of a model reads its own cache. By the time a step
 * reads a copy again, the other copies have evicted it from the last-level cache. Copies differ in
 * their first CONTEXT rows. A step appends the same row to every copy that this step or a later
 * step of the iteration reads: min(COPIES, SEQ_LEN - t) copies. The step may read this row from the
 * cache or from new K and V. Every iteration writes the same values.
 *
 * Inputs come from inputs.h, rounded to DTYPE (to nearest even). Their counters are
 *
 *     q      (INPUT_Q, b * NUM_HEADS + h, t, d / 4)
 *     new    (INPUT_K or INPUT_V, b * KV_HEADS + g, t, d / 4)
 *     cache  (INPUT_CACHE + 2 * copy + side, b * KV_HEADS + g, row, d / 4)
 *            side: 0 for K, 1 for V
 *
 * Every second query is not random but a needle: a multiple of one K row, long enough that this row
 * gets well over a tenth of the softmax. The other queries are flat. The two kinds catch different
 * bugs. A flat query reveals a dropped row only while the context is short, because one row
 * contributes one part in sqrt(rows) of the output. A needle reveals it at any length, and needles
 * aim where kernels drop rows: at both ends, among the appended rows, and at the edges of tiles,
 * splits and pages.
 */
#pragma once

#include "inputs.h"
#include "workload.h"

#include <string.h>

#define ATTENTION_HEAD_DIM_MOST 128

/* The knobs that every variant of `attention` reads. */
#define ATTENTION_KNOBS                                                                            \
    (KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(HEAD_DIM) | KNOB_BIT(CHAIN) | KNOB_BIT(SEED) | \
     KNOB_BIT(STAMPS) | KNOB_BIT(CONTEXT) | KNOB_BIT(NUM_HEADS) | KNOB_BIT(KV_HEADS) |             \
     KNOB_BIT(DTYPE) | KNOB_BIT(COLD) | KNOB_BIT(COPIES) | KNOB_BIT(PAGE_SIZE) |                   \
     KNOB_BIT(CONTEXT_SPREAD) | KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

/* The resolved knobs that determine the arithmetic, in types for device code. */
struct attention_shape {
    uint64_t seed;
    uint32_t batch, seq_len, context;
    uint32_t heads, kv_heads, head_dim;
    uint32_t copies;
    uint32_t reach;      /* a sequence's context differs from `context` by at most this many rows */
    uint32_t page_shift; /* a page has 1 << page_shift rows; 0: no pages */
    uint32_t pages;      /* per copy */
    uint64_t contexts;   /* contexts of all sequences, added up */
    enum data_type type;
    bool chain;
};

__BEGIN_DECLS

/* ---- on the host (attention.c) -------------------------------------------------------------- */

/* Checks the shape: HEAD_DIM is 64 or 128, and KV_HEADS divides NUM_HEADS. Accepts `auto`. False:
 * *error says what is accepted. */
bool attention_accepts(const struct knobs *knobs, struct error *error);

/* Replaces `auto` in COPIES. cache_bytes: from device_info; 0 means 64 MiB. With COLD, picks enough
 * copies to exceed twice the cache, but at most SEQ_LEN, because each step reads one copy. */
void attention_resolve_copies(struct knobs *knobs, uint64_t cache_bytes);

/* Returns the shape of resolved knobs that attention_accepts has accepted. */
struct attention_shape attention_shape_of(const struct knobs *knobs);

/* Fills the page table, [BATCH][attention_table_pages]; does nothing without pages. UINT32_MAX: the
 * sequence has no such page. False: out of memory. */
bool attention_fill_pages(const struct attention_shape *shape, uint32_t *pages);

/* Writes the shape in words, for a message about memory. */
#define ATTENTION_SHAPE_TEXT 200
void attention_print_shape(const struct knobs *knobs, char text[ATTENTION_SHAPE_TEXT]);

/* Bytes of q, out, new K, new V and both caches together. */
uint64_t attention_tensor_bytes(const struct attention_shape *shape);

/* Members of struct workload; they take resolved knobs. Bytes: q, out, the K and V rows that a step
 * reads (the mean over the iteration), and the appended rows, once per copy that receives them.
 * Flops: one multiply and one add per element of each K and V row, per query head. */
uint64_t attention_step_bytes(const struct knobs *knobs);
uint64_t attention_step_flops(const struct knobs *knobs);

__END_DECLS

/* ---- memory layout, in elements ------------------------------------------------------------- */

INPUTS_FUNCTION uint32_t attention_element_bytes(enum data_type type)
{
    return type == DTYPE_FP32 ? 4 : 2;
}

/* Rows that sequence b has before the first step. */
INPUTS_FUNCTION uint32_t attention_context(const struct attention_shape *shape, uint32_t b)
{
    if (shape->reach == 0)
        return shape->context;
    uint32_t words[4] = {INPUT_CONTEXT, b, 0, 0};
    philox4x32_10(words, (uint32_t)shape->seed, (uint32_t)(shape->seed >> 32));
    return shape->context - shape->reach +
           (uint32_t)(words[0] * (UINT64_C(2) * shape->reach + 1) >> 32);
}

/* Rows of the longest sequence after the last step. */
INPUTS_FUNCTION uint32_t attention_rows(const struct attention_shape *shape)
{
    return shape->context + shape->reach + shape->seq_len;
}

/* The number of pages that `rows` rows need. */
INPUTS_FUNCTION uint32_t attention_pages_of(const struct attention_shape *shape, uint32_t rows)
{
    return (rows + (1u << shape->page_shift) - 1) >> shape->page_shift;
}

/* Page table entries per sequence. */
INPUTS_FUNCTION uint32_t attention_table_pages(const struct attention_shape *shape)
{
    return attention_pages_of(shape, attention_rows(shape));
}

/* The number of rows of K (or of V) in one copy of the cache, for all sequences and K/V heads. */
INPUTS_FUNCTION uint64_t attention_copy_rows(const struct attention_shape *shape)
{
    const uint64_t rows = shape->page_shift ? (uint64_t)shape->pages << shape->page_shift
                                            : (uint64_t)shape->batch * attention_rows(shape);
    return rows * shape->kv_heads;
}

/* Query heads that share one K/V head: heads g * group .. g * group + group - 1 read K/V head g. */
INPUTS_FUNCTION uint32_t attention_group(const struct attention_shape *shape)
{
    return shape->heads / shape->kv_heads;
}

/* Offset of a row in q and in out, in elements. */
INPUTS_FUNCTION uint64_t attention_query_offset(const struct attention_shape *shape, uint32_t b,
                                                uint32_t t, uint32_t head)
{
    return (((uint64_t)b * shape->seq_len + t) * shape->heads + head) * shape->head_dim;
}

/* Offset of a row in new K and in new V, in elements. */
INPUTS_FUNCTION uint64_t attention_new_offset(const struct attention_shape *shape, uint32_t b,
                                              uint32_t t, uint32_t kv_head)
{
    return (((uint64_t)b * shape->seq_len + t) * shape->kv_heads + kv_head) * shape->head_dim;
}

/* Offset of a row in the caches of K and of V, in elements. `pages`: the page table; unused without
 * pages. */
INPUTS_FUNCTION uint64_t attention_cache_offset(const struct attention_shape *shape,
                                                const uint32_t *pages, uint32_t copy, uint32_t b,
                                                uint32_t kv_head, uint32_t row)
{
    const uint64_t copy_rows = copy * attention_copy_rows(shape);
    const uint32_t shift = shape->page_shift;
    uint64_t head_rows = ((uint64_t)b * shape->kv_heads + kv_head) * attention_rows(shape);
    if (shift) {
        const uint64_t page = pages[(uint64_t)b * attention_table_pages(shape) + (row >> shift)];
        head_rows = (page * shape->kv_heads + kv_head) << shift;
        row &= (1u << shift) - 1;
    }
    return (copy_rows + head_rows + row) * shape->head_dim;
}

/* How many copies receive step t's row: copies (t + i) mod COPIES, for i below the result. */
INPUTS_FUNCTION uint32_t attention_appended_copies(const struct attention_shape *shape, uint32_t t)
{
    uint32_t left = shape->seq_len - t;
    return left < shape->copies ? left : shape->copies;
}

/* ---- stored elements ------------------------------------------------------------------------ */

INPUTS_FUNCTION uint32_t attention_float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INPUTS_FUNCTION float attention_bits_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Rounds to nearest, ties to even; NaN stays NaN. */
INPUTS_FUNCTION uint16_t attention_to_bf16(float value)
{
    uint32_t bits = attention_float_bits(value);
    if ((bits & UINT32_C(0x7FFFFFFF)) > UINT32_C(0x7F800000))
        return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + UINT32_C(0x7FFF) + (bits >> 16 & 1)) >> 16);
}

INPUTS_FUNCTION float attention_from_bf16(uint16_t stored)
{
    return attention_bits_float((uint32_t)stored << 16);
}

/* Rounds to nearest, ties to even; values that are too large become infinity; NaN stays NaN. */
INPUTS_FUNCTION uint16_t attention_to_fp16(float value)
{
    uint32_t bits = attention_float_bits(value);
    uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & UINT32_C(0x7FFFFFFF);
    if (magnitude > UINT32_C(0x7F800000))
        return (uint16_t)(sign | 0x7E00u);
    if (magnitude >= UINT32_C(0x47800000)) /* 65536 */
        return (uint16_t)(sign | 0x7C00u);
    if (magnitude >= UINT32_C(0x38800000)) { /* 2^-14, the smallest normal number */
        uint32_t rounded = magnitude - UINT32_C(0x38000000) + UINT32_C(0xFFF);
        return (uint16_t)(sign | (rounded + (magnitude >> 13 & 1)) >> 13);
    }
    /* Adding 1/2 rounds the fraction to steps of 2^-24 and leaves it in the lowest bits. */
    float shifted = attention_bits_float(magnitude) + 0.5f;
    return (uint16_t)(sign | (attention_float_bits(shifted) - UINT32_C(0x3F000000)));
}

INPUTS_FUNCTION float attention_from_fp16(uint16_t stored)
{
    uint32_t sign = (uint32_t)(stored & 0x8000u) << 16, exponent = stored >> 10 & 0x1Fu;
    uint32_t fraction = stored & 0x3FFu;
    if (exponent == 0) {
        float value = (float)fraction * (1.0f / 16777216.0f);
        return sign ? -value : value;
    }
    exponent = exponent == 31 ? 255 : exponent + 112;
    return attention_bits_float(sign | exponent << 23 | fraction << 13);
}

/* Rounds `value` to DTYPE. */
INPUTS_FUNCTION float attention_round(enum data_type type, float value)
{
    if (type == DTYPE_BF16)
        return attention_from_bf16(attention_to_bf16(value));
    if (type == DTYPE_FP16)
        return attention_from_fp16(attention_to_fp16(value));
    return value;
}

/* ---- inputs --------------------------------------------------------------------------------- */

enum attention_side { ATTENTION_K, ATTENTION_V };

/* Generates elements 4 * quad .. 4 * quad + 3 of row `row` of a copy, rounded to DTYPE. Rows from
 * CONTEXT on are the rows of new K and V, identical in every copy. */
INPUTS_FUNCTION void attention_cache_quad(const struct attention_shape *shape,
                                          enum attention_side side, uint32_t copy, uint32_t b,
                                          uint32_t kv_head, uint32_t row, uint32_t quad,
                                          float values[4])
{
    const uint32_t context = attention_context(shape, b);
    uint32_t tensor = INPUT_CACHE + 2 * copy + (uint32_t)side;
    if (row >= context) {
        tensor = side == ATTENTION_K ? INPUT_K : INPUT_V;
        row -= context;
    }
    input_quad(shape->seed, tensor, b * shape->kv_heads + kv_head, row, quad, values);
    for (int i = 0; i < 4; i++)
        values[i] = attention_round(shape->type, values[i]);
}

#define ATTENTION_FLAT UINT32_MAX /* the query is flat: it looks for no row */

/* The row that query (b, t, head) looks for. Every second query is a needle. A head's needles cycle
 * through four targets. The first is an end: the first row, the last cached row or the step's last
 * row. The second is an appended row. The third and fourth are rows just before or after a multiple
 * of 16, 32, 64, 128 or 256, where tiles, splits and pages join. */
INPUTS_FUNCTION uint32_t attention_needle_row(const struct attention_shape *shape, uint32_t b,
                                              uint32_t t, uint32_t head)
{
    if (((t + head) & 1) == 0)
        return ATTENTION_FLAT;
    const uint32_t context = attention_context(shape, b), last = context + t;
    uint32_t words[4] = {INPUT_NEEDLE, b * shape->heads + head, t, 0};
    philox4x32_10(words, (uint32_t)shape->seed, (uint32_t)(shape->seed >> 32));
    switch ((t + head) >> 1 & 3) {
    case 0: {
        uint32_t end = words[0] % 3;
        return end == 0 ? 0 : end == 1 && context > 0 ? context - 1 : last;
    }
    case 1:
        return context + words[0] % (t + 1);
    default: {
        uint32_t step = 16u << words[0] % 5;
        uint32_t edge = words[1] % (last / step + 1) * step;
        return edge > 0 ? edge - (words[2] & 1) : edge;
    }
    }
}

/* The factor by which a needle multiplies its K row. A row's length is about sqrt(HEAD_DIM / 3), so
 * its score is gain * sqrt(HEAD_DIM) / 3. The score must exceed the logarithm of the number of
 * rows. */
INPUTS_FUNCTION float attention_needle_gain(const struct attention_shape *shape)
{
    uint32_t bits = 0;
    for (uint32_t rows = attention_rows(shape); rows > 0; rows >>= 1)
        bits++;
    return (float)((bits + 4) * (shape->head_dim == 64 ? 10 : 7)) * (1.0f / 32.0f);
}

/* Generates elements 4 * quad .. 4 * quad + 3 of a query, rounded to DTYPE. `needle`: the query's
 * attention_needle_row. */
INPUTS_FUNCTION void attention_query_quad(const struct attention_shape *shape, uint32_t b,
                                          uint32_t t, uint32_t head, uint32_t needle, uint32_t quad,
                                          float values[4])
{
    if (needle == ATTENTION_FLAT) {
        input_quad(shape->seed, INPUT_Q, b * shape->heads + head, t, quad, values);
    } else {
        const float gain = attention_needle_gain(shape);
        attention_cache_quad(shape, ATTENTION_K, t % shape->copies, b,
                             head / attention_group(shape), needle, quad, values);
        for (int i = 0; i < 4; i++)
            values[i] *= gain;
    }
    for (int i = 0; i < 4; i++)
        values[i] = attention_round(shape->type, values[i]);
}

/* The same for whole rows, values[HEAD_DIM]. */
INPUTS_FUNCTION void attention_cache_row(const struct attention_shape *shape,
                                         enum attention_side side, uint32_t copy, uint32_t b,
                                         uint32_t kv_head, uint32_t row, float *values)
{
    for (uint32_t quad = 0; quad < shape->head_dim / 4; quad++)
        attention_cache_quad(shape, side, copy, b, kv_head, row, quad, values + (size_t)4 * quad);
}

INPUTS_FUNCTION void attention_query_row(const struct attention_shape *shape, uint32_t b,
                                         uint32_t t, uint32_t head, float *values)
{
    const uint32_t needle = attention_needle_row(shape, b, t, head);
    for (uint32_t quad = 0; quad < shape->head_dim / 4; quad++)
        attention_query_quad(shape, b, t, head, needle, quad, values + (size_t)4 * quad);
}
