#include "timeline.h"

#include "backend_name.h"
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const timeline_group_names[TIMELINE_GROUPS] = {
    [TIMELINE_HOST] = "host",         [TIMELINE_DEVICE] = "device",
    [TIMELINE_PREFILL] = "prefill",   [TIMELINE_BATCH] = "steps of the batch",
    [TIMELINE_PROGRAMS] = "programs",
};

const char *const timeline_kind_names[TIMELINE_KINDS] = {
    [TIMELINE_ITERATION] = "iteration",
    [TIMELINE_SUBMIT] = "submit",
    [TIMELINE_SYNC] = "sync",
    [TIMELINE_CALL] = "call",
    [TIMELINE_RANGE] = "range",
    [TIMELINE_LAUNCH] = "launch",
    [TIMELINE_REPLAY] = "replay",
    [TIMELINE_NODE] = "node",
    [TIMELINE_COPY] = "copy",
    [TIMELINE_CHUNK] = "chunk",
    [TIMELINE_IN_FLIGHT] = "in flight",
    [TIMELINE_STEP] = "step",
    [TIMELINE_GAP] = "gap",
    [TIMELINE_BUSY] = "busy",
    [TIMELINE_OPERATION] = "operation",
};

/* ---- lanes and events ----------------------------------------------------------------------- */

/* A timeline being built, and its inputs. */
struct builder {
    struct timeline *timeline;
    const struct run *run;
    const struct trace *trace;
    size_t group_first; /* the first lane of the group being filled */
    bool failed;        /* out of memory */
};

void *timeline_grow(void *list, size_t count, size_t *room, size_t size, bool *failed)
{
    if (count < *room)
        return list;
    const size_t more = *room ? 2 * *room : 64;
    void *grown = realloc(list, more * size);
    if (grown)
        *room = more;
    *failed |= !grown;
    return grown;
}

static uint32_t add_lane(struct builder *builder, enum timeline_group group, const char *name)
{
    struct timeline *timeline = builder->timeline;
    struct timeline_lane *lanes =
        timeline_grow(timeline->lanes, timeline->lane_count, &timeline->lane_room, sizeof *lanes,
                      &builder->failed);
    if (!lanes)
        return 0;
    timeline->lanes = lanes;
    lanes[timeline->lane_count] = (struct timeline_lane){.group = group};
    snprintf(lanes[timeline->lane_count].name, sizeof lanes->name, "%s", name);
    return (uint32_t)timeline->lane_count++;
}

/* Returns a lane of that name that is free from begin_ns on; adds one if there is none. A stream's
 * kernels overlap if the next one starts before the previous one has ended, so a name may need two
 * lanes. */
static uint32_t find_lane(struct builder *builder, enum timeline_group group, const char *name,
                          uint64_t begin_ns)
{
    const struct timeline *timeline = builder->timeline;
    for (size_t i = builder->group_first; i < timeline->lane_count; i++)
        if (strcmp(timeline->lanes[i].name, name) == 0 && timeline->lanes[i].end_ns <= begin_ns)
            return (uint32_t)i;
    return add_lane(builder, group, name);
}

static void add(struct builder *builder, struct timeline_event event)
{
    struct timeline *timeline = builder->timeline;
    if (builder->failed)
        return;
    struct timeline_event *events =
        timeline_grow(timeline->events, timeline->event_count, &timeline->event_room,
                      sizeof *events, &builder->failed);
    if (!events)
        return;
    timeline->events = events;
    if (!event.label)
        event.label = timeline_kind_names[event.kind];
    struct timeline_lane *lane = &timeline->lanes[event.lane];
    lane->end_ns = max_u64(lane->end_ns, event.end_ns);
    events[timeline->event_count++] = event;
}

/* ---- stamps --------------------------------------------------------------------------------- */

/* Finds the time span of a step over all programs. Cuts it at the iteration's end, because stamps
 * have a clock error. False: no program took part. */
static bool step_of_batch(const struct trace *trace, uint32_t step, struct stamp *batch)
{
    *batch = trace_extent(trace, step, 1);
    batch->end_ns = min_u64(batch->end_ns, trace->iteration_ns);
    batch->begin_ns = min_u64(batch->begin_ns, batch->end_ns);
    return batch->end_ns > 0;
}

/* The end of a launch that contains all steps. If the last steps' stamps were not kept, the
 * launch is assumed to last until the end of the iteration. */
static uint64_t end_of_launch(const struct trace *trace, uint64_t last_step_ns)
{
    return trace->steps < trace->steps_run ? trace->iteration_ns : last_step_ns;
}

