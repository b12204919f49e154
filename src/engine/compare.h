/*
 * compare.h - compares two runs: the ratio of their medians with its 95 % interval (evidence.h),
 * and whether one may be called faster.
 *
 * The ratio is the reference's median over the other's: above 1, the other is faster, as in
 * run_speedup. The medians are those of processes, or, live, of time slices. They are never medians
 * of pooled samples, because the samples of one process are not independent (noise.h).
 */
#pragma once

#include "run.h"

#define COMPARE_SIDES 26u      /* compared at once: A to Z */
#define COMPARE_NONE  SIZE_MAX /* no counterpart */

struct ratio {
    double value;     /* 0: one side has no samples */
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

/* Known facts of a device. Devices that differ in a field up to DEVICE_UNITS are different
 * devices. */
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
    struct ratio step; /* without an interval; 0 if only one of the runs is free-running */
    struct evidence reference, other;
    struct difference difference; /* the difference of the two sides */
    bool targets;                 /* different targets */
    uint64_t work;                /* KNOB_BITs from run_differing_work */
    uint64_t knobs;               /* KNOB_BITs of other knobs that both runs read and that differ */
    uint32_t device;              /* 1 << DEVICE_…: fields known on both sides that differ */
};

void compare_runs(const struct compared *reference, const struct compared *other,
                  struct comparison *comparison);

/* Whether the runs have the same workload: the same target, no run_differing_work. */
bool compare_alike(const struct comparison *comparison);

/* Whether the outcome is a verdict; if not, its text says why. */
bool compare_ranked(enum outcome outcome);

/* Whether the outcome is OUTCOME_FASTER or OUTCOME_SLOWER. */
bool compare_decided(enum outcome outcome);

/* The outcome's word in documents: "faster", "slower", "too close to call", "unverified", "across
 * devices, not a speed-up" … Screens show compare_verdict_text. */
extern const char *const compare_outcome_texts[];

/* The outcome for people, with its reason and the remedy: "too close to call: ±2.1 %; 8 more
 * repeats for ±1 %", "too close to call, medians lower in this process; processes differ by ±9.9 %:
 * repeat", "1 repeat against 3 repeats; a verdict takes 5 each". plus_minus: "±" or "+-". */
void compare_verdict_text(const struct comparison *comparison, const char *plus_minus, char *text,
                          size_t size);

/* The uncertainty of a side's median: "±1.2 %". "" if it has no units. */
void compare_noise_text(const struct evidence *evidence, const char *plus_minus, char *text,
                        size_t size);

/* A run's value of a knob; "unknown" if its document does not name the knob. For a model that was
 * read from files: its name and the beginning of its hash, "Llama-3.2-1B 0a1b2c3d". */
void compare_knob_text(const struct run *run, enum knob_id id, char *text, size_t size);

/* Corrects the verdicts for multiple comparisons (evidence_holm): a verdict that is no longer
 * significant becomes OUTCOME_CLOSE. */
void compare_correct(struct comparison *const *comparisons, size_t count);

/* "backend", "id", "name" …: the keys in documents. */
extern const char *const compare_device_keys[DEVICE_FIELDS];

/* The field's value as text; "" if unknown. */
const char *compare_device_value(const struct device_info *device, enum device_field field,
                                 char *text, size_t size);

/* Whether the run has iterations to compare. */
bool compare_measured(const struct run *run);

/* Whether two processes measured the same variant with the same knobs (except WARMUP and
 * ITERATIONS) on the same device. Then their medians are evidence of one quantity. */
bool compare_same(const struct compared *a, const struct compared *b);

/*
 * Pairs runs: matches[i] becomes the index in others of reference i's counterpart, or
 * COMPARE_NONE. Only measured runs are paired. If each side has a single measured run, the two
 * are a pair, whatever their variants. Otherwise a pair has one variant. If a side has several runs
 * of a variant, a pair also has equal knobs (except WARMUP and ITERATIONS), in order.
 */
void compare_match(const struct compared *references, size_t count, const struct compared *others,
                   size_t other_count, size_t *matches);
