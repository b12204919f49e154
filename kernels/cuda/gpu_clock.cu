/*
 * gpu_clock.cu - aligns the GPU's timer with the lab clock (gpu.h).
 */
#include "../clock.h"
#include "gpu.cuh"
#include "gpu.h"

#define ROUND_TRIPS 100u
#define PATIENCE_NS UINT64_C(2000000)    /* how long the kernel waits for the next round */
#define KEEP_NS     UINT64_C(1000000000) /* shortest time between two alignments */
#define BASE_NS     UINT64_C(200000000)  /* shortest time between two alignments that give a rate */
#define LONE_NS     UINT64_C(20000000000) /* longest time between two alignments that give a rate */

/* In mapped memory. */
struct exchange {
    uint32_t ring, answered;
    uint64_t timer_ns;
};

/* One moment, as both clocks show it. */
struct moment {
    uint64_t host_ns, timer_ns;
};

static struct {
    struct exchange *exchange; /* NULL: not open */
    cudaStream_t stream;
    struct moment last;
    double rate;        /* ns of the lab clock per ns of the timer */
    bool answered_once; /* at the last alignment, a kernel answered at least one round */
    uint64_t error_ns;
} line;

/* Answers each round with the timer's value. Ends if the host does not start the next round. */
static __global__ void answer(struct exchange *exchange)
{
    for (uint32_t round = 1; round <= ROUND_TRIPS; round++) {
        const uint64_t began_ns = gpu_timer();
        while (gpu_load_acquire_system(&exchange->ring) != round)
            if (gpu_timer() - began_ns > PATIENCE_NS)
                return;
        exchange->timer_ns = gpu_timer();
        gpu_store_release_system(&exchange->answered, round);
    }
}

static __global__ void write_timer(struct exchange *exchange)
{
    exchange->timer_ns = gpu_timer();
}

static bool open_line(struct error *error)
{
    void *memory;
    if (line.exchange)
        return true;
    if (!gpu_right(cudaHostAlloc(&memory, sizeof *line.exchange, cudaHostAllocMapped),
                   "cudaHostAlloc", error))
        return false;
    if (!gpu_right(cudaStreamCreateWithFlags(&line.stream, cudaStreamNonBlocking),
                   "cudaStreamCreateWithFlags", error)) {
        cudaFreeHost(memory);
        return false;
    }
    line.exchange = (struct exchange *)memory;
    line.rate = 1;
    return true;
}

/* Makes one round trip. Returns false if no kernel answered. */
static bool ring(uint32_t round, struct moment *moment, uint64_t *took_ns)
{
    struct exchange *exchange = line.exchange;
    const uint64_t rung_ns = clock_now();
    uint64_t now_ns;
    __atomic_store_n(&exchange->ring, round, __ATOMIC_RELEASE);
    do {
        now_ns = clock_now();
        if (now_ns - rung_ns > 10 * PATIENCE_NS)
            return false;
    } while (__atomic_load_n(&exchange->answered, __ATOMIC_ACQUIRE) != round);
    *moment = {rung_ns + (now_ns - rung_ns) / 2, exchange->timer_ns};
    *took_ns = now_ns - rung_ns;
    return true;
}

/* Uses the fastest of many round trips. Returns false if no kernel answered. This happens under
 * tools that let no kernel run while the host runs. */
static bool align_by_round_trips(struct moment *best, uint64_t *took_ns)
{
    bool answered_once = false;
    *took_ns = UINT64_MAX;
    *line.exchange = {};
    answer<<<1, 1, 0, line.stream>>>(line.exchange);
    for (uint32_t round = 1; round <= ROUND_TRIPS; round++) {
        struct moment moment;
        uint64_t took;
        if (!ring(round, &moment, &took))
            break;
        if (took < *took_ns) {
            *best = moment;
            *took_ns = took;
        }
        answered_once = true;
    }
    return answered_once;
}

/* Without round trips: a kernel reads the timer, and the host assumes that this happened halfway
 * between the launch and the end of the synchronisation. */
static void align_by_launch(struct moment *best, uint64_t *took_ns)
{
    const uint64_t began_ns = clock_now();
    write_timer<<<1, 1, 0, line.stream>>>(line.exchange);
    cudaStreamSynchronize(line.stream);
    *took_ns = clock_now() - began_ns;
    *best = {began_ns + *took_ns / 2, line.exchange->timer_ns};
}

static void take(const struct moment *now, uint64_t took_ns)
{
    const uint64_t host_ns = now->host_ns - line.last.host_ns;
    const uint64_t timer_ns = now->timer_ns - line.last.timer_ns;
    if (line.last.host_ns != 0 && host_ns >= BASE_NS && host_ns < LONE_NS && timer_ns > 0)
        line.rate = (double)host_ns / (double)timer_ns;
    line.last = *now;
    line.error_ns = took_ns / 2;
}

bool gpu_clock_align(struct error *error)
{
    struct moment now = {};
    uint64_t took_ns;
    if (!open_line(error))
        return false;
    const bool answered_once = align_by_round_trips(&now, &took_ns);
    if (!gpu_right(cudaStreamSynchronize(line.stream), "cudaStreamSynchronize", error))
        return false;
    line.answered_once = answered_once;
    if (!answered_once) {
        align_by_launch(&now, &took_ns);
        if (!gpu_right(cudaGetLastError(), "cudaLaunchKernel", error))
            return false;
    }
    take(&now, took_ns);
    return true;
}

void gpu_clock_keep(void)
{
    struct error ignored;
    if (line.exchange && clock_now() - line.last.host_ns > KEEP_NS)
        gpu_clock_align(&ignored);
}

uint64_t gpu_clock_host(uint64_t timer_ns, double after_ns)
{
    /* A double has too few digits for the times, but enough for the difference of two times. */
    const double since = (double)(int64_t)(timer_ns - line.last.timer_ns) + after_ns;
    return line.last.host_ns + (uint64_t)(int64_t)(since * line.rate);
}

bool gpu_clock_answered(void)
{
    return line.answered_once;
}

uint64_t gpu_clock_error(void)
{
    return line.error_ns;
}

void gpu_clock_close(void)
{
    if (!line.exchange)
        return;
    cudaStreamDestroy(line.stream);
    cudaFreeHost(line.exchange);
    line = {};
}
