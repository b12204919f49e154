/* telemetry_text.c - telemetry in words: the one-line summary, and what disturbed a run. */
#include "../base/text.h"
#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CELL 32u

/* Thresholds for mentioning a disturbance. Below them, repeats of the run differ by more, or no
 * displayed figure is affected. */
static const struct {
    double samples;   /* share of the affected samples: one in 1,000 affects p99.9 */
    double periods;   /* share of quota periods that ran out: below one in twenty, most of each
                         second was undisturbed */
    double pause;     /* the quota's pause relative to an iteration's median: a smaller pause moves
                         no percentile visibly */
    double stolen;    /* share of CPU time: medians of repeats differ by about this much */
    double wanted_ns; /* CPU time needed to measure such a share, which is counted in ticks of 10
                         ms */
    double readings;  /* share of readings with a throttled clock: fewer may be the ramp at the
                         beginning of a time slice */
    double clock;     /* how far the clock was below its maximum: its steps are below 1 % */
} thresholds = {
    .samples = 0.001,
    .periods = 0.05,
    .pause = 0.05,
    .stolen = 0.01,
    .wanted_ns = 1e9,
    .readings = 0.05,
    .clock = 0.02,
};

static const struct {
    const char *key, *name;
} throttles[THROTTLE_COUNT] = {
    [THROTTLE_APPLICATION_CLOCKS] = {"application_clocks", "the application clocks setting"},
    [THROTTLE_DISPLAY_CLOCKS] = {"display_clocks", "the display clocks setting"},
    [THROTTLE_SYNC_BOOST] = {"sync_boost", "sync boost"},
    [THROTTLE_POWER_CAP] = {"power_cap", "the power cap"},
    [THROTTLE_SW_THERMAL] = {"sw_thermal", "the driver's thermal slowdown"},
    [THROTTLE_HW_THERMAL] = {"hw_thermal", "the hardware's thermal slowdown"},
    [THROTTLE_POWER_BRAKE] = {"power_brake", "the power brake"},
    [THROTTLE_HW_SLOWDOWN] = {"hw_slowdown", "a hardware slowdown"},
};

/* Why the clock was throttled: "the power cap". */
static const char *throttle_name(enum throttle throttle)
{
    return throttles[throttle].name;
}

const char *telemetry_throttle_key(enum throttle throttle)
{
    return throttles[throttle].key;
}

/* A text composed of parts. */
struct parts {
    char *text;
    size_t size;
};

