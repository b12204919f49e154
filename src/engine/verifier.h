/*
 * verifier.h - a thread that checks outputs against the reference while the worker goes on.
 *
 * The worker gives it one job at a time; a new job drops an unfinished one. The verdict is picked
 * up by the worker at its leisure. What parts should be is kept (reference.h), so a job of the same
 * work as an earlier one computes only what that one did not get to.
 */
#ifndef SRC_VERIFIER_H
#define SRC_VERIFIER_H

#include "reference.h"
#include "run.h"

/* Outputs to check, of parts of the workload in the order to check them. */
struct verifier_job {
    uint64_t epoch;
    const struct workload *workload;
    struct knobs knobs;
    uint64_t nan_count; /* NaN found in the whole output; any makes the verdict wrong */
    uint64_t budget_ns; /* stop after the part in which this is spent; UINT64_MAX: check all */
    uint32_t count;     /* parts carried */
    uint32_t *parts;    /* [count], malloc; the verifier frees it */
    float *rows;        /* [count] of [rows][columns], malloc; the verifier frees it */
};

struct verifier;

struct verifier *verifier_start(struct error *error);
void verifier_stop(struct verifier *verifier);

/* Takes over the job's memory. */
void verifier_give(struct verifier *verifier, const struct verifier_job *job);

/* True once for each finished job: fills *epoch and *verification. */
bool verifier_take(struct verifier *verifier, uint64_t *epoch, struct verification *verification);

/* Whether a job is being checked: fills its epoch, and how many parts were found right so far. */
bool verifier_progress(struct verifier *verifier, uint64_t *epoch, uint32_t *checked);

/* The check itself, on the calling thread; *cancel may be raised by another, and *checked, which
 * may be NULL, read: parts found right so far. */
void verifier_check(struct reference *reference, const struct verifier_job *job,
                    const uint32_t *cancel, _Atomic uint32_t *checked,
                    struct verification *verification);

#endif
