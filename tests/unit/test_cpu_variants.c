#include "../../kernels/delayed.h"
#include "cpu_bench.h"

#include <dirent.h>
#include <signal.h>

/* Every mode in which steps can run. */
static const struct mode {
    const struct variant *variant;
    enum step_sync sync;
    enum queue_ticket queue;
} modes[] = {
    {&cpu_per_token, SYNC_AUTO, QUEUE_AUTO},      {&cpu_persistent, SYNC_AUTO, QUEUE_AUTO},
    {&cpu_persistent, SYNC_FLAG, QUEUE_STEP},     {&cpu_persistent, SYNC_NONE, QUEUE_AUTO},
    {&cpu_persistent, SYNC_NONE, QUEUE_SEQUENCE}, {&cpu_persistent, SYNC_NONE, QUEUE_STEP},
    {&cpu_graph, SYNC_AUTO, QUEUE_AUTO},
};
enum { MODES = sizeof modes / sizeof modes[0] };

TestSuite(cpu_variants, .fini = release);

static void prepare_mode(const struct mode *mode, const struct knobs *knobs)
{
    struct knobs used = *knobs;
    used.step_sync = mode->sync;
    used.queue = mode->queue;
    prepare(mode->variant, &used);
}

/* Checks up to five sequences, including the first and the last, and that no NaN is left. */
static void check_output(void)
{
    const uint32_t batch = (uint32_t)bench.knobs.batch;
    check_parts(&bench, batch, batch > 5 ? (batch - 1) / 4 : 1, 2e-6);
}

static void run_and_check(const struct mode *mode, const struct knobs *knobs, enum look look)
{
    prepare_mode(mode, knobs);
    const struct stamp_batch last = iterate(&bench, look);
    cr_assert_gt(last.synchronised_ns, 0);
    check_output();
}

/* ---- output --------------------------------------------------------------------------------- */

/* Combines all modes, shapes and thread counts. Knobs that are on or off, and SIMD paths,
 * alternate. */
static void run_shapes(int64_t head_dim)
{
    static const int64_t batches[] = {1, 3, 13, 257}, lengths[] = {1, 31, 513},
                         threads[] = {1, 2, 5};
    unsigned turn = 0;
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 3; j++)
            for (size_t k = 0; k < 3; k++)
                for (size_t m = 0; m < MODES; m++, turn++) {
                    struct knobs knobs = dot_knobs(batches[i], lengths[j], head_dim, threads[k]);
                    if (knobs.batch * knobs.seq_len * knobs.head_dim > 5000000)
                        continue; /* too large for the memory or the speed of a small machine */
                    force_path(turn);
                    knobs.chain = turn / 3 % 4 != 0;
                    knobs.stamps = turn / 2 % 2;
                    run_and_check(&modes[m], &knobs, turn % 5 != 0);
                }
}

Test(cpu_variants, right_at_head_dim_32, .init = clock_start, .timeout = 120)
{
    run_shapes(32);
}

Test(cpu_variants, right_at_head_dim_96, .init = clock_start, .timeout = 120)
{
    run_shapes(96);
}

Test(cpu_variants, right_at_head_dim_256, .init = clock_start, .timeout = 120)
{
    run_shapes(256);
}

/* Each SIMD path with each row length, chained and not. */
Test(cpu_variants, right_on_every_path, .init = clock_start, .timeout = 60)
{
    for (enum dot_path path = 0; path < DOT_PATHS; path++) {
        if (!dot_path_runs(path))
            continue;
        dot_path_force(path);
        for (int64_t head_dim = 32; head_dim <= 256; head_dim += 32)
            for (int64_t chain = 0; chain < 2; chain++) {
                struct knobs knobs = dot_knobs(3, 40, head_dim, 2);
                knobs.chain = chain;
                run_and_check(&modes[1], &knobs, true);
            }
    }
}

