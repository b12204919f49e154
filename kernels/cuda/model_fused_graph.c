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

const struct variant_ops model_fused_graph_ops = {
    .plan = make_plan,
    .prepare = prepare,
    MODEL_LAUNCHED,
};
