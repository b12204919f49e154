#include "../../ui/model/explorer_private.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wordexp.h>

static struct explorer explorer;

/* An explorer of the default preset on the CPU whose worker was not started: requests are made, and
 * nobody serves them. */
static void open_idle(void)
{
    struct error error;
    struct targets targets;
    memset(&explorer, 0, sizeof explorer);
    knobs_reset(&explorer.settings);
    cr_assert(preset_load(PRESET_DEFAULT, &explorer.preset, &error), "%s", error.text);
    preset_apply(&explorer.preset, &explorer.settings);
    cr_assert(preset_choose(&explorer.preset, BACKEND_CPU, &targets, &error));
    explorer.request.count = targets.count;
    memcpy(explorer.request.variants, targets.variants, sizeof targets.variants);
    explorer_resize(&explorer, 40, 120);
}

static void close_explorer(void)
{
    explorer_close(&explorer);
}

TestSuite(explorer, .init = open_idle, .fini = close_explorer);

static void press_all(const char *keys)
{
    for (; *keys; keys++)
        explorer_press(&explorer, *keys);
}

static void look_at_recording(void)
{
    struct error error;
    struct histogram *step;
    struct run run;
    struct document document;
    struct device_info device = {.backend = BACKEND_CPU, .id = "cpu", .name = "Some CPU"};
    size_t length;
    struct knob_settings settings;
    knobs_reset(&settings);
    cr_assert(run_open(&run));
    run_begin(&run, variant_find("cpu_persistent"), &settings.knobs, &settings.knobs, 1);
    run.used.step_sync = SYNC_FLAG;
    run.used.threads = 3;
    run.used.spin_ns = 0;
    run.status = RUN_DONE;
    step = &run.histograms[METRIC_STEP];
    for (uint64_t ns = 1000; ns < 2000; ns++)
        histogram_record(step, ns);
    histogram_record(&run.histograms[METRIC_ITERATION], 50000);
    document_describe(&document, &device, &run, 1);
    strcpy(document.run_id, "20240203T040506Z-0001");
    strcpy(document.recorded_utc, "2024-02-03T04:05:06Z");
    strcpy(document.version, "0.0.9");
    strcpy(document.git_revision, "abcdef");
    char *text = document_print(&document, &length);
    cr_assert(source_open_text(&explorer.source, text, length, "test", &error), "%s", error.text);
    points_begin(&explorer.source.points, &explorer.point);
    free(text);
    run_close(&run);
}

Test(explorer, messages_name_the_keys_that_actions_have_now)
{
    struct error error;
    cr_assert(keymap_bind(ACTION_TAG, 'T', &error), "%s", error.text);
    explorer_press(&explorer, 'T');
    cr_assert(strstr(explorer.message, "press T to set it"), "%s", explorer.message);
    explorer_press(&explorer, PRESS_DOWN);
    cr_assert(keymap_bind(ACTION_VIEW_COMPARE, 'K', &error), "%s", error.text);
    explorer_press(&explorer, 'T');
    cr_assert(strstr(explorer.message, "Press K to compare"), "%s", explorer.message);
    keymap_reset();
}

Test(explorer, the_selection_follows_the_cursor_and_stops_at_the_ends)
{
    uint32_t last = explorer.request.count - 1;
    cr_assert_gt(last, 0);
    explorer_press(&explorer, PRESS_UP);
    cr_assert_eq(explorer.request.selected, 0);
    explorer_press(&explorer, PRESS_DOWN);
    cr_assert_eq(explorer.request.selected, 1);
    explorer_press(&explorer, PRESS_END);
    explorer_press(&explorer, 'j');
    cr_assert_eq(explorer.request.selected, last);
    explorer_press(&explorer, PRESS_HOME);
    cr_assert_eq(explorer.request.selected, 0);
}

Test(explorer, a_turned_knob_is_asked_for_and_can_be_turned_back)
{
    int64_t before = explorer.settings.knobs.seq_len;
    enum knob_source source = explorer.settings.source[KNOB_SEQ_LEN];
    explorer.knob = KNOB_SEQ_LEN;
    press_all("]");
    cr_assert_gt(explorer.request.knobs.seq_len, before);
    cr_assert_eq(explorer.settings.source[KNOB_SEQ_LEN], SOURCE_SCREEN);
    cr_assert_str_eq(explorer_knob_source(&explorer, KNOB_SEQ_LEN), "screen");
    press_all("]]u");
    press_all("uu");
    cr_assert_eq(explorer.request.knobs.seq_len, before);
    cr_assert_eq(explorer.settings.source[KNOB_SEQ_LEN], source);
    press_all("u");
    cr_assert(explorer.message[0], "there is nothing left to undo, and it says so");
}

Test(explorer, undoing_goes_back_as_far_as_it_can_remember)
{
    explorer.knob = KNOB_SEED;
    for (unsigned i = 0; i < 2 * UNDO_STEPS; i++)
        press_all("]");
    int64_t turned = explorer.settings.knobs.seed;
    for (unsigned i = 0; i < 2 * UNDO_STEPS; i++)
        press_all("u");
    cr_assert_eq(explorer.settings.knobs.seed, turned - (int64_t)UNDO_STEPS);
}

Test(explorer, arrows_turn_a_knob_only_while_the_knobs_have_the_focus)
{
    int64_t before = explorer.settings.knobs.seq_len;
    explorer_press(&explorer, PRESS_RIGHT);
    cr_assert_eq(explorer.settings.knobs.seq_len, before);
    explorer_press(&explorer, PRESS_TAB);
    explorer_press(&explorer, PRESS_RIGHT);
    cr_assert_gt(explorer.settings.knobs.seq_len, before);
    explorer_press(&explorer, PRESS_DOWN);
    cr_assert_eq(explorer.knob, KNOB_SEQ_LEN + 1);
    cr_assert_eq(explorer.selected, 0);
}

Test(explorer, a_typed_value_is_taken_or_refused_in_a_sentence)
{
    explorer_press(&explorer, PRESS_TAB);
    explorer.knob = KNOB_BATCH;
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer_mode(&explorer), MODE_TEXT);
    press_all("177");
    explorer_press(&explorer, PRESS_BACKSPACE);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.knobs.batch, 17);
    explorer_press(&explorer, PRESS_ENTER);
    press_all("999999");
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.knobs.batch, 17);
    cr_assert(strstr(explorer.message, "BATCH") && strstr(explorer.message, "4,096"));
    explorer_press(&explorer, PRESS_ENTER);
    press_all("12");
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_eq(explorer.request.knobs.batch, 17);
    cr_assert_eq(explorer_mode(&explorer), MODE_MAIN);
}

