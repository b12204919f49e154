/*
 * The worker with fake variants: how it handles a device that works, fails, hangs or answers
 * wrongly must not depend on real kernels.
 */
#include "../../kernels/clock.h"
#include "../../kernels/inputs.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "../../src/engine/worker.h"
#include "cache.h"
#include "unit.h"

#include <math.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- fake variants -------------------------------------------------------------------------- */

/* Computes the whole iteration in poll, on the worker's thread. */
struct fake {
    struct knobs knobs;
    const uint32_t *stop;
    float *output;
    struct stamp *stamps;
    uint32_t done;
    bool stamped;
};

enum fault { FAULT_NONE, FAULT_WRONG, FAULT_NAN, FAULT_PREPARE, FAULT_SUBMIT, FAULT_POLL };
static _Atomic int prepared_now, prepared_ever;

static _Atomic int plans_ever;

static bool fake_plan(const struct knobs *knobs, const struct device_info *device,
                      const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)device, (void)capacity;
    plans_ever++;
    plan->used = *knobs;
    plan->used.threads = 1;
    plan->used.spin_ns = 0;
    if (knobs->step_sync == SYNC_GRID)
        return error_set(error, ERROR_UNSUPPORTED, "no grid here");
    return true;
}

static void *fake_prepare(const struct setup *setup, struct error *error)
{
    (void)error;
    struct fake *fake = calloc(1, sizeof *fake);
    fake->knobs = setup->plan->used;
    fake->stop = setup->stop;
    size_t rows = (size_t)(fake->knobs.batch * fake->knobs.seq_len);
    fake->output = calloc(rows * (size_t)fake->knobs.head_dim, sizeof(float));
    fake->stamps = calloc((size_t)fake->knobs.seq_len, sizeof *fake->stamps);
    prepared_now++;
    prepared_ever++;
    return fake;
}

/* Two variants that are alike, and the order in which they were prepared: 'A' and 'B'. */
static char prepared_order[4096];
static _Atomic size_t prepared_count;

static void *twin_prepare(const struct setup *setup, char letter, struct error *error)
{
    if (prepared_count < sizeof prepared_order - 1)
        prepared_order[prepared_count++] = letter;
    return fake_prepare(setup, error);
}

static void *prepare_a(const struct setup *setup, struct error *error)
{
    return twin_prepare(setup, 'A', error);
}

static void *prepare_b(const struct setup *setup, struct error *error)
{
    return twin_prepare(setup, 'B', error);
}

static void *fail_prepare(const struct setup *setup, struct error *error)
{
    (void)setup;
    error_set(error, ERROR_RUN, "no memory for this");
    return NULL;
}

static void fake_release(void *state)
{
    struct fake *fake = state;
    free(fake->output);
    free(fake->stamps);
    free(fake);
    prepared_now--;
}

static void fake_describe(const void *state, struct facts *facts)
{
    (void)state;
    *facts = (struct facts){.programs = 1, .launches_per_iteration = 1};
}

static bool fake_submit(void *state, enum look look, struct error *error)
{
    struct fake *fake = state;
    (void)error;
    fake->stamped = look != LOOK_NOTHING;
    fake->done = 0;
    return true;
}

static bool fail_submit(void *state, enum look look, struct error *error)
{
    (void)state, (void)look;
    return error_set(error, ERROR_RUN, "launch refused");
}

static void compute_step(struct fake *fake, uint32_t t, float skew)
{
    const struct knobs *k = &fake->knobs;
    size_t dim = (size_t)k->head_dim;
    for (uint32_t b = 0; b < k->batch; b++) {
        float q[256], key[256], value[256], dot = 0;
        float *out = &fake->output[((size_t)b * (size_t)k->seq_len + t) * dim];
        input_row((uint64_t)k->seed, INPUT_Q, b, t, (uint32_t)dim, q);
        input_row((uint64_t)k->seed, INPUT_K, b, t, (uint32_t)dim, key);
        input_row((uint64_t)k->seed, INPUT_V, b, t, (uint32_t)dim, value);
        for (size_t d = 0; d < dim; d++) {
            float before = t > 0 && k->chain ? fminf(fmaxf(out[d - dim], -1), 1) : 0;
            dot += (q[d] + 0.25f * before) * key[d];
        }
        for (size_t d = 0; d < dim; d++)
            out[d] = value[d] * dot + skew;
    }
}

static enum poll_state poll_step(struct fake *fake, struct stamp_batch *batch, float skew)
{
    uint32_t t = fake->done;
    *batch = (struct stamp_batch){
        .stamps = fake->stamps, .stride = (size_t)fake->knobs.seq_len, .programs = 1, .first = t};
    uint64_t begin = clock_now();
    compute_step(fake, t, skew);
    if (fake->stamped) {
        fake->stamps[t] = (struct stamp){begin, clock_now()};
        batch->count = 1;
    }
    batch->heartbeat = ++fake->done;
    batch->synchronised_ns = clock_now();
    batch->rows_run = fake->done;
    bool ends = fake->done == fake->knobs.seq_len || stop_requested(fake->stop);
    return ends ? POLL_DONE : POLL_RUNNING;
}

