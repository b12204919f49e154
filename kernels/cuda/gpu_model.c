#include "gpu_model.h"
#include "../model_checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UPLOAD_BYTES (UINT64_C(32) << 20)

/* ---- opening -------------------------------------------------------------------------------- */

static struct gpu_model point(const struct model_shape *shape, const struct model_layout *layout,
                              char *memory, uint32_t splits, bool words)
{
    struct gpu_model model = model_sizes_of(shape, splits, words);
#define AT(member) ((void *)(memory + layout->member))
    model.embedding = AT(embedding);
    model.head = shape->config.tied ? AT(embedding) : AT(head);
    model.qkv = AT(qkv);
    model.out = AT(out);
    model.gate_up = AT(gate_up);
    model.down = AT(down);
    model.attention_norm = AT(attention_norm);
    model.mlp_norm = AT(mlp_norm);
    model.q_norm = AT(q_norm);
    model.k_norm = AT(k_norm);
    model.final_norm = AT(final_norm);
    model.rope = AT(rope);
    model.cache[0] = AT(cache[0]);
    model.cache[1] = AT(cache[1]);
    model.logits = AT(logits);
    model.first = AT(first);
    model.best = AT(best);
    model.step = AT(step);
    model.x = AT(x);
    model.raw = AT(raw);
    model.mixed = AT(mixed);
    model.partials = AT(partials);
    model.inner = AT(inner);
    model.normed = AT(normed);
    model.result = AT(result);
#undef AT
    return model;
}

/* Returns where a tensor's rows are stored. */
static struct model_place place_of(const struct model_lab *lab, enum model_tensor tensor,
                                   uint32_t layer)
{
    const struct model_config *config = &lab->shape.config;
    const struct model_layout *layout = &lab->layout;
    const struct model_size size = model_size_of(config, tensor);
    const uint64_t hidden = config->hidden, elements = (uint64_t)size.rows * size.columns;
    const uint32_t q_rows = config->heads * config->head_dim;
    const uint32_t kv_rows = config->kv_heads * config->head_dim;
    const uint64_t begins[MODEL_TENSORS] = {
        [MODEL_EMBEDDING] = layout->embedding,
        [MODEL_HEAD] = layout->head,
        [MODEL_FINAL_NORM] = layout->final_norm,
        [MODEL_ATTENTION_NORM] = layout->attention_norm,
        [MODEL_WQ] = layout->qkv,
        [MODEL_WK] = layout->qkv,
        [MODEL_WV] = layout->qkv,
        [MODEL_Q_NORM] = layout->q_norm,
        [MODEL_K_NORM] = layout->k_norm,
        [MODEL_WO] = layout->out,
        [MODEL_MLP_NORM] = layout->mlp_norm,
        [MODEL_WGATE] = layout->gate_up,
        [MODEL_WUP] = layout->gate_up,
        [MODEL_WDOWN] = layout->down,
    };
    struct model_place place = {.columns = model_is_norm(tensor) ? 0 : size.columns, .step = 1};
    uint64_t per_layer = elements;
    if (tensor == MODEL_WQ || tensor == MODEL_WK || tensor == MODEL_WV) {
        per_layer = (q_rows + 2 * kv_rows) * hidden;
        place.first = (tensor == MODEL_WQ   ? 0
                       : tensor == MODEL_WK ? q_rows
                                            : q_rows + kv_rows) /
                      MODEL_TILE_ROWS;
    } else if (tensor == MODEL_WGATE || tensor == MODEL_WUP) {
        per_layer = 2 * elements;
        place.first = tensor == MODEL_WUP;
        place.step = 2;
    }
    place.to = (uint16_t *)(void *)(lab->memory + begins[tensor]) + layer * per_layer;
    return place;
}

/* Uploads a tensor of the checkpoint, in portions of at most UPLOAD_BYTES. */
static bool upload(struct model_lab *lab, enum model_tensor tensor, uint32_t layer,
                   const struct model_place *place, uint16_t *host, uint16_t *device,
                   struct error *error)
{
    const struct model_size size = model_size_of(&lab->shape.config, tensor);
    const uint32_t most = (uint32_t)(UPLOAD_BYTES / (size.columns * sizeof *host));
    for (uint32_t row = 0, count; row < size.rows; row += count) {
        count = size.rows - row < most ? size.rows - row : most;
        for (uint32_t i = 0; i < count; i++)
            model_weight_row(&lab->shape, tensor, layer, row + i, host + (size_t)i * size.columns);
        uint16_t *to = place->columns ? device : place->to;
        if (!gpu_upload(to, host, (size_t)count * size.columns * sizeof *host, lab->lab.stream,
                        error) ||
            (place->columns &&
             !model_place_rows(place, device, row, count, lab->lab.stream, error)))
            return false;
    }
    return true;
}

