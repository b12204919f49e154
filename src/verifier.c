#include "verifier.h"
#include "../kernels/clock.h"
#include "../kernels/thread.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERDICTS_KEPT 64u /* finished and not taken; of more the oldest are dropped */

struct finished {
    uint64_t epoch;
    struct verification verification;
};

struct verifier {
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below; never held during a check */
    pthread_cond_t wake;
    bool ending, has_job;
    struct verifier_job job; /* the next one, if has_job */
    uint32_t cancel;         /* atomic: raised to drop the job that is being checked */
    struct finished finished[VERDICTS_KEPT]; /* a ring */
    uint64_t finished_count, taken_count;
};

/* ---- the check ------------------------------------------------------------------------------ */

static void judge_wrong(struct verification *verification, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void judge_wrong(struct verification *verification, const char *format, ...)
{
    verification->verdict = VERDICT_WRONG;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verification->reason, sizeof verification->reason, format, arguments);
    va_end(arguments);
}

static size_t part_elements(const struct knobs *knobs)
{
    return (size_t)knobs->seq_len * (size_t)knobs->head_dim;
}

/* What is wrong, as it is called: "sequence 3", "sequence 0, head 12". */
static void name_part(enum workload workload, const struct knobs *knobs, uint32_t part, char *name,
                      size_t size)
{
    const uint32_t heads = (uint32_t)knobs->num_heads;
    if (workload == WORKLOAD_ATTENTION)
        snprintf(name, size, "sequence %u, head %u", part / heads, part % heads);
    else
        snprintf(name, size, "sequence %u", part);
}

bool verifier_check_part(enum workload workload, const struct knobs *knobs, uint32_t part,
                         const float *rows, const uint32_t *cancel, struct reference_sum *sum,
                         struct verification *verification)
{
    const double error = reference_compare(workload, knobs, part, rows, cancel, sum);
    const double tolerance = REFERENCE_PART_FACTOR * reference_tolerance(workload, knobs);
    char name[48];
    verification->checked++;
    verification->rel_l2_error = reference_error(sum);
    if (error <= tolerance)
        return true;
    name_part(workload, knobs, part, name, sizeof name);
    judge_wrong(verification, "%s: relative L2 error %.2e, at most %.2g is right", name, error,
                tolerance);
    return false;
}

void verifier_judge(enum workload workload, const struct knobs *knobs, uint64_t nan_count,
                    struct verification *verification)
{
    const double tolerance = reference_tolerance(workload, knobs);
    verification->total = reference_parts(workload, knobs);
    if (nan_count > 0) {
        judge_wrong(verification,
                    "%" PRIu64 " of %" PRIu64 " output elements are NaN: never written, or wrong; "
                    "0 are right",
                    nan_count, (uint64_t)verification->total * part_elements(knobs));
    } else if (verification->verdict == VERDICT_NONE && verification->checked > 0) {
        if (verification->rel_l2_error > tolerance)
            judge_wrong(verification, "relative L2 error %.2e over %u %ss, at most %.2g is right",
                        verification->rel_l2_error, verification->checked,
                        reference_part_name(workload), tolerance);
        else
            verification->verdict = VERDICT_RIGHT;
    }
}

void verifier_check(const struct verifier_job *job, const uint32_t *cancel,
                    struct verification *verification)
{
    struct reference_sum sum = {0};
    const uint64_t begin_ns = clock_now();
    const struct verification none = {.total = reference_parts(job->workload, &job->knobs)};
    *verification = none;
    for (uint32_t i = 0; i < job->count; i++) {
        const float *rows = job->rows + i * part_elements(&job->knobs);
        const bool right = verifier_check_part(job->workload, &job->knobs, job->parts[i], rows,
                                               cancel, &sum, verification);
        if (__atomic_load_n(cancel, __ATOMIC_RELAXED) != 0) {
            *verification = none;
            return;
        }
        if (!right || clock_now() - begin_ns >= job->budget_ns)
            break;
    }
    verifier_judge(job->workload, &job->knobs, job->nan_count, verification);
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void free_job(struct verifier_job *job)
{
    free(job->parts);
    free(job->rows);
}

static void keep_verdict(struct verifier *verifier, uint64_t epoch,
                         const struct verification *verification)
{
    verifier->finished[verifier->finished_count++ % VERDICTS_KEPT] =
        (struct finished){.epoch = epoch, .verification = *verification};
    if (verifier->finished_count - verifier->taken_count > VERDICTS_KEPT)
        verifier->taken_count++;
}

static void *run_verifier(void *argument)
{
    struct verifier *verifier = argument;
    pthread_mutex_lock(&verifier->lock);
    while (!verifier->ending) {
        if (!verifier->has_job) {
            pthread_cond_wait(&verifier->wake, &verifier->lock);
            continue;
        }
        struct verifier_job job = verifier->job;
        verifier->has_job = false;
        __atomic_store_n(&verifier->cancel, 0, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&verifier->lock);

        struct verification verification;
        verifier_check(&job, &verifier->cancel, &verification);
        free_job(&job);

        pthread_mutex_lock(&verifier->lock);
        if (__atomic_load_n(&verifier->cancel, __ATOMIC_RELAXED) == 0)
            keep_verdict(verifier, job.epoch, &verification);
    }
    pthread_mutex_unlock(&verifier->lock);
    return NULL;
}

struct verifier *verifier_start(struct error *error)
{
    struct verifier *verifier = calloc(1, sizeof *verifier);
    if (verifier == NULL) {
        error_set(error, ERROR_RUN, "no memory for the verifier");
        return NULL;
    }
    pthread_mutex_init(&verifier->lock, NULL);
    pthread_cond_init(&verifier->wake, NULL);
    int failure = thread_start(&verifier->thread, "pdlab-verify", 0, run_verifier, verifier);
    if (failure != 0) {
        error_set(error, ERROR_RUN, "cannot start the verifier's thread: %s", strerror(failure));
        pthread_cond_destroy(&verifier->wake);
        pthread_mutex_destroy(&verifier->lock);
        free(verifier);
        return NULL;
    }
    return verifier;
}

void verifier_stop(struct verifier *verifier)
{
    if (verifier == NULL)
        return;
    pthread_mutex_lock(&verifier->lock);
    verifier->ending = true;
    __atomic_store_n(&verifier->cancel, 1, __ATOMIC_RELAXED);
    pthread_cond_signal(&verifier->wake);
    pthread_mutex_unlock(&verifier->lock);
    pthread_join(verifier->thread, NULL);
    if (verifier->has_job)
        free_job(&verifier->job);
    pthread_cond_destroy(&verifier->wake);
    pthread_mutex_destroy(&verifier->lock);
    free(verifier);
}

void verifier_give(struct verifier *verifier, const struct verifier_job *job)
{
    pthread_mutex_lock(&verifier->lock);
    if (verifier->has_job)
        free_job(&verifier->job);
    verifier->job = *job;
    verifier->has_job = true;
    __atomic_store_n(&verifier->cancel, 1, __ATOMIC_RELAXED);
    pthread_cond_signal(&verifier->wake);
    pthread_mutex_unlock(&verifier->lock);
}

bool verifier_take(struct verifier *verifier, uint64_t *epoch, struct verification *verification)
{
    pthread_mutex_lock(&verifier->lock);
    const bool any = verifier->taken_count < verifier->finished_count;
    if (any) {
        const struct finished *finished =
            &verifier->finished[verifier->taken_count++ % VERDICTS_KEPT];
        *epoch = finished->epoch;
        *verification = finished->verification;
    }
    pthread_mutex_unlock(&verifier->lock);
    return any;
}