static enum poll_state fake_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    (void)wait_ns, (void)error;
    return poll_step(state, batch, 0);
}

static enum poll_state wrong_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                  struct error *error)
{
    (void)wait_ns, (void)error;
    return poll_step(state, batch, 0.001f);
}

static enum poll_state nan_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                struct error *error)
{
    (void)wait_ns, (void)error;
    return poll_step(state, batch, NAN);
}

static enum poll_state fail_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    (void)state, (void)wait_ns, (void)batch;
    error_set(error, ERROR_RUN, "the device fell off");
    return POLL_FAILED;
}

static enum poll_state lose_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    (void)state, (void)wait_ns, (void)batch;
    error_set(error, ERROR_LOST, "some call: some error");
    return POLL_FAILED;
}

/* Makes no progress until it is told to stop. */
static enum poll_state hang_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    struct fake *fake = state;
    (void)error;
    *batch = (struct stamp_batch){.synchronised_ns = clock_now()};
    if (stop_requested(fake->stop))
        return POLL_DONE;
    struct timespec slice = {.tv_nsec = (long)wait_ns};
    nanosleep(&slice, NULL);
    return POLL_RUNNING;
}

/* Neither makes progress nor stops. */
static enum poll_state deaf_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    struct timespec slice = {.tv_nsec = (long)wait_ns};
    (void)state, (void)error;
    *batch = (struct stamp_batch){0};
    nanosleep(&slice, NULL);
    return POLL_RUNNING;
}

static void fake_poison(void *state)
{
    struct fake *fake = state;
    size_t count = (size_t)(fake->knobs.batch * fake->knobs.seq_len * fake->knobs.head_dim);
    for (size_t i = 0; i < count; i++)
        fake->output[i] = NAN;
}

static uint64_t fake_count_nan(const void *state)
{
    const struct fake *fake = state;
    size_t count = (size_t)(fake->knobs.batch * fake->knobs.seq_len * fake->knobs.head_dim);
    uint64_t nan = 0;
    for (size_t i = 0; i < count; i++)
        nan += isnan(fake->output[i]) != 0;
    return nan;
}

static void fake_output(const void *state, uint32_t b, float *rows)
{
    const struct fake *fake = state;
    size_t count = (size_t)(fake->knobs.seq_len * fake->knobs.head_dim);
    memcpy(rows, fake->output + b * count, count * sizeof *rows);
}

/* Keeps something running from submit until quiesce; fails if any other call comes between. */
static bool runs_on;
static int disturbed;

static bool resident_submit(void *state, enum look look, struct error *error)
{
    runs_on = true;
    return fake_submit(state, look, error);
}

static bool resident_quiesce(void *state, struct error *error)
{
    (void)state, (void)error;
    runs_on = false;
    return true;
}

static bool restless_quiesce(void *state, struct error *error)
{
    (void)state;
    return !runs_on || error_set(error, ERROR_LOST, "it did not leave");
}

static void resident_poison(void *state)
{
    disturbed += runs_on;
    fake_poison(state);
}

static uint64_t resident_count_nan(const void *state)
{
    disturbed += runs_on;
    return fake_count_nan(state);
}

static void resident_output(const void *state, uint32_t part, float *rows)
{
    disturbed += runs_on;
    fake_output(state, part, rows);
}

static void resident_release(void *state)
{
    disturbed += runs_on;
    fake_release(state);
}

#define FAKE(name_, rung_, prepare_, submit_, poll_)                                               \
    .name = name_, .target = "test", .workload = &workload_dot, .backend = BACKEND_CPU,            \
    .rung = rung_,                                                                                 \
    .knobs = KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(SEED) | KNOB_BIT(STAMPS) |             \
             KNOB_BIT(STEP_SYNC) | KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS),                        \
    .plan = fake_plan, .prepare = prepare_, .release = fake_release, .describe = fake_describe,    \
    .submit = submit_, .poll = poll_, .poison = fake_poison, .count_nan = fake_count_nan,          \
    .output = fake_output

static const struct variant good = {FAKE("good", 1, fake_prepare, fake_submit, fake_poll)};
static const struct variant good2 = {FAKE("good2", 2, fake_prepare, fake_submit, fake_poll)};
static const struct variant twin_a = {FAKE("twin_a", 1, prepare_a, fake_submit, fake_poll)};
static const struct variant twin_b = {FAKE("twin_b", 2, prepare_b, fake_submit, fake_poll)};
static const struct variant prefilled = {FAKE("prefilled", 1, fake_prepare, fake_submit, fake_poll),
                                         .submit_decode = fake_submit};
static const struct variant wrong = {FAKE("wrong", 2, fake_prepare, fake_submit, wrong_poll)};
static const struct variant nan_variant = {FAKE("nan", 2, fake_prepare, fake_submit, nan_poll)};
static const struct variant unprepared = {
    FAKE("unprepared", 2, fail_prepare, fake_submit, fake_poll)};
