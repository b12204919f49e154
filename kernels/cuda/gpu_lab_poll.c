/*
 * gpu_lab_poll.c - waits for the end of an iteration (gpu_lab.h). Reads the programs' reports,
 * copies and converts their stamps, aborts an iteration, and resets the link for the next
 * iteration.
 */
#include "../clock.h"
#include "gpu_lab.h"

#include <time.h>

#define STAGING_STAMPS (GPU_STAGING_BYTES / sizeof(struct gpu_stamp))

#define LOOK_NS    UINT64_C(2000000)  /* time between two queries of the driver */
#define NAP_NS     50000              /* length of a sleep in a long iteration */
#define LONG_NS    UINT64_C(20000000) /* after this time, an iteration counts as long */
#define NAP_END_NS UINT64_C(1000000)  /* spin in this last part of the usual duration */
#define TORN_NS    UINT64_C(2000)     /* all words of a report arrive within this time */

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

/* Copies a block of the stamp rings of block->programs programs, from `program` on, to the staging
 * memory. */
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

/* Whether `moment` is a possible time of a stamp, or 0, which means no stamp. */
static bool possible(const struct gpu_lab *lab, const struct gpu_standing *standing,
                     uint64_t moment)
{
    return lab->timed || moment == 0 || gpu_standing_reaches(standing, moment);
}

/* Converts the stamps of one program in the staging memory to the lab clock. `first`: the first
 * row. Stamps of rows that the program has not reached become 0. Stamps with an impossible time
 * also become 0, and are counted as left out. */
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

/* Copies and converts the phases of a block's rows. */
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

/* Reads all reports twice, TORN_NS apart. *sum becomes the number of rows of all programs. Returns
 * false if a report may be torn, or if its clocks cannot be converted yet. */
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

/* Evaluates the reports. Returns the number of rows that every program has completed. */
static uint32_t stand_all(struct gpu_lab *lab, const struct gpu_report *reports)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t p = 0; p < lab->programs; p++) {
        lab->standings[p] = gpu_report_standing(&reports[p]);
        least = lab->standings[p].rows < least ? lab->standings[p].rows : least;
    }
    return least;
}

/* Stores the rows before row `rows` that were not returned yet in *batch, at most the newest
 * `most`. Drops the earlier ones. */
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

/* Reads at most the newest half of the ring, because programs overwrite the oldest rows while a
 * launch runs. */
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

/* Whether every program, and the kernels beside the steps, have set their `done` words. */
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

/* Resets the link for the next iteration. No kernel of this iteration may still run. */
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

/* Waits for the last pair of clocks of programs that end with gpu_report_end, because the pair is
 * not ordered with `done`. */
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

/* Stores the remaining rows in *batch: in a free-running iteration all rows, otherwise the rows
 * that every program has completed. */
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
        lab->left_out += (lab->rows - least) * lab->programs; /* not completed by all programs */
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

/* Raises the abort word. All kernels poll it, and exit early when it is raised. */
static bool raise_abort(struct gpu_lab *lab, struct error *error)
{
    lab->aborting = true;
    lab->abort_ns = clock_now();
    lab->abort_status = cudaMemcpyAsync(&lab->control->abort, lab->one, sizeof *lab->one,
                                        cudaMemcpyHostToDevice, lab->side);
    return gpu_right(lab->abort_status, "cudaMemcpyAsync of the abort word", error);
}

/* Asks the driver about all submitted launches. Returns cudaSuccess if they have ended,
 * cudaErrorNotReady while one of them runs, else the error of a launch that failed. */
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
 * Checks whether an aborted iteration is over. This is the case when its streams are idle, not when
 * its programs are done: a program may exit without a signal, and a running kernel still reads the
 * words that tidy resets. This function never blocks: if a kernel does not exit, the caller's
 * deadline passes.
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
              "a barrier between programs timed out after %u s, and the kernel exited",
              (unsigned)(GPU_DEADLINE_NS / 1000000000));
    return POLL_FAILED;
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* Asks the driver about the streams, because mapped memory does not show that a launch has failed.
 */
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
                     "the kernel ended before all of its programs signalled that they were done");
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

/* Checks once whether the iteration is over. *now_ns becomes the time just after the check. */
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
