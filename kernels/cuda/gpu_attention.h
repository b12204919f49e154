/*
 * gpu_attention.h - what the GPU variants of `attention` share on the host: tensors, their inputs,
 * the output, and how a step's work is cut. Shapes and layout are those of ../attention.h.
 *
 * A unit is what shares the rows that are read: a K/V head of a sequence with up to 16 query heads
 * of its group (8 in fp32), as many as the columns of a tensor-core tile. Groups of more are
 * several units, which read the same rows. Unit ((b * KV_HEADS + g) * blocks + i) has heads i *
 * columns and on of the group.
 *
 * A warp reads a strip at a time: 16 rows of K and V (8 in fp32). A unit's rows are cut in parts at
 * multiples of 16 rows.
 */
#ifndef KERNELS_CUDA_GPU_ATTENTION_H
#define KERNELS_CUDA_GPU_ATTENTION_H

#include "../attention.h"
#include "gpu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ATTENTION_CUT          16u /* rows: parts begin at multiples of it */
#define ATTENTION_WARPS        8u  /* of a CTA that read rows, at most */
#define ATTENTION_SHARED_LINES 32u /* words from one unit's counter to the next's: a line each */

/* The tensors, in device memory, as stored. */
struct gpu_attention {
    struct attention_shape shape;
    const void *q;
    void *out;
    const void *new_rows[2]; /* by attention_side */
    void *cache[2];          /* by attention_side */
};

/* How heads become units, and which kernel of a table. */
struct attention_units {
    uint32_t count;   /* units */
    uint32_t blocks;  /* units of a K/V head of a sequence */
    uint32_t columns; /* query heads of a unit, at most: 8 or 16 */
    uint32_t heads;   /* query heads of the fullest unit */
    uint32_t kernel;  /* index into a table of ATTENTION_KERNELS */
};

/* Kernels of a table {DTYPE, HEAD_DIM, columns}, in the order of the rows below. */
#define ATTENTION_KERNELS 10u
/* clang-format off */
#define ATTENTION_TABLE(ROW)                                                                       \
    ROW(DTYPE_BF16, 64, 8) ROW(DTYPE_BF16, 64, 16) ROW(DTYPE_BF16, 128, 8) ROW(DTYPE_BF16, 128, 16)\
    ROW(DTYPE_FP16, 64, 8) ROW(DTYPE_FP16, 64, 16) ROW(DTYPE_FP16, 128, 8) ROW(DTYPE_FP16, 128, 16)\
    ROW(DTYPE_FP32, 64, 8) ROW(DTYPE_FP32, 128, 8)
/* clang-format on */

/* A variant's state begins with it. */
struct attention_lab {
    struct gpu_lab lab; /* first: gpu_lab_poll takes the state */
    struct gpu_attention data;
    struct attention_units units;
    void *memory; /* of the tensors */
    void *work;   /* of the variant, zeroed: counters, partial sums */
};

struct attention_units attention_units_of(const struct attention_shape *shape);

/* Bytes of shared memory: a warp's strip of K and V; what a CTA needs beside its strips, with so
 * many warps. */
uint32_t attention_strip_bytes(const struct attention_shape *shape);
uint32_t attention_fixed_bytes(const struct attention_shape *shape,
                               const struct attention_units *units, uint32_t warps);

/* Floats of one part's sums: out of each head, then most and weight of each; whole lines. */
uint32_t attention_partial_floats(const struct attention_shape *shape,
                                  const struct attention_units *units);

/* Whether the knobs are a shape and the device has room for its tensors, the stamps of so many
 * programs, and work_bytes. `knobs` may hold `auto`. */
bool attention_fits(const struct knobs *knobs, uint64_t programs, uint64_t work_bytes,
                    const struct device_info *device, struct error *error);

/* Opens the lab, takes tensors and work_bytes of zeroed memory, makes the inputs. False: *error
 * says why, nothing is held. */
bool attention_open(struct attention_lab *lab, const struct gpu_lab_plan *plan, uint64_t work_bytes,
                    struct error *error);
void attention_close(struct attention_lab *lab);

/* Members of struct variant. */
void attention_resolve(struct knobs *knobs, const struct device_info *device);
void attention_poison(void *state);
uint64_t attention_count_nan(const void *state);
void attention_output(const void *state, uint32_t part, float *rows);

/* ---- kernels (gpu_attention_tensor.cu); they return when it is done ---------------------------
 */

bool attention_make_inputs(const struct gpu_attention *data, const uint32_t *stop,
                           cudaStream_t stream, struct error *error);

/* NaN in out, and in the rows of all caches from CONTEXT on. */
bool attention_fill_poison(const struct gpu_attention *data, cudaStream_t stream,
                           struct error *error);

/* Adds to *count, a word of device memory, how many elements of out are NaN. */
bool attention_add_nan(const struct gpu_attention *data, uint64_t *count, cudaStream_t stream,
                       struct error *error);

#ifdef __cplusplus
}
#endif

#endif