static const struct variant unsubmitted = {
    FAKE("unsubmitted", 2, fake_prepare, fail_submit, fake_poll)};
static const struct variant unpolled = {FAKE("unpolled", 2, fake_prepare, fake_submit, fail_poll)};
static const struct variant hung = {FAKE("hung", 2, fake_prepare, fake_submit, hang_poll)};
static const struct variant deaf = {FAKE("deaf", 2, fake_prepare, fake_submit, deaf_poll)};
static const struct variant lost = {FAKE("lost", 2, fake_prepare, fake_submit, lose_poll)};

#define RESIDENT(name_, quiesce_)                                                                  \
    .name = name_, .target = "test", .workload = &workload_dot, .backend = BACKEND_CPU, .rung = 2, \
    .knobs = KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(SEED), .plan = fake_plan,              \
    .prepare = fake_prepare, .release = resident_release, .describe = fake_describe,               \
    .submit = resident_submit, .poll = fake_poll, .quiesce = quiesce_, .poison = resident_poison,  \
    .count_nan = resident_count_nan, .output = resident_output

static const struct variant resident = {RESIDENT("resident", resident_quiesce)};
static const struct variant restless = {RESIDENT("restless", restless_quiesce)};

/* ---- driving the worker --------------------------------------------------------------------- */

static struct worker *worker;
static struct request request;

static void begin(void)
{
    struct error error = {0};
    clock_start();
    worker = worker_start(BACKEND_CPU, 0, &error);
    cr_assert(worker, "%s", error.text);
    request = (struct request){.knobs = knobs_defaults(), .count = 1, .variants = {&good}};
    request.knobs.iterations = 20;
}

static void end(void)
{
    worker_stop(worker);
    cr_assert_eq(prepared_now, 0, "a variant was prepared and not released");
}

TestSuite(worker, .init = begin, .fini = end, .timeout = 200);

typedef bool (*condition)(const struct snapshot *snapshot);

/* Waits for a snapshot that answers the last request and meets the condition. */
static const struct snapshot *wait_for(uint64_t id, condition meets)
{
    for (;;) {
        const struct snapshot *snapshot = worker_look(worker);
        if (snapshot->request_id == id && meets(snapshot))
            return snapshot;
        struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
        poll(&news, 1, 1000);
    }
}

static bool ended(const struct snapshot *snapshot)
{
    const struct run *run = &snapshot->runs[snapshot->selected];
    if (run->status == RUN_DONE)
        return run->verification.verdict != VERDICT_NONE;
    return run->status > RUN_DONE;
}

static bool given_up(const struct snapshot *snapshot)
{
    return snapshot->state == WORKER_FAILED;
}

static bool measuring(const struct snapshot *snapshot)
{
    return snapshot->runs[snapshot->selected].histograms[METRIC_ITERATION].count > 0;
}

static bool surveyed(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++)
        if (snapshot->runs[i].status < RUN_MEASURING ||
            snapshot->runs[i].verification.verdict == VERDICT_NONE)
            return false;
    return true;
}

static bool idle(const struct snapshot *snapshot)
{
    return snapshot->state == WORKER_IDLE;
}

static const struct run *selected_run(const struct snapshot *snapshot)
{
    return &snapshot->runs[snapshot->selected];
}

Test(worker, every_other_iteration_goes_without_the_prefill)
{
    request.variants[0] = &prefilled;
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->status, RUN_DONE);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 20);
    /* Iterations are counted: one in sixteen is unstamped, so it has a prefill, too. */
    cr_assert_geq(run->histograms[METRIC_DECODE].count, 19);
    cr_assert_leq(run->histograms[METRIC_DECODE].count,
                  20 + run->histograms[METRIC_BARE].count + 1);
    cr_assert_eq(run->histograms[METRIC_TTFT].count, 20, "steps of the decode alone are recorded");
    end();
    begin();
    run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->histograms[METRIC_DECODE].count, 0, "a variant without a prefill");
}

Test(worker, measures_as_many_iterations_as_asked_and_verifies)
{
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->status, RUN_DONE);
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT, "%s", run->verification.reason);
    cr_assert_eq(run->verification.checked, run->verification.total);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 20);
    cr_assert_eq(run->histograms[METRIC_STEP].count, 20 * 31);
    cr_assert_eq(run->histograms[METRIC_TTFT].count, 20);
    cr_assert_gt(run->histograms[METRIC_BARE].count, 0);
    cr_assert_eq(run->histograms[METRIC_TTFT].total_ns + run->histograms[METRIC_STEP].total_ns +
                     run->histograms[METRIC_SYNC].total_ns,
                 run->histograms[METRIC_ITERATION].total_ns);
    cr_assert_eq(run->slowest.iteration_ns, run->histograms[METRIC_ITERATION].max_ns);
    cr_assert_gt(run->typical.steps, 0);
}

