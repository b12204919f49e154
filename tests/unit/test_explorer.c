#include "../../ui/model/knob_list.h"
#include "idle_explorer.h"

TestSuite(explorer, .init = explorer_open_idle, .fini = explorer_close_idle);

Test(explorer, messages_name_the_present_keys_of_actions)
{
    assert_success(keymap_bind(ACTION_TAG, 'T', &error));
    press_all("T");
    assert_contains(explorer.message, "press T to compare");
    explorer_press(&explorer, PRESS_DOWN);
    assert_success(keymap_bind(ACTION_VIEW_COMPARE, 'K', &error));
    press_all("T");
    assert_contains(explorer.message, "Press K to compare");
    keymap_reset();
}

Test(explorer, the_selection_follows_the_cursor_and_stops_at_the_ends)
{
    uint32_t last = explorer.request.count - 1;
    cr_assert_gt(last, 0);
    explorer_press(&explorer, PRESS_UP);
    cr_assert_eq(explorer.request.selected, 0);
    explorer_press(&explorer, PRESS_DOWN);
    cr_assert_eq(explorer.request.selected, 1);
    explorer_press(&explorer, PRESS_END);
    press_all("j");
    cr_assert_eq(explorer.request.selected, last);
    explorer_press(&explorer, PRESS_HOME);
    cr_assert_eq(explorer.request.selected, 0);
}

Test(explorer, a_changed_knob_is_requested_and_can_be_undone)
{
    int64_t before = explorer.settings.knobs.seq_len;
    enum knob_source source = explorer.settings.source[KNOB_SEQ_LEN];
    explorer.knob = KNOB_SEQ_LEN;
    press_all("]");
    cr_assert_gt(explorer.request.knobs.seq_len, before);
    cr_assert_eq(explorer.settings.source[KNOB_SEQ_LEN], SOURCE_SCREEN);
    cr_assert_str_eq(explorer_knob_source(&explorer, KNOB_SEQ_LEN), "changed");
    press_all("]]uuu");
    cr_assert_eq(explorer.request.knobs.seq_len, before);
    cr_assert_eq(explorer.settings.source[KNOB_SEQ_LEN], source);
    press_all("u");
    cr_assert(explorer.message[0], "a message says that nothing is left to undo");
}

Test(explorer, undo_goes_back_as_far_as_it_remembers)
{
    explorer.knob = KNOB_SEED;
    for (unsigned i = 0; i < 2 * UNDO_STEPS; i++)
        press_all("]");
    int64_t turned = explorer.settings.knobs.seed;
    for (unsigned i = 0; i < 2 * UNDO_STEPS; i++)
        press_all("u");
    cr_assert_eq(explorer.settings.knobs.seed, turned - (int64_t)UNDO_STEPS);
}

Test(explorer, arrows_change_a_knob_only_while_the_knobs_have_the_focus)
{
    int64_t before = explorer.settings.knobs.seq_len;
    explorer_press(&explorer, PRESS_RIGHT);
    cr_assert_eq(explorer.settings.knobs.seq_len, before);
    explorer_press(&explorer, PRESS_TAB);
    explorer_press(&explorer, PRESS_RIGHT);
    cr_assert_gt(explorer.settings.knobs.seq_len, before);
    explorer_press(&explorer, PRESS_DOWN);
    cr_assert_eq(explorer.knob, KNOB_SEQ_LEN + 1);
    cr_assert_eq(explorer.selected, 0);
}

Test(explorer, a_typed_value_is_accepted_or_refused_with_a_message)
{
    explorer_press(&explorer, PRESS_TAB);
    explorer.knob = KNOB_BATCH;
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer_mode(&explorer), MODE_TEXT);
    press_all("177");
    explorer_press(&explorer, PRESS_BACKSPACE);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.knobs.batch, 17);
    press_all("\r999999\r");
    cr_assert_eq(explorer.request.knobs.batch, 17);
    cr_assert(strstr(explorer.message, "BATCH") && strstr(explorer.message, "4,096"));
    press_all("\r12\033");
    cr_assert_eq(explorer.request.knobs.batch, 17);
    cr_assert_eq(explorer_mode(&explorer), MODE_MAIN);
}

