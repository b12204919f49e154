/*
 * cpu_graph - record the steps once as a graph, replay them with one submission.
 *
 * Unlike in cpu_persistent, order and dependencies are decided before the iteration. prepare
 * records a dependency graph: nodes, each a range of sequences of one step, and joins, each
 * counting the nodes that signal it. A node waits on one join and signals another. During a replay,
 * each thread claims the next node in order, waits for its join, runs it, and signals. There is no
 * barrier and no ticket per sequence: the graph synchronises the threads. A CUDA graph does the
 * same for a chain of kernels.
 *
 * In the histogram: latencies close to those of cpu_persistent, with fewer atomic operations per
 * step (two per node instead of one per sequence and one per thread). With more than a few threads,
 * the graph's fixed ranges lose the balance that a work queue provides: compare the p99 with BATCH
 * just above a multiple of THREADS.
 */
#include "cpu.h"
#include "lab_dot.h"

#include <stdlib.h>

#define NO_JOIN UINT32_MAX

struct node {
    uint32_t t, first, last; /* sequences [first, last) of step t */
    uint32_t waits, signals; /* indices of joins; waits NO_JOIN: the node may run at once */
};

struct join {
    _Alignas(CACHE_LINE) struct event open; /* counts replays in which all its nodes signalled */
    _Atomic uint32_t arrived;               /* signals from nodes, over all replays */
    uint32_t expected;                      /* nodes in one replay */
};

struct state {
    struct lab_dot lab;
    struct node *nodes; /* in topological order: a node comes after the nodes that it waits for */
    struct join *joins;
    uint32_t node_count, join_count;
    uint32_t replay;                               /* number of the current replay, from 1 */
    bool stopped;                                  /* the last replay may have skipped nodes */
    _Alignas(CACHE_LINE) _Atomic uint32_t claimed; /* nodes claimed in this replay */
};

/* ---- the plan ------------------------------------------------------------------------------- */

/* Nodes per step: one range of sequences per thread. */
static uint32_t step_width(const struct knobs *knobs)
{
    return (uint32_t)(knobs->threads < knobs->batch ? knobs->threads : knobs->batch);
}

static void record_node(struct state *state, struct node node)
{
    state->nodes[state->node_count++] = node;
    state->joins[node.signals].expected++;
}

/* Every node of a step waits for the join of all nodes of the previous step. */
static void record_steps(struct state *state, const struct knobs *knobs)
{
    const uint32_t width = step_width(knobs), batch = (uint32_t)knobs->batch;
    state->join_count = (uint32_t)knobs->seq_len;
    for (uint32_t t = 0; t < state->join_count; t++)
        for (uint32_t i = 0; i < width; i++)
            record_node(state, (struct node){.t = t,
                                             .first = lab_cpu_range(batch, width, i),
                                             .last = lab_cpu_range(batch, width, i + 1),
                                             .waits = t > 0 ? t - 1 : NO_JOIN,
                                             .signals = t});
}

/* ---- the replay ----------------------------------------------------------------------------- */

static bool wait_for_join(struct state *state, uint32_t join)
{
    return join == NO_JOIN || event_wait(&state->joins[join].open, state->replay,
                                         state->lab.cpu.spin_ns, EVENT_WAIT_FOREVER);
}

static void signal_join(struct state *state, uint32_t index)
{
    struct join *join = &state->joins[index];
    uint32_t arrived = atomic_fetch_add_explicit(&join->arrived, 1, memory_order_acq_rel) + 1;
    if (arrived == state->replay * join->expected)
        event_signal(&join->open);
}

/* A program's stamp of its current step; the program may run several nodes of a step. */
struct row {
    uint32_t t;
    struct stamp stamp;
    uint64_t waited_ns; /* waits since the last row in which the program ran a node */
};

/* Stamps the rows before step t and publishes them. Steps in which the program ran no node keep the
 * stamp 0, 0. */
static void finish_rows(struct lab_dot *lab, uint32_t program, struct row *row, uint32_t t)
{
    if (row->t == t)
        return;
    for (; row->t < t; row->t++) {
        lab_cpu_stamp(&lab->cpu, program, row->t, row->stamp.begin_ns, row->stamp.end_ns);
        lab_cpu_phase(&lab->cpu, program, row->t, row->waited_ns);
        if (row->stamp.end_ns != 0)
            row->waited_ns = 0;
        row->stamp = (struct stamp){0};
    }
    lab_cpu_publish(&lab->cpu, program, t);
}