static bool make_tensor(struct model_lab *lab, enum model_tensor tensor, uint32_t layer,
                        uint16_t *host, uint16_t *device, struct error *error)
{
    const struct model_size size = model_size_of(&lab->shape.config, tensor);
    const struct model_place place = place_of(lab, tensor, layer);
    if (size.rows == 0)
        return true;
    if (stop_requested(lab->lab.stop))
        return error_set(error, ERROR_RUN, "stopped while the weights were generated");
    if (lab->shape.checkpoint)
        return upload(lab, tensor, layer, &place, host, device, error);
    return model_make_rows(&place, lab->shape.seed, tensor, layer, size, lab->lab.stream, error);
}

static bool make_weights(struct model_lab *lab, struct error *error)
{
    const bool uploads = lab->shape.checkpoint != NULL;
    uint16_t *host = uploads ? malloc(UPLOAD_BYTES) : NULL;
    void *device = NULL;
    bool right = true;
    if (uploads && host == NULL)
        right = error_set(error, ERROR_RUN, "no memory to upload weights");
    else if (uploads)
        right = gpu_right(cudaMalloc(&device, UPLOAD_BYTES), "cudaMalloc", error);
    for (enum model_tensor tensor = 0; tensor < MODEL_TENSORS && right; tensor++) {
        const uint32_t layers = tensor < MODEL_ATTENTION_NORM ? 1 : lab->shape.layers;
        for (uint32_t layer = 0; layer < layers && right; layer++)
            right = make_tensor(lab, tensor, layer, host, device, error);
    }
    free(host);
    cudaFree(device);
    return right;
}

/* Computes and uploads the cosines and sines of every position of an iteration, and the first
 * tokens. */
static bool make_tables(struct model_lab *lab, struct error *error)
{
    const struct model_shape *shape = &lab->shape;
    const uint32_t half = shape->config.head_dim / 2;
    float *rope = malloc((size_t)shape->seq_len * half * 2 * sizeof *rope);
    double frequencies[MODEL_HEAD_DIM_MOST / 2];
    uint32_t first[MODEL_BATCH_MOST];
    if (rope == NULL)
        return error_set(error, ERROR_RUN, "no memory for the RoPE table");
    model_rope_frequencies(&shape->config, frequencies);
    for (uint32_t t = 0; t < shape->seq_len; t++)
        for (uint32_t i = 0; i < half; i++) {
            const double angle = (shape->context + t) * frequencies[i];
            rope[((size_t)t * half + i) * 2] = (float)cos(angle);
            rope[((size_t)t * half + i) * 2 + 1] = (float)sin(angle);
        }
    for (uint32_t b = 0; b < shape->batch; b++)
        first[b] = model_first_token(shape->seed, shape->config.vocabulary, b);
    const bool right =
        gpu_upload((void *)lab->model.rope, rope, (size_t)shape->seq_len * half * 2 * sizeof *rope,
                   lab->lab.stream, error) &&
        gpu_upload((void *)lab->model.first, first, shape->batch * sizeof *first, lab->lab.stream,
                   error);
    free(rope);
    return right;
}

/* Zeroes `bytes` bytes at offset `at`, in the stream that also runs the iterations. */
static bool zero(struct model_lab *lab, uint64_t at, uint64_t bytes, struct error *error)
{
    return gpu_right(cudaMemsetAsync(lab->memory + at, 0, bytes, lab->lab.stream),
                     "cudaMemsetAsync", error);
}

bool model_open(struct model_lab *lab, const struct gpu_lab_plan *plan, bool words,
                struct error *error)
{
    const struct plan *whole = plan->setup->plan;
    lab->shape = model_shape_of(&whole->used);
    lab->layout = model_lay_out(&lab->shape, whole->splits, whole->ctas, words);
    lab->memory = NULL;
    if (!gpu_lab_open(&lab->lab, plan, error))
        return false;
    if (gpu_right(cudaMalloc((void **)&lab->memory, lab->layout.total), "cudaMalloc", error) &&
        zero(lab, lab->layout.beyond, MODEL_GROUP_BYTES, error) &&
        zero(lab, lab->layout.zeroed, lab->layout.total - lab->layout.zeroed, error)) {
        lab->model = point(&lab->shape, &lab->layout, lab->memory, whole->splits, words);
        if (make_weights(lab, error) && make_tables(lab, error) &&
            model_make_cache(&lab->model, lab->shape.seed, lab->lab.stream, error))
            return true;
    }
    model_close(lab);
    return false;
}

void model_close(struct model_lab *lab)
{
    cudaFree(lab->memory);
    free(lab->operations);
    free(lab->operation_stamps);
    gpu_lab_close(&lab->lab);
}

