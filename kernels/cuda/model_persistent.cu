/*
 * model_persistent - a whole model, and all tokens, in one launch: each SM has one program, which
 * runs every phase of every layer for every token.
 *
 * A graph with programmatic edges still starts and ends about 80 kernels per token. Here the
 * programs stay on their SMs, and each phase ends with a barrier in global memory. A program owns
 * the same rows of each matrix for all tokens, and the device computes the argmax. So the host has
 * nothing to do until SEQ_LEN tokens are complete.
 *
 * Every phase still has three latencies in series: the barrier, the first weights from memory, and
 * the activations from L2. Weights do not depend on the previous phase, but here programs request
 * them only after that phase has ended. model_persistent_pipelined requests them earlier.
 *
 * H200, us per step at BATCH 1, CONTEXT 128. Predicted: less than the graph with programmatic
 * edges, because a barrier takes 1 us, and a kernel's start and end take longer. Measured:
 * Llama-3.2-1B 830 (graph: 749 with programmatic edges, 863 without), Qwen3-0.6B 759 (graph: 652
 * and 817). Learned: a persistent kernel saves the start and the end of kernels. A kernel with a
 * programmatic edge requests weights before it waits, which saves more.
 */
#include "cuda.h"
#include "gpu_model.h"
#include "model_program.cuh"

struct direct_weights {
    struct model_direct source;

    __device__ __forceinline__ void begin(const struct gpu_model &m, uint32_t phase, uint32_t layer,
                                          const struct model_share &share)
    {
        source.begin(model_tiles_of(m, phase, layer, share.first), model_columns_of(&m, phase),
                     share.count);
    }
    __device__ __forceinline__ uint32_t waited()
    {
        return 0;
    }
    __device__ __forceinline__ void leave()
    {
    }
};

template <int DIM, uint32_t MOST, bool PHASED>
static __global__ void __launch_bounds__(MODEL_THREADS, 1)
    decode(const __grid_constant__ struct model_run run)
{
    extern __shared__ __align__(128) char memory[];
    const struct model_shared shared = model_share(memory, run.act_bytes, run.model.batch);
    struct direct_weights weights = {{shared.rest + run.own_bytes, run.stages}};
    model_iterate<DIM, MOST, PHASED, true>(run, shared, (float *)shared.rest, weights);
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *const kernels[MODEL_RANGES][MODEL_DIMS] = MODEL_BY_BATCH_AND_DIM(decode, false);

static const void *const phased[MODEL_RANGES][MODEL_DIMS] = MODEL_BY_BATCH_AND_DIM(decode, true);

static const struct model_kernel kernel = {
    .name = "model_persistent",
    .kernels = kernels,
    .phased = phased,
    .persistent = true,
    .capability = 80,
};

static bool make_plan(const struct knobs *knobs, const struct device_info *device,
                      const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return model_plan(&kernel, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return model_programs_prepare(&kernel, setup, error);
}

extern const struct variant_ops model_persistent_ops = {
    .plan = make_plan,
    .prepare = prepare,
    MODEL_PROGRAMS,
};