Test(explorer, the_end_of_a_range_is_said)
{
    explorer.knob = KNOB_CHAIN;
    explorer.settings.knobs.chain = 1;
    press_all("]");
    cr_assert_eq(explorer.settings.knobs.chain, 1);
    cr_assert(strstr(explorer.message, "CHAIN takes on or off"), "%s", explorer.message);
}

Test(explorer, letters_typed_into_the_filter_do_nothing_else)
{
    press_all("/q");
    cr_assert_eq(explorer.wish, WISH_NONE);
    cr_assert_str_eq(explorer.filter, "q");
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_str_eq(explorer.filter, "");
    cr_assert_eq(explorer_mode(&explorer), MODE_MAIN);
}

Test(explorer, the_filter_keeps_the_selection_among_what_is_shown)
{
    uint32_t last = explorer.request.count - 1;
    press_all("/");
    press_all(explorer.request.variants[last]->name);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.selected, last);
    cr_assert_not(explorer_shows(&explorer, 0));
    explorer_press(&explorer, PRESS_HOME);
    cr_assert_eq(explorer.selected, last, "what is not shown can't be reached");
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert(explorer_shows(&explorer, 0));
}

Test(explorer, escape_never_quits_and_q_does)
{
    for (int i = 0; i < 5; i++)
        explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_eq(explorer.wish, WISH_NONE);
    press_all("?");
    cr_assert_eq(explorer_mode(&explorer), MODE_PAGES);
    press_all("?");
    cr_assert_eq(explorer_mode(&explorer), MODE_MAIN);
    press_all("q");
    cr_assert_eq(explorer.wish, WISH_QUIT);
}

Test(explorer, panel_keys_wait_until_the_list_on_top_is_closed)
{
    int64_t before = explorer.settings.knobs.seq_len;
    press_all("P]");
    cr_assert_eq(explorer_mode(&explorer), MODE_LIST);
    cr_assert_eq(explorer.settings.knobs.seq_len, before);
    cr_assert_geq(explorer.item_count, 8);
}

Test(explorer, a_preset_replaces_what_was_turned_but_not_what_flags_set)
{
    knob_set(&explorer.settings, KNOB_SEED, 99, SOURCE_FLAG);
    explorer.knob = KNOB_BATCH;
    press_all("]P");
    explorer.cursor = 0;
    while (strcmp(explorer.items[explorer.cursor].name, "right-sized-small") != 0)
        explorer_press(&explorer, PRESS_DOWN);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_str_eq(explorer.preset.name, "right-sized-small");
    cr_assert_eq(explorer.request.knobs.batch, 4);
    cr_assert_eq(explorer.settings.source[KNOB_BATCH], SOURCE_PRESET);
    cr_assert_eq(explorer.request.knobs.seed, 99);
}

Test(explorer, pausing_freezing_and_resetting_are_three_things)
{
    press_all("p");
    cr_assert(explorer.request.paused && !explorer.frozen);
    press_all("pZ");
    cr_assert(!explorer.request.paused && explorer.frozen);
    press_all("Zr");
    cr_assert_eq(explorer.request.resets, 1);
    explorer_hold(&explorer, true);
    cr_assert_not(explorer.request.paused, "a suspension leaves the user's choice alone");
}

Test(explorer, a_recording_is_looked_at_and_not_touched)
{
    int64_t asked, used;
    look_at_recording();
    cr_assert(strstr(explorer.source.mark, "RECORDED Some CPU, 2024-02-03"));
    cr_assert_eq(explorer_rows(&explorer), 1);
    explorer.settings.knobs.batch = 77;
    explorer_knob(&explorer, KNOB_BATCH, &asked, &used);
    cr_assert_eq(asked, knob_table[KNOB_BATCH].initial, "the recorded value is shown");
    explorer_knob(&explorer, KNOB_THREADS, &asked, &used);
    cr_assert(asked == KNOB_AUTO && used == 3, "and what auto was resolved to");
    explorer_knob(&explorer, KNOB_STEP_SYNC, &asked, &used);
    cr_assert(asked == SYNC_AUTO && used == SYNC_FLAG, "also where auto is one of the choices");
    cr_assert_str_eq(explorer_knob_source(&explorer, KNOB_BATCH), "recorded");
    const char *const refused[] = {"]", "p", "<", "r"};
    for (size_t i = 0; i < 4; i++) {
        explorer.message[0] = '\0';
        press_all(refused[i]);
        cr_assert(strstr(explorer.message, "recording"), "%s", refused[i]);
    }
    cr_assert_eq(explorer.settings.knobs.batch, 77);
}

/* ---- a recording of many points -------------------------------------------------------------- */

/* cpu_per_token, which does not read STEP_SYNC, at BATCH 1 and 8, and cpu_persistent at both with
 * none and flag; but for BATCH 8, none. Its typical iteration has four steps of 1 us. The first run
 * that has `unnamed` among its knobs as the document writes them does not name it. */