cudaError_t model_begin(struct model_lab *lab)
{
    const struct model_layout *layout = &lab->layout;
    cudaError_t status =
        cudaMemsetAsync(lab->memory + layout->zeroed, 0, layout->zeroed_bytes, lab->lab.stream);
    if (lab->model.words && status == cudaSuccess)
        status = cudaMemsetAsync(lab->memory + layout->words, 0xFF, layout->words_bytes,
                                 lab->lab.stream);
    return status;
}

/* ---- members of struct variant_ops ---------------------------------------------------------- */

void model_poison(void *state)
{
    struct model_lab *lab = state;
    struct error ignored;
    model_fill_poison(&lab->model, lab->lab.side, &ignored);
}

uint64_t model_count_nan(const void *state)
{
    const struct model_lab *lab = state;
    cudaStream_t side = lab->lab.side;
    struct error ignored;
    uint64_t count = 0, *there = &lab->lab.control->nan;
    if (cudaMemsetAsync(there, 0, sizeof count, side) != cudaSuccess ||
        !model_add_nan(&lab->model, there, side, &ignored) ||
        cudaMemcpyAsync(&count, there, sizeof count, cudaMemcpyDeviceToHost, side) != cudaSuccess ||
        cudaStreamSynchronize(side) != cudaSuccess)
        return (uint64_t)lab->model.batch * lab->model.seq_len * lab->model.vocabulary;
    return count;
}

/* Copies to `rows` what a sequence's steps appended to a layer's K or V: [kv_heads][seq_len][dim].
 */
static bool copy_rows(const struct model_lab *lab, uint32_t side, uint32_t layer, uint32_t b,
                      uint16_t *rows)
{
    const struct gpu_model *m = &lab->model;
    const size_t width = (size_t)m->seq_len * m->head_dim * sizeof *rows;
    const uint16_t *from =
        m->cache[side] +
        ((((uint64_t)layer * m->batch + b) * m->kv_heads) * m->rows + m->context) * m->head_dim;
    return cudaMemcpy2DAsync(rows, width, from, (size_t)m->rows * m->head_dim * sizeof *rows, width,
                             m->kv_heads, cudaMemcpyDeviceToHost, lab->lab.side) == cudaSuccess &&
           cudaStreamSynchronize(lab->lab.side) == cudaSuccess;
}

/* Returns the token of a key (model_key), or NaN if no token was written. */
static float token_of(const struct gpu_model *m, uint64_t key)
{
    const uint32_t token = ~(uint32_t)key;
    return token < m->vocabulary ? (float)token : NAN;
}

void model_output(const void *state, uint32_t part, float *rows)
{
    const struct model_lab *lab = state;
    const struct gpu_model *m = &lab->model;
    const uint32_t columns = model_output_columns(&lab->shape);
    const uint32_t b = part;
    uint64_t *best = malloc((size_t)m->seq_len * m->batch * sizeof *best);
    uint16_t *held = malloc((size_t)m->kv_heads * m->seq_len * m->head_dim * sizeof *held);
    bool right =
        best && held &&
        cudaMemcpyAsync(best, m->best, (size_t)m->seq_len * m->batch * sizeof *best,
                        cudaMemcpyDeviceToHost, lab->lab.side) == cudaSuccess &&
        cudaMemcpy2DAsync(rows + MODEL_OUTPUT_LOGITS, columns * sizeof *rows,
                          m->logits + (uint64_t)b * m->seq_len * m->vocabulary,
                          m->vocabulary * sizeof *rows, m->vocabulary * sizeof *rows, m->seq_len,
                          cudaMemcpyDeviceToHost, lab->lab.side) == cudaSuccess &&
        cudaStreamSynchronize(lab->lab.side) == cudaSuccess;
    for (uint32_t t = 0; t < m->seq_len && right; t++)
        rows[(size_t)t * columns + MODEL_OUTPUT_TOKEN] = token_of(m, best[t * m->batch + b]);
    for (uint32_t i = 0; i < 2 * m->layers && right; i++) {
        const uint32_t to = model_output_row(&lab->shape, i / 2, (enum attention_side)(i % 2));
        right = copy_rows(lab, i % 2, i / 2, b, held);
        for (uint32_t g = 0; g < m->kv_heads && right; g++)
            for (uint32_t t = 0; t < m->seq_len; t++)
                for (uint32_t d = 0; d < m->head_dim; d++)
                    rows[(size_t)t * columns + to + (size_t)g * m->head_dim + d] =
                        attention_from_bf16(held[((size_t)g * m->seq_len + t) * m->head_dim + d]);
    }
    if (!right)
        rows[0] = NAN;
    free(best);
    free(held);
}
