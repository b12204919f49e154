/*
 * bench_turns.c - the effect of a second tagged variant on the first: iteration p50 of two variants
 * that share the device in time slices, each divided by the p50 of the same variant alone.
 *
 *     bench_turns [ROUNDS [SECONDS [A B]]]        (9, 2, cpu_per_token cpu_persistent)
 *
 * In each round, each variant runs alone for SECONDS and both run together for twice as long, in
 * alternating order, each time in a fresh process. The output is both medians side by side, and
 * their ratio with the interval that verdicts use. A tagged variant is prepared and warmed up again
 * for each time slice.
 */
#include "../../kernels/clock.h"
#include "../../src/base/text.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "paired.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS_MOST 99

/* Runs the variants in the mask (1: first, 2: second) for `seconds` in this process, and sets their
 * iteration p50s, in ns. */
static void measure_here(const struct variant *const pair[2], uint32_t mask, double seconds,
                         double p50[2])
{
    struct request request = {.count = 2, .variants = {pair[0], pair[1]}, .tagged = mask};
    const struct snapshot *snapshot;
    request.knobs = knobs_defaults();
    request.knobs.iterations = 0;
    request.selected = mask & 1 ? 0 : 1;
    struct worker *worker = paired_run(&request, seconds, &snapshot);
    for (int i = 0; i < 2; i++)
        if (mask >> i & 1)
            p50[i] =
                (double)histogram_percentile(&snapshot->runs[i].histograms[METRIC_ITERATION], 0.5);
    worker_stop(worker);
}

/* Does the same as measure_here in a child process. This process never calls a driver, so it may
 * fork. */
static void measure(const struct variant *const pair[2], uint32_t mask, double seconds,
                    double p50[2])
{
    double sent[2] = {p50[0], p50[1]};
    int ends[2], status = 1;
    fflush(NULL);
    if (pipe(ends) != 0)
        exit(1);
    const pid_t child = fork();
    if (child == 0) {
        measure_here(pair, mask, seconds, sent);
        _exit(write(ends[1], sent, sizeof sent) == (ssize_t)sizeof sent ? 0 : 1);
    }
    close(ends[1]);
    const bool read_all = child > 0 && read(ends[0], sent, sizeof sent) == (ssize_t)sizeof sent;
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || !read_all)
        exit(1);
    for (int i = 0; i < 2; i++)
        p50[i] = sent[i];
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 9;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    const struct variant *pair[2] = {variant_find(argc > 4 ? argv[3] : "cpu_per_token"),
                                     variant_find(argc > 4 ? argv[4] : "cpu_persistent")};
    struct evidence alone_all[2] = {0}, together_all[2] = {0};
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
            evidence_add(&alone_all[i], alone[i]);
            evidence_add(&together_all[i], together[i]);
            text_duration(before[i], sizeof *before, alone[i]);
            text_duration(beside[i], sizeof *beside, together[i]);
        }
        printf("%-8d %12s %12s  %.4f %18s %12s  %.4f\n", round + 1, before[0], beside[0],
               together[0] / alone[0], before[1], beside[1], together[1] / alone[1]);
    }
    for (int i = 0; i < 2; i++) {
        char what[80];
        snprintf(what, sizeof what, "%s tagged beside %s / alone", pair[i]->name,
                 pair[1 - i]->name);
        paired_print(what, &together_all[i], &alone_all[i]);
    }
    return 0;
}
