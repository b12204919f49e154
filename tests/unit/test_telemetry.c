/*
 * test_telemetry.c - sums of a meter's readings: how they are made beside a run, written to
 * documents, and reported.
 */
#include "../../kernels/clock.h"
#include "../../src/document/document_telemetry.h"
#include "../../src/engine/watcher.h"
#include "one_run.h"
#include "texts.h"

#include <semaphore.h>

static struct error error;

#define S_NS UINT64_C(1000000000)

/* ---- sums ------------------------------------------------------------------------------------ */

/* A reading of a GPU with all values that NVML has. */
static struct meter_reading gpu_reading(uint32_t sm_clock_mhz, uint64_t energy_mj)
{
    return (struct meter_reading){
        .known = METER_SM_CLOCK | METER_SM_CLOCK_MOST | METER_MEMORY_CLOCK | METER_POWER |
                 METER_TEMPERATURE | METER_THROTTLES | METER_ENERGY,
        .sm_clock_mhz = sm_clock_mhz,
        .sm_clock_most_mhz = 1980,
        .memory_clock_mhz = 2619,
        .power_mw = 400000,
        .temperature_c = 50,
        .energy_mj = energy_mj,
    };
}

static struct telemetry_turn slice;

static void add(struct meter_reading reading, uint64_t iterations, uint64_t now_ns)
{
    telemetry_add(&slice, &reading, iterations, now_ns);
}

Test(telemetry, sensors_have_minimum_mean_and_maximum)
{
    slice.tokens_per_iteration = 1;
    static const uint32_t clocks[] = {1500, 1980, 1200};
    for (size_t i = 0; i < 3; i++) {
        struct meter_reading reading = gpu_reading(clocks[i], 0);
        reading.throttles = clocks[i] < 1980 ? 1u << THROTTLE_POWER_CAP : 0;
        if (i == 1)
            reading.known &= ~(uint32_t)METER_POWER; /* a sensor may fail sometimes */
        add(reading, 0, (i + 1) * S_NS);
    }
    const struct telemetry *sum = &slice.sum;
    cr_assert_eq(sum->readings, 3);
    cr_assert_eq(sum->watched_ns, 2 * S_NS);
    cr_assert_eq(sum->sm_clock_mhz.least, 1200);
    cr_assert_eq(sum->sm_clock_mhz.most, 1980);
    cr_assert_float_eq(telemetry_mean(&sum->sm_clock_mhz), 1560, 1e-9);
    cr_assert_eq(sum->power_mw.readings, 2);
    cr_assert_eq(sum->throttle_readings, 3);
    cr_assert_eq(sum->throttled[THROTTLE_POWER_CAP], 2);
    cr_assert_float_eq(telemetry_mean(&sum->held_mhz), 1350, 1e-9);
}

/* Power is constant here, so the energy per token is known: 400 W for 0.25 s per iteration of 10
 * tokens. Readings come at any time, mostly within an iteration. */
Test(telemetry, energy_and_tokens_cover_the_same_iterations)
{
    slice.tokens_per_iteration = 10;
    const uint64_t first = 7; /* iterations of earlier time slices */
    for (uint64_t ms = 0; ms < 10000; ms += 90)
        add(gpu_reading(1980, 123456 + 400 * ms), first + ms / 250, ms * 1000000);
    /* Each end of the interval is late by less than the 90 ms between two readings. */
    const double exact_j = 400 * 0.25 / 10;
    cr_assert_eq(slice.sum.tokens, 390);
    cr_assert_float_eq(telemetry_token_j(&slice.sum), exact_j, exact_j * 0.09 / 9.75);
}

Test(telemetry, an_unfinished_iteration_does_not_count)
{
    slice.tokens_per_iteration = 10;
    for (uint64_t i = 0; i < 5; i++)
        add(gpu_reading(1980, 100 * i), 3, i * S_NS);
    cr_assert_eq(slice.sum.tokens, 0);
    cr_assert_eq(slice.sum.energy_mj, 0);
    cr_assert_eq(telemetry_token_j(&slice.sum), 0);
}

