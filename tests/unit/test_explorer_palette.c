#include "../../src/base/embedded.h"
#include "../../ui/model/explorer_demos.h"
#include "../../ui/model/explorer_palette.h"
#include "idle_explorer.h"

TestSuite(explorer_palette, .init = explorer_open_idle, .fini = explorer_close_idle);

static const char *chosen(void)
{
    const struct palette_entry *entry = palette_chosen(&explorer.palette);
    return entry ? entry->name : "";
}

Test(explorer_palette, the_palette_goes_to_a_view_and_to_a_variant)
{
    press_all(":ladder");
    cr_assert_eq(explorer_mode(&explorer), MODE_PALETTE);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.view, VIEW_LADDER);
    cr_assert_eq(explorer.overlay, OVERLAY_NONE);
    explorer_set_filter(&explorer, "per_token");
    press_all(":cpu graph\r");
    cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_graph");
    cr_assert(explorer_shows(&explorer, explorer.selected), "the filter does not hide it");
}

Test(explorer_palette, a_knob_with_its_value_is_set_at_once)
{
    press_all(":step_sync flag");
    cr_assert_str_eq(chosen(), "STEP_SYNC flag");
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.knobs.step_sync, SYNC_FLAG);
    cr_assert_eq(explorer.knob, KNOB_STEP_SYNC);
    press_all(":batch 17\r");
    cr_assert_eq(explorer.request.knobs.batch, 17);
    press_all("u");
    cr_assert_neq(explorer.request.knobs.batch, 17);
}

Test(explorer_palette, a_unique_part_of_a_knobs_name_is_enough)
{
    press_all(":sync gri");
    cr_assert_str_eq(chosen(), "STEP_SYNC grid");
    explorer_press(&explorer, PRESS_CTRL('U'));
    press_all("prefill 8");
    cr_assert_neq(palette_chosen(&explorer.palette) ? palette_chosen(&explorer.palette)->kind
                                                    : PALETTE_KINDS,
                  PALETTE_VALUE, "several knobs begin so");
}

Test(explorer_palette, invalid_values_are_refused_with_the_accepted_ones)
{
    const int64_t before = explorer.settings.knobs.batch;
    press_all(":batch 99999");
    cr_assert_null(palette_chosen(&explorer.palette));
    explorer_press(&explorer, PRESS_ENTER);
    assert_contains(explorer.message, "BATCH takes 1 to 4,096");
    cr_assert_eq(explorer.overlay, OVERLAY_PALETTE, "so that the value can be corrected");
    cr_assert_eq(explorer.settings.knobs.batch, before);
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_eq(explorer.overlay, OVERLAY_NONE);
    press_all(":zzz");
    assert_contains(explorer.palette.hint, "zzz");
}

Test(explorer_palette, a_knob_without_a_value_asks_for_it)
{
    press_all(":seq_len\r");
    cr_assert_eq(explorer_mode(&explorer), MODE_TEXT);
    press_all("48\r");
    cr_assert_eq(explorer.request.knobs.seq_len, 48);
}

Test(explorer_palette, enter_on_a_knob_with_choices_lists_them_with_the_present_one_chosen)
{
    explorer.knob = KNOB_STEP_SYNC;
    press_all("\t\r");
    cr_assert_eq(explorer_mode(&explorer), MODE_PALETTE);
    cr_assert_str_eq(chosen(), "STEP_SYNC auto");
    cr_assert_eq(explorer.palette.shown_count, 6, "its choices, and nothing else");
    press_all("no");
    cr_assert_str_eq(chosen(), "STEP_SYNC none");
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.knobs.step_sync, SYNC_NONE);
    explorer.knob = KNOB_CHAIN;
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_str_eq(chosen(), "CHAIN on");
    explorer_press(&explorer, PRESS_UP);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.knobs.chain, 0);
}

Test(explorer_palette, a_paste_is_typed_into_the_palette)
{
    press_all(":");
    explorer_paste(&explorer, "batch 5");
    cr_assert_str_eq(chosen(), "BATCH 5");
}

Test(explorer_palette, a_click_selects_and_a_second_one_chooses)
{
    press_all(":");
    explorer_palette_click(&explorer, 3);
    cr_assert_str_eq(chosen(), "Timeline");
    cr_assert_eq(explorer.overlay, OVERLAY_PALETTE);
    explorer_palette_click(&explorer, 3);
    cr_assert_eq(explorer.view, VIEW_TIMELINE);
}

