/*
 * bench_record.c - the cost of recording: adding a sample to a histogram, computing the latencies
 * of a step from its stamps, and copying a run for a reader. Each figure is the median of 15
 * rounds. The first line is the cost of the loop alone.
 */
#include "../../kernels/clock.h"
#include "../../src/engine/steps.h"
#include "../unit/random.h"
#include "sorted.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS   15
#define SAMPLES  1000000u
#define ROWS     65536u
#define PROGRAMS 8u

static uint64_t samples[SAMPLES];
static struct stamp stamps[PROGRAMS][ROWS];
static struct run run, copy;
static volatile uint64_t sink;

static double loop_alone(void)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < SAMPLES; i++)
        sum += samples[i];
    sink = sum;
    return SAMPLES;
}

static double record(void)
{
    for (uint32_t i = 0; i < SAMPLES; i++)
        histogram_record(&run.histograms[METRIC_STEP], samples[i]);
    return SAMPLES;
}

static double add_steps(void)
{
    static struct steps steps;
    struct stamp_batch batch = {
        .stamps = stamps[0], .stride = ROWS, .programs = PROGRAMS, .count = ROWS};
    steps_begin(&steps, false, false);
    steps_submit(&steps, 0);
    steps_add(&steps, &batch, &run);
    return ROWS;
}

static double copy_run(void)
{
    run.version++;
    run_copy(&copy, &run);
    return 1;
}

static void measure(const char *what, double (*work)(void))
{
    double rounds[ROUNDS];
    for (int i = -1; i < ROUNDS; i++) { /* one warm-up round */
        uint64_t begin = clock_now();
        double units = work();
        if (i >= 0)
            rounds[i] = (double)(clock_now() - begin) / units;
    }
    const double median = sorted_median(rounds, ROUNDS);
    printf("%-44s %10.2f ns   (%.2f to %.2f)\n", what, median, rounds[0], rounds[ROUNDS - 1]);
}

int main(void)
{
    uint64_t state = 1;
    clock_start();
    if (!run_open(&run) || !run_open(&copy))
        return 1;
    for (uint32_t i = 0; i < SAMPLES; i++) /* log-uniform over 100 ns to 1 ms */
        samples[i] = (uint64_t)(100 * pow(10, 4 * (double)random_below(&state, 1000) / 1000));
    for (uint32_t t = 0, now = 0; t < ROWS; t++, now += 250)
        for (uint32_t p = 0; p < PROGRAMS; p++)
            stamps[p][t] = (struct stamp){now + random_below(&state, 40) + 1,
                                          now + 200 + random_below(&state, 40)};
    printf("median of %d rounds (minimum to maximum), clock: %s\n", ROUNDS, clock_source());
    measure("the loop alone, a sample", loop_alone);
    measure("histogram_record, a sample", record);
    measure("steps_add, a step of 8 programs", add_steps);
    measure("run_copy for a reader, a run", copy_run);
    run_close(&run);
    run_close(&copy);
    return 0;
}
