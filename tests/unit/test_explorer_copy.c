#include "../../ui/model/explorer_copy.h"
#include "idle_explorer.h"

static void open_recording(void)
{
    explorer_open_idle();
    look_at_file("tests/screens/recording.json");
}

TestSuite(explorer_copy, .init = open_recording, .fini = explorer_close_idle);

Test(explorer_copy, a_recording_offers_only_numbers)
{
    press_all("Y");
    const char *text = explorer_copy_due(&explorer);
    cr_assert_not_null(text);
    cr_assert_eq(explorer.overlay, OVERLAY_NONE, "one thing needs no menu");
    assert_contains(text, "cpu_per_token on AMD EPYC (RECORDED AMD EPYC, 2026-11-23)");
    assert_contains(text, "iteration p50 185 us");
    assert_contains(text, "SEQ_LEN 32, BATCH 8");
    assert_contains(text, "verified 8 of 8");
    cr_assert_neq(text[strlen(text) - 1], '\n');
    explorer_copy_done(&explorer, true);
    cr_assert_null(explorer_copy_due(&explorer), "it is sent once");
    assert_contains(explorer.message, "Copied the numbers");
}

Test(explorer_copy, several_choices_open_a_list)
{
    press_all(" j 2");
    explorer_judge(&explorer, 1);
    press_all("Y");
    cr_assert_eq(explorer.overlay, OVERLAY_COPY);
    cr_assert_eq(explorer_mode(&explorer), MODE_LIST);
    cr_assert_str_eq(explorer.items[0].name, "verdict");
    explorer_press(&explorer, PRESS_ENTER);
    const char *text = explorer_copy_due(&explorer);
    cr_assert_not_null(text);
    assert_contains(text, "B cpu_persistent against A cpu_per_token, iteration p50: ");
    explorer_copy_done(&explorer, true);
    press_all("Yj\r");
    text = explorer_copy_due(&explorer);
    cr_assert(strstr(text, "cpu_per_token on") && strstr(text, "\ncpu_persistent on"), "%s", text);
}

Test(explorer_copy, without_a_clipboard_the_text_is_shown)
{
    press_all("Y");
    explorer_copy_done(&explorer, false);
    cr_assert_eq(explorer.overlay, OVERLAY_TEXT);
    assert_contains(explorer.message, "no clipboard");
    cr_assert_geq(explorer_overlay_box(&explorer).rows, 5);
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_eq(explorer.overlay, OVERLAY_NONE);
}

Test(explorer_copy, unmeasured_numbers_cannot_be_copied)
{
    explorer.filter[0] = '\0';
    explorer.selected = 999;
    press_all("Y");
    cr_assert_null(explorer_copy_due(&explorer));
    assert_contains(explorer.message, "nothing to copy");
}

/* ---- a single panel -------------------------------------------------------------------------- */

Test(explorer_copy, f_toggles_full_screen)
{
    const struct rectangle before = explorer.layout.histogram;
    press_all("f");
    cr_assert_eq(explorer.layout.histogram.columns, 120);
    cr_assert_eq(explorer.layout.knobs.rows, 0);
    explorer_press(&explorer, PRESS_TAB);
    cr_assert_eq(explorer.layout.knobs.columns, 120, "the knobs have the focus now");
    cr_assert_eq(explorer.layout.knobs.rows, explorer.layout.body.rows);
    cr_assert_eq(explorer.layout.histogram.rows, 0);
    explorer_press(&explorer, PRESS_BACKTAB);
    press_all("4");
    cr_assert_eq(explorer.layout.plot.columns, 120);
    press_all("1\033");
    cr_assert_eq(explorer.layout.histogram.columns, before.columns);
    press_all("ff");
    cr_assert_eq(explorer.layout.histogram.columns, before.columns);
    explorer_resize(&explorer, 10, 38);
    press_all("f");
    cr_assert_eq(explorer.layout.size, LAYOUT_LINE, "a line stays a line");
}
