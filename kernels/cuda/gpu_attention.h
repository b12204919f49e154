/*
 * gpu_attention.h - host code that the GPU variants of `attention` share: tensors, inputs and the
 * output. ../attention.h defines the shapes; ../plan/attention_plan.h makes the plans.
 */
#pragma once

#include "../plan/attention_plan.h"
#include "gpu_lab.h"

__BEGIN_DECLS

/* The state of each of these variants begins with this struct. */
struct attention_lab {
    struct gpu_lab lab; /* must be first: gpu_lab_poll gets a pointer to the state */
    struct gpu_attention data;
    struct attention_units units;
    void *memory; /* the tensors */
    void *work;   /* zeroed device memory for the variant's counters and partial sums */
};

/* Opens the lab, allocates the tensors and work_bytes of zeroed memory, as the plan says, and
 * generates the inputs. If it fails, returns false, *error says why, and there is nothing to close.
 */
bool attention_open(struct attention_lab *lab, const struct gpu_lab_plan *plan,
                    struct error *error);
void attention_close(struct attention_lab *lab);

/* These functions implement members of struct variant_ops. */
void attention_poison(void *state);
uint64_t attention_count_nan(const void *state);
void attention_output(const void *state, uint32_t part, float *rows);

/* ---- kernels (gpu_attention_tensor.cu); they return when done ------------------------------- */

bool attention_make_inputs(const struct gpu_attention *data, const uint32_t *stop,
                           cudaStream_t stream, struct error *error);

/* Writes NaN to out, and to those rows of all copies of the cache that steps append. */
bool attention_fill_poison(const struct gpu_attention *data, cudaStream_t stream,
                           struct error *error);

/* Adds the number of NaN elements in out to *count, a word of device memory. */
bool attention_add_nan(const struct gpu_attention *data, uint64_t *count, cudaStream_t stream,
                       struct error *error);

__END_DECLS
