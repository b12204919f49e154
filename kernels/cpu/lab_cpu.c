#include "lab_cpu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FREE_RUNNING_ROWS 65536u /* most stamps per free-running program */
#define HUGE_PAGE         (UINT64_C(2) << 20)
#define STAMPS_IN_LINE    (CACHE_LINE / sizeof(struct stamp))

/* Byte offsets in the block of memory. */
struct layout {
    uint64_t stamps, phases, progress, total;
    uint32_t room;
};

static struct layout lay_out(const struct knobs *knobs, bool free_running, uint64_t tensor_bytes)
{
    const uint64_t threads = (uint64_t)knobs->threads;
    uint64_t rows = (uint64_t)knobs->seq_len;
    if (free_running) {
        uint64_t most = rows * (uint64_t)knobs->batch;
        rows = most < FREE_RUNNING_ROWS ? most : FREE_RUNNING_ROWS;
    }
    struct layout layout = {.stamps = lab_cpu_lines(tensor_bytes)};
    if (knobs->stamps)
        layout.room = (uint32_t)((rows + STAMPS_IN_LINE - 1) / STAMPS_IN_LINE * STAMPS_IN_LINE);
    const uint64_t stamps = threads * layout.room;
    layout.phases = layout.stamps + stamps * sizeof(struct stamp);
    layout.progress =
        layout.phases + (knobs->phases ? lab_cpu_lines(stamps * sizeof(struct phase)) : 0);
    layout.total = layout.progress + threads * sizeof(struct progress);
    return layout;
}

void lab_cpu_plan(const struct knobs *knobs, const struct device_info *device, int64_t spin_ns,
                  struct plan *plan)
{
    plan->used = *knobs;
    if (knobs->threads == KNOB_AUTO)
        plan->used.threads = device->units > 1 ? device->units - 1 : 1;
    if (knobs->spin_ns == KNOB_AUTO)
        plan->used.spin_ns = spin_ns;
    plan->programs = (uint32_t)plan->used.threads;
}

uint64_t lab_cpu_bytes(const struct knobs *knobs, bool free_running, uint64_t tensor_bytes)
{
    return lay_out(knobs, free_running, tensor_bytes).total;
}

bool lab_cpu_fits(uint64_t needed, const struct device_info *device, const char *what,
                  struct error *error)
{
    uint64_t allowed = device->memory_free_bytes / 10 * 9;
    if (device->memory_free_bytes == 0 || needed <= allowed)
        return true;
    char free[128] = "is free";
    if (device->cgroup_free_bytes == 0 && device->system_free_bytes > 0)
        snprintf(free, sizeof free, "the system has available (no cgroup's limit is tighter)");
    else if (device->cgroup_free_bytes == device->memory_free_bytes)
        snprintf(free, sizeof free,
                 "the cgroup's limit leaves (%" PRIu64 "; the system has %" PRIu64 ")",
                 device->cgroup_free_bytes, device->system_free_bytes);
    else if (device->cgroup_free_bytes > 0)
        snprintf(free, sizeof free,
                 "the system has available (%" PRIu64 "; the cgroup's limit leaves %" PRIu64 ")",
                 device->system_free_bytes, device->cgroup_free_bytes);
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s needs %" PRIu64 " bytes of memory; at most %" PRIu64
                     " are accepted, 90 %% of what %s",
                     what, needed, allowed, free);
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool take_memory(struct lab_cpu *lab, const struct layout *layout, struct error *error)
{
    lab->memory_bytes = layout->total;
    lab->memory =
        mmap(NULL, lab->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lab->memory == MAP_FAILED) {
        return error_set(error, ERROR_RUN, "cannot allocate %zu bytes of memory: %s",
                         lab->memory_bytes, strerror(errno));
    }
    if (lab->memory_bytes >= HUGE_PAGE)
        madvise(lab->memory, lab->memory_bytes, MADV_HUGEPAGE); /* fewer TLB misses; best effort */
    char *base = lab->memory;
    lab->stamps = (struct stamp *)(void *)(base + layout->stamps);
    if (layout->phases < layout->progress)
        lab->phases = (struct phase *)(void *)(base + layout->phases);
    lab->progress = (struct progress *)(void *)(base + layout->progress);
    lab->room = layout->room;
    return true;
}

bool lab_cpu_open(struct lab_cpu *lab, const struct setup *setup, bool free_running,
                  uint64_t tensor_bytes, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    *lab = (struct lab_cpu){
        .stop = setup->stop,
        .spin_ns = (uint64_t)knobs->spin_ns,
        .seq_len = (uint32_t)knobs->seq_len,
        .threads = (uint32_t)knobs->threads,
        .free_running = free_running,
    };
    const struct layout layout = lay_out(knobs, free_running, tensor_bytes);
    if (!take_memory(lab, &layout, error))
        return false;
    lab->pool = pool_create(lab->threads, lab->spin_ns, error);
    if (lab->pool == NULL) {
        munmap(lab->memory, lab->memory_bytes);
        return false;
    }
    return true;
}

bool lab_cpu_make_inputs(struct lab_cpu *lab, pool_body *body, void *argument, struct error *error)
{
    pool_submit(lab->pool, body, argument);
    pool_wait(lab->pool, 0, EVENT_WAIT_FOREVER);
    if (!stop_requested(lab->stop))
        return true;
    lab_cpu_close(lab);
    return error_set(error, ERROR_RUN, "stopped before the inputs were generated");
}

