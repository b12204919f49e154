/*
 * fault.cu - variants that fail on purpose, to test that pdlab survives. They form the hidden
 * target `fault` (pdlab list --all).
 */
#include "../workload_dot.h"
#include "cuda.h"
#include "gpu.cuh"
#include "gpu_lab.h"

#include <stdlib.h>

#define STUCK_NS UINT64_C(30000000000) /* FAULT_STUCK ends after this time */

enum fault {
    FAULT_HANG,   /* makes no progress until the abort word is raised */
    FAULT_STUCK,  /* makes no progress, and ignores the abort word */
    FAULT_BOUNDS, /* writes out of bounds */
    FAULT_SHARED, /* requests more shared memory than the GPU has */
    FAULT_WRONG,  /* outputs wrong numbers */
    FAULT_NAN,    /* does not write the output, which stays poisoned with NaN */
};

struct state {
    struct gpu_lab lab;
    enum fault fault;
};

static __global__ void go_wrong(struct gpu_dot dot, struct gpu_link link, enum fault fault)
{
    const uint64_t words = (uint64_t)dot.batch * dot.seq_len * dot.head_dim;
    const uint64_t began_ns = gpu_timer();
    bool left = false;
    if (fault == FAULT_HANG)
        while (gpu_load(link.abort) == 0)
            left = true;
    if (fault == FAULT_STUCK)
        while (gpu_timer() - began_ns < STUCK_NS)
            ;
    if (fault == FAULT_BOUNDS)
        dot.out[(uint64_t)1 << 45] = 1;
    for (uint64_t i = threadIdx.x; fault == FAULT_WRONG && i < words; i += blockDim.x)
        dot.out[i] = dot.v[i];
    __syncthreads();
    if (threadIdx.x == 0)
        gpu_report_end(link, 0, left ? 0 : dot.seq_len, false, left);
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    plan->programs = 1;
    return gpu_dot_fits(knobs, 1, 1, 0, device, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = (struct state *)state_alloc(sizeof *state, "a fault", error);
    struct gpu_lab_plan lab_plan = {};
    lab_plan.setup = setup;
    lab_plan.range_name = "fault";
    lab_plan.programs = lab_plan.rows = 1;
    lab_plan.ends = true;
    if (state != NULL && gpu_dot_open(&state->lab, &lab_plan, error))
        return state;
    free(state);
    return NULL;
}

static void describe(const void *argument, struct facts *facts)
{
    (void)argument;
    *facts = {};
    facts->programs = facts->launches_per_iteration = 1;
}

static bool launch(struct state *state, enum fault fault, struct error *error)
{
    const uint32_t shared_bytes = fault == FAULT_SHARED ? 1u << 20 : 0;
    gpu_lab_begin(&state->lab, LOOK_NOTHING);
    go_wrong<<<1, 256, shared_bytes, state->lab.stream>>>(state->lab.dot, state->lab.link, fault);
    return gpu_lab_launched(&state->lab, cudaGetLastError(), "cudaLaunchKernel", error);
}

#define FAULT(ID, ending, heading, lesson)                                                         \
    static bool submit_##ending(void *state, enum look look, struct error *error)                  \
    {                                                                                              \
        (void)look;                                                                                \
        return launch((struct state *)state, FAULT_##ID, error);                                   \
    }                                                                                              \
    static const struct variant_ops ending##_ops = {                                               \
        .plan = plan,                                                                              \
        .prepare = prepare,                                                                        \
        .release = gpu_lab_release,                                                                \
        .describe = describe,                                                                      \
        .submit = submit_##ending,                                                                 \
        .poll = gpu_lab_poll,                                                                      \
        GPU_DOT_OUTPUT,                                                                            \
    };                                                                                             \
    extern const struct variant fault_##ending = {                                                 \
        .name = "fault_" #ending,                                                                  \
        .file = "cuda/fault.cu",                                                                   \
        .target = "fault",                                                                         \
        .workload = &workload_dot,                                                                 \
        .backend = BACKEND_CUDA,                                                                   \
        .hidden = true,                                                                            \
        .title = heading,                                                                          \
        .why = lesson,                                                                             \
        .knobs = DOT_KNOBS,                                                                        \
        .ops = &ending##_ops,                                                                      \
    };

FAULT(HANG, hang, "Hangs, and stops when asked to",
      "pdlab stops a variant that makes no progress for two seconds; the other variants still run.")
FAULT(STUCK, stuck, "Hangs, and does not stop",
      "A variant that does not stop takes its process down, and pdlab continues in a new one.")
FAULT(BOUNDS, out_of_bounds, "Writes out of bounds",
      "After such an error every CUDA call of the process fails, so pdlab continues in a new one.")
FAULT(SHARED, shared_memory, "Requests too much shared memory",
      "A launch that requests too much shared memory fails, and the other variants still run.")
FAULT(WRONG, wrong, "Writes wrong numbers",
      "A variant with a wrong output is timed, but never ranked.")
FAULT(NAN, nan, "Does not write its output",
      "The output is still poisoned with NaN: the variant is timed, but never ranked.")
