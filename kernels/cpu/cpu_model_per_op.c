/*
 * cpu_model_per_op - the baseline of `model`: one launch per operation.
 *
 * Frameworks run a decoder like this if they do not compile it. The host walks through the layers,
 * and each of a layer's sixteen operations (eighteen with q/k norm) is a separate launch: it wakes
 * the thread pool. Threads share an operation's rows, heads or sequences. The host joins them after
 * each operation, and wakes them again for the next one. Many operations take less time than that:
 * a norm, RoPE, a residual. A matrix is read once for the whole batch, so a token costs the same
 * bytes as in the next rung. Only the time in which nothing is read differs.
 *
 * In the timeline with PHASES: operations, with the gap of a launch between them. In the breakdown:
 * the barrier wait of some seventy launches for `tiny`, and of some three hundred for llama-1b. Add
 * layers (LAYERS) to see it grow. Add sequences (BATCH) to see it shrink in proportion.
 */
#include "cpu.h"
#include "lab_model.h"

#include <stdio.h>
#include <stdlib.h>

struct state;

/* Runs a program's share of an operation. */
typedef void run_operation(struct state *state, uint32_t program, uint32_t layer);

/* A row of the list of operations. qk_norm: the operation exists only in models with q/k norm. */
struct entry {
    const char *name;
    run_operation *run;
    bool qk_norm;
};

/* A launch: one operation of one layer. */
struct launch {
    run_operation *run;
    uint32_t layer;
};

struct state {
    struct lab_model lab;
    struct launch *launches; /* [operation_count] */
    uint32_t t, index;       /* the current step and operation, which the thread pool reads */
};

/* ---- the operations ------------------------------------------------------------------------- */

/* A program's share of `count` rows, heads or sequences. */
struct share {
    uint32_t first, last;
};

static struct share share_of(const struct state *state, uint32_t program, uint32_t count)
{
    const uint32_t threads = state->lab.cpu.threads;
    return (struct share){.first = lab_cpu_range(count, threads, program),
                          .last = lab_cpu_range(count, threads, program + 1)};
}

static void run_embedding(struct state *state, uint32_t program, uint32_t layer)
{
    const struct lab_model *lab = &state->lab;
    const uint32_t hidden = lab->shape.config.hidden;
    const struct share share = share_of(state, program, hidden);
    (void)layer;
    for (uint32_t b = 0; b < lab->shape.batch; b++)
        lab_model_embed(lab, lab_model_token(lab, b, state->t), share.first, share.last,
                        lab->x + (size_t)b * hidden);
}

static void run_norm(struct state *state, uint32_t program, enum model_tensor norm, uint32_t layer)
{
    const struct lab_model *lab = &state->lab;
    const size_t hidden = lab->shape.config.hidden;
    const struct share share = share_of(state, program, lab->shape.batch);
    for (uint32_t b = share.first; b < share.last; b++)
        lab_model_norm(lab, norm, layer, lab->x + b * hidden, lab->n + b * hidden);
}

static void run_attention_norm(struct state *state, uint32_t program, uint32_t layer)
{
    run_norm(state, program, MODEL_ATTENTION_NORM, layer);
}

static void run_mlp_norm(struct state *state, uint32_t program, uint32_t layer)
{
    run_norm(state, program, MODEL_MLP_NORM, layer);
}

static void run_final_norm(struct state *state, uint32_t program, uint32_t layer)
{
    run_norm(state, program, MODEL_FINAL_NORM, layer);
}

static void run_matrix(struct state *state, uint32_t program, enum model_tensor tensor,
                       uint32_t layer, const float *in, float *out)
{
    const uint32_t rows = model_size_of(&state->lab.shape.config, tensor).rows;
    const struct share share = share_of(state, program, rows);
    lab_model_multiply(&state->lab, tensor, layer, in, share.first, share.last, out, rows);
}

static void run_q(struct state *state, uint32_t program, uint32_t layer)
{
    run_matrix(state, program, MODEL_WQ, layer, state->lab.n, state->lab.q);
}

static void run_k(struct state *state, uint32_t program, uint32_t layer)
{
    run_matrix(state, program, MODEL_WK, layer, state->lab.n, state->lab.kv[ATTENTION_K]);
}

static void run_v(struct state *state, uint32_t program, uint32_t layer)
{
    run_matrix(state, program, MODEL_WV, layer, state->lab.n, state->lab.kv[ATTENTION_V]);
}

static void run_o(struct state *state, uint32_t program, uint32_t layer)
{
    run_matrix(state, program, MODEL_WO, layer, state->lab.attended, state->lab.sum);
}

static void run_gate(struct state *state, uint32_t program, uint32_t layer)
{
    run_matrix(state, program, MODEL_WGATE, layer, state->lab.n, state->lab.gate);
}

static void run_up(struct state *state, uint32_t program, uint32_t layer)
{
    run_matrix(state, program, MODEL_WUP, layer, state->lab.n, state->lab.up);
}

