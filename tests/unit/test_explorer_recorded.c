#include "folder.h"
#include "idle_explorer.h"

TestSuite(explorer_recorded, .init = explorer_open_idle, .fini = explorer_close_idle);

static char text[256]; /* what the last call wrote */

Test(explorer_recorded, the_knobs_of_a_recording_move_between_its_points)
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
    assert_contains(explorer.message, "STEP_SYNC flag");
    struct row second = explorer_row(&explorer, 1);
    cr_assert_float_eq(explorer_speedup(&explorer, &second, NULL), 2.5, 0.01);
    press_all("uu");
    cr_assert(explorer.point.batch == 1 && explorer.point.step_sync == SYNC_NONE);
    press_all("]");
    cr_assert(explorer.point.batch == 8 && explorer.point.step_sync == SYNC_FLAG);
    assert_contains(explorer.message, "nearest recorded point is BATCH 8, STEP_SYNC flag");
    press_all("]");
    assert_contains(explorer.message, "is 1, 8");
}

Test(explorer_recorded, a_knob_missing_in_a_recording_is_unknown)
{
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

Test(explorer_recorded, an_unknown_workload_differs_from_any)
{
    look_at_points_without("\"CHAIN\":true,");
    press_all("c]");
    struct row kept = explorer_row(&explorer, explorer_rows(&explorer) - 1);
    cr_assert(kept.kept);
    cr_assert(explorer_unlike(&explorer, &kept, true, text, sizeof text));
    cr_assert_str_eq(text, "BATCH 1 (now 8), CHAIN unknown (now on)");
    cr_assert_eq(explorer_speedup(&explorer, &kept, NULL), 0);
}

Test(explorer_recorded, a_typed_value_goes_to_the_nearest_recorded_one)
{
    look_at_points();
    press_all("\t\r7\r");
    cr_assert_eq(explorer.point.batch, 8);
    assert_contains(explorer.message, "BATCH 8");
    press_all("\r1\r");
    cr_assert_eq(explorer.point.batch, 1);
    cr_assert_str_empty(explorer.message);
}

Test(explorer_recorded, an_unread_knob_moves_for_the_other_variants)
{
    look_at_points();
    explorer.knob = KNOB_STEP_SYNC;
    press_all("]");
    cr_assert_eq(explorer.point.step_sync, SYNC_FLAG);
    assert_contains(explorer.message, "does not read");
    cr_assert_not_null(explorer_row(&explorer, 0).run);
    cr_assert_eq(explorer_row(&explorer, 1).run->used.step_sync, SYNC_FLAG);
}

Test(explorer_recorded, a_replay_fills_the_histogram_and_ends)
{
    look_at_points();
    cr_assert_eq(explorer_wait_ms(&explorer, 1), -1, "nothing moves by itself");
    press_all("p");
    cr_assert_eq(explorer_wait_ms(&explorer, 1), EXPLORER_TICK_MS);
    explorer_tick(&explorer, seconds(0));
    cr_assert_eq(explorer_shown(&explorer).run->histograms[METRIC_STEP].count, 0);
    /* A replay takes at least 6 s: at 1/2,000,000, 5 us take 10 s. */
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
    assert_contains(text, "replayed the typical iteration; no stamps of the slowest");
    cr_assert_eq(explorer_shown(&explorer).run->histograms[METRIC_ITERATION].count, 1);
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_eq(explorer_shown(&explorer).run, explorer_selected(&explorer).run);
}

Test(explorer_recorded, a_replay_follows_the_selection_and_reports_missing_stamps)
{
    look_at_points();
    press_all("pj");
    cr_assert_eq(explorer.replay.steps.run, explorer_selected(&explorer).run);
    press_all("]");
    cr_assert_eq(explorer.point.step_sync, SYNC_FLAG);
    cr_assert_not(replay_view_shows(&explorer.replay));
    explorer_replay_status(&explorer, false, text, sizeof text);
    assert_contains(text, "no stamps");
    cr_assert_eq(explorer_shown(&explorer).run, explorer_selected(&explorer).run);
    press_all("u");
    cr_assert(replay_view_shows(&explorer.replay));
}

Test(explorer_recorded, an_exported_recording_keeps_its_origin)
{
    char path[128];
    struct document document;
    folder_enter();
    look_at_recording();
    press_all("e");
    cr_assert_eq(sscanf(explorer.message, "Wrote %127[^,]", path), 1, "%s", explorer.message);
    assert_success(document_read(path, &document, &error));
    cr_assert_str_eq(document.device.name, "Some CPU");
    cr_assert_str_eq(document.recorded_utc, "2024-02-03T04:05:06Z");
    cr_assert_str_eq(document.version, "0.0.9");
    cr_assert_str_eq(document.git_revision, "abcdef");
    cr_assert(document.recorded);
    cr_assert_str_eq(document.recorded_run_id, "20240203T040506Z-0001");
    cr_assert_eq(document.runs[0].histograms[METRIC_STEP].count, 1000);
    document_free(&document);
    folder_end();
}

Test(explorer_recorded, exporting_nothing_is_refused)
{
    press_all("e");
    cr_assert(explorer.message_bad);
}

/* The baseline reads no knob that this recording varies. */
Test(explorer_recorded, a_recording_opens_on_a_variant_that_reads_a_varied_knob)
{
    struct points_value values[POINTS_VALUES];
    look_at_file("recordings/h200/step-sync.json");
    const struct row row = explorer_selected(&explorer);
    cr_assert_str_eq(row.name, "persistent_decode_cuda");
    cr_assert_not_null(row.run);
    cr_assert(explorer_reads(&explorer, explorer.knob));
    cr_assert_gt(explorer_values(&explorer, explorer.knob, values), 1);
    press_all("]");
    cr_assert_str_empty(explorer.message, "%s", explorer.message);
}

Test(explorer_recorded, a_recording_without_a_sweep_opens_on_its_baseline)
{
    look_at_file("recordings/h200/right-sized-small.json");
    cr_assert_eq(explorer.selected, 0);
}

/* Choosing the open recording in the list of devices loses nothing. */
Test(explorer_recorded, reopening_the_open_source_changes_nothing)
{
    look_at_file("recordings/h200/step-sync.json");
    press_all("]k");
    const struct knobs point = explorer.point;
    press_all("D\r");
    cr_assert_eq(memcmp(&point, &explorer.point, sizeof point), 0);
    cr_assert_eq(explorer.selected, 1);
    assert_contains(explorer.message, "h200/step-sync is open already");
}
