/*
 * bench_turns.c - what a second tagged variant does to the first: iteration p50 of each of two
 * variants that take turns on the device, over that of its own run.
 *
 *     bench_turns [ROUNDS [SECONDS [A B]]]        (9, 2, cpu_per_token cpu_persistent)
 *
 * In each round either runs alone for SECONDS and both together for twice as long, in an order that
 * alternates; printed are both medians side by side, and the median of the ratios with a
 * distribution-free 95 % interval. A tagged variant is prepared and warmed anew for each turn.
 */
#include "../../kernels/clock.h"
#include "../../src/knobs.h"
#include "../../src/targets.h"
#include "../../src/text.h"
#include "../../src/worker.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MOST 99
#define SECOND      1e9

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Iteration p50 of each variant of the mask after `seconds` of the first one's first samples. */
static void measure(const struct variant *const pair[2], uint32_t mask, double seconds,
                    double p50[2])
{
    struct error error;
    struct knob_settings settings;
    struct request request = {.count = 2, .variants = {pair[0], pair[1]}, .tagged = mask};
    struct worker *worker = worker_start(pair[0]->backend, 0, &error);
    if (!worker) {
        fprintf(stderr, "bench_turns: %s\n", error.text);
        exit(1);
    }
    knobs_reset(&settings);
    request.knobs = settings.knobs;
    request.knobs.iterations = 0;
    request.selected = mask & 1 ? 0 : 1;
    worker_post(worker, &request);
    const struct snapshot *snapshot;
    uint64_t begin_ns = 0;
    do {
        struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
        poll(&news, 1, 1000);
        snapshot = worker_look(worker);
        bool begun = snapshot->count > request.selected &&
                     snapshot->runs[request.selected].histograms[METRIC_ITERATION].count > 0;
        if (begin_ns == 0 && begun)
            begin_ns = clock_now();
    } while (begin_ns == 0 || (double)(clock_now() - begin_ns) < seconds * SECOND);
    for (int i = 0; i < 2; i++) {
        const struct run *run = &snapshot->runs[i];
        if (!(mask >> i & 1))
            continue;
        p50[i] = (double)histogram_percentile(&run->histograms[METRIC_ITERATION], 0.5);
        if (p50[i] <= 0) {
            fprintf(stderr, "bench_turns: %s has no samples: %s\n", run->variant, run->error.text);
            exit(1);
        }
    }
    worker_stop(worker);
}

/* Ranks that bound the median of n with 95 % confidence: from the binomial distribution. */
static int lower_rank(int n)
{
    double probability = 1, sum;
    for (int i = 0; i < n; i++)
        probability /= 2;
    sum = probability;
    int rank = 0;
    while (sum + probability * (n - rank) / (rank + 1) <= 0.025 && rank < n / 2) {
        probability = probability * (n - rank) / (rank + 1);
        sum += probability;
        rank++;
    }
    return rank;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 9;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    const struct variant *pair[2] = {variant_find(argc > 4 ? argv[3] : "cpu_per_token"),
                                     variant_find(argc > 4 ? argv[4] : "cpu_persistent")};
    double ratios[2][ROUNDS_MOST];
    if (rounds < 1 || rounds > ROUNDS_MOST || seconds <= 0 || !pair[0] || !pair[1] ||
        pair[0]->backend != pair[1]->backend) {
        fprintf(stderr,
                "usage: bench_turns [ROUNDS, 1 to %d [SECONDS [A B]]]; A and B are variants of "
                "one backend\n",
                ROUNDS_MOST);
        return 2;
    }
    clock_start();
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%-8s %28s alone, with %28s alone, with\n", "round", pair[0]->name, pair[1]->name);
    for (int round = 0; round < rounds; round++) {
        double alone[2] = {0}, together[2] = {0};
        char before[2][24], beside[2][24];
        if (round % 2)
            measure(pair, 3, 2 * seconds, together);
        measure(pair, 1, seconds, alone);
        measure(pair, 2, seconds, alone);
        if (round % 2 == 0)
            measure(pair, 3, 2 * seconds, together);
        for (int i = 0; i < 2; i++) {
            ratios[i][round] = together[i] / alone[i];
            text_duration(before[i], sizeof *before, alone[i]);
            text_duration(beside[i], sizeof *beside, together[i]);
        }
        printf("%-8d %12s %12s  %.4f %18s %12s  %.4f\n", round + 1, before[0], beside[0],
               ratios[0][round], before[1], beside[1], ratios[1][round]);
    }
    const int rank = lower_rank(rounds);
    for (int i = 0; i < 2; i++) {
        qsort(ratios[i], (size_t)rounds, sizeof **ratios, ascending);
        printf("%-28s tagged beside %-28s / alone  %.4f  (median of %d, 95 %%: %.4f to %.4f)\n",
               pair[i]->name, pair[1 - i]->name, ratios[i][rounds / 2], rounds, ratios[i][rank],
               ratios[i][rounds - 1 - rank]);
    }
    return 0;
}