/* The fakes do not read HEAD_DIM. */
Test(worker, plans_once_for_each_variant_and_setting_of_its_knobs)
{
    const struct knobs first = request.knobs;
    const int before = plans_ever;
    request.count = 2;
    request.variants[1] = &good2;
    request.tagged = 3;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(plans_ever - before, 2);
    request.knobs.head_dim = 128;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(plans_ever - before, 2, "no variant reads it");
    request.knobs.seq_len = 16;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(plans_ever - before, 4);
    request.resets++;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(plans_ever - before, 4, "a new epoch of the same");
    request.knobs = first;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(plans_ever - before, 4, "back to what was planned first");
}

Test(worker, every_caller_gets_its_plan)
{
    const int before = plans_ever;
    const struct plan plan = {.used = request.knobs};
    request.plan = &plan;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(plans_ever - before, 0);
    cr_assert_eq(worker_look(worker)->runs[0].used.threads, KNOB_AUTO, "as that plan has it");
}

Test(worker, stamps_off_times_iterations_alone)
{
    request.knobs.stamps = 0;
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 20);
    cr_assert_eq(run->histograms[METRIC_STEP].count, 0);
    cr_assert_eq(run->histograms[METRIC_BARE].count, 0);
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT);
}

Test(worker, wrong_numbers_and_nan_are_called_wrong)
{
    request.count = 2;
    request.variants[1] = &wrong;
    request.selected = 1;
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->verification.verdict, VERDICT_WRONG);
    cr_assert_eq(run_speedup(run, run), 0);
    request.variants[1] = &nan_variant;
    run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->verification.verdict, VERDICT_WRONG);
}

Test(worker, a_failure_is_reported_and_others_continue)
{
    const struct variant *const failing[] = {&unprepared, &unsubmitted, &unpolled};
    static const char *const said[] = {"no memory", "launch refused", "fell off"};
    for (int i = 0; i < 3; i++) {
        request.count = 2;
        request.variants[1] = failing[i];
        request.selected = 1;
        const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
        cr_assert_eq(run->status, RUN_FAILED);
        cr_assert(strstr(run->error.text, said[i]), "%s", run->error.text);
        request.selected = 0;
        run = selected_run(wait_for(worker_post(worker, &request), ended));
        cr_assert_eq(run->status, RUN_DONE);
    }
}

Test(worker, unsupported_variants_are_skipped_with_the_reason)
{
    request.knobs.step_sync = SYNC_GRID;
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->status, RUN_SKIPPED);
    cr_assert_str_eq(run->error.text, "no grid here");
    cr_assert_eq(prepared_ever, 0);
}

Test(worker, a_hang_is_stopped_and_named)
{
    request.variants[0] = &hung;
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->status, RUN_FAILED);
    cr_assert(strstr(run->error.text, "no progress"), "%s", run->error.text);
}

Test(worker, nothing_runs_beside_a_variant_that_did_not_stop)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("patience is thirty times as long, and what is given up counts as a leak");
#endif
    request.variants[0] = &deaf;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), given_up);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    cr_assert(strstr(snapshot->error.text, "did not stop"), "%s", snapshot->error.text);
    cr_assert_eq(prepared_now, 1, "its memory was taken from under it");
    prepared_now = 0;
}

/* ---- ceilings ------------------------------------------------------------------------------- */

static void begin_unmeasured(void)
{
    cache_begin();
    begin();
    request.variants[0] = variant_find("cpu_persistent");
    request.measures = 1;
}

static void end_measured(void)
{
    end();
    cache_end();
}

/* Another worker, as in another process. */
static void begin_again(void)
{
    struct request wanted = request;
    end();
    begin();
    request = wanted;
}

TestSuite(measured, .init = begin_unmeasured, .fini = end_measured, .timeout = 200);

Test(measured, once_and_then_recalled)
{
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    const struct ceilings first = snapshot->ceilings;
    cr_assert(ceilings_known(&first));
    cr_assert_eq(snapshot->measures, 1);
    cr_assert_eq(snapshot->unmeasured.kind, ERROR_NONE, "%s", snapshot->unmeasured.text);
    cr_assert_gt(selected_run(snapshot)->floor_ns, 0);
    cr_assert_gt(selected_run(snapshot)->ceiling_gb_per_s, 0);
    begin_again();
    snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_arr_eq(&snapshot->ceilings, &first, sizeof first);
}

Test(measured, only_if_requested)
{
    request.measures = 0;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_not(ceilings_known(&snapshot->ceilings));
    cr_assert_eq(selected_run(snapshot)->floor_ns, 0);
}

static bool measured_twice(const struct snapshot *snapshot)
{
    return snapshot->measures == 2;
}