Test(explorer, the_end_of_a_range_is_reported)
{
    explorer.knob = KNOB_CHAIN;
    explorer.settings.knobs.chain = 1;
    press_all("]");
    cr_assert_eq(explorer.settings.knobs.chain, 1);
    assert_contains(explorer.message, "CHAIN takes on or off");
}

Test(explorer, letters_typed_into_the_filter_do_nothing_else)
{
    press_all("/q");
    cr_assert_eq(explorer.wish, WISH_NONE);
    cr_assert_str_eq(explorer.filter, "q");
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_str_eq(explorer.filter, "");
    cr_assert_eq(explorer_mode(&explorer), MODE_MAIN);
}

Test(explorer, the_filter_keeps_the_selection_visible)
{
    uint32_t last = explorer.request.count - 1;
    press_all("/");
    press_all(explorer.request.variants[last]->name);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_eq(explorer.request.selected, last);
    cr_assert_not(explorer_shows(&explorer, 0));
    explorer_press(&explorer, PRESS_HOME);
    cr_assert_eq(explorer.selected, last, "hidden rows cannot be selected");
    explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert(explorer_shows(&explorer, 0));
}

Test(explorer, escape_never_quits_and_q_does)
{
    for (int i = 0; i < 5; i++)
        explorer_press(&explorer, PRESS_ESCAPE);
    cr_assert_eq(explorer.wish, WISH_NONE);
    press_all("?");
    cr_assert_eq(explorer_mode(&explorer), MODE_PAGES);
    press_all("?");
    cr_assert_eq(explorer_mode(&explorer), MODE_MAIN);
    press_all("q");
    cr_assert_eq(explorer.wish, WISH_QUIT);
}

Test(explorer, panel_keys_do_nothing_while_a_list_is_open)
{
    int64_t before = explorer.settings.knobs.seq_len;
    press_all("P]");
    cr_assert_eq(explorer_mode(&explorer), MODE_LIST);
    cr_assert_eq(explorer.settings.knobs.seq_len, before);
    cr_assert_geq(explorer.item_count, 8);
}

Test(explorer, a_preset_replaces_changed_knobs_but_not_flags)
{
    knob_set(&explorer.settings, KNOB_SEED, 99, SOURCE_FLAG);
    explorer.knob = KNOB_BATCH;
    press_all("]P");
    explorer.cursor = 0;
    while (strcmp(explorer.items[explorer.cursor].name, "right-sized-small") != 0)
        explorer_press(&explorer, PRESS_DOWN);
    explorer_press(&explorer, PRESS_ENTER);
    cr_assert_str_eq(explorer.preset.name, "right-sized-small");
    cr_assert_eq(explorer.request.knobs.batch, 4);
    cr_assert_eq(explorer.settings.source[KNOB_BATCH], SOURCE_PRESET);
    cr_assert_eq(explorer.request.knobs.seed, 99);
}

Test(explorer, pausing_freezing_and_resetting_are_independent)
{
    press_all("p");
    cr_assert(explorer.request.paused && !explorer.frozen);
    press_all("pZ");
    cr_assert(!explorer.request.paused && explorer.frozen);
    press_all("Zr");
    cr_assert_eq(explorer.request.resets, 1);
    explorer_hold(&explorer, true);
    cr_assert_not(explorer.request.paused, "a suspension leaves the user's choice alone");
}

Test(explorer, a_recording_is_read_only)
{
    int64_t asked, used;
    look_at_recording();
    assert_contains(explorer.source.mark, "RECORDED Some CPU, 2024-02-03");
    cr_assert_eq(explorer_rows(&explorer), 1);
    explorer.settings.knobs.batch = 77;
    explorer_knob(&explorer, KNOB_BATCH, &asked, &used);
    cr_assert_eq(asked, knob_table[KNOB_BATCH].initial, "the recorded value is shown");
    explorer_knob(&explorer, KNOB_THREADS, &asked, &used);
    cr_assert(asked == KNOB_AUTO && used == 3, "and what auto was resolved to");
    explorer_knob(&explorer, KNOB_STEP_SYNC, &asked, &used);
    cr_assert(asked == SYNC_AUTO && used == SYNC_FLAG, "also where auto is one of the choices");
    cr_assert_str_eq(explorer_knob_source(&explorer, KNOB_BATCH), "recorded");
    const char *const refused[] = {"]", "p", "<", "r"};
    for (size_t i = 0; i < 4; i++) {
        explorer.message[0] = '\0';
        press_all(refused[i]);
        cr_assert(strstr(explorer.message, "recording"), "%s", refused[i]);
    }
    cr_assert_eq(explorer.settings.knobs.batch, 77);
}