static void replay_nodes(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_dot *lab = &state->lab;
    struct row row = {0};
    uint32_t index;
    while ((index = atomic_fetch_add_explicit(&state->claimed, 1, memory_order_relaxed)) <
           state->node_count) {
        const struct node *node = &state->nodes[index];
        finish_rows(lab, program, &row, node->t);
        const uint64_t mark_ns = lab_cpu_mark(&lab->cpu);
        if (stop_requested(lab->cpu.stop) || !wait_for_join(state, node->waits)) {
            event_break(&state->joins[node->signals].open);
            return;
        }
        row.waited_ns += lab_cpu_mark(&lab->cpu) - mark_ns;
        const uint64_t begin_ns = lab_cpu_now(&lab->cpu);
        lab->step(&lab->tensors, node->t, node->first, node->last);
        row.stamp.end_ns = lab_cpu_now(&lab->cpu);
        if (row.stamp.begin_ns == 0)
            row.stamp.begin_ns = begin_ns;
        signal_join(state, node->signals);
    }
    finish_rows(lab, program, &row, lab->cpu.seq_len);
}

/* ---- the host ------------------------------------------------------------------------------- */

/* After a stopped replay, restarts the joins' counts from zero. */
static void reset_joins(struct state *state)
{
    for (uint32_t i = 0; i < state->join_count; i++) {
        event_reset(&state->joins[i].open);
        atomic_store_explicit(&state->joins[i].arrived, 0, memory_order_relaxed);
    }
    state->replay = 0;
    state->stopped = false;
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    if (state->stopped)
        reset_joins(state);
    state->replay++;
    atomic_store_explicit(&state->claimed, 0, memory_order_relaxed);
    return lab_cpu_submit(state, look, error);
}

/* Whether the graph's last join, which follows every node, has opened. */
static bool is_replayed(struct state *state)
{
    return event_wait(&state->joins[state->join_count - 1].open, state->replay, 0, 0);
}

static enum poll_state poll_replay(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                   struct error *error)
{
    struct state *state = argument;
    enum poll_state result = lab_cpu_poll(&state->lab.cpu, wait_ns, batch, error);
    if (result == POLL_DONE)
        state->stopped = !is_replayed(state);
    return result;
}

static uint64_t node_bytes(const struct knobs *knobs)
{
    return lab_cpu_lines((uint64_t)knobs->seq_len * step_width(knobs) * sizeof(struct node));
}

static uint64_t graph_bytes(const struct knobs *knobs)
{
    return node_bytes(knobs) + (uint64_t)knobs->seq_len * sizeof(struct join);
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    lab_cpu_plan(knobs, device, LAB_CPU_RESIDENT_SPIN_NS, plan);
    return lab_dot_fits(&plan->used, false, graph_bytes(&plan->used), device, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    struct state *state = state_alloc(sizeof *state, "cpu_graph", error);
    if (!state || !lab_dot_open(&state->lab, setup, false, graph_bytes(knobs), error)) {
        free(state);
        return NULL;
    }
    state->lab.cpu.body = replay_nodes;
    state->nodes = state->lab.more;
    state->joins = (struct join *)(void *)((char *)state->lab.more + node_bytes(knobs));
    record_steps(state, knobs);
    return state;
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    lab_cpu_describe(state, facts);
    facts->graph_nodes = state->node_count;
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    .release = lab_cpu_release,
    .describe = describe,
    .submit = submit,
    .poll = poll_replay,
    LAB_DOT_OUTPUT,
};

const struct variant cpu_graph = {
    .name = "cpu_graph",
    .file = "cpu/cpu_graph.c",
    .target = "persistent_decode",
    .workload = &workload_dot,
    .backend = BACKEND_CPU,
    .rung = 3,
    .after = "cpu_persistent",
    .title = "The steps as a recorded plan",
    .why =
        "The order and the dependencies of steps are decided once. In a replay, threads only claim "
        "steps, wait, run and signal.",
    .knobs = LAB_DOT_KNOBS | KNOB_BIT(PHASES),
    .ops = &ops,
};
