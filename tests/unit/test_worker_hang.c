/*
 * test_worker_hang.c - the worker with variants that hang. Under a sanitizer, the worker waits for
 * such a variant for a minute. Criterion starts suites in the order of their names: `hang` starts
 * so early that others run beside it.
 */
#include "fake_worker.h"
#include "unit.h"

TestSuite(hang, .init = begin_worker, .fini = end_worker, .timeout = 200);

Test(hang, is_stopped_and_named)
{
    request.variants[0] = &fake_hung;
    const struct run *run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->status, RUN_FAILED);
    assert_contains(run->error.text, "no progress");
}

Test(hang, nothing_runs_beside_a_variant_that_did_not_stop)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("patience is thirty times as long, and what is given up counts as a leak");
#endif
    request.variants[0] = &fake_deaf;
    const struct snapshot *snapshot = post_and_wait(given_up);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    assert_contains(snapshot->error.text, "did not stop");
    cr_assert_eq(prepared_now, 1, "the variant was released while it ran");
    prepared_now = 0;
}