Test(explorer, a_cut_message_ends_in_dots)
{
    char text[4096] = {0};
    memset(text, 'x', sizeof text - 1);
    explorer_say(&explorer, false, "%s", text);
    const char *end = explorer.message + strlen(explorer.message);
    cr_assert_str_eq(end - 4, "x...");
    explorer_say(&explorer, false, "short");
    cr_assert_str_eq(explorer.message, "short");
}

Test(explorer, metrics_cycle_and_each_has_its_axis)
{
    look_at_recording();
    press_all("a");
    struct axis step = explorer.axes[METRIC_STEP];
    cr_assert_gt(step.high_ns, 0);
    press_all("bbb");
    cr_assert_eq(explorer.metric, METRIC_ITERATION);
    press_all("b");
    cr_assert_eq(explorer.metric, METRIC_STEP);
    cr_assert_eq(explorer.axes[METRIC_STEP].high_ns, step.high_ns);
    press_all("+");
    cr_assert_lt(explorer.axes[METRIC_STEP].high_ns, step.high_ns);
    press_all("xy");
    cr_assert(explorer.axes[METRIC_STEP].linear && explorer.log_counts);
}

/* Random keys, except those that quit, and those that write or open files. */
static int random_key(void)
{
    static const char letters[] = "[]uPb+-axyp<>Zr c1245/?7";
    static const int others[] = {PRESS_UP,      PRESS_DOWN,   PRESS_LEFT,      PRESS_RIGHT,
                                 PRESS_PAGE_UP, PRESS_END,    PRESS_HOME,      PRESS_TAB,
                                 PRESS_ENTER,   PRESS_ESCAPE, PRESS_PAGE_DOWN, PRESS_BACKSPACE};
    const size_t letter_count = sizeof letters - 1, other_count = sizeof others / sizeof *others;
    const size_t at = (size_t)rand() % (letter_count + other_count);
    return at < letter_count ? letters[at] : others[at - letter_count];
}

/* Random mouse events, except in the footer, which has keys that random_key avoids. */
static void point_anywhere(void)
{
    const int row = rand() % 60, column = rand() % 200;
    const enum pointer_kind kind = (enum pointer_kind)(rand() % 3);
    const struct rectangle *footer = &explorer.layout.footer;
    if (row < footer->row || row >= footer->row + footer->rows)
        point_at(kind, row, column);
}

/* Clicks on row `row` of a panel, inside its frame. */
static void click_row(const struct rectangle *panel, int row)
{
    point_at(POINTER_CLICK, panel->row + 1 + row, panel->column + 5);
}

Test(explorer, a_click_selects_a_row_and_again_is_enter)
{
    click_row(&explorer.layout.variants, 1);
    cr_assert_eq(explorer.request.selected, 1);
    click_row(&explorer.layout.knobs, 2);
    cr_assert_eq(explorer.focus, FOCUS_KNOBS);
    cr_assert_eq(explorer.knob, KNOB_THREADS);
    cr_assert_eq(explorer.overlay, OVERLAY_NONE);
    click_row(&explorer.layout.knobs, 2);
    cr_assert_eq(explorer.overlay, OVERLAY_VALUE);
    click_row(&explorer.layout.knobs, 3); /* ignored while the user types a value */
    cr_assert_eq(explorer.overlay, OVERLAY_VALUE);
    cr_assert_eq(explorer.knob, KNOB_THREADS);
}

Test(explorer, a_click_hits_the_visible_row_of_a_scrolled_or_filtered_list)
{
    press_all("/graph\r");
    click_row(&explorer.layout.variants, 0);
    cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_graph");
    explorer_resize(&explorer, 24, 80);
    explorer_press(&explorer, PRESS_TAB);
    explorer_press(&explorer, PRESS_END);
    struct knob_list list;
    knob_list_take(&explorer, &list);
    const enum knob_id first = list.ids[list.count - (explorer.layout.knobs.rows - 2)];
    click_row(&explorer.layout.knobs, 0);
    cr_assert_eq(explorer.knob, first);
}

