/*
 * persistent_decode_resident - no launches between iterations: the kernel stays on the GPU, and the
 * host rings a doorbell to start each iteration.
 *
 * In persistent_decode_cuda the steps are as short as possible, but each iteration still needs a
 * launch. Here the launch is gone too. The host writes a word in mapped memory, the doorbell. The
 * first CTA reads the doorbell over the bus, and passes the value on to the other CTAs. At the end
 * of an iteration, each program writes its `done` word in mapped memory. A serving loop cannot be
 * faster, but the price is that no other kernel can use the SMs. So the kernel exits if the
 * doorbell has not changed for a second. It also exits when the host tells it to, which the host
 * does before another kernel needs the device. The next iteration launches it again.
 *
 * In the histogram: the steps are the same as in persistent_decode_cuda. The time to the first
 * token (TTFT) is shorter.
 *
 * Predicted: 8 us per iteration, because the doorbell's round trip takes 1.9 us, and a launch takes
 * 7. Measured (H100, 8x32x64): TTFT is 2 to 3 us instead of 8. An iteration takes 8.4 us at best (4
 * programs, STEP_SYNC none, no stamps), and 10.6 at the defaults. Learned: a system-wide fence at
 * the end took half a microsecond. It is not needed, because the output only needs to reach the
 * GPU's memory, where the host's copy reads it. Also learned: in the first version, each CTA polled
 * the abort word itself. After a stop between the doorbell and the command, some CTAs exited while
 * others entered the iteration and waited at the grid barrier for ever. In this version, the first
 * CTA decides for all (resident.h).
 */
#include "../clock.h"
#include "cuda.h"
#include "gpu_lab.h"
#include "persistent_dot.cuh"
#include "resident.h"

#include <stdlib.h>

#define SPINS 64u /* polls of the doorbell between two reads of the timer */

/* How long the host waits for the kernel to exit. Longer than the kernel polls the doorbell, and
 * longer than it waits for other programs. */
#define QUIESCE_NS (2 * GPU_DEADLINE_NS)

/* In mapped memory. */
struct doorbell {
    uint32_t ring; /* the doorbell, written by the host: 4 * the iteration's number + its enum look,
                      or RESIDENT_LEAVE */
    uint32_t seen; /* the value that the host copies to `command` before a launch */
};

struct resident {
    struct persistent run;
    const struct doorbell *doorbell;
    uint32_t *command; /* device memory: the first CTA writes its command here */
    uint32_t seen;     /* value of the doorbell that the kernel must not act on again */
};

/* ---- on the device -------------------------------------------------------------------------- */

/* Called by the first CTA: polls the doorbell until there is a command for all CTAs. */
static __device__ uint32_t poll_doorbell(const struct resident &resident, uint32_t seen)
{
    const uint64_t began_ns = gpu_timer();
    bool abort = false, expired = false;
    for (uint32_t look = 1;; look++) {
        const uint32_t ring = gpu_load_acquire_system(&resident.doorbell->ring);
        const uint32_t command = resident_decide(ring, seen, abort, expired);
        if (command != seen)
            return command;
        if (look % SPINS == 0) {
            abort = gpu_load(resident.run.link.abort) != 0;
            expired = gpu_timer() - began_ns > GPU_RESIDENT_NS;
        }
    }
}

/* Called by the other CTAs: waits for a command. They need no deadline, because the first CTA
 * always issues a command in the end. */
static __device__ uint32_t await_command(const struct resident &resident, uint32_t seen)
{
    uint32_t command;
    do
        command = gpu_load_acquire(resident.command);
    while (command == seen);
    return command;
}

static __device__ __forceinline__ uint32_t await(const struct resident &resident, uint32_t seen)
{
    __shared__ uint32_t command;
    if (threadIdx.x == 0) {
        command = blockIdx.x == 0 ? poll_doorbell(resident, seen) : await_command(resident, seen);
        if (blockIdx.x == 0 && gridDim.x > 1)
            gpu_store_release(resident.command, command);
    }
    __syncthreads();
    const uint32_t next = command;
    __syncthreads(); /* every thread must have read `next` before the next write to it */
    return next;
}

template <int LANES, int TILES, bool PHASED>
static __global__ void decode_resident(const __grid_constant__ struct resident resident)
{
    uint32_t seen = resident.seen, round = resident.run.round;
    bool left = false;
    while (!left) {
        const uint32_t next = await(resident, seen);
        if (next == RESIDENT_LEAVE)
            return;
        const uint32_t look = next % 4;
        if (PHASED && look == LOOK_PHASES)
            left = persistent_iterate<LANES, TILES, true>(resident.run, round, true);
        else
            left =
                persistent_iterate<LANES, TILES, false>(resident.run, round, look != LOOK_NOTHING);
        round += resident.run.dot.seq_len - 1;
        seen = next;
    }
    if (blockIdx.x == 0 && threadIdx.x == 0)
        gpu_store_release(resident.command, RESIDENT_LEAVE);
}

static const void *const kernels[PERSISTENT_KERNELS] = {
#define ROW(LANES, TILES) (const void *)decode_resident<LANES, TILES, false>,
    PERSISTENT_TABLE(ROW)
#undef ROW
};

static const void *const phased[PERSISTENT_KERNELS] = {
#define ROW(LANES, TILES) (const void *)decode_resident<LANES, TILES, true>,
    PERSISTENT_TABLE(ROW)
#undef ROW
};

/* ---- on the host ---------------------------------------------------------------------------- */

