#include "../../src/command/sweep_agree.h"
#include "../../src/harness/sweep_folder.h"
#include "../../src/harness/sweep_summary.h"
#include "folder.h"
#include "random.h"
#include "unit.h"

#include <unistd.h>

static struct error error;

/* ---- --vary --------------------------------------------------------------------------------- */

static const struct {
    const char *text, *values; /* as KNOB=V,V,...  */
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
    const char *says[2];
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
        for (int part = 0; part < 2; part++)
            cr_assert(strstr(error.text, refused[i].says[part]), "%s: no \"%s\" in: %s",
                      refused[i].text, refused[i].says[part], error.text);
    }
}

/* ---- the plan ------------------------------------------------------------------------------- */

static void vary(struct sweep *sweep, const char *text)
{
    struct sweep_axis axis;
    cr_assert(sweep_axis_parse(text, &axis, &error) && sweep_add_axis(sweep, &axis, &error), "%s",
              error.text);
}

Test(sweep, points_are_the_product_each_once_the_last_knob_fastest)
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
                      "point %u does not come after the one before", number);
            before = at;
        }
    }
}

Test(sweep, shards_deal_out_every_point_once_and_evenly)
{
    for (uint32_t count = 1; count <= 12; count++) {
        uint32_t most = 0, least = UINT32_MAX, owners[101] = {0};
        for (uint32_t index = 1; index <= count; index++) {
            uint32_t points = 0;
            for (uint32_t number = 1; number <= 100; number++) {
                bool has = sweep_shard_has((struct sweep_shard){index, count}, number);
                owners[number] += has;
                points += has;
            }
            most = points > most ? points : most;
            least = points < least ? points : least;
        }
        for (uint32_t number = 1; number <= 100; number++)
            cr_assert_eq(owners[number], 1u, "point %u of %u shards", number, count);
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
        cr_assert(strstr(error.text, "I/N"), "%s", error.text);
    }
}

/* A task of a job array, in Slurm's variables: `id` of an array of `count` from `least` to `most`.
 */
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

Test(sweep, a_resubmitted_task_keeps_its_points)
{
    struct sweep_split split;
    struct sweep_shard shard;
    static const char *const ids[] = {"0", "1", "2", "3"};
    for (uint32_t i = 0; i < 4; i++) {
        be_task(ids[i], "4", "0", "3"); /* --array=0-3 */
        cr_assert(sweep_split_parse("slurm", &split, &error), "%s", error.text);
        cr_assert(split.count == 4 && split.first == 0 && split.step == 1);
        cr_assert(sweep_shard_parse("slurm", &split, &shard, &error), "%s", error.text);
        cr_assert(shard.index == i + 1 && shard.count == 4);
    }
    be_task("3", "1", "3", "3"); /* --array=3 */
    cr_assert(sweep_shard_parse("slurm", &split, &shard, &error), "%s", error.text);
    cr_assert(shard.index == 4 && shard.count == 4);
    be_task("3", "2", "1", "3"); /* --array=1,3 */
    cr_assert(sweep_shard_parse("slurm", &split, &shard, &error), "%s", error.text);
    cr_assert(shard.index == 4 && shard.count == 4);
    be_task("4", "8", "1", "8"); /* --array=1-8 */
    cr_assert_not(sweep_shard_parse("slurm", &split, &shard, &error));
    cr_assert_str_eq(error.text, "task 4 is not a task that the sweep began with: --array=0-3");

    be_task("6", "3", "2", "6"); /* --array=2-6:2 */
    cr_assert(sweep_split_parse("slurm", &split, &error), "%s", error.text);
    cr_assert(split.count == 3 && split.first == 2 && split.step == 2);
    cr_assert(sweep_shard_parse("slurm", &split, &shard, &error) && shard.index == 3);
    be_task("3", "1", "3", "3");
    cr_assert_not(sweep_shard_parse("slurm", &split, &shard, &error));
    cr_assert_str_eq(error.text, "task 3 is not a task that the sweep began with: --array=2-6:2");
}