Test(telemetry, readings_without_the_energy_lose_no_tokens)
{
    slice.tokens_per_iteration = 1;
    for (uint64_t i = 0; i <= 4; i++) {
        struct meter_reading reading = gpu_reading(1980, 10 * i);
        if (i == 2 || i == 3) {
            reading.known &= ~(uint32_t)METER_ENERGY;
            reading.energy_mj = 0;
        }
        add(reading, i, i * S_NS);
    }
    cr_assert_eq(slice.sum.tokens, 4);
    cr_assert_eq(slice.sum.energy_mj, 40);
}

/* A reading of a CPU. */
static struct meter_reading host_reading(uint64_t periods, uint64_t throttled, uint64_t switches)
{
    return (struct meter_reading){
        .known = METER_QUOTA | METER_STOLEN | METER_SWITCHES | METER_CORES,
        .quota_periods = periods,
        .throttled_periods = throttled,
        .throttled_ns = throttled * 1000,
        .stolen_ns = periods,
        .wanted_ns = 10 * periods,
        .involuntary_switches = switches,
        .cores = 4,
    };
}

Test(telemetry, counters_start_at_the_first_reading_of_a_time_slice)
{
    slice.tokens_per_iteration = 1;
    add(host_reading(100, 50, 1000), 0, S_NS);
    cr_assert_eq(slice.sum.counted, 0, "nothing has been counted yet");
    cr_assert_eq(slice.sum.quota_periods, 0);
    add(host_reading(110, 57, 1012), 1, 2 * S_NS);
    /* The files disappear, and later the counters restart. */
    add((struct meter_reading){.known = METER_CORES, .cores = 2}, 2, 3 * S_NS);
    add(host_reading(120, 60, 1020), 3, 4 * S_NS);
    add(host_reading(5, 1, 0), 4, 5 * S_NS);
    const struct telemetry *sum = &slice.sum;
    cr_assert_eq(sum->counted, METER_QUOTA | METER_STOLEN | METER_SWITCHES);
    cr_assert_eq(sum->quota_periods, 20);
    cr_assert_eq(sum->throttled_periods, 10);
    cr_assert_eq(sum->throttled_ns, 10000);
    cr_assert_eq(sum->involuntary_switches, 20);
    cr_assert_eq(sum->stolen_ns, 20);
    cr_assert_eq(sum->wanted_ns, 200);
    cr_assert_eq(sum->cores, 2, "the smallest number");
    cr_assert_eq(sum->tokens, 4, "tokens need no energy counter");
}