Test(explorer_palette, the_palette_finds_every_preset_demo_recording_and_knob)
{
    uint32_t kinds[PALETTE_KINDS] = {0}, recordings = 0;
    char name[64];
    uint32_t demos = 0;
    while (demo_name(demos, name, sizeof name))
        demos++;
    for (const struct embedded *file = embedded_files; file->path; file++)
        recordings += strncmp(file->path, "recordings/", 11) == 0;
    press_all(":");
    for (uint32_t i = 0; i < explorer.palette.shown_count; i++)
        kinds[explorer.palette.entries[explorer.palette.shown[i]].kind]++;
    cr_assert_eq(kinds[PALETTE_VIEW], VIEW_COUNT);
    cr_assert_eq(kinds[PALETTE_KNOB], KNOB_COUNT);
    cr_assert_eq(kinds[PALETTE_VARIANT], explorer_rows(&explorer));
    cr_assert_eq(kinds[PALETTE_DEMO], demos);
    cr_assert_eq(kinds[PALETTE_RECORDING], recordings);
    cr_assert_geq(kinds[PALETTE_PRESET], 10);
}

/* ---- recordings and demos -------------------------------------------------------------------- */

Test(explorer_palette, a_recordings_values_are_offered)
{
    press_all(":h100 step-sync\r");
    cr_assert(explorer.source.recorded, "%s", explorer.message);
    press_all(":step_sync ");
    cr_assert_geq(explorer.palette.shown_count, 2);
    for (uint32_t i = 0; i < explorer.palette.shown_count; i++)
        cr_assert_eq(explorer.palette.entries[explorer.palette.shown[i]].kind, PALETTE_VALUE);
    press_all("gri\r");
    cr_assert_eq(explorer.point.step_sync, SYNC_GRID);
}

Test(explorer_palette, two_keys_start_a_demo_and_escape_comes_back)
{
    explorer.backend = BACKEND_CPU;
    explorer_go_to_view(&explorer, VIEW_LADDER);
    press_all("n");
    cr_assert_eq(explorer.overlay, OVERLAY_PRESETS);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_not_null(explorer.demo.playing, "%s", explorer.message);
    cr_assert(explorer.source.recorded);
    cr_assert_eq(explorer.layout.caption.rows, LAYOUT_CAPTION);
    press_all("n");
    cr_assert_eq(explorer.demo.scene, 1);
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_null(explorer.demo.playing);
    cr_assert_not(explorer.source.recorded);
    cr_assert_eq(explorer.view, VIEW_LADDER);
    cr_assert_str_eq(explorer.preset.name, PRESET_DEFAULT);
    cr_assert_eq(explorer.layout.caption.rows, 0);
}

Test(explorer_palette, a_demo_after_a_demo_comes_back_to_where_the_first_began)
{
    explorer.backend = BACKEND_CPU;
    assert_success(explorer_demos_start(&explorer, "launches", &error));
    assert_success(explorer_demos_start(&explorer, "barriers", &error));
    cr_assert_str_eq(explorer.demo.playing->name, "barriers");
    cr_assert(explorer_demos_leave(&explorer));
    cr_assert_not(explorer.source.recorded);
    cr_assert_not(explorer_demos_leave(&explorer), "there is none left");
    cr_assert_not(explorer_demos_start(&explorer, "lunch", &error));
    cr_assert_null(explorer.demo.playing);
}

Test(explorer_palette, opening_something_else_ends_a_demo)
{
    explorer.backend = BACKEND_CPU;
    assert_success(explorer_demos_start(&explorer, "launches", &error));
    press_all(":h200 attention-b1\r");
    cr_assert_null(explorer.demo.playing);
    assert_contains(explorer.source.path, "attention-b1");
}

Test(explorer_palette, a_preset_says_that_it_leaves_the_recording)
{
    press_all(":h200 attention-b1\r");
    cr_assert(explorer.source.recorded);
    press_all(":quick\r");
    cr_assert_not(explorer.source.recorded);
    assert_contains(explorer.message, "the recording was closed");
}

Test(explorer_palette, the_share_of_peak_is_found_by_any_of_its_names)
{
    static const char *const names[] = {"peak", "roofline", "bandwidth", "ceiling", NULL};
    for (size_t i = 0; names[i]; i++) {
        explorer.view = VIEW_LIVE;
        press_all(":");
        press_all(names[i]);
        press_all("\r");
        cr_assert_eq(explorer.view, VIEW_LADDER, "%s", names[i]);
    }
}
