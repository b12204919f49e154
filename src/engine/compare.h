/*
 * compare.h - compares two runs: the ratio of their medians with its 95 % interval (evidence.h),
 * and whether one run is faster.
 *
 * The ratio is the reference's median divided by the other run's: above 1, the other run is faster,
 * as in run_speedup. Each median is that of one process or, live, of one time slice, never of
 * pooled samples, because the samples of one process are not independent (noise.h).
 */
#pragma once

#include "run.h"

#define COMPARE_SIDES 26u      /* runs that can be compared at once: A to Z */
#define COMPARE_NONE  SIZE_MAX /* no counterpart */

struct ratio {
    double value;     /* 0: a side has no samples */
    double low, high; /* the interval; 0: unknown */
};

/* A run and its device. */
struct compared {
    const struct run *run;
    const struct device_info *device;
};

enum outcome {
    OUTCOME_FASTER,
    OUTCOME_SLOWER,
    OUTCOME_CLOSE,       /* the interval contains 1 */
    OUTCOME_FASTER_HERE, /* too close to call: the medians differ by more than the noise within
                          * this process, but two processes may differ by as much */
    OUTCOME_SLOWER_HERE,
    OUTCOME_UNLIKE,     /* different workloads */
    OUTCOME_DEVICES,    /* different devices */
    OUTCOME_FAILED,     /* one run failed */
    OUTCOME_WRONG,      /* one run's output is wrong */
    OUTCOME_UNVERIFIED, /* one run is unverified */
    OUTCOME_FEW,        /* too few processes or time slices */
};

/* Properties of a device. Two devices are different if they differ in any field up to
 * DEVICE_UNITS. */
enum device_field {
    DEVICE_BACKEND,
    DEVICE_ID,
    DEVICE_NAME,
    DEVICE_UNITS,
    DEVICE_ISA,
    DEVICE_DRIVER,
    DEVICE_FIELDS
};

struct comparison {
    enum outcome outcome;
    struct ratio iteration;
    struct ratio step; /* has no interval; 0 if only one of the runs is free-running */
    struct evidence reference, other;
    struct difference difference; /* between `reference` and `other` */
    bool targets;                 /* the runs have different targets */
    uint64_t work;                /* KNOB_BITs from run_differing_work */
    uint64_t knobs;               /* KNOB_BITs of other knobs that both runs read and that differ */
    uint32_t device; /* 1 << DEVICE_… for each field that is known on both sides and differs */
};

void compare_runs(const struct compared *reference, const struct compared *other,
                  struct comparison *comparison);

/* Whether the runs have the same workload: the same target, and nothing in run_differing_work. */
bool compare_alike(const struct comparison *comparison);

/* Whether the outcome is a verdict. If it is not, compare_verdict_text says why. */
bool compare_ranked(enum outcome outcome);

/* Whether the outcome is OUTCOME_FASTER or OUTCOME_SLOWER. */
bool compare_decided(enum outcome outcome);

/* The outcome's word in documents: "faster", "slower", "too close to call", "unverified", "across
 * devices, not a speed-up" … Screens show compare_verdict_text. */
extern const char *const compare_outcome_texts[];

/* Writes the outcome for display, with its reason and the remedy: "too close to call: ±2.1 %; 8
 * more repeats for ±1 %", "too close to call, medians lower in this process; processes differ by
 * ±9.9 %: repeat", "1 repeat against 3 repeats; a verdict takes 5 each". plus_minus: "±" or
 * "+-". */
void compare_verdict_text(const struct comparison *comparison, const char *plus_minus, char *text,
                          size_t size);

/* Writes the uncertainty of a side's median: "±1.2 %". "" if the side has no units. */
void compare_noise_text(const struct evidence *evidence, const char *plus_minus, char *text,
                        size_t size);

/* Writes a run's value of a knob; "unknown" if its document does not name the knob. For a model
 * that was read from files, writes its name and the beginning of its hash, "Llama-3.2-1B
 * 0a1b2c3d". */
void compare_knob_text(const struct run *run, enum knob_id id, char *text, size_t size);

/* Corrects the verdicts for multiple comparisons (evidence_holm): a verdict that is no longer
 * significant becomes OUTCOME_CLOSE. */
void compare_correct(struct comparison *const *comparisons, size_t count);

/* The keys in documents: "backend", "id", "name" … */
extern const char *const compare_device_keys[DEVICE_FIELDS];

/* Writes the field's value; "" if unknown. Returns `text`. */
const char *compare_device_value(const struct device_info *device, enum device_field field,
                                 char *text, size_t size);

/* Whether the run has iterations to compare. */
bool compare_measured(const struct run *run);

/* Whether two runs measured the same variant with the same knobs (except WARMUP and ITERATIONS) on
 * the same device, with the same verdict and status. Their medians then estimate the same
 * quantity. */
bool compare_same(const struct compared *a, const struct compared *b);

/*
 * Pairs runs: sets matches[i] to the index in `others` of the counterpart of references[i], or to
 * COMPARE_NONE. Pairs only measured runs. If each side has a single measured run, pairs the two,
 * whatever their variants. Otherwise pairs runs of the same variant. If a side has several runs of
 * that variant, the two must also have equal knobs (except WARMUP and ITERATIONS). Several runs
 * with equal knobs are paired in order.
 */
void compare_match(const struct compared *references, size_t count, const struct compared *others,
                   size_t other_count, size_t *matches);
