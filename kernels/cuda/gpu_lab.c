#include "gpu_lab.h"
#include "../clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STAGING_BYTES  (UINT64_C(4) << 20)
#define STAGING_STAMPS (STAGING_BYTES / sizeof(struct gpu_stamp))

#define LOOK_NS    UINT64_C(2000000)  /* between queries of the driver */
#define NAP_NS     50000              /* in a long iteration */
#define LONG_NS    UINT64_C(20000000) /* an iteration is long from here on */
#define NAP_END_NS UINT64_C(1000000)  /* before the usual end; from here on only spin */
#define TORN_NS    UINT64_C(2000)     /* a report's words arrive within that time */

/* ---- memory --------------------------------------------------------------------------------- */

static bool take_device(void **memory, uint64_t bytes, struct error *error)
{
    return gpu_right(cudaMalloc(memory, bytes), "cudaMalloc", error);
}

/* Allocates zeroed pinned memory that the GPU can access too. */
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
        !gpu_right(cudaHostAlloc((void **)&lab->staging, STAGING_BYTES, cudaHostAllocDefault),
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
    /* Rows that a program has not reached are copied too, and then ignored. */
    return gpu_right(cudaMemsetAsync(lab->control, 0, sizeof *lab->control, lab->side),
                     "cudaMemsetAsync", error) &&
           gpu_right(cudaMemsetAsync(device[1], 0, stamps * sizeof(struct gpu_stamp), lab->side),
                     "cudaMemsetAsync", error) &&
           gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error);
}

/* Allocates the ring of phases beside that of stamps. */
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

/* ---- stamps --------------------------------------------------------------------------------- */

uint64_t gpu_lab_time(const struct gpu_lab *lab, const struct gpu_standing *standing,
                      uint64_t moment)
{
    uint64_t timer_ns;
    if (moment == 0)
        return 0;
    if (lab->timed)
        return gpu_clock_host(moment, 0);
    const double after_ns = gpu_standing_after(standing, moment, &timer_ns);
    return gpu_clock_host(timer_ns, after_ns);
}

/* Copies a block of the rings of programs from `program` on into the staging memory. */
static bool pull_block(struct gpu_lab *lab, const struct stamp_block *block, uint32_t program,
                       struct error *error)
{
    const size_t width = block->rows * sizeof(struct gpu_stamp);
    return gpu_right(cudaMemcpy2DAsync(lab->staging, width,
                                       lab->link.stamps + (size_t)program * lab->room + block->slot,
                                       lab->room * sizeof(struct gpu_stamp), width, block->programs,
                                       cudaMemcpyDeviceToHost, lab->side),
                     "cudaMemcpy2DAsync", error) &&
           gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error);
}

/* Whether a stamp is possible. 0 means no stamp. */
static bool possible(const struct gpu_lab *lab, const struct gpu_standing *standing,
                     uint64_t moment)
{
    return lab->timed || moment == 0 || gpu_standing_reaches(standing, moment);
}

/* Converts a staged ring's rows from `first` on to the lab clock. Rows that the program has not
 * reached become 0. Rows with an impossible time also become 0, and count as left out. */
static void convert_rows(struct gpu_lab *lab, const struct stamp_block *block, uint32_t program,
                         uint32_t first, const struct gpu_stamp *from)
{
    const struct gpu_standing *standing = &lab->standings[program];
    struct stamp *to = lab->stamps + (size_t)program * lab->room + block->slot;
    for (uint32_t row = 0; row < block->rows; row++) {
        const bool reached = first + row < standing->rows;
        const bool holds = reached && possible(lab, standing, from[row].begin) &&
                           possible(lab, standing, from[row].end);
        to[row] = holds ? (struct stamp){gpu_lab_time(lab, standing, from[row].begin),
                                         gpu_lab_time(lab, standing, from[row].end)}
                        : (struct stamp){0, 0};
        lab->left_out += reached && !holds;
    }
}

