/*
 * cpu_model_per_op - the baseline of `model`: one launch per operation.
 *
 * Frameworks run a decoder like this if they do not compile it. The host walks through the layers,
 * and each of a layer's sixteen operations (eighteen with q/k norm) is a separate launch: it wakes
 * the thread pool. Threads share an operation's rows, heads or sequences. The host joins them after
 * each operation, and wakes them again for the next one. Many operations, such as a norm or RoPE,
 * take less time than a launch. A matrix is read once for the whole batch, so a step reads the same
 * bytes as in the next rung. The rungs differ only in the time in which nothing is read.
 *
 * In the timeline with PHASES: operations, and a gap for each launch between them. In the
 * breakdown: the barrier wait is the time of some seventy launches for `tiny`, and of some three
 * hundred for llama-1b. It grows with LAYERS. Its share of a step shrinks as BATCH grows.
 */
#include "cpu.h"
#include "lab_model.h"

#include <stdio.h>
#include <stdlib.h>

struct task;

/* An operation. Some functions ignore `tensor`, `in` or `out`. */
struct entry {
    const char *name;
    void (*run)(const struct task *task);
    uint32_t count; /* rows, heads or sequences, which the programs share */
    enum model_tensor tensor;
    const float *in;
    float *out;
};

/* A launch: one operation of one layer. */
struct launch {
    struct entry entry;
    uint32_t layer;
};

struct state {
    struct lab_model lab;
    struct launch *launches; /* [operation_count] */
};

/* A program's share of a launch. */
struct task {
    const struct lab_model *lab;
    const struct entry *entry;
    uint32_t program, layer, t;
    uint32_t first, last; /* of entry->count */
};

/* ---- the operations ------------------------------------------------------------------------- */

static void run_embedding(const struct task *task)
{
    const struct lab_model *lab = task->lab;
    for (uint32_t b = 0; b < lab->shape.batch; b++)
        lab_model_embed(lab, lab_model_token(lab, b, task->t), task->first, task->last,
                        lab->x + (size_t)b * lab->shape.config.hidden);
}

static void run_norm(const struct task *task)
{
    const struct entry *entry = task->entry;
    const size_t columns = model_size_of(&task->lab->shape.config, entry->tensor).columns;
    for (uint32_t i = task->first; i < task->last; i++)
        lab_model_norm(task->lab, entry->tensor, task->layer, entry->in + i * columns,
                       entry->out + i * columns);
}

static void run_matrix(const struct task *task)
{
    const struct entry *entry = task->entry;
    lab_model_multiply(task->lab, entry->tensor, task->layer, entry->in, task->first, task->last,
                       entry->out, entry->count);
}

static void run_rope(const struct task *task)
{
    const size_t head_dim = task->lab->shape.config.head_dim;
    for (uint32_t i = task->first; i < task->last; i++)
        lab_model_rope(task->lab, task->t, task->entry->out + i * head_dim);
}

static void run_append(const struct task *task)
{
    for (uint32_t unit = task->first; unit < task->last; unit++)
        lab_model_append(task->lab, task->layer, unit, task->t);
}

static void run_attention(const struct task *task)
{
    for (uint32_t unit = task->first; unit < task->last; unit++)
        lab_model_attend(task->lab, task->program, task->layer, unit, task->t);
}

static void run_residual(const struct task *task)
{
    lab_model_add(task->lab, task->first, task->last);
}

static void run_activation(const struct task *task)
{
    lab_model_activate(task->lab, task->first, task->last);
}

static void run_head(const struct task *task)
{
    lab_model_head(task->lab, task->lab->n, task->t, task->first, task->last);
}

/* Each program processes whole sequences, so no further operation has to combine results. */
static void run_argmax(const struct task *task)
{
    for (uint32_t b = task->first; b < task->last; b++)
        lab_model_choose(task->lab, b, task->t);
}

/* ---- the list of operations ----------------------------------------------------------------- */

static uint32_t count_operations(const struct model_config *config, uint32_t layers)
{
    return layers * (config->qk_norm ? 18 : 16) + 4;
}

/* A step's list of operations while it is filled. */
struct list {
    struct state *state;
    uint32_t count; /* operations so far */
    uint32_t layer; /* of the next operation; OPERATION_NO_LAYER: not part of a layer */
};

static void add(struct list *list, struct entry entry)
{
    const uint32_t layer = list->layer == OPERATION_NO_LAYER ? 0 : list->layer;
    struct operation *operation = &list->state->lab.operations[list->count];
    *operation = (struct operation){.layer = list->layer};
    snprintf(operation->name, sizeof operation->name, "%s", entry.name);
    list->state->launches[list->count++] = (struct launch){.entry = entry, .layer = layer};
}

static void add_norm(struct list *list, const char *name, enum model_tensor tensor, uint32_t count,
                     const float *in, float *out)
{
    add(list,
        (struct entry){
            .name = name, .run = run_norm, .count = count, .tensor = tensor, .in = in, .out = out});
}

