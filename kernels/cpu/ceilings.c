/*
 * ceilings.c - the best that this CPU can do: memory bandwidth, waking a thread, a barrier, and the
 * chain of `dot`. It uses the same events, barriers and arithmetic as the variants.
 *
 * A duration here is the lowest decile of its repetitions, because interference only adds time, and
 * a floor must not include avoidable time.
 */
#include "../inputs.h"
#include "cpu.h"
#include "dot.h"
#include "lab_cpu.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#define MEMORY_LEAST (UINT64_C(256) << 20)
#define MEMORY_MOST  (UINT64_C(2) << 30)
#define PIECE        ((size_t)64 << 10) /* shares are multiples of PIECE bytes */
#define FILL_BYTES   ((size_t)1 << 20)  /* to write between checks of the clock and the stop flag */
#define FILL_NS      UINT64_C(300000000) /* after this time, FILL_PARTS suffice */
#define CACHES       4u                  /* memory to read, in multiples of the last-level cache */
#define FILL_PARTS   5u /* least sixteenths to fill: more than the last-level cache */
#define PASSES       7u
#define PASSES_LEAST 3u
#define PASSES_NS    UINT64_C(250000000) /* after this time, PASSES_LEAST passes suffice */

#define CACHED_BYTES  (16u << 10) /* fits in any core's L1 */
#define CACHED_PASSES 16384u

#define WAKES       200u
#define WAKE_GAP_NS 50000 /* about an iteration; a core wakes more slowly from a longer sleep */
#define BATCHES     200u  /* of rounds; one round is too short to time */
#define ROUNDS      50u   /* rounds per batch */
#define TRIES       8u    /* attempts per barrier, each of BATCHES / TRIES batches */
#define TRIES_NS    UINT64_C(100000000) /* no attempt starts after this time */
#define SPIN_NS     UINT64_C(20000)
#define STEPS       32u /* in the chain of `dot`: 32 KiB of tensors at HEAD_DIM 64 */
#define HEAD_DIM    64u

/* A thread's share of the memory, and the times of its last pass. */
struct share {
    _Alignas(CACHE_LINE) uint64_t begin_ns, end_ns;
    uint64_t sum; /* sum of the data read, so that the compiler keeps the loads */
    char *memory;
    size_t bytes;  /* to fill; afterwards, to read or copy */
    size_t filled; /* bytes written so far */
};

struct bench {
    const uint32_t *stop;
    struct pool *pool;
    uint32_t threads;
    struct share *shares; /* [threads] */
    char *memory;
    size_t bytes;
    uint64_t fill_until_ns;
    uint64_t (*read)(const char *bytes, size_t size); /* size: a multiple of 2 KiB */
    struct barrier barrier;
    uint32_t first;          /* the current attempt's first batch */
    double batches[BATCHES]; /* ns per round, written by thread 0 */
};

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double quantile(double *samples, size_t count, double fraction)
{
    qsort(samples, count, sizeof *samples, by_size);
    return samples[(size_t)(fraction * (double)(count - 1))];
}

/* ---- memory --------------------------------------------------------------------------------- */

/* Eight independent sums, so that the latency of an addition does not limit the loop. */
#define READ(name, target, width)                                                                  \
    target static uint64_t name(const char *bytes, size_t size)                                    \
    {                                                                                              \
        typedef uint64_t vector __attribute__((vector_size(width), may_alias));                    \
        const vector *from = (const vector *)(const void *)bytes;                                  \
        vector sums[8] = {{0}};                                                                    \
        for (size_t i = 0; i < size / sizeof *from; i += 8)                                        \
            _Pragma("GCC unroll 8") for (size_t j = 0; j < 8; j++) sums[j] ^= from[i + j];         \
        for (size_t j = 1; j < 8; j++)                                                             \
            sums[0] ^= sums[j];                                                                    \
        return sums[0][0] ^ sums[0][1];                                                            \
    }

READ(read_baseline, , 16)
#if defined(__x86_64__)
READ(read_avx2, __attribute__((target("avx2"))), 32)
READ(read_avx512, __attribute__((target("avx512f"))), 64)
#endif

