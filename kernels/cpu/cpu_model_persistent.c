/*
 * cpu_model_persistent - the threads stay for all tokens, and a layer is five fused operations.
 *
 * Two things differ from cpu_model_per_op. First, one submission starts all tokens. Threads
 * synchronise at a barrier in user space after each operation, and the next step takes the chosen
 * token from memory, without the host. Second, operations are fused, so a layer has only five
 * barriers: one wherever a thread needs the results of all other threads. The operations are
 *
 *     - QKV: every thread normalises x itself, then multiplies its rows of Wq, Wk and Wv.
 *     - attention, per (sequence, K/V head): q/k norm, RoPE, append, softmax over its rows.
 *     - O: a thread multiplies its rows of Wo and adds the products to x.
 *     - gate, up: every thread normalises x itself, then multiplies its rows of both matrices and
 *       applies SiLU and the product.
 *     - down: a thread multiplies its rows of Wdown and adds the products to x.
 *
 * and, at the end of a step, the head with each thread's share of the argmax. A norm that every
 * thread repeats is cheaper than a barrier: it reads a few kilobytes that all threads need anyway.
 *
 * In the breakdown with PHASES: the barrier wait falls to the time in which threads wait for the
 * slowest thread. The rest is the time to read the weights; see the floor.
 *
 * Predicted: for `tiny`, most of a step is launches, so a step should be several times shorter. For
 * llama-1b, whose weights take a fifth of a second to read, it should be a few per cent shorter.
 * Measured on two cores of an EPYC (a virtual machine, AVX-512), `tiny`, CONTEXT 1024, THREADS 1:
 * on an idle machine, a step's p50 falls from 3.7 to 0.40 ms at BATCH 1 and from 7.1 to 3.1 ms at
 * BATCH 8, because a sleeping virtual core takes 50 us to wake. With other load, which keeps the
 * cores awake, it falls from 0.90 to 0.33 ms and from 2.9 to 2.4 ms. The prediction for llama-1b
 * could not be tested, because the other load varied by more than that.
 */
#include "cpu.h"
#include "lab_model.h"

#include <stdio.h>
#include <stdlib.h>

/* A layer's operations. */
enum { OP_QKV, OP_ATTENTION, OP_O, OP_GATE_UP, OP_DOWN, OPS };

struct state {
    struct lab_model lab;
    struct barrier barrier; /* threads synchronise after each operation */
};

/* ---- the operations ------------------------------------------------------------------------- */

static struct lab_cpu_share share_of(const struct state *state, uint32_t program, uint32_t count)
{
    return lab_cpu_share_of(&state->lab.cpu, program, count);
}

/* Normalises x of all sequences into the program's own copy. */
static float *normalise(const struct state *state, uint32_t program, enum model_tensor norm,
                        uint32_t layer)
{
    const struct lab_model *lab = &state->lab;
    const size_t hidden = lab->shape.config.hidden;
    float *n = lab->scratch[program].n;
    for (uint32_t b = 0; b < lab->shape.batch; b++)
        lab_model_norm(lab, norm, layer, lab->x + b * hidden, n + b * hidden);
    return n;
}

/* Returns the token that the previous step chose. Every program finds it itself; program 0 also
 * stores it. */
static uint32_t take_token(const struct state *state, uint32_t program, uint32_t b, uint32_t t)
{
    const struct lab_model *lab = &state->lab;
    if (t == 0)
        return lab_model_token(lab, b, 0);
    const uint32_t token = lab_model_find_best(lab, b);
    if (program == 0)
        lab->tokens[b * lab->shape.seq_len + t - 1] = token;
    return token;
}

/* Begins a step. Every program needs all of x at once, so it computes its own normalised copy, and
 * stores only its share of x. */
static float *embed(const struct state *state, uint32_t program, uint32_t t)
{
    const struct lab_model *lab = &state->lab;
    const uint32_t hidden = lab->shape.config.hidden;
    const struct lab_cpu_share share = share_of(state, program, hidden);
    float *n = lab->scratch[program].n;
    for (uint32_t b = 0; b < lab->shape.batch; b++) {
        float *row = n + (size_t)b * hidden;
        lab_model_embed(lab, take_token(state, program, b, t), 0, hidden, row);
        memcpy(lab->x + (size_t)b * hidden + share.first, row + share.first,
               (share.last - share.first) * sizeof *row);
        lab_model_norm(lab, MODEL_ATTENTION_NORM, 0, row, row);
    }
    return n;
}

