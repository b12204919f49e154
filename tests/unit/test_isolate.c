/*
 * A child process that owns the device, with variants and tasks that lose the device.
 */
#include "../../kernels/clock.h"
#include "../../kernels/cpu/cpu.h"
#include "../../src/base/interrupt.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "../../src/harness/measure.h"
#include "cache.h"
#include "folder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static struct isolate isolate;
static struct isolate_order order;

static void begin(void)
{
    struct knob_settings settings;
    clock_start();
    cache_begin();
    cache_fill();
    knobs_reset(&settings);
    knobs_apply_quick(&settings);
    order = (struct isolate_order){.knobs = settings.knobs, .limit_ns = UINT64_MAX};
}

static void end(void)
{
    isolate_close(&isolate);
    folder_end();
}

TestSuite(isolate, .init = begin, .fini = end, .timeout = 60);

/* Opens the task with this variant and cpu_graph. */
static void open_with(const struct isolate_task *of, const char *first)
{
    struct error error = {0};
    const struct variant *asked[] = {variant_find(first), variant_find("cpu_graph")};
    assert_success(isolate_open(&isolate, of, BACKEND_CPU, 0, asked, 2, &order.knobs, &error));
}

/* Performs the order, and checks the run's status. */
static const struct run *perform(uint32_t index, enum run_status status)
{
    const struct run *run = &isolate.runs[index];
    cr_assert(isolate_perform(&isolate, index, &order));
    cr_assert_eq(run->status, status, "%s", run->error.text);
    return run;
}

/* Performs the order, and checks that it fails with `part` in the run's error. */
static void expect_failure(uint32_t index, const char *part)
{
    assert_contains(perform(index, RUN_FAILED)->error.text, part);
}

Test(isolate, a_run_comes_back_whole)
{
    open_with(&measure_task, "cpu_persistent");
    cr_assert_eq(isolate.runs[0].status, RUN_WAITING);
    const struct run *run = perform(0, RUN_DONE);
    cr_assert_eq(run->known, variant_find("cpu_persistent"));
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, (uint64_t)order.knobs.iterations);
    cr_assert_gt(run->typical.iteration_ns, 0);
    cr_assert_eq(run->used.threads, run->facts.programs, "auto is resolved");
    cr_assert_eq(run->asked.threads, KNOB_AUTO);
    cr_assert_eq(isolate.runs[1].status, RUN_WAITING);
    cr_assert(isolate.device.name[0]);
}

Test(isolate, the_same_order_again_starts_over)
{
    open_with(&measure_task, "cpu_persistent");
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(perform(0, RUN_DONE)->histograms[METRIC_ITERATION].count,
                     (uint64_t)order.knobs.iterations);
    }
}

/* A counter in shared memory, so that child processes can count in it. */
static _Atomic int *counter;

static void open_counter(void)
{
    counter =
        mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(counter, MAP_FAILED);
}

static bool counted_plan(const struct knobs *knobs, const struct device_info *device,
                         const struct capacity *capacity, struct plan *plan, struct error *error)
{
    ++*counter;
    return cpu_persistent.ops->plan(knobs, device, capacity, plan, error);
}

Test(isolate, a_process_plans_once_for_a_variant_and_knobs)
{
    struct error error = {0};
    struct variant_ops ops = *cpu_persistent.ops;
    struct variant counted = cpu_persistent;
    const struct variant *asked[] = {&counted};
    ops.plan = counted_plan;
    counted.ops = &ops;
    open_counter();
    assert_success(
        isolate_open(&isolate, &measure_task, BACKEND_CPU, 0, asked, 1, &order.knobs, &error));
    for (int i = 0; i < 2; i++) {
        perform(0, RUN_DONE);
        cr_assert_eq(*counter, 1, "the check and the worker share a plan: %d", *counter);
    }
    order.knobs.seq_len++;
    cr_assert_eq(perform(0, RUN_DONE)->used.seq_len, order.knobs.seq_len);
    cr_assert_eq(*counter, 2);
}

Test(isolate, a_check_reports_what_cannot_run_and_runs_nothing)
{
    struct knobs knobs = order.knobs;
    open_with(&measure_task, "cpu_persistent");
    knobs.step_sync = SYNC_CLUSTER;
    isolate_check(&isolate, 0, &knobs);
    cr_assert_eq(isolate.runs[0].status, RUN_SKIPPED);
    cr_assert(isolate.runs[0].error.text[0]);
    isolate_check(&isolate, 0, &order.knobs);
    cr_assert_eq(isolate.runs[0].status, RUN_WAITING);
}