/* Merging two time slices gives their sum, in either order. */
Test(telemetry, time_slices_of_a_run_are_added_up)
{
    struct telemetry_turn turns[2] = {{.tokens_per_iteration = 3, .sum.threads = 2},
                                      {.tokens_per_iteration = 3, .sum.threads = 2}};
    for (uint64_t i = 0; i < 12; i++) {
        struct meter_reading gpu = gpu_reading((uint32_t)(1000 + 17 * i % 300), 5 * i);
        const struct meter_reading host = host_reading(3 * i, i, 7 * i);
        gpu.throttles = i % 3 ? 1u << THROTTLE_HW_THERMAL : 0;
        gpu.known |= host.known;
        gpu.quota_periods = host.quota_periods;
        gpu.throttled_periods = host.throttled_periods;
        gpu.involuntary_switches = host.involuntary_switches;
        gpu.cores = 4;
        telemetry_add(&turns[i >= 6], &gpu, i, i * S_NS);
    }
    struct telemetry a = turns[0].sum, b = turns[1].sum, none = {0};
    telemetry_merge(&a, &turns[1].sum);
    telemetry_merge(&b, &turns[0].sum);
    cr_assert_arr_eq(&a, &b, sizeof a);
    cr_assert_eq(a.readings, 12);
    cr_assert_eq(a.watched_ns, 10 * S_NS, "without the time between the time slices");
    cr_assert_eq(a.tokens, 30);
    cr_assert_eq(a.energy_mj, 50);
    cr_assert_eq(a.sm_clock_mhz.readings, 12);
    cr_assert_eq(a.threads, 2);
    telemetry_merge(&a, &none);
    cr_assert_arr_eq(&a, &b, sizeof a);
    telemetry_merge(&none, &b);
    cr_assert_arr_eq(&none, &b, sizeof b);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static struct fake_meter {
    sem_t read; /* posted by each reading */
    sem_t go;   /* each reading waits for it, if `blocks` */
    bool blocks;
    _Atomic int readings, opened;
    bool none; /* true: the meter cannot be opened */
} fake;

static void *fake_open(int index, struct error *why)
{
    if (fake.none) {
        error_set(why, ERROR_UNSUPPORTED, "no meter of device %d", index);
        return NULL;
    }
    fake.opened++;
    return &fake;
}

static void fake_read(void *meter, struct meter_reading *reading)
{
    cr_assert_eq(meter, &fake);
    if (fake.blocks)
        sem_wait(&fake.go);
    const int number = ++fake.readings;
    *reading = gpu_reading((uint32_t)number, (uint64_t)(1000 * number));
    sem_post(&fake.read);
}

static void fake_close(void *meter)
{
    (void)meter;
    fake.opened--;
}

static const struct meter fake_meter = {.open = fake_open, .read = fake_read, .close = fake_close};

static struct watcher *watcher;

static void begin(void)
{
    clock_start();
    sem_init(&fake.read, 0, 0);
    sem_init(&fake.go, 0, 0);
    watcher = watcher_start(&fake_meter, 0, &error);
    cr_assert_not_null(watcher, "%s", error.text);
}

TestSuite(watcher, .init = begin, .timeout = 100);

Test(watcher, reads_at_the_beginning_during_and_at_the_end_of_a_time_slice)
{
    struct telemetry telemetry = {0};
    cr_assert_not(watcher_look(watcher, &telemetry), "no time slice has begun");
    watcher_begin(watcher, 64, 3);
    sem_wait(&fake.read);
    for (int i = 0; i < 5; i++)
        watcher_count(watcher);
    sem_wait(&fake.read); /* the next reading comes by itself */
    cr_assert(watcher_end(watcher, &telemetry));
    cr_assert_eq(telemetry.readings, (uint64_t)fake.readings);
    cr_assert_geq(telemetry.readings, 3);
    cr_assert_eq(telemetry.tokens, 5 * 64);
    cr_assert_eq(telemetry.threads, 3);
    cr_assert_eq(telemetry.sm_clock_mhz.least, 1);
    cr_assert_gt(telemetry.watched_ns, 0);
    cr_assert_not(watcher_look(watcher, &telemetry), "the time slice is over");
    watcher_stop(watcher);
    cr_assert_eq(fake.opened, 0);
}

/* Readings in one time slice do not count in the next. */
Test(watcher, time_slices_are_kept_apart)
{
    struct telemetry telemetry = {0};
    for (int turn = 1; turn <= 20; turn++) {
        const int before = fake.readings;
        watcher_begin(watcher, (uint64_t)turn, 1);
        if (turn % 2) /* otherwise the time slice may end before its first reading */
            sem_wait(&fake.read);
        watcher_count(watcher);
        cr_assert(watcher_end(watcher, &telemetry));
        cr_assert_eq(telemetry.readings, (uint64_t)(fake.readings - before), "turn %d", turn);
        cr_assert_eq(telemetry.sm_clock_mhz.least, (uint32_t)before + 1);
        cr_assert(telemetry.tokens == 0 || telemetry.tokens == (uint64_t)turn);
        cr_assert(turn % 2 == 0 || telemetry.tokens == (uint64_t)turn);
        while (sem_trywait(&fake.read) == 0)
            ;
    }
    const int after = fake.readings;
    watcher_stop(watcher);
    cr_assert_eq(fake.readings, after, "it read after the last time slice");
}

/* A driver that hangs delays neither the end of a time slice nor the end of the program. */
Test(watcher, a_meter_that_hangs_is_left_behind)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("what is left behind counts as a leak");
#endif
    struct telemetry telemetry = {0};
    fake.blocks = true;
    watcher_begin(watcher, 1, 1);
    cr_assert_not(watcher_end(watcher, &telemetry));
    cr_assert_eq(telemetry.readings, 0);
    watcher_stop(watcher);
    cr_assert_eq(fake.opened, 1, "the hanging thread still reads it");
    sem_post(&fake.go);
    sem_wait(&fake.read);
}

