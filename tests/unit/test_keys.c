#include "../../ui/terminal/keys.h"
#include "unit.h"

static const char *const arrows[] = {"↑", "↓", "←", "→"};

Test(keys, every_row_has_a_key_and_help_that_fits_into_the_overlay_at_80_columns)
{
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++) {
        cr_assert_neq(key->presses[0], 0);
        cr_assert(key->help && key->help[0]);
        cr_assert_neq(key->help[strlen(key->help) - 1], '.');
        cr_assert_leq(strlen(key->help), 58, "%s", key->help);
    }
}

Test(keys, no_key_means_two_things)
{
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++)
        for (const int *press = key->presses; *press; press++)
            cr_assert_eq(key_action(*press), key->action);
}

Test(keys, every_function_key_has_a_twin_that_every_keyboard_sends)
{
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++) {
        bool function = false, twin = false;
        for (const int *press = key->presses; *press; press++) {
            function |= *press == PRESS_F1 || *press == PRESS_F10;
            twin |= *press > ' ' && *press < 127; /* a letter or a sign */
        }
        cr_assert(!function || twin, "%s", key->help);
    }
}

Test(keys, unknown_keys_do_nothing)
{
    cr_assert_eq(key_action('%'), ACTION_NONE);
    cr_assert_eq(key_action(0x20AC), ACTION_NONE);
}

Test(keys, names_are_what_is_printed_on_the_keys)
{
    const struct {
        int press;
        const char *name;
    } expected[] = {{'q', "q"},
                    {PRESS_F10, "F10"},
                    {PRESS_CTRL('C'), "Ctrl-C"},
                    {PRESS_TAB, "Tab"},
                    {PRESS_ENTER, "Enter"},
                    {PRESS_ESCAPE, "Esc"},
                    {PRESS_UP, "Up"},
                    {PRESS_END, "End"},
                    {PRESS_BACKTAB, "Shift-Tab"},
                    {PRESS_PAGE_DOWN, "PgDn"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char name[16];
        press_name(expected[i].press, NULL, name, sizeof name);
        cr_assert_str_eq(name, expected[i].name);
    }
}

/* Columns of a footer: every glyph in the table is one column wide. */
static int footer_width(const struct key *const *keys, size_t count)
{
    int columns = 0;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        key_footer(keys[i], arrows, name, sizeof name);
        for (const char *c = name; *c; c++)
            columns += (*c & 0xc0) != 0x80;
        columns += 1 + (int)strlen(key_word(keys[i], MODE_MAIN)) + 2;
    }
    return columns;
}

Test(keys, the_footer_fits_and_keeps_what_matters_most)
{
    const enum key_mode modes[] = {MODE_MAIN, MODE_LIST, MODE_TEXT, MODE_PAGES};
    for (size_t m = 0; m < 4; m++) {
        size_t before = 0;
        for (int columns = 0; columns < 260; columns++) {
            const struct key *keys[ACTION_COUNT];
            size_t count = keys_in_footer(modes[m], columns, arrows, keys, ACTION_COUNT);
            bool quits = modes[m] == MODE_TEXT, helps = modes[m] != MODE_MAIN;
            cr_assert_leq(footer_width(keys, count), columns);
            for (size_t i = 0; i < count; i++) {
                quits |= keys[i]->action == ACTION_QUIT;
                helps |= keys[i]->action == ACTION_HELP;
            }
            cr_assert(columns < 39 || (quits && helps), "no way out at %d columns", columns);
            before = count > before ? count : before;
        }
        cr_assert_gt(before, 1);
    }
}

Test(keys, a_place_has_words_of_its_own)
{
    const struct key *enter = key_table;
    while (enter->action != ACTION_ENTER)
        enter++;
    cr_assert_str_eq(key_word(enter, MODE_LIST), "choose");
    cr_assert_str_eq(key_word(enter, MODE_MAIN | PLACE_KNOBS), "set");
    cr_assert_str_eq(key_word(enter, MODE_MAIN | PLACE_KNOBS | PLACE_SWEEP), "sweep");
    cr_assert_str_eq(key_word(enter, MODE_MAIN | PLACE_KNOBS | PLACE_SWEEPS), "end it");
    cr_assert_str_eq(key_word(enter, MODE_HISTORY), "go back");
}

Test(keys, the_help_begins_with_what_works_here_and_has_every_row_once)
{
    const unsigned places[] = {MODE_MAIN | PLACE_VARIANTS, MODE_TIMELINE, MODE_HISTORY | PLACE_DEMO,
                               MODE_RECORDED | PLACE_KNOBS};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int rows[HELP_MOST], seen[HELP_MOST] = {0};
        const int count = help_list(places[i], rows);
        int at = 1;
        cr_assert_eq(count, help_rows() + 2);
        cr_assert_eq(rows[0], HELP_HERE);
        for (; rows[at] != HELP_ELSEWHERE; at++) {
            const struct key *key = &key_table[rows[at]];
            cr_assert(key->modes & places[i] || key[-1].joined, "%s", key->help);
        }
        cr_assert_gt(at, 3);
        for (int row = 0; row < count; row++)
            if (rows[row] >= 0)
                seen[rows[row]]++;
        for (int row = 0; row < help_rows(); row++)
            cr_assert_eq(seen[row], 1);
    }
}

Test(keys, printing_the_table_names_every_key)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    keys_print(memory);
    fclose(memory);
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++) {
        char names[48];
        key_names(key, names, sizeof names);
        cr_assert(strstr(text, names), "%s", names);
        cr_assert(strstr(text, key->help), "%s", key->help);
    }
    free(text);
}