Test(sweep, an_array_that_a_sweep_cannot_start_with)
{
    struct sweep_split split;
    be_task("7", "1", "7", "7"); /* one task has all points */
    cr_assert(sweep_split_parse("slurm", &split, &error) && split.count == 1 && split.first == 7);
    be_task("1", "3", "1", "4"); /* --array=1,2,4 */
    cr_assert_not(sweep_split_parse("slurm", &split, &error));
    cr_assert(strstr(error.text, "evenly numbered tasks"), "%s", error.text);
    be_task(NULL, NULL, NULL, NULL);
    cr_assert_not(sweep_split_parse("slurm", &split, &error));
    cr_assert(strstr(error.text, "SLURM_ARRAY_TASK_COUNT is not set"), "%s", error.text);
    be_task("1x", "2", "1", "2");
    cr_assert_not(sweep_split_parse("slurm", &split, &error));
    cr_assert(strstr(error.text, "not '1x'"), "%s", error.text);
}

Test(sweep, refuses_a_repeated_knob_and_too_many_points)
{
    struct sweep sweep = {0};
    struct sweep_axis axis;
    vary(&sweep, "SEQ_LEN=1:100:+1");
    cr_assert(sweep_axis_parse("SEQ_LEN=3", &axis, &error));
    cr_assert_not(sweep_add_axis(&sweep, &axis, &error));
    cr_assert(strstr(error.text, "SEQ_LEN is varied twice"), "%s", error.text);
    cr_assert(sweep_axis_parse("BATCH=1:100:+1", &axis, &error));
    cr_assert_not(sweep_add_axis(&sweep, &axis, &error));
    cr_assert(strstr(error.text, "10,000") && strstr(error.text, "9,999"), "%s", error.text);
    vary(&sweep, "BATCH=1:99:+1");
    cr_assert_eq(sweep_points(&sweep), 9900u);
}

Test(sweep, a_point_without_an_end_is_refused)
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
    cr_assert(strstr(error.text, "ITERATIONS"), "%s", error.text);
}

Test(sweep, variants_that_do_not_read_a_varied_knob)
{
    struct sweep sweep = {0};
    struct targets targets;
    vary(&sweep, "STEP_SYNC=none,flag");
    cr_assert(targets_parse("persistent_decode", BACKEND_CPU, &targets, &error));
    cr_assert(sweep_take_variants(&sweep, &targets, &error), "%s", error.text);
    cr_assert_eq(sweep.variant_count, 1u);
    cr_assert_str_eq(sweep.variants[0]->name, "cpu_persistent");

    cr_assert(targets_parse("persistent_decode,cpu_graph", BACKEND_CPU, &targets, &error));
    cr_assert_not(sweep_take_variants(&sweep, &targets, &error), "asked for by its own name");
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert(strstr(error.text, "cpu_graph does not read STEP_SYNC"), "%s", error.text);
    cr_assert(strstr(error.text, "read by cpu_persistent"), "%s", error.text);

    vary(&sweep, "BLOCK_K=16,32");
    cr_assert(targets_parse("persistent_decode", BACKEND_CPU, &targets, &error));
    cr_assert_not(sweep_take_variants(&sweep, &targets, &error), "none of the target reads both");
    cr_assert(strstr(error.text, "no variant") || strstr(error.text, "does not read"), "%s",
              error.text);
}

/* ---- the folder ----------------------------------------------------------------------------- */

TestSuite(sweep_folder, .init = folder_begin, .fini = folder_end);