/* Finds the time span from the begin of the first step to the end of the last. False: no stamps. */
static bool span_of_steps(const struct trace *trace, struct stamp *span)
{
    *span = extent_empty;
    for (uint32_t t = 0; t < trace->steps; t++) {
        struct stamp batch;
        if (step_of_batch(trace, t, &batch))
            extent_add(span, batch.begin_ns, batch.end_ns);
    }
    return span->end_ns > 0;
}

static void add_batch(struct builder *builder)
{
    const struct trace *trace = builder->trace;
    const uint32_t lane = add_lane(builder, TIMELINE_BATCH, "batch");
    uint64_t previous_ns = 0;
    for (uint32_t t = 0; t < trace->steps; t++) {
        struct stamp batch;
        if (!step_of_batch(trace, t, &batch))
            continue;
        batch.end_ns = max_u64(batch.end_ns, previous_ns);
        batch.begin_ns = max_u64(batch.begin_ns, previous_ns);
        struct timeline_event event = {
            .lane = lane, .kind = TIMELINE_STEP, .step = t, .end_ns = batch.end_ns};
        event.begin_ns = previous_ns;
        add(builder, event);
        event.depth = 1;
        event.kind = TIMELINE_GAP;
        event.end_ns = batch.begin_ns;
        if (event.begin_ns < event.end_ns)
            add(builder, event);
        event.kind = TIMELINE_BUSY;
        event.begin_ns = batch.begin_ns;
        event.end_ns = batch.end_ns;
        add(builder, event);
        previous_ns = batch.end_ns;
    }
}

/* Adds the operations of a program's step, if it is the program's last step. */
static void add_operations(struct builder *builder, uint32_t program,
                           const struct timeline_event *step)
{
    const struct operation_table *table = &builder->trace->operations;
    uint64_t at_ns = step->begin_ns;
    if (program >= table->programs || step->step + 1 != builder->trace->steps_run)
        return;
    for (uint32_t i = 0; i < table->count && !builder->failed; i++) {
        const struct operation_stamp *stamp = &table->stamps[(size_t)program * table->count + i];
        const uint32_t layer = table->list[i].layer;
        struct timeline_event event = {.lane = step->lane,
                                       .depth = step->depth + 1,
                                       .kind = TIMELINE_OPERATION,
                                       .step =
                                           layer == OPERATION_NO_LAYER ? TIMELINE_NO_STEP : layer,
                                       .begin_ns = max_u64(stamp->begin_ns, at_ns),
                                       .end_ns = min_u64(stamp->end_ns, step->end_ns),
                                       .label = table->list[i].name,
                                       .phase = &stamp->waits};
        if (stamp->end_ns == 0 || event.begin_ns >= event.end_ns)
            continue;
        add(builder, event);
        at_ns = event.end_ns;
    }
}

/* Adds a program's steps; on two lanes if they overlap because their kernels do. If one launch
 * contains all the steps, adds that launch around them. */
static void add_program(struct builder *builder, uint32_t program, bool in_launch)
{
    const struct trace *trace = builder->trace;
    const size_t row = (size_t)program * trace->steps;
    const struct stamp *stamps = trace->stamps + row;
    const struct phase *phases = trace->phases ? trace->phases + row : NULL;
    struct stamp span = extent_empty;
    char name[32];
    snprintf(name, sizeof name, "program %u", program);
    builder->group_first = builder->timeline->lane_count;
    const uint32_t first = add_lane(builder, TIMELINE_PROGRAMS, name);
    for (uint32_t t = 0; t < trace->steps; t++) {
        struct timeline_event event = {.kind = TIMELINE_STEP,
                                       .phase = phases ? phases + t : NULL,
                                       .step = t,
                                       .depth = in_launch,
                                       .end_ns = min_u64(stamps[t].end_ns, trace->iteration_ns)};
        if (event.end_ns == 0)
            continue;
        event.begin_ns = min_u64(stamps[t].begin_ns, event.end_ns);
        event.lane =
            in_launch ? first : find_lane(builder, TIMELINE_PROGRAMS, name, event.begin_ns);
        /* A program runs one step at a time within a launch, but the error of its clock can make
         * two steps overlap. */
        if (in_launch)
            event.begin_ns = max_u64(event.begin_ns, builder->timeline->lanes[first].end_ns);
        event.end_ns = max_u64(event.end_ns, event.begin_ns);
        add(builder, event);
        add_operations(builder, program, &event);
        if (builder->failed)
            return;
        extent_add(&span, event.begin_ns, event.end_ns);
    }
    if (in_launch && span.end_ns > 0)
        add(builder, (struct timeline_event){.lane = first,
                                             .kind = TIMELINE_LAUNCH,
                                             .step = TIMELINE_NO_STEP,
                                             .begin_ns = span.begin_ns,
                                             .end_ns = end_of_launch(trace, span.end_ns),
                                             .label = builder->run->variant});
}

