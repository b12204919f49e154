/*
 * test_reference_kept.c - which parts the reference keeps and how many, and that threads and
 * siblings change no result.
 */
#include "../../kernels/attention.h"
#include "../../src/engine/reference.h"
#include "unit.h"

#include <math.h>
#include <sys/resource.h>

/* ---- a workload that counts ------------------------------------------------------------------ */

static _Atomic uint32_t referred;
static _Atomic uint32_t widest;               /* parts in one order */
static _Atomic uint32_t lacking = UINT32_MAX; /* a part whose first allocation fails */

static uint32_t count_parts(const struct knobs *knobs)
{
    return (uint32_t)knobs->batch;
}

static struct workload_part count_part(const struct knobs *knobs, uint32_t part)
{
    (void)part;
    return (struct workload_part){
        .rows = (uint32_t)knobs->seq_len, .columns = 1024, .tolerance = 1};
}

static uint32_t count_siblings(const struct knobs *knobs)
{
    (void)knobs;
    return 4;
}

static bool count_reference(const struct workload_order *order)
{
    if (order->first <= lacking && lacking < order->first + order->count) {
        lacking = UINT32_MAX;
        return false;
    }
    referred += order->count;
    widest = order->count > widest ? order->count : widest;
    cr_assert_eq(order->first / 4, (order->first + order->count - 1) / 4,
                 "the parts are no siblings");
    for (uint32_t i = 0; i < order->count; i++)
        order->expected[i].rows[0] = order->first + i;
    return !workload_cancelled(order);
}

static const struct workload counted = {
    .name = "counted",
    .knobs = KNOB_BIT(BATCH) | KNOB_BIT(SEQ_LEN) | KNOB_BIT(SEED),
    .parts = count_parts,
    .part = count_part,
    .siblings = count_siblings,
    .reference = count_reference,
};

/* Requests all parts once; returns how many were computed. */
static uint32_t ask_all(struct reference *reference, const struct knobs *knobs)
{
    const uint32_t before = referred;
    for (uint32_t part = 0; part < knobs->batch; part++) {
        const struct workload_expected *expected =
            reference_part(reference, &counted, knobs, part, NULL, NULL);
        cr_assert_not_null(expected);
        cr_assert_eq(expected->rows[0], part);
    }
    return referred - before;
}

/* At SEQ_LEN 128, a part takes 1 MiB. */
Test(reference_kept, parts_of_several_workloads_within_the_limit)
{
    for (uint32_t threads = 0; threads <= 3; threads++) {
        struct reference *reference = reference_open(threads, 0);
        struct knobs a = {.batch = 20, .seq_len = 128, .seed = 1}, b = a, large = a;
        b.seed = 2;
        large.batch = 100;
        cr_assert_eq(ask_all(reference, &a), 20);
        cr_assert_eq(ask_all(reference, &b), 20);
        a.threads = 7;
        cr_assert_eq(ask_all(reference, &a), 0, "THREADS does not change what is computed");
        cr_assert_eq(ask_all(reference, &b), 0);
        cr_assert_eq(ask_all(reference, &large), 100, "more parts than there is room for");
        const uint32_t again = ask_all(reference, &large);
        cr_assert(again > 0 && again < 60, "the parts kept first are still kept: %u", again);
        cr_assert_eq(ask_all(reference, &a), 20, "the larger workload took its room");
        reference_close(reference);
    }
}

Test(reference_kept, forgets_the_least_recently_used)
{
    struct reference *reference = reference_open(0, 0);
    struct knobs knobs = {.batch = 3, .seq_len = 1};
    for (knobs.seed = 0; knobs.seed < REFERENCE_WORKS_MOST; knobs.seed++)
        cr_assert_eq(ask_all(reference, &knobs), 3);
    knobs.seed = 0;
    cr_assert_eq(ask_all(reference, &knobs), 0);
    knobs.seed = REFERENCE_WORKS_MOST;
    cr_assert_eq(ask_all(reference, &knobs), 3);
    knobs.seed = 0;
    cr_assert_eq(ask_all(reference, &knobs), 0);
    knobs.seed = 1;
    cr_assert_eq(ask_all(reference, &knobs), 3);
    reference_close(reference);
}