/* Streaming stores bypass the caches. memcpy uses them only for large copies, and a share may be
 * smaller. For smaller copies, memcpy first reads the lines that it will overwrite. */
static void copy(char *to, const char *from, size_t size)
{
#if defined(__x86_64__)
    __m128i *into = (__m128i *)(void *)to;
    const __m128i *of = (const __m128i *)(const void *)from;
    for (size_t i = 0; i < size / sizeof *of; i += 8)
        _Pragma("GCC unroll 8") for (size_t j = 0; j < 8; j++)
            _mm_stream_si128(&into[i + j], _mm_load_si128(&of[i + j]));
    _mm_sfence();
#else
    memcpy(to, from, size);
#endif
}

static void choose_read(struct bench *bench)
{
    bench->read = read_baseline;
#if defined(__x86_64__)
    if (dot_path_runs(DOT_AVX512))
        bench->read = read_avx512;
    else if (dot_path_runs(DOT_AVX2))
        bench->read = read_avx2;
#endif
}

/* Each thread writes its own share first, so that the pages are on its NUMA node. The kernel, or
 * the host of a virtual machine, may take seconds to provide all pages. In that case the
 * measurement uses only a part of the memory. */
static void fill_share(void *argument, uint32_t program)
{
    const struct bench *bench = argument;
    struct share *share = &bench->shares[program];
    size_t at = 0;
    while (at < share->bytes && !stop_requested(bench->stop) &&
           (at < share->bytes / 16 * FILL_PARTS || clock_now() < bench->fill_until_ns)) {
        const size_t left = share->bytes - at, now = left < FILL_BYTES ? left : FILL_BYTES;
        memset(share->memory + at, (int)program + 1, now);
        at += now;
    }
    share->filled = at;
}

/* Limits all shares to the bytes that the slowest thread has written. */
static void fill_memory(struct bench *bench)
{
    size_t filled = SIZE_MAX;
    bench->fill_until_ns = clock_now() + FILL_NS;
    pool_submit(bench->pool, fill_share, bench);
    pool_wait(bench->pool, 0, EVENT_WAIT_FOREVER);
    for (uint32_t i = 0; i < bench->threads; i++)
        filled = bench->shares[i].filled < filled ? bench->shares[i].filled : filled;
    for (uint32_t i = 0; i < bench->threads; i++)
        bench->shares[i].bytes = filled / PIECE * PIECE;
}

static void read_share(void *argument, uint32_t program)
{
    const struct bench *bench = argument;
    struct share *share = &bench->shares[program];
    share->begin_ns = clock_now();
    share->sum ^= bench->read(share->memory, share->bytes);
    share->end_ns = clock_now();
}

static void copy_share(void *argument, uint32_t program)
{
    struct share *share = &((struct bench *)argument)->shares[program];
    share->begin_ns = clock_now();
    copy(share->memory + share->bytes / 2, share->memory, share->bytes / 2);
    share->end_ns = clock_now();
}

static void read_cached(void *argument, uint32_t program)
{
    const struct bench *bench = argument;
    struct share *share = &bench->shares[program];
    share->begin_ns = clock_now();
    for (uint32_t pass = 0; pass < CACHED_PASSES; pass++) {
        share->sum ^= bench->read(share->memory, CACHED_BYTES);
        __asm__ volatile("" : : : "memory"); /* forces the same bytes to be read again */
    }
    share->end_ns = clock_now();
}

/* The median total rate in GB/s if every thread moves `bytes` bytes. 0: stopped. */
static double measure_rate(struct bench *bench, pool_body *body, size_t bytes)
{
    double rates[PASSES];
    uint32_t passes = 0;
    const uint64_t began_ns = clock_now();
    while (passes < PASSES && (passes < PASSES_LEAST || clock_now() - began_ns < PASSES_NS)) {
        uint64_t begin_ns = UINT64_MAX, end_ns = 0;
        if (stop_requested(bench->stop))
            return 0;
        pool_submit(bench->pool, body, bench);
        pool_wait(bench->pool, 0, EVENT_WAIT_FOREVER);
        for (uint32_t i = 0; i < bench->threads; i++) {
            const struct share *share = &bench->shares[i];
            begin_ns = share->begin_ns < begin_ns ? share->begin_ns : begin_ns;
            end_ns = share->end_ns > end_ns ? share->end_ns : end_ns;
        }
        rates[passes++] = (double)bytes * bench->threads / (double)(end_ns - begin_ns);
    }
    return quantile(rates, passes, 0.5);
}

