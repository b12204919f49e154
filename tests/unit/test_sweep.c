#include "../../src/command/sweep_agree.h"
#include "../../src/harness/sweep_folder.h"
#include "../../src/harness/sweep_summary.h"
#include "folder.h"
#include "random.h"
#include "texts.h"

#include <unistd.h>

static struct error error;

/* ---- --vary --------------------------------------------------------------------------------- */

static const struct {
    const char *text, *values; /* values: written as KNOB=V,V,... */
    enum sweep_scale scale;
} accepted[] = {
    {"SEQ_LEN=32", "SEQ_LEN=32", SWEEP_LISTED},
    {"seq-len=64,8,16", "SEQ_LEN=64,8,16", SWEEP_LISTED},
    {"seq_len=1,65536", "SEQ_LEN=1,65536", SWEEP_LISTED},
    {"STEP_SYNC=none,flag,auto", "STEP_SYNC=none,flag,auto", SWEEP_LISTED},
    {"CHAIN=on,off", "CHAIN=on,off", SWEEP_LISTED},
    {"THREADS=auto,1,2", "THREADS=auto,1,2", SWEEP_LISTED},
    {"SEQ_LEN=16:4096:x4", "SEQ_LEN=16,64,256,1024,4096", SWEEP_GEOMETRIC},
    {"SEQ_LEN=16:100:x2", "SEQ_LEN=16,32,64", SWEEP_GEOMETRIC},
    {"SEQ_LEN=10:40:x1.5", "SEQ_LEN=10,15,23,34", SWEEP_GEOMETRIC},
    {"SEQ_LEN=1:5:x1.3", "SEQ_LEN=1,2,3,4,5", SWEEP_GEOMETRIC},
    {"SEQ_LEN=7:7:x2", "SEQ_LEN=7", SWEEP_GEOMETRIC},
    {"BLOCK_K=16:128:x2", "BLOCK_K=16,32,64,128", SWEEP_GEOMETRIC},
    {"HEAD_DIM=32:128:+32", "HEAD_DIM=32,64,96,128", SWEEP_ARITHMETIC},
    {"BATCH=1:10:+4", "BATCH=1,5,9", SWEEP_ARITHMETIC},
    {"SPIN_NS=0:20:+10", "SPIN_NS=0,10,20", SWEEP_ARITHMETIC},
};

Test(sweep, accepts_lists_and_ranges)
{
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct sweep sweep = {0};
        char text[SWEEP_TEXT_ROOM];
        cr_assert(sweep_axis_parse(accepted[i].text, &sweep.axes[0], &error), "%s: %s",
                  accepted[i].text, error.text);
        sweep.axis_count = 1;
        cr_assert_str_eq(sweep_format_axes(&sweep, text), accepted[i].values, "of %s",
                         accepted[i].text);
        cr_assert_eq(sweep.axes[0].scale, accepted[i].scale, "%s", accepted[i].text);
    }
}

static const struct {
    const char *text;
    const char *says[3]; /* parts of the message, ended by NULL */
} refused[] = {
    {"", {"KNOB=V,V", "''"}},
    {"SEQ_LEN", {"KNOB=V,V", "'SEQ_LEN'"}},
    {"SEQ_LEN=", {"SEQ_LEN takes 1 to 65,536", "''"}},
    {"=3", {"unknown knob", "''"}},
    {"SEQ_LNE=3", {"'SEQ_LNE'", "SEQ_LEN?"}},
    {"COMPLETELY_DIFFERENT=3", {"'COMPLETELY_DIFFERENT'", "--help knobs"}},
    {"SEQ_LEN=3,", {"SEQ_LEN", "''"}},
    {"SEQ_LEN=3,,4", {"SEQ_LEN", "''"}},
    {"SEQ_LEN=0", {"SEQ_LEN", "'0'"}},
    {"SEQ_LEN=8,16,8", {"SEQ_LEN", "8 twice"}},
    {"BLOCK_K=16,17", {"16, 32, 64 or 128", "'17'"}},
    {"STEP_SYNC=none,sometimes", {"STEP_SYNC", "'sometimes'"}},
    {"STEP_SYNC=none:flag:x2", {"STEP_SYNC", "not a range"}},
    {"CHAIN=0:1:+1", {"CHAIN=on,off", "not a range"}},
    {"SEQ_LEN=8:64", {"xF", "''"}},
    {"SEQ_LEN=8:64:2", {"xF", "'2'"}},
    {"SEQ_LEN=8:64:x1", {"xF", "'x1'"}},
    {"SEQ_LEN=8:64:x0.5", {"xF", "'x0.5'"}},
    {"SEQ_LEN=8:64:x-2", {"xF", "'x-2'"}},
    {"SEQ_LEN=8:64:xnan", {"xF", "'xnan'"}},
    {"SEQ_LEN=8:64:x1e99", {"xF", "'x1e99'"}},
    {"SEQ_LEN=8:64:+0", {"+S", "'+0'"}},
    {"SEQ_LEN=8:64:+-1", {"+S", "'+-1'"}},
    {"SEQ_LEN=8:64:+99999999999999999999", {"+S", "'+9999"}},
    {"SEQ_LEN=8:64:x2:x2", {"xF", "'x2:x2'"}},
    {"SEQ_LEN=64:8:x2", {"goes up", "from 64 to 8"}},
    {"SEQ_LEN=8:99999999:x2", {"65,536", "'99999999'"}},
    {"THREADS=auto:8:x2", {"goes up", "auto"}},
    {"SPIN_NS=0:8:x2", {"SPIN_NS", "+S"}},
    {"HEAD_DIM=32:256:x1.5", {"in steps of 32", "'48'"}},
    {"SEQ_LEN=1:1000:+1", {"SEQ_LEN", "more than 128"}},
};

