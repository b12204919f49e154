/*
 * verifier.h - a thread that checks outputs against the reference while the worker goes on.
 *
 * The worker gives it one job at a time; a new job drops an unfinished one. The verdict is picked
 * up by the worker at its leisure.
 */
#ifndef SRC_VERIFIER_H
#define SRC_VERIFIER_H

#include "reference.h"
#include "run.h"

/* What a job may take of host time and carry of outputs; its first part is beyond both. */
#define VERIFIER_HOST_NS UINT64_C(50000000)
#define VERIFIER_BYTES   (UINT64_C(8) << 20)

/* Outputs to check, of parts (enum workload) in the order to check them. */
struct verifier_job {
    uint64_t epoch;
    enum workload workload;
    struct knobs knobs;
    uint64_t nan_count; /* NaN found in the whole output; any makes the verdict wrong */
    uint64_t budget_ns; /* stop after the part in which this is spent; UINT64_MAX: check all */
    uint32_t count;     /* parts carried */
    uint32_t *parts;    /* [count], malloc; the verifier frees it */
    float *rows;        /* [count][SEQ_LEN][HEAD_DIM], malloc; the verifier frees it */
};

struct verifier;

struct verifier *verifier_start(struct error *error);
void verifier_stop(struct verifier *verifier);

/* Takes over the job's memory. */
void verifier_give(struct verifier *verifier, const struct verifier_job *job);

/* True once for each finished job: fills *epoch and *verification. */
bool verifier_take(struct verifier *verifier, uint64_t *epoch, struct verification *verification);

/* The check itself, on the calling thread; *cancel may be raised by another. */
void verifier_check(const struct verifier_job *job, const uint32_t *cancel,
                    struct verification *verification);

/* The same in pieces, for who holds one part at a time: each part, then the verdict.
 * *verification and *sum are zeroed to begin with; *cancel is as for reference_compare. False: this
 * part is wrong, and says so. */
bool verifier_check_part(enum workload workload, const struct knobs *knobs, uint32_t part,
                         const float *rows, const uint32_t *cancel, struct reference_sum *sum,
                         struct verification *verification);
void verifier_judge(enum workload workload, const struct knobs *knobs, uint64_t nan_count,
                    struct verification *verification);

#endif
