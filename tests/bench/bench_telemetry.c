/*
 * bench_telemetry.c - the effect of telemetry on a measurement: percentiles of the iteration with
 * telemetry over those without.
 *
 *     bench_telemetry [ROUNDS [SECONDS [VARIANT...]]]     (15, 1, cpu_per_token cpu_persistent)
 *
 * In each round a variant runs for SECONDS with telemetry and for SECONDS without, each time in a
 * new worker, in alternating order. The output is the ratios with the interval that verdicts use:
 * an interval that contains 1 shows no difference.
 */
#include "../../kernels/clock.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "paired.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MOST 99
#define FIGURES     3

static const struct {
    const char *name;
    double fraction;
} figures[FIGURES] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};

/* Adds the percentiles of one run. Returns how often its telemetry was read. */
static uint64_t measure(const struct variant *variant, bool telemetry, double seconds,
                        struct evidence values[FIGURES])
{
    struct request request = {.count = 1, .variants = {variant}, .no_telemetry = !telemetry};
    const struct snapshot *snapshot;
    request.knobs = knobs_defaults();
    request.knobs.iterations = 0;
    struct worker *worker = paired_run(&request, seconds, &snapshot);
    for (int i = 0; i < FIGURES; i++)
        evidence_add(&values[i],
                     (double)histogram_percentile(&snapshot->runs[0].histograms[METRIC_ITERATION],
                                                  figures[i].fraction));
    const uint64_t readings = snapshot->runs[0].telemetry.readings;
    worker_stop(worker);
    return readings;
}

static void compare(const struct variant *variant, int rounds, double seconds)
{
    struct evidence with[FIGURES] = {0}, without[FIGURES] = {0};
    uint64_t readings = 0;
    for (int round = 0; round < rounds; round++) {
        if (round % 2)
            measure(variant, false, seconds, without);
        readings += measure(variant, true, seconds, with);
        if (round % 2 == 0)
            measure(variant, false, seconds, without);
    }
    for (int i = 0; i < FIGURES; i++) {
        char what[80];
        snprintf(what, sizeof what, "%s: iteration %s with / without telemetry", variant->name,
                 figures[i].name);
        paired_print(what, &with[i], &without[i]);
    }
    printf("%-28s %.1f readings per second\n", variant->name,
           (double)readings / (rounds * seconds));
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 15;
    const double seconds = argc > 2 ? strtod(argv[2], NULL) : 1;
    static const char *const usual[] = {"cpu_per_token", "cpu_persistent"};
    const int count = argc > 3 ? argc - 3 : 2;
    if (rounds < 1 || rounds > ROUNDS_MOST || seconds <= 0) {
        fprintf(stderr, "usage: bench_telemetry [ROUNDS, 1 to %d [SECONDS [VARIANT...]]]\n",
                ROUNDS_MOST);
        return 2;
    }
    clock_start();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < count; i++) {
        const char *name = argc > 3 ? argv[3 + i] : usual[i];
        const struct variant *variant = variant_find(name);
        if (!variant) {
            fprintf(stderr, "bench_telemetry: there is no variant %s\n", name);
            return 2;
        }
        compare(variant, rounds, seconds);
    }
    return 0;
}