static void look_at_points_without(const char *unnamed)
{
    static const struct {
        const char *variant;
        int64_t batch, sync;
    } recorded[] = {
        {"cpu_per_token", 1, SYNC_AUTO},  {"cpu_per_token", 8, SYNC_AUTO},
        {"cpu_persistent", 1, SYNC_NONE}, {"cpu_persistent", 1, SYNC_FLAG},
        {"cpu_persistent", 8, SYNC_FLAG},
    };
    struct stamp stamps[] = {{100, 1000}, {1100, 2000}, {2100, 3000}, {3100, 4000}};
    struct run runs[5];
    struct error error;
    struct document document;
    struct device_info device = {.backend = BACKEND_CPU, .id = "cpu", .name = "Some CPU"};
    size_t length;
    struct knob_settings settings;
    knobs_reset(&settings);
    for (size_t i = 0; i < 5; i++) {
        struct knobs knobs = settings.knobs;
        knobs.batch = recorded[i].batch;
        knobs.step_sync = recorded[i].sync;
        cr_assert(run_open(&runs[i]));
        run_begin(&runs[i], variant_find(recorded[i].variant), &knobs, &knobs, 1);
        runs[i].used.threads = 1;
        runs[i].status = RUN_DONE;
        runs[i].verification.verdict = VERDICT_RIGHT;
        histogram_record(&runs[i].histograms[METRIC_ITERATION], 80000 / (i + 1));
        if (i != 4)
            cr_assert(trace_take(&runs[i].typical, stamps, NULL, 4, 4, 1, 0, 5000));
    }
    document_describe(&document, &device, runs, 5);
    char *text = document_print(&document, &length), *at = strstr(text, unnamed);
    cr_assert_not_null(at);
    memmove(at, at + strlen(unnamed), length - (size_t)(at - text) - strlen(unnamed));
    length -= strlen(unnamed);
    FILE *file = fopen("points.json", "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
    cr_assert(explorer_open_recording(&explorer, "points.json", &error), "%s", error.text);
    free(text);
    for (size_t i = 0; i < 5; i++)
        run_close(&runs[i]);
    unlink("points.json");
}

static void look_at_points(void)
{
    look_at_points_without("");
}

Test(explorer, the_knobs_of_a_recording_move_between_its_points)
{
    look_at_points();
    cr_assert_eq(explorer_rows(&explorer), 2, "each variant once");
    cr_assert_eq(explorer.knob, KNOB_BATCH, "the first knob that varies");
    cr_assert(explorer_varies(&explorer, KNOB_STEP_SYNC));
    cr_assert_not(explorer_varies(&explorer, KNOB_SEQ_LEN));
    press_all("]");
    cr_assert_eq(explorer.point.batch, 8);
    cr_assert_eq(explorer_row(&explorer, 0).run->used.batch, 8);
    cr_assert_null(explorer_row(&explorer, 1).run, "not with STEP_SYNC none");
    cr_assert_str_empty(explorer.message);
    press_all("j\r");
    cr_assert_eq(explorer.point.step_sync, SYNC_FLAG, "Enter goes to the nearest point");
    cr_assert(strstr(explorer.message, "STEP_SYNC flag"), "%s", explorer.message);
    struct row second = explorer_row(&explorer, 1);
    cr_assert_float_eq(explorer_speedup(&explorer, &second, NULL), 2.5, 0.01);
    press_all("uu");
    cr_assert(explorer.point.batch == 1 && explorer.point.step_sync == SYNC_NONE);
    press_all("]");
    cr_assert(explorer.point.batch == 8 && explorer.point.step_sync == SYNC_FLAG);
    cr_assert(strstr(explorer.message, "nearest point, BATCH 8, STEP_SYNC flag"), "%s",
              explorer.message);
    press_all("]");
    cr_assert(strstr(explorer.message, "is 1, 8"), "%s", explorer.message);
}

Test(explorer, a_knob_that_a_recording_does_not_name_is_unknown)
{
    char text[256];
    int64_t asked, used;
    look_at_points_without("\"STEP_SYNC\":\"none\",");
    explorer.knob = KNOB_STEP_SYNC;
    press_all("j");
    explorer_point_text(&explorer, text, sizeof text);
    cr_assert_str_eq(text, "BATCH 1, STEP_SYNC unknown");
    explorer_values_text(&explorer, KNOB_STEP_SYNC, text, sizeof text);
    cr_assert_str_eq(text, "unknown, flag");
    explorer_knob(&explorer, KNOB_STEP_SYNC, &asked, &used);
    cr_assert(asked == KNOB_UNKNOWN && used == KNOB_UNKNOWN);
    press_all("]");
    cr_assert_eq(explorer.point.step_sync, SYNC_FLAG);
    press_all("[");
    cr_assert_eq(explorer.point.step_sync, KNOB_UNKNOWN);
    cr_assert_not_null(explorer_row(&explorer, 1).run);
    press_all("\t\rnone\r");
    cr_assert_eq(explorer.point.step_sync, SYNC_FLAG, "none was not recorded");
}

Test(explorer, work_that_is_not_known_is_unlike_any)
{
    char text[256];
    look_at_points_without("\"CHAIN\":true,");
    press_all("c]");
    struct row kept = explorer_row(&explorer, explorer_rows(&explorer) - 1);
    cr_assert(kept.kept);
    cr_assert(explorer_unlike(&explorer, &kept, true, text, sizeof text));
    cr_assert_str_eq(text, "BATCH 1 (now 8), CHAIN unknown (now on)");
    cr_assert_eq(explorer_speedup(&explorer, &kept, NULL), 0);
}

Test(explorer, a_typed_value_goes_to_the_nearest_recorded_one)
{
    look_at_points();
    press_all("\t\r7\r");
    cr_assert_eq(explorer.point.batch, 8);
    cr_assert(strstr(explorer.message, "BATCH 8"), "%s", explorer.message);
    press_all("\r1\r");
    cr_assert_eq(explorer.point.batch, 1);
    cr_assert_str_empty(explorer.message);
}

Test(explorer, a_knob_that_is_not_read_moves_for_the_others)
{
    look_at_points();
    explorer.knob = KNOB_STEP_SYNC;
    press_all("]");
    cr_assert_eq(explorer.point.step_sync, SYNC_FLAG);
    cr_assert(strstr(explorer.message, "does not read"), "%s", explorer.message);
    cr_assert_not_null(explorer_row(&explorer, 0).run);
    cr_assert_eq(explorer_row(&explorer, 1).run->used.step_sync, SYNC_FLAG);
}

/* Seconds on the loop's clock. */
static uint64_t seconds(double s)
{
    return (uint64_t)(1e9 * (1 + s));
}

Test(explorer, a_replay_fills_what_is_shown_and_ends)
{
    char text[200];
    look_at_points();
    cr_assert_eq(explorer_wait_ms(&explorer, 1), -1, "nothing moves by itself");
    press_all("p");
    cr_assert_eq(explorer_wait_ms(&explorer, 1), EXPLORER_TICK_MS);
    explorer_tick(&explorer, seconds(0));
    cr_assert_eq(explorer_shown(&explorer).run->histograms[METRIC_STEP].count, 0);
    /* 5 us in at least 6 s: 1/2,000,000, 10 s */
    cr_assert(explorer_tick(&explorer, seconds(4.5)));
    cr_assert_not(explorer_tick(&explorer, seconds(4.6)), "no step ended");
    cr_assert_eq(explorer_shown(&explorer).run->histograms[METRIC_STEP].count, 1);
    explorer_replay_status(&explorer, false, text, sizeof text);
    cr_assert_str_eq(text, "replay 1/2,000,000 of the typical iteration, step 2 of 4");
    press_all("p");
    explorer_tick(&explorer, seconds(100));
    cr_assert_eq(explorer.replay.steps.place.done, 2, "paused");
    press_all(">p");
    explorer_tick(&explorer, seconds(200));
    explorer_tick(&explorer, seconds(202));
    cr_assert_eq(explorer.replay.steps.place.done, 4, "twice as fast");
    explorer_tick(&explorer, seconds(203));
    cr_assert_eq(explorer.replay.steps.place.part, REPLAY_PARTS);
    cr_assert_eq(explorer_wait_ms(&explorer, 1), -1, "it is over");
    explorer_replay_status(&explorer, false, text, sizeof text);
    cr_assert(strstr(text, "replayed the typical iteration; no stamps of the slowest"), "%s", text);
    cr_assert_eq(explorer_shown(&explorer).run->histograms[METRIC_ITERATION].count, 1);
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_eq(explorer_shown(&explorer).run, explorer_selected(&explorer).run);
}

Test(explorer, a_replay_follows_the_selection_and_says_where_there_are_no_stamps)
{
    char text[200];
    look_at_points();
    press_all("pj");
    cr_assert_eq(explorer.replay.steps.run, explorer_selected(&explorer).run);
    press_all("]");
    cr_assert_eq(explorer.point.step_sync, SYNC_FLAG);
    cr_assert_not(explorer_replays(&explorer));
    explorer_replay_status(&explorer, false, text, sizeof text);
    cr_assert(strstr(text, "no stamps"), "%s", text);
    cr_assert_eq(explorer_shown(&explorer).run, explorer_selected(&explorer).run);
    press_all("u");
    cr_assert(explorer_replays(&explorer));
}

Test(explorer, an_exported_recording_keeps_where_it_came_from)
{
    char folder[] = "/tmp/pdlab-explorer-XXXXXX", path[128];
    struct error error;
    struct document document;
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    look_at_recording();
    press_all("e");
    cr_assert_eq(sscanf(explorer.message, "Wrote %127[^,]", path), 1, "%s", explorer.message);
    cr_assert(document_read(path, &document, &error), "%s", error.text);
    cr_assert_str_eq(document.device.name, "Some CPU");
    cr_assert_str_eq(document.recorded_utc, "2024-02-03T04:05:06Z");
    cr_assert_str_eq(document.version, "0.0.9");
    cr_assert_str_eq(document.git_revision, "abcdef");
    cr_assert(document.recorded);
    cr_assert_str_eq(document.recorded_run_id, "20240203T040506Z-0001");
    cr_assert_eq(document.runs[0].histograms[METRIC_STEP].count, 1000);
    document_free(&document);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir("artifacts");
    rmdir(folder);
}

Test(explorer, exporting_nothing_is_refused)
{
    press_all("e");
    cr_assert(explorer.message_bad);
}

/* ---- comparing ------------------------------------------------------------------------------- */

Test(explorer, space_gives_letters_and_takes_them_off)
{
    press_all(" j ");
    cr_assert_eq(explorer_letter(&explorer, 0), 0);
    cr_assert_eq(explorer_letter(&explorer, 1), 1);
    cr_assert_eq(explorer.request.tagged, 3, "both take turns");
    cr_assert(strstr(explorer.message, "Press 2"), "it says what to press: %s", explorer.message);
    press_all("k ");
    cr_assert_eq(explorer_letter(&explorer, 0), -1);
    cr_assert_eq(explorer.request.tagged, 2);
    cr_assert_eq(explorer_reference(&explorer), 1, "the others are held against what is left");
    press_all(" ");
    cr_assert_eq(explorer_letter(&explorer, 0), 0, "the first free letter");
}

Test(explorer, what_has_no_samples_cannot_be_kept)
{
    press_all("c");
    cr_assert(explorer.message_bad);
    cr_assert_eq(explorer_tag_count(&explorer), 0);
}

Test(explorer, a_variant_at_two_points_is_compared_by_keeping_it)
{
    look_at_points();
    const uint32_t rows = explorer_rows(&explorer);
    press_all("jc");
    cr_assert_eq(explorer_rows(&explorer), rows + 1, "what was kept is a row");
    press_all("]");
    cr_assert_eq(explorer.point.batch, 8);
    press_all(" 2");
    explorer_tick(&explorer, seconds(0));
    struct row kept = explorer_tagged(&explorer, 0), other = explorer_tagged(&explorer, 1);
    cr_assert(kept.kept && kept.run->asked.batch == 1, "it stays what it was");
    cr_assert_eq(other.run->asked.batch, 8);
    cr_assert(explorer.verdicts.judged[1]);
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_UNLIKE,
                 "and is not the same work");
    cr_assert(explorer.verdicts.comparisons[1].work & KNOB_BIT(BATCH));
    /* On its own row Space drops it. */
    explorer_press(&explorer, PRESS_END);
    press_all(" ");
    cr_assert_eq(explorer_rows(&explorer), rows);
    cr_assert_lt(explorer.selected, explorer_rows(&explorer));
}