void lab_cpu_close(struct lab_cpu *lab)
{
    pool_destroy(lab->pool);
    munmap(lab->memory, lab->memory_bytes);
}

void lab_cpu_release(void *state)
{
    lab_cpu_close(state);
    free(state);
}

void lab_cpu_describe(const void *state, struct facts *facts)
{
    const struct lab_cpu *lab = state;
    *facts = (struct facts){
        .programs = lab->threads,
        .stamp_error_ns = clock_resolution(),
        .launches_per_iteration = 1,
        .free_running = lab->free_running,
    };
}

/* ---- stamps --------------------------------------------------------------------------------- */

void lab_cpu_begin(struct lab_cpu *lab, enum look look)
{
    lab->stamped = look != LOOK_NOTHING && lab->room > 0;
    lab->phased = look == LOOK_PHASES && lab->phases;
    lab->handed = 0;
    for (uint32_t p = 0; p < lab->threads; p++)
        atomic_store_explicit(&lab->progress[p].rows, 0, memory_order_relaxed);
}

/* Rows that all programs have completed, that at least one has completed, and the sum of all. */
struct done_rows {
    uint32_t least, most;
    uint64_t sum;
};

static struct done_rows count_rows(const struct lab_cpu *lab)
{
    struct done_rows done = {.least = UINT32_MAX};
    for (uint32_t p = 0; p < lab->threads; p++) {
        uint32_t rows = atomic_load_explicit(&lab->progress[p].rows, memory_order_acquire);
        done.least = rows < done.least ? rows : done.least;
        done.most = rows > done.most ? rows : done.most;
        done.sum += rows;
    }
    return done;
}

/* Returns those rows up to `rows` that have stamps. */
static void hand_over(struct lab_cpu *lab, uint32_t rows, struct stamp_batch *batch)
{
    if (!lab->stamped)
        rows = 0;
    else if (rows > lab->room)
        rows = lab->room;
    *batch = (struct stamp_batch){
        .stamps = lab->stamps,
        .phases = lab->phased ? lab->phases : NULL,
        .stride = lab->room,
        .programs = lab->threads,
        .first = lab->handed,
        .count = rows - lab->handed,
    };
    lab->handed = rows;
}

void lab_cpu_collect(struct lab_cpu *lab, struct stamp_batch *batch)
{
    struct done_rows done = count_rows(lab);
    hand_over(lab, done.least, batch);
    batch->heartbeat = done.sum;
}

/* Clears the rows below `rows` that a program has not completed. Returns the number of completed
 * rows without room for a stamp. */
static uint64_t tidy_rows(struct lab_cpu *lab, uint32_t rows)
{
    uint64_t left_out = 0;
    if (rows > lab->room)
        rows = lab->room;
    for (uint32_t p = 0; p < lab->threads; p++) {
        uint32_t own = atomic_load_explicit(&lab->progress[p].rows, memory_order_relaxed);
        if (own < rows)
            memset(lab->stamps + (size_t)p * lab->room + own, 0,
                   (rows - own) * sizeof *lab->stamps);
        else if (own > lab->room)
            left_out += own - lab->room;
    }
    return left_out;
}

void lab_cpu_finish(struct lab_cpu *lab, uint64_t synchronised_ns, struct stamp_batch *batch)
{
    struct done_rows done = count_rows(lab);
    uint64_t left_out = 0;
    if (lab->free_running && lab->stamped)
        left_out = tidy_rows(lab, done.most);
    hand_over(lab, lab->free_running ? done.most : done.least, batch);
    batch->heartbeat = done.sum;
    batch->rows_run = done.most;
    batch->left_out = left_out;
    batch->synchronised_ns = synchronised_ns;
}

enum poll_state lab_cpu_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error)
{
    struct lab_cpu *lab = state;
    (void)error;
    if (!pool_wait(lab->pool, 0, wait_ns)) {
        lab_cpu_collect(lab, batch);
        return POLL_RUNNING;
    }
    lab_cpu_finish(lab, clock_now(), batch);
    return POLL_DONE;
}

void lab_cpu_submit_steps(struct lab_cpu *lab, enum look look, pool_body *run_step)
{
    lab_cpu_begin(lab, look);
    lab->run_step = run_step;
    lab->t = 0;
    pool_submit(lab->pool, run_step, lab);
}

enum poll_state lab_cpu_poll_steps(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                   struct error *error)
{
    struct lab_cpu *lab = state;
    const uint64_t begin_ns = clock_now();
    uint64_t spent_ns = 0;
    (void)error;
    while (pool_wait(lab->pool, lab->spin_ns, wait_ns - spent_ns)) {
        const uint64_t joined_ns = clock_now();
        if (lab->t + 1 == lab->seq_len || stop_requested(lab->stop)) {
            lab_cpu_finish(lab, joined_ns, batch);
            return POLL_DONE;
        }
        lab->t++;
        pool_submit(lab->pool, lab->run_step, lab);
        if (wait_ns != EVENT_WAIT_FOREVER) {
            spent_ns = joined_ns - begin_ns;
            if (spent_ns >= wait_ns)
                break;
        }
    }
    lab_cpu_collect(lab, batch);
    return POLL_RUNNING;
}
