/*
 * model_per_op - one kernel launch per operation, like a framework without a compiler.
 *
 * A layer of a Llama model has 16 operations: a norm; three matrix products for q, k and v; RoPE of
 * q and RoPE of k; the append to the cache; attention; the output product and the residual
 * addition; and six operations for the MLP. A layer of a Qwen model has 18, because it normalises q
 * and k before RoPE. Each operation is a launch, and passes its result to the next operation
 * through memory.
 *
 * In the histogram: a step takes as long as the host needs to launch some 260 kernels. Between
 * kernels the GPU waits for the host, however fast its memory is. A step's stamps are written by
 * its first and its last kernel, so these waits count as busy.
 */
#include "cuda.h"
#include "model_launches.h"

static const struct model_stepper stepper = {
    .kernel = {.name = "model_per_op", .kernels = model_step_kernels, .capability = 80},
    .launch = model_step_launch_operations,
    .launches = model_step_operations,
};

MODEL_LAUNCHED_PREPARATION(stepper)

const struct variant_ops model_per_op_ops = {
    .plan = make_plan,
    .prepare = prepare,
    MODEL_LAUNCHED,
};