Test(explorer, tagged_rows_are_kept_when_something_else_is_opened)
{
    struct error error;
    look_at_points();
    press_all(" ");
    cr_assert(explorer_load_preset(&explorer, PRESET_DEFAULT, &error), "%s", error.text);
    struct row row = explorer_tagged(&explorer, 0);
    cr_assert(row.kept && row.recorded);
    cr_assert_str_eq(row.name, "cpu_per_token");
    cr_assert(strstr(row.mark, "RECORDED Some CPU"), "%s", row.mark);
    cr_assert_eq(row.run->histograms[METRIC_ITERATION].count, 1);
    cr_assert_eq(explorer.request.tagged, 0);
}

Test(explorer, a_fifth_tag_is_refused)
{
    look_at_points();
    press_all("ccccc");
    cr_assert_eq(explorer_tag_count(&explorer), 4);
    cr_assert(explorer.message_bad);
}

/* ---- recordings beside what is live ---------------------------------------------------------- */

static void read_shelf(void)
{
    shelf_begin(&explorer.shelf, "persistent_decode", BACKEND_CPU);
    while (shelf_is_unread(&explorer.shelf))
        explorer_tick(&explorer, 1);
}

Test(explorer, recordings_of_a_gpu_stand_beside_the_variants_of_the_cpu)
{
    read_shelf();
    const uint32_t live = explorer.request.count;
    cr_assert_gt(explorer_rows(&explorer), live + 1);
    struct row row = explorer_row(&explorer, live);
    cr_assert(row.recorded && !row.own && row.run);
    cr_assert_eq(row.device->backend, BACKEND_CUDA);
    cr_assert(strstr(row.mark, "RECORDED NVIDIA H100"), "%s", row.mark);
    for (uint32_t i = live; i < explorer_rows(&explorer); i++)
        cr_assert_eq(explorer_row(&explorer, i).run->backend, BACKEND_CUDA);
    explorer_select(&explorer, live);
    cr_assert_eq(explorer_mode(&explorer), MODE_RECORDED);
    cr_assert_eq(explorer.request.selected, 0, "the live one goes on");
    press_all("r");
    cr_assert(strstr(explorer.message, "recording"));
}