Test(watcher, without_a_meter_there_is_no_watcher)
{
    watcher_stop(watcher);
    watcher_stop(NULL);
    fake.none = true;
    cr_assert_null(watcher_start(&fake_meter, 3, &error));
    cr_assert_str_eq(error.text, "no meter of device 3");
}

/* ---- in words -------------------------------------------------------------------------------- */

/* A run on a CPU: 1,000 iterations of 1 ms, 32 steps in each, 4 threads on 4 cores. */
static void fill_run(void)
{
    open_run();
    run.backend = BACKEND_CPU;
    run.used.seq_len = 32;
    run.used.batch = 2;
    run.used.spin_ns = 1000;
    run.facts.launches_per_iteration = 1;
    record_times(&run, METRIC_ITERATION, 1000000, 1000);
    record_times(&run, METRIC_STEP, 30000, 32000);
    run.telemetry = (struct telemetry){
        .readings = 11,
        .watched_ns = S_NS,
        .counted = METER_QUOTA | METER_STOLEN | METER_SWITCHES,
        .tokens = 64000,
        .quota_periods = 100,
        .wanted_ns = 4 * S_NS,
        .involuntary_switches = 5000, /* waking the thread pool explains these */
        .threads = 4,
        .cores = 4,
    };
}

TestSuite(telemetry_text, .init = fill_run, .fini = close_run);

static void expect_remark(const char *expected)
{
    char text[512];
    cr_assert_str_eq(telemetry_remark(&run, text, sizeof text), expected);
}

Test(telemetry_text, an_undisturbed_run_has_no_remark)
{
    expect_remark("");
    run.telemetry.stolen_ns = 4 * S_NS / 1000; /* 0.1 % */
    expect_remark("");
    run.telemetry = (struct telemetry){0};
    expect_remark("");
}

