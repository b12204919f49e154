/*
 * gpu_clock.cu - aligns the GPU's timer with the lab clock (gpu.h).
 */
#include "../clock.h"
#include "gpu.cuh"
#include "gpu.h"

#define ROUND_TRIPS 100u
#define PATIENCE_NS UINT64_C(2000000)     /* how long either side waits for the other */
#define KEEP_NS     UINT64_C(1000000000)  /* between two alignments */
#define BASE_NS     UINT64_C(200000000)   /* between two alignments that give a rate */
#define LONE_NS     UINT64_C(20000000000) /* an older alignment no longer gives a rate */

/* In mapped memory. */
struct meeting {
    uint32_t rung, answered;
    uint64_t timer_ns;
};

/* The same moment on both clocks. */
struct moment {
    uint64_t host_ns, timer_ns;
};

static struct {
    struct meeting *meeting; /* NULL: not open */
    cudaStream_t stream;
    struct moment last;
    double rate; /* ns of the lab clock per ns of the timer */
    bool met;    /* the last alignment used round trips, not a launch */
    uint64_t error_ns;
} line;

/* Answers each ring; leaves when none comes, e.g. if a tool lets no kernel run beside the host. */
static __global__ void answer(struct meeting *meeting)
{
    for (uint32_t round = 1; round <= ROUND_TRIPS; round++) {
        const uint64_t began_ns = gpu_timer();
        while (gpu_load_acquire_system(&meeting->rung) != round)
            if (gpu_timer() - began_ns > PATIENCE_NS)
                return;
        meeting->timer_ns = gpu_timer();
        gpu_store_release_system(&meeting->answered, round);
    }
}

static __global__ void tell(struct meeting *meeting)
{
    meeting->timer_ns = gpu_timer();
}

static bool open_line(struct error *error)
{
    void *memory;
    if (line.meeting)
        return true;
    if (!gpu_right(cudaHostAlloc(&memory, sizeof *line.meeting, cudaHostAllocMapped),
                   "cudaHostAlloc", error))
        return false;
    if (!gpu_right(cudaStreamCreateWithFlags(&line.stream, cudaStreamNonBlocking),
                   "cudaStreamCreateWithFlags", error)) {
        cudaFreeHost(memory);
        return false;
    }
    line.meeting = (struct meeting *)memory;
    line.rate = 1;
    return true;
}

/* One ring and its answer; false if none came. */
static bool ring(uint32_t round, struct moment *moment, uint64_t *took_ns)
{
    struct meeting *meeting = line.meeting;
    const uint64_t rung_ns = clock_now();
    uint64_t now_ns;
    __atomic_store_n(&meeting->rung, round, __ATOMIC_RELEASE);
    do {
        now_ns = clock_now();
        if (now_ns - rung_ns > 10 * PATIENCE_NS)
            return false;
    } while (__atomic_load_n(&meeting->answered, __ATOMIC_ACQUIRE) != round);
    *moment = {rung_ns + (now_ns - rung_ns) / 2, meeting->timer_ns};
    *took_ns = now_ns - rung_ns;
    return true;
}

/* The fastest of many round trips. False if no kernel answers while the host runs. */
static bool meet(struct moment *best, uint64_t *took_ns)
{
    bool met = false;
    *took_ns = UINT64_MAX;
    *line.meeting = {};
    answer<<<1, 1, 0, line.stream>>>(line.meeting);
    for (uint32_t round = 1; round <= ROUND_TRIPS; round++) {
        struct moment moment;
        uint64_t took;
        if (!ring(round, &moment, &took))
            break;
        if (took < *took_ns) {
            *best = moment;
            *took_ns = took;
        }
        met = true;
    }
    return met;
}

/* The timer value of a launch lies between its submission and its end. */
static void meet_by_launch(struct moment *best, uint64_t *took_ns)
{
    const uint64_t began_ns = clock_now();
    tell<<<1, 1, 0, line.stream>>>(line.meeting);
    cudaStreamSynchronize(line.stream);
    *took_ns = clock_now() - began_ns;
    *best = {began_ns + *took_ns / 2, line.meeting->timer_ns};
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
    const bool met = meet(&now, &took_ns);
    if (!gpu_right(cudaStreamSynchronize(line.stream), "cudaStreamSynchronize", error))
        return false;
    line.met = met;
    if (!met) {
        meet_by_launch(&now, &took_ns);
        if (!gpu_right(cudaGetLastError(), "cudaLaunchKernel", error))
            return false;
    }
    take(&now, took_ns);
    return true;
}

void gpu_clock_keep(void)
{
    struct error ignored;
    if (line.meeting && clock_now() - line.last.host_ns > KEEP_NS)
        gpu_clock_align(&ignored);
}

uint64_t gpu_clock_host(uint64_t timer_ns, double after_ns)
{
    /* The times have more digits than a double. */
    const double since = (double)(int64_t)(timer_ns - line.last.timer_ns) + after_ns;
    return line.last.host_ns + (uint64_t)(int64_t)(since * line.rate);
}

bool gpu_clock_met(void)
{
    return line.met;
}

uint64_t gpu_clock_error(void)
{
    return line.error_ns;
}

void gpu_clock_close(void)
{
    if (!line.meeting)
        return;
    cudaStreamDestroy(line.stream);
    cudaFreeHost(line.meeting);
    line = {};
}