/* Multiplies a matrix that starts at row `begin` of a stack of matrices. Computes only the rows of
 * the matrix that are in `share`, which numbers the rows of the stack. */
static void run_rows(const struct state *state, enum model_tensor tensor, uint32_t layer,
                     const float *in, uint32_t begin, struct lab_cpu_share share, float *out)
{
    const uint32_t count = model_size_of(&state->lab.shape.config, tensor).rows;
    const uint32_t from = share.first > begin ? share.first - begin : 0;
    const uint32_t end = share.last > begin ? share.last - begin : 0;
    const uint32_t to = end < count ? end : count;
    lab_model_multiply(&state->lab, tensor, layer, in, from, to, out, count);
}

static void run_qkv(const struct state *state, uint32_t program, uint32_t layer, uint32_t t)
{
    const struct lab_model *lab = &state->lab;
    const struct model_config *config = &lab->shape.config;
    const uint32_t q_rows = config->heads * config->head_dim, kv_rows = model_kv_columns(config);
    const struct lab_cpu_share share = share_of(state, program, q_rows + 2 * kv_rows);
    const float *n = layer == 0 ? embed(state, program, t)
                                : normalise(state, program, MODEL_ATTENTION_NORM, layer);
    run_rows(state, MODEL_WQ, layer, n, 0, share, lab->q);
    run_rows(state, MODEL_WK, layer, n, q_rows, share, lab->kv[ATTENTION_K]);
    run_rows(state, MODEL_WV, layer, n, q_rows + kv_rows, share, lab->kv[ATTENTION_V]);
}

/* Applies q/k norm and RoPE to a head. */
static void rotate_head(const struct lab_model *lab, enum model_tensor norm, uint32_t layer,
                        uint32_t t, float *head)
{
    if (lab->shape.config.qk_norm)
        lab_model_norm(lab, norm, layer, head, head);
    lab_model_rope(lab, t, head);
}

static void run_attention(const struct state *state, uint32_t program, uint32_t layer, uint32_t t)
{
    const struct lab_model *lab = &state->lab;
    const struct model_config *config = &lab->shape.config;
    const uint32_t group = config->heads / config->kv_heads, head_dim = config->head_dim;
    const struct lab_cpu_share share = share_of(state, program, lab->units);
    for (uint32_t unit = share.first; unit < share.last; unit++) {
        for (uint32_t h = 0; h < group; h++)
            rotate_head(lab, MODEL_Q_NORM, layer, t,
                        lab->q + ((size_t)unit * group + h) * head_dim);
        rotate_head(lab, MODEL_K_NORM, layer, t, lab->kv[ATTENTION_K] + (size_t)unit * head_dim);
        lab_model_append(lab, layer, unit, t);
        lab_model_attend(lab, program, layer, unit, t);
    }
}

/* Multiplies a program's rows of a matrix and adds the products to x. */
static void run_added(const struct state *state, uint32_t program, enum model_tensor tensor,
                      uint32_t layer, const float *in)
{
    const struct lab_model *lab = &state->lab;
    const uint32_t hidden = lab->shape.config.hidden;
    const struct lab_cpu_share share = share_of(state, program, hidden);
    lab_model_multiply(lab, tensor, layer, in, share.first, share.last, lab->sum, hidden);
    lab_model_add(lab, share.first, share.last);
}

static void run_gate_up(const struct state *state, uint32_t program, uint32_t layer)
{
    const struct lab_model *lab = &state->lab;
    const uint32_t mlp = lab->shape.config.mlp;
    const struct lab_cpu_share share = share_of(state, program, mlp);
    const float *n = normalise(state, program, MODEL_MLP_NORM, layer);
    lab_model_multiply(lab, MODEL_WGATE, layer, n, share.first, share.last, lab->gate, mlp);
    lab_model_multiply(lab, MODEL_WUP, layer, n, share.first, share.last, lab->up, mlp);
    lab_model_activate(lab, share.first, share.last);
}

static void run_head(const struct state *state, uint32_t program, uint32_t t)
{
    const struct lab_model *lab = &state->lab;
    const uint32_t vocabulary = lab->shape.config.vocabulary;
    const struct lab_cpu_share share = share_of(state, program, vocabulary);
    const float *n = normalise(state, program, MODEL_FINAL_NORM, 0);
    lab_model_head(lab, n, t, share.first, share.last);
    lab_model_note_best(lab, program, t, share.first, share.last);
}