/* The stored ceilings, from which the first floor is drawn, are far from the truth. */
Test(measured, again_if_requested)
{
    const struct ceilings kept = cache_fill();
    begin_again();
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_arr_eq(&snapshot->ceilings, &kept, sizeof kept);
    const uint64_t floor_ns = selected_run(snapshot)->iteration_floor_ns;
    const uint64_t count = selected_run(snapshot)->histograms[METRIC_ITERATION].count;
    request.measures = 2;
    snapshot = wait_for(worker_post(worker, &request), measured_twice);
    cr_assert_gt(snapshot->ceilings.cached_read_gb_per_s, 0);
    cr_assert_gt(floor_ns, selected_run(snapshot)->iteration_floor_ns, "the run is over");
    cr_assert_eq(selected_run(snapshot)->histograms[METRIC_ITERATION].count, count);
    begin_again();
    request.measures = 1;
    snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_gt(snapshot->ceilings.cached_read_gb_per_s, 0, "the new ones are not kept");
}

Test(measured, and_used_if_it_cannot_be_stored)
{
    setenv("XDG_CACHE_HOME", "/proc/none", 1);
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert(ceilings_known(&snapshot->ceilings));
    cr_assert(strstr(snapshot->unmeasured.text, "not kept: "), "%s", snapshot->unmeasured.text);
    cr_assert_gt(selected_run(snapshot)->floor_ns, 0);
}

Test(measured, not_if_another_process_has_measured)
{
    request.ceilings = (struct ceilings){.read_gb_per_s = 3};
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_arr_eq(&snapshot->ceilings, &request.ceilings, sizeof request.ceilings);
}

Test(measured, no_longer_than_the_caller_waits)
{
    worker_skip_measuring(worker);
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_not(ceilings_known(&snapshot->ceilings));
    cr_assert_eq(snapshot->unmeasured.kind, ERROR_NONE, "%s", snapshot->unmeasured.text);
    cr_assert_eq(selected_run(snapshot)->status, RUN_DONE);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* Enough memory for the variant, too little to measure memory. */
Test(measured, a_failure_stops_nothing_else)
{
    struct rlimit room = {0};
    unsigned long pages;
    FILE *statm = fopen("/proc/self/statm", "r");
    cr_assert_not_null(statm);
    cr_assert_eq(fscanf(statm, "%lu", &pages), 1);
    fclose(statm);
    room.rlim_cur = room.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (128u << 20);
    cr_assert_eq(setrlimit(RLIMIT_AS, &room), 0);
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_not(ceilings_known(&snapshot->ceilings));
    cr_assert(strstr(snapshot->unmeasured.text, "no floor: "), "%s", snapshot->unmeasured.text);
    cr_assert_eq(selected_run(snapshot)->status, RUN_DONE, "%s",
                 selected_run(snapshot)->error.text);
}
#endif

/* ---- lost devices --------------------------------------------------------------------------- */

Test(worker, after_a_lost_device_nothing_is_called)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("what is given up counts as a leak");
#endif
    struct error error = {0};
    request.variants[0] = &lost;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), given_up);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    cr_assert_eq(selected_run(snapshot)->error.kind, ERROR_LOST);
    cr_assert_str_eq(snapshot->error.text, "some call: some error");
    cr_assert_not(worker_stop(worker), "whoever stops it must know");
    cr_assert_eq(prepared_now, 1, "it was released, which may take forever");
    prepared_now = 0;
    worker = worker_start(BACKEND_CPU, 0, &error);
}

Test(worker, running_between_iterations_requires_quiesce)
{
    request.variants[0] = &resident;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(selected_run(snapshot)->verification.verdict, VERDICT_RIGHT);
    request.variants[0] = &good;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(disturbed, 0);
}

Test(worker, a_lost_device_is_reported_with_the_changed_knobs)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("what is given up counts as a leak");
#endif
    wait_for(worker_post(worker, &request), ended);
    request.variants[0] = &restless;
    request.knobs.seq_len = 7;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), given_up);
    const char *loss = worker_loss(worker);
    cr_assert_eq(snapshot->error.kind, ERROR_LOST);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    cr_assert_not_null(loss);
    cr_assert(strstr(loss, "restless on cpu"), "%s", loss);
    cr_assert(strstr(loss, ": it did not leave\n"), "%s", loss);
    cr_assert(strstr(loss, "\nknobs: SEQ_LEN=7 BATCH=8"), "%s", loss);
    cr_assert(strstr(loss, "\nbefore it: good SEQ_LEN=32 BATCH=8"), "%s", loss);
    cr_assert(strstr(loss, " SEQ_LEN 32 to 7;"), "%s", loss);
    cr_assert_eq(prepared_now, 1, "it was released, which may take forever");
    prepared_now = 0;
}

/* Adopts the last snapshot's runs in a new worker. */
static void adopt(const struct snapshot *snapshot, const char *device_name)
{
    static struct run runs[2];
    struct device_info device = snapshot->device;
    struct error error = {0};
    for (uint32_t i = 0; i < snapshot->count; i++)
        cr_assert(run_open(&runs[i]) && run_copy(&runs[i], &snapshot->runs[i]));
    if (device_name)
        snprintf(device.name, sizeof device.name, "%s", device_name);
    uint32_t count = snapshot->count;
    worker_stop(worker);
    worker = worker_start(BACKEND_CPU, 0, &error);
    cr_assert(worker, "%s", error.text);
    worker_adopt(worker, &device, runs, count);
}

