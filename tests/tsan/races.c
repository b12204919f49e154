/*
 * races.c - tests of the data that threads share, under ThreadSanitizer. `make tsan` builds the
 * library with it. A test fails if a check fails or the sanitizer reports a race. Criterion does
 * not support ThreadSanitizer, so this program has a main function of its own.
 */
#include "../../kernels/clock.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/reference.h"
#include "../../src/engine/verifier.h"
#include "../../src/engine/worker.h"
#include "../../src/engine/worker_inbox.h"
#include "../unit/random.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGES 20000u
#define SECOND   UINT64_C(1000000000)

static int reports; /* reports of the sanitizer so far */

/* The sanitizer calls this for each report, by this name. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
{
    (void)report;
    __atomic_add_fetch(&reports, 1, __ATOMIC_RELAXED);
}

static bool check(bool condition, const char *claim)
{
    if (!condition)
        printf("        not true: %s\n", claim);
    return condition;
}

/* ---- triple buffer -------------------------------------------------------------------------- */

static struct triple_buffer triple;
static uint64_t slots[3][32];

static void *publish_all(void *context)
{
    (void)context;
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        for (int word = 0; word < 32; word++)
            slots[triple.back][word] = i;
        triple_publish(&triple);
    }
    return NULL;
}

static bool test_triple_buffer(void)
{
    pthread_t writer;
    uint64_t last = 0;
    bool whole = true;
    triple_open(&triple);
    if (!check(pthread_create(&writer, NULL, publish_all, NULL) == 0, "a thread starts"))
        return false;
    while (last < MESSAGES) {
        if (!triple_take(&triple))
            continue;
        const uint64_t *slot = slots[triple.front];
        whole &= slot[0] > last;
        for (int word = 1; word < 32; word++)
            whole &= slot[word] == slot[0];
        last = slot[0];
    }
    pthread_join(writer, NULL);
    return check(whole, "every value is complete, and newer than the previous one");
}

/* ---- inbox ---------------------------------------------------------------------------------- */

static _Alignas(64) struct worker_inbox inbox;

static void *post_all(void *context)
{
    (void)context;
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        struct request request = {.resets = (uint32_t)i};
        for (int k = 0; k < KNOB_COUNT; k++)
            request.knobs.value[k] = (int64_t)i;
        worker_inbox_post(&inbox, &request);
    }
    return NULL;
}

static bool test_inbox(void)
{
    pthread_t poster;
    uint64_t last = 0;
    bool whole = true;
    worker_inbox_open(&inbox);
    if (!check(pthread_create(&poster, NULL, post_all, NULL) == 0, "a thread starts"))
        return false;
    while (last < MESSAGES) {
        const struct request *request;
        if (!worker_inbox_take(&inbox, &request))
            return check(false, "nobody asks the thread to quit");
        if (!request) {
            worker_inbox_wait(&inbox, SECOND);
            continue;
        }
        whole &= request->id > last && request->resets == (uint32_t)request->id;
        for (int k = 0; k < KNOB_COUNT; k++)
            whole &= request->knobs.value[k] == (int64_t)request->id;
        last = request->id;
    }
    pthread_join(poster, NULL);
    return check(whole, "every request is complete, and newer than the previous one");
}

/* ---- verifier ------------------------------------------------------------------------------- */

/* A job whose output is all zeros, so it is wrong. */
static struct verifier_job wrong_job(uint64_t epoch, const struct knobs *knobs)
{
    size_t floats = (size_t)(knobs->batch * knobs->seq_len * knobs->head_dim);
    struct verifier_job job = {.epoch = epoch,
                               .workload = &workload_dot,
                               .knobs = *knobs,
                               .budget_ns = UINT64_MAX,
                               .count = (uint32_t)knobs->batch,
                               .parts = calloc((size_t)knobs->batch, sizeof *job.parts),
                               .rows = calloc(floats, sizeof *job.rows)};
    reference_order((uint64_t)knobs->seed, job.count, job.parts);
    return job;
}

static bool test_verifier(void)
{
    enum { JOBS = 300 };
    const struct knobs knobs = knobs_defaults();
    struct error error = {0};
    struct verifier *verifier = verifier_start(&error);
    struct verification verification = {0};
    uint64_t epoch = 0, last = 0;
    bool right = true;

    if (!check(verifier != NULL, "the verifier starts"))
        return false;
    uint64_t deadline = clock_now() + 60 * SECOND;
    for (uint64_t i = 1; i <= JOBS; i++) {
        struct verifier_job job = wrong_job(i, &knobs);
        verifier_give(verifier, &job);
        uint64_t checking;
        uint32_t checked;
        right &= !verifier_progress(verifier, &checking, &checked) || checking <= i;
        while ((i % 7 == 0 || i == JOBS) && last < i && clock_now() < deadline) {
            if (!verifier_take(verifier, &epoch, &verification))
                continue;
            right &= epoch > last && verification.verdict == VERDICT_WRONG;
            last = epoch;
        }
    }
    struct verifier_job dropped = wrong_job(JOBS + 1, &knobs);
    verifier_give(verifier, &dropped);
    verifier_stop(verifier); /* while a job may be pending */
    return check(last == JOBS, "the last job has a verdict") &&
           check(right, "verdicts come in order, and every output of zeros is wrong");
}

/* ---- the reference on several threads ------------------------------------------------------- */

