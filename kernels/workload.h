/*
 * workload.h - what a workload is: the arithmetic of a decode step, how its output is divided into
 * parts, and the right answer for each part.
 *
 * A workload is one file below kernels/ and one row in workloads[] (variants.c). A variant points
 * to the workload that it runs. Other code never asks which workload it has: everything that
 * differs between two workloads is a member here.
 *
 * The output is verified part by part. A part is a matrix of rows with its own chain, so it can be
 * computed without the other parts. The reference computes parts in double precision from the same
 * generated inputs, and the comparator accumulates the error of a variant's output.
 */
#pragma once

#include "lab.h"

__BEGIN_DECLS

/* The most kinds of parts that a workload can have. */
#define WORKLOAD_KINDS_MOST 4u

/* One part of the output, and how exact it must be. */
struct workload_part {
    uint32_t rows, columns; /* of the part's output */
    uint32_t kind;          /* below WORKLOAD_KINDS_MOST; parts of one kind share a tolerance */
    double tolerance; /* the largest relative L2 error that passes, over all parts of the kind */
};

/* Part of the bytes that a step moves. */
struct workload_bytes {
    char name[16]; /* one word, also used in documents: "weights", "cache" */
    uint64_t bytes;
};

/* The most entries that a ledger can have. */
#define WORKLOAD_LEDGER_MOST 6u

/* Squared error and squared norm, summed over all compared rows. */
struct workload_sum {
    double error2, norm2;
};

/* The right answer for one part. */
struct workload_expected {
    double *rows;  /* [rows][columns] */
    double *sizes; /* [rows]: squared norms, above 0; a row's error is relative to its norm */
};

/* Threads that run the caller's tasks. Tasks may start tasks of their own. */
struct workload_crew {
    uint32_t threads; /* threads that run tasks in parallel, including the caller */
    /* Calls task(argument, i) for each i below count, in any order, several at once. Returns when
     * all have returned. */
    void (*run)(const struct workload_crew *crew, uint32_t count,
                void (*task)(void *argument, uint32_t i), void *argument);
};

/* A request to the reference. */
struct workload_order {
    const struct knobs *knobs;
    uint32_t first, count;                    /* parts [first, first + count), all siblings */
    const struct workload_crew *crew;         /* NULL: the calling thread works alone */
    const uint32_t *cancel;                   /* not 0: end the request soon; NULL: never */
    const struct workload_expected *expected; /* [count]; the caller owns the arrays */
    /* If the workload has `choices`: the outputs of these parts, [count] of [rows][columns]. Else
     * NULL. */
    const float *const *outputs;
};

struct workload {
    const char *name;
    uint64_t knobs;        /* KNOB_BITs of the knobs that decide what is computed, and whether its
                              inputs are in cache or in memory */
    const char *part_noun; /* "sequence", "head": a part, in the singular */
    bool has_prefill; /* its prefill is part of the workload: comparisons use whole iterations */

    /* The number of parts; the part with number `part`. */
    uint32_t (*parts)(const struct knobs *knobs);
    struct workload_part (*part)(const struct knobs *knobs, uint32_t part);
    /* Writes a part's name: "sequence 3", "sequence 0, head 12". */
    void (*name_part)(const struct knobs *knobs, uint32_t part, char *name, size_t size);

    /* How many consecutive parts are siblings: they share inputs, so they cost less when computed
     * together. Parts with the same part / siblings are siblings. NULL: parts have none. */
    uint32_t (*siblings)(const struct knobs *knobs);
    /* Returns a hash of the choices in a part's output, such as tokens. The reference replays these
     * choices, so an expected part is right only for outputs with the same choices. NULL: the right
     * answer does not depend on the output. Parts with choices have no siblings. */
    uint64_t (*choices)(const struct knobs *knobs, uint32_t part, const float *rows);
    /* Computes parts. False: cancelled, or out of memory. */
    bool (*reference)(const struct workload_order *order);
    /* Compares a part's output, fp32 [rows][columns], and adds to *sum. A NaN makes the sum NaN. */
    void (*compare)(const struct knobs *knobs, const struct workload_part *part,
                    const struct workload_expected *expected, const float *rows,
                    struct workload_sum *sum);
    /* Writes where in a wrong part the error is largest: "step 3, layer 1, K row". NULL: the
     * workload cannot tell. */
    void (*locate)(const struct knobs *knobs, uint32_t part,
                   const struct workload_expected *expected, const float *rows, char *text,
                   size_t size);

    /* Limits for one verification during a measurement: bytes of output copied, and host time. A
     * verification ends after the part that exceeds either limit, and checks at least one part. */
    uint64_t verify_bytes, verify_ns;

    /* The members below take resolved knobs. */
    uint64_t (*step_bytes)(const struct knobs *knobs); /* fewest bytes that a step moves */
    uint64_t (*step_flops)(const struct knobs *knobs); /* arithmetic in a step */
    /* Divides step_bytes by purpose: fills rows, whose bytes add up to step_bytes, and returns
     * their number. NULL: step_bytes are not divided. */
    uint32_t (*ledger)(const struct knobs *knobs, struct workload_bytes rows[WORKLOAD_LEDGER_MOST]);
    uint64_t (*memory_bytes)(const struct knobs *knobs); /* inputs and output */
    /* Whether every step reads the same bytes. NULL: no. */
    bool (*rereads)(const struct knobs *knobs);
    /* The shortest time for a step that needs the previous step's output; 0: unknown. */
    double (*dependent_step_ns)(const struct ceilings *ceilings);
};

/* All workloads, NULL-terminated. If a recording is of a target that this build lacks, pdlab
 * assumes the first workload with a prefill if the recording has a prefill, else the first one
 * without. */
extern const struct workload *const workloads[];

extern const struct workload workload_dot, workload_prefill, workload_attention, workload_model;

static inline bool workload_cancelled(const struct workload_order *order)
{
    return order->cancel && __atomic_load_n(order->cancel, __ATOMIC_RELAXED) != 0;
}

/* ---- comparators ---------------------------------------------------------------------------- */

/* Sums errors and norms over all rows, so a large row counts more. */
void workload_compare_rows(const struct knobs *knobs, const struct workload_part *part,
                           const struct workload_expected *expected, const float *rows,
                           struct workload_sum *sum);

/* Adds each row's squared error divided by its squared norm, and 1: every row counts the same. */
void workload_compare_steps(const struct knobs *knobs, const struct workload_part *part,
                            const struct workload_expected *expected, const float *rows,
                            struct workload_sum *sum);

__END_DECLS
