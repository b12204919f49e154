#include "timeline_parts.h"

#include "times.h"

#include <stdlib.h>
#include <string.h>

#define ALL (1 - 1e-9) /* 1 except for rounding */

const char *timeline_part_name(enum part_kind kind, bool wakes)
{
    static const char *const names[LANE_KINDS] = {
        [LANE_LAUNCH_GAP] = "launch gap",
        [LANE_GAP] = "gap",
        [LANE_BARRIER_WAIT] = "barrier wait",
        [LANE_DATA_WAIT] = "data wait",
        [LANE_SYNC] = "sync",
        [LANE_NOT_KEPT] = "not kept",
        [LANE_BUSY] = "busy",
    };
    return kind == LANE_LAUNCH_GAP && wakes ? "wake-up gap" : names[kind];
}

const char *timeline_parts_word(const struct timeline_parts *parts, uint32_t lane)
{
    for (size_t i = parts->first[lane]; i < parts->first[lane + 1]; i++)
        if (parts->list[i].kind == LANE_BUSY)
            return timeline_part_name(LANE_BUSY, parts->wakes);
    return timeline_part_name(parts->list[parts->first[lane]].kind, parts->wakes);
}

const char *timeline_part_label(const struct timeline *timeline, const struct timeline_part *part)
{
    const bool program = timeline->lanes[part->event->lane].group == TIMELINE_PROGRAMS;
    return part->kind == LANE_BUSY && program && part->event->phase
               ? "compute"
               : timeline_part_name(part->kind, timeline->wakes);
}

bool timeline_is_container(const struct timeline *timeline, const struct timeline_event *event)
{
    const enum timeline_group group = timeline->lanes[event->lane].group;
    switch (event->kind) {
    case TIMELINE_ITERATION:
    case TIMELINE_REPLAY:
        return true;
    case TIMELINE_STEP:
        return group == TIMELINE_BATCH;
    case TIMELINE_LAUNCH: /* a derived launch that contains all steps */
        return !event->activity && event->step == TIMELINE_NO_STEP;
    default:
        return false;
    }
}

/* ---- building ------------------------------------------------------------------------------- */

struct divider {
    struct timeline_parts *parts;
    const struct timeline *timeline;
    bool cut; /* the stamps of later steps were not kept */
    bool failed;
};

static void add(struct divider *divider, enum part_kind kind, uint64_t begin_ns, uint64_t end_ns,
                const struct timeline_event *event)
{
    struct timeline_parts *parts = divider->parts;
    if (begin_ns >= end_ns || divider->failed)
        return;
    struct timeline_part *list =
        timeline_grow(parts->list, parts->count, &parts->room, sizeof *list, &divider->failed);
    if (!list)
        return;
    parts->list = list;
    list[parts->count++] = (struct timeline_part){
        .kind = kind, .begin_ns = begin_ns, .end_ns = end_ns, .event = event};
    parts->kinds[kind] = true;
}

/* Divides the time before a step or operation, since the program's previous step or operation ended
 * at `previous_ns`. Returns the barrier wait in that time. */
static uint64_t divide_before(struct divider *divider, const struct timeline_event *event,
                              uint64_t previous_ns, bool first, bool gaps)
{
    const uint64_t begin_ns = event->begin_ns;
    const uint64_t before_ns = gaps ? saturating_sub(begin_ns, previous_ns) : 0;
    /* A step begins when its program leaves the barrier, so the barrier wait comes last. */
    const uint64_t barrier_ns =
        first || !event->phase ? 0 : min_u64(event->phase->barrier_ns, before_ns);
    add(divider, first || divider->parts->by_launch ? LANE_LAUNCH_GAP : LANE_GAP,
        begin_ns - before_ns, begin_ns - barrier_ns, event);
    add(divider, LANE_BARRIER_WAIT, begin_ns - barrier_ns, begin_ns, event);
    return barrier_ns;
}

/* Divides the operations of a step, which are the next events, instead of the step. Returns the
 * index of the event after them; 0: the step has no operations. */
