/*
 * compare.h - what two runs say of each other: the ratio of their medians, how far chance alone may
 * have moved it, and whether it may be called faster at all.
 *
 * A ratio is the reference's median over the other's: above 1, the other is faster, as in
 * run_speedup. Its interval is a percentile bootstrap (B. Efron, "Bootstrap Methods: Another Look
 * at the Jackknife", Annals of Statistics 7, 1979): the ratios of resamples of both histograms,
 * drawn with replacement. The median of a resample of n samples is the original one of rank
 * floor(n U) + 1, where U, the k-th smallest of n uniform numbers with k = ceil(n / 2), follows
 * Beta(k, n - k + 1) (H. A. David, H. N. Nagaraja, "Order Statistics", 2003, 2.3). So a resample
 * is two gamma numbers, exact for any number of samples, and nothing is resampled one by one.
 *
 * The interval holds the rounding of the buckets, and takes samples as independent. Those of one
 * process are not: clocks, neighbours and the placing of memory stay with it from sample to sample.
 * So it is the least that the uncertainty can be.
 */
#ifndef SRC_COMPARE_H
#define SRC_COMPARE_H

#include "run.h"

#define COMPARE_CONFIDENCE    0.95
#define COMPARE_RESAMPLES     2000u
#define COMPARE_LEAST_SAMPLES 6u       /* with fewer, no interval of the median can be trusted */
#define COMPARE_SIDES         26u      /* that can be compared at once: A to Z */
#define COMPARE_NONE          SIZE_MAX /* no counterpart */

struct ratio {
    double value;     /* 0: one side has no samples */
    double low, high; /* the interval; 0 where a side has less than COMPARE_LEAST_SAMPLES */
};

/* The ratio of two medians. The same histograms give the same numbers every time. About 1 ms. */
struct ratio compare_medians(const struct histogram *reference, const struct histogram *other);

/* A run and what it ran on. */
struct compared {
    const struct run *run;
    const struct device_info *device;
};

enum outcome {
    OUTCOME_FASTER,
    OUTCOME_SLOWER,
    OUTCOME_CLOSE,      /* the interval holds 1 */
    OUTCOME_UNLIKE,     /* not the same work */
    OUTCOME_DEVICES,    /* not on the same device */
    OUTCOME_FAILED,     /* one of them failed */
    OUTCOME_WRONG,      /* one of them was found wrong */
    OUTCOME_UNVERIFIED, /* one of them was not verified */
    OUTCOME_FEW,        /* too few samples for an interval */
};

/* What is known of a device. Those up to DEVICE_UNITS make it another device where they differ. */
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
    struct ratio step; /* all 0 too where only one of them is free-running */
    bool targets;      /* the targets differ */
    uint64_t work;     /* KNOB_BITs: those of run_differing_work */
    uint64_t knobs;    /* KNOB_BITs: the others that both read and that differ */
    uint32_t device;   /* 1 << DEVICE_…: what is known on both sides and differs */
};

void compare_runs(const struct compared *reference, const struct compared *other,
                  struct comparison *comparison);

/* Whether runs like these do the same work: the same target, no run_differing_work. */
bool compare_alike(const struct comparison *comparison);

/* Whether the outcome is a verdict; if not, its text says why there is none. */
bool compare_ranked(enum outcome outcome);

/* "faster", "slower", "too close to call"; "unverified", "across devices, not a speed-up" … */
const char *compare_outcome_text(enum outcome outcome);

/* "backend", "id", "name" …: the keys in documents. */
const char *compare_device_key(enum device_field field);

/* The field's value as text; "" where it is not known. */
const char *compare_device_value(const struct device_info *device, enum device_field field,
                                 char *text, size_t size);

/* Whether the run has iterations to compare. */
bool compare_measured(const struct run *run);

/*
 * Finds each reference's counterpart: matches[i] becomes an index into others, or COMPARE_NONE.
 * Only measured runs have one. Where each side has one measured run, the two belong together,
 * whatever they are; else runs of one variant do. Where a side has several of a variant, it is
 * those with equal knobs (WARMUP and ITERATIONS aside), the first with the first.
 */
void compare_match(const struct compared *references, size_t count, const struct compared *others,
                   size_t other_count, size_t *matches);

#endif
