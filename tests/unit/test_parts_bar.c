#include "../../ui/panels/parts_bar.h"
#include "unit.h"

Test(parts_bar, a_legend_is_as_brief_as_it_has_to_be)
{
    const struct parts parts = {.phased = true};
    const double ns[PART_COUNT] = {3, 90, 3, 4, 50, 3};
    const double whole_ns = 153;
    cr_assert_eq(parts_bar_brevity(200, &parts, ns, whole_ns), PARTS_WHOLE);
    cr_assert_eq(parts_bar_brevity(110, &parts, ns, whole_ns), PARTS_SHARES);
    cr_assert_eq(parts_bar_brevity(85, &parts, ns, whole_ns), PARTS_SHORT);
    cr_assert_eq(parts_bar_brevity(60, &parts, ns, whole_ns), PARTS_SIGNS);
    const double two[PART_COUNT] = {0, 90, 0, 0, 50, 0};
    cr_assert_eq(parts_bar_brevity(60, &parts, two, 140), PARTS_WHOLE);
}