/* Waits for a snapshot in which run `index` has so many units of evidence. */
static const struct snapshot *wait_for_units(uint32_t index, uint32_t units)
{
    for (;;) {
        const struct snapshot *snapshot = worker_look(worker);
        if (snapshot->count > index && snapshot->runs[index].turns.units >= units)
            return snapshot;
        struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
        poll(&news, 1, 1000);
    }
}

Test(worker, an_adopted_epoch_continues)
{
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), ended);
    adopt(snapshot, NULL);
    request.knobs.iterations = 0;
    request.paused = true;
    snapshot = wait_for(worker_post(worker, &request), idle);
    cr_assert_eq(selected_run(snapshot)->status, RUN_WAITING, "ITERATIONS is read: another epoch");
    request.paused = false;
    request.survey = true;
    worker_post(worker, &request);
    wait_for_units(0, 1);
    request.paused = true;
    snapshot = wait_for(worker_post(worker, &request), idle);
    const uint32_t units = selected_run(snapshot)->turns.units;
    uint64_t before = selected_run(snapshot)->histograms[METRIC_ITERATION].count;
    adopt(snapshot, NULL);
    snapshot = wait_for(worker_post(worker, &request), idle);
    const struct run *run = selected_run(snapshot);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, before);
    cr_assert_eq(run->status, RUN_MEASURING);
    cr_assert_eq(run->turns.units, units, "and so do its turns");
    adopt(snapshot, "another one");
    run = selected_run(wait_for(worker_post(worker, &request), idle));
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 0, "measured elsewhere");
}

/* From the first recorded iteration to the last one: neither the check, the warm-up nor what ran
 * without a meter counts. */
Test(worker, the_meter_is_read_while_something_is_measured)
{
    request.knobs.warmup = 5;
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    const uint64_t iterations =
        run->histograms[METRIC_ITERATION].count + run->histograms[METRIC_BARE].count;
    cr_assert_geq(run->telemetry.readings, 1);
    cr_assert_leq(run->telemetry.tokens,
                  iterations * (uint64_t)(run->used.batch * run->used.seq_len));
    cr_assert_eq(run->telemetry.cores, worker_look(worker)->device.units);
    const uint64_t readings = run->telemetry.readings;
    request.resets++;
    request.no_telemetry = true;
    run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert(telemetry_is_empty(&run->telemetry));
    request.resets++;
    request.no_telemetry = false;
    run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_geq(run->telemetry.readings, 1, "after %lu", (unsigned long)readings);
}

static bool has_readings(const struct snapshot *snapshot)
{
    return selected_run(snapshot)->telemetry.readings >= 3;
}

/* Readings come during a turn, and pauses and restarts lose none. */
Test(worker, telemetry_outlasts_a_pause_and_a_restart)
{
    request.knobs.iterations = 0;
    wait_for(worker_post(worker, &request), has_readings);
    request.paused = true;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), idle);
    const struct telemetry paused = selected_run(snapshot)->telemetry;
    cr_assert_geq(paused.readings, 3);
    cr_assert_gt(paused.tokens, 0);
    adopt(snapshot, NULL);
    snapshot = wait_for(worker_post(worker, &request), idle);
    cr_assert_arr_eq(&selected_run(snapshot)->telemetry, &paused, sizeof paused);
    request.paused = false;
    do
        snapshot = wait_for(worker_post(worker, &request), measuring);
    while (selected_run(snapshot)->telemetry.readings == paused.readings);
    cr_assert_gt(selected_run(snapshot)->telemetry.readings, paused.readings);
    cr_assert_geq(selected_run(snapshot)->telemetry.tokens, paused.tokens);
}

Test(worker, an_adopted_failure_is_not_run_again_by_itself)
{
    request.count = 2;
    request.variants[1] = &unpolled;
    request.selected = 1;
    adopt(wait_for(worker_post(worker, &request), ended), NULL);
    int before = prepared_ever;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), idle);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    cr_assert(strstr(selected_run(snapshot)->error.text, "fell off"));
    cr_assert_eq(prepared_ever, before);
    request.resets++;
    wait_for(worker_post(worker, &request), ended);
    cr_assert_eq(prepared_ever, before + 1, "but when it is asked for");
}