Test(sweep, refuses_by_name)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sweep_axis axis;
        cr_assert_not(sweep_axis_parse(refused[i].text, &axis, &error), "took %s", refused[i].text);
        cr_assert_eq(error.kind, ERROR_INPUT);
        expect_parts(error.text, refused[i].says);
    }
}

/* ---- the plan ------------------------------------------------------------------------------- */

static void vary(struct sweep *sweep, const char *text)
{
    struct sweep_axis axis;
    assert_success(sweep_axis_parse(text, &axis, &error) && sweep_add_axis(sweep, &axis, &error));
}

Test(sweep, points_are_all_combinations_and_the_last_knob_varies_fastest)
{
    static const enum knob_id knobs[] = {KNOB_SEQ_LEN, KNOB_BATCH, KNOB_SEED, KNOB_WARMUP};
    uint64_t random = 1;
    for (int round = 0; round < 200; round++) {
        struct sweep sweep = {0};
        uint32_t product = 1;
        uint32_t axes = 1 + (uint32_t)random_below(&random, 4);
        for (uint32_t i = 0; i < axes; i++) {
            struct sweep_axis axis = {.knob = knobs[i],
                                      .count = 1 + (uint32_t)random_below(&random, 7)};
            for (uint32_t value = 0; value < axis.count; value++)
                axis.values[value] = 10 * (i + 1) + value;
            product *= axis.count;
            cr_assert(sweep_add_axis(&sweep, &axis, &error));
        }
        cr_assert_eq(sweep_points(&sweep), product);
        struct knobs before = {0};
        for (uint32_t number = 1; number <= product; number++) {
            struct knobs at;
            sweep_knobs(&sweep, number, &at);
            /* Strictly in lexicographic order, so that no point occurs twice and all occur. */
            uint32_t first = 0;
            while (first < axes && at.value[knobs[first]] == before.value[knobs[first]])
                first++;
            cr_assert(first < axes && at.value[knobs[first]] > before.value[knobs[first]],
                      "point %u does not come after the previous point", number);
            before = at;
        }
    }
}

Test(sweep, every_point_is_in_one_shard_and_shards_are_equally_large)
{
    for (uint32_t count = 1; count <= 12; count++) {
        uint32_t points[12] = {0}, most = 0, least = UINT32_MAX;
        for (uint32_t number = 1; number <= 100; number++) {
            uint32_t owners = 0;
            for (uint32_t i = 0; i < count; i++) {
                const bool has = sweep_shard_has((struct sweep_shard){i + 1, count}, number);
                owners += has;
                points[i] += has;
            }
            cr_assert_eq(owners, 1u, "point %u of %u shards", number, count);
        }
        for (uint32_t i = 0; i < count; i++) {
            most = points[i] > most ? points[i] : most;
            least = points[i] < least ? points[i] : least;
        }
        cr_assert_leq(most - least, 1u);
    }
}

