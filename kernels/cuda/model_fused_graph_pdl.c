/*
 * model_fused_graph_pdl - the same graph with programmatic edges: kernels overlap.
 *
 * A kernel's CTAs start as soon as the previous kernel's CTAs have started and an SM has room.
 * Weights do not depend on the previous kernel, so a CTA requests its first weights before it waits
 * for that kernel.
 *
 * In the histogram: most of the start and the end of a kernel is hidden. Without this rung, pdlab
 * would compare persistent kernels with a graph that nobody should use.
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

const struct variant model_fused_graph_pdl = {
    .name = "model_fused_graph_pdl",
    .file = "cuda/model_fused_graph_pdl.c",
    .target = "model_decode",
    .workload = &workload_model,
    .backend = BACKEND_CUDA,
    .rung = 4,
    .after = "model_fused_graph",
    .title = "Programmatic edges, weights requested early",
    .why = "A kernel starts while the previous one ends, and requests its first weights before it "
           "waits.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS),
    .plan = make_plan,
    .prepare = prepare,
    MODEL_LAUNCHED,
};
