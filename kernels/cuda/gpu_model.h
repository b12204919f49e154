/*
 * gpu_model.h - host code that the GPU variants of `model` share: tensors, inputs and the output.
 * ../model.h defines the shapes, ../plan/model_plan.h the plans.
 */
#pragma once

#include "../plan/model_plan.h"
#include "gpu_lab.h"

__BEGIN_DECLS

/* The state of each of these variants begins with this struct. */
struct model_lab {
    struct gpu_lab lab; /* must be first: gpu_lab_poll gets a pointer to the state */
    struct model_shape shape;
    struct gpu_model model;
    struct model_layout layout;
    char *memory;                 /* one block that contains everything in the layout */
    struct operation *operations; /* [operation_count]: the operations of a step; from malloc */
    uint32_t operation_count;
    struct operation_stamp *operation_stamps; /* [programs][operation_count]; from malloc */
};

/* Opens the lab, allocates all tensors, generates or uploads the weights, and generates the cache.
 * words: as in struct gpu_model. If it fails, returns false, *error says why, and there is nothing
 * to close. */
bool model_open(struct model_lab *lab, const struct gpu_lab_plan *plan, bool words,
                struct error *error);
void model_close(struct model_lab *lab);

/* Resets the words that must be reset before each iteration. Call this after gpu_lab_begin and
 * before the first launch. */
cudaError_t model_begin(struct model_lab *lab);

/* These functions implement members of struct variant_ops. */
void model_poison(void *state);
uint64_t model_count_nan(const void *state);
void model_output(const void *state, uint32_t part, float *rows);
enum poll_state model_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                           struct error *error);

/* ---- the persistent variants (model_programs.c) --------------------------------------------- */

/* These functions implement members of struct variant_ops. */
void *model_programs_prepare(const struct model_kernel *kernel, const struct setup *setup,
                             struct error *error);
void model_programs_release(void *state);
void model_programs_describe(const void *state, struct facts *facts);
bool model_programs_submit(void *state, enum look look, struct error *error);

/* Initialises all members of a struct variant_ops except plan and prepare. */
#define MODEL_PROGRAMS                                                                             \
    .release = model_programs_release, .describe = model_programs_describe,                        \
    .submit = model_programs_submit, .poll = model_poll, .poison = model_poison,                   \
    .count_nan = model_count_nan, .output = model_output

/* ---- kernels (gpu_model_tensor.cu); they return when done ----------------------------------- */

/* Where the rows of a tensor are stored. Row r of the tensor becomes row (r / 8 * step + first) * 8
 * + r % 8 of a matrix that is stored in tiles. If `columns` is 0, which is the case for norms, rows
 * are stored unchanged. */
struct model_place {
    uint16_t *to;
    uint32_t columns;
    uint32_t first, step; /* in row blocks */
};

/* Generates a tensor's rows from the seed. */
bool model_make_rows(const struct model_place *place, uint64_t seed, enum model_tensor tensor,
                     uint32_t layer, struct model_size size, cudaStream_t stream,
                     struct error *error);

/* Stores rows `row` to `row + count - 1` of a tensor in tiles. from: [count][columns] in device
 * memory. */
bool model_place_rows(const struct model_place *place, const uint16_t *from, uint32_t row,
                      uint32_t count, cudaStream_t stream, struct error *error);

/* Generates the CONTEXT rows that the cache contains before the first step. */
bool model_make_cache(const struct gpu_model *model, uint64_t seed, cudaStream_t stream,
                      struct error *error);

/* Writes NaN to the logits and to the cache rows that steps append. */
bool model_fill_poison(const struct gpu_model *model, cudaStream_t stream, struct error *error);

/* Adds the number of NaN logits and NaN elements of appended rows to *count. */
bool model_add_nan(const struct gpu_model *model, uint64_t *count, cudaStream_t stream,
                   struct error *error);

__END_DECLS