Test(sweep, shards_as_text)
{
    static const char *const wrong[] = {"",      "1",    "/",    "0/4",  "5/4", "1/0",    "1/4x",
                                        "1/4/2", "-1/4", " 1/4", "1 /4", "a/b", "1/99999"};
    const struct sweep_split none = {0}, eight = {8, 1, 1};
    struct sweep_shard shard;
    struct sweep_split split;
    cr_assert(sweep_shard_parse(NULL, &none, &shard, &error));
    cr_assert(shard.index == 1 && shard.count == 1);
    cr_assert(sweep_shard_parse("3/8", &none, &shard, &error));
    cr_assert(shard.index == 3 && shard.count == 8);
    cr_assert(sweep_shard_parse("3/8", &eight, &shard, &error));
    cr_assert_not(sweep_shard_parse("1/4", &eight, &shard, &error));
    cr_assert_str_eq(error.text, "the sweep began in 8 shards, not 4: --shard takes I/8");
    cr_assert(sweep_split_parse("3/8", &split, &error) && split.count == 8 && split.first == 1);
    cr_assert(sweep_split_parse(NULL, &split, &error) && split.count == 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_not(sweep_shard_parse(wrong[i], &none, &shard, &error), "took %s", wrong[i]);
        assert_contains(error.text, "I/N");
    }
}

/* Sets the variables that Slurm sets for task `id` of an array of `count` tasks, numbered from
 * `least` to `most`. NULL: not set. */
static void be_task(const char *id, const char *count, const char *least, const char *most)
{
    const char *const values[] = {id, count, least, most};
    static const char *const names[] = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
                                        "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX"};
    for (int i = 0; i < 4; i++) {
        if (values[i])
            setenv(names[i], values[i], 1);
        else
            unsetenv(names[i]);
    }
}

static void expect_split(uint32_t count, uint32_t first, uint32_t step, struct sweep_split *split)
{
    assert_success(sweep_split_parse("slurm", split, &error));
    cr_assert_eq(split->count, count);
    cr_assert_eq(split->first, first);
    cr_assert_eq(split->step, step);
}

static void expect_shard(const struct sweep_split *split, uint32_t index)
{
    struct sweep_shard shard;
    assert_success(sweep_shard_parse("slurm", split, &shard, &error));
    cr_assert_eq(shard.index, index);
    cr_assert_eq(shard.count, split->count);
}

static void expect_no_shard(const struct sweep_split *split, const char *sentence)
{
    struct sweep_shard shard;
    cr_assert_not(sweep_shard_parse("slurm", split, &shard, &error));
    cr_assert_str_eq(error.text, sentence);
}

Test(sweep, a_resubmitted_task_keeps_its_points)
{
    struct sweep_split split;
    static const char *const ids[] = {"0", "1", "2", "3"};
    for (uint32_t i = 0; i < 4; i++) {
        be_task(ids[i], "4", "0", "3"); /* --array=0-3 */
        expect_split(4, 0, 1, &split);
        expect_shard(&split, i + 1);
    }
    be_task("3", "1", "3", "3"); /* --array=3 */
    expect_shard(&split, 4);
    be_task("3", "2", "1", "3"); /* --array=1,3 */
    expect_shard(&split, 4);
    be_task("4", "8", "1", "8"); /* --array=1-8 */
    expect_no_shard(&split, "task 4 is not a task that the sweep began with: --array=0-3");

    be_task("6", "3", "2", "6"); /* --array=2-6:2 */
    expect_split(3, 2, 2, &split);
    expect_shard(&split, 3);
    be_task("3", "1", "3", "3");
    expect_no_shard(&split, "task 3 is not a task that the sweep began with: --array=2-6:2");
}

static void expect_no_split(const char *part)
{
    struct sweep_split split;
    cr_assert_not(sweep_split_parse("slurm", &split, &error));
    assert_contains(error.text, part);
}

Test(sweep, an_array_that_a_sweep_cannot_start_with)
{
    struct sweep_split split;
    be_task("7", "1", "7", "7"); /* one task has all points */
    cr_assert(sweep_split_parse("slurm", &split, &error) && split.count == 1 && split.first == 7);
    be_task("1", "3", "1", "4"); /* --array=1,2,4 */
    expect_no_split("evenly numbered tasks");
    be_task(NULL, NULL, NULL, NULL);
    expect_no_split("SLURM_ARRAY_TASK_COUNT is not set");
    be_task("1x", "2", "1", "2");
    expect_no_split("not '1x'");
}

