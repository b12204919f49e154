/*
 * bench_bare_loop.c - compares the CPU's step latencies with a bare loop: the same tickets and
 * steps over the same tensors on one thread, without barriers or stamps, timed only at its start
 * and end.
 *
 *     bench_bare_loop [ITERATIONS]        (1000)
 *
 * cpu_persistent runs with one thread, so no step waits for another thread, and the bare loop runs
 * on that thread. Step latency is defined from the second step on, so the bare loop's clock starts
 * after its first step. The variant and the bare loop alternate, one iteration at a time.
 *
 * A stamp reads the clock twice, each time after a fence. That takes some tens of ns per step,
 * which matters for the default shape (BATCH 8) but not for steps of a microsecond or more.
 */
#include "../../kernels/cpu/lab_dot.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "sorted.h"

#include <stdio.h>
#include <stdlib.h>

#define ITERATIONS 1000
#define WARMUP     20
#define POLL_NS    UINT64_C(10000000)

/* Runs an iteration; *latencies_ns is the sum of its step latencies. False: *error says why. */
static bool iterate(const struct variant *variant, void *state, uint64_t *latencies_ns,
                    struct error *error)
{
    struct stamp_batch batch = {0};
    enum poll_state polled = POLL_RUNNING;
    uint64_t first_ns = 0, last_ns = 0;
    if (!variant->ops->submit(state, true, error))
        return false;
    while (polled == POLL_RUNNING) {
        polled = variant->ops->poll(state, POLL_NS, &batch, error);
        if (batch.count > 0 && first_ns == 0)
            first_ns = stamp_of(&batch, 0, batch.first)->end_ns;
        if (batch.count > 0)
            last_ns = stamp_of(&batch, 0, batch.first + batch.count - 1)->end_ns;
    }
    *latencies_ns = last_ns - first_ns;
    return polled == POLL_DONE;
}

/* The bare loop: the same steps, one sequence per ticket, run by the thread pool. */
struct bare {
    const struct lab_dot *lab;
    _Atomic uint64_t tickets; /* tickets drawn so far */
    uint64_t ns;              /* duration of the steps after the first */
};

static void run_bare(void *argument, uint32_t program)
{
    struct bare *bare = argument;
    const struct lab_dot *lab = bare->lab;
    uint64_t begin_ns = 0, first = 0;
    (void)program;
    bare->tickets = 0;
    uint64_t ticket = bare->tickets++;
    for (uint32_t t = 0; t < lab->cpu.seq_len; t++, first += lab->batch) {
        if (t == 1)
            begin_ns = clock_now();
        for (; ticket < first + lab->batch; ticket = bare->tickets++) {
            const uint32_t b = (uint32_t)(ticket - first);
            lab->step(&lab->tensors, t, b, b + 1);
        }
    }
    bare->ns = clock_now() - begin_ns;
}

/* Measures one shape and prints its row of the table. False: *error says why. */
static bool compare(const struct variant *variant, const struct device_info *device, int64_t batch,
                    int64_t seq_len, int iterations, struct error *error)
{
    const uint32_t stop = 0;
    struct knobs knobs = knobs_defaults();
    knobs.threads = 1;
    knobs.batch = batch;
    knobs.seq_len = seq_len;
    struct plan plan;
    if (!variant_plan(variant, &knobs, device, &plan, error))
        return false;
    const struct setup setup = {.plan = &plan, .device = device, .stop = &stop};
    double *ratios = malloc((size_t)iterations * sizeof *ratios);
    void *state = ratios ? variant->ops->prepare(&setup, error) : NULL;
    double stamped_ns = 0, bare_ns = 0;
    bool right = state != NULL;
    /* The state of every `dot` variant begins with a struct lab_dot. */
    struct bare bare = {.lab = state};
    for (int i = -WARMUP; right && i < iterations; i++) {
        uint64_t ns = 0;
        right = iterate(variant, state, &ns, error);
        pool_submit(bare.lab->cpu.pool, run_bare, &bare);
        while (!pool_wait(bare.lab->cpu.pool, bare.lab->cpu.spin_ns, POLL_NS)) {
        }
        if (i < 0)
            continue;
        ratios[i] = (double)ns / (double)bare.ns;
        stamped_ns += (double)ns;
        bare_ns += (double)bare.ns;
    }
    if (right) {
        const double steps = (double)iterations * (double)(seq_len - 1);
        const double median = sorted_median(ratios, iterations);
        printf("%6lld %8lld %12.1f ns %12.1f ns %+10.1f ns %9.4f %9.4f\n", (long long)batch,
               (long long)seq_len, stamped_ns / steps, bare_ns / steps,
               (stamped_ns - bare_ns) / steps, stamped_ns / bare_ns, median);
    }
    if (state)
        variant->ops->release(state);
    free(ratios);
    return right;
}

int main(int argc, char **argv)
{
    static const struct {
        int64_t batch, seq_len;
    } shapes[] = {{8, 32}, {64, 32}, {256, 32}, {256, 128}, {1024, 32}, {4096, 32}};
    const int iterations = argc > 1 ? (int)strtol(argv[1], NULL, 10) : ITERATIONS;
    const struct variant *variant = variant_find("cpu_persistent");
    struct device_info device;
    struct error error = {0};
    clock_start();
    if (iterations < 1) {
        fputs("usage: bench_bare_loop [ITERATIONS]\n", stderr);
        return 2;
    }
    if (!variant || !backends[BACKEND_CPU]->open(0, &device, &error)) {
        fprintf(stderr, "bench_bare_loop: %s\n", error.text);
        return 1;
    }
    printf("%s, cpu_persistent with one thread, %d iterations each\n", device.name, iterations);
    printf("%6s %8s %15s %15s %13s %9s %9s\n", "BATCH", "SEQ_LEN", "step: stamps", "bare loop",
           "more", "of sums", "median");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (!compare(variant, &device, shapes[i].batch, shapes[i].seq_len, iterations, &error)) {
            fprintf(stderr, "bench_bare_loop: %s\n", error.text);
            return 1;
        }
    }
    backends[BACKEND_CPU]->close(0);
    return 0;
}