/* Repeats iterations with the same state. Waiting threads sleep at once, or spin first. */
Test(cpu_variants, right_when_repeated, .init = clock_start, .timeout = 60)
{
    static const int64_t spins[] = {0, 1000, 1000000};
    for (size_t m = 0; m < MODES; m++)
        for (size_t i = 0; i < 3; i++) {
            struct knobs knobs = dot_knobs(7, 20, 64, 3);
            knobs.spin_ns = spins[i];
            prepare_mode(&modes[m], &knobs);
            check_repeats(7 * 20 * 64, check_output);
        }
}

/* ---- stamps --------------------------------------------------------------------------------- */

Test(cpu_variants, stamps_of_steps, .init = clock_start, .timeout = 60)
{
    static const struct mode *const synchronised[] = {&modes[0], &modes[1], &modes[6]};
    for (size_t i = 0; i < 3; i++)
        for (int64_t threads = 1; threads <= 5; threads += 2)
            for (int64_t batch = 1; batch <= 12; batch += 11) {
                const struct knobs knobs = dot_knobs(batch, 513, 32, threads);
                prepare_mode(synchronised[i], &knobs);
                check_synchronised();
            }
}

/* Free-running: every step of every sequence has exactly one row, in some program. */
Test(cpu_variants, stamps_of_free_running_programs, .init = clock_start, .timeout = 60)
{
    for (size_t m = 4; m <= 5; m++)
        for (int64_t threads = 1; threads <= 5; threads += 2) {
            const struct knobs knobs = dot_knobs(12, 513, 32, threads);
            prepare_mode(&modes[m], &knobs);
            cr_assert(bench.facts.free_running);
            const struct stamp_batch last = iterate_and_keep(12 * 513, true);
            uint64_t stamped = 0;
            for (uint32_t p = 0; p < kept.programs; p++) {
                check_program_rows(p);
                for (uint32_t r = 0; r < kept.rows; r++)
                    stamped += kept.stamps[(size_t)p * kept.room + r].end_ns != 0;
            }
            cr_assert_eq(stamped, 12 * 513);
            cr_assert_eq(last.heartbeat, 12 * 513);
            cr_assert_eq(last.left_out, 0);
        }
}

Test(cpu_variants, stamps_without_room_are_counted, .init = clock_start, .timeout = 60)
{
    const struct knobs knobs = dot_knobs(257, 513, 32, 1);
    prepare_mode(&modes[4], &knobs);
    const struct stamp_batch last = iterate_and_keep(65536, true);
    cr_assert_eq(kept.rows, 65536);
    cr_assert_eq(last.left_out, 257 * 513 - 65536);
    cr_assert_eq(last.rows_run, 257 * 513);
}

/* An iteration has no stamps if STAMPS is off or if it was submitted without them. */
Test(cpu_variants, no_stamps, .init = clock_start, .timeout = 60)
{
    for (size_t m = 0; m < MODES; m++)
        for (int64_t on = 0; on < 2; on++) {
            struct knobs knobs = dot_knobs(3, 20, 32, 2);
            knobs.stamps = on;
            prepare_mode(&modes[m], &knobs);
            const struct stamp_batch last = iterate_and_keep(1, !on);
            cr_assert_eq(kept.rows, 0);
            cr_assert_gt(last.heartbeat, 0);
        }
}

/* COPY_DELAY_NS, which tests of verdicts use, delays an iteration by that time, and the output is
 * right. */
Test(cpu_variants, a_delay_is_added_to_the_end, .init = clock_start, .timeout = 60)
{
    static const struct mode mode = {&cpu_delayed, SYNC_AUTO, QUEUE_AUTO};
    struct knobs knobs = dot_knobs(8, 32, 64, 1);
    for (knobs.copy_delay_ns = 0; knobs.copy_delay_ns <= 3000000; knobs.copy_delay_ns += 1000000) {
        prepare_mode(&mode, &knobs);
        const uint64_t begin_ns = clock_now();
        const struct stamp_batch last = iterate(&bench, true);
        cr_assert_leq(last.synchronised_ns, clock_now());
        cr_assert_geq(last.synchronised_ns - begin_ns, (uint64_t)knobs.copy_delay_ns);
        check_output();
    }
}