/* Allocates equal shares that together exceed the last-level cache. */
static bool take_memory(struct bench *bench, const struct device_info *device, struct error *error)
{
    uint64_t bytes = CACHES * device->cache_bytes;
    bytes = bytes < MEMORY_LEAST ? MEMORY_LEAST : bytes > MEMORY_MOST ? MEMORY_MOST : bytes;
    if (device->memory_free_bytes > 0 && bytes > device->memory_free_bytes / 4)
        bytes = device->memory_free_bytes / 4;
    const size_t share = bytes / bench->threads / PIECE * PIECE;
    if (share == 0)
        return error_set(error, ERROR_RUN,
                         "too little memory is free to measure the memory bandwidth");
    bench->bytes = share * bench->threads;
    bench->memory = lab_cpu_map(bench->bytes, error);
    if (bench->memory == NULL)
        return false;
    for (uint32_t i = 0; i < bench->threads; i++)
        bench->shares[i] = (struct share){.memory = bench->memory + i * share, .bytes = share};
    return true;
}

static bool measure_memory(struct bench *bench, const struct device_info *device,
                           struct ceilings *ceilings, struct error *error)
{
    choose_read(bench);
    if (!take_memory(bench, device, error))
        return false;
    fill_memory(bench);
    const size_t share = bench->shares[0].bytes;
    ceilings->read_gb_per_s = measure_rate(bench, read_share, share);
    ceilings->copy_gb_per_s = measure_rate(bench, copy_share, share);
    ceilings->cached_read_gb_per_s =
        measure_rate(bench, read_cached, (size_t)CACHED_BYTES * CACHED_PASSES);
    return true;
}

/* ---- threads -------------------------------------------------------------------------------- */

static void note_begin(void *argument, uint32_t program)
{
    ((struct bench *)argument)->shares[program].begin_ns = clock_now();
}

/* Measures the time from the signal until a sleeping thread runs. */
static bool measure_wake(struct bench *bench, struct ceilings *ceilings, struct error *error)
{
    const struct timespec gap = {.tv_nsec = WAKE_GAP_NS};
    double wakes[WAKES];
    struct pool *sleeper = pool_create(1, 0, error);
    if (sleeper == NULL)
        return false;
    for (uint32_t i = 0; i < WAKES; i++) {
        nanosleep(&gap, NULL);
        const uint64_t signalled_ns = clock_now();
        pool_submit(sleeper, note_begin, bench);
        pool_wait(sleeper, 0, EVENT_WAIT_FOREVER);
        wakes[i] = (double)bench->shares[0].begin_ns - (double)signalled_ns;
    }
    pool_destroy(sleeper);
    ceilings->wake_ns = quantile(wakes, WAKES, 0.1);
    return true;
}

static void run_rounds(void *argument, uint32_t program)
{
    struct bench *bench = argument;
    uint32_t generation = 0;
    for (uint32_t batch = 0; batch < BATCHES / TRIES; batch++) {
        const uint64_t began_ns = clock_now();
        for (uint32_t round = 0; round < ROUNDS; round++)
            barrier_wait(&bench->barrier, ++generation, SPIN_NS);
        if (program == 0)
            bench->batches[bench->first + batch] = (double)(clock_now() - began_ns) / ROUNDS;
    }
}

/* Measures a barrier in several attempts. On a busy machine the kernel may not run all threads at
 * the same time for a while. Then every round includes a sleep and a wake-up. A later attempt may
 * find all threads running. */
static double measure_barrier(struct bench *bench, struct pool *pool, uint32_t threads)
{
    const uint64_t began_ns = clock_now();
    bench->first = 0;
    while (bench->first < BATCHES && (bench->first == 0 || clock_now() - began_ns < TRIES_NS)) {
        barrier_reset(&bench->barrier, threads);
        pool_submit(pool, run_rounds, bench);
        pool_wait(pool, 0, EVENT_WAIT_FOREVER);
        bench->first += BATCHES / TRIES;
    }
    return quantile(bench->batches, bench->first, 0.1);
}

