#include "../../ui/model/knob_list.h"
#include "idle_explorer.h"

static struct knob_list list;

TestSuite(knob_list, .init = explorer_open_idle, .fini = explorer_close_idle);

static int row_of(enum knob_id id)
{
    knob_list_take(&explorer, &list);
    for (int i = 0; i < list.count; i++)
        if (list.ids[i] == id)
            return i;
    return -1;
}

static bool is_read(enum knob_id id)
{
    for (uint32_t i = 0; i < explorer.request.count; i++)
        if (explorer.request.variants[i]->knobs >> id & 1)
            return true;
    return false;
}

Test(knob_list, unread_knobs_are_folded_into_one_row)
{
    int read = 0;
    for (int id = 0; id < KNOB_COUNT; id++) {
        cr_assert_eq(row_of((enum knob_id)id) >= 0, is_read((enum knob_id)id), "%s",
                     knob_table[id].name);
        read += is_read((enum knob_id)id);
    }
    cr_assert(read > 0 && read < KNOB_COUNT);
    cr_assert_eq(list.folded, KNOB_COUNT - read);
    cr_assert_eq(list.count, read + 1);
    cr_assert_eq(list.rows, list.count);
    cr_assert_eq(row_of(KNOB_LIST_FOLD), read);
}

Test(knob_list, threads_come_after_the_batch_on_a_cpu)
{
    cr_assert_eq(row_of(KNOB_THREADS), row_of(KNOB_BATCH) + 1);
}

Test(knob_list, the_others_are_shown_while_the_cursor_is_among_them)
{
    knob_list_take(&explorer, &list);
    const int rows = list.rows, read = list.count - 1;
    explorer.knob = knob_list_move(&explorer, read);
    cr_assert_not(is_read(explorer.knob));
    knob_list_take(&explorer, &list);
    cr_assert_eq(list.count, KNOB_COUNT + 1);
    cr_assert_eq(list.rows, rows);
    cr_assert_eq(list.ids[list.cursor], explorer.knob);
    cr_assert_eq(list.cursor, read + 1);
    explorer.knob = knob_list_move(&explorer, -1);
    cr_assert(is_read(explorer.knob));
    knob_list_take(&explorer, &list);
    cr_assert_eq(list.count, rows);
}

Test(knob_list, the_cursor_visits_every_knob_once)
{
    uint64_t seen = 1;
    cr_assert_eq(explorer.knob, 0);
    for (int i = 1; i < KNOB_COUNT; i++) {
        explorer.knob = knob_list_move(&explorer, 1);
        cr_assert_not(seen >> explorer.knob & 1, "%s twice", knob_table[explorer.knob].name);
        seen |= UINT64_C(1) << explorer.knob;
    }
    cr_assert_eq(knob_list_move(&explorer, 1), explorer.knob);
    cr_assert_eq(knob_list_move(&explorer, -1000), 0);
}
