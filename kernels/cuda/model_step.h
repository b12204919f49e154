/*
 * model_step.h - the kernels of one step of `model`: one kernel per operation, or one per phase.
 * Some variants launch the kernels for every step; others capture the launches as a graph.
 *
 * The step's number is a word in device memory, which the step's last kernel increments. So the
 * launches of all steps are the same, and the graph of one step can be replayed for every step.
 */
#pragma once

#include "gpu_model.h"

__BEGIN_DECLS

/* The arguments of all kernels. */
struct model_step {
    struct gpu_model model;
    struct gpu_link link; /* one program; its stamps use the GPU's timer */
    uint32_t ctas;        /* CTAs of a matrix kernel */
    uint32_t act_bytes, shared_bytes;
    uint32_t depth; /* groups in flight per warp (MODEL_DEPTH, ...) */
    uint32_t ahead; /* programmatic launches: bytes per CTA that a kernel prefetches before it waits
                       for the previous kernel; 0: plain launches */
};

/* Loads the kernels and grants them shared memory, so that neither happens during a measurement. */
bool model_step_load(const struct model_step *step, struct error *error);

/* Launches a step: one kernel per operation, or one kernel per phase. */
cudaError_t model_step_launch_operations(const struct model_step *step, cudaStream_t stream);
cudaError_t model_step_launch_phases(const struct model_step *step, cudaStream_t stream);

/* Return the number of launches per step. */
uint32_t model_step_operations(const struct gpu_model *model);
uint32_t model_step_phases(const struct gpu_model *model);

/* Attention's kernels. Plans ask the driver how many of their CTAs fit. */
extern const void *const model_step_kernels[MODEL_RANGES][MODEL_DIMS];

__END_DECLS