Test(worker, only_knobs_that_are_read_begin_an_epoch)
{
    request.knobs.iterations = 0;
    uint64_t id = worker_post(worker, &request);
    uint64_t epoch = selected_run(wait_for(id, measuring))->epoch;
    request.knobs.block_k = 16; /* not read */
    id = worker_post(worker, &request);
    cr_assert_eq(selected_run(wait_for(id, measuring))->epoch, epoch);
    request.knobs.seq_len = 7;
    id = worker_post(worker, &request);
    const struct run *run = selected_run(wait_for(id, measuring));
    cr_assert_gt(run->epoch, epoch);
    cr_assert_eq(run->used.seq_len, 7);
    cr_assert_eq(run->histograms[METRIC_STEP].count % 6, 0, "samples of two epochs are mixed");
    epoch = run->epoch;
    request.resets++;
    id = worker_post(worker, &request);
    cr_assert_gt(selected_run(wait_for(id, measuring))->epoch, epoch);
}

Test(worker, the_survey_gives_every_variant_a_turn_and_returns)
{
    request.knobs.iterations = 0;
    request.count = 3;
    request.variants[1] = &good2;
    request.variants[2] = &wrong;
    request.survey = true;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), surveyed);
    cr_assert_eq(snapshot->runs[1].verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(snapshot->runs[2].verification.verdict, VERDICT_WRONG);
    uint64_t before = snapshot->runs[0].histograms[METRIC_ITERATION].count;
    do {
        snapshot = worker_look(worker);
    } while (snapshot->runs[0].histograms[METRIC_ITERATION].count < before + 10);
    cr_assert_eq(snapshot->active, 0);
}

static uint64_t iterations_of(const struct snapshot *snapshot, uint32_t index)
{
    return snapshot->runs[index].histograms[METRIC_ITERATION].count;
}

/* Waits until run `index` has the device and has recorded more samples than before. */
static const struct snapshot *wait_for_turn(uint32_t index, uint64_t before)
{
    for (;;) {
        const struct snapshot *snapshot = worker_look(worker);
        if (snapshot->count > index && snapshot->active == index &&
            snapshot->runs[index].status == RUN_MEASURING &&
            iterations_of(snapshot, index) > before)
            return snapshot;
        struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
        poll(&news, 1, 1000);
    }
}

Test(worker, tagged_runs_take_turns_and_no_other_does)
{
    request.knobs.iterations = 0;
    request.count = 3;
    request.variants[1] = &good2;
    request.variants[2] = &prefilled;
    request.tagged = 1u << 2;
    uint64_t first = 0, third = 0, epoch = 0;
    worker_post(worker, &request);
    for (int turn = 0; turn < 3; turn++) {
        const struct snapshot *snapshot = wait_for_turn(0, first);
        cr_assert(epoch == 0 || snapshot->runs[0].epoch == epoch);
        epoch = snapshot->runs[0].epoch;
        first = iterations_of(snapshot, 0);
        snapshot = wait_for_turn(2, third);
        third = iterations_of(snapshot, 2);
        cr_assert_eq(snapshot->runs[1].status, RUN_WAITING, "it is not tagged");
    }
    request.tagged = 0;
    wait_for(worker_post(worker, &request), measuring);
    third = iterations_of(wait_for_turn(0, first), 2);
    first = iterations_of(worker_look(worker), 0);
    uint64_t begin_ns = clock_now();
    while (clock_now() - begin_ns < UINT64_C(1500000000))
        wait_for_turn(0, 0);
    cr_assert_eq(iterations_of(worker_look(worker), 2), third, "nobody else has a turn any more");
    cr_assert_gt(iterations_of(worker_look(worker), 0), first);
}

static size_t count_letter(char letter)
{
    size_t count = 0;
    for (size_t i = 0; i < prepared_count; i++)
        count += prepared_order[i] == letter;
    return count;
}

/* Alike in all but name: both take turns in random order, each prepared anew; and their medians are
 * equal. */
Test(worker, turns_are_units_in_random_order_each_prepared_again)
{
    request.knobs.iterations = 0;
    request.count = 2;
    request.variants[0] = &twin_a;
    request.variants[1] = &twin_b;
    request.tagged = 3;
    worker_post(worker, &request);
    while (!strstr(prepared_order, "AA") && !strstr(prepared_order, "BB"))
        wait_for_units(0, worker_look(worker)->runs[0].turns.units + 1);
    wait_for_units(0, EVIDENCE_LEAST);
    wait_for_units(1, EVIDENCE_LEAST);
    request.paused = true;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), idle);
    const struct evidence a = run_evidence(&snapshot->runs[0]);
    const struct evidence b = run_evidence(&snapshot->runs[1]);
    const size_t turns = a.units + b.units;
    cr_assert(a.turns && b.turns);
    cr_assert(prepared_count == turns || prepared_count == turns + 1, "%zu turns, %zu prepared",
              turns, prepared_count);
    cr_assert(count_letter('A') >= a.units && count_letter('B') >= b.units);
    cr_assert_leq(fabs(a.mean - b.mean), 0.7, "they are alike: %g and %g", a.mean, b.mean);
}

