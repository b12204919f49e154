#include "../../ui/model/palette.h"
#include "unit.h"

static struct command_palette palette;

static void close_palette(void)
{
    palette_close(&palette);
}

TestSuite(palette, .fini = close_palette);

static void add(enum palette_kind kind, const char *name, const char *title)
{
    cr_assert(palette_add(&palette, kind, 7, name, title));
}

static void show(const char *text)
{
    snprintf(palette.text, sizeof palette.text, "%s", text);
    palette_show(&palette, false);
}

static const char *shown(uint32_t at)
{
    return at < palette.shown_count ? palette.entries[palette.shown[at]].name : "";
}

static void add_some(void)
{
    add(PALETTE_VIEW, "Live", "one variant");
    add(PALETTE_KNOB, "STEP_SYNC", "How programs synchronise after a step");
    add(PALETTE_PRESET, "step-sync", "What a barrier costs");
    add(PALETTE_RECORDING, "recordings/h100/step-sync.json", "built in");
    add(PALETTE_RECORDING, "recordings/h200/attention.json", "built in");
}

Test(palette, without_a_text_it_shows_all_in_order)
{
    add_some();
    show("");
    cr_assert_eq(palette.shown_count, 5);
    cr_assert_str_eq(shown(0), "Live");
    cr_assert_str_eq(shown(4), "recordings/h200/attention.json");
}

Test(palette, words_are_found_in_any_order_and_case)
{
    add_some();
    show("SYNC h100");
    cr_assert_eq(palette.shown_count, 1);
    cr_assert_str_eq(shown(0), "recordings/h100/step-sync.json");
    show("barrier");
    cr_assert_str_eq(shown(0), "step-sync", "a title counts, too");
    show("recording");
    cr_assert_eq(palette.shown_count, 2, "a kind counts, too");
    show("h100 h200");
    cr_assert_eq(palette.shown_count, 0, "every word must match");
}

Test(palette, the_best_match_is_first)
{
    add(PALETTE_RECORDING, "restart.json", "");
    add(PALETTE_RECORDING, "some/art.json", "");
    add(PALETTE_KNOB, "ART_SIZE", "");
    add(PALETTE_KNOB, "OTHER", "art of a title");
    add(PALETTE_VARIANT, "a_rare_thing", "");
    add(PALETTE_VARIANT, "art", "");
    show("art");
    cr_assert_eq(palette.shown_count, 6);
    cr_assert_str_eq(shown(0), "art", "the whole name");
    cr_assert_str_eq(shown(1), "ART_SIZE", "the name begins with it");
    cr_assert_str_eq(shown(2), "some/art.json", "a word of the name does");
    cr_assert_str_eq(shown(3), "restart.json", "it is within a word");
    cr_assert_str_eq(shown(4), "OTHER", "in the title");
    cr_assert_str_eq(shown(5), "a_rare_thing", "its letters come in this order");
}

Test(palette, adjacent_letters_and_word_starts_rank_before_scattered_ones)
{
    add(PALETTE_RECORDING, "recordings/h200/attention-b1-8192.json", "");
    add(PALETTE_RECORDING, "recordings/h100/prefill-simulated.json", "");
    add(PALETTE_RECORDING, "recordings/h200/attention-b8-8192.json", "");
    add(PALETTE_RECORDING, "recordings/h100/step-sync.json", "");
    add(PALETTE_RECORDING, "recordings/h100/right-sized-medium.json", "");
    show("2b8-8");
    cr_assert_str_eq(shown(0), "recordings/h200/attention-b8-8192.json");
    show("1st");
    cr_assert_str_eq(shown(0), "recordings/h100/step-sync.json");
    show("1rm");
    cr_assert_str_eq(shown(0), "recordings/h100/right-sized-medium.json");
}

Test(palette, dashes_and_underscores_are_alike)
{
    add_some();
    show("step_sync");
    cr_assert_str_eq(shown(0), "STEP_SYNC");
    cr_assert_str_eq(shown(1), "step-sync");
    show("step-sync");
    cr_assert_str_eq(shown(0), "STEP_SYNC");
}

Test(palette, values_come_first_and_change_with_the_text)
{
    add_some();
    cr_assert(palette_offer(&palette, 3, 17, "STEP_SYNC flag", ""));
    show("step_sync flag");
    cr_assert_str_eq(shown(0), "STEP_SYNC flag");
    cr_assert_eq(palette_chosen(&palette)->value, 17);
    cr_assert_eq(palette_chosen(&palette)->id, 3);
    palette_show(&palette, true);
    cr_assert_eq(palette.shown_count, 1, "values only");
    palette_forget_values(&palette);
    show("step_sync");
    cr_assert_str_eq(shown(0), "STEP_SYNC");
    cr_assert_eq(palette.count, 5);
}

Test(palette, the_cursor_stays_within_the_list)
{
    add_some();
    show("");
    palette_move(&palette, -3);
    cr_assert_eq(palette.cursor, 0);
    palette_move(&palette, 1 << 20);
    cr_assert_eq(palette.cursor, 4);
    show("nothing like it");
    cr_assert_null(palette_chosen(&palette));
    palette_move(&palette, 1);
    cr_assert_null(palette_chosen(&palette));
}

Test(palette, a_thousand_entries_have_room)
{
    char name[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "row%d", i);
        add(PALETTE_VARIANT, name, "");
    }
    show("row99");
    cr_assert_str_eq(shown(0), "row99");
    cr_assert_str_eq(shown(10), "row999", "names that begin with the text come before row199");
}