static size_t divide_operations(struct divider *divider, size_t at, uint64_t previous_ns,
                                bool first, bool gaps)
{
    const struct timeline *timeline = divider->timeline;
    const struct timeline_event *step = &timeline->events[at];
    const size_t begin = at + 1;
    for (at++; at < timeline->event_count; at++) {
        const struct timeline_event *event = &timeline->events[at];
        if (event->lane != step->lane || event->kind != TIMELINE_OPERATION)
            break;
        divide_before(divider, event, previous_ns, first, gaps);
        const uint64_t data_ns = min_u64(event->phase->data_ns, event->end_ns - event->begin_ns);
        add(divider, LANE_DATA_WAIT, event->begin_ns, event->begin_ns + data_ns, event);
        add(divider, LANE_BUSY, event->begin_ns + data_ns, event->end_ns, event);
        previous_ns = event->end_ns;
        first = false;
    }
    divider->parts->phased |= at > begin;
    return at > begin ? at : 0;
}

/* Divides a program's step, and the time before it since the program's previous step ended at
 * `previous_ns`. */
static void divide_step(struct divider *divider, const struct timeline_event *step,
                        uint64_t previous_ns, bool first, bool gaps)
{
    const uint64_t end_ns = step->end_ns;
    const struct phase *phase = step->phase;
    const uint64_t waited_ns = phase ? phase->barrier_ns : 0;
    const uint64_t barrier_ns = divide_before(divider, step, previous_ns, first, gaps);
    uint64_t at_ns = step->begin_ns;
    if (phase) {
        divider->parts->phased = true;
        const uint64_t data_ns = min_u64(phase->data_ns, end_ns - at_ns);
        add(divider, LANE_DATA_WAIT, at_ns, at_ns + data_ns, step);
        at_ns += data_ns;
        const uint64_t inner_ns = first ? 0 : min_u64(waited_ns - barrier_ns, end_ns - at_ns);
        add(divider, LANE_BARRIER_WAIT, at_ns, at_ns + inner_ns, step);
        at_ns += inner_ns;
    }
    add(divider, LANE_BUSY, at_ns, end_ns, step);
}

static void divide_event(struct divider *divider, const struct timeline_event *event)
{
    enum part_kind kind = LANE_BUSY;
    if (event->kind == TIMELINE_SYNC)
        kind = LANE_SYNC;
    else if (event->kind == TIMELINE_GAP)
        kind = event->step == 0 || divider->parts->by_launch ? LANE_LAUNCH_GAP : LANE_GAP;
    else if (event->kind == TIMELINE_IN_FLIGHT || timeline_is_container(divider->timeline, event))
        return;
    add(divider, kind, event->begin_ns, event->end_ns, event);
}

/* Whether no other lane of the group has the same name. Of two lanes with one name, one is idle
 * while the other is busy, so the time between steps is not a gap. */
static bool is_sole(const struct timeline *timeline, size_t lane)
{
    for (size_t i = 0; i < timeline->lane_count; i++)
        if (i != lane && timeline->lanes[i].group == timeline->lanes[lane].group &&
            strcmp(timeline->lanes[i].name, timeline->lanes[lane].name) == 0)
            return false;
    return true;
}

/* Divides the lane's events from `at` on. Returns the index of the next lane's first event. */
static size_t divide_lane(struct divider *divider, size_t lane, size_t at)
{
    const struct timeline *timeline = divider->timeline;
    const bool programs = timeline->lanes[lane].group == TIMELINE_PROGRAMS;
    const bool sole = programs && is_sole(timeline, lane);
    uint64_t previous_ns = 0, last_ns = 0;
    bool first = true;
    for (; at < timeline->event_count && timeline->events[at].lane == lane; at++) {
        const struct timeline_event *event = &timeline->events[at];
        if (event->kind == TIMELINE_STEP)
            last_ns = event->end_ns;
        if (!programs) {
            divide_event(divider, event);
        } else if (event->kind == TIMELINE_STEP) {
            const size_t after = divide_operations(divider, at, previous_ns, first, sole);
            if (after == 0)
                divide_step(divider, event, previous_ns, first, sole);
            else
                at = after - 1;
            previous_ns = event->end_ns;
            first = false;
        }
    }
    const bool steps = programs || timeline->lanes[lane].group == TIMELINE_BATCH;
    if (divider->cut && steps && at > 0 && timeline->events[at - 1].lane == lane)
        add(divider, LANE_NOT_KEPT, last_ns, timeline->iteration_ns, &timeline->events[at - 1]);
    return at;
}