/* Adds launches derived from the variant's facts. */
static void add_launches(struct builder *builder)
{
    const struct trace *trace = builder->trace;
    const struct facts *facts = &builder->run->facts;
    const bool by_step = facts->graph_nodes == 0 && facts->launches_per_iteration > 1 &&
                         facts->launches_per_iteration == trace->steps_run;
    const bool nodes = facts->graph_nodes > 1 && facts->graph_nodes == trace->steps_run;
    const char *name = backend_starts(builder->run->backend);
    struct stamp span;
    if (!span_of_steps(trace, &span))
        return;
    if (!by_step)
        add(builder, (struct timeline_event){
                         .lane = add_lane(builder, TIMELINE_DEVICE,
                                          facts->graph_nodes > 0 ? "replays" : name),
                         .kind = facts->graph_nodes > 0 ? TIMELINE_REPLAY : TIMELINE_LAUNCH,
                         .step = TIMELINE_NO_STEP,
                         .begin_ns = span.begin_ns,
                         .end_ns = end_of_launch(trace, span.end_ns),
                         .label = builder->run->variant});
    for (uint32_t t = 0; (by_step || nodes) && t < trace->steps && !builder->failed; t++) {
        struct stamp batch;
        if (step_of_batch(trace, t, &batch))
            add(builder,
                (struct timeline_event){.lane = find_lane(builder, TIMELINE_DEVICE,
                                                          nodes ? "nodes" : name, batch.begin_ns),
                                        .kind = nodes ? TIMELINE_NODE : TIMELINE_LAUNCH,
                                        .step = t,
                                        .begin_ns = batch.begin_ns,
                                        .end_ns = batch.end_ns});
    }
}

/* ---- a prefill ------------------------------------------------------------------------------ */

static void add_span(struct builder *builder, uint32_t lane, const struct prefill_span *span,
                     enum timeline_kind kind, const char *label)
{
    const uint64_t iteration_ns = builder->trace->iteration_ns;
    const uint64_t end_ns = min_u64(span->end_ns, iteration_ns);
    add(builder,
        (struct timeline_event){.lane = lane,
                                .kind = kind,
                                .step = span->chunk < SPAN_PREFILL ? span->chunk : TIMELINE_NO_STEP,
                                .begin_ns = min_u64(span->begin_ns, end_ns),
                                .end_ns = end_ns,
                                .label = label});
}

/* Adds the host's submissions, if they are known. */
static void add_submissions(struct builder *builder)
{
    const struct trace *trace = builder->trace;
    builder->group_first = builder->timeline->lane_count;
    for (uint32_t i = 0; i < trace->span_count && !builder->failed; i++) {
        const struct prefill_span *span = &trace->spans[i];
        if (span->kind == SPAN_SUBMIT)
            add_span(builder, find_lane(builder, TIMELINE_HOST, "submissions", span->begin_ns),
                     span, TIMELINE_SUBMIT,
                     span->chunk == SPAN_DECODE    ? "submit decode"
                     : span->chunk == SPAN_PREFILL ? "submit prefill"
                                                   : "submit chunk");
    }
}

static void add_chunks(struct builder *builder, enum span_kind kind, const char *of,
                       const char *label)
{
    const struct trace *trace = builder->trace;
    uint32_t streams = 0;
    for (uint32_t i = 0; i < trace->span_count; i++)
        if (trace->spans[i].kind == kind && trace->spans[i].stream >= streams)
            streams = trace->spans[i].stream + 1;
    for (uint32_t stream = 0; stream < streams; stream++) {
        char name[48];
        snprintf(name, sizeof name, streams > 1 ? "%s, stream %u" : "%s", of, stream);
        builder->group_first = builder->timeline->lane_count;
        for (uint32_t i = 0; i < trace->span_count && !builder->failed; i++)
            if (trace->spans[i].kind == kind && trace->spans[i].stream == stream)
                add_span(builder,
                         find_lane(builder, TIMELINE_PREFILL, name, trace->spans[i].begin_ns),
                         &trace->spans[i], TIMELINE_CHUNK, label);
    }
}

