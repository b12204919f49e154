#include "lab_dot.h"
#include "../inputs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#define FREE_RUNNING_ROWS 65536u /* stamps of a free-running program, at most */
#define HUGE_PAGE         (UINT64_C(2) << 20)
#define STAMPS_IN_LINE    (CACHE_LINE / sizeof(struct stamp))

/* Between tensors, so that a step's rows of q, k, v and out differ in their low 12 address bits:
 * alike, they would crowd the same sets of the first-level cache, and a load would wait for a store
 * that only looks like its own. Worth a third of a step at HEAD_DIM 64. */
#define STAGGER (UINT64_C(17) * CACHE_LINE)

#define POISON    UINT32_C(0x7FC0DEAD) /* a quiet NaN that a debugger's reader knows */
#define NAN_LANES 8
#define NAN_BLOCK 4096 /* vectors whose NaN a lane counts before its count is taken */

/* Where things lie in the one block of memory, in bytes. */
struct layout {
    uint64_t tensor, stamps, progress, total;
    uint32_t room;
};

static uint64_t lines(uint64_t bytes)
{
    return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

static struct layout lay_out(const struct knobs *knobs, uint32_t threads, bool free_running)
{
    uint64_t rows = (uint64_t)knobs->seq_len;
    if (free_running) {
        uint64_t most = rows * (uint64_t)knobs->batch;
        rows = most < FREE_RUNNING_ROWS ? most : FREE_RUNNING_ROWS;
    }
    struct layout layout = {0};
    if (knobs->stamps)
        layout.room = (uint32_t)((rows + STAMPS_IN_LINE - 1) / STAMPS_IN_LINE * STAMPS_IN_LINE);
    layout.tensor = lines((uint64_t)knobs->batch * (uint64_t)knobs->seq_len *
                          (uint64_t)knobs->head_dim * sizeof(float)) +
                    STAGGER;
    layout.stamps = 4 * layout.tensor;
    layout.progress = layout.stamps + (uint64_t)threads * layout.room * sizeof(struct stamp);
    layout.total = layout.progress + threads * sizeof(struct progress);
    return layout;
}

uint32_t lab_dot_threads(const struct knobs *knobs, const struct device_info *device)
{
    if (knobs->threads != KNOB_AUTO)
        return (uint32_t)knobs->threads;
    return device->units > 1 ? device->units - 1 : 1;
}

void lab_dot_resolve(struct knobs *knobs, const struct device_info *device, int64_t spin_ns)
{
    knobs->threads = lab_dot_threads(knobs, device);
    if (knobs->spin_ns == KNOB_AUTO)
        knobs->spin_ns = spin_ns;
}

bool lab_dot_fits(const struct knobs *knobs, bool free_running, uint64_t more_bytes,
                  const struct device_info *device, struct error *error)
{
    uint64_t needed =
        lay_out(knobs, lab_dot_threads(knobs, device), free_running).total + more_bytes;
    uint64_t allowed = device->memory_free_bytes / 10 * 9;
    if (device->memory_free_bytes == 0 || needed <= allowed)
        return true;
    return error_set(error, ERROR_UNSUPPORTED,
                     "BATCH %" PRId64 ", SEQ_LEN %" PRId64 ", HEAD_DIM %" PRId64 " needs %" PRIu64
                     " bytes of memory; at most %" PRIu64 " are accepted, 90 %% of what is free",
                     knobs->batch, knobs->seq_len, knobs->head_dim, needed, allowed);
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool take_memory(struct lab_dot *lab, const struct layout *layout, struct error *error)
{
    lab->memory_bytes = layout->total;
    lab->memory =
        mmap(NULL, lab->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lab->memory == MAP_FAILED) {
        return error_set(error, ERROR_RUN, "cannot take %zu bytes of memory: %s", lab->memory_bytes,
                         strerror(errno));
    }
    if (lab->memory_bytes >= HUGE_PAGE)
        madvise(lab->memory, lab->memory_bytes, MADV_HUGEPAGE); /* fewer TLB misses, where it can */
    char *base = lab->memory;
    lab->tensors.q = (float *)(void *)base;
    lab->tensors.k = (float *)(void *)(base + layout->tensor);
    lab->tensors.v = (float *)(void *)(base + 2 * layout->tensor);
    lab->tensors.out = (float *)(void *)(base + 3 * layout->tensor);
    lab->stamps = (struct stamp *)(base + layout->stamps);
    lab->progress = (struct progress *)(base + layout->progress);
    lab->room = layout->room;
    return true;
}

/* A program's share of the inputs; so its pages lie near the core that first wrote them. */
static void make_inputs(void *argument, uint32_t program)
{
    const struct lab_dot *lab = argument;
    const uint64_t rows = (uint64_t)lab->batch * lab->seq_len;
    const uint64_t first = rows * program / lab->threads;
    const uint64_t last = rows * (program + 1) / lab->threads;
    const uint32_t head_dim = lab->tensors.head_dim;
    const float *const tensors[] = {
        [INPUT_Q] = lab->tensors.q, [INPUT_K] = lab->tensors.k, [INPUT_V] = lab->tensors.v};
    for (uint64_t row = first; row < last && !stop_requested(lab->stop); row++) {
        uint32_t b = (uint32_t)(row / lab->seq_len), t = (uint32_t)(row % lab->seq_len);
        for (enum input_tensor tensor = INPUT_Q; tensor <= INPUT_V; tensor++)
            input_row(lab->seed, tensor, b, t, head_dim, (float *)tensors[tensor] + row * head_dim);
    }
}

bool lab_dot_open(struct lab_dot *lab, const struct setup *setup, bool free_running,
                  struct error *error)
{
    const struct knobs *knobs = setup->knobs;
    *lab = (struct lab_dot){
        .tensors = {.seq_len = (uint64_t)knobs->seq_len,
                    .head_dim = (uint32_t)knobs->head_dim,
                    .chain = knobs->chain != 0},
        .step = dot_path_step(dot_path_chosen()),
        .stop = setup->stop,
        .seed = (uint64_t)knobs->seed,
        .spin_ns = (uint64_t)knobs->spin_ns,
        .seq_len = (uint32_t)knobs->seq_len,
        .batch = (uint32_t)knobs->batch,
        .threads = (uint32_t)knobs->threads,
        .free_running = free_running,
    };
    struct layout layout = lay_out(knobs, lab->threads, free_running);
    if (!take_memory(lab, &layout, error))
        return false;
    lab->pool = pool_create(lab->threads, lab->spin_ns, error);
    if (lab->pool == NULL) {
        munmap(lab->memory, lab->memory_bytes);
        return false;
    }
    pool_submit(lab->pool, make_inputs, lab);
    pool_wait(lab->pool, 0, EVENT_WAIT_FOREVER);
    if (stop_requested(lab->stop)) {
        lab_dot_close(lab);
        return error_set(error, ERROR_RUN, "stopped before its inputs were made");
    }
    return true;
}

void lab_dot_close(struct lab_dot *lab)
{
    pool_destroy(lab->pool);
    munmap(lab->memory, lab->memory_bytes);
}

/* ---- stamps --------------------------------------------------------------------------------- */

void lab_dot_begin(struct lab_dot *lab, bool stamps)
{
    lab->stamped = stamps && lab->room > 0;
    lab->handed = 0;
    for (uint32_t p = 0; p < lab->threads; p++)
        atomic_store_explicit(&lab->progress[p].rows, 0, memory_order_relaxed);
}

/* Rows that all programs have done, rows that at least one has, and the sum over all. */
struct done_rows {
    uint32_t least, most;
    uint64_t sum;
};

static struct done_rows count_rows(const struct lab_dot *lab)
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

/* Hands over rows up to `rows`, as far as there are stamps of them. */
static void hand_over(struct lab_dot *lab, uint32_t rows, struct stamp_batch *batch)
{
    if (!lab->stamped)
        rows = 0;
    else if (rows > lab->room)
        rows = lab->room;
    *batch = (struct stamp_batch){
        .stamps = lab->stamps,
        .stride = lab->room,
        .programs = lab->threads,
        .first = lab->handed,
        .count = rows - lab->handed,
    };
    lab->handed = rows;
}

void lab_dot_collect(struct lab_dot *lab, struct stamp_batch *batch)
{
    struct done_rows done = count_rows(lab);
    hand_over(lab, done.least, batch);
    batch->heartbeat = done.sum;
}

/* Clears the rows below `rows` that a program has not done, and returns how many of those that it
 * has done found no room. */
static uint64_t tidy_rows(struct lab_dot *lab, uint32_t rows)
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

void lab_dot_finish(struct lab_dot *lab, uint64_t synchronised_ns, struct stamp_batch *batch)
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

enum poll_state lab_dot_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error)
{
    struct lab_dot *lab = state;
    (void)error;
    if (!pool_wait(lab->pool, 0, wait_ns)) {
        lab_dot_collect(lab, batch);
        return POLL_RUNNING;
    }
    lab_dot_finish(lab, clock_now(), batch);
    return POLL_DONE;
}

/* ---- the output ----------------------------------------------------------------------------- */

static uint64_t output_elements(const struct lab_dot *lab)
{
    return (uint64_t)lab->batch * lab->seq_len * lab->tensors.head_dim;
}

void lab_dot_poison(void *state)
{
    struct lab_dot *lab = state;
    const uint64_t elements = output_elements(lab);
    const uint32_t bits = POISON;
    float nan;
    memcpy(&nan, &bits, sizeof nan);
    for (uint64_t i = 0; i < elements; i++)
        lab->tensors.out[i] = nan;
}

uint64_t lab_dot_count_nan(const void *state)
{
    typedef float vector __attribute__((vector_size(NAN_LANES * 4), may_alias));
    typedef int32_t counts __attribute__((vector_size(NAN_LANES * 4)));
    const struct lab_dot *lab = state;
    const vector *out = (const vector *)lab->tensors.out;
    const uint64_t vectors = output_elements(lab) / NAN_LANES; /* HEAD_DIM is a multiple of 32 */
    uint64_t total = 0;
    for (uint64_t first = 0; first < vectors; first += NAN_BLOCK) {
        uint64_t last = first + NAN_BLOCK < vectors ? first + NAN_BLOCK : vectors;
        counts found = {0};
        for (uint64_t i = first; i < last; i++)
            found -= out[i] != out[i]; /* only of NaN; NOLINT(misc-redundant-expression) */
        for (int lane = 0; lane < NAN_LANES; lane++)
            total += (uint64_t)found[lane];
    }
    return total;
}

void lab_dot_output(const void *state, uint32_t b, float *rows)
{
    const struct lab_dot *lab = state;
    const uint64_t elements = (uint64_t)lab->seq_len * lab->tensors.head_dim;
    memcpy(rows, lab->tensors.out + b * elements, elements * sizeof *rows);
}

/* ---- arithmetic ----------------------------------------------------------------------------- */

/* A row each of q, k and v is read and one of out written; the output before is still at hand. */
uint64_t lab_dot_step_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->head_dim * 4 * sizeof(float);
}

/* An element takes a multiply and an add in the dot product and a multiply by v; with the chain
 * also a multiply and an add to make q'. */
uint64_t lab_dot_step_flops(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->head_dim * (knobs->chain ? 5 : 3);
}
