#include "compare.h"

#include "../base/text.h"
#include "backend_name.h"
#include "knobs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Knobs that set only a run's length: runs that differ only in these have the same setting. */
#define LENGTH_KNOBS (KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

/* the most repeats that pdlab suggests */
#define NEEDED_MOST 1000u

#define OTHER_DEVICE_FIELDS ((1u << (DEVICE_UNITS + 1)) - 1)

/* ---- two runs ------------------------------------------------------------------------------- */

static uint64_t knobs_read(const struct run *run)
{
    return run->known ? run->known->knobs : UINT64_MAX;
}

/* KNOB_BITs of the knobs that both runs read and that differ, except those in run_differing_work. A
 * knob whose value is known for only one run differs too. */
static uint64_t differing_knobs(const struct run *reference, const struct run *other)
{
    uint64_t differing = 0;
    for (int id = 0; id < KNOB_COUNT; id++) {
        const bool known = run_knows(reference, (enum knob_id)id);
        if (known != run_knows(other, (enum knob_id)id) ||
            (known && reference->used.value[id] != other->used.value[id]))
            differing |= UINT64_C(1) << id;
    }
    return differing & knobs_read(reference) & knobs_read(other) &
           ~run_differing_work(reference, other);
}

const char *const compare_device_keys[DEVICE_FIELDS] = {
    [DEVICE_BACKEND] = "backend", [DEVICE_ID] = "id",   [DEVICE_NAME] = "name",
    [DEVICE_UNITS] = "units",     [DEVICE_ISA] = "isa", [DEVICE_DRIVER] = "driver",
};