/* The remark names the percentiles of 1,000 samples that the throttled periods can explain. */
Test(telemetry_text, a_quota_is_named_with_the_figures_it_affects)
{
    static const struct {
        uint64_t throttled;
        const char *text;
    } cases[] = {
        {1, "throttled in 1 of 100 periods: the quota explains iteration p99.9"},
        {9, "throttled in 9 of 100 periods: the quota explains iteration p99.9"},
        {77, "throttled in 77 of 100 periods: the quota explains iteration p99 and up"},
        {100, "throttled in 100 of 100 periods: the quota explains iteration p90 and up"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run.telemetry.throttled_periods = cases[i].throttled;
        run.telemetry.throttled_ns =
            cases[i].throttled * 4 * 50000000; /* summed over four threads */
        expect_remark(cases[i].text);
    }
    run.telemetry.throttled_ns = 4 * 1000; /* pauses too short to matter */
    expect_remark("throttled in 100 of 100 periods");
}

Test(telemetry_text, a_quota_that_hits_few_samples_affects_only_the_slowest)
{
    record_times(&run, METRIC_ITERATION, 1000, 1000000);
    run.telemetry.throttled_periods = 4;
    run.telemetry.throttled_ns = 4 * 50000000;
    expect_remark("");
    run.telemetry.throttled_periods = 80;
    run.telemetry.throttled_ns = 80 * UINT64_C(50000000);
    expect_remark("throttled in 80 of 100 periods: the quota explains iteration max");
}

Test(telemetry_text, fewer_cores_than_threads)
{
    run.telemetry.cores = 2;
    run.telemetry.threads = 8;
    expect_remark("2 cores for 8 threads: steps wait for threads that wait for a core");
    run.telemetry.cores = 1;
    expect_remark("1 core for 8 threads: steps wait for threads that wait for a core");
    run.telemetry.threads = run.telemetry.cores;
    run.telemetry.involuntary_switches = 0;
    expect_remark("");
}

Test(telemetry_text, stolen_time)
{
    run.telemetry.stolen_ns = 4 * S_NS / 25;
    expect_remark("stolen by the host: 4.0 % of the CPU time");
    run.telemetry.wanted_ns /= 10;
    run.telemetry.stolen_ns /= 10; /* too few clock ticks for a conclusion */
    expect_remark("");
}

/* Waking the thread pool for each of 1,000 iterations may cause 5,000 switches. */
Test(telemetry_text, switches_beyond_its_own_wake_ups)
{
    run.telemetry.involuntary_switches = 5000 + 31;
    expect_remark("");
    run.telemetry.involuntary_switches = 5000 + 400;
    expect_remark("at least 400 involuntary switches to other threads in 32,000 steps: they "
                  "explain step p99 and up");
    run.used.spin_ns = 0; /* threads that sleep at each barrier wake each other */
    expect_remark("");
    run.used.spin_ns = 1000;
    run.facts.launches_per_iteration = 32; /* the pool is woken for each step */
    expect_remark("");
    run.facts.launches_per_iteration = 1;
    run.backend = BACKEND_CUDA; /* its steps run on the GPU */
    expect_remark("");
}

static void hold_clock(enum throttle reason, uint64_t readings)
{
    run.backend = BACKEND_CUDA;
    run.telemetry = (struct telemetry){
        .readings = 100,
        .throttle_readings = 100,
        .sm_clock_most_mhz = 1980,
        .sm_clock_mhz = {100, 170000, 1410, 1980},
        .held_mhz = {readings, readings * 1410, 1410, 1410},
    };
    run.telemetry.throttled[reason] = readings;
}

Test(telemetry_text, a_limited_clock)
{
    hold_clock(THROTTLE_POWER_CAP, 40);
    expect_remark("clock held at 1,410 of 1,980 MHz by the power cap in 40 % of readings");
    /* A hardware slowdown is reported beside its cause. */
    run.telemetry.throttled[THROTTLE_HW_SLOWDOWN] = 60;
    run.telemetry.throttled[THROTTLE_HW_THERMAL] = 60;
    expect_remark("clock held at 1,410 of 1,980 MHz by the hardware's thermal slowdown in 60 % of "
                  "readings");
    hold_clock(THROTTLE_POWER_CAP, 4); /* the clock was still rising at the start */
    expect_remark("");
    hold_clock(THROTTLE_POWER_CAP, 40);
    run.telemetry.held_mhz.total = 40 * 1965; /* limited, but nearly at full speed */
    expect_remark("");
    run.telemetry.held_mhz = (struct telemetry_sensor){0}; /* no known cause */
    expect_remark("");
}

Test(telemetry_text, several_disturbances_are_listed)
{
    run.telemetry.throttled_periods = 77;
    run.telemetry.throttled_ns = 77 * UINT64_C(200000000);
    run.telemetry.threads = 8;
    run.telemetry.cores = 1;
    char text[512], small[24];
    telemetry_remark(&run, text, sizeof text);
    assert_contains(text, "explains iteration p99 and up; 1 core for 8 threads");
    for (size_t size = 1; size <= sizeof small; size++) {
        telemetry_remark(&run, small, size);
        cr_assert_lt(strlen(small), size);
        cr_assert_eq(strncmp(small, text, strlen(small)), 0);
    }
}

static void expect_strip(const char *expected)
{
    char text[128];
    cr_assert_str_eq(telemetry_strip(&run.telemetry, text, sizeof text), expected);
}

Test(telemetry_text, the_status_line_shows_known_values)
{
    run.telemetry.throttled_periods = 3;
    expect_strip("quota 3 of 100 periods, 5,000 context switches, steal 0 %");
    run.telemetry.quota_periods = 0; /* no quota */
    run.telemetry.involuntary_switches = 1;
    run.telemetry.stolen_ns = S_NS;
    expect_strip("1 context switch, steal 25 %");
    hold_clock(THROTTLE_POWER_CAP, 0);
    expect_strip("1,700 MHz");
    run.telemetry.power_mw = (struct telemetry_sensor){2, 824000, 400000, 424000};
    run.telemetry.temperature_c = (struct telemetry_sensor){2, 100, 46, 54};
    run.telemetry.counted = METER_ENERGY;
    run.telemetry.energy_mj = 812;
    run.telemetry.tokens = 1000000;
    expect_strip("1,700 MHz, 412 W, 54 C, 812 nJ/token");
    run.telemetry.energy_mj = 812000;
    expect_strip("1,700 MHz, 412 W, 54 C, 812 uJ/token");
    run.telemetry.energy_mj = 8120000;
    expect_strip("1,700 MHz, 412 W, 54 C, 8.12 mJ/token");
    run.telemetry.energy_mj = UINT64_C(12500000000);
    expect_strip("1,700 MHz, 412 W, 54 C, 12.5 J/token");
    run.telemetry = (struct telemetry){0};
    expect_strip("");
}

/* ---- documents ------------------------------------------------------------------------------- */

/* Telemetry with every member. */
static struct telemetry whole(void)
{
    struct telemetry telemetry = {
        .readings = 82,
        .watched_ns = 8 * S_NS + 1,
        .counted = METER_ENERGY | METER_QUOTA | METER_STOLEN | METER_SWITCHES,
        .sm_clock_mhz = {82, 82 * 1700 + 1, 1410, 1980},
        .memory_clock_mhz = {81, 81 * 2619, 2619, 2619},
        .power_mw = {82, UINT64_C(33000007), 99, 700000},
        .temperature_c = {1, 54, 54, 54},
        .sm_clock_most_mhz = 1980,
        .throttle_readings = 80,
        .held_mhz = {33, 33 * 1410, 1410, 1410},
        .energy_mj = JSON_MOST_INTEGER,
        .tokens = 12345678901,
        .quota_periods = 82,
        .throttled_periods = 77,
        .throttled_ns = 4 * S_NS,
        .stolen_ns = 10,
        .wanted_ns = 11,
        .involuntary_switches = 12,
        .threads = 8,
        .cores = 2,
    };
    for (int i = 0; i < THROTTLE_COUNT; i++)
        telemetry.throttled[i] = (uint64_t)i;
    return telemetry;
}

static char *print(const struct telemetry *telemetry)
{
    struct json_writer writer = {0};
    size_t length;
    json_open(&writer, NULL, '{');
    document_write_telemetry(&writer, telemetry);
    json_close(&writer, '}');
    return json_writer_finish(&writer, &length);
}

static bool parse(const char *text, struct telemetry *telemetry)
{
    *telemetry = (struct telemetry){0};
    struct json root;
    cr_assert(json_parse(text, strlen(text), "a.json", &root, &error), "%s", error.text);
    const bool read = document_read_telemetry(&root, telemetry, &error);
    json_free(&root);
    return read;
}

static void expect_carried(const struct telemetry *telemetry)
{
    struct telemetry read;
    char *text = print(telemetry);
    cr_assert(parse(text, &read), "%s in %s", error.text, text);
    cr_assert_arr_eq(&read, telemetry, sizeof read, "%s", text);
    free(text);
}

Test(telemetry_document, carries_everything_and_each_part_alone)
{
    const struct telemetry all = whole();
    expect_carried(&all);
    for (uint32_t bits = 0; bits < 16; bits++) {
        struct telemetry part = {.readings = 1};
        if (bits & 1) {
            part.counted |= METER_SWITCHES;
            part.involuntary_switches = 0; /* zero is a known value */
        }
        if (bits & 2) {
            part.counted |= METER_QUOTA;
            part.quota_periods = part.throttled_periods = 5;
        }
        if (bits & 4) {
            part.counted |= METER_STOLEN;
            part.wanted_ns = 5;
        }
        if (bits & 8) {
            part.counted |= METER_ENERGY;
            part.tokens = 3;
        }
        expect_carried(&part);
    }
}

Test(telemetry_document, without_readings_nothing_is_written)
{
    struct telemetry read, none = {.counted = METER_QUOTA, .threads = 3};
    char *text = print(&none);
    cr_assert_null(strstr(text, "telemetry"));
    cr_assert(parse(text, &read));
    cr_assert_eq(read.readings, 0);
    free(text);
}

/* Replaces the first `from` of a valid text by `to`, and expects a refusal at that place. */
static void refuses(const char *from, const char *to, const char *place)
{
    const struct telemetry all = whole();
    struct telemetry read;
    char *text = print(&all), *broken = replaced(text, from, to);
    cr_assert_not(parse(broken, &read), "took %s", to);
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert(strstr(error.text, place), "%s: said '%s'", to, error.text);
    free(broken);
    free(text);
}

Test(telemetry_document, refuses_contradictions)
{
    refuses("{\"readings\":82,\"w", "{\"readings\":0,\"w", "telemetry.readings");
    refuses("{\"readings\":82,\"w", "{\"readings\":9000000000,\"w", "telemetry.readings");
    refuses("{\"readings\":82,\"w", "{\"w", "telemetry.readings");
    refuses("{\"readings\":82,\"w", "{\"readings\":81,\"w", "sm_clock_mhz.readings");
    refuses("\"watched_ns\":8", "\"watched_ns\":-8", "watched_ns");
    refuses("\"tokens\":1", "\"tokens\":1.5e0,\"x\":1", "tokens");
    refuses("\"min\":1410", "\"min\":1981", "sm_clock_mhz.max");
    refuses("\"min\":1410", "\"min\":-1", "sm_clock_mhz.min");
    refuses("\"max\":1980", "\"max\":4294967296", "sm_clock_mhz.max");
    refuses("\"mean\":", "\"mean\":1981,\"x\":", "sm_clock_mhz.mean");
    refuses("\"temperature_c\":{", "\"temperature_c\":3,\"x\":{", "temperature_c");
    refuses("\"min\":54", "\"min\":5400", "temperature_c");
    refuses("\"throttle_reasons\":{\"readings\":80", "\"throttle_reasons\":{\"readings\":83",
            "throttle_reasons.readings");
    refuses("\"power_cap\":4", "\"power_cap\":81", "throttle_reasons.power_cap");
    refuses("\"throttled_periods\":77", "\"throttled_periods\":83", "throttled_periods");
    refuses("\"throttled_periods\":77,", "", "throttled_periods");
    refuses("\"stolen_ns\":10", "\"stolen_ns\":12", "stolen_ns");
    refuses("\"wanted_ns\":11,", "", "wanted_ns");
    refuses("\"energy_mj\":9", "\"energy_mj\":99", "energy_mj");
    refuses("\"threads\":8", "\"threads\":4294967296", "threads");
    refuses("\"cores\":2", "\"cores\":\"2\"", "cores");
    refuses("\"telemetry\":{", "\"telemetry\":[],\"x\":{", "telemetry");
}