/* Whether each step begins with a launch or a graph node. The facts count a prefill's launches too,
 * at least one. */
static bool is_by_launch(const struct facts *facts, uint32_t steps_run)
{
    const uint32_t launches = facts->launches_per_iteration, prefill = facts->prefill_bytes > 0;
    return steps_run > 1 &&
           (launches >= steps_run + prefill || facts->graph_nodes >= steps_run + prefill);
}

bool timeline_parts_build(struct timeline_parts *parts, const struct timeline *timeline,
                          const struct facts *facts, const struct trace *trace)
{
    struct divider divider = {
        .parts = parts, .timeline = timeline, .cut = trace->steps < trace->steps_run};
    size_t at = 0;
    *parts = (struct timeline_parts){
        .first = calloc(timeline->lane_count + 1, sizeof *parts->first),
        .by_launch = is_by_launch(facts, trace->steps_run),
        .wakes = timeline->wakes,
    };
    if (!parts->first)
        return false;
    for (size_t lane = 0; lane < timeline->lane_count; lane++) {
        at = divide_lane(&divider, lane, at);
        parts->first[lane + 1] = parts->count;
    }
    if (!divider.failed)
        return true;
    timeline_parts_close(parts);
    return false;
}

void timeline_parts_close(struct timeline_parts *parts)
{
    free(parts->list);
    free(parts->first);
    *parts = (struct timeline_parts){0};
}

/* ---- cells ---------------------------------------------------------------------------------- */

size_t timeline_parts_find(const struct timeline_parts *parts, uint32_t lane, double ns)
{
    size_t low = parts->first[lane], high = parts->first[lane + 1];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((double)parts->list[middle].end_ns > ns)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Adds the part's share of each cell. */
static void add_part(const struct timeline_part *part, double from_ns, double width,
                     unsigned columns, struct timeline_shares *cells)
{
    const double begin = ((double)part->begin_ns - from_ns) / width;
    const double end = ((double)part->end_ns - from_ns) / width;
    for (unsigned i = begin > 0 ? (unsigned)begin : 0; i < columns && i < end; i++) {
        const double low = begin > i ? begin : i, high = end < i + 1 ? end : i + 1;
        double *share = &cells[i].of[part->kind];
        if (high > low)
            *share += high - low;
        if (*share > 1)
            *share = 1;
    }
}

void timeline_parts_fill(const struct timeline_parts *parts, uint32_t lane, double from_ns,
                         double to_ns, unsigned columns, struct timeline_shares *cells)
{
    memset(cells, 0, columns * sizeof *cells);
    if (columns == 0 || to_ns <= from_ns)
        return;
    for (size_t i = timeline_parts_find(parts, lane, from_ns);
         i < parts->first[lane + 1] && (double)parts->list[i].begin_ns < to_ns; i++)
        add_part(&parts->list[i], from_ns, (to_ns - from_ns) / columns, columns, cells);
}

unsigned timeline_eighths(double share)
{
    if (share <= 0)
        return 0;
    if (share >= ALL)
        return 8;
    const unsigned rounded = (unsigned)(8 * share + 0.5);
    return rounded < 1 ? 1 : rounded > 7 ? 7 : rounded;
}

double timeline_busy_share(const struct timeline_shares *shares)
{
    const double known = 1 - shares->of[LANE_NOT_KEPT];
    const double share = known > 1 - ALL ? shares->of[LANE_BUSY] / known : -1;
    return share > 1 ? 1 : share;
}

enum part_kind timeline_idle_kind(const struct timeline_shares *shares)
{
    enum part_kind most = LANE_KINDS;
    for (int kind = 0; kind < LANE_BUSY; kind++)
        if (shares->of[kind] > (most == LANE_KINDS ? 0 : shares->of[most]))
            most = (enum part_kind)kind;
    return most;
}