/* Copies and converts the block's phases. */
static bool pull_phases(struct gpu_lab *lab, const struct stamp_block *block, uint32_t program,
                        struct error *error)
{
    const size_t width = block->rows * sizeof(struct gpu_phase);
    const struct gpu_phase *ring = gpu_lab_phases(lab), *from = (const void *)lab->staging;
    if (!lab->phased)
        return true;
    if (!gpu_right(cudaMemcpy2DAsync(lab->staging, width,
                                     ring + (size_t)program * lab->room + block->slot,
                                     lab->room * sizeof *ring, width, block->programs,
                                     cudaMemcpyDeviceToHost, lab->side),
                   "cudaMemcpy2DAsync", error) ||
        !gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error))
        return false;
    for (uint32_t i = 0; i < block->programs; i++) {
        const struct gpu_standing *standing = &lab->standings[program + i];
        struct phase *to = lab->phases + (size_t)(program + i) * lab->room + block->slot;
        for (uint32_t row = 0; row < block->rows; row++, from++)
            to[row] = (struct phase){gpu_standing_ns(standing, from->data),
                                     gpu_standing_ns(standing, from->barrier)};
    }
    return true;
}

/* Copies rows [first, first + count) of every program out of the device's rings. */
static bool pull_rows(struct gpu_lab *lab, uint32_t first, uint32_t count, struct error *error)
{
    struct stamp_block block;
    for (; count > 0; first += block.rows, count -= block.rows) {
        block = stamp_ring_block(lab->room, first, count, lab->programs, STAGING_STAMPS);
        for (uint32_t p = 0; p < lab->programs; p += block.programs) {
            if (block.programs > lab->programs - p)
                block.programs = lab->programs - p;
            if (!pull_block(lab, &block, p, error))
                return false;
            for (uint32_t i = 0; i < block.programs; i++)
                convert_rows(lab, &block, p + i, first, lab->staging + (size_t)i * block.rows);
            if (!pull_phases(lab, &block, p, error))
                return false;
        }
    }
    return true;
}

static void fill_batch(const struct gpu_lab *lab, uint32_t first, uint32_t count,
                       struct stamp_batch *batch)
{
    *batch = (struct stamp_batch){
        .stamps = lab->stamps,
        .phases = lab->phased ? lab->phases : NULL,
        .stride = lab->room,
        .ring = lab->room,
        .programs = lab->programs,
        .first = first,
        .count = count,
    };
}

/* Reads all reports twice, a moment apart. *sum: the rows of all programs. False: a report may be
 * torn, or has no clock line yet. */
static bool read_reports(struct gpu_lab *lab, uint64_t *sum)
{
    const bool by_clock = lab->stamped && !lab->timed;
    bool whole = true;
    *sum = 0;
    for (uint32_t p = 0; p < lab->programs; p++) {
        whole &= gpu_report_read(&lab->reports[p], &lab->read[p]) &&
                 (!by_clock || gpu_report_draws_line(&lab->read[p]));
        *sum += (uint32_t)lab->read[p].tagged_rows;
    }
    const uint64_t read_ns = clock_now();
    while (clock_now() - read_ns < TORN_NS)
        ;
    for (uint32_t p = 0; p < lab->programs; p++) {
        struct gpu_report again;
        gpu_report_read(&lab->reports[p], &again);
        whole &= gpu_report_agrees(&again, &lab->read[p]);
    }
    return whole;
}

/* Evaluates the reports. Returns the number of rows that all programs have completed. */
static uint32_t stand_all(struct gpu_lab *lab, const struct gpu_report *reports)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t p = 0; p < lab->programs; p++) {
        lab->standings[p] = gpu_report_standing(&reports[p]);
        least = lab->standings[p].rows < least ? lab->standings[p].rows : least;
    }
    return least;
}

/* Returns rows up to `rows`, at most the newest `most`. Drops earlier rows. */
static bool hand_over(struct gpu_lab *lab, uint32_t rows, uint32_t most, struct stamp_batch *batch,
                      struct error *error)
{
    const uint32_t first = stamp_ring_first(lab->handed, rows, most);
    fill_batch(lab, lab->handed, 0, batch);
    if (!lab->stamped || rows <= first)
        return true;
    if (!pull_rows(lab, first, rows - first, error))
        return false;
    for (uint32_t p = 0; p < lab->programs; p++)
        lab->left_out += stamp_ring_left_out(lab->standings[p].rows, lab->handed, first);
    fill_batch(lab, first, rows - first, batch);
    lab->handed = rows;
    return true;
}

/* Reads only half the ring while a launch runs: programs keep writing to the other half. */
void gpu_lab_collect(struct gpu_lab *lab, struct stamp_batch *batch)
{
    struct error ignored;
    uint64_t sum;
    fill_batch(lab, lab->handed, 0, batch);
    if (read_reports(lab, &sum))
        hand_over(lab, stand_all(lab, lab->read), lab->room / 2, batch, &ignored);
    batch->heartbeat = sum + __atomic_load_n(lab->beats, __ATOMIC_RELAXED);
}

