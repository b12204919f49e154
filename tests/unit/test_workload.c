/*
 * test_workload.c - a workload that only this file knows, with two parts that differ in shape,
 * tolerance and kind, and a variant of it. The verifier, a turn and a run need only the struct of
 * the workload and the struct of the variant.
 */
#include "../../kernels/clock.h"
#include "../../src/engine/reference.h"
#include "../../src/engine/turn.h"
#include "unit.h"

#include <unistd.h>

enum { LOGITS, CACHE, PARTS };
static const struct workload_part shapes[PARTS] = {
    [LOGITS] = {.rows = 3, .columns = 5, .kind = 0, .tolerance = 1e-3},
    [CACHE] = {.rows = 2, .columns = 7, .kind = 1, .tolerance = 1e-6},
};
#define LARGEST 15

static _Atomic uint32_t referred; /* parts that the reference has computed */
static _Atomic bool held;         /* true: the reference waits */

static uint32_t toy_parts(const struct knobs *knobs)
{
    (void)knobs;
    return PARTS;
}

static struct workload_part toy_part(const struct knobs *knobs, uint32_t part)
{
    (void)knobs;
    return shapes[part];
}

static void toy_name(const struct knobs *knobs, uint32_t part, char *name, size_t size)
{
    (void)knobs;
    snprintf(name, size, "%s", part == LOGITS ? "logits" : "cache");
}

static double toy_element(const struct knobs *knobs, uint32_t part, uint32_t i)
{
    return (double)(part + 1) + 0.125 * i + (double)knobs->seed;
}

static bool toy_reference(const struct workload_order *order)
{
    for (uint32_t p = 0; p < order->count; p++) {
        const struct workload_part shape = shapes[order->first + p];
        while (held && order->first + p > 0 && !workload_cancelled(order))
            usleep(1000);
        referred++;
        for (uint32_t i = 0; i < shape.rows * shape.columns; i++)
            order->expected[p].rows[i] = toy_element(order->knobs, order->first + p, i);
        for (uint32_t row = 0; row < shape.rows; row++)
            order->expected[p].sizes[row] = shape.columns;
    }
    return !workload_cancelled(order);
}

static uint64_t toy_step_bytes(const struct knobs *knobs)
{
    return 100 * (uint64_t)knobs->batch;
}

static uint64_t toy_step_flops(const struct knobs *knobs)
{
    return 200 * (uint64_t)knobs->batch;
}

static const struct workload toy = {
    .name = "toy",
    .knobs = KNOB_BIT(SEED),
    .part_noun = "tensor",
    .parts = toy_parts,
    .part = toy_part,
    .name_part = toy_name,
    .reference = toy_reference,
    .compare = workload_compare_rows,
    .verify_bytes = 1 << 20,
    .verify_ns = UINT64_MAX,
    .step_bytes = toy_step_bytes,
    .step_flops = toy_step_flops,
};

/* ---- a variant of it ------------------------------------------------------------------------- */

/* The variant adds `by` to one element of a part. */
static struct flaw {
    uint32_t part, element;
    float by;
} flaw;

struct state {
    struct knobs knobs;
    float output[PARTS][LARGEST];
};

static void *toy_prepare(const struct setup *setup, struct error *error)
{
    (void)error;
    struct state *state = calloc(1, sizeof *state);
    state->knobs = setup->plan->used;
    return state;
}

static void toy_describe(const void *state, struct facts *facts)
{
    (void)state;
    *facts = (struct facts){.programs = 1};
}

static bool toy_submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    (void)look, (void)error;
    for (uint32_t part = 0; part < PARTS; part++)
        for (uint32_t i = 0; i < shapes[part].rows * shapes[part].columns; i++)
            state->output[part][i] = (float)toy_element(&state->knobs, part, i);
    state->output[flaw.part][flaw.element] += flaw.by;
    return true;
}

static enum poll_state toy_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                struct error *error)
{
    (void)state, (void)wait_ns, (void)error;
    *batch = (struct stamp_batch){.synchronised_ns = clock_now()};
    return POLL_DONE;
}

static void toy_poison(void *state)
{
    (void)state;
}

static uint64_t toy_count_nan(const void *state)
{
    (void)state;
    return 0;
}

static void toy_output(const void *argument, uint32_t part, float *rows)
{
    const struct state *state = argument;
    memcpy(rows, state->output[part], shapes[part].rows * shapes[part].columns * sizeof *rows);
}

static const struct variant_ops toy_ops = {
    .prepare = toy_prepare,
    .release = free,
    .describe = toy_describe,
    .submit = toy_submit,
    .poll = toy_poll,
    .poison = toy_poison,
    .count_nan = toy_count_nan,
    .output = toy_output,
};

static const struct variant toy_variant = {
    .name = "toy_variant",
    .target = "toy",
    .workload = &toy,
    .backend = BACKEND_CPU,
    .rung = 1,
    .knobs = KNOB_BIT(SEED),
    .ops = &toy_ops,
};

/* ---- through a turn -------------------------------------------------------------------------- */

static void no_watch(void *context, bool stalled)
{
    (void)context, (void)stalled;
}

static struct verifier *verifier;
static struct run run;

