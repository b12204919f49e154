#include "../../src/document/state.h"
#include "folder.h"
#include "texts.h"
#include "verified_run.h"

#include <unistd.h>

static struct error error;

static struct state state, again;
static struct run runs[2];

/* A state with two runs: one is measuring, the other one lost the device. */
static void make_state(void)
{
    folder_begin();
    setenv("XDG_STATE_HOME", folder, 1);

    state = (struct state){
        .selected = 1,
        .knob = KNOB_HEAD_DIM,
        .view = "live",
        .focus = "knobs",
        .metric = METRIC_GAP,
        .axes = {[METRIC_GAP] = {.low_ns = 0.5, .high_ns = 2000, .held = true}},
        .log_counts = true,
        .paused = true,
        .filter = "cpu",
        .lost = "cpu_fault_lost",
        .losses = 3,
        .reason = "some call failed",
        .variant_count = 2,
        .variants = {variant_find("cpu_per_token"), variant_find("cpu_fault_lost")},
    };
    assert_success(preset_load("quick", &state.preset, &error));
    knobs_reset(&state.settings);
    preset_apply(&state.preset, &state.settings);
    knob_set(&state.settings, KNOB_SEED, 7, SOURCE_SCREEN);
    knob_set(&state.settings, KNOB_STEP_SYNC, SYNC_FLAG, SOURCE_FLAG);
    for (int i = 0; i < 2; i++) {
        struct knobs used = state.settings.knobs;
        used.threads = 3;
        used.spin_ns = 0;
        cr_assert(run_open(&runs[i]));
        run_begin(&runs[i], state.variants[i], &state.settings.knobs, &used, 4);
    }
    runs[0].status = RUN_MEASURING;
    for (uint64_t ns = 1000; ns < 3000; ns += 7)
        histogram_record(&runs[0].histograms[METRIC_ITERATION], ns);
    struct stamp stamps[] = {{1, 2}, {2, 3}};
    cr_assert(trace_take(&runs[0].typical, stamps, NULL, 2, 2, 1, 0, 10));
    runs[0].verification = (struct verification){VERDICT_RIGHT, 2, 2, 1e-7, ""};
    runs[1].status = RUN_FAILED;
    error_set(&runs[1].error, ERROR_LOST, "some call failed");
    document_describe(&state.document, &some_cpu, runs, 2);
}

static void remove_state(void)
{
    state_free(&again);
    for (int i = 0; i < 2; i++)
        run_close(&runs[i]);
    folder_end();
}

TestSuite(state, .init = make_state, .fini = remove_state);

static void read_again(void)
{
    size_t length;
    char *text = state_print(&state, &length);
    cr_assert_not_null(text);
    assert_success(state_parse(text, length, "state", &again, &error));
    free(text);
}

/* Writes and reads the state of a recording at a point. */
static void keep_point(int64_t step_sync)
{
    strcpy(state.recording, "some.json");
    state.point.batch = 64;
    state.point.step_sync = step_sync;
    state.point_set = KNOB_BIT(BATCH) | KNOB_BIT(STEP_SYNC);
    read_again();
}

Test(state, the_point_of_a_recording_is_kept)
{
    keep_point(SYNC_GRID);
    cr_assert_eq(again.point_set, state.point_set);
    cr_assert(again.point.batch == 64 && again.point.step_sync == SYNC_GRID);
}

Test(state, an_unknown_value_has_no_name)
{
    keep_point(KNOB_UNKNOWN);
    cr_assert_eq(again.point_set, KNOB_BIT(BATCH));
}

Test(state, written_values_read_back)
{
    read_again();
    cr_assert_eq(again.backend, BACKEND_CPU);
    cr_assert_eq(again.device, 0);
    cr_assert_str_eq(again.recording, "");
    cr_assert_str_eq(again.preset.name, "quick");
    cr_assert_str_eq(again.preset.lesson, state.preset.lesson);
    cr_assert_eq(again.preset.knobs_set, state.preset.knobs_set);
    for (int id = 0; id < KNOB_COUNT; id++) {
        cr_assert_eq(again.settings.knobs.value[id], state.settings.knobs.value[id]);
        cr_assert_eq(again.settings.source[id], state.settings.source[id]);
    }
    cr_assert_eq(again.variant_count, 2);
    cr_assert_eq(again.variants[1], state.variants[1]);
    cr_assert_eq(again.selected, 1);
    cr_assert_eq(again.knob, KNOB_HEAD_DIM);
    cr_assert_str_eq(again.view, "live");
    cr_assert_str_eq(again.focus, "knobs");
    cr_assert_eq(again.metric, METRIC_GAP);
    cr_assert_float_eq(again.axes[METRIC_GAP].low_ns, 0.5, 0);
    cr_assert(again.axes[METRIC_GAP].held);
    cr_assert_eq(again.axes[METRIC_STEP].high_ns, 0);
    cr_assert(again.log_counts && again.paused && !again.linear);
    cr_assert_str_eq(again.filter, "cpu");
    cr_assert_str_eq(again.lost, "cpu_fault_lost");
    cr_assert_eq(again.losses, 3);
    cr_assert_str_eq(again.reason, "some call failed");
}