Test(cpu_variants, facts, .init = clock_start)
{
    for (size_t m = 0; m < MODES; m++) {
        const struct knobs knobs = dot_knobs(3, 20, 32, 5);
        prepare_mode(&modes[m], &knobs);
        cr_assert_eq(bench.facts.programs, 5);
        cr_assert_eq(bench.facts.launches_per_iteration, m == 0 ? 20 : 1);
        cr_assert_eq(bench.facts.graph_nodes, m == 6 ? 20 * 3 : 0);
        cr_assert_eq(bench.facts.free_running, modes[m].sync == SYNC_NONE);
    }
}

/* ---- stopping ------------------------------------------------------------------------------- */

/* Stops before and during an iteration. The next iteration is complete and right. */
static void stop_and_go_on(const struct mode *mode, int64_t seq_len)
{
    const struct knobs knobs = dot_knobs(4, seq_len, 32, 2);
    struct stamp_batch batch;
    prepare_mode(mode, &knobs);

    raise_stop(&bench, 1);
    batch = iterate(&bench, true);
    cr_assert_leq(batch.first + batch.count, 1);
    cr_assert_geq(bench.variant->ops->count_nan(bench.state), (uint64_t)(4 * (seq_len - 1) * 32));

    raise_stop(&bench, 0);
    submit(&bench, true);
    while (poll_bench(&bench, &batch) == POLL_RUNNING && batch.heartbeat == 0)
        ;
    raise_stop(&bench, 1);
    finish(&bench, NULL);

    raise_stop(&bench, 0);
    bench.variant->ops->poison(bench.state);
    iterate(&bench, true);
    check_output();
}

Test(cpu_variants, stop_ends_long_iterations, .init = clock_start, .timeout = 120)
{
    stop_and_go_on(&modes[0], 8192); /* its steps take much longer */
    for (size_t m = 1; m < MODES; m++)
        stop_and_go_on(&modes[m], 65536);
}

/* Stops at any moment, with threads asleep in every kind of wait. */
Test(cpu_variants, stop_wakes_sleepers, .init = clock_start, .timeout = 60)
{
    for (size_t m = 0; m < MODES; m++) {
        struct knobs knobs = dot_knobs(3, 513, 32, 5);
        knobs.spin_ns = 0;
        prepare_mode(&modes[m], &knobs);
        stop_at_any_moment(10000);
    }
}

/* ---- threads -------------------------------------------------------------------------------- */

/* Calls visit with each thread's number, and returns how many there are. */
static int visit_threads(void (*visit)(const char *id))
{
    int threads = 0;
    DIR *tasks = opendir("/proc/self/task");
    cr_assert_not_null(tasks);
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;)
        if (entry->d_name[0] != '.') {
            threads++;
            if (visit != NULL)
                visit(entry->d_name);
        }
    closedir(tasks);
    return threads;
}

Test(cpu_variants, release_ends_the_threads, .init = clock_start, .timeout = 60)
{
    const int before = visit_threads(NULL);
    for (size_t m = 0; m < MODES; m++)
        for (int i = 0; i < 10; i++) {
            const struct knobs knobs = dot_knobs(3, 20, 32, 5);
            prepare_mode(&modes[m], &knobs);
            cr_assert_geq(visit_threads(NULL), before + 5);
            release();
        }
    /* A joined thread may stay listed for a moment. */
    while (visit_threads(NULL) > before)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static unsigned pool_threads;

static void check_thread(const char *id)
{
    char path[300], line[256], name[64] = "";
    unsigned long long blocked = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", id);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "Name: %63s", name);
        sscanf(line, "SigBlk: %llx", &blocked);
    }
    fclose(file);
    if (strncmp(name, "pdlab-cpu-", 10) != 0)
        return;
    pool_threads++;
    for (int number = SIGHUP; number <= SIGSYS; number++) {
        const bool fault = number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
                           number == SIGILL || number == SIGABRT || number == SIGTRAP ||
                           number == SIGSYS;
        if (number != SIGKILL && number != SIGSTOP)
            cr_assert_eq(!(blocked >> (number - 1) & 1), fault, "signal %d", number);
    }
}