Test(sweep, refuses_a_repeated_knob_and_too_many_points)
{
    struct sweep sweep = {0};
    struct sweep_axis axis;
    vary(&sweep, "SEQ_LEN=1:100:+1");
    cr_assert(sweep_axis_parse("SEQ_LEN=3", &axis, &error));
    cr_assert_not(sweep_add_axis(&sweep, &axis, &error));
    assert_contains(error.text, "SEQ_LEN is varied twice");
    cr_assert(sweep_axis_parse("BATCH=1:100:+1", &axis, &error));
    cr_assert_not(sweep_add_axis(&sweep, &axis, &error));
    assert_contains(error.text, "10,000");
    assert_contains(error.text, "9,999");
    vary(&sweep, "BATCH=1:99:+1");
    cr_assert_eq(sweep_points(&sweep), 9900u);
}

Test(sweep, a_point_without_iterations_has_no_end_and_is_refused)
{
    struct sweep sweep = {.knobs.iterations = 5};
    vary(&sweep, "SEQ_LEN=8");
    cr_assert(sweep_ends(&sweep, &error));
    sweep.knobs.iterations = 0;
    cr_assert_not(sweep_ends(&sweep, &error));
    vary(&sweep, "ITERATIONS=5,6");
    cr_assert(sweep_ends(&sweep, &error));
    sweep.axes[1].values[1] = 0;
    cr_assert_not(sweep_ends(&sweep, &error));
    assert_contains(error.text, "ITERATIONS");
}

Test(sweep, variants_that_do_not_read_a_varied_knob)
{
    struct sweep sweep = {0};
    struct targets targets;
    vary(&sweep, "STEP_SYNC=none,flag");
    cr_assert(targets_parse("persistent_decode", BACKEND_CPU, &targets, &error));
    assert_success(sweep_take_variants(&sweep, &targets, &error));
    cr_assert_eq(sweep.variant_count, 1u);
    cr_assert_str_eq(sweep.variants[0]->name, "cpu_persistent");

    cr_assert(targets_parse("persistent_decode,cpu_graph", BACKEND_CPU, &targets, &error));
    cr_assert_not(sweep_take_variants(&sweep, &targets, &error), "the variant was named");
    cr_assert_eq(error.kind, ERROR_INPUT);
    assert_contains(error.text, "cpu_graph does not read STEP_SYNC");
    assert_contains(error.text, "read by cpu_persistent");

    vary(&sweep, "BLOCK_K=16,32");
    cr_assert(targets_parse("persistent_decode", BACKEND_CPU, &targets, &error));
    cr_assert_not(sweep_take_variants(&sweep, &targets, &error),
                  "no variant of the target reads both knobs");
    cr_assert(strstr(error.text, "no variant") || strstr(error.text, "does not read"), "%s",
              error.text);
}

/* ---- the folder ----------------------------------------------------------------------------- */

static struct sweep sweep, read_back;
static struct sweep_results results, through;
static size_t length;

/* An empty folder, and a sweep of SEQ_LEN and THREADS by two variants: 6 points. */
static void begin_sweep(void)
{
    folder_begin();
    sweep = (struct sweep){
        .run_id = "20261123T054500Z-1a2b",
        .begun_utc = "2026-11-23T05:45:00Z",
        .version = "0.1.0",
        .git_revision = "abc",
        .device = {.backend = BACKEND_CPU, .id = "cpu", .name = "A, \"CPU\"", .units = 2},
        .split = {8, 0, 2},
        .knobs = knobs_defaults(),
        .variant_count = 2,
        .variants = {variant_find("cpu_per_token"), variant_find("cpu_persistent")},
    };
    sweep.knobs.iterations = 50;
    vary(&sweep, "SEQ_LEN=8:32:x2");
    vary(&sweep, "THREADS=auto,1");
}

static void end_sweep(void)
{
    sweep_results_close(&results);
    sweep_results_close(&through);
    folder_end();
}

TestSuite(sweep_folder, .init = begin_sweep, .fini = end_sweep);

static void open_results(struct sweep_results *list)
{
    sweep_results_close(list);
    cr_assert(sweep_results_open(&sweep, list));
}

/* Writes the plan, and reads it back. */
static void write_and_read(void)
{
    assert_success(sweep_write_plan(&sweep, folder, &error));
    assert_success(sweep_read_plan(folder, &read_back, &error));
}

/* What a point would measure: one iteration of number * 1000 ns, half as long for the second
 * variant. `skip`: the second variant refuses the point. */
