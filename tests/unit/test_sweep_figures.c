#include "../../ui/model/sweep_figures.h"
#include "idle_explorer.h"
#include "swept.h"
#include "unit.h"

Test(sweep_figures, the_best_by_time_is_not_the_best_by_tokens)
{
    struct swept swept = of_batches(false);
    add_series(&swept, 1000, 2000, 10000, 90000);
    cr_assert_eq(swept.series[0].fastest, 0);
    cr_assert_eq(swept_value(&swept, 0, 2), 10000);
    swept = of_batches(true);
    add_series(&swept, 1000, 2000, 10000, 90000);
    cr_assert_eq(swept.series[0].fastest, 2);
    cr_assert(swept.series[0].best[2] && !swept.series[0].best[3]);
    cr_assert_float_eq(swept_value(&swept, 0, 2), 32.0 * 64 / 10000e-9, 1);
}

Test(sweep_figures, ties_with_the_best_are_best)
{
    struct swept swept = of_batches(false);
    add_series(&swept, 1000, 1000, 1500, 1000);
    const struct swept_series *series = &swept.series[0];
    cr_assert(series->best[0] && series->best[1] && !series->best[2] && series->best[3]);
}

Test(sweep_figures, a_variant_overtakes_another_if_they_differ)
{
    struct swept swept = of_batches(true);
    struct crossover found[CROSSOVERS];
    add_series(&swept, 1000, 2000, 30000, 400000);
    add_series(&swept, 3000, 2000, 20000, 300000);
    add_series(&swept, 4000, 8000, 70000, 350000);
    cr_assert_eq(swept_crossovers(&swept, found), 2);
    cr_assert(found[0].series == 1 && found[0].other == 0 && found[0].value == 2);
    cr_assert(found[1].series == 2 && found[1].other == 0 && found[1].value == 3);
}

Test(sweep_figures, nothing_overtakes_across_a_missing_or_unverified_point)
{
    struct swept swept = of_batches(false);
    struct crossover found[CROSSOVERS];
    add_series(&swept, 1000, 2000, 30000, 400000);
    add_series(&swept, 0, 3000, 0, 300000);
    cr_assert_eq(swept_crossovers(&swept, found), 1);
    cr_assert_eq(found[0].value, 3);
    swept.series[1].verified[1] = false;
    cr_assert_eq(swept_crossovers(&swept, found), 0);
}

Test(sweep_figures, values_that_are_words_have_no_order)
{
    struct swept swept = of_batches(false);
    struct crossover found[CROSSOVERS];
    swept.knob = KNOB_STEP_SYNC;
    add_series(&swept, 1000, 2000, 3000, 4000);
    add_series(&swept, 2000, 1000, 2000, 5000);
    cr_assert_eq(swept_crossovers(&swept, found), 0);
}

/* ---- other knobs of a recording ------------------------------------------------------------- */

static void open_recording(void)
{
    explorer_open_idle();
    look_at_file("recordings/h200/step-sync.json");
}

TestSuite(sweep_others, .init = open_recording, .fini = explorer_close_idle);

static double p50_of(const struct run *run)
{
    return (double)histogram_percentile(&run->histograms[run_decode_metric(run)], 0.5);
}

Test(sweep_others, each_value_has_its_best_run_over_the_other_knobs)
{
    struct sweep_others others;
    size_t count;
    const struct run *runs = source_runs(&explorer.source, &count);
    explorer_select(&explorer, 2);
    explorer.knob = KNOB_NUM_PROGRAMS;
    cr_assert_str_eq(explorer_selected(&explorer).name, "persistent_decode_cuda");
    cr_assert(sweep_others_take(&explorer, &others));
    cr_assert_eq(others.count, 5);
    cr_assert_eq(others.knobs, UINT64_C(1) << KNOB_STEP_SYNC);
    for (uint32_t i = 0; i < others.count; i++) {
        uint32_t seen = 0;
        for (size_t j = 0; j < count; j++) {
            if (strcmp(runs[j].variant, "persistent_decode_cuda") != 0 ||
                runs[j].asked.num_programs != others.rows[i].value)
                continue;
            seen++;
            cr_assert_geq(p50_of(&runs[j]), p50_of(others.rows[i].best));
        }
        cr_assert_eq(others.rows[i].runs, seen);
        cr_assert_lt(others.rows[i].ties, seen);
        for (uint32_t tie = 0; tie < others.rows[i].ties && tie < SWEEP_TIES; tie++)
            cr_assert(others.rows[i].tied[tie] != others.rows[i].best &&
                      others.rows[i].tied[tie]->asked.num_programs == others.rows[i].value);
    }
    cr_assert_eq(others.rows[4].value, 16);
    cr_assert_eq(others.rows[4].best->asked.step_sync, SYNC_NONE);
}

Test(sweep_others, a_variant_without_other_knobs_has_none)
{
    struct sweep_others others;
    explorer_select(&explorer, 0); /* the baseline, which reads none of the varied knobs */
    cr_assert_not(sweep_others_take(&explorer, &others));
}
