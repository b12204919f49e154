#include "idle_explorer.h"
#include "verified_run.h"

TestSuite(explorer_compare, .init = explorer_open_idle, .fini = explorer_close_idle);

static char text[256]; /* what the last call wrote */

Test(explorer_compare, space_tags_and_untags)
{
    press_all(" j ");
    cr_assert_eq(explorer_letter(&explorer, 0), 0);
    cr_assert_eq(explorer_letter(&explorer, 1), 1);
    cr_assert_eq(explorer.request.tagged, 3, "both take turns");
    cr_assert(strstr(explorer.message, "Press 2"), "it says what to press: %s", explorer.message);
    press_all("k ");
    cr_assert_eq(explorer_letter(&explorer, 0), -1);
    cr_assert_eq(explorer.request.tagged, 2);
    cr_assert_eq(tags_reference(&explorer.tags), 1, "the remaining tag is the baseline");
    press_all(" ");
    cr_assert_eq(explorer_letter(&explorer, 0), 0, "the first free letter");
}

Test(explorer_compare, a_row_without_samples_cannot_be_kept)
{
    press_all("c");
    cr_assert(explorer.message_bad);
    cr_assert_eq(tags_count(&explorer.tags), 0);
}

Test(explorer_compare, a_variant_at_two_points_is_compared_by_keeping_it)
{
    look_at_points();
    const uint32_t rows = explorer_rows(&explorer);
    press_all("jc");
    cr_assert_eq(explorer_rows(&explorer), rows + 1, "the kept samples have a row");
    press_all("]");
    cr_assert_eq(explorer.point.batch, 8);
    press_all(" 2");
    explorer_tick(&explorer, seconds(0));
    struct row kept = explorer_tagged(&explorer, 0), other = explorer_tagged(&explorer, 1);
    cr_assert(kept.kept && kept.run->asked.batch == 1, "kept samples do not change");
    cr_assert_eq(other.run->asked.batch, 8);
    cr_assert(explorer.verdicts.judged[1]);
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_UNLIKE,
                 "and is not the same work");
    cr_assert(explorer.verdicts.comparisons[1].work & KNOB_BIT(BATCH));
    /* Space on the row of kept samples removes that row. */
    explorer_press(&explorer, PRESS_END);
    press_all(" ");
    cr_assert_eq(explorer_rows(&explorer), rows);
    cr_assert_lt(explorer.selected, explorer_rows(&explorer));
}

Test(explorer_compare, tagged_rows_are_kept_when_something_else_is_opened)
{
    look_at_points();
    press_all(" ");
    open_preset(PRESET_DEFAULT);
    struct row row = explorer_tagged(&explorer, 0);
    cr_assert(row.kept && row.recorded);
    cr_assert_str_eq(row.name, "cpu_per_token");
    assert_contains(row.mark, "RECORDED Some CPU");
    cr_assert_eq(row.run->histograms[METRIC_ITERATION].count, 1);
    cr_assert_eq(explorer.request.tagged, 0);
}

Test(explorer_compare, a_fifth_tag_is_refused)
{
    look_at_points();
    press_all("ccccc");
    cr_assert_eq(tags_count(&explorer.tags), 4);
    cr_assert(explorer.message_bad);
}

/* ---- recordings beside live variants --------------------------------------------------------- */

/* Reads the recordings of a target. Returns the first of their rows. */
static uint32_t read_shelf(const char *target)
{
    shelf_begin(&explorer.shelf, target, BACKEND_CPU);
    while (shelf_is_unread(&explorer.shelf))
        explorer_tick(&explorer, 1);
    cr_assert_gt(explorer_rows(&explorer), explorer.request.count + 1);
    return explorer.request.count;
}

Test(explorer_compare, recordings_of_a_gpu_are_listed_beside_the_variants_of_the_cpu)
{
    const uint32_t live = read_shelf("persistent_decode");
    struct row row = explorer_row(&explorer, live);
    cr_assert(row.recorded && !row.own && row.run);
    cr_assert_eq(row.device->backend, BACKEND_CUDA);
    assert_contains(row.mark, "RECORDED NVIDIA H200");
    cr_assert_gt(row.run->ceiling_gb_per_s, 0, "recordings with a peak come first");
    for (uint32_t i = live; i < explorer_rows(&explorer); i++)
        cr_assert_eq(explorer_row(&explorer, i).run->backend, BACKEND_CUDA);
    explorer_select(&explorer, live);
    cr_assert_eq(explorer_mode(&explorer), MODE_RECORDED);
    cr_assert_eq(explorer.request.selected, 0, "the live one goes on");
    press_all("r");
    assert_contains(explorer.message, "recording");
}

Test(explorer_compare, recorded_rows_are_of_one_device_below_one_title)
{
    struct line lines[EXPLORER_LINES];
    int titles = 0;
    const uint32_t live = read_shelf("attention_decode");
    for (uint32_t i = live; i < explorer_rows(&explorer); i++)
        cr_assert_str_eq(explorer_row(&explorer, i).device->name, "NVIDIA H200");
    const int count = explorer_lines(&explorer, lines, EXPLORER_LINES);
    for (int i = 0; i < count; i++)
        titles += lines[i].title != NULL;
    cr_assert_eq(titles, 1);
}