/* Appends a part after `separator`, or without it if it is the first. */
static void add(struct parts *parts, const char *separator, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(struct parts *parts, const char *separator, const char *format, ...)
{
    va_list arguments;
    size_t length = strlen(parts->text);
    if (length > 0) {
        snprintf(parts->text + length, parts->size - length, "%s", separator);
        length = strlen(parts->text);
    }
    va_start(arguments, format);
    vsnprintf(parts->text + length, parts->size - length, format, arguments);
    va_end(arguments);
}

static double share_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static const char *count_of(char cell[CELL], uint64_t count)
{
    return text_integer(cell, CELL, (int64_t)count);
}

/* ---- one line -------------------------------------------------------------------------------- */

/* "812 uJ/token" */
static void add_energy(struct parts *parts, double joules)
{
    static const char *const units[] = {"J", "mJ", "uJ", "nJ"};
    size_t unit = 0;
    while (joules < 0.9995 && unit + 1 < sizeof units / sizeof *units) {
        joules *= 1000;
        unit++;
    }
    const int digits = joules < 9.995 ? 2 : joules < 99.95 ? 1 : 0;
    add(parts, ", ", "%.*f %s/token", digits, joules, units[unit]);
}

static void add_gpu(struct parts *parts, const struct telemetry *telemetry)
{
    char cell[CELL];
    const double token_j = telemetry_token_j(telemetry);
    if (telemetry->sm_clock_mhz.readings > 0)
        add(parts, ", ", "%s MHz",
            count_of(cell, (uint64_t)(telemetry_mean(&telemetry->sm_clock_mhz) + 0.5)));
    if (telemetry->power_mw.readings > 0)
        add(parts, ", ", "%.0f W", 1e-3 * telemetry_mean(&telemetry->power_mw));
    if (telemetry->temperature_c.readings > 0)
        add(parts, ", ", "%u C", telemetry->temperature_c.most);
    if (token_j > 0)
        add_energy(parts, token_j);
}

static void add_host(struct parts *parts, const struct telemetry *telemetry)
{
    char part[CELL], whole[CELL];
    if (telemetry->quota_periods > 0)
        add(parts, ", ", "quota %s of %s periods", count_of(part, telemetry->throttled_periods),
            count_of(whole, telemetry->quota_periods));
    if (telemetry->counted & METER_SWITCHES)
        add(parts, ", ", "%s context switch%s", count_of(part, telemetry->involuntary_switches),
            telemetry->involuntary_switches == 1 ? "" : "es");
    if ((telemetry->counted & METER_STOLEN) && telemetry->wanted_ns > 0)
        add(parts, ", ", "steal %.0f %%",
            100 * share_of(telemetry->stolen_ns, telemetry->wanted_ns));
}

const char *telemetry_strip(const struct telemetry *telemetry, char *text, size_t size)
{
    struct parts parts = {.text = text, .size = size};
    text[0] = '\0';
    add_gpu(&parts, telemetry);
    if (text[0] == '\0') /* a GPU's line has no room for both */
        add_host(&parts, telemetry);
    return text;
}

/* ---- what disturbed a run -------------------------------------------------------------------- */

/* "p99 and up are", "p99.9 is": the affected figures of `samples` samples if a disturbance
 * slowed that share of all samples. */
static const char *struck_figures(double share, uint64_t samples)
{
    static const struct {
        double above; /* share of the samples above this figure */
        const char *text;
    } figures[] = {{0.5, "p50 and up are"},
                   {0.1, "p90 and up are"},
                   {0.01, "p99 and up are"},
                   {0.001, "p99.9 is"}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (share >= figures[i].above && (double)samples * figures[i].above >= 1)
            return figures[i].text;
    return "max is";
}

/* Measured iterations of any kind. */
static uint64_t count_iterations(const struct run *run)
{
    return run->histograms[METRIC_ITERATION].count + run->histograms[METRIC_DECODE].count +
           run->histograms[METRIC_BARE].count;
}

static void add_quota(struct parts *parts, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const struct histogram *iterations = &run->histograms[METRIC_ITERATION];
    const uint64_t measured = count_iterations(run);
    const double struck = share_of(telemetry->throttled_periods, measured);
    char part[CELL], whole[CELL], claim[96] = "";
    if (telemetry->throttled_periods == 0 ||
        (struck < thresholds.samples &&
         share_of(telemetry->throttled_periods, telemetry->quota_periods) < thresholds.periods))
        return;
    /* All threads may have waited at once, and several times in an iteration. */
    const double pauses = struck > 1 ? (double)measured : (double)telemetry->throttled_periods;
    const double pause_ns = (double)telemetry->throttled_ns /
                            (telemetry->threads > 1 ? telemetry->threads : 1) / pauses;
    if (measured > 0 &&
        pause_ns >= thresholds.pause * (double)histogram_percentile(iterations, 0.5))
        snprintf(claim, sizeof claim, ": iteration %s the quota's",
                 struck_figures(struck, iterations->count));
    add(parts, "; ", "throttled in %s of %s periods%s",
        count_of(part, telemetry->throttled_periods), count_of(whole, telemetry->quota_periods),
        claim);
}

static void add_cores(struct parts *parts, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    if (telemetry->cores > 0 && telemetry->threads > telemetry->cores)
        add(parts, "; ", "%u core%s for %u threads: steps wait for threads that wait for a core",
            telemetry->cores, telemetry->cores == 1 ? "" : "s", telemetry->threads);
}

/* Context switches explained by the run's own wake-ups: a thread that wakes another may have to
 * yield its core. Each launch wakes the thread pool, which then wakes its waiter; threads that
 * never spin wake each other at each step. */
static uint64_t own_switches(const struct run *run, uint64_t iterations, uint64_t steps)
{
    const uint64_t threads = run->telemetry.threads;
    const bool sleeps = (run_read_knobs(run) & KNOB_BIT(SPIN_NS)) && run->used.spin_ns == 0;
    return iterations * run->facts.launches_per_iteration * (threads + 1) +
           (sleeps ? steps * threads : 0);
}

/* On a CPU, where each switch stops a step. */
static void add_switches(struct parts *parts, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const struct histogram *step = &run->histograms[METRIC_STEP];
    const struct histogram *iteration = &run->histograms[METRIC_ITERATION];
    const bool stamped = step->count > 0;
    const uint64_t batch = run->used.batch > 0 ? (uint64_t)run->used.batch : 1;
    const uint64_t length = run->used.seq_len > 0 ? (uint64_t)run->used.seq_len : 1;
    const uint64_t steps = telemetry->tokens / batch, iterations = steps / length;
    const uint64_t own = own_switches(run, iterations, steps);
    const uint64_t others =
        telemetry->involuntary_switches > own ? telemetry->involuntary_switches - own : 0;
    const double struck = share_of(others, stamped ? steps : iterations);
    char part[CELL], whole[CELL];
    if (run->backend != BACKEND_CPU || struck < thresholds.samples)
        return;
    add(parts, "; ", "at least %s involuntary switches to other threads in %s %s: %s %s theirs",
        count_of(part, others), count_of(whole, stamped ? steps : iterations),
        stamped ? "steps" : "iterations", stamped ? "step" : "iteration",
        struck_figures(struck, stamped ? step->count : iteration->count));
}

static void add_stolen(struct parts *parts, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const double share = share_of(telemetry->stolen_ns, telemetry->wanted_ns);
    if (share >= thresholds.stolen && (double)telemetry->wanted_ns >= thresholds.wanted_ns)
        add(parts, "; ", "stolen by the host: %.*f %% of the CPU time", share < 0.0995 ? 1 : 0,
            100 * share);
}

/* The most frequent reason; among equals, the most informative (enum throttle). */
static enum throttle main_reason(const struct telemetry *telemetry)
{
    int most = 0;
    for (int i = 1; i < THROTTLE_COUNT; i++)
        if (telemetry->throttled[i] > telemetry->throttled[most])
            most = i;
    return (enum throttle)most;
}

static void add_clock(struct parts *parts, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const enum throttle reason = main_reason(telemetry);
    const double share = share_of(telemetry->throttled[reason], telemetry->throttle_readings);
    const double held = telemetry_mean(&telemetry->held_mhz);
    const double most = (double)telemetry->sm_clock_most_mhz;
    char part[CELL], whole[CELL];
    if (share < thresholds.readings || held <= 0 || held > most * (1 - thresholds.clock))
        return;
    add(parts, "; ", "clock held at %s of %s MHz by %s in %.0f %% of readings",
        count_of(part, (uint64_t)(held + 0.5)), count_of(whole, telemetry->sm_clock_most_mhz),
        throttle_name(reason), 100 * share);
}

const char *telemetry_remark(const struct run *run, char *text, size_t size)
{
    struct parts parts = {.text = text, .size = size};
    text[0] = '\0';
    add_quota(&parts, run);
    add_clock(&parts, run);
    add_cores(&parts, run);
    add_stolen(&parts, run);
    add_switches(&parts, run);
    return text;
}
