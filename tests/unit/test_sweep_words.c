#include "../../ui/model/sweep_words.h"
#include "idle_explorer.h"
#include "swept.h"
#include "unit.h"

static char text[SWEEP_WORDS_ROOM];

Test(sweep_words, the_best_names_metric_and_value)
{
    struct swept swept = of_batches(false);
    add_series(&swept, 1000, 2000, 10000, 90000);
    sweep_words_best(&swept, 0, text);
    cr_assert_str_eq(text, "best by time at BATCH 1: 1.00 us");
    swept = of_batches(true);
    add_series(&swept, 1000, 2000, 10000, 90000);
    sweep_words_best(&swept, 0, text);
    cr_assert_str_eq(text, "best by tokens/s at BATCH 64: 205 Mtok/s");
}

Test(sweep_words, a_tie_names_every_value_with_its_time)
{
    struct swept swept = of_batches(false);
    add_series(&swept, 1000, 1001, 1500, 1000);
    sweep_words_best(&swept, 0, text);
    cr_assert_str_eq(text, "best by time at BATCH 1 (1.00 us), 8 (1.00 us), 512 (1.00 us): "
                           "cannot be told apart");
}

Test(sweep_words, an_unread_knob_has_no_best_value)
{
    struct swept swept = of_batches(false);
    struct swept_series *series = add_series(&swept, 1000, 1000, 1000, 1000);
    series->unread = true;
    swept_find_best(&swept, series);
    sweep_words_best(&swept, 0, text);
    cr_assert_str_eq(text, "does not read BATCH: 1.00 us at every value");
    cr_assert_not(series->best[0]);
}

Test(sweep_words, a_reason_is_complete_and_given_once)
{
    static const char many[] = "block: NUM_PROGRAMS 16 is more than one block can have";
    struct swept swept = of_batches(false);
    struct swept_series *series = add_series(&swept, 1000, 0, 0, 0);
    sweep_words_missing(&swept, 0, text);
    cr_assert_str_eq(text, "");
    series->reason[1] = series->reason[3] = many;
    series->reason[2] = "another";
    sweep_words_missing(&swept, 0, text);
    cr_assert_str_eq(text, "not measured at BATCH 8, 512: block: NUM_PROGRAMS 16 is more than one "
                           "block can have; not measured at BATCH 64: another");
    sweep_words_cursor(&swept, 8, text);
    cr_assert_str_eq(text, "", "no variant has a value at the cursor");
}

Test(sweep_words, the_cursor_names_each_variant)
{
    struct swept swept = of_batches(false);
    add_series(&swept, 1000, 2000, 30000, 400000)->name = "one";
    struct swept_series *other = add_series(&swept, 3000, 0, 20000, 300000);
    other->name = "other";
    sweep_words_cursor(&swept, 8, text);
    cr_assert_str_eq(text, "at BATCH 8: A 2.00 us, B not measured");
    sweep_words_crossovers(&swept, text);
    cr_assert_str_eq(text, "B other (20.0 us) overtakes A one (30.0 us) at BATCH 64");
    other->evidence[2].units = 1;
    sweep_words_crossovers(&swept, text);
    cr_assert_str_eq(text, "B other (20.0 us) looks faster than A one (30.0 us) from BATCH 64 on",
                     "one repeat is a hint");
}

Test(sweep_words, unverified_values_are_not_the_best)
{
    struct swept swept = of_batches(false);
    struct swept_series *series = add_series(&swept, 1000, 2000, 3000, 4000);
    memset(series->verified, 0, sizeof series->verified);
    swept_find_best(&swept, series);
    sweep_words_best(&swept, 0, text);
    cr_assert_str_eq(text, "not ranked: nothing is verified");
}

static void open_recording(void)
{
    explorer_open_idle();
    look_at_file("recordings/h100/step-sync.json");
}

Test(sweep_words, ties_of_other_knobs_are_named, .init = open_recording,
     .fini = explorer_close_idle)
{
    struct sweep_others others;
    struct swept swept;
    explorer_select(&explorer, 2);
    explorer.knob = KNOB_CHAIN;
    explorer_swept(&explorer, &swept);
    cr_assert(sweep_others_take(&explorer, &others));
    sweep_words_other(&swept, &others, &others.rows[0], text);
    cr_assert_eq(strstr(text, "NUM_PROGRAMS 8, BLOCK_K 64, STEP_SYNC none: 14.8 us, best of 98; "
                              "tied with NUM_PROGRAMS 4: 14.9 us; "),
                 text, "%s", text);
}

/* ---- keys ----------------------------------------------------------------------------------- */

TestSuite(sweep_keys, .init = explorer_open_idle, .fini = explorer_close_idle);

Test(sweep_keys, enter_on_a_recording_changes_the_knob_as_in_every_view)
{
    look_at_points();
    explorer.knob = KNOB_BATCH;
    press_all("5");
    cr_assert_not(explorer_place(&explorer) & PLACE_SWEEP);
    press_all("\r");
    cr_assert_eq(explorer.overlay, OVERLAY_PALETTE);
    cr_assert_not(explorer.sweep.running);
}

Test(sweep_keys, the_footer_says_what_enter_does_with_a_live_sweep)
{
    explorer.knob = KNOB_BATCH;
    press_all("5");
    cr_assert(explorer_place(&explorer) & PLACE_SWEEP);
    press_all("\r");
    cr_assert(explorer.sweep.running);
    cr_assert(explorer_place(&explorer) & PLACE_SWEEPS);
    cr_assert_not(explorer_place(&explorer) & PLACE_SWEEP);
    press_all("\r");
    cr_assert_not(explorer.sweep.running);
}

Test(sweep_keys, full_screen_shows_the_whole_view)
{
    for (enum view_id view = VIEW_LIVE; view < VIEW_COUNT; view++) {
        explorer_go_to_view(&explorer, view);
        explorer.focus = FOCUS_KNOBS;
        press_all("f");
        cr_assert(explorer.full);
        cr_assert_not(explorer_shows_knobs(&explorer), "%s", views[view].name);
        press_all("f");
        cr_assert_not(explorer.full);
    }
    explorer_go_to_view(&explorer, VIEW_COMPARE);
    explorer.focus = FOCUS_VARIANTS;
    press_all("f");
    explorer_press(&explorer, PRESS_TAB);
    cr_assert(explorer_shows_knobs(&explorer), "the focus goes to the knobs");
    explorer_press(&explorer, PRESS_TAB);
    cr_assert_not(explorer_shows_knobs(&explorer));
    explorer_go_to_view(&explorer, VIEW_SWEEP);
    explorer_press(&explorer, PRESS_TAB);
    explorer_press(&explorer, PRESS_TAB);
    cr_assert(explorer.full && !explorer_shows_knobs(&explorer),
              "in this view the arrow keys change the knobs");
}