static void add_matrix(struct list *list, const char *name, enum model_tensor tensor,
                       const float *in, float *out)
{
    const uint32_t rows = model_size_of(&list->state->lab.shape.config, tensor).rows;
    add(list, (struct entry){.name = name,
                             .run = run_matrix,
                             .count = rows,
                             .tensor = tensor,
                             .in = in,
                             .out = out});
}

static void add_layer(struct list *list)
{
    const struct lab_model *lab = &list->state->lab;
    const struct model_config *config = &lab->shape.config;
    const uint32_t batch = lab->shape.batch, heads = batch * config->heads, units = lab->units;
    float *const k = lab->kv[ATTENTION_K], *const v = lab->kv[ATTENTION_V];
    add_norm(list, "attention norm", MODEL_ATTENTION_NORM, batch, lab->x, lab->n);
    add_matrix(list, "Q", MODEL_WQ, lab->n, lab->q);
    add_matrix(list, "K", MODEL_WK, lab->n, k);
    add_matrix(list, "V", MODEL_WV, lab->n, v);
    if (config->qk_norm) {
        add_norm(list, "Q norm", MODEL_Q_NORM, heads, lab->q, lab->q);
        add_norm(list, "K norm", MODEL_K_NORM, units, k, k);
    }
    add(list, (struct entry){.name = "Q RoPE", .run = run_rope, .count = heads, .out = lab->q});
    add(list, (struct entry){.name = "K RoPE", .run = run_rope, .count = units, .out = k});
    add(list, (struct entry){.name = "K/V append", .run = run_append, .count = units});
    add(list, (struct entry){.name = "attention", .run = run_attention, .count = units});
    add_matrix(list, "O", MODEL_WO, lab->attended, lab->sum);
    add(list,
        (struct entry){.name = "attention residual", .run = run_residual, .count = config->hidden});
    add_norm(list, "MLP norm", MODEL_MLP_NORM, batch, lab->x, lab->n);
    add_matrix(list, "gate", MODEL_WGATE, lab->n, lab->gate);
    add_matrix(list, "up", MODEL_WUP, lab->n, lab->up);
    add(list, (struct entry){.name = "SiLU", .run = run_activation, .count = config->mlp});
    add_matrix(list, "down", MODEL_WDOWN, lab->up, lab->sum);
    add(list, (struct entry){.name = "MLP residual", .run = run_residual, .count = config->hidden});
}

static void list_operations(struct state *state)
{
    const struct lab_model *lab = &state->lab;
    const struct model_config *config = &lab->shape.config;
    const uint32_t batch = lab->shape.batch;
    struct list list = {.state = state, .layer = OPERATION_NO_LAYER};
    add(&list, (struct entry){.name = "embedding", .run = run_embedding, .count = config->hidden});
    for (list.layer = 0; list.layer < lab->shape.layers; list.layer++)
        add_layer(&list);
    list.layer = OPERATION_NO_LAYER;
    add_norm(&list, "final norm", MODEL_FINAL_NORM, batch, lab->x, lab->n);
    add(&list, (struct entry){.name = "head", .run = run_head, .count = config->vocabulary});
    add(&list, (struct entry){.name = "argmax", .run = run_argmax, .count = batch});
}

/* ---- the host ------------------------------------------------------------------------------- */

/* Runs a program's share of the current operation; each operation is one launch. The wait that it
 * records is the whole launch: joining the other threads and waking them again. */
static void run_share(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_model *lab = &state->lab;
    const uint32_t t = lab->cpu.launch / lab->operation_count;
    const uint32_t index = lab->cpu.launch % lab->operation_count;
    const struct launch *launch = &state->launches[index];
    const struct lab_cpu_share share = lab_cpu_share_of(&lab->cpu, program, launch->entry.count);
    const struct task task = {
        .lab = lab,
        .entry = &launch->entry,
        .program = program,
        .layer = launch->layer,
        .t = t,
        .first = share.first,
        .last = share.last,
    };
    const uint64_t before_ns = lab->own[program].ended_ns, now_ns = lab_cpu_mark(&lab->cpu);
    lab_model_operation_begin(lab, program, t, index, before_ns > 0 ? now_ns - before_ns : 0);
    launch->entry.run(&task);
    lab_model_operation_end(lab, program, t, index);
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
    struct state *state = state_alloc(sizeof *state, "cpu_model_per_op", error);
    struct launch *launches = state_alloc(operations * sizeof *launches, "cpu_model_per_op", error);
    if (state && launches && lab_model_open(&state->lab, setup, operations, error)) {
        state->launches = launches;
        list_operations(state);
        lab_cpu_launch_often(&state->lab.cpu, run_share, state->lab.cpu.seq_len * operations);
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

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = lab_model_describe,
    .submit = lab_model_submit,
    .poll = lab_model_poll,
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
    .why = "A layer has sixteen operations, and most of them take less time than the launch that "
           "starts them.",
    .knobs = LAB_MODEL_KNOBS,
    .ops = &ops,
};