Test(explorer, the_wheel_acts_on_what_is_under_the_pointer)
{
    const struct layout *layout = &explorer.layout;
    point_at(POINTER_WHEEL_DOWN, layout->knobs.row + 1, 3);
    cr_assert_eq(explorer.knob, KNOB_BATCH);
    point_at(POINTER_WHEEL_UP, layout->detail.row, 3);
    cr_assert_eq(explorer.settings.knobs.batch, 16);
    point_at(POINTER_WHEEL_DOWN, layout->detail.row, 3);
    cr_assert_eq(explorer.settings.knobs.batch, 8);
    point_at(POINTER_WHEEL_DOWN, layout->variants.row + 1, 3);
    cr_assert_eq(explorer.request.selected, 1);
}

/* Every cell of the footer presses a key that is shown there, and no other cell does. */
Test(explorer, a_click_on_a_key_of_the_footer_presses_it)
{
    const struct rectangle *footer = &explorer.layout.footer;
    bool helped = false, quitted = false;
    for (int column = 0; column < footer->columns; column++) {
        explorer.overlay = OVERLAY_NONE;
        explorer.wish = WISH_NONE;
        point_at(POINTER_CLICK, footer->row, column);
        helped |= explorer.overlay == OVERLAY_HELP;
        quitted |= explorer.wish == WISH_QUIT;
        explorer_press(&explorer, PRESS_ESCAPE);
    }
    cr_assert(helped && quitted);
}

Test(explorer, no_sequence_of_keys_leads_out_of_bounds)
{
    srand(11);
    for (int i = 0; i < 4000; i++) {
        explorer_press(&explorer, random_key());
        point_anywhere();
        explorer_resize(&explorer, 1 + rand() % 60, 1 + rand() % 200);
        cr_assert_lt(explorer.selected, explorer_rows(&explorer));
        if (!explorer.source.recorded) /* nothing is requested for a recording */
            cr_assert_lt(explorer.request.selected, explorer.request.count);
        cr_assert_lt((int)explorer.knob, KNOB_COUNT);
        for (int id = 0; id < KNOB_COUNT; id++)
            cr_assert(knob_valid((enum knob_id)id, explorer.settings.knobs.value[id]));
        cr_assert_eq(explorer.wish, WISH_NONE);
    }
}

static void press_anything(unsigned seed)
{
    char text[400];
    uint64_t now_ns = 1;
    srand(seed);
    for (int i = 0; i < 4000; i++) {
        int press = random_key();
        if (press != 'P') /* a preset may open a device */
            explorer_press(&explorer, press);
        if (explorer.overlay != OVERLAY_PRESETS)
            point_anywhere();
        explorer_resize(&explorer, 1 + rand() % 60, 1 + rand() % 200);
        explorer_tick(&explorer, now_ns += (uint64_t)rand());
        explorer_replay_status(&explorer, rand() % 2, text, sizeof text);
        cr_assert_lt(explorer.selected, explorer_rows(&explorer));
        for (int id = 0; id < KNOB_COUNT; id++)
            cr_assert(explorer.point.value[id] == KNOB_UNKNOWN ||
                      knob_valid((enum knob_id)id, explorer.point.value[id]));
        if (replay_view_shows(&explorer.replay))
            cr_assert_eq(explorer.replay.steps.run, explorer_selected(&explorer).run);
    }
}

Test(explorer, no_sequence_of_keys_leads_out_of_a_recording)
{
    look_at_points();
    press_anything(12);
}

Test(explorer, no_sequence_of_keys_leads_out_of_a_recording_that_names_no_value)
{
    look_at_points_without("\"STEP_SYNC\":\"none\",");
    press_anything(13);
}

Test(explorer, a_key_of_another_view_says_so_and_changes_nothing)
{
    const enum metric before = explorer.metric;
    press_all("4b");
    cr_assert_eq(explorer.metric, before);
    assert_contains(explorer.message, "b changes nothing in Ladder");
    press_all("1b");
    cr_assert_neq(explorer.metric, before);
    const struct key *footer[ACTION_COUNT];
    const char *const arrows[] = {"", "", "", ""};
    press_all("4");
    const size_t count =
        keys_in_footer(explorer_place(&explorer), 1000, arrows, footer, ACTION_COUNT);
    for (size_t i = 0; i < count; i++)
        cr_assert_neq(footer[i]->action, ACTION_METRIC);
}
