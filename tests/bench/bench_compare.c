/*
 * bench_compare.c - the duration of `pdlab compare` for two recordings of 8 MiB, from reading to
 * printing. Goal: less than a second.
 */
#include "../../kernels/clock.h"
#include "../../src/command/commands.h"
#include "../../src/engine/knobs.h"
#include "draw.h"
#include "sorted.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS    15
#define RECORDING (UINT64_C(8) << 20) /* bytes */
#define MOST_RUNS 64u
#define SAMPLES   100000u
#define PROGRAMS  16u

/* A log-normal duration, like a latency; wide enough to use many buckets. */
static uint64_t draw(uint64_t *state, double median_ns)
{
    return (uint64_t)(median_ns * exp(0.5 * draw_normal(state)));
}

static bool fill_trace(struct trace *trace, uint64_t *state)
{
    static struct stamp stamps[PROGRAMS][TRACE_STEPS];
    uint64_t now = 1;
    for (uint32_t t = 0; t < TRACE_STEPS; t++) {
        uint64_t latency = draw(state, 5000);
        for (uint32_t p = 0; p < PROGRAMS; p++)
            stamps[p][t] = (struct stamp){now + random_below(state, 100), now + 100 + latency};
        now += 200 + latency;
    }
    return trace_take(trace, stamps[0], NULL, TRACE_STEPS, TRACE_STEPS, PROGRAMS, 0, now);
}

static bool fill_run(struct run *run, uint32_t number, uint64_t *state)
{
    if (!run_open(run))
        return false;
    snprintf(run->variant, sizeof run->variant, "variant_%u", number);
    snprintf(run->target, sizeof run->target, "persistent_decode");
    run->asked = run->used = knobs_defaults();
    run->status = RUN_DONE;
    run->verification = (struct verification){VERDICT_RIGHT, 8, 8, 1e-7, ""};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        for (uint32_t i = 0; i < SAMPLES; i++)
            histogram_record(&run->histograms[metric], draw(state, 150000));
    return fill_trace(&run->typical, state);
}

/* Writes a recording of at least 8 MiB; *length is its size in bytes. Returns the number of its
 * runs, or 0 after a failure. */
static size_t write_recording(const char *path, uint64_t *state, size_t *length)
{
    static struct run runs[MOST_RUNS];
    struct device_info device = {.backend = BACKEND_CPU, .id = "cpu", .name = "A CPU"};
    struct document document;
    struct error error = {0};
    size_t count = 0;
    *length = 0;
    while (*length < RECORDING && count < MOST_RUNS) {
        if (!fill_run(&runs[count], (uint32_t)count, state))
            return 0;
        count++;
        document_describe(&document, &device, runs, count);
        free(document_print(&document, length));
    }
    bool written = document_write(&document, path, &error);
    for (size_t i = 0; i < count; i++)
        run_close(&runs[i]);
    if (!written)
        fprintf(stderr, "bench_compare: %s\n", error.text);
    return written ? count : 0;
}

static bool measure_command(FILE *out, char *const files[2], uint64_t *state)
{
    char *arguments[] = {files[0], files[1], NULL};
    struct options options = {.command = COMMAND_COMPARE, .files = arguments, .ascii = true};
    double rounds[ROUNDS];
    size_t length, runs = write_recording(files[0], state, &length);
    if (runs == 0 || write_recording(files[1], state, &length) == 0)
        return false;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t begin = clock_now();
        if (command_compare(&options) != 0)
            return false;
        rounds[i] = (double)(clock_now() - begin) / 1e6;
    }
    const double median = sorted_median(rounds, ROUNDS);
    fprintf(out, "compare two recordings of %zu runs and %.1f MiB  %10.2f ms   (%.2f to %.2f)\n",
            runs, (double)length / 0x1p20, median, rounds[0], rounds[ROUNDS - 1]);
    return true;
}

int main(void)
{
    uint64_t state = 1;
    char folder[] = "/tmp/bench_compare.XXXXXX", a[64], b[64];
    clock_start();
    FILE *out = fdopen(dup(STDOUT_FILENO), "w"); /* discards the command's output */
    if (!out || !freopen("/dev/null", "w", stdout) || !mkdtemp(folder))
        return 1;
    snprintf(a, sizeof a, "%s/a.json", folder);
    snprintf(b, sizeof b, "%s/b.json", folder);
    fprintf(out, "median of %d rounds (minimum to maximum)\n", ROUNDS);
    bool measured = measure_command(out, (char *const[]){a, b}, &state);
    unlink(a);
    unlink(b);
    rmdir(folder);
    return fclose(out) == 0 && measured ? 0 : 1;
}
