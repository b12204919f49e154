#include "../../src/document/points.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "unit.h"

#define ROOM 1024
static struct run runs[ROOM];
static size_t count;
static struct points points;
static struct knobs at;

static struct run *add(const char *variant, int64_t seq_len, int64_t batch, int64_t sync)
{
    struct run *run = &runs[count++];
    *run = (struct run){.known = variant_find(variant), .asked = knobs_defaults()};
    strcpy(run->variant, variant);
    strcpy(run->target, "persistent_decode");
    run->asked.seq_len = seq_len;
    run->asked.batch = batch;
    run->asked.step_sync = sync;
    run->used = run->asked;
    if (!run->known)
        run->named = KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(STEP_SYNC) | KNOB_BIT(WARMUP);
    return run;
}

static void open_points(void)
{
    cr_assert(points_open(&points, runs, count));
    points_begin(&points, &at);
}

static void close_points(void)
{
    points_close(&points);
}

TestSuite(points, .fini = close_points);

Test(points, without_runs_there_is_no_point)
{
    struct points_value values[1];
    open_points();
    cr_assert_eq(points.row_count, 0);
    cr_assert_null(points_find(&points, 0, &at));
    cr_assert_eq(points_values(&points, 0, &at, KNOB_BATCH, values, 1), 0);
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_BATCH, 1), POINTS_STAY);
    cr_assert_eq(points_set(&points, 0, &at, KNOB_BATCH, 3), POINTS_STAY);
}

Test(points, the_first_point_has_the_most_variants)
{
    add("cpu_per_token", 32, 4, SYNC_AUTO); /* does not read STEP_SYNC */
    add("cpu_persistent", 32, 1, SYNC_NONE);
    add("cpu_persistent", 32, 4, SYNC_FLAG);
    open_points();
    cr_assert_eq(points.row_count, 2);
    cr_assert(at.batch == 4 && at.step_sync == SYNC_FLAG);
    cr_assert_eq(points_find(&points, 0, &at), &runs[0]);
    cr_assert_eq(points_find(&points, 1, &at), &runs[2]);
    cr_assert_eq(points.varying, KNOB_BIT(BATCH) | KNOB_BIT(STEP_SYNC));
}

Test(points, a_change_prefers_points_with_the_other_knobs_unchanged)
{
    add("cpu_persistent", 32, 1, SYNC_NONE);
    add("cpu_persistent", 32, 2, SYNC_FLAG);
    add("cpu_persistent", 32, 4, SYNC_NONE);
    add("cpu_persistent", 32, 8, SYNC_FLAG);
    open_points();
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_BATCH, 1), POINTS_THERE);
    cr_assert_eq(at.batch, 4);
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_BATCH, 1), POINTS_NEAREST);
    cr_assert(at.batch == 8 && at.step_sync == SYNC_FLAG);
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_BATCH, 1), POINTS_STAY);
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_BATCH, -1), POINTS_THERE);
    cr_assert_eq(at.batch, 2);
}

Test(points, values_rise_and_tell_which_need_no_other_change)
{
    struct points_value values[8];
    add("cpu_persistent", 32, 8, SYNC_NONE);
    add("cpu_persistent", 32, 1, SYNC_FLAG);
    add("cpu_persistent", 32, 2, SYNC_NONE);
    open_points();
    cr_assert_eq(points_values(&points, 0, &at, KNOB_BATCH, values, 8), 3);
    cr_assert(values[0].value == 1 && !values[0].here);
    cr_assert(values[1].value == 2 && values[1].here);
    cr_assert(values[2].value == 8 && values[2].here);
    cr_assert_eq(points_values(&points, 0, &at, KNOB_BATCH, values, 2), 2,
                 "as many as there is room");
}

Test(points, the_nearest_number_has_the_smallest_ratio)
{
    add("cpu_persistent", 32, 64, SYNC_NONE);
    add("cpu_persistent", 32, 1, SYNC_NONE);
    open_points();
    cr_assert_eq(points_set(&points, 0, &at, KNOB_BATCH, 20), POINTS_STAY, "64 is nearest");
    cr_assert_eq(points_set(&points, 0, &at, KNOB_BATCH, 4), POINTS_NEAREST);
    cr_assert_eq(at.batch, 1);
    cr_assert_eq(points_set(&points, 0, &at, KNOB_BATCH, 64), POINTS_THERE);
}

Test(points, the_nearest_point_with_the_value_changes_least)
{
    add("cpu_persistent", 32, 1, SYNC_NONE);
    add("cpu_persistent", 64, 8, SYNC_FLAG);
    add("cpu_persistent", 1024, 8, SYNC_NONE);
    add("cpu_persistent", 128, 8, SYNC_NONE);
    open_points();
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_BATCH, 1), POINTS_NEAREST);
    cr_assert(at.seq_len == 128 && at.batch == 8 && at.step_sync == SYNC_NONE);
}