static void set_up(void)
{
    struct error error = {0};
    clock_start();
    referred = 0;
    held = false;
    flaw = (struct flaw){0};
    verifier = verifier_start(&error);
    cr_assert(verifier != NULL && run_open(&run), "%s", error.text);
}

static void tear_down(void)
{
    verifier_stop(verifier);
    run_close(&run);
}

TestSuite(workload, .init = set_up, .fini = tear_down, .timeout = 30);

/* Runs the iteration whose output is checked, in a new epoch. */
static void run_iteration(uint64_t epoch, int64_t seed)
{
    const struct plan plan = {.used = {.batch = 4, .seed = seed}};
    const struct turn_watch watch = {no_watch, NULL};
    struct device_info device = {0};
    struct turn turn = {0};
    struct error error = {0};
    uint32_t stop = 0;
    run_begin(&run, &toy_variant, &plan.used, &plan.used, epoch);
    assert_success(turn_begin(&turn, &run, &plan, &device, &stop, &error));
    cr_assert_eq(turn_iterate(&turn, &stop, verifier, watch, &error), TURN_ITERATED);
    turn_end(&turn);
}

static struct verification verify(uint64_t epoch, int64_t seed)
{
    struct verification verification;
    uint64_t finished;
    run_iteration(epoch, seed);
    while (!verifier_take(verifier, &finished, &verification))
        usleep(1000);
    cr_assert_eq(finished, epoch);
    return verification;
}

Test(workload, a_run_needs_one_struct_of_each)
{
    const struct verification verification = verify(1, 42);
    cr_assert_eq(verification.verdict, VERDICT_RIGHT, "%s", verification.reason);
    cr_assert_eq(verification.checked, PARTS);
    cr_assert_eq(verification.total, PARTS);
    cr_assert_eq(run.verification.total, PARTS);
    cr_assert_eq(run.step_bytes, 400);
    cr_assert_eq(run.step_flops, 800);
    cr_assert_eq(run_work_knobs(&run), KNOB_BIT(SEED));
    cr_assert_eq(run_decode_metric(&run), METRIC_ITERATION);
}

/* The tolerance of the logits does not apply to the cache: the same error is wrong there. */
Test(workload, a_wrong_element_is_found_in_each_part)
{
    for (uint32_t part = 0; part < PARTS; part++) {
        flaw = (struct flaw){part, shapes[part].rows * shapes[part].columns - 1, 0.1f};
        const struct verification verification = verify(1 + part, 42);
        cr_assert_eq(verification.verdict, VERDICT_WRONG);
        const char *begin = part == LOGITS ? "logits: relative L2 error" : "cache: relative L2";
        cr_assert_eq(strncmp(verification.reason, begin, strlen(begin)), 0, "%s",
                     verification.reason);
    }
    flaw = (struct flaw){LOGITS, 14, 1e-3f};
    cr_assert_eq(verify(10, 42).verdict, VERDICT_RIGHT);
    flaw.part = CACHE, flaw.element = 13;
    const struct verification verification = verify(11, 42);
    cr_assert_eq(verification.verdict, VERDICT_WRONG);
    assert_contains(verification.reason, "above the limit of 3e-06");
}

/* Each kind has its own tolerance. A small error fails although the tolerance of the other kind,
 * and that of a single part, are larger. */
Test(workload, kinds_are_judged_separately)
{
    flaw = (struct flaw){CACHE, 0, 8e-6f};
    const struct verification verification = verify(1, 42);
    cr_assert_eq(verification.verdict, VERDICT_WRONG);
    assert_contains(verification.reason, "over 1 tensor, above the limit of 1e-06");
    cr_assert_lt(verification.rel_l2_error, 3e-6);
    cr_assert_gt(verification.rel_l2_error, 1e-6);
}

/* ---- kept parts ----------------------------------------------------------------------------- */

Test(workload, a_second_verification_computes_nothing)
{
    cr_assert_eq(verify(1, 42).verdict, VERDICT_RIGHT);
    cr_assert_eq(referred, PARTS);
    cr_assert_eq(verify(2, 42).verdict, VERDICT_RIGHT);
    flaw = (struct flaw){CACHE, 13, 0.1f};
    cr_assert_eq(verify(3, 42).verdict, VERDICT_WRONG, "a kept part is compared, too");
    cr_assert_eq(referred, PARTS);
    flaw = (struct flaw){0};
    cr_assert_eq(verify(4, 43).verdict, VERDICT_RIGHT);
    cr_assert_eq(referred, 2 * PARTS, "another SEED is a different workload");
    cr_assert_eq(verify(5, 42).verdict, VERDICT_RIGHT);
    cr_assert_eq(referred, 2 * PARTS);
}

Test(workload, progress_is_reported)
{
    uint32_t order[PARTS], checked = 0;
    uint64_t epoch = 0;
    int64_t seed = 0;
    do /* the reference checks part 0 first and waits in part 1 */
        reference_order((uint64_t)++seed, PARTS, order);
    while (order[0] != 0);
    cr_assert_not(verifier_progress(verifier, &epoch, &checked));
    held = true;
    run_iteration(9, seed);
    while (!verifier_progress(verifier, &epoch, &checked) || checked < 1)
        usleep(1000);
    cr_assert_eq(epoch, 9);
    cr_assert_eq(checked, 1);
    held = false;
    while (verifier_progress(verifier, &epoch, &checked))
        usleep(1000);
}
