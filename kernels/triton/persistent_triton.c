#include "persistent_triton.h"

#include <inttypes.h>

#define LINE UINT64_C(32) /* words per cache line; no two arrays share a line */

static uint64_t word_count(const struct knobs *knobs)
{
    return 2 * LINE + (uint64_t)knobs->batch + 2 * (uint64_t)knobs->num_programs;
}

/*
 * Checks that all programs fit on the device at once, if they wait for each other. A program that
 * waits for a step waits for a lower ticket. A program's first ticket is its own number; all other
 * tickets are drawn by running programs. So if all programs run at once, a running program has
 * every ticket that another program waits for. Without CHAIN, or with QUEUE sequence, no program
 * waits.
 */
static bool fits_resident(const struct knobs *knobs, const struct device_info *device,
                          const struct capacity *capacity, struct error *error)
{
    const struct triton_kernel *kernel = triton_decode_kernel(knobs);
    if (triton_queue(knobs) != QUEUE_STEP || !knobs->chain)
        return true;
    const uint32_t resident =
        device->units *
        capacity->ctas_per_sm(capacity, kernel, 32 * kernel->warps, kernel->shared_bytes);
    if (resident == 0)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "Triton's kernel %s cannot be loaded, or does not fit on an SM of this device",
            kernel->name);
    return knobs->num_programs <= resident ||
           error_set(error, ERROR_UNSUPPORTED,
                     "QUEUE step with CHAIN: programs wait for each other, but only %u fit on the "
                     "device at once; NUM_PROGRAMS is %" PRId64
                     ": reduce it, or use QUEUE sequence",
                     resident, knobs->num_programs);
}

bool persistent_triton_plan(const struct knobs *knobs, const struct device_info *device,
                            const struct capacity *capacity, uint64_t more_bytes, struct plan *plan,
                            struct error *error)
{
    plan->used.queue = triton_queue(knobs);
    plan->programs = (uint32_t)knobs->num_programs;
    plan->work_bytes = word_count(knobs) * sizeof(uint32_t);
    return gpu_dot_fits(knobs, plan->programs, triton_rows(knobs), plan->work_bytes + more_bytes,
                        device, error) &&
           fits_resident(knobs, device, capacity, error);
}

static bool clear_words(struct persistent_triton *triton, struct error *error)
{
    return gpu_right(cudaMemsetAsync(triton->words, 0,
                                     word_count(triton->lab.knobs) * sizeof(uint32_t),
                                     triton->lab.stream),
                     "cudaMemsetAsync", error);
}

static bool take_words(struct persistent_triton *triton, struct error *error)
{
    const struct knobs *knobs = triton->lab.knobs;
    if (!gpu_right(cudaMalloc(&triton->words, word_count(knobs) * sizeof(uint32_t)), "cudaMalloc",
                   error)) {
        triton->words = NULL;
        return false;
    }
    uint32_t *words = triton->words;
    triton->run.queue = words;
    triton->run.progress = words + LINE;
    triton->run.steps_done = words + 2 * LINE + 2 * knobs->num_programs;
    return clear_words(triton, error) &&
           gpu_right(cudaStreamSynchronize(triton->lab.stream), "cudaStreamSynchronize", error);
}

bool persistent_triton_open(struct persistent_triton *triton, const struct setup *setup,
                            const char *range_name, uint32_t steps, struct error *error)
{
    const struct gpu_lab_plan plan = {
        .setup = setup,
        .range_name = range_name,
        .programs = (uint32_t)setup->plan->used.num_programs,
        .rows = triton_rows(&setup->plan->used),
        .free_running = true,
        .timed = steps < (uint64_t)setup->plan->used.seq_len,
    };
    triton->function = triton_load(triton_decode_kernel(&setup->plan->used), error);
    if (!triton->function || !gpu_dot_open(&triton->lab, &plan, error))
        return false;
    triton->run.dot = triton->lab.dot;
    triton->run.steps = steps;
    triton->run.timed = plan.timed;
    if (take_words(triton, error))
        return true;
    persistent_triton_close(triton);
    return false;
}

void persistent_triton_close(struct persistent_triton *triton)
{
    if (triton->words)
        cudaFree(triton->words);
    triton->words = NULL;
    gpu_lab_close(&triton->lab);
}

bool persistent_triton_ready(struct persistent_triton *triton, struct error *error)
{
    return !triton->lab.aborting || clear_words(triton, error);
}

cudaError_t persistent_triton_launch(struct persistent_triton *triton, cudaStream_t stream)
{
    triton->run.link = triton->lab.link;
    return triton_launch_decode(triton->function, &triton->run, triton->lab.programs, stream);
}

enum poll_state persistent_triton_judge(const struct persistent_triton *triton,
                                        enum poll_state state, const struct stamp_batch *batch,
                                        struct error *error)
{
    const struct gpu_lab *lab = &triton->lab;
    const uint64_t steps = (uint64_t)lab->dot.batch * lab->dot.seq_len;
    if (state != POLL_DONE || lab->aborting || batch->heartbeat == steps)
        return state;
    error_set(error, ERROR_RUN,
              "of %" PRIu64 " steps, only %" PRIu64
              " completed: a program waited in vain for another program's step",
              steps, batch->heartbeat);
    return POLL_FAILED;
}