static void fill_runs(uint32_t number, bool skip, struct run runs[2])
{
    struct knobs knobs;
    sweep_knobs(&sweep, number, &knobs);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert(run_open(&runs[i]));
        struct plan plan;
        struct error ignored;
        variant_plan(sweep.variants[i], &knobs, &sweep.device, &plan, &ignored);
        run_begin(&runs[i], sweep.variants[i], &knobs, &plan.used, 1);
        runs[i].status = RUN_DONE;
        runs[i].verification.verdict = VERDICT_RIGHT;
        runs[i].verification.checked = 1;
        histogram_record(&runs[i].histograms[METRIC_ITERATION], 1000 * (uint64_t)number >> i);
    }
    if (!skip)
        return;
    histogram_clear(&runs[1].histograms[METRIC_ITERATION]);
    runs[1].status = RUN_SKIPPED;
    runs[1].verification = (struct verification){0};
    error_set(&runs[1].error, ERROR_UNSUPPORTED, "it takes \"fewer\", not more");
}

static void close_runs(struct run runs[2])
{
    for (int i = 0; i < 2; i++)
        run_close(&runs[i]);
}

static void write_point(uint32_t number)
{
    struct run runs[2];
    fill_runs(number, number == 2, runs);
    assert_success(sweep_write_point(&sweep, folder, number, &sweep.device, &(struct ceilings){0},
                                     runs, false, &error));
    close_runs(runs);
}

/* Loads the results of the points in the folder. */
static void load(void)
{
    open_results(&results);
    for (uint32_t number = 1; number <= sweep_points(&sweep); number++) {
        struct document document;
        bool there;
        assert_success(sweep_read_point(&sweep, folder, number, &document, &there, &error));
        if (!there)
            continue;
        sweep_results_take(&results, number, document.runs);
        document_free(&document);
    }
}

Test(sweep_folder, a_plan_survives_its_file)
{
    char axes[2][SWEEP_TEXT_ROOM], names[2][SWEEP_TEXT_ROOM];
    cr_assert_not(sweep_has_plan(folder));
    write_and_read();
    cr_assert(sweep_has_plan(folder));
    cr_assert_str_eq(read_back.run_id, sweep.run_id);
    cr_assert_str_eq(read_back.begun_utc, sweep.begun_utc);
    cr_assert_str_eq(read_back.git_revision, sweep.git_revision);
    cr_assert_str_eq(read_back.device.name, sweep.device.name);
    cr_assert_eq(read_back.device.units, 2u);
    cr_assert_eq(memcmp(&read_back.split, &sweep.split, sizeof read_back.split), 0);
    cr_assert_str_eq(sweep_format_axes(&read_back, axes[0]), sweep_format_axes(&sweep, axes[1]));
    cr_assert_str_eq(sweep_format_variants(&read_back, names[0]),
                     sweep_format_variants(&sweep, names[1]));
    cr_assert_eq(read_back.axes[0].scale, SWEEP_GEOMETRIC);
    cr_assert_eq(read_back.repeats, 1);
    for (uint32_t number = 1; number <= 6; number++) {
        struct knobs a, b;
        sweep_knobs(&sweep, number, &a);
        sweep_knobs(&read_back, number, &b);
        cr_assert_arr_eq(a.value, b.value, sizeof a.value);
    }
}

Test(sweep_folder, the_first_plan_stays)
{
    cr_assert(sweep_write_plan(&sweep, folder, &error));
    sweep.knobs.iterations = 51;
    write_and_read();
    cr_assert_eq(read_back.knobs.iterations, 50);
    sweep_remove_leftovers(folder, (struct sweep_shard){1, 1});
}

#define VARY(knob, scale, values)                                                                  \
    "{\"knob\":\"" knob "\",\"scale\":\"" scale "\",\"values\":[" values "]}"