/* SEQ_LEN and BATCH by two variants: 6 points. */
static void fill_sweep(struct sweep *sweep)
{
    *sweep = (struct sweep){
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
    sweep->knobs.iterations = 50;
    vary(sweep, "SEQ_LEN=8:32:x2");
    vary(sweep, "THREADS=auto,1");
}

/* What a point would measure: iterations of number * 1000 ns, half as long for the second variant.
 * `skip`: it refuses the point. */
static void fill_runs(const struct sweep *sweep, uint32_t number, bool skip, struct run runs[2])
{
    struct knobs knobs;
    sweep_knobs(sweep, number, &knobs);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert(run_open(&runs[i]));
        struct plan plan;
        struct error ignored;
        variant_plan(sweep->variants[i], &knobs, &sweep->device, &plan, &ignored);
        run_begin(&runs[i], sweep->variants[i], &knobs, &plan.used, 1);
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

static void write_point(const struct sweep *sweep, uint32_t number)
{
    struct run runs[2];
    fill_runs(sweep, number, number == 2, runs);
    cr_assert(sweep_write_point(sweep, folder, number, &sweep->device, &(struct ceilings){0}, runs,
                                false, &error),
              "%s", error.text);
    run_close(&runs[0]);
    run_close(&runs[1]);
}

/* The results in the folder. */
static void load(const struct sweep *sweep, struct sweep_results *results)
{
    cr_assert(sweep_results_open(sweep, results));
    for (uint32_t number = 1; number <= sweep_points(sweep); number++) {
        struct document document;
        bool there;
        cr_assert(sweep_read_point(sweep, folder, number, &document, &there, &error), "%s",
                  error.text);
        if (!there)
            continue;
        sweep_results_take(results, number, document.runs);
        document_free(&document);
    }
}

Test(sweep_folder, a_plan_survives_its_file)
{
    struct sweep sweep, read;
    char axes[2][SWEEP_TEXT_ROOM], names[2][SWEEP_TEXT_ROOM];
    fill_sweep(&sweep);
    cr_assert_not(sweep_has_plan(folder));
    cr_assert(sweep_write_plan(&sweep, folder, &error), "%s", error.text);
    cr_assert(sweep_has_plan(folder));
    cr_assert(sweep_read_plan(folder, &read, &error), "%s", error.text);
    cr_assert_str_eq(read.run_id, sweep.run_id);
    cr_assert_str_eq(read.begun_utc, sweep.begun_utc);
    cr_assert_str_eq(read.git_revision, sweep.git_revision);
    cr_assert_str_eq(read.device.name, sweep.device.name);
    cr_assert_eq(read.device.units, 2u);
    cr_assert_eq(memcmp(&read.split, &sweep.split, sizeof read.split), 0);
    cr_assert_str_eq(sweep_format_axes(&read, axes[0]), sweep_format_axes(&sweep, axes[1]));
    cr_assert_str_eq(sweep_format_variants(&read, names[0]),
                     sweep_format_variants(&sweep, names[1]));
    cr_assert_eq(read.axes[0].scale, SWEEP_GEOMETRIC);
    cr_assert_eq(read.repeats, 1);
    for (uint32_t number = 1; number <= 6; number++) {
        struct knobs a, b;
        sweep_knobs(&sweep, number, &a);
        sweep_knobs(&read, number, &b);
        cr_assert_arr_eq(a.value, b.value, sizeof a.value);
    }
}

Test(sweep_folder, the_first_plan_stays)
{
    struct sweep sweep, read;
    fill_sweep(&sweep);
    cr_assert(sweep_write_plan(&sweep, folder, &error));
    sweep.knobs.iterations = 51;
    cr_assert(sweep_write_plan(&sweep, folder, &error), "%s", error.text);
    cr_assert(sweep_read_plan(folder, &read, &error));
    cr_assert_eq(read.knobs.iterations, 50);
    sweep_remove_leftovers(folder, (struct sweep_shard){1, 1});
}

Test(sweep_folder, a_bad_plan_is_refused_with_its_place)
{
    static const char head[] =
        "{\"schema\":\"pdlab.sweep/1\",\"run_id\":\"r\",\"begun_utc\":\"b\","
        "\"pdlab\":{\"version\":\"v\",\"git_revision\":\"\"},\"device\":{\"id\":\"cpu\","
        "\"name\":\"n\",\"driver\":\"\",\"isa\":\"\",\"units\":2},\"knobs\":{\"ITERATIONS\":5},";
    static const struct {
        const char *rest, *says;
    } plans[] = {
        {"\"variants\":[\"cpu_graph\"],\"vary\":[]}", "vary"},
        {"\"variants\":[\"cpu_graph\"],\"vary\":[{\"knob\":\"SEQ_LNE\"}]}", "vary[0].knob"},
        {"\"variants\":[\"cpu_graph\"],\"vary\":[{\"knob\":\"SEQ_LEN\",\"scale\":\"big\","
         "\"values\":[1]}]}",
         "vary[0].scale"},
        {"\"variants\":[\"cpu_graph\"],\"vary\":[{\"knob\":\"SEQ_LEN\",\"scale\":\"listed\","
         "\"values\":[0]}]}",
         "SEQ_LEN takes"},
        {"\"variants\":[\"cpu_graph\"],\"vary\":[{\"knob\":\"SEQ_LEN\",\"scale\":\"listed\","
         "\"values\":[1,1]}]}",
         "vary[0].values[1]"},
        {"\"variants\":[\"cpu_graph\"],\"vary\":[{\"knob\":\"SPIN_NS\",\"scale\":\"geometric\","
         "\"values\":[0]}]}",
         "vary[0].values[0]"},
        {"\"variants\":[\"gpu_graph\"],\"vary\":[{\"knob\":\"SEQ_LEN\",\"scale\":\"listed\","
         "\"values\":[1]}]}",
         "variants[0]"},
        {"\"variants\":[\"cpu_graph\"],\"vary\":[{\"knob\":\"STEP_SYNC\",\"scale\":\"listed\","
         "\"values\":[\"none\"]}]}",
         "cpu_graph does not read STEP_SYNC"},
        {"\"variants\":[\"cpu_graph\"],\"vary\":[{\"knob\":\"ITERATIONS\",\"scale\":\"listed\","
         "\"values\":[0,1]}]}",
         "ITERATIONS"},
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        char text[1024];
        struct sweep sweep;
        int length = snprintf(text, sizeof text, "%s%s", head, plans[i].rest);
        cr_assert_not(sweep_parse_plan(text, (size_t)length, "a.json", &sweep, &error), "%s", text);
        cr_assert_eq(error.kind, ERROR_INPUT);
        cr_assert_eq(strncmp(error.text, "a.json: ", 8), 0, "%s", error.text);
        cr_assert(strstr(error.text, plans[i].says), "%s: %s", plans[i].says, error.text);
    }
}

Test(sweep_folder, a_resumed_sweep_equals_an_uninterrupted_one)
{
    struct sweep sweep;
    struct sweep_results through, resumed;
    struct run runs[2];
    size_t length;
    fill_sweep(&sweep);
    cr_assert(sweep_results_open(&sweep, &through));
    for (uint32_t number = 1; number <= 6; number++) {
        fill_runs(&sweep, number, number == 2, runs);
        sweep_results_take(&through, number, runs);
        run_close(&runs[0]);
        run_close(&runs[1]);
    }
    static const uint32_t order[] = {4, 2, 6, 1, 5, 3};
    for (int i = 0; i < 6; i++) {
        load(&sweep, &resumed);
        cr_assert_eq(sweep_finished(&resumed), (uint32_t)i);
        cr_assert_not(sweep_is_finished(&resumed, order[i]));
        sweep_results_close(&resumed);
        write_point(&sweep, order[i]);
    }
    load(&sweep, &resumed);
    char *a = sweep_print_csv(&sweep, &through, &length);
    char *b = sweep_print_csv(&sweep, &resumed, &length);
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
    a = sweep_print_svg(&sweep, &through, &length);
    b = sweep_print_svg(&sweep, &resumed, &length);
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
    sweep_results_close(&through);
    sweep_results_close(&resumed);
}

Test(sweep_folder, the_table_has_a_row_per_variant_and_point)
{
    struct sweep sweep;
    struct sweep_results results;
    size_t length;
    fill_sweep(&sweep);
    for (uint32_t number = 1; number <= 3; number++)
        write_point(&sweep, number);
    load(&sweep, &results);
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
    sweep_results_close(&results);
}

/* The figures of `samples` iterations of ns each, as the only row of a table. */
static const char *figures_of(size_t samples, uint64_t ns)
{
    static char figures[256];
    struct sweep sweep;
    struct sweep_results results;
    struct run runs[2] = {0};
    size_t length;
    fill_sweep(&sweep);
    cr_assert(sweep_results_open(&sweep, &results));
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
    for (int i = 0; i < 2; i++)
        run_close(&runs[i]);
    sweep_results_close(&results);
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

/* Gives the runs five processes each, whose medians are spread by `apart` around `p50_ns`. */
static void add_processes(struct run *run, double p50_ns, double apart)
{
    for (int i = 0; i < 5; i++) {
        struct process process = {.p50_ns = (uint64_t)(p50_ns * (1 + (i - 2) * apart))};
        snprintf(process.id, sizeof process.id, "%d", i);
        cr_assert(run_add_process(run, &process));
    }
}

Test(sweep_folder, ties_with_the_fastest_are_as_fast)
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
        struct sweep sweep;
        struct sweep_results results;
        struct run runs[2];
        size_t length;
        fill_sweep(&sweep);
        cr_assert(sweep_results_open(&sweep, &results));
        fill_runs(&sweep, 1, false, runs);
        runs[1].verification.verdict = cases[i].verdict;
        for (int run = 0; run < 2; run++)
            add_processes(&runs[run], cases[i].p50_ns[run], 0.01);
        sweep_results_take(&results, 1, runs);
        for (uint32_t run = 0; run < 2; run++)
            cr_assert_eq(sweep_result_at(&results, 1, run)->fastest, cases[i].fastest[run],
                         "case %zu, %u", i, run);
        char *csv = sweep_print_csv(&sweep, &results, &length);
        cr_assert(strstr(csv, cases[i].fastest[0] ? "e+07,5,2.01,true\n" : "e+07,5,2.01,false\n"),
                  "%s", csv);
        free(csv);
        run_close(&runs[0]);
        run_close(&runs[1]);
        sweep_results_close(&results);
    }
}

Test(sweep_folder, a_plan_keeps_its_repeats)
{
    struct sweep sweep, read;
    struct options options = {0};
    fill_sweep(&sweep);
    sweep.repeats = 7;
    sweep.order_seed = UINT32_MAX;
    cr_assert(sweep_write_plan(&sweep, folder, &error), "%s", error.text);
    cr_assert(sweep_read_plan(folder, &read, &error), "%s", error.text);
    cr_assert_eq(read.repeats, 7);
    cr_assert_eq(read.order_seed, UINT32_MAX);
    cr_assert(sweep_agrees(&read, "f", &options, &error), "%s", error.text);
    options.repeats = 7;
    cr_assert(sweep_agrees(&read, "f", &options, &error), "%s", error.text);
    options.repeats = 5;
    cr_assert_not(sweep_agrees(&read, "f", &options, &error));
    cr_assert_str_eq(error.text, "f contains a different plan: its --repeats is 7, not 5");
    options.repeats = 0;
    options.has_order_seed = true;
    cr_assert_not(sweep_agrees(&read, "f", &options, &error));
    cr_assert_str_eq(error.text,
                     "f contains a different plan: its --order-seed is 4294967295, not 0");
}

/* Points of two models must not be in one folder. */
Test(sweep_folder, a_plan_keeps_its_model)
{
    struct sweep sweep, read;
    struct document here;
    const struct model_checkpoint other = {.name = "other", .hash = "99887766554433221100"};
    const struct model_checkpoint one = {.name = "one", .hash = "00112233445566778899"};
    fill_sweep(&sweep);
    document_describe(&here, &sweep.device, NULL, 0);
    memcpy(sweep.version, here.version, sizeof sweep.version);
    memcpy(sweep.git_revision, here.git_revision, sizeof sweep.git_revision);
    model_checkpoint_use(&one);
    sweep.model = run_open_model();
    cr_assert(sweep_write_plan(&sweep, folder, &error), "%s", error.text);
    cr_assert(sweep_read_plan(folder, &read, &error), "%s", error.text);
    cr_assert_str_eq(read.model.name, "one");
    cr_assert_str_eq(read.model.hash, one.hash);
    cr_assert(sweep_same_origin(&read, "f", &sweep.device, &error), "%s", error.text);
    model_checkpoint_use(&other);
    cr_assert_not(sweep_same_origin(&read, "f", &sweep.device, &error));
    cr_assert_str_eq(error.text,
                     "f contains a different plan: its model is one 00112233, not other 99887766");
    model_checkpoint_use(NULL);
    cr_assert_not(sweep_same_origin(&read, "f", &sweep.device, &error));
    cr_assert_str_eq(error.text,
                     "f contains a different plan: its model is one 00112233, not none from files");
}

Test(sweep_folder, a_broken_or_foreign_point_is_refused_and_stays)
{
    struct sweep sweep;
    struct document document;
    char from[128], to[128];
    bool there;
    fill_sweep(&sweep);
    write_point(&sweep, 1);
    snprintf(from, sizeof from, "%s/points/0001.json", folder);
    snprintf(to, sizeof to, "%s/points/0003.json", folder);
    cr_assert_eq(rename(from, to), 0);
    cr_assert_not(sweep_read_point(&sweep, folder, 3, &document, &there, &error));
    cr_assert(strstr(error.text, "0003.json is not point 3"), "%s", error.text);
    cr_assert_eq(access(to, F_OK), 0);

    cr_assert_eq(truncate(to, 100), 0);
    cr_assert_not(sweep_read_point(&sweep, folder, 3, &document, &there, &error));
    cr_assert(strstr(error.text, "0003.json") && strstr(error.text, "removed"), "%s", error.text);
    cr_assert(sweep_read_point(&sweep, folder, 2, &document, &there, &error));
    cr_assert_not(there);

    write_point(&sweep, 1);
    strcpy(sweep.run_id, "20261123T054500Z-ffff");
    cr_assert_not(sweep_read_point(&sweep, folder, 1, &document, &there, &error),
                  "another sweep's");
}

static void touch(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fclose(file), 0);
}