/* Adds an event for each time span with the same number of copies in flight. */
static void add_in_flight(struct builder *builder)
{
    const struct trace *trace = builder->trace;
    uint64_t *times = malloc(2 * (size_t)trace->span_count * sizeof *times);
    size_t count = 0, begun = 0, ended = 0;
    if (!times) {
        builder->failed = true;
        return;
    }
    uint64_t *const begins = times, *const ends = times + trace->span_count;
    for (uint32_t i = 0; i < trace->span_count; i++) {
        if (trace->spans[i].kind != SPAN_COPY)
            continue;
        begins[count] = trace->spans[i].begin_ns;
        ends[count++] = trace->spans[i].end_ns;
    }
    qsort(begins, count, sizeof *begins, compare_u64);
    qsort(ends, count, sizeof *ends, compare_u64);
    const uint32_t lane = count > 0 ? add_lane(builder, TIMELINE_PREFILL, "in flight") : 0;
    uint64_t since_ns = 0;
    while (ended < count) {
        const bool ends_next = begun == count || ends[ended] <= begins[begun];
        const struct prefill_span span = {.begin_ns = since_ns,
                                          .end_ns = ends_next ? ends[ended] : begins[begun],
                                          .chunk = (uint32_t)(begun - ended)};
        if (begun > ended && span.begin_ns < span.end_ns)
            add_span(builder, lane, &span, TIMELINE_IN_FLIGHT, NULL);
        since_ns = span.end_ns;
        ended += ends_next;
        begun += !ends_next;
    }
    free(times);
}

static void add_prefill(struct builder *builder)
{
    add_chunks(builder, SPAN_COPY, "copies", "copy");
    add_chunks(builder, SPAN_COMPUTE, "computing", "compute");
    if (builder->trace->span_count > 0 && !builder->failed)
        add_in_flight(builder);
}

/* ---- tracer events -------------------------------------------------------------------------- */

/* Copies the tracer's events of this iteration, with times since its submission. Returns how many
 * there are. */
static size_t take_seen(struct builder *builder, const struct timeline_seen *seen)
{
    struct timeline *timeline = builder->timeline;
    const uint64_t from_ns = seen->submitted_ns, to_ns = from_ns + timeline->iteration_ns;
    size_t count = 0;
    if (seen->count == 0)
        return 0;
    timeline->activities = malloc(seen->count * sizeof *timeline->activities);
    if (!timeline->activities) {
        builder->failed = true;
        return 0;
    }
    for (size_t i = 0; i < seen->count; i++) {
        struct activity activity = seen->activities[i];
        if (activity.end_ns <= from_ns || activity.begin_ns >= to_ns ||
            activity.end_ns < activity.begin_ns)
            continue;
        activity.begin_ns = saturating_sub(activity.begin_ns, from_ns);
        activity.end_ns = min_u64(activity.end_ns, to_ns) - from_ns;
        timeline->activities[count++] = activity;
    }
    return count;
}

static void add_seen(struct builder *builder, size_t count, bool host)
{
    const enum timeline_group group = host ? TIMELINE_HOST : TIMELINE_DEVICE;
    static const enum timeline_kind kinds[] = {
        [ACTIVITY_KERNEL] = TIMELINE_LAUNCH,
        [ACTIVITY_COPY] = TIMELINE_COPY,
        [ACTIVITY_CALL] = TIMELINE_CALL,
        [ACTIVITY_RANGE] = TIMELINE_RANGE,
    };
    for (size_t i = 0; i < count && !builder->failed; i++) {
        const struct activity *activity = &builder->timeline->activities[i];
        const bool on_host = activity->kind == ACTIVITY_CALL || activity->kind == ACTIVITY_RANGE;
        char name[32] = "NVTX";
        if (on_host != host)
            continue;
        if (activity->kind != ACTIVITY_RANGE)
            snprintf(name, sizeof name, "%s %u", host ? "thread" : "stream", activity->place);
        const bool node = activity->kind == ACTIVITY_KERNEL && activity->graph_node != 0;
        const uint32_t lane = find_lane(builder, group, name, activity->begin_ns);
        add(builder, (struct timeline_event){.lane = lane,
                                             .kind = node ? TIMELINE_NODE : kinds[activity->kind],
                                             .step = TIMELINE_NO_STEP,
                                             .begin_ns = activity->begin_ns,
                                             .end_ns = activity->end_ns,
                                             .label = activity->name,
                                             .activity = activity});
    }
}