Test(sweep_folder, a_bad_plan_is_refused_with_its_place)
{
    static const char head[] =
        "{\"schema\":\"pdlab.sweep/1\",\"run_id\":\"r\",\"begun_utc\":\"b\","
        "\"pdlab\":{\"version\":\"v\",\"git_revision\":\"\"},\"device\":{\"id\":\"cpu\","
        "\"name\":\"n\",\"driver\":\"\",\"isa\":\"\",\"units\":2},\"knobs\":{\"ITERATIONS\":5},";
    static const struct {
        const char *variant, *vary, *says;
    } plans[] = {
        {"cpu_graph", "", "vary"},
        {"cpu_graph", "{\"knob\":\"SEQ_LNE\"}", "vary[0].knob"},
        {"cpu_graph", VARY("SEQ_LEN", "big", "1"), "vary[0].scale"},
        {"cpu_graph", VARY("SEQ_LEN", "listed", "0"), "SEQ_LEN takes"},
        {"cpu_graph", VARY("SEQ_LEN", "listed", "1,1"), "vary[0].values[1]"},
        {"cpu_graph", VARY("SPIN_NS", "geometric", "0"), "vary[0].values[0]"},
        {"gpu_graph", VARY("SEQ_LEN", "listed", "1"), "variants[0]"},
        {"cpu_graph", VARY("STEP_SYNC", "listed", "\"none\""), "cpu_graph does not read STEP_SYNC"},
        {"cpu_graph", VARY("ITERATIONS", "listed", "0,1"), "ITERATIONS"},
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        char text[1024];
        int written = snprintf(text, sizeof text, "%s\"variants\":[\"%s\"],\"vary\":[%s]}", head,
                               plans[i].variant, plans[i].vary);
        cr_assert_not(sweep_parse_plan(text, (size_t)written, "a.json", &read_back, &error), "%s",
                      text);
        cr_assert_eq(error.kind, ERROR_INPUT);
        cr_assert_eq(strncmp(error.text, "a.json: ", 8), 0, "%s", error.text);
        cr_assert(strstr(error.text, plans[i].says), "%s: %s", plans[i].says, error.text);
    }
}

/* Frees both texts. */
static void expect_same(char *a, char *b)
{
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
}

Test(sweep_folder, a_resumed_sweep_equals_an_uninterrupted_one)
{
    struct run runs[2];
    open_results(&through);
    for (uint32_t number = 1; number <= 6; number++) {
        fill_runs(number, number == 2, runs);
        sweep_results_take(&through, number, runs);
        close_runs(runs);
    }
    static const uint32_t order[] = {4, 2, 6, 1, 5, 3};
    for (int i = 0; i < 6; i++) {
        load();
        cr_assert_eq(sweep_finished(&results), (uint32_t)i);
        cr_assert_not(sweep_is_finished(&results, order[i]));
        write_point(order[i]);
    }
    load();
    expect_same(sweep_print_csv(&sweep, &through, &length),
                sweep_print_csv(&sweep, &results, &length));
    expect_same(sweep_print_svg(&sweep, &through, &length),
                sweep_print_svg(&sweep, &results, &length));
}

Test(sweep_folder, the_table_has_a_row_per_variant_and_point)
{
    for (uint32_t number = 1; number <= 3; number++)
        write_point(number);
    load();
    char *csv = sweep_print_csv(&sweep, &results, &length);
    cr_assert_str_eq(
        csv,
        "point,variant,device,SEQ_LEN,THREADS,status,reason,verified,iterations,iteration_p50_ns,"
        "iteration_p90_ns,iteration_p99_ns,step_p50_ns,step_p99_ns,tokens_per_s,processes,"
        "iteration_p50_half_interval_percent,fastest\n"
        "1,cpu_per_token,\"A, \"\"CPU\"\"\",8,auto,ok,,true,1,1000,,,,,6.4e+07,1,,\n"
        "1,cpu_persistent,\"A, \"\"CPU\"\"\",8,auto,ok,,true,1,500,,,,,1.28e+08,1,,\n"
        "2,cpu_per_token,\"A, \"\"CPU\"\"\",8,1,ok,,true,1,2000,,,,,3.2e+07,1,,\n"
        "2,cpu_persistent,\"A, \"\"CPU\"\"\",8,1,skipped,"
        "\"it takes \"\"fewer\"\", not more\",,,,,,,,,,,\n"
        "3,cpu_per_token,\"A, \"\"CPU\"\"\",16,auto,ok,,true,1,3000,,,,,4.26667e+07,1,,\n"
        "3,cpu_persistent,\"A, \"\"CPU\"\"\",16,auto,ok,,true,1,1500,,,,,8.53333e+07,1,,\n");
    free(csv);
}