/* ---- the end -------------------------------------------------------------------------------- */

/* Whether every program, and any work beside the steps, has set its `done` word. */
static bool all_done(const struct gpu_lab *lab)
{
    for (uint32_t p = 0; p < lab->programs + lab->others; p++)
        if (__atomic_load_n(&lab->done[p], __ATOMIC_ACQUIRE) == GPU_RUNS)
            return false;
    return true;
}

static bool any_left(const struct gpu_lab *lab)
{
    for (uint32_t p = 0; p < lab->programs; p++)
        if (lab->done[p] == GPU_LEFT)
            return true;
    return false;
}

/* Resets the link for the next iteration. An aborted iteration must no longer run. */
static bool tidy(struct gpu_lab *lab, struct error *error)
{
    for (uint32_t p = 0; p < lab->programs; p++) {
        lab->reports[p] = (struct gpu_report){0};
        lab->done[p] = GPU_RUNS;
    }
    for (uint32_t i = 0; i < GPU_OTHERS_MOST; i++)
        lab->done[lab->programs + i] = GPU_RUNS;
    return !lab->aborting ||
           (gpu_right(cudaMemsetAsync(lab->control, 0, sizeof *lab->control, lab->side),
                      "cudaMemsetAsync", error) &&
            gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error));
}

/* Waits for the last pair of clocks of programs that end with gpu_report_end. It arrives separately
 * from `done`. */
static void await_ends(struct gpu_lab *lab)
{
    const uint64_t began_ns = clock_now();
    for (uint32_t p = 0; p < lab->programs; p++) {
        struct gpu_report *report = &lab->reports[p];
        if (lab->done[p] != GPU_DONE)
            continue;
        report->tagged_rows = (uint64_t)GPU_TAG << 32 | lab->rows;
        while (lab->stamped && clock_now() - began_ns < LOOK_NS &&
               (__atomic_load_n(&report->end_timer_ns, __ATOMIC_ACQUIRE) == 0 ||
                __atomic_load_n(&report->end_clock, __ATOMIC_ACQUIRE) == 0))
            ;
        report->last_timer_ns = report->end_timer_ns;
        report->last_clock = report->end_clock;
    }
}

/* Returns all rows of a free-running iteration; otherwise the rows that all programs have. */
static bool hand_over_rest(struct gpu_lab *lab, struct stamp_batch *batch, struct error *error)
{
    if (lab->ends)
        await_ends(lab);
    const uint32_t least = stand_all(lab, lab->reports);
    uint32_t most = 0;
    uint64_t sum = 0;
    for (uint32_t p = 0; p < lab->programs; p++) {
        const uint32_t rows = lab->standings[p].rows;
        most = rows > most ? rows : most;
        sum += rows;
    }
    const bool right = hand_over(lab, lab->free_running ? most : least, lab->room, batch, error);
    if (lab->stamped && !lab->free_running && least < lab->rows)
        lab->left_out += (lab->rows - least) * lab->programs; /* no report counts these rows */
    batch->heartbeat = sum;
    batch->rows_run = most;
    batch->left_out = lab->left_out;
    return right;
}

static enum poll_state finish(struct gpu_lab *lab, uint64_t synchronised_ns,
                              struct stamp_batch *batch, struct error *error)
{
    lab->usual_ns = synchronised_ns - lab->begun_ns;
    gpu_lab_end(lab);
    const bool handed = hand_over_rest(lab, batch, error);
    batch->synchronised_ns = synchronised_ns;
    if (!tidy(lab, error) || !handed)
        return POLL_FAILED;
    gpu_clock_keep();
    return POLL_DONE;
}

/* ---- the end before its time ---------------------------------------------------------------- */

/* Sets the abort word. All kernels that poll it leave. */
static bool raise_abort(struct gpu_lab *lab, struct error *error)
{
    lab->aborting = true;
    lab->abort_ns = clock_now();
    lab->abort_status = cudaMemcpyAsync(&lab->control->abort, lab->one, sizeof *lab->one,
                                        cudaMemcpyHostToDevice, lab->side);
    return gpu_right(lab->abort_status, "cudaMemcpyAsync of the abort word", error);
}

/* Asks the driver about all submitted launches: cudaSuccess if they have ended, cudaErrorNotReady
 * while one runs, else why a launch failed. */
