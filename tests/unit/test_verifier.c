#include "../../kernels/clock.h"
#include "../../kernels/inputs.h"
#include "part.h"

#include <math.h>
#include <unistd.h>

enum { SEQUENCES = 4 };

TestSuite(verifier, .init = clock_start, .timeout = 30);

/* The whole right output, computed in fp32, as a job that checks all of it. */
static struct verifier_job right_job(uint64_t epoch, int64_t seq_len)
{
    struct verifier_job job = {
        .epoch = epoch,
        .workload = &workload_dot,
        .knobs = {.seq_len = seq_len, .batch = SEQUENCES, .head_dim = 32, .chain = 1, .seed = 7},
        .budget_ns = UINT64_MAX,
        .count = SEQUENCES,
    };
    job.parts = malloc(SEQUENCES * sizeof *job.parts);
    job.rows = malloc(SEQUENCES * (size_t)seq_len * 32 * sizeof *job.rows);
    cr_assert(job.parts != NULL && job.rows != NULL);
    reference_order(7, SEQUENCES, job.parts);
    for (uint32_t i = 0; i < SEQUENCES; i++)
        for (uint32_t t = 0; t < seq_len; t++) {
            const uint32_t b = job.parts[i];
            float *row = job.rows + ((size_t)i * (size_t)seq_len + t) * 32;
            float dot = 0;
            for (uint32_t d = 0; d < 32; d++) {
                float before = t > 0 ? fminf(fmaxf(row[(int)d - 32], -DOT_CLAMP), DOT_CLAMP) : 0;
                dot += (input_element(7, INPUT_Q, b, t, d) + DOT_CHAIN * before) *
                       input_element(7, INPUT_K, b, t, d);
            }
            for (uint32_t d = 0; d < 32; d++)
                row[d] = input_element(7, INPUT_V, b, t, d) * dot;
        }
    return job;
}

static struct verifier_job job;

static void make_job(void)
{
    clock_start();
    job = right_job(1, 50);
}

static void free_job(void)
{
    free(job.parts);
    free(job.rows);
}

TestSuite(verifier_check, .init = make_job, .fini = free_job);

Test(verifier_check, right_output)
{
    const struct verification verification = job_check(&job, 0);
    cr_assert_eq(verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(verification.checked, SEQUENCES);
    cr_assert_eq(verification.total, SEQUENCES);
    cr_assert(verification.rel_l2_error > 0 && verification.rel_l2_error < 1e-6);
}

Test(verifier_check, without_a_budget_one_sequence_is_checked)
{
    job.budget_ns = 0;
    const struct verification verification = job_check(&job, 0);
    cr_assert_eq(verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(verification.checked, 1);
    cr_assert_eq(verification.total, SEQUENCES);
}

/* Two sequences are exchanged: each has the right output of the other sequence. */
Test(verifier_check, swapped_sequences_are_wrong)
{
    uint32_t sequence = job.parts[1];
    job.parts[1] = job.parts[2];
    job.parts[2] = sequence;
    const struct verification verification = job_check(&job, 0);
    cr_assert_eq(verification.verdict, VERDICT_WRONG);
    assert_contains(verification.reason, "sequence");
    assert_contains(verification.reason, "3e-05");
}

Test(verifier_check, dropped_sequence_is_wrong)
{
    memset(job.rows + (size_t)(SEQUENCES - 1) * 50 * 32, 0, sizeof(float) * 50 * 32);
    cr_assert_eq(job_check(&job, 0).verdict, VERDICT_WRONG);
}

Test(verifier_check, dropped_last_step_is_wrong)
{
    memset(job.rows + 49 * 32, 0, sizeof(float) * 32);
    cr_assert_eq(job_check(&job, 0).verdict, VERDICT_WRONG);
}

/* The count of NaN covers the whole output, of which the job has only some parts. */
Test(verifier_check, nan_is_wrong)
{
    job.nan_count = 3;
    const struct verification verification = job_check(&job, 0);
    cr_assert_eq(verification.verdict, VERDICT_WRONG);
    cr_assert_eq(strncmp(verification.reason, "3 of 6400 ", 10), 0, "%s", verification.reason);
    job.nan_count = 0;
    job.rows[77] = NAN;
    cr_assert_eq(job_check(&job, 0).verdict, VERDICT_WRONG);
}

Test(verifier_check, cancelled_is_no_verdict)
{
    job.nan_count = 1;
    cr_assert_eq(job_check(&job, 1).verdict, VERDICT_NONE);
}

static struct verifier *start(void)
{
    struct error error = {0};
    struct verifier *verifier = verifier_start(&error);
    cr_assert_not_null(verifier, "%s", error.text);
    return verifier;
}

/* Waits for a verdict. If there is none, the test ends at its timeout. */
static struct verification await(struct verifier *verifier, uint64_t *epoch)
{
    struct verification verification;
    while (!verifier_take(verifier, epoch, &verification))
        usleep(1000);
    return verification;
}

Test(verifier, gives_a_verdict_once)
{
    struct verifier *verifier = start();
    uint64_t epoch = 0;
    struct verification verification;
    cr_assert_not(verifier_take(verifier, &epoch, &verification));
    for (uint64_t i = 1; i <= 3; i++) {
        struct verifier_job next = right_job(i, 50);
        verifier_give(verifier, &next);
        cr_assert_eq(await(verifier, &epoch).verdict, VERDICT_RIGHT);
        cr_assert_eq(epoch, i);
        cr_assert_not(verifier_take(verifier, &epoch, &verification));
    }
    verifier_stop(verifier);
}

/* Of many jobs given at once, the last one is finished, and maybe others before it. Their epochs
 * rise. */
Test(verifier, a_new_job_replaces_the_previous_one)
{
    struct verifier *verifier = start();
    uint64_t epoch = 0, before = 0;
    for (uint64_t i = 1; i <= 20; i++) {
        struct verifier_job next = right_job(i, 400);
        verifier_give(verifier, &next);
    }
    do {
        cr_assert_eq(await(verifier, &epoch).verdict, VERDICT_RIGHT);
        cr_assert_gt(epoch, before);
        before = epoch;
    } while (epoch < 20);
    verifier_stop(verifier);
}

Test(verifier, stops_with_a_job_in_hand)
{
    struct verifier *verifier = start();
    for (uint64_t i = 1; i <= 2; i++) {
        struct verifier_job next = right_job(i, 2000);
        verifier_give(verifier, &next);
    }
    verifier_stop(verifier);
    verifier_stop(NULL);
}
