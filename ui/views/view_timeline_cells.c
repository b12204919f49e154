/*
 * view_timeline_cells.c - caches the cells of each row, because an unchanged iteration of
 * thousands of steps must not be computed anew twenty times a second.
 */
#include "view_timeline.h"

#define MEMORY 128 /* most rows of the screen */

struct memory {
    /* The inputs of `cells`: equal inputs give equal cells. */
    uint64_t run_print, trace_print;
    uint32_t lane;
    unsigned columns;
    double from_ns, to_ns, stretch_from_ns, stretch_to_ns;

    struct timeline_cells cells;
};

/* One cache per process, because there is one screen. */
static struct memory memories[MEMORY];

static bool is_same(const struct memory *a, const struct memory *b)
{
    return a->run_print == b->run_print && a->trace_print == b->trace_print && a->lane == b->lane &&
           a->columns == b->columns && a->from_ns == b->from_ns && a->to_ns == b->to_ns &&
           a->stretch_from_ns == b->stretch_from_ns && a->stretch_to_ns == b->stretch_to_ns;
}

/* The lane's busy share; -1 if it has no busy part, so that none is shown. */
static double share_of(const struct timeline_parts *parts, const struct memory *memory)
{
    struct timeline_shares all;
    bool busy = false;
    for (size_t i = parts->first[memory->lane]; i < parts->first[memory->lane + 1] && !busy; i++)
        busy = parts->list[i].kind == LANE_BUSY;
    if (!busy)
        return -1;
    timeline_parts_fill(parts, memory->lane, memory->stretch_from_ns, memory->stretch_to_ns, 1,
                        &all);
    return timeline_busy_share(&all);
}

const struct timeline_cells *timeline_cells_of(const struct timeline_view *view,
                                               const struct timeline_side *side, uint32_t lane,
                                               int at, unsigned columns)
{
    struct timeline_shares shares[LANES_COLUMNS];
    struct memory *memory = &memories[at % MEMORY];
    struct memory wanted = {.run_print = side->run_print,
                            .trace_print = side->trace_print,
                            .lane = lane,
                            .columns = columns,
                            .from_ns = view->from_ns,
                            .to_ns = view->to_ns};
    timeline_view_stretch(view, side, &wanted.stretch_from_ns, &wanted.stretch_to_ns);
    if (is_same(memory, &wanted))
        return &memory->cells;
    timeline_parts_fill(&side->parts, lane, view->from_ns, view->to_ns, columns, shares);
    wanted.cells.share = share_of(&side->parts, &wanted);
    for (unsigned i = 0; i < columns; i++) {
        wanted.cells.busy[i] = (unsigned char)timeline_eighths(shares[i].of[LANE_BUSY]);
        wanted.cells.idle[i] = (unsigned char)timeline_idle_kind(&shares[i]);
    }
    *memory = wanted;
    return &memory->cells;
}
