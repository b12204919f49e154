/*
 * gpu_lab.c - opens and closes a gpu_lab, starts its iterations, and implements members of struct
 * variant_ops for `dot`. gpu_lab_poll.c waits for the end of an iteration.
 */
#include "gpu_lab.h"
#include "../clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory --------------------------------------------------------------------------------- */

static bool take_device(void **memory, uint64_t bytes, struct error *error)
{
    return gpu_right(cudaMalloc(memory, bytes), "cudaMalloc", error);
}

/* Allocates zeroed pinned memory that is mapped into the GPU. */
static bool take_mapped(void **memory, uint64_t bytes, struct error *error)
{
    if (!gpu_right(cudaHostAlloc(memory, bytes, cudaHostAllocMapped), "cudaHostAlloc", error))
        return false;
    memset(*memory, 0, bytes);
    return true;
}

static bool take_memory(struct gpu_lab *lab, struct error *error)
{
    const uint64_t stamps = (uint64_t)lab->programs * (lab->room ? lab->room : 1);
    void **const device = lab->device_memory;
    lab->stamps = malloc(stamps * sizeof *lab->stamps);
    lab->read = malloc(lab->programs * sizeof *lab->read);
    lab->standings = malloc(lab->programs * sizeof *lab->standings);
    if (!lab->stamps || !lab->read || !lab->standings)
        return error_set(error, ERROR_RUN, "no memory for %" PRIu64 " stamps", stamps);
    if (!take_device(&device[0], sizeof *lab->control, error) ||
        !take_device(&device[1], stamps * sizeof(struct gpu_stamp), error) ||
        !take_mapped((void **)&lab->reports, lab->programs * sizeof *lab->reports, error) ||
        !take_mapped((void **)&lab->done, (lab->programs + GPU_OTHERS_MOST) * sizeof *lab->done,
                     error) ||
        !take_mapped((void **)&lab->one, sizeof *lab->one, error) ||
        !take_mapped((void **)&lab->beats, sizeof *lab->beats, error) ||
        !gpu_right(cudaHostAlloc((void **)&lab->staging, GPU_STAGING_BYTES, cudaHostAllocDefault),
                   "cudaHostAlloc", error))
        return false;
    *lab->one = 1;
    lab->control = device[0];
    lab->link = (struct gpu_link){
        .stamps = device[1],
        .reports = lab->reports,
        .done = lab->done,
        .abort = &lab->control->abort,
        .row_mask = lab->room > 0 ? lab->room - 1 : 0,
    };
    /* Rows that a program has not reached yet are copied too, and then ignored. */
    return gpu_right(cudaMemsetAsync(lab->control, 0, sizeof *lab->control, lab->side),
                     "cudaMemsetAsync", error) &&
           gpu_right(cudaMemsetAsync(device[1], 0, stamps * sizeof(struct gpu_stamp), lab->side),
                     "cudaMemsetAsync", error) &&
           gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error);
}

/* Allocates the ring of phases, which has the layout of the ring of stamps. */
static bool take_phases(struct gpu_lab *lab, bool wanted, struct error *error)
{
    const uint64_t count = (uint64_t)lab->programs * lab->room;
    void **const device = &lab->device_memory[3];
    if (!wanted || lab->room == 0)
        return true;
    lab->phases = malloc(count * sizeof *lab->phases);
    if (!lab->phases)
        return error_set(error, ERROR_RUN, "no memory for %" PRIu64 " phases", count);
    return take_device(device, count * sizeof(struct gpu_phase), error) &&
           gpu_right(cudaMemsetAsync(*device, 0, count * sizeof(struct gpu_phase), lab->side),
                     "cudaMemsetAsync", error) &&
           gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error);
}

static bool take_streams(struct gpu_lab *lab, struct error *error)
{
    int low, high;
    return gpu_right(cudaDeviceGetStreamPriorityRange(&low, &high),
                     "cudaDeviceGetStreamPriorityRange", error) &&
           gpu_right(cudaStreamCreateWithPriority(&lab->stream, cudaStreamNonBlocking, high),
                     "cudaStreamCreateWithPriority", error) &&
           gpu_right(cudaStreamCreateWithPriority(&lab->side, cudaStreamNonBlocking, high),
                     "cudaStreamCreateWithPriority", error);
}

bool gpu_lab_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error)
{
    const struct knobs *knobs = &plan->setup->plan->used;
    *lab = (struct gpu_lab){
        .stop = plan->setup->stop,
        .knobs = knobs,
        .range_name = plan->range_name,
        .programs = plan->programs,
        .free_running = plan->free_running,
        .rows = plan->rows,
        .timed = plan->timed,
        .ends = plan->ends,
        .room = gpu_stamp_room(knobs, plan->programs, plan->rows),
    };
    if (take_streams(lab, error) && take_memory(lab, error) &&
        take_phases(lab, plan->phases && knobs->phases, error) && gpu_clock_align(error))
        return true;
    gpu_lab_close(lab);
    return false;
}

