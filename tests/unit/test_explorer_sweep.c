#include "idle_explorer.h"

TestSuite(explorer_sweep, .init = explorer_open_idle, .fini = explorer_close_idle);

static struct swept swept;

static void sweep(enum knob_id id)
{
    explorer.knob = id;
    explorer_swept(&explorer, &swept);
}

Test(explorer_sweep, a_sweep_covers_the_values_around_the_present_one)
{
    sweep(KNOB_BATCH);
    cr_assert_eq(swept.value_count, SWEPT_VALUES);
    cr_assert_eq(swept.values[0], 1);
    cr_assert_eq(swept.values[3], 8);
    for (uint32_t v = 1; v < swept.value_count; v++)
        cr_assert_gt(swept.values[v], swept.values[v - 1]);
    cr_assert_eq(swept.series_count, 1, "of the selected variant");
    press_all(" j 5");
    sweep(KNOB_BATCH);
    cr_assert_eq(swept.series_count, 2, "of the tagged variants");
    for (int id = 0; id < KNOB_COUNT; id++) {
        sweep((enum knob_id)id);
        for (uint32_t v = 0; v < swept.value_count; v++)
            cr_assert(knob_valid(explorer.knob, swept.values[v]), "%s", knob_table[id].name);
    }
}

Test(explorer_sweep, a_sweep_restores_the_knobs_and_ends_when_one_changes)
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

Test(explorer_sweep, a_sweep_of_an_unread_knob_is_refused)
{
    explorer.knob = KNOB_NUM_PROGRAMS;
    press_all("5\r");
    cr_assert_not(explorer.sweep.running);
    cr_assert(explorer.message_bad && strstr(explorer.message, "NUM_PROGRAMS"), "%s",
              explorer.message);
}

Test(explorer_sweep, a_recordings_points_are_its_sweep)
{
    look_at_points();
    sweep(KNOB_BATCH);
    cr_assert(swept.recorded);
    cr_assert_eq(swept.value_count, 2);
    cr_assert(swept.values[0] == 1 && swept.values[1] == 8);
    cr_assert_float_eq(swept.series[0].p50_ns[1], 40000, 100);
    cr_assert_eq(swept.series[0].fastest, 1);
    cr_assert(!swept.series[0].best[0] && swept.series[0].best[1],
              "the fastest of those that were verified: twice as fast");
    cr_assert_eq(swept.series_count, 2, "a recording draws all variants that have a letter left");
    press_all("j");
    explorer_swept(&explorer, &swept);
    cr_assert_str_eq(swept.series[1].name, "cpu_persistent");
    cr_assert_eq(swept.series[1].fastest, 0, "with STEP_SYNC none there is BATCH 1 alone");
    cr_assert_not(swept.series[1].best[0], "a single value is never the best");
    press_all(" ");
    explorer_swept(&explorer, &swept);
    cr_assert_eq(swept.series_count, 1, "tags narrow it");
}

/* Processes on a CPU are assumed to differ by 5 %: two medians within 14 % are tied. */
Test(explorer_sweep, the_best_of_a_sweep_includes_all_ties)
{
    struct run runs[] = {
        recorded_run("cpu_per_token", 1, 50000),
        recorded_run("cpu_per_token", 2, 40000),
        recorded_run("cpu_per_token", 4, 41000),
        recorded_run("cpu_per_token", 8, 10000),
    };
    runs[3].verification.verdict = VERDICT_NONE;
    look_at_runs(runs, 4);
    sweep(KNOB_BATCH);
    cr_assert(swept.by_rate, "more work takes longer: what counts is tokens/s");
    cr_assert_eq(swept.series[0].fastest, 2);
    explorer.sweep_flipped = true;
    explorer_swept(&explorer, &swept);
    cr_assert_eq(swept.value_count, 4);
    cr_assert_eq(swept.series[0].fastest, 1, "the one that is not verified is not ranked");
    const bool *best = swept.series[0].best;
    cr_assert(!best[0] && best[1] && best[2] && !best[3]);
}

/* Ranks the first `count` of three rungs; the third has this verdict. */
static struct ranks ranks_of(size_t count, enum verdict verdict)
{
    struct ranks ranks;
    struct run runs[] = {
        recorded_run("cpu_per_token", 8, 100000),
        recorded_run("cpu_persistent", 8, 10500),
        recorded_run("cpu_graph", 8, 10000),
    };
    runs[2].verification.verdict = verdict;
    look_at_runs(runs, count);
    for (size_t i = count; i < 3; i++)
        run_close(&runs[i]);
    explorer_rank(&explorer, &ranks);
    return ranks;
}

Test(explorer_sweep, rungs_that_cannot_be_told_apart_are_marked)
{
    struct ranks ranks = ranks_of(3, VERDICT_RIGHT);
    cr_assert(!ranks.close[0] && !ranks.close[1] && ranks.close[2]);
    cr_assert(!ranks.best[0] && ranks.best[1] && ranks.best[2]);
    /* The fastest is not verified; the second differs from the first, so it is the best. */
    ranks = ranks_of(3, VERDICT_NONE);
    cr_assert(!ranks.close[1] && !ranks.close[2]);
    cr_assert(!ranks.best[0] && ranks.best[1] && !ranks.best[2]);
    /* A single value is never the best. */
    cr_assert_not(ranks_of(1, VERDICT_RIGHT).best[0]);
}
