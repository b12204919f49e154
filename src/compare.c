#include "compare.h"

#include "../kernels/inputs.h"
#include "document.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a run went on does not make it another setting. */
#define LENGTH_KNOBS (KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

#define OTHER_DEVICE_FIELDS ((1u << (DEVICE_UNITS + 1)) - 1)

/* ---- random numbers ------------------------------------------------------------------------- */

/* Numbers that are the same every time: Philox, keyed by nothing but the side they are for. */
struct stream {
    uint32_t side;
    uint32_t drawn;
};

/* Four numbers, uniform in (0, 1). */
static void draw_uniform(struct stream *stream, double uniform[4])
{
    uint32_t words[4] = {stream->drawn++};
    philox4x32_10(words, stream->side, 0);
    for (int i = 0; i < 4; i++)
        uniform[i] = (words[i] + 0.5) * 0x1p-32;
}

/* A gamma number of a shape of at least 1: G. Marsaglia, W. W. Tsang, "A Simple Method for
 * Generating Gamma Variables", ACM TOMS 26, 2000. */
static double draw_gamma(struct stream *stream, double shape)
{
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double uniform[4];
        draw_uniform(stream, uniform);
        double normal = sqrt(-2 * log(uniform[0])) * cos(2 * M_PI * uniform[1]);
        double v = 1 + c * normal;
        v = v * v * v;
        if (v > 0 && log(uniform[2]) < normal * normal / 2 + d - d * v + d * log(v))
            return d * v;
    }
}

/* ---- the bootstrap -------------------------------------------------------------------------- */

