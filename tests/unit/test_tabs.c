#include "../../ui/model/tabs.h"
#include "unit.h"

static struct tab tabs[VIEW_COUNT];

Test(tabs, every_view_keeps_its_key_in_every_width_that_has_tabs)
{
    for (int columns = 60; columns < 250; columns++) {
        int end = 7;
        cr_assert_eq(tabs_place(VIEW_LADDER, 7, columns, tabs), VIEW_COUNT);
        for (int view = 0; view < VIEW_COUNT; view++) {
            char name[16];
            const struct key *key = key_table;
            while (key->action != views[view].action)
                key++;
            press_name(key->presses[0], NULL, name, sizeof name);
            assert_contains(tabs[view].text, name);
            cr_assert_eq(tabs[view].column, end, "without gaps, so that a click finds one");
            cr_assert_eq(tabs[view].columns, strlen(tabs[view].text));
            end += tabs[view].columns;
        }
        cr_assert_str_eq(tabs[VIEW_LADDER].text, "[4 Ladder]");
        cr_assert_leq(end, columns < 110 ? 32 : columns < 140 ? 60 : 80);
    }
    cr_assert_eq(tabs_place(VIEW_LADDER, 7, 59, tabs), 0);
}

Test(tabs, names_are_shortened_before_they_are_left_out)
{
    tabs_place(VIEW_LIVE, 7, 140, tabs);
    cr_assert_str_eq(tabs[VIEW_HISTORY].text, " H History ");
    tabs_place(VIEW_LIVE, 7, 120, tabs);
    cr_assert_str_eq(tabs[VIEW_HISTORY].text, " H Hist ");
    tabs_place(VIEW_LIVE, 7, 80, tabs);
    cr_assert_str_eq(tabs[VIEW_HISTORY].text, " H");
    cr_assert_str_eq(tabs[VIEW_LIVE].text, "[1 Live]");
}