static void run_down(struct state *state, uint32_t program, uint32_t layer)
{
    run_matrix(state, program, MODEL_WDOWN, layer, state->lab.up, state->lab.sum);
}

static void run_head_norm(struct state *state, uint32_t program, enum model_tensor norm,
                          uint32_t layer, uint32_t heads, float *rows)
{
    const size_t head_dim = state->lab.shape.config.head_dim;
    const struct share share = share_of(state, program, state->lab.shape.batch * heads);
    for (uint32_t i = share.first; i < share.last; i++)
        lab_model_norm(&state->lab, norm, layer, rows + i * head_dim, rows + i * head_dim);
}

static void run_q_norm(struct state *state, uint32_t program, uint32_t layer)
{
    run_head_norm(state, program, MODEL_Q_NORM, layer, state->lab.shape.config.heads, state->lab.q);
}

static void run_k_norm(struct state *state, uint32_t program, uint32_t layer)
{
    run_head_norm(state, program, MODEL_K_NORM, layer, state->lab.shape.config.kv_heads,
                  state->lab.kv[ATTENTION_K]);
}

static void run_rope(struct state *state, uint32_t program, uint32_t heads, float *rows)
{
    const size_t head_dim = state->lab.shape.config.head_dim;
    const struct share share = share_of(state, program, state->lab.shape.batch * heads);
    for (uint32_t i = share.first; i < share.last; i++)
        lab_model_rope(&state->lab, state->t, rows + i * head_dim);
}

static void run_q_rope(struct state *state, uint32_t program, uint32_t layer)
{
    (void)layer;
    run_rope(state, program, state->lab.shape.config.heads, state->lab.q);
}

static void run_k_rope(struct state *state, uint32_t program, uint32_t layer)
{
    (void)layer;
    run_rope(state, program, state->lab.shape.config.kv_heads, state->lab.kv[ATTENTION_K]);
}

static void run_append(struct state *state, uint32_t program, uint32_t layer)
{
    const struct share share = share_of(state, program, state->lab.units);
    for (uint32_t unit = share.first; unit < share.last; unit++)
        lab_model_append(&state->lab, layer, unit, state->t);
}

static void run_attention(struct state *state, uint32_t program, uint32_t layer)
{
    const struct share share = share_of(state, program, state->lab.units);
    for (uint32_t unit = share.first; unit < share.last; unit++)
        lab_model_attend(&state->lab, program, layer, unit, state->t);
}

static void run_residual(struct state *state, uint32_t program, uint32_t layer)
{
    const struct share share = share_of(state, program, state->lab.shape.config.hidden);
    (void)layer;
    lab_model_add(&state->lab, share.first, share.last);
}

static void run_activation(struct state *state, uint32_t program, uint32_t layer)
{
    const struct share share = share_of(state, program, state->lab.shape.config.mlp);
    (void)layer;
    lab_model_activate(&state->lab, share.first, share.last);
}

static void run_head(struct state *state, uint32_t program, uint32_t layer)
{
    const struct share share = share_of(state, program, state->lab.shape.config.vocabulary);
    (void)layer;
    lab_model_head(&state->lab, state->lab.n, state->t, share.first, share.last);
}

/* Programs share whole sequences, so that no further operation has to combine their results. */
static void run_argmax(struct state *state, uint32_t program, uint32_t layer)
{
    const struct lab_model *lab = &state->lab;
    const struct share share = share_of(state, program, lab->shape.batch);
    (void)layer;
    for (uint32_t b = share.first; b < share.last; b++)
        lab_model_choose(lab, b, state->t);
}

/* ---- the list of operations ----------------------------------------------------------------- */

static const struct entry first_entry = {
    .name = "embedding", .run = run_embedding, .qk_norm = false};

static const struct entry layer_entries[] = {
    {"attention norm", run_attention_norm, false},
    {"Q", run_q, false},
    {"K", run_k, false},
    {"V", run_v, false},
    {"Q norm", run_q_norm, true},
    {"K norm", run_k_norm, true},
    {"Q RoPE", run_q_rope, false},
    {"K RoPE", run_k_rope, false},
    {"K/V append", run_append, false},
    {"attention", run_attention, false},
    {"O", run_o, false},
    {"attention residual", run_residual, false},
    {"MLP norm", run_mlp_norm, false},
    {"gate", run_gate, false},
    {"up", run_up, false},
    {"SiLU", run_activation, false},
    {"down", run_down, false},
    {"MLP residual", run_residual, false},
};

static const struct entry last_entries[] = {
    {"final norm", run_final_norm, false},
    {"head", run_head, false},
    {"argmax", run_argmax, false},
};

#define COUNT(entries) ((uint32_t)(sizeof(entries) / sizeof *(entries)))

static uint32_t count_operations(const struct model_config *config, uint32_t layers)
{
    uint32_t in_layer = 0;
    for (uint32_t i = 0; i < COUNT(layer_entries); i++)
        in_layer += !layer_entries[i].qk_norm || config->qk_norm;
    return 1 + layers * in_layer + COUNT(last_entries);
}