Test(isolate, after_a_lost_device_another_process_goes_on)
{
    open_with(&measure_task, "cpu_fault_lost");
    pid_t first = isolate.child;
    expect_failure(0, "cpuStreamQuery");
    cr_assert_eq(isolate.child, 0);
    perform(1, RUN_DONE);
    cr_assert_eq(isolate.runs[0].status, RUN_FAILED, "previous results stay");
    cr_assert_neq(isolate.child, first);
}

Test(isolate, a_missing_device_is_refused)
{
    struct error error = {0};
    const struct variant *asked[] = {variant_find("cpu_graph")};
    cr_assert_not(
        isolate_open(&isolate, &measure_task, BACKEND_CPU, 1, asked, 1, &order.knobs, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cr_assert_eq(isolate.child, 0);
}

/* ---- what the device can do ----------------------------------------------------------------- */

/* Two measurements never agree to the last bit, so equal bits mean the cache was used. */
Test(isolate, one_child_measures_the_device_for_all)
{
    setenv("XDG_CACHE_HOME", "/proc/none", 1);
    open_with(&measure_task, "cpu_persistent");
    const struct ceilings first = isolate.ceilings;
    cr_assert(ceilings_known(&first));
    assert_contains(isolate.unmeasured.text, "not saved");
    const pid_t before = isolate.child;
    isolate_rest(&isolate);
    cr_assert(isolate_perform(&isolate, 0, &order));
    cr_assert_neq(isolate.child, before);
    cr_assert_arr_eq(&isolate.ceilings, &first, sizeof first);
    cr_assert_gt(isolate.runs[0].iteration_floor_ns, 0);
}

Test(isolate, stored_ceilings_are_not_measured_again)
{
    open_with(&measure_task, "cpu_persistent");
    cr_assert_eq(isolate.ceilings.dependent_step_ns, 1e6);
    cr_assert_eq(isolate.unmeasured.kind, ERROR_NONE);
}

/* ---- tasks that end their process ----------------------------------------------------------- */

static void *open_anything(enum backend backend, int device, struct device_info *info,
                           struct error *error)
{
    (void)backend, (void)device, (void)error;
    strcpy(info->id, "cpu");
    strcpy(info->name, "none");
    return info;
}

static void close_anything(void *context)
{
    (void)context;
}

typedef bool perform_function(void *context, const struct isolate_order *wanted,
                              const struct plan *plan, struct isolate_line *line, struct run *run,
                              struct error *error);

static struct isolate_task task = {.open = open_anything, .close = close_anything};

/* Opens a task that performs orders with this function. */
static void open_task(perform_function *function)
{
    task.perform = function;
    open_with(&task, "cpu_persistent");
}

static bool crash(void *context, const struct isolate_order *wanted, const struct plan *plan,
                  struct isolate_line *line, struct run *run, struct error *error)
{
    (void)context, (void)wanted, (void)plan, (void)line, (void)run, (void)error;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return true;
}

static bool leave(void *context, const struct isolate_order *wanted, const struct plan *plan,
                  struct isolate_line *line, struct run *run, struct error *error)
{
    (void)context, (void)wanted, (void)plan, (void)line, (void)run, (void)error;
    _exit(7);
}

/* Runs until it is interrupted. */
static bool wait_long(void *context, const struct isolate_order *wanted, const struct plan *plan,
                      struct isolate_line *line, struct run *run, struct error *error)
{
    (void)context, (void)wanted, (void)plan, (void)error;
    struct isolate_progress progress = {.iterations = 1};
    while (!isolate_interrupted) {
        isolate_tell(line, &progress);
        usleep(1000);
    }
    histogram_record(&run->histograms[METRIC_ITERATION], 1000);
    run->status = RUN_MEASURING;
    return true;
}

/* Runs until it is interrupted, and then a little longer. */
static bool end_slowly(void *context, const struct isolate_order *wanted, const struct plan *plan,
                       struct isolate_line *line, struct run *run, struct error *error)
{
    const struct isolate_progress heeded = {.iterations = 2};
    wait_long(context, wanted, plan, line, run, error);
    isolate_tell(line, &heeded);
    usleep(300000);
    return true;
}

/* Fails if a file of the parent is open in this process. */
static bool look_at_files(void *context, const struct isolate_order *wanted,
                          const struct plan *plan, struct isolate_line *line, struct run *run,
                          struct error *error)
{
    (void)context, (void)plan, (void)line;
    run->status = RUN_DONE;
    return fcntl((int)wanted->duration_ns, F_GETFD) < 0 ||
           error_set(error, ERROR_RUN, "it is open");
}

static void lose_the_device(void *context, struct ceilings *ceilings, struct error *unmeasured)
{
    (void)context, (void)ceilings;
    ++*counter;
    error_set(unmeasured, ERROR_LOST, "it fell off");
}

Test(isolate, a_device_lost_during_a_measurement_gets_a_new_process)
{
    open_counter();
    task.measure = lose_the_device;
    open_task(crash);
    cr_assert_str_eq(isolate.unmeasured.text, "it fell off");
    cr_assert_gt(isolate.child, 0);
    cr_assert(isolate_perform(&isolate, 0, &order));
    cr_assert(isolate_perform(&isolate, 1, &order));
    cr_assert_eq(*counter, 1, "a child measured again");
}

Test(isolate, a_signal_that_ends_the_process_is_named)
{
    open_task(crash);
    for (uint32_t i = 0; i < 2; i++)
        expect_failure(i, "SIGSEGV");
}

/* ---- memory --------------------------------------------------------------------------------- */

static bool die_of_memory(void *context, const struct isolate_order *wanted,
                          const struct plan *plan, struct isolate_line *line, struct run *run,
                          struct error *error)
{
    (void)context, (void)plan, (void)line, (void)run, (void)error;
    if (wanted->knobs.batch == 2) /* the kernel would count this kill */
        folder_put("sys/fs/cgroup/job/memory.events", "oom 1\noom_kill 8\noom_group_kill 0\n");
    raise(wanted->knobs.batch == 3 ? SIGALRM : SIGKILL); /* a child ignores SIGTERM */
    return true;
}

/* The error names memory only if the child ended by SIGKILL and the kernel has counted another kill
 * for memory. */
Test(isolate, a_process_that_is_killed_for_memory_says_so)
{
    folder_put("proc/self/cgroup", "0::/job\n");
    folder_put("sys/fs/cgroup/cgroup.controllers", "memory\n");
    folder_put("sys/fs/cgroup/job/memory.events", "oom 0\noom_kill 7\noom_group_kill 0\n");
    open_task(die_of_memory);
    isolate_rest(&isolate);
    isolate.root = folder;
    for (int i = 0; i < 3; i++) {
        static const char *const says[] = {"signal SIGKILL", "killed for memory", "signal SIGALRM"};
        order.knobs.batch = i + 1;
        expect_failure(0, says[i]);
        cr_assert_eq(strstr(isolate.runs[0].error.text, "memory") != NULL, i == 1);
    }
}

Test(isolate, a_process_that_exits_is_a_failed_run)
{
    open_task(leave);
    expect_failure(0, "status 7");
}

static void interrupt(const struct isolate *shown, uint32_t index)
{
    (void)shown, (void)index;
    interrupt_level = 1;
}

Test(isolate, an_interruption_ends_the_order_and_keeps_results)
{
    open_task(wait_long);
    isolate.show = interrupt;
    cr_assert_eq(perform(0, RUN_MEASURING)->histograms[METRIC_ITERATION].count, 1);
    cr_assert_eq(isolate.progress[0].iterations, 1);
}

/* Simulates that this process and its child are stopped for longer than the time limit for a child
 * to end. */
static void interrupt_and_stop(const struct isolate *shown, uint32_t index)
{
    interrupt_level = 1;
    if (shown->progress[index].iterations == 2)
        clock_scale.first_ns += UINT64_C(3600000000000);
}

Test(isolate, suspending_both_does_not_end_an_interrupted_child)
{
    if (clock_scale.multiplier == 0)
        cr_skip_test("the lab clock is the system's");
    open_task(end_slowly);
    isolate.show = interrupt_and_stop;
    cr_assert_eq(perform(0, RUN_MEASURING)->histograms[METRIC_ITERATION].count, 1);
}

Test(isolate, the_child_has_no_file_of_the_parent_open)
{
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    cr_assert_geq(before, 3);
    open_task(look_at_files);
    order.duration_ns = (uint64_t)before;
    perform(0, RUN_DONE);
    close(before);
}
