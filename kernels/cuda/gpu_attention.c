#include "gpu_attention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE UINT64_C(1024) /* tensors begin at multiples of it */

/* ---- shapes ---------------------------------------------------------------------------------- */

static uint64_t lines(uint64_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

struct attention_units attention_units_of(const struct attention_shape *shape)
{
    const uint32_t group = attention_group(shape);
    const uint32_t type = (uint32_t)shape->type, wide = shape->head_dim == 128;
    struct attention_units units = {.columns = 8};
    if (shape->type == DTYPE_FP32) {
        units.kernel = 8 + wide;
    } else {
        units.columns = group > 8 ? 16 : 8;
        units.kernel = type * 4 + wide * 2 + (group > 8);
    }
    units.blocks = (group + units.columns - 1) / units.columns;
    units.heads = group < units.columns ? group : units.columns;
    units.count = shape->batch * shape->kv_heads * units.blocks;
    return units;
}

uint32_t attention_strip_bytes(const struct attention_shape *shape)
{
    const uint32_t rows = shape->type == DTYPE_FP32 ? 8 : 16;
    return 2 * rows * shape->head_dim * attention_element_bytes(shape->type);
}

uint32_t attention_fixed_bytes(const struct attention_shape *shape,
                               const struct attention_units *units, uint32_t warps)
{
    const uint32_t element = attention_element_bytes(shape->type);
    const uint32_t queries = 2 * units->columns * (shape->head_dim * element + 16);
    const uint32_t previous = 2 * units->heads * shape->head_dim * 4;
    const uint32_t sums = warps > 2 ? warps : 2; /* of warps, or of two units' parts */
    const uint32_t statistics = sums * units->columns * 8;
    const uint32_t exchange = sums * units->heads * (shape->head_dim + 4) * 4;
    const uint32_t barriers = 2048; /* and other words */
    const uint32_t align = 1024;
    return queries + previous + statistics + exchange + barriers + align;
}

uint32_t attention_partial_floats(const struct attention_shape *shape,
                                  const struct attention_units *units)
{
    return (units->heads * (shape->head_dim + 2) + 31) / 32 * 32;
}

/* ---- opening --------------------------------------------------------------------------------- */

struct layout {
    uint64_t out, new_rows, new_bytes, cache, cache_bytes, total;
};

static struct layout lay_out(const struct attention_shape *shape)
{
    const uint64_t row = (uint64_t)shape->head_dim * attention_element_bytes(shape->type);
    const uint64_t queries = lines(row * shape->batch * shape->seq_len * shape->heads);
    struct layout layout = {
        .out = queries,
        .new_rows = 2 * queries,
        .new_bytes = lines(row * shape->batch * shape->seq_len * shape->kv_heads),
        .cache_bytes =
            lines(row * shape->copies * shape->batch * shape->kv_heads * attention_rows(shape)),
    };
    layout.cache = layout.new_rows + 2 * layout.new_bytes;
    layout.total = layout.cache + 2 * layout.cache_bytes;
    return layout;
}

void attention_resolve(struct knobs *knobs, const struct device_info *device)
{
    attention_resolve_copies(knobs, device->cache_bytes);
}

bool attention_fits(const struct knobs *knobs, uint64_t programs, uint64_t work_bytes,
                    const struct device_info *device, struct error *error)
{
    if (!attention_accepts(knobs, error))
        return false;
    struct knobs used = *knobs;
    attention_resolve(&used, device);
    const struct attention_shape shape = attention_shape_of(&used);
    char what[160];
    snprintf(what, sizeof what,
             "BATCH %u, SEQ_LEN %u, CONTEXT %u, NUM_HEADS %u, KV_HEADS %u, HEAD_DIM %u, COPIES %u",
             shape.batch, shape.seq_len, shape.context, shape.heads, shape.kv_heads, shape.head_dim,
             shape.copies);
    uint64_t stamps = programs * shape.seq_len * 2 * sizeof(struct gpu_stamp);
    stamps = stamps < UINT64_C(256) << 20 ? stamps : UINT64_C(256) << 20;
    return gpu_memory_fits(what, lay_out(&shape).total + (knobs->stamps ? stamps : 0) + work_bytes,
                           device, error);
}

static bool take(struct attention_lab *lab, uint64_t work_bytes, struct error *error)
{
    const struct layout layout = lay_out(&lab->data.shape);
    if (!gpu_right(cudaMalloc(&lab->memory, layout.total), "cudaMalloc", error))
        return false;
    if (!gpu_right(cudaMalloc(&lab->work, work_bytes), "cudaMalloc", error) ||
        !gpu_right(cudaMemsetAsync(lab->work, 0, work_bytes, lab->lab.stream), "cudaMemsetAsync",
                   error))
        return false;
    char *base = lab->memory;
    lab->data.q = base;
    lab->data.out = base + layout.out;
    for (int side = 0; side < 2; side++) {
        lab->data.new_rows[side] = base + layout.new_rows + (uint64_t)side * layout.new_bytes;
        lab->data.cache[side] = base + layout.cache + (uint64_t)side * layout.cache_bytes;
    }
    return attention_make_inputs(&lab->data, lab->lab.stop, lab->lab.stream, error);
}

bool attention_open(struct attention_lab *lab, const struct gpu_lab_plan *plan, uint64_t work_bytes,
                    struct error *error)
{
    lab->memory = lab->work = NULL;
    lab->data = (struct gpu_attention){.shape = attention_shape_of(plan->setup->knobs)};
    lab->units = attention_units_of(&lab->data.shape);
    if (!gpu_lab_open(&lab->lab, plan, error))
        return false;
    if (take(lab, work_bytes, error))
        return true;
    attention_close(lab);
    return false;
}

void attention_close(struct attention_lab *lab)
{
    cudaFree(lab->memory);
    cudaFree(lab->work);
    gpu_lab_close(&lab->lab);
}

/* ---- members of struct variant --------------------------------------------------------------- */

void attention_poison(void *state)
{
    struct attention_lab *lab = state;
    struct error ignored;
    attention_fill_poison(&lab->data, lab->lab.side, &ignored);
}

uint64_t attention_count_nan(const void *state)
{
    const struct attention_lab *lab = state;
    cudaStream_t side = lab->lab.side;
    struct error ignored;
    uint64_t count = 0, *there = &lab->lab.control->nan;
    if (cudaMemsetAsync(there, 0, sizeof count, side) != cudaSuccess ||
        !attention_add_nan(&lab->data, there, side, &ignored) ||
        cudaMemcpyAsync(&count, there, sizeof count, cudaMemcpyDeviceToHost, side) != cudaSuccess ||
        cudaStreamSynchronize(side) != cudaSuccess)
        return attention_query_offset(&lab->data.shape, lab->data.shape.batch, 0, 0);
    return count;
}

static float load(enum data_type type, const void *stored, uint64_t i)
{
    if (type == DTYPE_FP32)
        return ((const float *)stored)[i];
    const uint16_t bits = ((const uint16_t *)stored)[i];
    return type == DTYPE_BF16 ? attention_from_bf16(bits) : attention_from_fp16(bits);
}

void attention_output(const void *state, uint32_t part, float *rows)
{
    const struct attention_lab *lab = state;
    const struct attention_shape *shape = &lab->data.shape;
    const uint64_t element = attention_element_bytes(shape->type);
    const uint64_t row = shape->head_dim * element;
    const uint64_t elements = (uint64_t)shape->seq_len * shape->head_dim;
    const uint64_t offset =
        attention_query_offset(shape, part / shape->heads, 0, part % shape->heads);
    void *stored = malloc(elements * element);
    if (stored != NULL &&
        cudaMemcpy2DAsync(stored, row, (const char *)lab->data.out + offset * element,
                          row * shape->heads, row, shape->seq_len, cudaMemcpyDeviceToHost,
                          lab->lab.side) == cudaSuccess &&
        cudaStreamSynchronize(lab->lab.side) == cudaSuccess)
        for (uint64_t i = 0; i < elements; i++)
            rows[i] = load(shape->type, stored, i);
    else
        memset(rows, 0xFF, elements * sizeof *rows); /* NaN: wrong, and so it is judged */
    free(stored);
}