static void run_operation(const struct state *state, uint32_t program, uint32_t t, uint32_t index)
{
    const struct lab_model *lab = &state->lab;
    const uint32_t layer = index / OPS;
    if (layer == lab->shape.layers) {
        run_head(state, program, t);
        return;
    }
    switch (index % OPS) {
    case OP_QKV:
        run_qkv(state, program, layer, t);
        break;
    case OP_ATTENTION:
        run_attention(state, program, layer, t);
        break;
    case OP_O:
        run_added(state, program, MODEL_WO, layer, lab->attended);
        break;
    case OP_GATE_UP:
        run_gate_up(state, program, layer);
        break;
    default:
        run_added(state, program, MODEL_WDOWN, layer, lab->up);
        break;
    }
}

/* ---- the programs --------------------------------------------------------------------------- */

/* Waits at the barrier before operation `number` of the iteration; operation 0 needs none. False:
 * the iteration was stopped. */
static bool synchronise(struct state *state, uint32_t number)
{
    const struct lab_cpu *cpu = &state->lab.cpu;
    if (number > 0 && !barrier_wait(&state->barrier, number, cpu->spin_ns))
        return false;
    if (!stop_requested(cpu->stop))
        return true;
    barrier_break(&state->barrier);
    return false;
}

static void run_steps(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_model *lab = &state->lab;
    uint32_t number = 0;
    for (uint32_t t = 0; t < lab->cpu.seq_len; t++)
        for (uint32_t index = 0; index < lab->operation_count; index++, number++) {
            const uint64_t mark_ns = lab_cpu_mark(&lab->cpu);
            if (!synchronise(state, number))
                return;
            lab_model_operation_begin(lab, program, t, index,
                                      number > 0 ? lab_cpu_mark(&lab->cpu) - mark_ns : 0);
            run_operation(state, program, t, index);
            lab_model_operation_end(lab, program, t, index);
        }
    if (synchronise(state, number) && program == 0)
        for (uint32_t b = 0; b < lab->shape.batch; b++)
            take_token(state, program, b, lab->cpu.seq_len);
}

/* ---- the host ------------------------------------------------------------------------------- */

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    barrier_reset(&state->barrier, state->lab.cpu.threads);
    return lab_model_submit(state, look, error);
}

static uint32_t count_operations(const struct model_config *config, uint32_t layers)
{
    (void)config;
    return layers * OPS + 1;
}

static void list_operations(struct lab_model *lab)
{
    static const char *const names[OPS] = {"QKV", "attention", "O", "gate, up", "down"};
    for (uint32_t i = 0; i < lab->operation_count; i++) {
        const bool head = i == lab->shape.layers * OPS;
        lab->operations[i] = (struct operation){.layer = head ? OPERATION_NO_LAYER : i / OPS};
        snprintf(lab->operations[i].name, sizeof lab->operations[i].name, "%s",
                 head ? "head" : names[i % OPS]);
    }
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    return lab_model_plan(knobs, device, LAB_CPU_RESIDENT_SPIN_NS, count_operations, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    const struct model_shape shape = model_shape_of(&setup->plan->used);
    const uint32_t operations = count_operations(&shape.config, shape.layers);
    struct state *state = state_alloc(sizeof *state, "cpu_model_persistent", error);
    if (state && lab_model_open(&state->lab, setup, operations, error)) {
        state->lab.cpu.body = run_steps;
        list_operations(&state->lab);
        return state;
    }
    free(state);
    return NULL;
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    .release = lab_cpu_release,
    .describe = lab_model_describe,
    .submit = submit,
    .poll = lab_model_poll,
    .poison = lab_model_poison,
    .count_nan = lab_model_count_nan,
    .output = lab_model_output,
};

const struct variant cpu_model_persistent = {
    .name = "cpu_model_persistent",
    .file = "cpu/cpu_model_persistent.c",
    .target = "model_decode",
    .workload = &workload_model,
    .backend = BACKEND_CPU,
    .rung = 2,
    .after = "cpu_model_per_op",
    .title = "Persistent threads; five fused operations per layer",
    .why = "Fuse operations until each one left needs the results of all threads, and synchronise "
           "persistent threads at a barrier.",
    .knobs = LAB_MODEL_KNOBS,
    .ops = &ops,
};
