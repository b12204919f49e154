#include "verifier.h"
#include "../../kernels/clock.h"
#include "../../kernels/cpu/usable.h"
#include "../../kernels/thread.h"
#include "judge.h"

#include <stdlib.h>
#include <string.h>

#define VERDICTS_KEPT 64u /* finished, not taken yet; if there are more, the oldest are dropped */

struct finished {
    uint64_t epoch;
    struct verification verification;
};

struct verifier {
    pthread_t thread;
    struct reference *reference; /* used by the thread only */
    pthread_mutex_t lock;        /* guards everything below; never held during a check */
    pthread_cond_t wake;
    bool ending, has_job;
    struct verifier_job job; /* the next one, if has_job */
    uint32_t cancel;         /* atomic: raised to cancel the current job */
    bool checking;           /* a job is being checked; its epoch is below */
    uint64_t epoch;
    _Atomic uint32_t checked;                /* parts found correct so far */
    struct finished finished[VERDICTS_KEPT]; /* a ring */
    uint64_t finished_count, taken_count;
};

/* ---- the check ------------------------------------------------------------------------------ */

void verifier_check(struct reference *reference, const struct verifier_job *job,
                    const uint32_t *cancel, _Atomic uint32_t *checked,
                    struct verification *verification)
{
    struct judge judge;
    const uint64_t begin_ns = clock_now();
    const float *rows = job->rows;
    judge_begin(&judge, job->workload, &job->knobs, verification);
    const struct verification none = *verification;
    for (uint32_t i = 0; i < job->count; i++) {
        const struct workload_part part = job->workload->part(&job->knobs, job->parts[i]);
        const struct workload_expected *expected =
            reference_part(reference, job->workload, &job->knobs, job->parts[i], rows, cancel);
        if (!expected || stop_requested(cancel)) {
            *verification = none;
            return;
        }
        if (!judge_part(&judge, job->parts[i], expected, rows, verification) ||
            clock_now() - begin_ns >= job->budget_ns)
            break;
        rows += (size_t)part.rows * part.columns;
        if (checked)
            *checked = i + 1;
    }
    judge_end(&judge, job->nan_count, verification);
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
        verifier->checked = 0;
        verifier->checking = true;
        verifier->epoch = job.epoch;
        pthread_mutex_unlock(&verifier->lock);

        struct verification verification;
        verifier_check(verifier->reference, &job, &verifier->cancel, &verifier->checked,
                       &verification);
        free_job(&job);

        pthread_mutex_lock(&verifier->lock);
        verifier->checking = false;
        if (!stop_requested(&verifier->cancel))
            keep_verdict(verifier, job.epoch, &verification);
    }
    pthread_mutex_unlock(&verifier->lock);
    return NULL;
}

static void free_verifier(struct verifier *verifier)
{
    pthread_cond_destroy(&verifier->wake);
    pthread_mutex_destroy(&verifier->lock);
    reference_close(verifier->reference);
    free(verifier);
}

struct verifier *verifier_start(struct error *error)
{
    struct verifier *verifier = calloc(1, sizeof *verifier);
    const struct usable_memory memory = usable_read_memory("");
    if (verifier != NULL)
        verifier->reference = reference_open(0, usable_free_bytes(&memory));
    if (verifier == NULL || verifier->reference == NULL) {
        error_set(error, ERROR_RUN, "no memory for the verifier");
        free(verifier);
        return NULL;
    }
    pthread_mutex_init(&verifier->lock, NULL);
    pthread_cond_init(&verifier->wake, NULL);
    int failure = thread_start(&verifier->thread, "pdlab-verify", 0, run_verifier, verifier);
    if (failure != 0) {
        error_set(error, ERROR_RUN, "cannot start the verifier's thread: %s", strerror(failure));
        free_verifier(verifier);
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
    free_verifier(verifier);
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

bool verifier_progress(struct verifier *verifier, uint64_t *epoch, uint32_t *checked)
{
    pthread_mutex_lock(&verifier->lock);
    const bool checking = verifier->checking;
    *epoch = verifier->epoch;
    *checked = verifier->checked;
    pthread_mutex_unlock(&verifier->lock);
    return checking;
}
