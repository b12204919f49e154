/*
 * test_worker_ceilings.c - the worker measures the ceilings of its device once, and then recalls
 * them.
 */
#include "fake_worker.h"

#include "../../src/engine/targets.h"
#include "cache.h"
#include "unit.h"

#include <sys/resource.h>
#include <unistd.h>

static void begin_unmeasured(void)
{
    cache_begin();
    begin_worker();
    request.variants[0] = variant_find("cpu_persistent");
    request.measures = 1;
}

static void end_measured(void)
{
    end_worker();
    folder_end();
}

/* Starts another worker, like another process would. */
static void begin_again(void)
{
    struct request wanted = request;
    end_worker();
    begin_worker();
    request = wanted;
}

TestSuite(measured, .init = begin_unmeasured, .fini = end_measured, .timeout = 200);

Test(measured, once_and_then_recalled)
{
    const struct snapshot *snapshot = post_and_wait(ended);
    const struct ceilings first = snapshot->ceilings;
    cr_assert(ceilings_known(&first));
    cr_assert_eq(snapshot->measures, 1);
    cr_assert_eq(snapshot->unmeasured.kind, ERROR_NONE, "%s", snapshot->unmeasured.text);
    cr_assert_gt(selected_run(snapshot)->floor_ns, 0);
    cr_assert_gt(selected_run(snapshot)->ceiling_gb_per_s, 0);
    begin_again();
    snapshot = post_and_wait(ended);
    cr_assert_arr_eq(&snapshot->ceilings, &first, sizeof first);
}

Test(measured, only_if_requested)
{
    request.measures = 0;
    const struct snapshot *snapshot = post_and_wait(ended);
    cr_assert_not(ceilings_known(&snapshot->ceilings));
    cr_assert_eq(selected_run(snapshot)->floor_ns, 0);
}

static bool measured_twice(const struct snapshot *snapshot)
{
    return snapshot->measures == 2;
}

/* The first floor follows from stored ceilings that are far too low. */
Test(measured, again_if_requested)
{
    const struct ceilings kept = cache_fill();
    begin_again();
    const struct snapshot *snapshot = post_and_wait(ended);
    cr_assert_arr_eq(&snapshot->ceilings, &kept, sizeof kept);
    const uint64_t floor_ns = selected_run(snapshot)->iteration_floor_ns;
    const uint64_t count = selected_run(snapshot)->histograms[METRIC_ITERATION].count;
    request.measures = 2;
    snapshot = post_and_wait(measured_twice);
    cr_assert_gt(snapshot->ceilings.cached_read_gb_per_s, 0);
    cr_assert_gt(floor_ns, selected_run(snapshot)->iteration_floor_ns, "the run is over");
    cr_assert_eq(selected_run(snapshot)->histograms[METRIC_ITERATION].count, count);
    begin_again();
    request.measures = 1;
    snapshot = post_and_wait(ended);
    cr_assert_gt(snapshot->ceilings.cached_read_gb_per_s, 0, "the new ceilings are not stored");
}

Test(measured, and_used_if_it_cannot_be_stored)
{
    setenv("XDG_CACHE_HOME", "/proc/none", 1);
    const struct snapshot *snapshot = post_and_wait(ended);
    cr_assert(ceilings_known(&snapshot->ceilings));
    assert_contains(snapshot->unmeasured.text, "not saved: ");
    cr_assert_gt(selected_run(snapshot)->floor_ns, 0);
}

Test(measured, not_if_another_process_has_measured)
{
    request.ceilings = (struct ceilings){.read_gb_per_s = 3};
    const struct snapshot *snapshot = post_and_wait(ended);
    cr_assert_arr_eq(&snapshot->ceilings, &request.ceilings, sizeof request.ceilings);
}

Test(measured, no_longer_than_the_caller_waits)
{
    worker_skip_measuring(worker);
    const struct snapshot *snapshot = post_and_wait(ended);
    cr_assert_not(ceilings_known(&snapshot->ceilings));
    cr_assert_eq(snapshot->unmeasured.kind, ERROR_NONE, "%s", snapshot->unmeasured.text);
    cr_assert_eq(selected_run(snapshot)->status, RUN_DONE);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* There is enough memory for the variant, but too little to measure the bandwidth of memory. */
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
    const struct snapshot *snapshot = post_and_wait(ended);
    cr_assert_not(ceilings_known(&snapshot->ceilings));
    assert_contains(snapshot->unmeasured.text, "no floor: ");
    cr_assert_eq(selected_run(snapshot)->status, RUN_DONE, "%s",
                 selected_run(snapshot)->error.text);
}
#endif