Test(explorer_compare, a_row_of_another_workload_says_so_and_has_no_ratio)
{
    const uint32_t live = read_shelf("persistent_decode");
    uint32_t ratios = 0;
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
        cr_assert(strstr(text, "SEQ_LEN ") && strstr(text, " (now 4,096)"), "%s", text);
        assert_contains(text, ", SEED 42 (now 7)");
        cr_assert_eq(explorer_speedup(&explorer, &row, NULL), 0);
        if (row.known && row.known->after)
            cr_assert_eq(explorer_speedup(&explorer, &row, row.known->after), 0);
    }
}

/* Kept samples may be of a target that is no longer open. */
Test(explorer_compare, samples_of_another_target_say_so)
{
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

Test(explorer_compare, live_and_recorded_are_compared_but_never_ranked)
{
    const uint32_t live = read_shelf("persistent_decode");
    struct run run;
    cr_assert(run_clone(&run, explorer_row(&explorer, live).run));
    explorer.tags.tag[0] =
        (struct tag){.kind = TAG_CLONE, .run = run, .device = some_cpu, .mark = "kept"};
    explorer_select(&explorer, live);
    press_all(" 2");
    explorer_tick(&explorer, seconds(0));
    cr_assert(explorer.verdicts.judged[1]);
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_DEVICES);
}

/* Keeps, under a tag, a verified run whose turns took 100 us, plus or minus 1 %, times `factor`. */
static void keep_turns(int letter, double factor)
{
    struct tag *tag = &explorer.tags.tag[letter];
    *tag = (struct tag){.kind = TAG_CLONE, .mark = "kept", .device = some_cpu};
    cr_assert(run_open(&tag->run));
    strcpy(tag->run.variant, "v");
    strcpy(tag->run.target, "t");
    tag->run.verification.verdict = VERDICT_RIGHT;
    for (int i = 0; i < 5; i++)
        evidence_add(&tag->run.turns, 1e5 * factor * (0.99 + 0.005 * i));
    record_times(&tag->run, METRIC_ITERATION, (uint64_t)(1e5 * factor), 100);
}

Test(explorer_compare, verdicts_are_corrected_for_the_number_of_tags)
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
    /* A completed turn counts even if no more samples come. */
    for (int i = 0; i < 30; i++) {
        evidence_add(&explorer.tags.tag[0].run.turns, 1e5);
        evidence_add(&explorer.tags.tag[1].run.turns, 0.985e5);
    }
    explorer_tick(&explorer, seconds(3));
    cr_assert_eq(explorer.verdicts.comparisons[1].outcome, OUTCOME_FASTER);
}

/* ---- the shared axis ------------------------------------------------------------------------ */

/* Tags the first `count` of four variants, whose iterations take this long. */
static void tag_of(const uint64_t *ns, uint32_t count)
{
    static const char *const names[] = {"cpu_per_token", "cpu_persistent", "cpu_graph",
                                        "persistent_decode_cuda"};
    struct run runs[4];
    for (uint32_t i = 0; i < 4; i++)
        runs[i] = recorded_run(names[i], 8, ns[i]);
    tags_close(&explorer.tags);
    look_at_runs(runs, 4);
    explorer.metric = METRIC_ITERATION;
    explorer_go_to_view(&explorer, VIEW_COMPARE);
    for (uint32_t i = 0; i < count; i++) {
        explorer_select(&explorer, i);
        press_all(" ");
    }
}

Test(explorer_compare, the_axis_leaves_out_a_distant_tag)
{
    tag_of((uint64_t[]){900000, 10000, 11000, 12000}, 4);
    cr_assert_eq(explorer_beyond(&explorer, METRIC_ITERATION), 1, "A, the slow one");
    cr_assert_lt(explorer.shared[METRIC_ITERATION].high_ns, 100000, "the axis does not reach to A");
    press_all("a");
    cr_assert_lt(explorer.shared[METRIC_ITERATION].high_ns, 100000);
    tag_of((uint64_t[]){10000, 100, 11000, 12000}, 4);
    cr_assert_eq(explorer_beyond(&explorer, METRIC_ITERATION), 2, "B, the fast one");
    cr_assert_gt(explorer.shared[METRIC_ITERATION].low_ns, 1000);
}

Test(explorer_compare, the_axis_fits_two_tags_and_those_near)
{
    tag_of((uint64_t[]){900000, 10000, 11000, 12000}, 2);
    cr_assert_eq(explorer_beyond(&explorer, METRIC_ITERATION), 0, "two tags always fit");
    cr_assert_gt(explorer.shared[METRIC_ITERATION].high_ns, 900000);
    tag_of((uint64_t[]){900000, 10000, 800000, 12000}, 4);
    cr_assert_eq(explorer_beyond(&explorer, METRIC_ITERATION), 0, "two on either side");
    tag_of((uint64_t[]){40000, 10000, 11000, 12000}, 4);
    cr_assert_eq(explorer_beyond(&explorer, METRIC_ITERATION), 0);
}

/* Recorded rows beside the live variants are ranked within their own recording, never over a
 * baseline recorded on another day. */
Test(explorer_compare, a_recorded_row_is_ranked_within_its_recording)
{
    read_shelf("persistent_decode");
    for (uint32_t i = explorer_own_rows(&explorer); i < explorer_rows(&explorer); i++) {
        const struct row row = explorer_row(&explorer, i);
        const struct run *base = explorer_rung(&explorer, &row, NULL);
        if (!base)
            continue;
        const struct document *own = &shelf_source(&explorer.shelf, row.run)->document;
        cr_assert(base >= own->runs && base < own->runs + own->count, "%s", row.name);
    }
}
