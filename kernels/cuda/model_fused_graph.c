/*
 * model_fused_graph - the fused kernels of one step, captured as a CUDA graph that is replayed for
 * each token.
 *
 * The step's number is a word in device memory, which the last kernel increments. So every token
 * replays the same graph, and the host submits replays before the GPU needs them.
 *
 * In the histogram: the launches no longer cost time, and memory bandwidth becomes visible. Memory
 * is still idle at the start and the end of each kernel, and Llama-3.2-1B has 81 kernels per step.
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
