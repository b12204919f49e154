/*
 * model_fused_graph_pdl - the graph of model_fused_graph with programmatic edges, so that kernels
 * overlap.
 *
 * A kernel's CTAs start as soon as the previous kernel's CTAs have started and an SM has room.
 * Weights do not depend on the previous kernel, so a CTA requests its first weights before it waits
 * for that kernel.
 *
 * In the histogram: most of the time for starting and ending kernels is hidden. Compare persistent
 * kernels with this rung: it is the fastest form of the graph (H200, Llama-3.2-1B, BATCH 1, CONTEXT
 * 128: 749 us instead of 863). Learned: a kernel for any BATCH took 846. Kernels compiled for BATCH
 * 1 have fewer instructions between the arrival of the activations and the first product, and that
 * time is not hidden.
 */
#include "cuda.h"
#include "model_launches.h"

static const struct model_stepper stepper = {
    .kernel = {.name = "model_fused_graph_pdl",
               .kernels = model_step_kernels,
               .overlaps = true,
               .capability = 90},
    .launch = model_step_launch_phases,
    .launches = model_step_phases,
    .captured = true,
    .programmatic = true,
};

MODEL_LAUNCHED_PREPARATION(stepper)

const struct variant_ops model_fused_graph_pdl_ops = {
    .plan = make_plan,
    .prepare = prepare,
    MODEL_LAUNCHED,
};