/* Needs two cores: on one core, threads cannot spin for each other. */
static bool measure_barriers(struct bench *bench, struct ceilings *ceilings, struct error *error)
{
    if (bench->threads < 2)
        return true;
    struct pool *pair = pool_create(2, SPIN_NS, error);
    if (pair == NULL)
        return false;
    ceilings->flag_barrier_ns = measure_barrier(bench, pair, 2);
    pool_destroy(pair);
    ceilings->flag_barrier_all_ns = measure_barrier(bench, bench->pool, bench->threads);
    return true;
}

/* ---- one thread ----------------------------------------------------------------------------- */

static void measure_step(struct bench *bench, struct ceilings *ceilings)
{
    static _Alignas(64) float tensors[4][STEPS * HEAD_DIM];
    struct dot_tensors dot = {.q = tensors[0],
                              .k = tensors[1],
                              .v = tensors[2],
                              .out = tensors[3],
                              .seq_len = STEPS,
                              .head_dim = HEAD_DIM,
                              .chain = true};
    dot_step *step = dot_path_step(dot_path_chosen());
    for (enum input_tensor tensor = INPUT_Q; tensor <= INPUT_V; tensor++)
        for (uint32_t t = 0; t < STEPS; t++)
            input_row(42, tensor, 0, t, HEAD_DIM, &tensors[tensor][(size_t)t * HEAD_DIM]);
    for (uint32_t batch = 0; batch < BATCHES; batch++) {
        const uint64_t began_ns = clock_now();
        for (uint32_t round = 0; round < ROUNDS; round++)
            for (uint32_t t = 0; t < STEPS; t++)
                step(&dot, t, 0, 1);
        bench->batches[batch] = (double)(clock_now() - began_ns) / (ROUNDS * STEPS);
    }
    ceilings->dependent_step_ns = quantile(bench->batches, BATCHES, 0.1);
}

static void measure_stamp(struct bench *bench, struct ceilings *ceilings)
{
    uint64_t stamps[ROUNDS];
    for (uint32_t batch = 0; batch < BATCHES; batch++) {
        const uint64_t began_ns = clock_now();
        for (uint32_t round = 0; round < ROUNDS; round++)
            stamps[round] = clock_now();
        __asm__ volatile("" : : "r"(stamps) : "memory");
        bench->batches[batch] = (double)(stamps[ROUNDS - 1] - began_ns) / ROUNDS;
    }
    ceilings->stamp_ns = quantile(bench->batches, BATCHES, 0.1);
    ceilings->timer_step_ns = (double)clock_resolution();
}

/* ---- all of it ------------------------------------------------------------------------------ */

static bool measure(struct bench *bench, const struct device_info *device,
                    struct ceilings *ceilings, struct error *error)
{
    measure_step(bench, ceilings);
    measure_stamp(bench, ceilings);
    if (!measure_wake(bench, ceilings, error) || !measure_barriers(bench, ceilings, error) ||
        !measure_memory(bench, device, ceilings, error))
        return false;
    if (stop_requested(bench->stop))
        return error_set(error, ERROR_RUN, "stopped before the CPU was measured");
    return true;
}

bool cpu_ceilings(int index, const uint32_t *stop, struct ceilings *ceilings, struct error *error)
{
    struct device_info device;
    *ceilings = (struct ceilings){0};
    if (!cpu_device.open(index, &device, error))
        return false;
    struct bench *bench = state_alloc(sizeof *bench, "the CPU's ceilings", error);
    struct share *shares = state_alloc(device.units * sizeof *shares, "the CPU's ceilings", error);
    bool measured = false;
    if (bench != NULL && shares != NULL) {
        *bench = (struct bench){.stop = stop, .threads = device.units, .shares = shares};
        bench->pool = pool_create(bench->threads, SPIN_NS, error);
        measured = bench->pool != NULL && measure(bench, &device, ceilings, error);
        pool_destroy(bench->pool);
        if (bench->memory != NULL)
            munmap(bench->memory, bench->bytes);
    }
    free(shares);
    free(bench);
    return measured;
}