static bool exists(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

Test(sweep_folder, only_leftovers_of_its_own_are_removed)
{
    static const char *const own[] = {"points/0002.json.0123abcd", "points/0004.json.ffffffff"};
    static const char *const others[] = {"points/0001.json.0123abcd", "summary.csv.0123abcd",
                                         "sweep.json.0123abcd"};
    static const char *const kept[] = {"points/0002.json",         "points/0002.json.0123abcg",
                                       "points/0002.json.0123abc", "points/2.json.0123abcd",
                                       "notes.txt.0123abcd",       "points/0000.json.0123abcd"};
    struct sweep sweep;
    fill_sweep(&sweep);
    write_point(&sweep, 2);
    for (size_t i = 0; i < 2; i++)
        touch(own[i]);
    for (size_t i = 0; i < 3; i++)
        touch(others[i]);
    for (size_t i = 1; i < 6; i++)
        touch(kept[i]);
    sweep_remove_leftovers(folder, (struct sweep_shard){2, 2});
    for (size_t i = 0; i < 2; i++)
        cr_assert_not(exists(own[i]), "%s", own[i]);
    for (size_t i = 0; i < 3; i++)
        cr_assert(exists(others[i]), "%s", others[i]);
    sweep_remove_leftovers(folder, (struct sweep_shard){1, 1});
    for (size_t i = 0; i < 3; i++)
        cr_assert_not(exists(others[i]), "%s", others[i]);
    for (size_t i = 0; i < 6; i++)
        cr_assert(exists(kept[i]), "%s", kept[i]);
}

Test(sweep_folder, a_point_has_one_process)
{
    struct sweep sweep;
    int first, other, second;
    fill_sweep(&sweep);
    cr_assert(sweep_write_plan(&sweep, folder, &error));
    cr_assert(sweep_lock(&sweep, folder, (struct sweep_shard){1, 2}, &first, &error), "%s",
              error.text);
    cr_assert(sweep_lock(&sweep, folder, (struct sweep_shard){2, 2}, &other, &error), "%s",
              error.text);
    cr_assert_not(sweep_lock(&sweep, folder, (struct sweep_shard){1, 1}, &second, &error));
    cr_assert(strstr(error.text, "point 1"), "%s", error.text);
    close(first);
    cr_assert_not(sweep_lock(&sweep, folder, (struct sweep_shard){1, 1}, &second, &error));
    cr_assert(strstr(error.text, "point 2"), "%s", error.text);
    close(other);
    cr_assert(sweep_lock(&sweep, folder, (struct sweep_shard){1, 1}, &second, &error), "%s",
              error.text);
    close(second);
}
