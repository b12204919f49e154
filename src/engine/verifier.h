/*
 * verifier.h - a thread that checks outputs against the reference while the worker continues.
 *
 * The worker gives the thread one job at a time; a new job cancels an unfinished one. The worker
 * polls for the verdict. Expected parts are cached (reference.h), so a second job for the same
 * workload computes only the parts that are missing.
 */
#pragma once

#include "reference.h"
#include "run.h"

/* Outputs to check: parts of the workload in the order to check them. */
struct verifier_job {
    uint64_t epoch;
    const struct workload *workload;
    struct knobs knobs;
    uint64_t nan_count; /* NaNs in the whole output; a single NaN makes the verdict wrong */
    uint64_t budget_ns; /* time limit: stop after the part that exceeds it; UINT64_MAX: check all */
    uint32_t count;     /* parts in this job */
    uint32_t *parts;    /* [count], malloc; the verifier frees it */
    float *rows;        /* [count] of [rows][columns], malloc; the verifier frees it */
};

struct verifier;

struct verifier *verifier_start(struct error *error);
void verifier_stop(struct verifier *verifier);

/* Posts a job and takes ownership of its memory. Cancels an unfinished job. */
void verifier_give(struct verifier *verifier, const struct verifier_job *job);

/* Takes the verdict of a finished job: fills *epoch and *verification. True once for each finished
 * job. */
bool verifier_take(struct verifier *verifier, uint64_t *epoch, struct verification *verification);

/* Whether a job is being checked: fills its epoch, and the number of parts found correct so far. */
bool verifier_progress(struct verifier *verifier, uint64_t *epoch, uint32_t *checked);

/* Checks a job on the calling thread. Meanwhile, another thread may raise *cancel, and may read
 * *checked: the number of parts found correct so far. `checked` may be NULL. */
void verifier_check(struct reference *reference, const struct verifier_job *job,
                    const uint32_t *cancel, _Atomic uint32_t *checked,
                    struct verification *verification);