Test(explorer, a_row_of_another_workload_says_so_and_has_no_ratio)
{
    char text[256];
    read_shelf();
    uint32_t ratios = 0;
    const uint32_t live = explorer.request.count;
    for (uint32_t i = live; i < explorer_rows(&explorer); i++) {
        struct row row = explorer_row(&explorer, i);
        cr_assert_not(explorer_unlike(&explorer, &row, false, text, sizeof text));
        cr_assert_str_empty(text);
        ratios += explorer_speedup(&explorer, &row, NULL) > 1;
    }
    cr_assert_gt(ratios, 0);
    knob_set(&explorer.settings, KNOB_SEQ_LEN, 4096, SOURCE_SCREEN);
    knob_set(&explorer.settings, KNOB_SEED, 7, SOURCE_SCREEN);
    for (uint32_t i = live; i < explorer_rows(&explorer); i++) {
        struct row row = explorer_row(&explorer, i);
        cr_assert(explorer_unlike(&explorer, &row, true, text, sizeof text), "%s", row.name);
        cr_assert(strstr(text, "SEQ_LEN ") && strstr(text, " (now 4096)"), "%s", text);
        cr_assert(strstr(text, ", SEED 42 (now 7)"), "%s", text);
        cr_assert_eq(explorer_speedup(&explorer, &row, NULL), 0);
        if (row.known && row.known->after)
            cr_assert_eq(explorer_speedup(&explorer, &row, row.known->after), 0);
    }
}

/* What was kept may be of a target that is not looked at any more. */
Test(explorer, samples_of_another_target_say_so)
{
    char text[256];
    struct run run;
    look_at_points();
    cr_assert(run_clone(&run, explorer_row(&explorer, 0).run));
    explorer.tags.tag[0] = (struct tag){.kind = TAG_CLONE, .run = run, .mark = "kept"};
    struct row kept = explorer_row(&explorer, 2);
    cr_assert(kept.kept);
    cr_assert_not(explorer_unlike(&explorer, &kept, false, text, sizeof text));
    strcpy(explorer.tags.tag[0].run.target, "attention_decode");
    cr_assert(explorer_unlike(&explorer, &kept, false, text, sizeof text));
    cr_assert_str_eq(text, "attention_decode");
}

Test(explorer, live_and_recorded_are_compared_but_never_ranked)
{
    read_shelf();
    struct run run;
    struct device_info cpu = {.backend = BACKEND_CPU, .id = "cpu", .name = "Some CPU"};
    cr_assert(run_clone(&run, explorer_row(&explorer, explorer.request.count).run));
    explorer.tags.tag[0] =
        (struct tag){.kind = TAG_CLONE, .run = run, .device = cpu, .mark = "kept"};
    explorer_select(&explorer, explorer.request.count);
    press_all(" 2");
    explorer_tick(&explorer, seconds(0));
    cr_assert(explorer.verdicts.judged[1]);
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_DEVICES);
}

/* Keeps a verified run whose turns took 100 us, give or take 1 %, times `factor`, under a letter.
 */
static void keep_turns(int letter, double factor)
{
    struct tag *tag = &explorer.tags.tag[letter];
    *tag = (struct tag){.kind = TAG_CLONE, .mark = "kept", .device = {.name = "Some CPU"}};
    cr_assert(run_open(&tag->run));
    strcpy(tag->run.variant, "v");
    strcpy(tag->run.target, "t");
    tag->run.verification.verdict = VERDICT_RIGHT;
    for (int i = 0; i < 5; i++)
        evidence_add(&tag->run.turns, 1e5 * factor * (0.99 + 0.005 * i));
    for (int i = 0; i < 100; i++)
        histogram_record(&tag->run.histograms[METRIC_ITERATION], (uint64_t)(1e5 * factor));
}

Test(explorer, what_holds_of_two_must_hold_among_many)
{
    press_all("2");
    keep_turns(0, 1);
    keep_turns(1, 0.985);
    explorer_tick(&explorer, seconds(1));
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_FASTER);
    const double probability = explorer.verdicts.comparisons[1].difference.probability;
    cr_assert(probability > 0.05 / 3 && probability < 0.05, "%g", probability);
    keep_turns(2, 1);
    keep_turns(3, 1);
    explorer_tick(&explorer, seconds(2));
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_CLOSE);
    /* A turn that is over counts, also where no sample comes in any more. */
    for (int i = 0; i < 30; i++) {
        evidence_add(&explorer.tags.tag[0].run.turns, 1e5);
        evidence_add(&explorer.tags.tag[1].run.turns, 0.985e5);
    }
    explorer_tick(&explorer, seconds(3));
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_FASTER);
}

/* ---- a sweep --------------------------------------------------------------------------------- */

Test(explorer, a_sweep_goes_through_the_values_about_the_present_one)
{
    struct swept swept;
    explorer.knob = KNOB_BATCH;
    explorer_swept(&explorer, &swept);
    cr_assert_eq(swept.value_count, SWEPT_VALUES);
    cr_assert_eq(swept.values[0], 1);
    cr_assert_eq(swept.values[3], 8);
    for (uint32_t v = 1; v < swept.value_count; v++)
        cr_assert_gt(swept.values[v], swept.values[v - 1]);
    cr_assert_eq(swept.series_count, 1, "of the selected variant");
    press_all(" j 5");
    explorer.knob = KNOB_BATCH;
    explorer_swept(&explorer, &swept);
    cr_assert_eq(swept.series_count, 2, "of the tagged ones");
    for (int id = 0; id < KNOB_COUNT; id++) {
        explorer.knob = (enum knob_id)id;
        explorer_swept(&explorer, &swept);
        for (uint32_t v = 0; v < swept.value_count; v++)
            cr_assert(knob_valid(explorer.knob, swept.values[v]), "%s", knob_table[id].name);
    }
}

Test(explorer, a_sweep_leaves_the_knobs_as_they_were_and_ends_when_one_is_turned)
{
    explorer.knob = KNOB_BATCH;
    press_all("5\r");
    cr_assert(explorer.sweep.running);
    cr_assert_eq(explorer.settings.knobs.batch, 8);
    press_all("]");
    cr_assert_not(explorer.sweep.running);
    press_all("\r");
    cr_assert(explorer.sweep.running);
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_not(explorer.sweep.running);
}

Test(explorer, a_sweep_of_a_knob_that_is_not_read_is_refused)
{
    explorer.knob = KNOB_NUM_PROGRAMS;
    press_all("5\r");
    cr_assert_not(explorer.sweep.running);
    cr_assert(explorer.message_bad && strstr(explorer.message, "NUM_PROGRAMS"), "%s",
              explorer.message);
}