Test(worker, a_run_alone_gets_enough_turns_for_a_verdict)
{
    request.knobs.iterations = 0;
    request.survey = true;
    worker_post(worker, &request);
    const struct snapshot *snapshot = wait_for_units(0, EVIDENCE_LEAST);
    const uint64_t epoch = snapshot->runs[0].epoch;
    cr_assert_geq(prepared_ever, (int)EVIDENCE_LEAST, "each was prepared anew");
    const uint64_t before_ns = snapshot->runs[0].histograms[METRIC_ITERATION].total_ns;
    do {
        snapshot = wait_for_turn(0, iterations_of(snapshot, 0));
        cr_assert_eq(snapshot->runs[0].status, RUN_MEASURING, "the screen does not flicker");
    } while (snapshot->runs[0].histograms[METRIC_ITERATION].total_ns < before_ns + 1500000000);
    cr_assert_eq(snapshot->runs[0].turns.units, EVIDENCE_LEAST, "then its turns are long");
    cr_assert_eq(prepared_ever, (int)EVIDENCE_LEAST + 1);
    cr_assert_eq(snapshot->runs[0].epoch, epoch);
}

Test(worker, a_run_measured_alone_is_not_prepared_again)
{
    request.knobs.iterations = 0;
    worker_post(worker, &request);
    const struct snapshot *snapshot = worker_look(worker);
    do {
        snapshot = wait_for_turn(0, snapshot->count > 0 ? iterations_of(snapshot, 0) : 0);
    } while (snapshot->runs[0].histograms[METRIC_ITERATION].total_ns < 1500000000);
    cr_assert_eq(prepared_ever, 1);
    cr_assert_eq(snapshot->runs[0].turns.units, 0);
}

/* Without a turn that was not granted, and without preparing between grants. */
Test(worker, each_grant_gives_a_yielding_run_one_turn)
{
    request.knobs.iterations = 0;
    request.count = 2;
    request.variants[0] = &twin_a;
    request.variants[1] = &twin_b;
    request.tagged = 3;
    request.yields = true;
    wait_for(worker_post(worker, &request), idle);
    cr_assert_eq(prepared_count, 0);
    for (uint32_t grants = 1; grants <= 4; grants++) {
        request.grants = grants;
        wait_for(worker_post(worker, &request), idle);
        cr_assert_eq(prepared_now, 0, "the device is given back");
        request.no_telemetry = grants % 2; /* a request that grants nothing */
        const struct snapshot *snapshot = wait_for(worker_post(worker, &request), idle);
        cr_assert_eq(prepared_count, grants);
        cr_assert_eq(snapshot->runs[0].turns.units + snapshot->runs[1].turns.units, grants);
    }
    cr_assert_eq(count_letter('A'), 2);
    cr_assert_eq(count_letter('B'), 2);
    request.yields = false;
    worker_post(worker, &request);
    wait_for_units(0, 3);
}

Test(worker, a_pause_stops_launching_and_keeps_the_samples)
{
    request.knobs.iterations = 0;
    uint64_t id = worker_post(worker, &request);
    uint64_t epoch = selected_run(wait_for(id, measuring))->epoch;
    request.paused = true;
    id = worker_post(worker, &request);
    const struct run *run = selected_run(wait_for(id, idle));
    uint64_t count = run->histograms[METRIC_ITERATION].count;
    struct timespec while_paused = {.tv_nsec = 100000000};
    nanosleep(&while_paused, NULL);
    run = selected_run(worker_look(worker));
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, count);
    request.paused = false;
    id = worker_post(worker, &request);
    do {
        run = selected_run(wait_for(id, measuring));
    } while (run->histograms[METRIC_ITERATION].count == count);
    cr_assert_eq(run->epoch, epoch);
}

Test(worker, being_idle_is_announced)
{
    request.knobs.iterations = 0;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), measuring);
    uint64_t number = snapshot->number, version = selected_run(snapshot)->version;
    request.paused = true;
    uint64_t id = worker_post(worker, &request);
    struct timespec nap = {.tv_nsec = 1000000};
    while (!worker_rests(worker, id))
        nanosleep(&nap, NULL);
    cr_assert_eq(snapshot->number, number);
    cr_assert_eq(selected_run(snapshot)->version, version);
    snapshot = wait_for(id, idle);
    cr_assert_gt(snapshot->number, number);
    request.paused = false;
    id = worker_post(worker, &request);
    wait_for(id, measuring);
    cr_assert_not(worker_rests(worker, id));
}

Test(worker, the_last_of_a_thousand_requests_wins)
{
    uint64_t id = 0;
    request.knobs.iterations = 0;
    request.count = 2;
    request.variants[1] = &good2;
    request.survey = true;
    for (int i = 0; i < 1000; i++) {
        request.knobs.seq_len = 1 + i % 40;
        request.selected = (uint32_t)i % 2;
        id = worker_post(worker, &request);
        if (i % 50 == 0)
            wait_for(id, measuring);
    }
    const struct run *run = selected_run(wait_for(id, measuring));
    cr_assert_eq(run->used.seq_len, 1 + 999 % 40);
    cr_assert_str_eq(run->variant, "good2");
}
