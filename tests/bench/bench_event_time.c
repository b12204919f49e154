/*
 * bench_event_time.c - compares the step latencies of stamps with CUDA events around the same
 * launches. The events are in the variant's stream, before and after everything that an iteration
 * submits.
 *
 *     bench_event_time [ITERATIONS [DEVICE]]
 *
 * Step latency is defined from the second step on. So the program subtracts the events' time of a
 * single step from that of SEQ_LEN steps. The prologue, the first step, and the host's delay
 * between event and launch cancel out. The difference is compared with the sum of the latencies.
 */
#include "../../kernels/clock.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef PDLAB_CUDA
#include "../../kernels/cuda/gpu_lab.h"

#define ITERATIONS 1000
#define WARMUP     20
#define POLL_NS    UINT64_C(10000000)

/* Means over all iterations, in ns. */
struct means {
    double event_ns, steps_ns;
};

/* The sum of the step latencies, in ns: the end of the last step minus the end of the first step. A
 * step ends when its last program ends. */
static double latencies(const struct stamp_batch *batch)
{
    uint64_t first_ns = 0, last_ns = 0;
    const uint32_t last = batch->first + batch->count - 1;
    for (uint32_t p = 0; p < batch->programs; p++) {
        const struct stamp *a = stamp_of(batch, p, 0), *b = stamp_of(batch, p, last);
        first_ns = a->end_ns > first_ns ? a->end_ns : first_ns;
        last_ns = b->end_ns > last_ns ? b->end_ns : last_ns;
    }
    return (double)(last_ns - first_ns);
}

static bool iterate(const struct variant *variant, void *state, cudaStream_t stream,
                    const cudaEvent_t event[2], struct means *sums, struct error *error)
{
    struct stamp_batch batch = {0};
    enum poll_state polled = POLL_RUNNING;
    float ms = 0;
    if (!gpu_right(cudaEventRecord(event[0], stream), "cudaEventRecord", error) ||
        !variant->ops->submit(state, true, error) ||
        !gpu_right(cudaEventRecord(event[1], stream), "cudaEventRecord", error))
        return false;
    while (polled == POLL_RUNNING)
        polled = variant->ops->poll(state, POLL_NS, &batch, error);
    if (polled == POLL_FAILED ||
        !gpu_right(cudaEventSynchronize(event[1]), "cudaEventSynchronize", error) ||
        !gpu_right(cudaEventElapsedTime(&ms, event[0], event[1]), "cudaEventElapsedTime", error))
        return false;
    sums->event_ns += (double)ms * 1e6;
    sums->steps_ns += batch.count > 0 ? latencies(&batch) : 0;
    return true;
}

static bool measure(const struct variant *variant, const struct device_info *device,
                    int64_t seq_len, int iterations, struct means *means, struct error *error)
{
    struct knobs knobs = knobs_defaults();
    const uint32_t stop = 0;
    cudaEvent_t event[2];
    knobs.seq_len = seq_len;
    struct plan plan;
    if (!variant_plan(variant, &knobs, device, &plan, error))
        return false;
    const struct setup setup = {.plan = &plan, .device = device, .stop = &stop};
    void *state = variant->ops->prepare(&setup, error);
    if (!state)
        return false;
    cudaStream_t stream =
        ((struct gpu_lab *)state)->stream; /* every GPU variant's state begins with a gpu_lab */
    bool right = gpu_right(cudaEventCreate(&event[0]), "cudaEventCreate", error) &&
                 gpu_right(cudaEventCreate(&event[1]), "cudaEventCreate", error);
    for (int i = 0; right && i < WARMUP; i++)
        right = iterate(variant, state, stream, event, means, error);
    *means = (struct means){0};
    for (int i = 0; right && i < iterations; i++)
        right = iterate(variant, state, stream, event, means, error);
    means->event_ns /= iterations;
    means->steps_ns /= iterations;
    if (error->kind == ERROR_LOST)
        return false;
    variant->ops->release(state);
    return right;
}

static bool compare(const char *name, const struct device_info *device, int64_t seq_len,
                    int iterations, struct error *error)
{
    const struct variant *variant = variant_find(name);
    struct means one = {0}, all = {0};
    if (!variant)
        return error_set(error, ERROR_UNSUPPORTED, "there is no %s", name);
    if (!measure(variant, device, 1, iterations, &one, error) ||
        !measure(variant, device, seq_len, iterations, &all, error))
        return false;
    const double steps = (double)(seq_len - 1), event_ns = all.event_ns - one.event_ns;
    printf("%-28s %7lld %11.3f us %9.3f us %11.1f ns %11.1f ns %8.4f\n", name, (long long)seq_len,
           all.event_ns / 1e3, one.event_ns / 1e3, event_ns / steps, all.steps_ns / steps,
           all.steps_ns / event_ns);
    return true;
}

int main(int argc, char **argv)
{
    /* At most 256 steps for the baseline: a variant that launches per token submits at most 256
     * launches before the second event. */
    static const struct {
        const char *name;
        int64_t seq_len;
    } rows[] = {
        {"persistent_decode_cuda", 32},     {"persistent_decode_cuda", 256},
        {"persistent_decode_cuda", 1024},   {"persistent_decode_cuda", 4096},
        {"baseline_persistent_decode", 32}, {"baseline_persistent_decode", 256},
    };
    const int iterations = argc > 1 ? (int)strtol(argv[1], NULL, 10) : ITERATIONS;
    const int index = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
    struct device_info device;
    struct error error = {0};
    clock_start();
    if (iterations < 1 || index < 0) {
        fputs("usage: bench_event_time [ITERATIONS [DEVICE]]\n", stderr);
        return 2;
    }
    if (!backends[BACKEND_CUDA]->open(index, &device, &error)) {
        printf("skipped: %s\n", error.text);
        return 0;
    }
    printf("%s, %d iterations each, stamps may be off by %llu ns\n", device.name, iterations,
           (unsigned long long)gpu_clock_error());
    printf("%-28s %7s %14s %12s %14s %14s %8s\n", "variant", "SEQ_LEN", "events", "of one step",
           "a step: events", "stamps", "ratio");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!compare(rows[i].name, &device, rows[i].seq_len, iterations, &error)) {
            fprintf(stderr, "%s: %s\n", rows[i].name, error.text);
            fflush(NULL);
            _Exit(1);
        }
    }
    backends[BACKEND_CUDA]->close(index);
    return 0;
}

#else

int main(void)
{
    puts("skipped: this build has no cuda backend");
    return 0;
}

#endif