static void add_operation(struct state *state, uint32_t *count, const struct entry *entry,
                          uint32_t layer)
{
    struct operation *operation = &state->lab.operations[*count];
    *operation = (struct operation){.layer = layer};
    snprintf(operation->name, sizeof operation->name, "%s", entry->name);
    state->launches[(*count)++] =
        (struct launch){.run = entry->run, .layer = layer == OPERATION_NO_LAYER ? 0 : layer};
}

static void list_operations(struct state *state)
{
    const struct model_shape *shape = &state->lab.shape;
    uint32_t count = 0;
    add_operation(state, &count, &first_entry, OPERATION_NO_LAYER);
    for (uint32_t layer = 0; layer < shape->layers; layer++)
        for (uint32_t i = 0; i < COUNT(layer_entries); i++)
            if (!layer_entries[i].qk_norm || shape->config.qk_norm)
                add_operation(state, &count, &layer_entries[i], layer);
    for (uint32_t i = 0; i < COUNT(last_entries); i++)
        add_operation(state, &count, &last_entries[i], OPERATION_NO_LAYER);
}

/* ---- the host ------------------------------------------------------------------------------- */

/* Runs a program's share of the current operation; each operation is one submission. The wait that
 * it records is the whole launch: joining the other threads and waking them again. */
static void run_share(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_model *lab = &state->lab;
    const struct launch *launch = &state->launches[state->index];
    const uint64_t before_ns = lab->own[program].ended_ns, now_ns = lab_cpu_mark(&lab->cpu);
    lab_model_operation_begin(lab, program, state->t, state->index,
                              before_ns > 0 ? now_ns - before_ns : 0);
    launch->run(state, program, launch->layer);
    lab_model_operation_end(lab, program, state->t, state->index);
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    (void)error;
    lab_model_begin(&state->lab, look);
    state->t = state->index = 0;
    pool_submit(state->lab.cpu.pool, run_share, state);
    return true;
}

/* Advances to the next operation. False: the current one was the last of the iteration. */
static bool advance(struct state *state)
{
    if (state->index + 1 < state->lab.operation_count) {
        state->index++;
        return true;
    }
    state->index = 0;
    return ++state->t < state->lab.cpu.seq_len;
}

static enum poll_state poll_operations(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                       struct error *error)
{
    struct state *state = argument;
    struct lab_cpu *cpu = &state->lab.cpu;
    const uint64_t begin_ns = clock_now();
    uint64_t spent_ns = 0;
    (void)error;
    while (pool_wait(cpu->pool, cpu->spin_ns, wait_ns - spent_ns)) {
        const uint64_t joined_ns = clock_now();
        if (!advance(state) || stop_requested(cpu->stop)) {
            lab_cpu_finish(cpu, joined_ns, batch);
            lab_model_hand_over(&state->lab, true, batch);
            return POLL_DONE;
        }
        pool_submit(cpu->pool, run_share, state);
        if (wait_ns != EVENT_WAIT_FOREVER) {
            spent_ns = joined_ns - begin_ns;
            if (spent_ns >= wait_ns)
                break;
        }
    }
    lab_cpu_collect(cpu, batch);
    lab_model_hand_over(&state->lab, false, batch);
    return POLL_RUNNING;
}

/* SPIN_NS `auto` becomes 0: this baseline exists to show the cost of launches. */
static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    return lab_model_plan(knobs, device, 0, count_operations, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    const struct model_shape shape = model_shape_of(&setup->plan->used);
    const uint32_t operations = count_operations(&shape.config, shape.layers);
    struct state *state = calloc(1, sizeof *state);
    struct launch *launches = calloc(operations, sizeof *launches);
    if (state == NULL || launches == NULL) {
        error_set(error, ERROR_RUN, "no memory for cpu_model_per_op");
    } else if (lab_model_open(&state->lab, setup, operations, error)) {
        state->launches = launches;
        list_operations(state);
        return state;
    }
    free(launches);
    free(state);
    return NULL;
}

static void release(void *argument)
{
    struct state *state = argument;
    lab_cpu_close(&state->lab.cpu);
    free(state->launches);
    free(state);
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    lab_model_describe(state, facts);
    facts->launches_per_iteration = state->lab.cpu.seq_len * state->lab.operation_count;
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .poll = poll_operations,
    .poison = lab_model_poison,
    .count_nan = lab_model_count_nan,
    .output = lab_model_output,
};

const struct variant cpu_model_per_op = {
    .name = "cpu_model_per_op",
    .file = "cpu/cpu_model_per_op.c",
    .target = "model_decode",
    .workload = &workload_model,
    .backend = BACKEND_CPU,
    .rung = 1,
    .title = "The thread pool is woken for every operation of every layer",
    .why = "A layer is sixteen operations, and most of them take less time than the launch that "
           "starts them.",
    .knobs = LAB_MODEL_KNOBS,
    .ops = &ops,
};
