/*
 * workload.h - what a workload is: the arithmetic of a decode step, how its output is cut into
 * parts, and what each part should be.
 *
 * A workload is one file below kernels/ and one row in workloads[] (variants.c). A variant points
 * to the workload that it runs. Nothing else compares workloads: whatever differs between two of
 * them is a member here.
 *
 * The output is verified part by part. A part is a matrix of rows with a chain of its own, so a
 * part can be computed without the others. The reference computes parts in double precision from
 * the same generated inputs, and the comparator adds up the error of a variant's output.
 */
#ifndef KERNELS_WORKLOAD_H
#define KERNELS_WORKLOAD_H

#include "lab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of parts in a workload. */
#define WORKLOAD_KINDS_MOST 4u

/* A part's output, and how exact it must be. */
struct workload_part {
    uint32_t rows, columns; /* of its output */
    uint32_t kind;          /* below WORKLOAD_KINDS_MOST; parts of a kind share a tolerance */
    double tolerance;       /* the relative L2 error that is right over all parts of the kind */
};

/* Squared error and squared norm, added up over what was compared. */
struct workload_sum {
    double error2, norm2;
};

/* What a part should be. */
struct workload_expected {
    double *rows;  /* [rows][columns] */
    double *sizes; /* [rows]: the squared size that a row's error is compared with, more than 0 */
};

/* Threads that take tasks of the caller's. Tasks may have tasks of their own. */
struct workload_crew {
    uint32_t threads; /* that run tasks side by side, the caller's among them */
    /* Calls task(argument, i) for each i below count, in any order, several at once. Returns when
     * all have returned. */
    void (*run)(const struct workload_crew *crew, uint32_t count,
                void (*task)(void *argument, uint32_t i), void *argument);
};

/* What the reference is asked for. */
struct workload_order {
    const struct knobs *knobs;
    uint32_t first, count;                    /* parts [first, first + count): siblings */
    const struct workload_crew *crew;         /* NULL: the calling thread works alone */
    const uint32_t *cancel;                   /* raised to end it soon; NULL: never */
    const struct workload_expected *expected; /* [count], whose arrays the caller owns */
};

struct workload {
    const char *name;
    uint64_t knobs;        /* KNOB_BITs of those that decide what is computed, and from how far its
                            * inputs are fetched */
    const char *part_noun; /* "sequence", "head": a part, in the singular */
    bool has_prefill;      /* its prefill is part of the work: iterations are compared with it */

    /* How many parts the output has, and each of them. */
    uint32_t (*parts)(const struct knobs *knobs);
    struct workload_part (*part)(const struct knobs *knobs, uint32_t part);
    /* Writes what one is called: "sequence 3", "sequence 0, head 12". */
    void (*name_part)(const struct knobs *knobs, uint32_t part, char *name, size_t size);

    /* Siblings are parts that share inputs, so that they cost less together: those of the same
     * part / siblings. NULL: a part has none. */
    uint32_t (*siblings)(const struct knobs *knobs);
    /* Computes parts. False: it was cancelled, or had no memory. */
    bool (*reference)(const struct workload_order *order);
    /* Compares a part's output, fp32 [rows][columns], and adds to *sum. A NaN makes a NaN of it. */
    void (*compare)(const struct workload_part *part, const struct workload_expected *expected,
                    const float *rows, struct workload_sum *sum);

    /* What a verification beside a measurement may carry of outputs and take of host time: it ends
     * after the part that exceeds either, and checks one part at least. */
    uint64_t verify_bytes, verify_ns;

    /* Of resolved knobs. */
    uint64_t (*step_bytes)(const struct knobs *knobs);   /* least bytes a step moves */
    uint64_t (*step_flops)(const struct knobs *knobs);   /* arithmetic in a step */
    uint64_t (*memory_bytes)(const struct knobs *knobs); /* inputs and output */
    /* Whether every step reads the same bytes; NULL: never. */
    bool (*rereads)(const struct knobs *knobs);
    /* The least that a step takes because it needs the output of the previous one; 0: not known. */
    double (*dependent_step_ns)(const struct ceilings *ceilings);
};

/* All of them. The first one without a prefill, and the first with one, stand for recorded variants
 * of targets that this build lacks. NULL-ended. */
extern const struct workload *const workloads[];

extern const struct workload workload_dot, workload_prefill, workload_attention;

static inline bool workload_cancelled(const struct workload_order *order)
{
    return order->cancel && __atomic_load_n(order->cancel, __ATOMIC_RELAXED) != 0;
}

/* ---- comparators ---------------------------------------------------------------------------- */

/* Adds up errors and sizes of all rows: a large row counts for more. */
void workload_compare_rows(const struct workload_part *part,
                           const struct workload_expected *expected, const float *rows,
                           struct workload_sum *sum);

/* Adds each row's squared error over its size, and 1: every row counts alike. */
void workload_compare_steps(const struct workload_part *part,
                            const struct workload_expected *expected, const float *rows,
                            struct workload_sum *sum);

#ifdef __cplusplus
}
#endif

#endif
