#include "knob_list.h"

#include "explorer_rows.h"

/* The variant list has three parts: rows of the source, of other devices' recordings (shelf.h), and
 * of kept samples. Returns the KNOB_BITs of the knobs that the variants in the selected row's part
 * read, and of those that vary in the open recording. Skips the other parts, because this runs on
 * every key press and finding a recorded row is slow. */
static uint64_t read_knobs(const struct explorer *explorer)
{
    const uint32_t own = explorer_own_rows(explorer), all = explorer_rows(explorer);
    const uint32_t kept = own + explorer->shelf.points.row_count;
    const bool is_own = explorer->selected < own, is_kept = explorer->selected >= kept;
    const uint32_t end = is_own ? own : is_kept ? all : kept;
    uint64_t reads = explorer->source.recorded ? explorer->source.points.varying : 0;
    for (uint32_t i = is_own ? 0 : is_kept ? kept : own; i < end; i++) {
        const struct row row = explorer_row(explorer, i);
        if (row.run)
            reads |= run_read_knobs(row.run);
        else if (row.known)
            reads |= row.known->knobs;
    }
    return reads;
}

static void add(struct knob_list *list, const struct explorer *explorer, enum knob_id id)
{
    if (id == explorer->knob)
        list->cursor = list->count;
    list->ids[list->count++] = id;
}

/* Appends the knobs of a mask. */
static void add_all(struct knob_list *list, const struct explorer *explorer, uint64_t mask)
{
    const struct row selected = explorer_selected(explorer);
    const bool cpu = selected.device && selected.device->backend == BACKEND_CPU;
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (mask >> id & 1 && !(cpu && id == KNOB_THREADS))
            add(list, explorer, (enum knob_id)id);
        if (id == KNOB_BATCH && cpu && mask >> KNOB_THREADS & 1)
            add(list, explorer, KNOB_THREADS);
    }
}

void knob_list_take(const struct explorer *explorer, struct knob_list *list)
{
    const uint64_t all = (UINT64_C(1) << KNOB_COUNT) - 1;
    const uint64_t read = read_knobs(explorer), others = all & ~read;
    const uint64_t shown = read ? read : all; /* all knobs until a variant is known */
    *list = (struct knob_list){.folded = read ? __builtin_popcountll(others) : 0};
    add_all(list, explorer, shown);
    list->rows = list->count + (list->folded > 0);
    if (list->folded == 0)
        return;
    list->ids[list->count++] = KNOB_LIST_FOLD;
    if (others >> explorer->knob & 1)
        add_all(list, explorer, others);
}

/* Writes all knobs in the order of the list, including the folded ones. Returns how many. */
static int take_order(const struct explorer *explorer, enum knob_id *order)
{
    struct knob_list list;
    uint64_t taken = 0;
    int count = 0;
    knob_list_take(explorer, &list);
    for (int i = 0; i < list.count; i++) {
        if (list.ids[i] == KNOB_LIST_FOLD)
            continue;
        order[count++] = list.ids[i];
        taken |= UINT64_C(1) << list.ids[i];
    }
    for (int id = 0; id < KNOB_COUNT; id++)
        if (!(taken >> id & 1))
            order[count++] = (enum knob_id)id;
    return count;
}

enum knob_id knob_list_move(const struct explorer *explorer, int step)
{
    enum knob_id order[KNOB_COUNT];
    const int count = take_order(explorer, order);
    int at = 0;
    while (at < count - 1 && order[at] != explorer->knob)
        at++;
    at += step;
    return order[at < 0 ? 0 : at >= count ? count - 1 : at];
}
