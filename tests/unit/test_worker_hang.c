/*
 * The worker with variants that hang. Under a sanitizer it waits for them for a minute: Criterion
 * starts suites in the order of their names, and `hang` so early that others run meanwhile.
 */
#include "fake_worker.h"
#include "unit.h"

TestSuite(hang, .init = begin_worker, .fini = end_worker, .timeout = 200);

Test(hang, is_stopped_and_named)
{
    request.variants[0] = &fake_hung;
    const struct run *run = selected_run(wait_for(worker_post(worker, &request), ended));
    cr_assert_eq(run->status, RUN_FAILED);
    cr_assert(strstr(run->error.text, "no progress"), "%s", run->error.text);
}

Test(hang, nothing_runs_beside_a_variant_that_did_not_stop)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("patience is thirty times as long, and what is given up counts as a leak");
#endif
    request.variants[0] = &fake_deaf;
    const struct snapshot *snapshot = wait_for(worker_post(worker, &request), given_up);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    cr_assert(strstr(snapshot->error.text, "did not stop"), "%s", snapshot->error.text);
    cr_assert_eq(prepared_now, 1, "its memory was taken from under it");
    prepared_now = 0;
}