Test(state, tags_and_kept_samples_are_restored)
{
    state.tags[0] = (struct state_tag){.set = true, .row = 7};
    state.tags[2] = (struct state_tag){.set = true, .recorded = true, .mark = "RECORDED some GPU"};
    document_describe(&state.tags[2].document, &state.document.device, runs, 1);
    read_again();
    cr_assert(again.tags[0].set && again.tags[0].row == 7 && !again.tags[0].mark[0]);
    cr_assert_not(again.tags[1].set);
    cr_assert(again.tags[2].set && again.tags[2].recorded);
    cr_assert_str_eq(again.tags[2].mark, "RECORDED some GPU");
    cr_assert_eq(again.tags[2].document.count, 1);
    const struct histogram *kept = &again.tags[2].document.runs[0].histograms[METRIC_ITERATION];
    cr_assert_eq(kept->count, runs[0].histograms[METRIC_ITERATION].count);
    cr_assert_eq(histogram_percentile(kept, 0.5),
                 histogram_percentile(&runs[0].histograms[METRIC_ITERATION], 0.5));
    cr_assert_not(again.tags[3].set);
}

Test(state, runs_keep_their_samples_and_lose_their_stamps)
{
    read_again();
    cr_assert_eq(again.document.count, 2);
    const struct run *run = &again.document.runs[0];
    const struct histogram *before = &runs[0].histograms[METRIC_ITERATION];
    const struct histogram *after = &run->histograms[METRIC_ITERATION];
    cr_assert_eq(after->count, before->count);
    cr_assert_eq(after->total_ns, before->total_ns);
    cr_assert_eq(histogram_percentile(after, 0.9), histogram_percentile(before, 0.9));
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(run->typical.iteration_ns, 0);
    cr_assert_eq(run->used.threads, 3);
    cr_assert_eq(run->asked.threads, KNOB_AUTO);
    cr_assert_eq(again.document.runs[1].status, RUN_FAILED);
    cr_assert_str_eq(again.document.runs[1].error.text, "some call failed");
}

/* Reads the state with `part` replaced by `other`, which must be refused. Returns the message. */
static const char *refusal(const char *part, const char *other)
{
    size_t length;
    char *text = state_print(&state, &length), *made = replaced(text, part, other);
    error = (struct error){0};
    cr_assert_not(state_parse(made, strlen(made), "state", &again, &error), "%s", other);
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_eq(again.document.runs, NULL);
    free(made);
    free(text);
    return error.text;
}

Test(state, bad_input_is_refused_with_its_place)
{
    static const struct {
        const char *part, *other, *says;
    } bad[] = {
        {"pdlab.state/1", "pdlab.state/2", ": schema: expected \"pdlab.state/1\""},
        {"\"device\":\"cpu\"", "\"device\":\"gpu\"", ": device: unknown device 'gpu'"},
        {"\"cpu_per_token\"", "\"cpu_per_tokem\"", ": variants[0]: there is no such"},
        {"\"cpu_per_token\"", "\"cpu_fault_lost\"", ": variants[1]: this variant occurs twice"},
        {"\"SEED\":{\"value\":7", "\"SEED\":{\"value\":-7", ": knobs.SEED.value: SEED takes 0 to"},
        {"\"SEED\":{\"value\":7", "\"SEEDS\":{\"value\":7", ": knobs.SEEDS: there is no"},
        {"\"source\":\"screen\"", "\"source\":\"film\"", ": knobs.SEED.source: expected"},
        {"\"selected\":1", "\"selected\":-1", ": selected: "},
        {"\"metric\":\"gap\"", "\"metric\":\"gaps\"", ": metric: expected \"step\", \"busy\", "},
        {"\"low_ns\":0.5", "\"low_ns\":5000", ": axes.gap: expected high_ns above"},
        {"\"low_ns\":0.5", "\"low_ns\":0", ": axes.gap: expected high_ns above"},
        {"pdlab.run/2", "pdlab.run/9", ": runs.schema: expected"},
        {"\"sequences_checked\":2", "\"sequences_checked\":3", ": runs.runs[0]: more"},
        {"pdlab.preset/1", "pdlab.preset/9", ": preset.schema: expected"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *text = refusal(bad[i].part, bad[i].other);
        cr_expect(strncmp(text, "state: line ", 12) == 0 && strstr(text, bad[i].says), "%s: %s",
                  bad[i].other, text);
    }
}

Test(state, the_state_of_a_restart_takes_precedence_until_a_newer_one_exists)
{
    cr_assert_not(state_read(&again, &error));
    cr_assert_eq(error.kind, ERROR_INPUT);
    assert_contains(error.text, "nothing to restore");

    assert_success(state_write(&state, false, &error));
    state.selected = 0;
    assert_success(state_write(&state, true, &error));
    for (int i = 0; i < 2; i++) {
        assert_success(state_read(&again, &error));
        cr_assert_eq(again.selected, 0);
        state_free(&again);
    }
    state.selected = 1;
    assert_success(state_write(&state, false, &error));
    assert_success(state_read(&again, &error));
    cr_assert_eq(again.selected, 1);
}

Test(state, many_runs_stay_small)
{
    static struct run many[WORKER_RUNS];
    size_t length;
    for (uint32_t i = 0; i < WORKER_RUNS; i++) {
        many[i] = runs[0];
        cr_assert(run_open(&many[i]));
        run_begin(&many[i], state.variants[0], &state.settings.knobs, &runs[0].used, 1);
        many[i].status = RUN_MEASURING;
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            for (uint64_t ns = 100; ns < 4000000; ns += 100)
                histogram_record(&many[i].histograms[metric], ns);
    }
    state.document.runs = many;
    state.document.count = WORKER_RUNS;
    free(state_print(&state, &length));
    cr_assert_lt(length, STATE_MOST_BYTES / 2);
    for (uint32_t i = 0; i < WORKER_RUNS; i++)
        run_close(&many[i]);
}

Test(state, a_missing_folder_is_reported)
{
    setenv("XDG_STATE_HOME", "relative", 1);
    setenv("HOME", "/proc/none", 1);
    cr_assert_not(state_write(&state, false, &error));
    assert_contains(error.text, "XDG_STATE_HOME");
}