/* Between what a median lies: its bucket. At least 1 ns, so that it can be divided by. */
struct span {
    double low, high;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The ranks that the medians of resamples have among the original samples, in rising order. */
static void draw_ranks(struct stream *stream, uint64_t count, double ranks[COMPARE_RESAMPLES])
{
    double n = (double)count, k = ceil(n / 2);
    for (size_t i = 0; i < COMPARE_RESAMPLES; i++) {
        double below = draw_gamma(stream, k), above = draw_gamma(stream, n - k + 1);
        ranks[i] = fmin(floor(n * below / (below + above)) + 1, n);
    }
    qsort(ranks, COMPARE_RESAMPLES, sizeof *ranks, ascending);
}

/* The samples of those ranks, in rising order. */
static void find_ranks(const struct histogram *histogram, const double ranks[COMPARE_RESAMPLES],
                       struct span medians[COMPARE_RESAMPLES])
{
    uint32_t bucket = histogram->first;
    double seen = (double)histogram_count_at(histogram, bucket);
    for (size_t i = 0; i < COMPARE_RESAMPLES; i++) {
        while (seen < ranks[i] && bucket < histogram->last)
            seen += (double)histogram_count_at(histogram, ++bucket);
        uint64_t lower, upper;
        histogram_bounds(bucket, &lower, &upper);
        lower = bucket == histogram->first ? histogram->min_ns : lower;
        upper = bucket == histogram->last ? histogram->max_ns : upper - 1;
        medians[i] = (struct span){fmax((double)lower, 1), fmax((double)upper, 1)};
    }
}

static void shuffle(struct stream *stream, struct span medians[COMPARE_RESAMPLES])
{
    for (size_t left = COMPARE_RESAMPLES; left > 1; left--) {
        double uniform[4];
        draw_uniform(stream, uniform);
        size_t at = (size_t)(uniform[0] * (double)left);
        struct span kept = medians[left - 1];
        medians[left - 1] = medians[at];
        medians[at] = kept;
    }
}

static void draw_medians(uint32_t side, const struct histogram *histogram,
                         struct span medians[COMPARE_RESAMPLES])
{
    struct stream stream = {.side = side};
    double ranks[COMPARE_RESAMPLES];
    draw_ranks(&stream, histogram->count, ranks);
    find_ranks(histogram, ranks, medians);
    shuffle(&stream, medians);
}

static void find_interval(const struct histogram *reference, const struct histogram *other,
                          struct ratio *ratio)
{
    /* More than a small stack has room for; only the main thread compares. */
    static struct span references[COMPARE_RESAMPLES], others[COMPARE_RESAMPLES];
    static double lows[COMPARE_RESAMPLES], highs[COMPARE_RESAMPLES];
    draw_medians(0, reference, references);
    draw_medians(1, other, others);
    for (size_t i = 0; i < COMPARE_RESAMPLES; i++) {
        lows[i] = references[i].low / others[i].high;
        highs[i] = references[i].high / others[i].low;
    }
    qsort(lows, COMPARE_RESAMPLES, sizeof *lows, ascending);
    qsort(highs, COMPARE_RESAMPLES, sizeof *highs, ascending);
    size_t beyond = (size_t)((1 - COMPARE_CONFIDENCE) / 2 * COMPARE_RESAMPLES);
    ratio->low = lows[beyond];
    ratio->high = highs[COMPARE_RESAMPLES - 1 - beyond];
}

struct ratio compare_medians(const struct histogram *reference, const struct histogram *other)
{
    struct ratio ratio = {0};
    if (reference->count == 0 || other->count == 0)
        return ratio;
    ratio.value = fmax((double)histogram_percentile(reference, 0.5), 1) /
                  fmax((double)histogram_percentile(other, 0.5), 1);
    if (reference->count >= COMPARE_LEAST_SAMPLES && other->count >= COMPARE_LEAST_SAMPLES)
        find_interval(reference, other, &ratio);
    return ratio;
}

/* ---- two runs ------------------------------------------------------------------------------- */

static uint64_t knobs_read(const struct run *run)
{
    return run->known ? run->known->knobs : UINT64_MAX;
}

/* KNOB_BITs of those that both read and that differ, beside what is computed. */
static uint64_t differing_knobs(const struct run *reference, const struct run *other)
{
    uint64_t differing = 0;
    for (int id = 0; id < KNOB_COUNT; id++)
        if (reference->used.value[id] != other->used.value[id])
            differing |= UINT64_C(1) << id;
    return differing & knobs_read(reference) & knobs_read(other) &
           ~run_differing_work(reference, other);
}

const char *compare_device_key(enum device_field field)
{
    static const char *const keys[DEVICE_FIELDS] = {"backend", "id",  "name",
                                                    "units",   "isa", "driver"};
    return keys[field];
}

const char *compare_device_value(const struct device_info *device, enum device_field field,
                                 char *text, size_t size)
{
    const char *const words[DEVICE_FIELDS] = {
        [DEVICE_BACKEND] = document_backend_name(device->backend),
        [DEVICE_ID] = device->id,
        [DEVICE_NAME] = device->name,
        [DEVICE_ISA] = device->isa,
        [DEVICE_DRIVER] = device->driver,
    };
    if (words[field])
        snprintf(text, size, "%s", words[field]);
    else if (device->units > 0)
        snprintf(text, size, "%u", device->units);
    else
        snprintf(text, size, "%s", "");
    return text;
}

static uint32_t differing_fields(const struct device_info *reference,
                                 const struct device_info *other)
{
    uint32_t differing = 0;
    for (int field = 0; field < DEVICE_FIELDS; field++) {
        char a[sizeof reference->name], b[sizeof other->name];
        compare_device_value(reference, (enum device_field)field, a, sizeof a);
        compare_device_value(other, (enum device_field)field, b, sizeof b);
        if (*a && *b && strcmp(a, b) != 0)
            differing |= 1u << field;
    }
    return differing;
}

static bool either_is(enum verdict verdict, const struct run *reference, const struct run *other)
{
    return reference->verification.verdict == verdict || other->verification.verdict == verdict;
}

static enum outcome judge(const struct run *reference, const struct run *other,
                          const struct comparison *comparison)
{
    const struct ratio *ratio = &comparison->iteration;
    if (!compare_alike(comparison))
        return OUTCOME_UNLIKE;
    if (comparison->device & OTHER_DEVICE_FIELDS)
        return OUTCOME_DEVICES;
    if (reference->status == RUN_FAILED || other->status == RUN_FAILED)
        return OUTCOME_FAILED;
    if (either_is(VERDICT_WRONG, reference, other))
        return OUTCOME_WRONG;
    if (either_is(VERDICT_NONE, reference, other))
        return OUTCOME_UNVERIFIED;
    if (ratio->low == 0)
        return OUTCOME_FEW;
    if (ratio->low <= 1 && ratio->high >= 1)
        return OUTCOME_CLOSE;
    return ratio->low > 1 ? OUTCOME_FASTER : OUTCOME_SLOWER;
}

void compare_runs(const struct compared *reference, const struct compared *other,
                  struct comparison *comparison)
{
    const struct run *a = reference->run, *b = other->run;
    *comparison = (struct comparison){
        .iteration = compare_medians(&a->histograms[run_decode_metric(a)],
                                     &b->histograms[run_decode_metric(b)]),
        .targets = strcmp(a->target, b->target) != 0,
        .work = run_differing_work(a, b),
        .knobs = differing_knobs(a, b),
        .device = differing_fields(reference->device, other->device),
    };
    if (a->facts.free_running == b->facts.free_running)
        comparison->step =
            compare_medians(&a->histograms[METRIC_STEP], &b->histograms[METRIC_STEP]);
    comparison->outcome = judge(a, b, comparison);
}

bool compare_alike(const struct comparison *comparison)
{
    return !comparison->targets && comparison->work == 0;
}

bool compare_ranked(enum outcome outcome)
{
    return outcome <= OUTCOME_CLOSE;
}

const char *compare_outcome_text(enum outcome outcome)
{
    static const char *const texts[] = {
        [OUTCOME_FASTER] = "faster",
        [OUTCOME_SLOWER] = "slower",
        [OUTCOME_CLOSE] = "too close to call",
        [OUTCOME_UNLIKE] = "unlike work",
        [OUTCOME_DEVICES] = "across devices, not a speed-up",
        [OUTCOME_FAILED] = "failed",
        [OUTCOME_WRONG] = "wrong",
        [OUTCOME_UNVERIFIED] = "unverified",
        [OUTCOME_FEW] = "too few samples",
    };
    return texts[outcome];
}

/* ---- which run belongs to which ------------------------------------------------------------- */

bool compare_measured(const struct run *run)
{
    return run->status != RUN_SKIPPED && run->histograms[METRIC_ITERATION].count > 0;
}

static bool same_variant(const struct run *a, const struct run *b)
{
    return compare_measured(a) && compare_measured(b) && strcmp(a->variant, b->variant) == 0;
}

static bool same_setting(const struct run *a, const struct run *b)
{
    return same_variant(a, b) && (differing_knobs(a, b) & ~LENGTH_KNOBS) == 0;
}

static bool both_measured(const struct run *a, const struct run *b)
{
    return compare_measured(a) && compare_measured(b);
}

/* How many of `list` are like `run`. */
static size_t count_like(const struct compared *list, size_t count, const struct run *run,
                         bool (*like)(const struct run *, const struct run *))
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += like(list[i].run, run);
    return found;
}

/* The one of `list` that is like `run` and comes after `before` others that are. */
static size_t find_like(const struct compared *list, size_t count, const struct run *run,
                        size_t before, bool (*like)(const struct run *, const struct run *))
{
    for (size_t i = 0; i < count; i++)
        if (like(list[i].run, run) && before-- == 0)
            return i;
    return COMPARE_NONE;
}

void compare_match(const struct compared *references, size_t count, const struct compared *others,
                   size_t other_count, size_t *matches)
{
    for (size_t i = 0; i < count; i++) {
        const struct run *run = references[i].run;
        bool (*like)(const struct run *, const struct run *) = same_setting;
        if (count_like(references, count, run, both_measured) == 1 &&
            count_like(others, other_count, run, both_measured) == 1)
            like = both_measured;
        else if (count_like(references, count, run, same_variant) == 1 &&
                 count_like(others, other_count, run, same_variant) == 1)
            like = same_variant;
        size_t before = count_like(references, i, run, like);
        matches[i] = find_like(others, other_count, run, before, like);
    }
}