Test(points, from_an_empty_point_any_change_leads_to_a_run)
{
    add("cpu_per_token", 32, 1, SYNC_AUTO);
    add("cpu_persistent", 32, 8, SYNC_FLAG);
    open_points();
    cr_assert_eq(at.batch, 1);
    cr_assert_null(points_find(&points, 1, &at));
    cr_assert_eq(points_turn(&points, 1, &at, KNOB_SEQ_LEN, 1), POINTS_NEAREST);
    cr_assert_eq(points_find(&points, 1, &at), &runs[1]);
    cr_assert_eq(points_approach(&points, 1, &at), POINTS_STAY, "the point has a run already");
}

Test(points, iterations_distinguish_only_runs_of_one_variant)
{
    add("cpu_per_token", 32, 1, SYNC_AUTO)->asked.iterations = 200;
    add("cpu_persistent", 32, 1, SYNC_FLAG)->asked.iterations = 300;
    add("cpu_graph", 32, 1, SYNC_AUTO)->asked.warmup = 1;
    add("cpu_graph", 32, 1, SYNC_AUTO)->asked.warmup = 5;
    open_points();
    cr_assert_eq(points_find(&points, 0, &at), &runs[0]);
    cr_assert_eq(points_find(&points, 1, &at), &runs[1]);
    cr_assert_eq(points.varying, KNOB_BIT(WARMUP));
}

Test(points, unknown_variants_read_the_knobs_their_document_names)
{
    struct run *old = add("from_another_build", 32, 1, SYNC_NONE);
    old->asked.block_k = 128; /* not named */
    add("from_another_build", 32, 1, SYNC_FLAG);
    open_points();
    cr_assert_eq(points.varying, KNOB_BIT(STEP_SYNC));
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_STEP_SYNC, 1), POINTS_THERE);
    cr_assert_eq(points_find(&points, 0, &at), &runs[1]);
}

Test(points, an_unknown_value_is_distinct_and_can_be_selected)
{
    struct points_value values[4];
    add("cpu_persistent", 32, 1, SYNC_AUTO);
    add("cpu_persistent", 32, 1, KNOB_UNKNOWN);
    add("cpu_persistent", 32, 8, KNOB_UNKNOWN);
    open_points();
    cr_assert_eq(points.repeats, 0);
    cr_assert_eq(points.varying, KNOB_BIT(STEP_SYNC) | KNOB_BIT(BATCH));
    cr_assert_eq(points_values(&points, 0, &at, KNOB_STEP_SYNC, values, 4), 2);
    cr_assert(values[0].value == KNOB_UNKNOWN && values[0].here);
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_STEP_SYNC, -1), POINTS_THERE);
    cr_assert_eq(points_find(&points, 0, &at), &runs[1]);
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_BATCH, 1), POINTS_THERE);
    cr_assert_eq(points_find(&points, 0, &at), &runs[2]);
    cr_assert_eq(points_turn(&points, 0, &at, KNOB_STEP_SYNC, 1), POINTS_NEAREST);
    cr_assert_eq(points_find(&points, 0, &at), &runs[0]);
}

Test(points, repeats_are_counted_and_the_first_counts)
{
    add("cpu_persistent", 32, 1, SYNC_FLAG);
    add("cpu_persistent", 32, 1, SYNC_FLAG);
    open_points();
    cr_assert_eq(points.repeats, 1);
    cr_assert_eq(points_find(&points, 0, &at), &runs[0]);
}

Test(points, every_recorded_point_can_be_reached_from_every_other)
{
    for (int64_t batch = 1; batch <= 64; batch *= 2)
        for (int64_t seq_len = 1; seq_len <= 64; seq_len *= 2)
            for (int64_t sync = SYNC_NONE; sync <= SYNC_GRID; sync++)
                if ((batch + seq_len * 3 + sync) % 4 != 0)
                    add("cpu_persistent", seq_len, batch, sync);
    open_points();
    for (size_t i = 0; i < count; i++) {
        points_set(&points, 0, &at, KNOB_BATCH, runs[i].asked.batch);
        points_set(&points, 0, &at, KNOB_SEQ_LEN, runs[i].asked.seq_len);
        points_set(&points, 0, &at, KNOB_STEP_SYNC, runs[i].asked.step_sync);
        cr_assert_not_null(points_find(&points, 0, &at));
        at = runs[i].asked;
        cr_assert_eq(points_find(&points, 0, &at), &runs[i]);
    }
}