bool gpu_dot_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error)
{
    const struct knobs *knobs = &plan->setup->plan->used;
    const uint64_t bytes = gpu_dot_tensor_bytes(knobs);
    if (!gpu_lab_open(lab, plan, error))
        return false;
    if (!take_device(&lab->device_memory[2], 4 * bytes, error)) {
        gpu_lab_close(lab);
        return false;
    }
    char *tensors = lab->device_memory[2];
    lab->dot = (struct gpu_dot){
        .q = (float *)(void *)tensors,
        .k = (float *)(void *)(tensors + bytes),
        .v = (float *)(void *)(tensors + 2 * bytes),
        .out = (float *)(void *)(tensors + 3 * bytes),
        .batch = (uint32_t)knobs->batch,
        .seq_len = (uint32_t)knobs->seq_len,
        .head_dim = (uint32_t)knobs->head_dim,
        .chain = knobs->chain != 0,
    };
    if (gpu_make_dot_inputs(&lab->dot, (uint64_t)knobs->seed, lab->stream, error))
        return true;
    gpu_lab_close(lab);
    return false;
}

void gpu_lab_close(struct gpu_lab *lab)
{
    for (size_t i = 0; i < sizeof lab->device_memory / sizeof *lab->device_memory; i++)
        cudaFree(lab->device_memory[i]);
    cudaFreeHost(lab->reports);
    cudaFreeHost(lab->done);
    cudaFreeHost(lab->one);
    cudaFreeHost(lab->beats);
    cudaFreeHost(lab->staging);
    free(lab->stamps);
    free(lab->phases);
    free(lab->read);
    free(lab->standings);
    if (lab->side)
        cudaStreamDestroy(lab->side);
    if (lab->stream)
        cudaStreamDestroy(lab->stream);
    cudaGetLastError();
}

void gpu_lab_release(void *state)
{
    gpu_lab_close(state);
    free(state);
}

/* ---- beginning ------------------------------------------------------------------------------ */

void gpu_lab_begin(struct gpu_lab *lab, enum look look)
{
    lab->stamped = look != LOOK_NOTHING && lab->room > 0;
    lab->phased = look == LOOK_PHASES && lab->phases;
    lab->link.stamped = lab->stamped;
    lab->link.phases = lab->phased ? gpu_lab_phases(lab) : NULL;
    lab->aborting = lab->late = false;
    lab->handed = 0;
    lab->left_out = 0;
    lab->begun_ns = lab->looked_ns = clock_now();
    lab->range = gpu_range_begin(lab->range_name, lab->knobs);
}

bool gpu_lab_launched(struct gpu_lab *lab, cudaError_t status, const char *call,
                      struct error *error)
{
    if (gpu_right(status, call, error))
        return true;
    gpu_lab_end(lab);
    return false;
}

void gpu_lab_end(struct gpu_lab *lab)
{
    if (lab->range != 0)
        gpu_range_end(lab->range);
    lab->range = 0;
}

/* ---- members of struct variant_ops ---------------------------------------------------------- */

static uint64_t output_words(const struct gpu_lab *lab)
{
    return (uint64_t)lab->dot.batch * lab->dot.seq_len * lab->dot.head_dim;
}

void gpu_dot_poison(void *state)
{
    struct gpu_lab *lab = state;
    struct error ignored;
    gpu_fill_nan(lab->dot.out, output_words(lab), lab->side, &ignored);
}

/* Returns the number of wrong scores if `scores` is given, else the number of NaN elements in the
 * output. If the device cannot count them, returns `whole`. */
static uint64_t count_on_device(const struct gpu_lab *lab, const float *scores, uint64_t whole)
{
    struct error ignored;
    uint64_t count = 0;
    uint64_t *const word = &lab->control->nan;
    if (cudaMemsetAsync(word, 0, sizeof count, lab->side) != cudaSuccess ||
        !(scores ? gpu_add_wrong_scores(&lab->dot, scores, word, lab->side, &ignored)
                 : gpu_add_nan(lab->dot.out, whole, word, lab->side, &ignored)) ||
        cudaMemcpyAsync(&count, word, sizeof count, cudaMemcpyDeviceToHost, lab->side) !=
            cudaSuccess ||
        cudaStreamSynchronize(lab->side) != cudaSuccess)
        return whole;
    return count;
}

uint64_t gpu_dot_count_nan(const void *state)
{
    const struct gpu_lab *lab = state;
    return count_on_device(lab, NULL, output_words(lab));
}

uint64_t gpu_dot_count_wrong(const struct gpu_lab *lab, const float *scores)
{
    return count_on_device(lab, scores, (uint64_t)lab->dot.batch * lab->dot.seq_len);
}

void gpu_dot_output(const void *state, uint32_t part, float *rows)
{
    const struct gpu_lab *lab = state;
    const size_t words = (size_t)lab->dot.seq_len * lab->dot.head_dim;
    if (cudaMemcpyAsync(rows, lab->dot.out + part * words, words * sizeof *rows,
                        cudaMemcpyDeviceToHost, lab->side) != cudaSuccess ||
        cudaStreamSynchronize(lab->side) != cudaSuccess)
        memset(rows, 0xFF, words * sizeof *rows); /* NaN: counts as wrong */
}