/* A part takes nearly 1 MiB, and there is room for 10 MiB. */
Test(reference_kept, keeps_no_more_than_a_fortieth_of_free_memory)
{
    const struct knobs knobs = {.batch = 12, .seq_len = 127};
    struct reference *reference = reference_open(0, (uint64_t)40 * 10 << 20);
    cr_assert_eq(ask_all(reference, &knobs), 12);
    cr_assert_eq(ask_all(reference, &knobs), 2);
    reference_close(reference);
}

Test(reference_kept, forgets_everything_if_memory_runs_out)
{
    const struct knobs other = {.batch = 3, .seq_len = 1, .seed = 1};
    const struct knobs knobs = {.batch = 10, .seq_len = 1};
    for (uint32_t threads = 0; threads <= 2; threads++) {
        struct reference *reference = reference_open(threads, 0);
        cr_assert_eq(ask_all(reference, &other), 3);
        lacking = 8;
        cr_assert_geq(ask_all(reference, &knobs), 10, "no part is missing");
        cr_assert_eq(ask_all(reference, &knobs), 8,
                     "the parts before the failed one were forgotten");
        cr_assert_eq(ask_all(reference, &knobs), 0);
        cr_assert_eq(ask_all(reference, &other), 3);
        reference_close(reference);
    }
}

Test(reference_kept, siblings_are_computed_together_if_parts_come_in_order)
{
    const struct knobs knobs = {.batch = 10, .seq_len = 1};
    for (uint32_t threads = 0; threads <= 2; threads++) {
        struct reference *reference = reference_open(threads, 0);
        widest = 0;
        cr_assert_eq(ask_all(reference, &knobs), 10);
        cr_assert_eq(widest, threads > 0 ? 4 : 1);
        reference_close(reference);
    }
}

Test(reference_kept, no_cancelled_part)
{
    const struct knobs knobs = {.batch = 10, .seq_len = 1};
    const uint32_t cancel = 1;
    struct reference *reference = reference_open(2, 0);
    cr_assert_null(reference_part(reference, &counted, &knobs, 0, NULL, &cancel));
    const uint32_t before = referred;
    cr_assert_not_null(reference_part(reference, &counted, &knobs, 0, NULL, NULL));
    cr_assert_gt(referred, before);
    reference_close(reference);
}

/* ---- attention ------------------------------------------------------------------------------- */

/* One thread computes a head at a time. A crew computes all heads of a K/V head together, and
 * divides their rows among its threads. */
Test(reference_kept, threads_do_not_change_attention)
{
    const struct knobs knobs = {.batch = 2,
                                .seq_len = 3,
                                .context = 9001,
                                .num_heads = 6,
                                .kv_heads = 2,
                                .head_dim = 64,
                                .copies = 2,
                                .seed = 42,
                                .chain = 1};
    struct reference *alone = reference_open(0, 0), *crew = reference_open(4, 0);
    for (uint32_t part = 0; part < 12; part++) {
        const struct workload_expected *a =
            reference_part(alone, &workload_attention, &knobs, part, NULL, NULL);
        const struct workload_expected *b =
            reference_part(crew, &workload_attention, &knobs, part, NULL, NULL);
        cr_assert(a != NULL && b != NULL);
        for (uint32_t i = 0; i < 3 * 64; i++)
            cr_assert_lt(fabs(a->rows[i] - b->rows[i]), 1e-13, "part %u, element %u", part, i);
        for (uint32_t t = 0; t < 3; t++)
            cr_assert_lt(fabs(a->sizes[t] - b->sizes[t]), 1e-12);
    }
    reference_close(alone);
    reference_close(crew);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* The list of the large workload's parts alone exceeds the limit. */
Test(reference_kept, a_failed_allocation_leaves_the_other_workloads)
{
    struct reference *reference = reference_open(0, 0);
    const struct knobs small = {.batch = 3, .seq_len = 1}, large = {.batch = UINT32_MAX};
    const struct rlimit room = {.rlim_cur = (rlim_t)8 << 30, .rlim_max = RLIM_INFINITY};
    cr_assert_eq(ask_all(reference, &small), 3);
    cr_assert_eq(setrlimit(RLIMIT_AS, &room), 0);
    for (int i = 0; i < 2; i++)
        cr_assert_null(reference_part(reference, &counted, &large, 0, NULL, NULL));
    cr_assert_eq(ask_all(reference, &small), 0);
    reference_close(reference);
}

#endif