static bool test_reference(void)
{
    const struct knobs knobs = {.batch = 3,
                                .seq_len = 2,
                                .context = 5000,
                                .num_heads = 4,
                                .kv_heads = 2,
                                .head_dim = 64,
                                .copies = 1,
                                .chain = 1};
    struct reference *reference = reference_open(3, 0);
    uint32_t known = 0;
    if (!check(reference != NULL, "the reference's threads start"))
        return false;
    for (uint32_t part = 0; part < 12; part++)
        known += reference_part(reference, &workload_attention, &knobs, part, NULL, NULL) != NULL;
    reference_close(reference);
    return check(known == 12, "every head is computed");
}

/* ---- the worker with the CPU variants ------------------------------------------------------- */

static void turn_knobs(struct knobs *knobs, uint64_t *random)
{
    static const enum knob_id turned[] = {
        KNOB_SEQ_LEN, KNOB_BATCH,   KNOB_HEAD_DIM,   KNOB_STEP_SYNC, KNOB_QUEUE,  KNOB_CHAIN,
        KNOB_STAMPS,  KNOB_THREADS, KNOB_ITERATIONS, KNOB_WARMUP,    KNOB_SPIN_NS};
    static const int64_t most[KNOB_COUNT] = {
        [KNOB_SEQ_LEN] = 128,   [KNOB_BATCH] = 16, [KNOB_HEAD_DIM] = 256,  [KNOB_STEP_SYNC] = 5,
        [KNOB_QUEUE] = 2,       [KNOB_CHAIN] = 1,  [KNOB_STAMPS] = 1,      [KNOB_THREADS] = 4,
        [KNOB_ITERATIONS] = 20, [KNOB_WARMUP] = 3, [KNOB_SPIN_NS] = 50000,
    };
    enum knob_id id = turned[random_below(random, sizeof turned / sizeof turned[0])];
    int64_t value = (int64_t)random_below(random, (uint64_t)most[id] + 1);
    if (knob_valid(id, value))
        knobs->value[id] = value;
}

/* Reads everything that a view may read. Returns a sum, so that no read is optimised away. */
static uint64_t read_all(const struct snapshot *snapshot)
{
    uint64_t sum = snapshot->number;
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const struct run *run = &snapshot->runs[i];
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            sum += histogram_percentile(&run->histograms[metric], 0.99);
        for (size_t s = 0; run->typical.stamps && s < run->typical.steps; s++)
            sum += run->typical.stamps[s].end_ns;
    }
    return sum;
}

static uint64_t iterations_of(const struct snapshot *snapshot)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < snapshot->count; i++)
        sum += snapshot->runs[i].histograms[METRIC_ITERATION].count;
    return sum;
}

static bool found_wrong(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const struct run *run = &snapshot->runs[i];
        const char *text = run->status == RUN_FAILED                    ? run->error.text
                           : run->verification.verdict == VERDICT_WRONG ? run->verification.reason
                                                                        : NULL;
        if (text) {
            printf("        %s: %s\n", run->variant, text);
            return true;
        }
    }
    return false;
}

static bool test_worker(void)
{
    uint64_t random = 42, seen_iterations = 0, sum = 0;
    struct error error = {0};
    struct request request = {.survey = true};
    struct worker *worker = worker_start(BACKEND_CPU, 0, &error);
    bool wrong = false;

    if (!check(worker != NULL, "the worker starts"))
        return false;
    request.knobs = knobs_defaults();
    for (size_t i = 0; variants[i]; i++)
        if (!variants[i]->hidden)
            request.variants[request.count++] = variants[i];

    uint64_t end = clock_now() + 6 * SECOND;
    while (clock_now() < end && !wrong) {
        turn_knobs(&request.knobs, &random);
        request.selected = (uint32_t)random_below(&random, request.count);
        request.paused = random_below(&random, 8) == 0;
        request.resets += random_below(&random, 4) == 0;
        worker_post(worker, &request);
        struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
        uint64_t looks = random_below(&random, 5);
        for (uint64_t look = 0; look < looks; look++) {
            poll(&news, 1, (int)random_below(&random, 30));
            const struct snapshot *snapshot = worker_look(worker);
            sum += read_all(snapshot);
            seen_iterations += iterations_of(snapshot);
            wrong |= found_wrong(snapshot);
        }
    }
    worker_stop(worker);
    return check(!wrong, "no variant fails or is wrong") &&
           check(seen_iterations > 0 && sum > 0, "iterations were measured");
}

/* ---- main ----------------------------------------------------------------------------------- */

int main(void)
{
    static const struct {
        const char *name;
        bool (*run)(void);
    } tests[] = {
        {"triple buffer", test_triple_buffer}, {"inbox", test_inbox},   {"verifier", test_verifier},
        {"reference", test_reference},         {"worker", test_worker},
    };
    int passed = 0, failed = 0;
    clock_start();
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        int before = __atomic_load_n(&reports, __ATOMIC_RELAXED);
        bool good = tests[i].run();
        int races = __atomic_load_n(&reports, __ATOMIC_RELAXED) - before;
        printf("  %s  %s", good && races == 0 ? "PASS" : "FAIL", tests[i].name);
        printf(races ? ": %d races\n" : "\n", races);
        passed += good && races == 0;
        failed += !good || races != 0;
    }
    printf("tsan: %d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
