#include "idle_explorer.h"

/* Opens a recording of several points, because these tests may not use a device. */
static void open_recording(void)
{
    explorer_open_idle();
    look_at_file("tests/screens/points.json");
    explorer_press(&explorer, PRESS_HOME);
}

TestSuite(explorer_history, .init = open_recording, .fini = explorer_close_idle);

static const struct history_entry *entry(uint32_t at)
{
    cr_assert_lt(at, explorer.history.count);
    return &explorer.history.entries[at];
}

Test(explorer_history, each_epoch_is_remembered_once)
{
    cr_assert_eq(explorer.history.count, 1);
    press_all("jkjk");
    const uint32_t count = explorer.history.count;
    cr_assert_eq(count, 2);
    press_all("jkjkjk");
    cr_assert_eq(explorer.history.count, count);
    cr_assert_str_neq(entry(0)->run.variant, entry(1)->run.variant);
}

Test(explorer_history, enter_goes_back_to_the_variant_and_the_knobs)
{
    const int64_t batch = explorer.point.batch;
    const uint32_t selected = explorer.selected;
    explorer.knob = KNOB_BATCH;
    press_all("]G");
    cr_assert_neq(explorer.point.batch, batch);
    cr_assert_neq(explorer.selected, selected);
    press_all("H");
    cr_assert_eq(explorer_mode(&explorer), MODE_HISTORY);
    explorer_press(&explorer, PRESS_END);
    cr_assert_eq(explorer.history.cursor, 0, "the oldest is below");
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.point.batch, batch, "%s", explorer.message);
    cr_assert_eq(explorer.selected, selected);
    cr_assert_eq(explorer.history.present, 0);
    press_all("u");
    cr_assert_neq(explorer.point.batch, batch, "that can be undone");
}

Test(explorer_history, enter_reopens_the_entrys_recording)
{
    look_at_file("tests/screens/recording.json");
    press_all("Hg");
    cr_assert_geq(explorer.history.count, 2);
    explorer_press(&explorer, PRESS_END);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_str_eq(explorer.source.path, "tests/screens/points.json", "%s", explorer.message);
}

Test(explorer_history, space_tags_an_epochs_samples)
{
    press_all("jHG");
    cr_assert_eq(explorer.history.cursor, 0);
    press_all(" ");
    cr_assert_eq(explorer.tags.tag[0].kind, TAG_CLONE, "%s", explorer.message);
    cr_assert_str_eq(explorer.tags.tag[0].run.variant, entry(0)->run.variant);
    press_all("g ");
    cr_assert_eq(explorer.tags.tag[1].kind, TAG_ROW,
                 "the row of the present epoch is tagged, not a clone");
    cr_assert_eq(tags_count(&explorer.tags), 2);
}

Test(explorer_history, other_keys_keep_their_meaning)
{
    press_all("H\t");
    cr_assert_eq(explorer.focus, FOCUS_VARIANTS);
    const uint32_t cursor = explorer.history.cursor;
    press_all("j");
    cr_assert_eq(explorer.selected, 1, "the arrows are the list's again");
    press_all("1");
    cr_assert_eq(explorer.view, VIEW_LIVE);
    cr_assert_geq(explorer.history.cursor, cursor);
}

Test(explorer_history, a_click_on_an_epoch_moves_the_cursor)
{
    press_all("jH");
    const struct rectangle plot = explorer.layout.plot;
    cr_assert_eq(explorer.history.cursor, 1);
    point_at(POINTER_CLICK, plot.row + 1 + 2, plot.column + 9);
    cr_assert_eq(explorer.history.cursor, 0, "the second epoch from above is the first");
}

Test(explorer_history, a_click_on_a_tab_goes_to_its_view)
{
    point_at(POINTER_CLICK, 0, 17);
    cr_assert_eq(explorer.view, VIEW_COMPARE);
}
