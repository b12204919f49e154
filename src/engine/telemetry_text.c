/* telemetry_text.c - telemetry in words: the one-line summary, and what disturbed a run. */
#include "../base/text.h"
#include "../base/words.h"
#include "run.h"
#include "times.h"

#include <stdio.h>

#define CELL 32u

/* Thresholds for mentioning a disturbance. Below a threshold, the effect is smaller than the
 * difference between repeats of a run, or no displayed figure is affected. */
static const struct {
    double samples;   /* share of samples that are affected: one in 1,000 affects p99.9 */
    double periods;   /* share of periods in which the quota ran out: below one in twenty, most of
                         each second was undisturbed */
    double pause;     /* the quota's pause relative to an iteration's median: a smaller pause moves
                         no percentile visibly */
    double stolen;    /* stolen share of CPU time: medians of repeats differ by about this much */
    double wanted_ns; /* CPU time needed to measure such a share: stolen time is counted in ticks of
                         10 ms */
    double readings;  /* share of readings with a throttled clock: fewer may be the ramp at the
                         beginning of a time slice */
    double clock;     /* how far the clock was below its maximum, as a share of it: clock steps are
                         below 1 % */
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

const char *telemetry_throttle_key(enum throttle throttle)
{
    return throttles[throttle].key;
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

/* Adds "812 uJ/token". */
static void add_energy(char *text, size_t size, double joules)
{
    static const char *const units[] = {"J", "mJ", "uJ", "nJ"};
    size_t unit = 0;
    while (joules < 0.9995 && unit + 1 < sizeof units / sizeof *units) {
        joules *= 1000;
        unit++;
    }
    const int digits = joules < 9.995 ? 2 : joules < 99.95 ? 1 : 0;
    words_add(text, size, "%.*f %s/token", digits, joules, units[unit]);
}

static void add_gpu(char *text, size_t size, const struct telemetry *telemetry)
{
    char cell[CELL];
    const double token_j = telemetry_token_j(telemetry);
    if (telemetry->sm_clock_mhz.readings > 0)
        words_add(text, size, "%s MHz",
                  count_of(cell, (uint64_t)(telemetry_mean(&telemetry->sm_clock_mhz) + 0.5)));
    if (telemetry->power_mw.readings > 0)
        words_add(text, size, "%.0f W", 1e-3 * telemetry_mean(&telemetry->power_mw));
    if (telemetry->temperature_c.readings > 0)
        words_add(text, size, "%u C", telemetry->temperature_c.most);
    if (token_j > 0)
        add_energy(text, size, token_j);
}

static void add_host(char *text, size_t size, const struct telemetry *telemetry)
{
    char part[CELL], whole[CELL];
    if (telemetry->quota_periods > 0)
        words_add(text, size, "quota %s of %s periods",
                  count_of(part, telemetry->throttled_periods),
                  count_of(whole, telemetry->quota_periods));
    if (telemetry->counted & METER_SWITCHES)
        words_add(text, size, "%s context switch%s",
                  count_of(part, telemetry->involuntary_switches),
                  telemetry->involuntary_switches == 1 ? "" : "es");
    if ((telemetry->counted & METER_STOLEN) && telemetry->wanted_ns > 0)
        words_add(text, size, "steal %.0f %%",
                  100 * share_of(telemetry->stolen_ns, telemetry->wanted_ns));
}

const char *telemetry_strip(const struct telemetry *telemetry, char *text, size_t size)
{
    text[0] = '\0';
    add_gpu(text, size, telemetry);
    if (text[0] == '\0') /* a line with a GPU's figures has no room for the host's */
        add_host(text, size, telemetry);
    return text;
}

/* ---- what disturbed a run -------------------------------------------------------------------- */

/* Returns which figures of `samples` samples are affected if a disturbance slowed down `share` of
 * them: "p99 and up", "p99.9", "max". */
static const char *affected_figures(double share, uint64_t samples)
{
    static const struct {
        double above; /* share of the samples above this figure */
        const char *text;
    } figures[] = {
        {0.5, "p50 and up"}, {0.1, "p90 and up"}, {0.01, "p99 and up"}, {0.001, "p99.9"}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (share >= figures[i].above && (double)samples * figures[i].above >= 1)
            return figures[i].text;
    return "max";
}

static void add_quota(char *text, size_t size, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const struct histogram *iterations = &run->histograms[METRIC_ITERATION];
    const uint64_t measured = iterations->count + run->histograms[METRIC_DECODE].count +
                              run->histograms[METRIC_BARE].count;
    const double affected = share_of(telemetry->throttled_periods, measured);
    char part[CELL], whole[CELL], claim[96] = "";
    if (telemetry->throttled_periods == 0 ||
        (affected < thresholds.samples &&
         share_of(telemetry->throttled_periods, telemetry->quota_periods) < thresholds.periods))
        return;
    /* throttled_ns adds up the waits of all threads, which may have waited at the same time. If
     * there are more throttled periods than iterations, each iteration had several pauses. */
    const double pauses = affected > 1 ? (double)measured : (double)telemetry->throttled_periods;
    const double pause_ns = (double)telemetry->throttled_ns /
                            (telemetry->threads > 1 ? telemetry->threads : 1) / pauses;
    if (measured > 0 &&
        pause_ns >= thresholds.pause * (double)histogram_percentile(iterations, 0.5))
        snprintf(claim, sizeof claim, ": the quota explains iteration %s",
                 affected_figures(affected, iterations->count));
    text_append(text, size, "%sthrottled in %s of %s periods%s", *text ? "; " : "",
                count_of(part, telemetry->throttled_periods),
                count_of(whole, telemetry->quota_periods), claim);
}

static void add_cores(char *text, size_t size, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    if (telemetry->cores > 0 && telemetry->threads > telemetry->cores)
        text_append(text, size,
                    "%s%u core%s for %u threads: steps wait for threads that wait for a core",
                    *text ? "; " : "", telemetry->cores, telemetry->cores == 1 ? "" : "s",
                    telemetry->threads);
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

/* Only for a CPU, where each switch delays a step. */
static void add_switches(char *text, size_t size, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const struct histogram *step = &run->histograms[METRIC_STEP];
    const struct histogram *iteration = &run->histograms[METRIC_ITERATION];
    const bool stamped = step->count > 0;
    const uint64_t batch = run->used.batch > 0 ? (uint64_t)run->used.batch : 1;
    const uint64_t length = run->used.seq_len > 0 ? (uint64_t)run->used.seq_len : 1;
    const uint64_t steps = telemetry->tokens / batch, iterations = steps / length;
    const uint64_t own = own_switches(run, iterations, steps);
    const uint64_t others = saturating_sub(telemetry->involuntary_switches, own);
    const double affected = share_of(others, stamped ? steps : iterations);
    char part[CELL], whole[CELL];
    if (run->backend != BACKEND_CPU || affected < thresholds.samples)
        return;
    text_append(text, size,
                "%sat least %s involuntary switches to other threads in %s %s: they explain %s %s",
                *text ? "; " : "", count_of(part, others),
                count_of(whole, stamped ? steps : iterations), stamped ? "steps" : "iterations",
                stamped ? "step" : "iteration",
                affected_figures(affected, stamped ? step->count : iteration->count));
}

static void add_stolen(char *text, size_t size, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const double share = share_of(telemetry->stolen_ns, telemetry->wanted_ns);
    if (share >= thresholds.stolen && (double)telemetry->wanted_ns >= thresholds.wanted_ns)
        text_append(text, size, "%sstolen by the host: %.*f %% of the CPU time", *text ? "; " : "",
                    share < 0.0995 ? 1 : 0, 100 * share);
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

static void add_clock(char *text, size_t size, const struct run *run)
{
    const struct telemetry *telemetry = &run->telemetry;
    const enum throttle reason = main_reason(telemetry);
    const double share = share_of(telemetry->throttled[reason], telemetry->throttle_readings);
    const double held = telemetry_mean(&telemetry->held_mhz);
    const double most = (double)telemetry->sm_clock_most_mhz;
    char part[CELL], whole[CELL];
    if (share < thresholds.readings || held <= 0 || held > most * (1 - thresholds.clock))
        return;
    text_append(text, size, "%sclock held at %s of %s MHz by %s in %.0f %% of readings",
                *text ? "; " : "", count_of(part, (uint64_t)(held + 0.5)),
                count_of(whole, telemetry->sm_clock_most_mhz), throttles[reason].name, 100 * share);
}

const char *telemetry_remark(const struct run *run, char *text, size_t size)
{
    text[0] = '\0';
    add_quota(text, size, run);
    add_clock(text, size, run);
    add_cores(text, size, run);
    add_stolen(text, size, run);
    add_switches(text, size, run);
    return text;
}
