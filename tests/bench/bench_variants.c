/*
 * bench_variants.c - measures every CPU variant that runs here, in rounds, so that a drift of the
 * machine's speed affects all of them alike.
 *
 *     bench_variants [ROUNDS [ITERATIONS]]        (15, 200)
 *
 * For each variant it prints the iteration p50, the baseline's p50 in the same round over it
 * (median of the rounds), the shares of TTFT, steps and sync in the iteration, and the bandwidth of
 * its steps, also as a share of the device's peak. The peak is measured first, on all cores;
 * PDLAB_THREADS=$(nproc) lets all cores decode, too.
 */
#include "../../kernels/clock.h"
#include "../../src/command/environment.h"
#include "../../src/engine/turn.h"
#include "sorted.h"

#include <stdio.h>
#include <stdlib.h>

#define VARIANTS    16
#define ROUNDS_MOST 100
#define TURN_NS     UINT64_C(300000000) /* a time slice ends with the iteration that passes this */

static void watch(void *context, bool stalled)
{
    (void)context, (void)stalled;
}

/* One time slice: warm-up, then at most `iterations` in TURN_NS. Returns their p50, in ns. */
static double take_turn(struct run *run, const struct plan *plan, const struct device_info *device,
                        int iterations, struct verifier *verifier)
{
    struct error error = {0};
    struct turn turn = {0};
    uint32_t stop = 0;
    struct histogram *durations = &run->histograms[METRIC_ITERATION];
    double *all = malloc((size_t)iterations * sizeof *all);
    if (!all || !turn_begin(&turn, run, plan, device, &stop, &error)) {
        fprintf(stderr, "%s: %s\n", run->variant, error.text);
        exit(1);
    }
    int taken = 0;
    uint64_t spent_ns = 0;
    while (taken < iterations && spent_ns < TURN_NS) {
        uint64_t before = durations->total_ns;
        if (turn_iterate(&turn, &stop, verifier, (struct turn_watch){watch, NULL}, &error) !=
            TURN_ITERATED) {
            fprintf(stderr, "%s: %s\n", run->variant, error.text);
            exit(1);
        }
        if (durations->total_ns != before)
            all[taken++] = (double)(durations->total_ns - before);
        spent_ns += durations->total_ns - before;
    }
    turn_end(&turn);
    double p50 = sorted_median(all, taken);
    free(all);
    return p50;
}

static void print_run(const struct run *run, double *p50s, double *ratios, int rounds,
                      double read_gb_per_s)
{
    const struct histogram *h = run->histograms;
    const double iteration = (double)h[METRIC_ITERATION].total_ns / 100;
    const double p50 = sorted_median(p50s, rounds), steps = (double)run->used.seq_len;
    printf("%-24s %11.2f us %9.2fx %10.0f ns %8.1f%% %8.1f%% %8.1f%% %7.1f GB/s %5.1f%%\n",
           run->variant, p50 / 1e3, sorted_median(ratios, rounds),
           (double)histogram_percentile(&h[METRIC_STEP], 0.5),
           (double)h[METRIC_TTFT].total_ns / iteration, (double)h[METRIC_STEP].total_ns / iteration,
           (double)h[METRIC_SYNC].total_ns / iteration, (double)run->step_bytes * steps / p50,
           100 * (double)run->step_bytes * steps / p50 / read_gb_per_s);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 15,
        iterations = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 200;
    struct device_info device;
    struct error error = {0};
    struct knob_settings settings;
    bool quick = false;
    static struct run runs[VARIANTS];
    static struct plan plans[VARIANTS];
    static double p50s[VARIANTS][ROUNDS_MOST], ratios[VARIANTS][ROUNDS_MOST];
    struct ceilings ceilings;
    const uint32_t stop = 0;
    int count = 0, baseline = 0;

    clock_start();
    knobs_reset(&settings);
    if (rounds < 1 || rounds > ROUNDS_MOST || iterations < 1 ||
        !environment_apply(&settings, ~UINT64_C(0), &quick, &error) ||
        !backends[BACKEND_CPU]->open(0, &device, &error) ||
        !backends[BACKEND_CPU]->ceilings(0, &stop, &ceilings, &error)) {
        fprintf(stderr, "bench_variants: %s\n", error.text);
        return 2;
    }
    struct verifier *verifier = verifier_start(&error);
    for (const struct variant *const *v = variants; *v && count < VARIANTS; v++) {
        if ((*v)->backend != BACKEND_CPU || (*v)->hidden ||
            !variant_plan(*v, &settings.knobs, &device, &plans[count], &error))
            continue;
        if (!run_open(&runs[count]))
            return 1;
        run_begin(&runs[count], *v, &settings.knobs, &plans[count].used, (uint64_t)count + 1);
        runs[count++].verification.verdict =
            VERDICT_RIGHT; /* skips verification, which other programs do */
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            baseline = runs[i].known->rung == 1 ? i : baseline;
            p50s[i][round] = take_turn(&runs[i], &plans[i], &device, iterations, verifier);
            ratios[i][round] = p50s[baseline][round] / p50s[i][round];
        }
    }
    printf("%s, %s, reads %.1f GB/s, %d rounds of %d iterations, SEQ_LEN %lld, BATCH %lld, "
           "HEAD_DIM %lld\n",
           device.name, device.isa, ceilings.read_gb_per_s, rounds, iterations,
           (long long)settings.knobs.seq_len, (long long)settings.knobs.batch,
           (long long)settings.knobs.head_dim);
    printf("%-24s %14s %10s %13s %9s %9s %9s %12s %6s\n", "variant", "iteration p50", "baseline/",
           "step p50", "ttft", "steps", "sync", "moves", "share");
    for (int i = 0; i < count; i++) {
        print_run(&runs[i], p50s[i], ratios[i], rounds, ceilings.read_gb_per_s);
        run_close(&runs[i]);
    }
    verifier_stop(verifier);
    return 0;
}