static cudaError_t ask_streams(const struct gpu_lab *lab)
{
    const cudaStream_t streams[] = {lab->side, lab->stream, lab->beside};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        const cudaError_t status = streams[i] ? cudaStreamQuery(streams[i]) : cudaSuccess;
        if (status == cudaErrorNotReady)
            cudaGetLastError();
        if (status != cudaSuccess)
            return status;
    }
    return cudaSuccess;
}

/*
 * An aborted iteration is over when its streams are idle, not when its programs are done: a program
 * may leave before it starts, and a running kernel still reads the words that tidy resets. This
 * never blocks: if a kernel does not leave, the caller's deadline passes.
 */
static enum poll_state finish_aborted(struct gpu_lab *lab, struct stamp_batch *batch,
                                      struct error *error)
{
    const cudaError_t status = ask_streams(lab);
    fill_batch(lab, lab->handed, 0, batch);
    if (status == cudaErrorNotReady)
        return POLL_RUNNING;
    batch->synchronised_ns = clock_now();
    if (!gpu_right(status, "the launch", error) || !tidy(lab, error))
        return POLL_FAILED;
    if (!lab->late)
        return POLL_DONE;
    error_set(error, ERROR_RUN,
              "a barrier between programs timed out after %u s, and the launch ended itself",
              (unsigned)(GPU_DEADLINE_NS / 1000000000));
    return POLL_FAILED;
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* Asks the driver about the streams, because a failed launch leaves no trace in mapped memory. */
static bool ask_driver(struct gpu_lab *lab, struct error *error)
{
    lab->looked_ns = clock_now();
    cudaError_t status = cudaStreamQuery(lab->stream);
    if (status == cudaSuccess && lab->beside)
        status = cudaStreamQuery(lab->beside);
    if (status == cudaErrorNotReady) {
        cudaGetLastError();
        return true;
    }
    if (status != cudaSuccess)
        return gpu_right(status, "the launch", error);
    if (all_done(lab))
        return true;
    if (lab->revive)
        return lab->revive(lab, error);
    return error_set(error, ERROR_RUN,
                     "the launch ended before all of its programs signalled that they were done");
}

static void pause_or_nap(const struct gpu_lab *lab, uint64_t now_ns)
{
    const uint64_t taken_ns = now_ns - lab->begun_ns;
    const struct timespec nap = {.tv_nsec = NAP_NS};
    if (taken_ns > LONG_NS &&
        (taken_ns > 2 * lab->usual_ns || taken_ns + NAP_END_NS < lab->usual_ns))
        nanosleep(&nap, NULL);
#if defined(__x86_64__)
    else
        _mm_pause();
#endif
}

/* Checks an iteration once. *now_ns becomes the time just after the check. */
static enum poll_state look(struct gpu_lab *lab, uint64_t *now_ns, struct stamp_batch *batch,
                            struct error *error)
{
    const bool done = !lab->aborting && all_done(lab), stops = stop_requested(lab->stop);
    *now_ns = clock_now();
    if (done && !any_left(lab))
        return finish(lab, *now_ns, batch, error);
    if (!lab->aborting && (done || stops)) {
        lab->late = !stops;
        if (!raise_abort(lab, error))
            return POLL_FAILED;
    }
    if (lab->aborting)
        return finish_aborted(lab, batch, error);
    return *now_ns - lab->looked_ns > LOOK_NS && !ask_driver(lab, error) ? POLL_FAILED
                                                                         : POLL_RUNNING;
}

enum poll_state gpu_lab_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error)
{
    struct gpu_lab *lab = state;
    const uint64_t began_ns = clock_now();
    while (true) {
        uint64_t now_ns;
        const enum poll_state looked = look(lab, &now_ns, batch, error);
        if (looked != POLL_RUNNING) {
            gpu_lab_end(lab);
            return looked;
        }
        if (now_ns - began_ns >= wait_ns) {
            gpu_lab_collect(lab, batch);
            return POLL_RUNNING;
        }
        pause_or_nap(lab, now_ns);
    }
}

enum poll_state gpu_lab_cut(struct gpu_lab *lab, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    if (lab->aborting || raise_abort(lab, error))
        return gpu_lab_poll(lab, wait_ns, batch, error);
    gpu_lab_end(lab);
    return POLL_FAILED;
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

/* The number of wrong scores, or without scores of NaN elements in the output. If neither can be
 * read, returns `whole`. */
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
