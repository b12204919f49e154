#include "fake_worker.h"

#include "../../kernels/clock.h"
#include "../../kernels/inputs.h"
#include "../../src/engine/knobs.h"
#include "unit.h"

#include <math.h>
#include <poll.h>

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

_Atomic int prepared_now, prepared_ever, plans_ever;

static bool runs_on; /* true from submit until quiesce; only resident variants set it */
int disturbed;

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

char prepared_order[PREPARED_MOST];
_Atomic size_t prepared_count;

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
    disturbed += runs_on;
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

/* Neither makes progress nor stops. */
static enum poll_state deaf_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    struct timespec slice = {.tv_nsec = (long)wait_ns};
    (void)state, (void)error;
    *batch = (struct stamp_batch){.synchronised_ns = clock_now()};
    nanosleep(&slice, NULL);
    return POLL_RUNNING;
}

/* Makes no progress until it is told to stop. */
static enum poll_state hang_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    const struct fake *fake = state;
    const enum poll_state running = deaf_poll(state, wait_ns, batch, error);
    return stop_requested(fake->stop) ? POLL_DONE : running;
}

/* Elements of one sequence's output. */
static size_t part_elements(const struct fake *fake)
{
    return (size_t)(fake->knobs.seq_len * fake->knobs.head_dim);
}

static void fake_poison(void *state)
{
    struct fake *fake = state;
    size_t count = (size_t)fake->knobs.batch * part_elements(fake);
    disturbed += runs_on;
    for (size_t i = 0; i < count; i++)
        fake->output[i] = NAN;
}

static uint64_t fake_count_nan(const void *state)
{
    const struct fake *fake = state;
    size_t count = (size_t)fake->knobs.batch * part_elements(fake);
    uint64_t nan = 0;
    disturbed += runs_on;
    for (size_t i = 0; i < count; i++)
        nan += isnan(fake->output[i]) != 0;
    return nan;
}

static void fake_output(const void *state, uint32_t b, float *rows)
{
    const struct fake *fake = state;
    size_t count = part_elements(fake);
    disturbed += runs_on;
    memcpy(rows, fake->output + b * count, count * sizeof *rows);
}

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

/* `...`: other members of struct variant_ops. */
#define FAKE(name_, rung_, prepare_, submit_, poll_, ...)                                          \
    .name = name_, .target = "test", .workload = &workload_dot, .backend = BACKEND_CPU,            \
    .rung = rung_,                                                                                 \
    .knobs = KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(SEED) | KNOB_BIT(STAMPS) |             \
             KNOB_BIT(STEP_SYNC) | KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS),                        \
    .ops = &(const struct variant_ops)                                                             \
    {                                                                                              \
        .plan = fake_plan, .prepare = prepare_, .release = fake_release,                           \
        .describe = fake_describe, .submit = submit_, .poll = poll_, .poison = fake_poison,        \
        .count_nan = fake_count_nan, .output = fake_output, __VA_ARGS__                            \
    }

const struct variant fake_good = {FAKE("good", 1, fake_prepare, fake_submit, fake_poll)};
const struct variant fake_good2 = {FAKE("good2", 2, fake_prepare, fake_submit, fake_poll)};
const struct variant fake_twin_a = {FAKE("twin_a", 1, prepare_a, fake_submit, fake_poll)};
const struct variant fake_twin_b = {FAKE("twin_b", 2, prepare_b, fake_submit, fake_poll)};
const struct variant fake_prefilled = {
    FAKE("prefilled", 1, fake_prepare, fake_submit, fake_poll, .submit_decode = fake_submit)};
const struct variant fake_wrong = {FAKE("wrong", 2, fake_prepare, fake_submit, wrong_poll)};
const struct variant fake_nan = {FAKE("nan", 2, fake_prepare, fake_submit, nan_poll)};
const struct variant fake_unprepared = {
    FAKE("unprepared", 2, fail_prepare, fake_submit, fake_poll)};
const struct variant fake_unsubmitted = {
    FAKE("unsubmitted", 2, fake_prepare, fail_submit, fake_poll)};
const struct variant fake_unpolled = {FAKE("unpolled", 2, fake_prepare, fake_submit, fail_poll)};
const struct variant fake_hung = {FAKE("hung", 2, fake_prepare, fake_submit, hang_poll)};
const struct variant fake_deaf = {FAKE("deaf", 2, fake_prepare, fake_submit, deaf_poll)};
const struct variant fake_lost = {FAKE("lost", 2, fake_prepare, fake_submit, lose_poll)};

const struct variant fake_resident = {
    FAKE("resident", 2, fake_prepare, resident_submit, fake_poll, .quiesce = resident_quiesce)};
const struct variant fake_restless = {
    FAKE("restless", 2, fake_prepare, resident_submit, fake_poll, .quiesce = restless_quiesce)};

/* ---- driving the worker --------------------------------------------------------------------- */

struct worker *worker;
struct request request;

void begin_worker(void)
{
    struct error error = {0};
    clock_start();
    worker = worker_start(BACKEND_CPU, 0, &error);
    cr_assert_not_null(worker, "%s", error.text);
    request = (struct request){.knobs = knobs_defaults(), .count = 1, .variants = {&fake_good}};
    request.knobs.iterations = 20;
}

void end_worker(void)
{
    worker_stop(worker);
    cr_assert_eq(prepared_now, 0, "a variant was prepared and not released");
}

const struct snapshot *next_look(void)
{
    struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
    poll(&news, 1, 1000);
    return worker_look(worker);
}

const struct snapshot *wait_for(uint64_t id, condition meets)
{
    const struct snapshot *snapshot = worker_look(worker);
    while (snapshot->request_id != id || !meets(snapshot))
        snapshot = next_look();
    return snapshot;
}

const struct snapshot *post_and_wait(condition meets)
{
    return wait_for(worker_post(worker, &request), meets);
}

bool ended(const struct snapshot *snapshot)
{
    const struct run *run = &snapshot->runs[snapshot->selected];
    if (run->status == RUN_DONE)
        return run->verification.verdict != VERDICT_NONE;
    return run->status > RUN_DONE;
}

bool given_up(const struct snapshot *snapshot)
{
    return snapshot->state == WORKER_FAILED;
}

bool measuring(const struct snapshot *snapshot)
{
    return snapshot->runs[snapshot->selected].histograms[METRIC_ITERATION].count > 0;
}

bool surveyed(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++)
        if (snapshot->runs[i].status < RUN_MEASURING ||
            snapshot->runs[i].verification.verdict == VERDICT_NONE)
            return false;
    return true;
}

bool idle(const struct snapshot *snapshot)
{
    return snapshot->state == WORKER_IDLE;
}

const struct run *selected_run(const struct snapshot *snapshot)
{
    return &snapshot->runs[snapshot->selected];
}

const struct snapshot *wait_for_units(uint32_t index, uint32_t units)
{
    const struct snapshot *snapshot = worker_look(worker);
    while (snapshot->count <= index || snapshot->runs[index].turns.units < units)
        snapshot = next_look();
    return snapshot;
}
