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
    char limits[96] = "";
    if (device->system_free_bytes > 0 && device->cgroup_free_bytes > 0)
        snprintf(limits, sizeof limits,
                 " (%" PRIu64 " in the system, %" PRIu64 " within the cgroup's limit)",
                 device->system_free_bytes, device->cgroup_free_bytes);
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s needs %" PRIu64 " bytes of memory; at most %" PRIu64
                     " are accepted, 90 %% of the %" PRIu64 " free bytes%s",
                     what, needed, allowed, device->memory_free_bytes, limits);
}

/* ---- opening -------------------------------------------------------------------------------- */

void *lab_cpu_map(size_t bytes, struct error *error)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        error_set(error, ERROR_RUN, "cannot allocate %zu bytes of memory: %s", bytes,
                  strerror(errno));
        return NULL;
    }
    if (bytes >= HUGE_PAGE)
        madvise(memory, bytes, MADV_HUGEPAGE); /* fewer TLB misses; best effort */
    return memory;
}

static bool take_memory(struct lab_cpu *lab, const struct layout *layout, struct error *error)
{
    char *base = lab_cpu_map(layout->total, error);
    if (base == NULL)
        return false;
    lab->memory = base;
    lab->memory_bytes = layout->total;
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
        .launches = 1,
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
        .launches_per_iteration = lab->launches,
        .free_running = lab->free_running,
    };
}

/* ---- stamps --------------------------------------------------------------------------------- */

void lab_cpu_begin(struct lab_cpu *lab, enum look look)
{
    lab->stamped = look != LOOK_NOTHING && lab->room > 0;
    lab->phased = look == LOOK_PHASES && lab->phases;
    lab->returned = 0;
    for (uint32_t p = 0; p < lab->threads; p++)
        atomic_store_explicit(&lab->progress[p].rows, 0, memory_order_relaxed);
}

/* Completed rows: of the slowest program, of the fastest program, and the sum over all programs. */
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

/* Returns the rows below `rows` that have stamps and that poll has not returned yet. */
static void return_rows(struct lab_cpu *lab, uint32_t rows, struct stamp_batch *batch)
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
        .first = lab->returned,
        .count = rows - lab->returned,
    };
    lab->returned = rows;
}

void lab_cpu_collect(struct lab_cpu *lab, struct stamp_batch *batch)
{
    struct done_rows done = count_rows(lab);
    return_rows(lab, done.least, batch);
    batch->heartbeat = done.sum;
}

/* Zeroes the stamps of the rows below `rows` that a program has not completed. Returns how many
 * completed rows had no room for a stamp. */
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
    return_rows(lab, lab->free_running ? done.most : done.least, batch);
    batch->heartbeat = done.sum;
    batch->rows_run = done.most;
    batch->left_out = left_out;
    batch->synchronised_ns = synchronised_ns;
}

void lab_cpu_launch_often(struct lab_cpu *lab, pool_body *body, uint32_t launches)
{
    lab->body = body;
    lab->launches = launches;
    lab->host_spin_ns = lab->spin_ns;
}

bool lab_cpu_submit(void *state, enum look look, struct error *error)
{
    struct lab_cpu *lab = state;
    (void)error;
    lab_cpu_begin(lab, look);
    lab->launch = 0;
    pool_submit(lab->pool, lab->body, lab);
    return true;
}

enum poll_state lab_cpu_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error)
{
    struct lab_cpu *lab = state;
    const uint64_t begin_ns = clock_now();
    uint64_t spent_ns = 0;
    (void)error;
    while (pool_wait(lab->pool, lab->host_spin_ns, wait_ns - spent_ns)) {
        const uint64_t joined_ns = clock_now();
        if (++lab->launch == lab->launches || stop_requested(lab->stop)) {
            lab_cpu_finish(lab, joined_ns, batch);
            return POLL_DONE;
        }
        pool_submit(lab->pool, lab->body, lab);
        if (wait_ns != EVENT_WAIT_FOREVER) {
            spent_ns = joined_ns - begin_ns;
            if (spent_ns >= wait_ns)
                break;
        }
    }
    lab_cpu_collect(lab, batch);
    return POLL_RUNNING;
}
