/*
 * judge.h - the verdict on an output: each part against what it should be (reference.h), then all
 * of a kind together.
 */
#ifndef SRC_JUDGE_H
#define SRC_JUDGE_H

#include "../../kernels/workload.h"
#include "run.h"

/* What a part may be off by, in multiples of what all parts of its kind together may be. */
#define JUDGE_PART_FACTOR 3.0

/* The relative L2 error of a sum; 0 for an empty one, infinity if the output holds a NaN. */
double judge_error(const struct workload_sum *sum);

/* A verdict in the making. */
struct judge {
    const struct workload *workload;
    const struct knobs *knobs;
    struct {
        struct workload_sum sum;
        double tolerance;
        uint32_t checked; /* parts */
    } kinds[WORKLOAD_KINDS_MOST];
};

/* Begins with no part checked. Both pointers must outlive the judge. */
void judge_begin(struct judge *judge, const struct workload *workload, const struct knobs *knobs,
                 struct verification *verification);

/* Adds a part. False: it is wrong, and *verification says so. */
bool judge_part(struct judge *judge, uint32_t part, const struct workload_expected *expected,
                const float *rows, struct verification *verification);

/* What *verification's rel_l2_error is compared with; 0 before a part was added. */
double judge_tolerance(const struct judge *judge);

/* The verdict. nan_count: NaN found in the whole output; any makes the verdict wrong. Without a
 * part that was checked there is none. */
void judge_end(const struct judge *judge, uint64_t nan_count, struct verification *verification);

#endif
