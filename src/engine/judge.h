/*
 * judge.h - the verdict on an output: checks each part against the reference (reference.h), then
 * all parts of a kind together.
 */
#pragma once

#include "../../kernels/workload.h"
#include "run.h"

/* The error of a single part may be this many times the tolerance for all parts of its kind
 * together. */
#define JUDGE_PART_FACTOR 3.0

/* The relative L2 error of a sum; 0 for an empty sum, infinity if the output contains a NaN. */
double judge_error(const struct workload_sum *sum);

/* A verification in progress. */
struct judge {
    const struct workload *workload;
    const struct knobs *knobs;
    struct {
        struct workload_sum sum;
        double tolerance;
        uint32_t checked; /* parts */
    } kinds[WORKLOAD_KINDS_MOST];
};

/* Starts a verification with no part checked. `workload` and `knobs` must outlive the judge. */
void judge_begin(struct judge *judge, const struct workload *workload, const struct knobs *knobs,
                 struct verification *verification);

/* Compares a part's output, `rows`, with `expected`, and adds it to the sums. False: the part is
 * wrong, and *verification says why. */
bool judge_part(struct judge *judge, uint32_t part, const struct workload_expected *expected,
                const float *rows, struct verification *verification);

/* Returns the tolerance that applies to verification->rel_l2_error; 0 before any part was added. */
double judge_tolerance(const struct judge *judge);

/* Sets the verdict. nan_count: NaNs in the whole output; a single NaN makes the verdict wrong.
 * There is no verdict if no part was checked. */
void judge_end(const struct judge *judge, uint64_t nan_count, struct verification *verification);