/* Adds the graph replays: each lasts from the first to the last node that one call started. */
static void add_replays(struct builder *builder, size_t count)
{
    const struct activity *activities = builder->timeline->activities;
    struct timeline_event event = {
        .kind = TIMELINE_REPLAY, .step = TIMELINE_NO_STEP, .label = builder->run->variant};
    uint32_t correlation = 0;
    for (size_t i = 0; i < count && !builder->failed; i++) {
        const struct activity *node = &activities[i];
        if (node->kind != ACTIVITY_KERNEL || node->graph_node == 0)
            continue;
        if (event.end_ns > 0 && node->correlation == correlation) {
            event.end_ns = max_u64(node->end_ns, event.end_ns);
            continue;
        }
        if (event.end_ns > 0) {
            event.lane = find_lane(builder, TIMELINE_DEVICE, "replays", event.begin_ns);
            add(builder, event);
        }
        correlation = node->correlation;
        event.begin_ns = node->begin_ns;
        event.end_ns = node->end_ns;
    }
    if (event.end_ns > 0) {
        event.lane = find_lane(builder, TIMELINE_DEVICE, "replays", event.begin_ns);
        add(builder, event);
    }
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void add_host(struct builder *builder, const struct timeline_seen *seen)
{
    const struct trace *trace = builder->trace;
    const uint32_t lane = add_lane(builder, TIMELINE_HOST, "iteration");
    struct timeline_event event = {.lane = lane, .step = TIMELINE_NO_STEP};
    struct stamp span;
    const uint64_t handed_ns = seen ? saturating_sub(seen->handed_ns, seen->submitted_ns) : 0;
    event.kind = TIMELINE_ITERATION;
    event.end_ns = trace->iteration_ns;
    event.label = builder->run->variant;
    add(builder, event);
    event.depth = 1;
    event.label = NULL;
    if (handed_ns > 0 && handed_ns <= trace->iteration_ns) {
        event.kind = TIMELINE_SUBMIT;
        event.end_ns = handed_ns;
        add(builder, event);
    }
    if (trace->steps == trace->steps_run && span_of_steps(trace, &span)) {
        event.kind = TIMELINE_SYNC;
        event.begin_ns = max_u64(span.end_ns, handed_ns);
        event.end_ns = trace->iteration_ns;
        add(builder, event);
    }
}

static int by_lane(const void *a, const void *b)
{
    const struct timeline_event *x = a, *y = b;
    if (x->lane != y->lane)
        return x->lane < y->lane ? -1 : 1;
    if (x->begin_ns != y->begin_ns)
        return x->begin_ns < y->begin_ns ? -1 : 1;
    if (x->depth != y->depth)
        return x->depth < y->depth ? -1 : 1;
    return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

static bool has_kernels(const struct activity *activities, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (activities[i].kind == ACTIVITY_KERNEL)
            return true;
    return false;
}

bool timeline_build(struct timeline *timeline, const struct run *run, const struct trace *trace,
                    const struct timeline_seen *seen)
{
    struct builder builder = {.timeline = timeline, .run = run, .trace = trace};
    const struct facts *facts = &run->facts;
    *timeline = (struct timeline){.iteration_ns = trace->iteration_ns,
                                  .wakes = run->backend == BACKEND_CPU};
    if (trace->iteration_ns == 0)
        return true;
    const size_t count = seen ? take_seen(&builder, seen) : 0;
    add_host(&builder, seen);
    add_submissions(&builder);
    builder.group_first = timeline->lane_count;
    add_seen(&builder, count, true);
    builder.group_first = timeline->lane_count;
    add_replays(&builder, count);
    if (!has_kernels(timeline->activities, count))
        add_launches(&builder);
    add_seen(&builder, count, false);
    add_prefill(&builder);
    if (!facts->free_running && trace->steps > 0)
        add_batch(&builder);
    const bool in_launch = facts->launches_per_iteration <= 1 && facts->graph_nodes == 0;
    for (uint32_t p = 0; p < trace->programs && trace->steps > 0 && !builder.failed; p++)
        add_program(&builder, p, in_launch);
    if (builder.failed) {
        timeline_close(timeline);
        return false;
    }
    qsort(timeline->events, timeline->event_count, sizeof *timeline->events, by_lane);
    return true;
}

void timeline_close(struct timeline *timeline)
{
    free(timeline->lanes);
    free(timeline->events);
    free(timeline->activities);
    *timeline = (struct timeline){0};
}