struct state {
    struct gpu_lab lab; /* must be first: `revive` casts a pointer to it to the state */
    const struct plan *plan;
    struct resident resident;
    struct doorbell *doorbell;
    uint32_t iterations;   /* iterations started so far */
    uint32_t ring, before; /* the newest value of the doorbell, and the previous one */
    uint32_t round; /* rounds of the barrier up to the end of the iteration that `ring` starts */
    bool running;   /* launched, and not told to exit; the kernel may have exited after a second */
};

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    const struct persistent_needs needs = {kernels, phased, 0, false};
    if (device->serial)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "persistent_decode_resident needs launches that return while the kernel runs, but %s",
            device->blocking ? "CUDA_LAUNCH_BLOCKING makes each launch wait until its kernel ends: "
                               "unset it"
                             : "here each launch waits until its kernel ends, as under some "
                               "profilers");
    return persistent_plan(&needs, knobs, device, capacity, plan, error);
}

static void write_bell(struct state *state, uint32_t word)
{
    __atomic_store_n(&state->doorbell->ring, word, __ATOMIC_RELEASE);
}

/* Launches the kernel as if it had already handled the doorbell's value `before`. So the kernel
 * acts on the value `ring` at once, or as soon as the host writes it. round: rounds of the barrier
 * so far. */
static bool launch(struct state *state, uint32_t round, struct error *error)
{
    struct gpu_lab *lab = &state->lab;
    state->resident.seen = state->doorbell->seen = state->before;
    state->resident.run.round = round;
    state->resident.run.link.phases =
        gpu_lab_phases(lab); /* the doorbell's value says whether to record phases */
    if (!gpu_right(cudaMemcpyAsync(state->resident.command, &state->doorbell->seen,
                                   sizeof state->doorbell->seen, cudaMemcpyHostToDevice,
                                   lab->stream),
                   "cudaMemcpyAsync", error))
        return false;
    void *arguments[] = {&state->resident};
    const enum look look = state->plan->phased != NULL ? LOOK_PHASES : LOOK_STAMPS;
    state->running = gpu_right(gpu_plan_launch(state->plan, look, arguments, lab->stream),
                               "cudaLaunchKernelExC", error);
    return state->running;
}

/* Launches the kernel again, because it exited just when the host rang the doorbell. */
static bool revive(struct gpu_lab *lab, struct error *error)
{
    struct state *state = (struct state *)lab;
    return launch(state, state->round - (lab->dot.seq_len - 1), error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state =
        (struct state *)state_alloc(sizeof *state, "persistent_decode_resident", error);
    if (!state)
        return NULL;
    state->plan = setup->plan;
    if (!persistent_open(&state->lab, setup, "persistent_decode_resident", &state->resident.run,
                         error)) {
        free(state);
        return NULL;
    }
    if (!gpu_right(
            cudaHostAlloc((void **)&state->doorbell, sizeof *state->doorbell, cudaHostAllocMapped),
            "cudaHostAlloc", error)) {
        gpu_lab_close(&state->lab);
        free(state);
        return NULL;
    }
    *state->doorbell = {};
    state->lab.revive = revive;
    state->resident.doorbell = state->doorbell;
    state->lab.doorbell = &state->doorbell->ring;
    state->resident.command = &state->lab.control->command;
    return state;
}

/* Rings the doorbell to tell the kernel to exit, and waits until it has exited. */
static bool quiesce(void *argument, struct error *error)
{
    struct state *state = (struct state *)argument;
    const uint64_t began_ns = clock_now();
    cudaError_t status = cudaSuccess;
    if (!state->running)
        return true;
    write_bell(state, RESIDENT_LEAVE);
    while ((status = cudaStreamQuery(state->lab.stream)) == cudaErrorNotReady) {
        cudaGetLastError();
        if (clock_now() - began_ns > QUIESCE_NS)
            return error_set(
                error, ERROR_LOST,
                "persistent_decode_resident did not exit within %u s after the host told it "
                "to",
                (unsigned)(QUIESCE_NS / 1000000000));
    }
    state->running = false;
    return gpu_right(status, "the resident kernel", error);
}

static void release(void *argument)
{
    struct state *state = (struct state *)argument;
    gpu_lab_close(&state->lab);
    cudaFreeHost(state->doorbell);
    free(state);
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = (const struct state *)argument;
    *facts = {};
    facts->programs = state->plan->programs;
    facts->launches_per_iteration = 0;
    facts->free_running = state->lab.free_running;
    facts->stamp_error_ns = gpu_clock_error();
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = (struct state *)argument;
    struct gpu_lab *lab = &state->lab;
    if (lab->aborting) { /* the kernel has exited, and the abort has reset the barrier's counter */
        state->round = 0;
        state->running = false;
    }
    gpu_lab_begin(lab, look);
    state->before = state->ring;
    if (!state->running) {
        write_bell(state, state->before);
        if (!launch(state, state->round, error)) {
            gpu_lab_end(lab);
            return false;
        }
    }
    state->iterations = state->iterations % (RESIDENT_LEAVE >> 2) + 1;
    state->ring = state->iterations << 2 | (uint32_t)gpu_lab_look(lab);
    state->round += lab->dot.seq_len - 1; /* as the kernel counts */
    write_bell(state, state->ring);
    return true;
}

extern const struct variant_ops persistent_decode_resident_ops = {
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .poll = gpu_lab_poll,
    .quiesce = quiesce,
    GPU_DOT_OUTPUT,
};
