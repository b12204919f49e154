/*
 * model_fused_graph - the fused kernels of one step, captured as a CUDA graph and replayed per
 * token.
 *
 * The step's number is a word in device memory, which the last kernel advances, so every token
 * replays the same graph. The host submits replays ahead of the GPU.
 *
 * In the histogram: the launches no longer cost time, and memory bandwidth becomes visible. Memory
 * still idles at the start and the end of each kernel, and Llama-3.2-1B has 81 kernels per step.
 */
#include "cuda.h"
#include "model_launches.h"

static const struct model_stepper stepper = {
    .kernel = {.name = "model_fused_graph", .kernels = model_step_kernels, .capability = 80},
    .launch = model_step_launch_phases,
    .launches = model_step_phases,
    .captured = true,
};

MODEL_LAUNCHED_PREPARATION(stepper)

const struct variant model_fused_graph = {
    .name = "model_fused_graph",
    .file = "cuda/model_fused_graph.c",
    .target = "model_decode",
    .workload = &workload_model,
    .backend = BACKEND_CUDA,
    .rung = 3,
    .after = "model_fused",
    .title = "Five kernels per layer, in a graph",
    .why = "A step's launches are captured once, and one replay per token submits them.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS),
    .plan = make_plan,
    .prepare = prepare,
    MODEL_LAUNCHED,
};
