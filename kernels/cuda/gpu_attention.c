#include "gpu_attention.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening -------------------------------------------------------------------------------- */

/* Uploads the sequences' contexts and the page table, if the shape needs them. */
static bool make_tables(struct attention_lab *lab, const struct attention_layout *layout,
                        struct error *error)
{
    const struct attention_shape *shape = &lab->data.shape;
    char *base = lab->memory;
    uint32_t *contexts = malloc(shape->batch * sizeof *contexts);
    uint32_t *pages = malloc(layout->pages_bytes + 1);
    bool right = false;
    if (contexts && pages && attention_fill_pages(shape, pages)) {
        for (uint32_t b = 0; b < shape->batch; b++)
            contexts[b] = attention_context(shape, b);
        right =
            gpu_upload(base + layout->contexts, contexts, shape->batch * sizeof *contexts,
                       lab->lab.stream, error) &&
            (layout->pages_bytes == 0 ||
             gpu_upload(base + layout->pages, pages, layout->pages_bytes, lab->lab.stream, error));
    } else {
        error_set(error, ERROR_RUN, "no memory for the page table");
    }
    free(contexts);
    free(pages);
    if (shape->reach > 0)
        lab->data.contexts = (uint32_t *)(void *)(base + layout->contexts);
    if (shape->page_shift > 0)
        lab->data.pages = (uint32_t *)(void *)(base + layout->pages);
    return right;
}

static bool take(struct attention_lab *lab, uint64_t work_bytes, struct error *error)
{
    const struct attention_layout layout = attention_lay_out(&lab->data.shape);
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
    return make_tables(lab, &layout, error) &&
           attention_make_inputs(&lab->data, lab->lab.stop, lab->lab.stream, error);
}

bool attention_open(struct attention_lab *lab, const struct gpu_lab_plan *plan, struct error *error)
{
    const struct plan *whole = plan->setup->plan;
    lab->memory = lab->work = NULL;
    lab->data = (struct gpu_attention){.shape = attention_shape_of(&whole->used)};
    lab->units = attention_units_of(&lab->data.shape);
    if (!gpu_lab_open(&lab->lab, plan, error))
        return false;
    if (take(lab, whole->work_bytes, error))
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

/* ---- members of struct variant_ops ---------------------------------------------------------- */

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
        memset(rows, 0xFF, elements * sizeof *rows); /* NaN: counts as wrong */
    free(stored);
}
