/*
 * compare.h - what two runs say of each other: the ratio of their medians with its 95 % interval
 * (evidence.h), and whether one may be called faster at all.
 *
 * A ratio is the reference's median over the other's: above 1, the other is faster, as in
 * run_speedup. The medians are those of processes, or live of turns, never of pooled samples: the
 * samples of one process share its clock, its placement and its moment.
 */
#ifndef SRC_COMPARE_H
#define SRC_COMPARE_H

#include "run.h"

#define COMPARE_SIDES 26u      /* that can be compared at once: A to Z */
#define COMPARE_NONE  SIZE_MAX /* no counterpart */

struct ratio {
    double value;     /* 0: one side has no samples */
    double low, high; /* the interval; 0: none is known */
};

/* A run and what it ran on. */
struct compared {
    const struct run *run;
    const struct device_info *device;
};

enum outcome {
    OUTCOME_FASTER,
    OUTCOME_SLOWER,
    OUTCOME_CLOSE,       /* the interval holds 1 */
    OUTCOME_FASTER_HERE, /* too close to call too: only in this process the medians differ by more
                          * than its own noise; two processes may differ by as much */
    OUTCOME_SLOWER_HERE,
    OUTCOME_UNLIKE,     /* not the same work */
    OUTCOME_DEVICES,    /* not on the same device */
    OUTCOME_FAILED,     /* one of them failed */
    OUTCOME_WRONG,      /* one of them was found wrong */
    OUTCOME_UNVERIFIED, /* one of them was not verified */
    OUTCOME_FEW,        /* too few processes, or turns */
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
    struct ratio step; /* no interval; all 0 too where only one of them is free-running */
    struct evidence reference, other;
    struct difference difference; /* of the two */
    bool targets;                 /* the targets differ */
    uint64_t work;                /* KNOB_BITs: those of run_differing_work */
    uint64_t knobs;               /* KNOB_BITs: the others that both read and that differ */
    uint32_t device;              /* 1 << DEVICE_…: what is known on both sides and differs */
};

void compare_runs(const struct compared *reference, const struct compared *other,
                  struct comparison *comparison);

/* Whether runs like these do the same work: the same target, no run_differing_work. */
bool compare_alike(const struct comparison *comparison);

/* Whether the outcome is a verdict; if not, its text says why there is none. */
bool compare_ranked(enum outcome outcome);

/* Whether it is "faster" or "slower"; else nothing may be called so. */
bool compare_decided(enum outcome outcome);

/* The key in documents: "faster", "slower", "too close to call"; "unverified", "across devices, not
 * a speed-up" … On screens compare_verdict_text. */
const char *compare_outcome_text(enum outcome outcome);

/* The outcome with what it rests on, or what it would take: "too close to call: ±2.1 %; 8 more
 * repeats for ±1 %", "too close to call, medians lower in this process; processes differ by ±9.9 %:
 * repeat", "1 process and 3: a verdict takes 5 each". `plus_minus` is how that sign is written.
 */
void compare_verdict_text(const struct comparison *comparison, const char *plus_minus, char *text,
                          size_t size);

/* How far a side's median is known: "±1.2 %". "" where it has no units. */
void compare_noise_text(const struct evidence *evidence, const char *plus_minus, char *text,
                        size_t size);

/* What a run's knob was: "unknown" of a document that does not name it. */
void compare_knob_text(const struct run *run, enum knob_id id, char *text, size_t size);

/* Corrects the verdicts of comparisons that are made side by side (evidence_holm): one that does
 * not hold among so many becomes OUTCOME_CLOSE. */
void compare_correct(struct comparison *const *comparisons, size_t count);

/* "backend", "id", "name" …: the keys in documents. */
const char *compare_device_key(enum device_field field);

/* The field's value as text; "" where it is not known. */
const char *compare_device_value(const struct device_info *device, enum device_field field,
                                 char *text, size_t size);

/* Whether the run has iterations to compare. */
bool compare_measured(const struct run *run);

/* Whether two processes measured the same, with the same knobs (WARMUP and ITERATIONS aside) on the
 * same device: their medians are evidence of one thing. */
bool compare_same(const struct compared *a, const struct compared *b);

/*
 * Finds each reference's counterpart: matches[i] becomes an index into others, or COMPARE_NONE.
 * Only measured runs have one. Where each side has one measured run, the two belong together,
 * whatever they are; else runs of one variant do. Where a side has several of a variant, it is
 * those with equal knobs (WARMUP and ITERATIONS aside), the first with the first.
 */
void compare_match(const struct compared *references, size_t count, const struct compared *others,
                   size_t other_count, size_t *matches);

#endif