const char *compare_device_value(const struct device_info *device, enum device_field field,
                                 char *text, size_t size)
{
    const char *const words[DEVICE_FIELDS] = {
        [DEVICE_BACKEND] = backend_name(device->backend),
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

static enum outcome judge_difference(const struct difference *difference)
{
    const bool faster = difference->value > 0;
    if (fabs(difference->value) > difference->half)
        return faster ? OUTCOME_FASTER : OUTCOME_SLOWER;
    if (fabs(difference->value) > difference->half_here)
        return faster ? OUTCOME_FASTER_HERE : OUTCOME_SLOWER_HERE;
    return OUTCOME_CLOSE;
}

static enum outcome judge(const struct run *reference, const struct run *other,
                          const struct comparison *comparison)
{
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
    if (comparison->reference.units < EVIDENCE_LEAST || comparison->other.units < EVIDENCE_LEAST)
        return OUTCOME_FEW;
    return judge_difference(&comparison->difference);
}

/* Returns the ratio of two medians, without an interval. The value is 0 if a median is unknown. */
static struct ratio ratio_of(const struct histogram *reference, const struct histogram *other)
{
    struct ratio ratio = {0};
    if (reference->count > 0 && other->count > 0 && !histogram_is_beyond(reference, 0.5) &&
        !histogram_is_beyond(other, 0.5))
        ratio.value =
            fmax((double)histogram_median(reference), 1) / fmax((double)histogram_median(other), 1);
    return ratio;
}

static struct ratio ratio_with_interval(const struct difference *difference)
{
    struct ratio ratio = {.value = exp(difference->value)};
    if (isfinite(difference->half)) {
        ratio.low = exp(difference->value - difference->half);
        ratio.high = exp(difference->value + difference->half);
    }
    return ratio;
}

void compare_runs(const struct compared *reference, const struct compared *other,
                  struct comparison *comparison)
{
    const struct run *a = reference->run, *b = other->run;
    *comparison = (struct comparison){
        .reference = run_evidence(a),
        .other = run_evidence(b),
        .targets = strcmp(a->target, b->target) != 0,
        .work = run_differing_work(a, b),
        .knobs = differing_knobs(a, b),
        .device = differing_fields(reference->device, other->device),
    };
    comparison->difference = evidence_compare(&comparison->reference, &comparison->other);
    if (comparison->reference.units > 0 && comparison->other.units > 0)
        comparison->iteration = ratio_with_interval(&comparison->difference);
    if (a->facts.free_running == b->facts.free_running)
        comparison->step = ratio_of(&a->histograms[METRIC_STEP], &b->histograms[METRIC_STEP]);
    comparison->outcome = judge(a, b, comparison);
}

bool compare_alike(const struct comparison *comparison)
{
    return !comparison->targets && comparison->work == 0;
}

bool compare_ranked(enum outcome outcome)
{
    return outcome <= OUTCOME_SLOWER_HERE;
}

bool compare_decided(enum outcome outcome)
{
    return outcome == OUTCOME_FASTER || outcome == OUTCOME_SLOWER;
}

const char *const compare_outcome_texts[] = {
    [OUTCOME_FASTER] = "faster",
    [OUTCOME_SLOWER] = "slower",
    [OUTCOME_CLOSE] = "too close to call",
    [OUTCOME_FASTER_HERE] = "faster in this process",
    [OUTCOME_SLOWER_HERE] = "slower in this process",
    [OUTCOME_UNLIKE] = "unlike work",
    [OUTCOME_DEVICES] = "across devices, not a speed-up",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_WRONG] = "wrong",
    [OUTCOME_UNVERIFIED] = "unverified",
    [OUTCOME_FEW] = "too few processes",
};

/* Writes "5 time slices", "1 repeat". */
static void write_units(const struct evidence *evidence, char *text, size_t size)
{
    const char *unit = evidence->turns ? "time slice" : "repeat";
    if (evidence->units == 0) {
        snprintf(text, size, "no median within 100 s");
        return;
    }
    snprintf(text, size, "%u %s%s", evidence->units, unit, evidence->units == 1 ? "" : "s");
}

static void write_few(const struct comparison *comparison, char *text, size_t size)
{
    char reference[32], other[32];
    write_units(&comparison->reference, reference, sizeof reference);
    write_units(&comparison->other, other, sizeof other);
    if (strcmp(reference, other) == 0)
        snprintf(text, size, "%s each; a verdict needs %u", reference, EVIDENCE_LEAST);
    else
        snprintf(text, size, "%s against %s; a verdict needs %u each", other, reference,
                 EVIDENCE_LEAST);
}

/* Writes "too close to call: ±2.1 %". If the interval is wider than EVIDENCE_AIM, adds how many
 * repeats would narrow it to EVIDENCE_AIM. */
static void write_close(const struct comparison *comparison, const char *plus_minus, char *text,
                        size_t size)
{
    const struct evidence *a = &comparison->reference, *b = &comparison->other;
    const double half = comparison->difference.half;
    const uint32_t fewest = a->units < b->units ? a->units : b->units;
    snprintf(text, size, "%s: %s%.1f %%", compare_outcome_texts[comparison->outcome], plus_minus,
             100 * half);
    if (half <= EVIDENCE_AIM)
        return;
    const uint32_t needed = evidence_needed(a, b, EVIDENCE_AIM);
    if (needed > NEEDED_MOST)
        return;
    if (a->turns || b->turns)
        text_append(text, size, "; run --repeats %u for %s%.0f %%", needed, plus_minus,
                    100 * EVIDENCE_AIM);
    else if (needed > fewest)
        text_append(text, size, "; %u more repeats for %s%.0f %%", needed - fewest, plus_minus,
                    100 * EVIDENCE_AIM);
}

void compare_verdict_text(const struct comparison *comparison, const char *plus_minus, char *text,
                          size_t size)
{
    switch (comparison->outcome) {
    case OUTCOME_CLOSE:
        write_close(comparison, plus_minus, text, size);
        break;
    case OUTCOME_FASTER_HERE:
    case OUTCOME_SLOWER_HERE:
        snprintf(text, size,
                 "%s, medians %s in this process; processes differ by %s%.1f %%: repeat",
                 compare_outcome_texts[OUTCOME_CLOSE],
                 comparison->outcome == OUTCOME_FASTER_HERE ? "lower" : "higher", plus_minus,
                 100 * comparison->difference.half_noise);
        break;
    case OUTCOME_FEW:
        write_few(comparison, text, size);
        break;
    case OUTCOME_UNLIKE:
        snprintf(text, size, "different workload");
        break;
    default:
        snprintf(text, size, "%s", compare_outcome_texts[comparison->outcome]);
    }
}

void compare_noise_text(const struct evidence *evidence, const char *plus_minus, char *text,
                        size_t size)
{
    const double half = evidence_half_width(evidence);
    if (evidence->units > 0)
        snprintf(text, size, "%s%.*f %%", plus_minus, half < 0.0995 ? 1 : 0, 100 * half);
    else
        snprintf(text, size, "%s", "");
}

void compare_knob_text(const struct run *run, enum knob_id id, char *text, size_t size)
{
    if (id == KNOB_MODEL && run->model.hash[0] != '\0')
        run_model_text(&run->model, text, size);
    else if (run_knows(run, id))
        knob_text(id, run->used.value[id], text, size);
    else
        snprintf(text, size, "unknown");
}

void compare_correct(struct comparison *const *comparisons, size_t count)
{
    double probabilities[EVIDENCE_MANY];
    struct comparison *judged[EVIDENCE_MANY];
    size_t used = 0;
    for (size_t i = 0; i < count && used < EVIDENCE_MANY; i++) {
        if (!compare_ranked(comparisons[i]->outcome))
            continue;
        judged[used] = comparisons[i];
        probabilities[used++] = comparisons[i]->difference.probability;
    }
    evidence_holm(probabilities, used);
    for (size_t i = 0; i < used; i++)
        if (judged[i]->outcome <= OUTCOME_SLOWER && probabilities[i] >= 1 - EVIDENCE_CONFIDENCE)
            judged[i]->outcome = OUTCOME_CLOSE;
}

/* ---- which run belongs to which ------------------------------------------------------------- */

bool compare_measured(const struct run *run)
{
    return run->status != RUN_SKIPPED && run_has_samples(run);
}

static bool same_variant(const struct run *a, const struct run *b)
{
    return compare_measured(a) && compare_measured(b) && strcmp(a->variant, b->variant) == 0;
}

static bool same_setting(const struct run *a, const struct run *b)
{
    return same_variant(a, b) && (differing_knobs(a, b) & ~LENGTH_KNOBS) == 0;
}

bool compare_same(const struct compared *a, const struct compared *b)
{
    return same_setting(a->run, b->run) && run_same_work(a->run, b->run) &&
           a->run->verification.verdict == b->run->verification.verdict &&
           a->run->status == b->run->status &&
           !(differing_fields(a->device, b->device) & OTHER_DEVICE_FIELDS);
}

static bool both_measured(const struct run *a, const struct run *b)
{
    return compare_measured(a) && compare_measured(b);
}

/* Counts the runs of `list` that are like `run`. */
static size_t count_like(const struct compared *list, size_t count, const struct run *run,
                         bool (*like)(const struct run *, const struct run *))
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += like(list[i].run, run);
    return found;
}

/* Skips `before` runs of `list` that are like `run`, and returns the index of the next such run;
 * COMPARE_NONE if there is none. */
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