/* The figures of `samples` iterations of ns each, as the only row of a table. */
static const char *figures_of(size_t samples, uint64_t ns)
{
    static char figures[256];
    struct run runs[2] = {0};
    open_results(&results);
    for (int i = 0; i < 2; i++) {
        cr_assert(run_open(&runs[i]));
        runs[i].status = RUN_DONE;
        runs[i].used.batch = runs[i].used.seq_len = 1;
    }
    for (size_t i = 0; i < samples; i++)
        histogram_record(&runs[0].histograms[METRIC_ITERATION], ns);
    sweep_results_take(&results, 1, runs);
    char *csv = sweep_print_csv(&sweep, &results, &length);
    const char *row = strstr(csv, "ok,,,");
    cr_assert_not_null(row, "%s", csv);
    snprintf(figures, sizeof figures, "%.*s", (int)strcspn(row, "\n"), row);
    free(csv);
    close_runs(runs);
    return figures;
}

Test(sweep_folder, unresolved_cells_are_empty)
{
    cr_assert_str_eq(figures_of(9, 1000), "ok,,,9,1000,,,,,1e+06,1,,");
    cr_assert_str_eq(figures_of(10, 1000), "ok,,,10,1000,1000,,,,1e+06,1,,");
    cr_assert_str_eq(figures_of(99, 1000), "ok,,,99,1000,1000,,,,1e+06,1,,");
    cr_assert_str_eq(figures_of(100, 1000), "ok,,,100,1000,1000,1000,,,1e+06,1,,");
}

Test(sweep_folder, a_median_beyond_the_range_is_its_end_without_a_rate)
{
    cr_assert_str_eq(figures_of(10, 2 * HISTOGRAM_MOST_NS),
                     "ok,,,10,100000000000,100000000000,,,,,1,,");
}

/* Adds five processes to a run. Their medians are p50_ns * (1 - 2 * apart) to (1 + 2 * apart). */
static void add_processes(struct run *run, double p50_ns, double apart)
{
    for (int i = 0; i < 5; i++) {
        struct process process = {.p50_ns = (uint64_t)(p50_ns * (1 + (i - 2) * apart))};
        snprintf(process.id, sizeof process.id, "%d", i);
        cr_assert(run_add_process(run, &process));
    }
}

