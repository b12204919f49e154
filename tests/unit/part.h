/*
 * part.h - compares outputs with the reference, for tests of variants, references and the verifier.
 */
#pragma once

#include "../../src/engine/judge.h"
#include "../../src/engine/reference.h"
#include "../../src/engine/verifier.h"
#include "unit.h"

#include <math.h>

/* Compares a part's output with the right output, and adds its squared error and norm to *sum.
 * Returns the relative L2 error of the part; infinity if the rows contain a NaN. */
static inline double part_compare(const struct workload *workload, const struct knobs *knobs,
                                  uint32_t part, const float *rows, struct workload_sum *sum)
{
    struct reference *reference = reference_open(0, 0);
    struct judge judge;
    struct verification verification;
    cr_assert_not_null(reference);
    const struct workload_expected *expected =
        reference_part(reference, workload, knobs, part, rows, NULL);
    cr_assert_not_null(expected);
    judge_begin(&judge, workload, knobs, &verification);
    judge_part(&judge, part, expected, rows, &verification);
    reference_close(reference);
    const struct workload_sum *own = &judge.kinds[workload->part(knobs, part).kind].sum;
    sum->error2 += own->error2;
    sum->norm2 += own->norm2;
    return judge_error(own);
}

/* Checks a job as the verifier does. If `cancel` is not 0, the check is cancelled from the start.
 */
static inline struct verification job_check(const struct verifier_job *job, uint32_t cancel)
{
    struct verification verification;
    struct reference *reference = reference_open(0, 0);
    verifier_check(reference, job, &cancel, NULL, &verification);
    reference_close(reference);
    return verification;
}