Test(explorer, the_points_of_a_recording_are_what_was_swept)
{
    struct swept swept;
    look_at_points();
    explorer.knob = KNOB_BATCH;
    explorer_swept(&explorer, &swept);
    cr_assert(swept.recorded);
    cr_assert_eq(swept.value_count, 2);
    cr_assert(swept.values[0] == 1 && swept.values[1] == 8);
    cr_assert_float_eq(swept.series[0].p50_ns[1], 40000, 100);
    cr_assert_eq(swept.series[0].fastest, 1);
    cr_assert(!swept.series[0].best[0] && swept.series[0].best[1],
              "the fastest of those that were verified: twice as fast");
    press_all("j");
    explorer_swept(&explorer, &swept);
    cr_assert_eq(swept.series[0].fastest, 0, "with STEP_SYNC none there is BATCH 1 alone");
    cr_assert_not(swept.series[0].best[0], "which is best of nothing");
}

/* A recorded run of one process, whose samples all took as long. */
static struct run recorded_run(const char *variant, int64_t batch, uint64_t ns)
{
    struct run run;
    struct knob_settings settings;
    knobs_reset(&settings);
    settings.knobs.batch = batch;
    cr_assert(run_open(&run));
    run_begin(&run, variant_find(variant), &settings.knobs, &settings.knobs, 1);
    run.used.threads = 1;
    run.status = RUN_DONE;
    run.verification.verdict = VERDICT_RIGHT;
    for (int i = 0; i < 20; i++)
        histogram_record(&run.histograms[METRIC_ITERATION], ns);
    return run;
}