Test(sweep_folder, a_variant_that_ties_with_the_fastest_is_fastest)
{
    static const struct {
        double p50_ns[2];
        enum verdict verdict;
        bool fastest[2];
    } cases[] = {
        {{100000, 100100}, VERDICT_RIGHT, {true, true}},
        {{100000, 120000}, VERDICT_RIGHT, {true, false}},
        {{120000, 100000}, VERDICT_RIGHT, {false, true}},
        {{120000, 100000}, VERDICT_NONE, {true, false}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run runs[2];
        open_results(&results);
        fill_runs(1, false, runs);
        runs[1].verification.verdict = cases[i].verdict;
        for (int run = 0; run < 2; run++)
            add_processes(&runs[run], cases[i].p50_ns[run], 0.01);
        sweep_results_take(&results, 1, runs);
        for (uint32_t run = 0; run < 2; run++)
            cr_assert_eq(sweep_result_at(&results, 1, run)->fastest, cases[i].fastest[run],
                         "case %zu, %u", i, run);
        char *csv = sweep_print_csv(&sweep, &results, &length);
        assert_contains(csv, cases[i].fastest[0] ? "e+07,5,2.01,true\n" : "e+07,5,2.01,false\n");
        free(csv);
        close_runs(runs);
    }
}

Test(sweep_folder, a_plan_keeps_its_repeats)
{
    struct options options = {0};
    sweep.repeats = 7;
    sweep.order_seed = UINT32_MAX;
    write_and_read();
    cr_assert_eq(read_back.repeats, 7);
    cr_assert_eq(read_back.order_seed, UINT32_MAX);
    assert_success(sweep_agrees(&read_back, "f", &options, &error));
    options.repeats = 7;
    assert_success(sweep_agrees(&read_back, "f", &options, &error));
    options.repeats = 5;
    cr_assert_not(sweep_agrees(&read_back, "f", &options, &error));
    cr_assert_str_eq(error.text, "f contains a different plan: its --repeats is 7, not 5");
    options.repeats = 0;
    options.has_order_seed = true;
    cr_assert_not(sweep_agrees(&read_back, "f", &options, &error));
    cr_assert_str_eq(error.text,
                     "f contains a different plan: its --order-seed is 4294967295, not 0");
}

/* Points of two models must not be in one folder. */
Test(sweep_folder, a_plan_keeps_its_model)
{
    struct document here;
    const struct model_checkpoint other = {.name = "other", .hash = "99887766554433221100"};
    const struct model_checkpoint one = {.name = "one", .hash = "00112233445566778899"};
    document_describe(&here, &sweep.device, NULL, 0);
    memcpy(sweep.version, here.version, sizeof sweep.version);
    memcpy(sweep.git_revision, here.git_revision, sizeof sweep.git_revision);
    model_checkpoint_use(&one);
    sweep.model = run_open_model();
    write_and_read();
    cr_assert_str_eq(read_back.model.name, "one");
    cr_assert_str_eq(read_back.model.hash, one.hash);
    assert_success(sweep_same_origin(&read_back, "f", &sweep.device, &error));
    model_checkpoint_use(&other);
    cr_assert_not(sweep_same_origin(&read_back, "f", &sweep.device, &error));
    cr_assert_str_eq(error.text,
                     "f contains a different plan: its model is one 00112233, not other 99887766");
    model_checkpoint_use(NULL);
    cr_assert_not(sweep_same_origin(&read_back, "f", &sweep.device, &error));
    cr_assert_str_eq(error.text,
                     "f contains a different plan: its model is one 00112233, not none from files");
}

Test(sweep_folder, a_broken_or_foreign_point_is_refused_and_stays)
{
    struct document document;
    bool there;
    write_point(1);
    const char *const to = folder_path("points/0003.json");
    cr_assert_eq(rename(folder_path("points/0001.json"), to), 0);
    cr_assert_not(sweep_read_point(&sweep, folder, 3, &document, &there, &error));
    assert_contains(error.text, "0003.json is not point 3");
    cr_assert_eq(access(to, F_OK), 0);

    cr_assert_eq(truncate(to, 100), 0);
    cr_assert_not(sweep_read_point(&sweep, folder, 3, &document, &there, &error));
    assert_contains(error.text, "0003.json");
    assert_contains(error.text, "remove the file");
    cr_assert(sweep_read_point(&sweep, folder, 2, &document, &there, &error));
    cr_assert_not(there);

    write_point(1);
    strcpy(sweep.run_id, "20261123T054500Z-ffff");
    cr_assert_not(sweep_read_point(&sweep, folder, 1, &document, &there, &error),
                  "another sweep's");
}

Test(sweep_folder, a_shard_removes_only_its_own_leftovers)
{
    static const char *const own[] = {"points/0002.json.0123abcd", "points/0004.json.ffffffff"};
    static const char *const others[] = {"points/0001.json.0123abcd", "summary.csv.0123abcd",
                                         "sweep.json.0123abcd"};
    static const char *const kept[] = {"points/0002.json",         "points/0002.json.0123abcg",
                                       "points/0002.json.0123abc", "points/2.json.0123abcd",
                                       "notes.txt.0123abcd",       "points/0000.json.0123abcd"};
    write_point(2);
    for (size_t i = 0; i < 2; i++)
        folder_put(own[i], "");
    for (size_t i = 0; i < 3; i++)
        folder_put(others[i], "");
    for (size_t i = 1; i < 6; i++)
        folder_put(kept[i], "");
    sweep_remove_leftovers(folder, (struct sweep_shard){2, 2});
    for (size_t i = 0; i < 2; i++)
        cr_assert_not(folder_has(own[i]), "%s", own[i]);
    for (size_t i = 0; i < 3; i++)
        cr_assert(folder_has(others[i]), "%s", others[i]);
    sweep_remove_leftovers(folder, (struct sweep_shard){1, 1});
    for (size_t i = 0; i < 3; i++)
        cr_assert_not(folder_has(others[i]), "%s", others[i]);
    for (size_t i = 0; i < 6; i++)
        cr_assert(folder_has(kept[i]), "%s", kept[i]);
}

Test(sweep_folder, two_processes_never_have_the_same_point)
{
    int first, other, second;
    cr_assert(sweep_write_plan(&sweep, folder, &error));
    assert_success(sweep_lock(&sweep, folder, (struct sweep_shard){1, 2}, &first, &error));
    assert_success(sweep_lock(&sweep, folder, (struct sweep_shard){2, 2}, &other, &error));
    cr_assert_not(sweep_lock(&sweep, folder, (struct sweep_shard){1, 1}, &second, &error));
    assert_contains(error.text, "point 1");
    close(first);
    cr_assert_not(sweep_lock(&sweep, folder, (struct sweep_shard){1, 1}, &second, &error));
    assert_contains(error.text, "point 2");
    close(other);
    assert_success(sweep_lock(&sweep, folder, (struct sweep_shard){1, 1}, &second, &error));
    close(second);
}