Test(cpu_variants, threads_are_named_and_leave_signals_alone, .init = clock_start)
{
    const struct knobs knobs = dot_knobs(3, 20, 32, 3);
    prepare_mode(&modes[1], &knobs);
    visit_threads(check_thread);
    cr_assert_eq(pool_threads, 3);
}

/* ---- refused knobs -------------------------------------------------------------------------- */

/* The message names both limits, and which of them binds. */
Test(cpu_variants, too_much_memory_names_the_limit)
{
    static const struct {
        uint64_t system, cgroup;
        const char *says;
    } cases[] = {
        {2000000, 1000000,
         "at most 900000 are accepted, 90 % of the 1000000 free bytes "
         "(2000000 in the system, 1000000 within the cgroup's limit)"},
        {1000000, 2000000,
         "at most 900000 are accepted, 90 % of the 1000000 free bytes "
         "(1000000 in the system, 2000000 within the cgroup's limit)"},
        {1000000, 0, "at most 900000 are accepted, 90 % of the 1000000 free bytes"},
    };
    struct knobs knobs = dot_knobs(128, 65536, 256, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct device_info device = {.units = 4,
                                           .memory_free_bytes = 1000000,
                                           .system_free_bytes = cases[i].system,
                                           .cgroup_free_bytes = cases[i].cgroup};
        expect_refusal(&cpu_persistent, &knobs, &device, cases[i].says);
    }
}

Test(cpu_variants, refusals)
{
    const struct device_info device = {.units = 4, .memory_free_bytes = 1000000};
    struct knobs knobs = dot_knobs(8, 32, 64, KNOB_AUTO);
    must_plan(&cpu_persistent, &knobs, &device);
    knobs.step_sync = SYNC_GRID;
    expect_refusal(&cpu_persistent, &knobs, &device, "STEP_SYNC grid");
    knobs.step_sync = SYNC_FLAG;
    knobs.queue = QUEUE_SEQUENCE;
    expect_refusal(&cpu_persistent, &knobs, &device, "STEP_SYNC none");

    knobs = dot_knobs(128, 65536, 256, 1);
    const uint64_t tensors = 4 * (UINT64_C(1) << 31) * sizeof(float);
    for (size_t m = 0; m < MODES; m++)
        expect_need(modes[m].variant, &knobs, &device, " 900000 ", tensors);
}

Test(cpu_variants, auto_is_resolved)
{
    struct device_info device = {.units = 8};
    struct knobs knobs = dot_knobs(8, 32, 64, KNOB_AUTO);
    struct plan plan;
    for (size_t m = 0; m < MODES; m++) {
        knobs.step_sync = modes[m].sync;
        plan = must_plan(modes[m].variant, &knobs, &device);
        cr_assert_eq(plan.programs, 7);
        cr_assert_eq(plan.used.threads, 7);
        cr_assert_eq(plan.used.spin_ns, m == 0 ? 0 : 20000);
    }
    device.units = 1;
    knobs.step_sync = SYNC_AUTO;
    plan = must_plan(&cpu_persistent, &knobs, &device);
    cr_assert_eq(plan.used.threads, 1);
    cr_assert_eq(plan.used.step_sync, SYNC_FLAG);
    cr_assert_eq(plan.used.queue, QUEUE_STEP);
}

/* An open device is described as lab.h documents. */
Test(cpu_variants, device)
{
    struct device_info device;
    cr_assert(cpu_device.open(0, &device, &error));
    cr_assert_str_eq(device.id, "cpu");
    cr_assert_geq(device.units, 1);
    cr_assert_gt(device.memory_free_bytes, 1 << 20);
    cr_assert_str_not_empty(device.name);
    cr_assert_str_not_empty(device.driver);
    cr_assert_str_eq(device.isa, dot_path_name(dot_path_chosen()));
    cr_assert_not(cpu_device.open(1, &device, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cpu_device.close(0);
}