/* Looks at a recording of these runs, which are closed. */
static void look_at_runs(struct run *runs, size_t count)
{
    struct error error;
    struct document document;
    struct device_info device = {.backend = BACKEND_CPU, .id = "cpu", .name = "Some CPU"};
    size_t length;
    document_describe(&document, &device, runs, count);
    char *text = document_print(&document, &length);
    FILE *file = fopen("runs.json", "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
    cr_assert(explorer_open_recording(&explorer, "runs.json", &error), "%s", error.text);
    unlink("runs.json");
    free(text);
    for (size_t i = 0; i < count; i++)
        run_close(&runs[i]);
}

/* Processes of a CPU are assumed to lie 5 % apart: two are within 14 % the same. */
Test(explorer, the_best_of_a_sweep_are_all_that_cannot_be_told_apart)
{
    struct swept swept;
    struct run runs[] = {
        recorded_run("cpu_per_token", 1, 50000),
        recorded_run("cpu_per_token", 2, 40000),
        recorded_run("cpu_per_token", 4, 41000),
        recorded_run("cpu_per_token", 8, 10000),
    };
    runs[3].verification.verdict = VERDICT_NONE;
    look_at_runs(runs, 4);
    explorer.knob = KNOB_BATCH;
    explorer_swept(&explorer, &swept);
    cr_assert_eq(swept.value_count, 4);
    cr_assert_eq(swept.series[0].fastest, 1, "the one that is not verified is not ranked");
    const bool *best = swept.series[0].best;
    cr_assert(!best[0] && best[1] && best[2] && !best[3]);
}

Test(explorer, rungs_that_cannot_be_told_apart_are_marked)
{
    struct ranks ranks;
    struct run runs[] = {
        recorded_run("cpu_per_token", 8, 100000),
        recorded_run("cpu_persistent", 8, 10500),
        recorded_run("cpu_graph", 8, 10000),
    };
    look_at_runs(runs, 3);
    explorer_rank(&explorer, &ranks);
    cr_assert(!ranks.close[0] && !ranks.close[1] && ranks.close[2]);
    cr_assert(!ranks.best[0] && ranks.best[1] && ranks.best[2]);
    /* The fastest is not verified: the second is told from the first, and is the best. */
    struct run others[] = {
        recorded_run("cpu_per_token", 8, 100000),
        recorded_run("cpu_persistent", 8, 10500),
        recorded_run("cpu_graph", 8, 10000),
    };
    others[2].verification.verdict = VERDICT_NONE;
    look_at_runs(others, 3);
    explorer_rank(&explorer, &ranks);
    cr_assert(!ranks.close[1] && !ranks.close[2]);
    cr_assert(!ranks.best[0] && ranks.best[1] && !ranks.best[2]);
    /* One alone is not the best of anything. */
    struct run alone[] = {recorded_run("cpu_per_token", 8, 100000)};
    look_at_runs(alone, 1);
    explorer_rank(&explorer, &ranks);
    cr_assert_not(ranks.best[0]);
}

/* ---- the command that measures the same -----------------------------------------------------
 */

/* Reads the command as a shell and pdlab do. Returns its words: the options point into them. */
static wordexp_t read_command(struct options *options)
{
    struct error error = {0};
    wordexp_t words;
    char *command = explorer_command(&explorer);
    cr_assert_not_null(command);
    cr_assert_eq(wordexp(command, &words, WRDE_NOCMD | WRDE_UNDEF), 0, "%s", command);
    cr_assert(options_parse((int)words.we_wordc, words.we_wordv, options, &error), "%s: %s",
              command, error.text);
    cr_assert_eq(options->command, COMMAND_RUN, "%s", command);
    free(command);
    return words;
}

Test(explorer, the_command_sets_every_knob_as_it_is)
{
    struct options options;
    srand(7);
    for (int round = 0; round < 50; round++) {
        for (int id = 0; id < KNOB_COUNT; id++) {
            explorer.knob = (enum knob_id)id;
            for (int turns = rand() % 8; turns > 0; turns--)
                press_all(rand() % 2 ? "]" : "[");
        }
        wordexp_t words = read_command(&options);
        for (int id = 0; id < KNOB_COUNT; id++)
            if (id != KNOB_ITERATIONS || explorer.settings.knobs.iterations > 0)
                cr_assert_eq(options.settings.knobs.value[id], explorer.settings.knobs.value[id],
                             "%s in round %d", knob_table[id].name, round);
        cr_assert_gt(options.settings.knobs.iterations, 0, "it has to end");
        cr_assert_str_eq(options.preset.name, explorer.preset.name);
        wordfree(&words);
    }
}

Test(explorer, the_command_names_a_preset_by_its_path)
{
    static const char text[] = "{\"schema\":\"pdlab.preset/1\",\"title\":\"T\",\"lesson\":\"L\","
                               "\"target\":\"persistent_decode\",\"knobs\":{\"SEED\":7}}";
    char folder[] = "/tmp/pdlab it's $HOME-XXXXXX", path[128];
    struct error error;
    struct options options;
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mine.json", folder);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    cr_assert(explorer_load_preset(&explorer, path, &error), "%s", error.text);
    wordexp_t words = read_command(&options);
    cr_assert_str_eq(options.preset.path, path);
    cr_assert_eq(options.settings.knobs.seed, 7);
    wordfree(&words);
    unlink(path);
    rmdir(folder);
}

Test(explorer, a_message_that_was_cut_says_so)
{
    char text[4096] = {0};
    memset(text, 'x', sizeof text - 1);
    explorer_say(&explorer, false, "%s", text);
    const char *end = explorer.message + strlen(explorer.message);
    cr_assert_str_eq(end - 4, "x...");
    explorer_say(&explorer, false, "short");
    cr_assert_str_eq(explorer.message, "short");
}

Test(explorer, the_metric_goes_round_and_each_has_its_axis)
{
    look_at_recording();
    press_all("a");
    struct axis step = explorer.axes[METRIC_STEP];
    cr_assert_gt(step.high_ns, 0);
    press_all("bbb");
    cr_assert_eq(explorer.metric, METRIC_ITERATION);
    press_all("b");
    cr_assert_eq(explorer.metric, METRIC_STEP);
    cr_assert_eq(explorer.axes[METRIC_STEP].high_ns, step.high_ns);
    press_all("+");
    cr_assert_lt(explorer.axes[METRIC_STEP].high_ns, step.high_ns);
    press_all("xy");
    cr_assert(explorer.axes[METRIC_STEP].linear && explorer.log_counts);
}

/* Keys that are pressed at random: none that quits, and none that writes or opens files. */
static int random_key(void)
{
    static const int keys[] = {PRESS_UP,
                               PRESS_DOWN,
                               PRESS_LEFT,
                               PRESS_RIGHT,
                               PRESS_PAGE_UP,
                               PRESS_END,
                               PRESS_HOME,
                               PRESS_TAB,
                               PRESS_ENTER,
                               PRESS_ESCAPE,
                               PRESS_PAGE_DOWN,
                               '[',
                               ']',
                               'u',
                               'P',
                               'b',
                               '+',
                               '-',
                               'a',
                               'x',
                               'y',
                               'p',
                               '<',
                               '>',
                               'Z',
                               'r',
                               ' ',
                               'c',
                               '1',
                               '2',
                               '4',
                               '5',
                               '/',
                               '?',
                               '7',
                               PRESS_BACKSPACE};
    return keys[(size_t)rand() % (sizeof keys / sizeof *keys)];
}

/* The mouse at random, but for the footer, where there are keys that random_key leaves out. */
static void point_anywhere(void)
{
    struct pointer pointer = {rand() % 60, rand() % 200, (enum pointer_kind)(rand() % 3)};
    const struct rectangle *footer = &explorer.layout.footer;
    if (pointer.row < footer->row || pointer.row >= footer->row + footer->rows)
        explorer_point(&explorer, &pointer);
}

/* The cell of the screen where a panel's row `row` is, inside its frame. */
static void click_row(const struct rectangle *panel, int row)
{
    struct pointer pointer = {panel->row + 1 + row, panel->column + 5, POINTER_CLICK};
    explorer_point(&explorer, &pointer);
}

Test(explorer, a_click_selects_a_row_and_again_is_enter)
{
    click_row(&explorer.layout.variants, 1);
    cr_assert_eq(explorer.request.selected, 1);
    click_row(&explorer.layout.knobs, 2);
    cr_assert_eq(explorer.focus, FOCUS_KNOBS);
    cr_assert_eq(explorer.knob, KNOB_HEAD_DIM);
    cr_assert_eq(explorer.overlay, OVERLAY_NONE);
    click_row(&explorer.layout.knobs, 2);
    cr_assert_eq(explorer.overlay, OVERLAY_VALUE);
    click_row(&explorer.layout.knobs, 3); /* a line is being typed */
    cr_assert_eq(explorer.overlay, OVERLAY_VALUE);
    cr_assert_eq(explorer.knob, KNOB_HEAD_DIM);
}

Test(explorer, a_click_hits_the_row_that_is_shown_when_a_list_is_scrolled_or_filtered)
{
    press_all("/graph");
    explorer_press(&explorer, PRESS_ENTER);
    click_row(&explorer.layout.variants, 0);
    cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_graph");
    explorer_resize(&explorer, 24, 80);
    explorer_press(&explorer, PRESS_TAB);
    explorer_press(&explorer, PRESS_END);
    click_row(&explorer.layout.knobs, 0);
    cr_assert_eq((int)explorer.knob, KNOB_COUNT - (explorer.layout.knobs.rows - 2));
}

Test(explorer, the_wheel_moves_and_turns_what_it_is_over)
{
    const struct layout *layout = &explorer.layout;
    struct pointer over_knobs = {layout->knobs.row + 1, 3, POINTER_WHEEL_DOWN};
    explorer_point(&explorer, &over_knobs);
    cr_assert_eq(explorer.knob, KNOB_BATCH);
    struct pointer over_detail = {layout->detail.row, 3, POINTER_WHEEL_UP};
    explorer_point(&explorer, &over_detail);
    cr_assert_eq(explorer.settings.knobs.batch, 16);
    over_detail.kind = POINTER_WHEEL_DOWN;
    explorer_point(&explorer, &over_detail);
    cr_assert_eq(explorer.settings.knobs.batch, 8);
    struct pointer over_variants = {layout->variants.row + 1, 3, POINTER_WHEEL_DOWN};
    explorer_point(&explorer, &over_variants);
    cr_assert_eq(explorer.request.selected, 1);
}

/* Every cell of the footer presses a key that the footer shows there, and none beyond. */
Test(explorer, a_click_on_a_key_of_the_footer_presses_it)
{
    const struct rectangle *footer = &explorer.layout.footer;
    struct pointer pointer = {footer->row, 0, POINTER_CLICK};
    bool helped = false, quitted = false;
    for (pointer.column = 0; pointer.column < footer->columns; pointer.column++) {
        explorer.overlay = OVERLAY_NONE;
        explorer.wish = WISH_NONE;
        explorer_point(&explorer, &pointer);
        helped |= explorer.overlay == OVERLAY_HELP;
        quitted |= explorer.wish == WISH_QUIT;
        explorer_press(&explorer, PRESS_ESCAPE);
    }
    cr_assert(helped && quitted);
}

Test(explorer, no_sequence_of_keys_leads_out_of_bounds)
{
    srand(11);
    for (int i = 0; i < 4000; i++) {
        explorer_press(&explorer, random_key());
        point_anywhere();
        explorer_resize(&explorer, 1 + rand() % 60, 1 + rand() % 200);
        cr_assert_lt(explorer.selected, explorer_rows(&explorer));
        cr_assert_lt(explorer.request.selected, explorer.request.count);
        cr_assert_lt((int)explorer.knob, KNOB_COUNT);
        for (int id = 0; id < KNOB_COUNT; id++)
            cr_assert(knob_valid((enum knob_id)id, explorer.settings.knobs.value[id]));
        cr_assert_eq(explorer.wish, WISH_NONE);
    }
}

static void press_anything(unsigned seed)
{
    char text[400];
    uint64_t now_ns = 1;
    srand(seed);
    for (int i = 0; i < 4000; i++) {
        int press = random_key();
        if (press != 'P') /* a preset leads to a device */
            explorer_press(&explorer, press);
        if (explorer.overlay != OVERLAY_PRESETS)
            point_anywhere();
        explorer_resize(&explorer, 1 + rand() % 60, 1 + rand() % 200);
        explorer_tick(&explorer, now_ns += (uint64_t)rand());
        explorer_replay_status(&explorer, rand() % 2, text, sizeof text);
        cr_assert_lt(explorer.selected, explorer_rows(&explorer));
        for (int id = 0; id < KNOB_COUNT; id++)
            cr_assert(explorer.point.value[id] == KNOB_UNKNOWN ||
                      knob_valid((enum knob_id)id, explorer.point.value[id]));
        if (explorer_replays(&explorer))
            cr_assert_eq(explorer.replay.steps.run, explorer_selected(&explorer).run);
    }
}

Test(explorer, no_sequence_of_keys_leads_out_of_a_recording)
{
    look_at_points();
    press_anything(12);
}

Test(explorer, no_sequence_of_keys_leads_out_of_a_recording_that_names_no_value)
{
    look_at_points_without("\"STEP_SYNC\":\"none\",");
    press_anything(13);
}

/* ---- the timeline --------------------------------------------------------------------------- */

/* A recording of a run of two steps and a prefill of one chunk; of its slowest iteration, twice as
 * long, if it is asked for. */
static void look_at_steps(bool slowest)
{
    static struct stamp stamps[2] = {{400, 500}, {520, 700}};
    static struct prefill_span spans[1] = {{100, 600, SPAN_COPY, 0, 0}};
    struct error error;
    struct run run;
    struct document document;
    const struct device_info device = {.backend = BACKEND_CPU, .id = "cpu", .name = "Some CPU"};
    struct knob_settings settings;
    size_t length;
    knobs_reset(&settings);
    cr_assert(run_open(&run));
    run_begin(&run, variant_find("cpu_persistent"), &settings.knobs, &settings.knobs, 1);
    run.used.step_sync = SYNC_FLAG;
    run.used.threads = 1;
    run.used.spin_ns = 0;
    run.status = RUN_DONE;
    histogram_record(&run.histograms[METRIC_ITERATION], 1000);
    run.typical = (struct trace){.iteration_ns = 1000,
                                 .steps = 2,
                                 .programs = 1,
                                 .steps_run = 2,
                                 .programs_run = 1,
                                 .stamps = stamps,
                                 .span_count = 1,
                                 .spans_run = 1,
                                 .spans = spans};
    if (slowest) {
        run.slowest = run.typical;
        run.slowest.iteration_ns = 2000;
    }
    document_describe(&document, &device, &run, 1);
    strcpy(document.run_id, "20240203T040506Z-0001");
    strcpy(document.recorded_utc, "2024-02-03T04:05:06Z");
    char *text = document_print(&document, &length);
    cr_assert(source_open_text(&explorer.source, text, length, "test", &error), "%s", error.text);
    points_begin(&explorer.source.points, &explorer.point);
    free(text);
    run.typical = run.slowest = (struct trace){0};
    run_close(&run);
}

Test(explorer, the_timeline_takes_the_arrows_and_gives_them_back)
{
    look_at_steps(true);
    press_all("3");
    const struct timeline_look *look = &explorer.timeline;
    cr_assert_eq(explorer.view, VIEW_TIMELINE);
    cr_assert_eq(explorer_mode(&explorer), MODE_TIMELINE);
    cr_assert_gt(look->row_count, 4);
    press_all("jj");
    cr_assert_eq(look->row, 2);
    cr_assert_eq(explorer.selected, 0);
    press_all("kkkk");
    cr_assert_eq(look->row, 0);
    press_all("G");
    cr_assert_eq(look->cursor_ns, 1000);
    press_all("llg");
    cr_assert_eq(look->cursor_ns, 0);
    explorer_press(&explorer, PRESS_TAB);
    cr_assert_eq(explorer.focus, FOCUS_VARIANTS);
    explorer_press(&explorer, PRESS_BACKTAB);
    cr_assert_eq(explorer.focus, FOCUS_VIEW);
    press_all("1");
    cr_assert_eq(explorer.focus, FOCUS_VARIANTS);
    cr_assert_eq(explorer_mode(&explorer), MODE_RECORDED);
}

Test(explorer, the_slowest_iteration_is_another_timeline)
{
    look_at_steps(true);
    press_all("3s");
    cr_assert_eq(explorer.timeline.timeline.iteration_ns, 2000);
    cr_assert_eq(explorer.timeline.to_ns, 2000, "all of it is seen");
    press_all("s");
    cr_assert_eq(explorer.timeline.timeline.iteration_ns, 1000);
}

Test(explorer, of_an_iteration_that_was_not_kept_there_is_no_timeline)
{
    look_at_steps(false);
    press_all("3s");
    cr_assert_eq(explorer.timeline.row_count, 0);
    cr_assert(explorer.message[0], "it says so");
    press_all("+-a<>jklhgG"); /* there is nothing to move in */
    cr_assert_eq(explorer.timeline.row_count, 0);
}

/* Whatever is pressed, what is seen lies within the iteration, and the cursor within what is seen.
 */
Test(explorer, what_is_seen_stays_within_the_iteration)
{
    static const char keys[] = "++++---a<>hhllllljkgGs3";
    uint64_t source = 5;
    look_at_steps(true);
    press_all("3");
    for (int i = 0; i < 20000; i++) {
        const struct timeline_look *look = &explorer.timeline;
        const char key[2] = {keys[random_below(&source, sizeof keys - 1)], 0};
        press_all(key);
        const double all = (double)look->timeline.iteration_ns;
        cr_assert(0 <= look->from_ns && look->from_ns < look->to_ns, "%s", key);
        cr_assert_leq(look->to_ns, all * (1 + 1e-9), "%s", key);
        cr_assert_geq(look->cursor_ns, look->from_ns - 1e-6, "%s", key);
        cr_assert_leq(look->cursor_ns, look->to_ns + 1e-6, "%s", key);
        cr_assert(look->row >= 0 && look->row < look->row_count);
    }
}
