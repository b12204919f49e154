#include "lab_model.h"
#include "../attention_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define LOG2_E 1.44269504f
#define TILE   64u /* cache rows per tile of attend.h */

#define LANES 16u

typedef float lanes __attribute__((vector_size(LANES * 4), may_alias, aligned(4)));

/* ---- memory --------------------------------------------------------------------------------- */

/* Takes the next `bytes` of the block at `base` and advances *at by whole cache lines. base NULL:
 * only advances, and returns NULL. */
static void *take(char *base, uint64_t *at, uint64_t bytes)
{
    void *taken = base ? base + *at : NULL;
    *at += lab_cpu_lines(bytes);
    return taken;
}

static float *take_floats(char *base, uint64_t *at, uint64_t count)
{
    return take(base, at, count * sizeof(float));
}

static void take_scratch(struct lab_model *lab, char *base, uint64_t *at,
                         struct lab_model_scratch *scratch)
{
    const struct model_config *config = &lab->shape.config;
    const uint64_t group = config->heads / config->kv_heads;
    const struct lab_model_scratch taken = {
        .n = take_floats(base, at, (uint64_t)lab->shape.batch * config->hidden),
        .queries = take_floats(base, at, group * config->head_dim),
        .sums = {.most = take_floats(base, at, group),
                 .weight = take_floats(base, at, group),
                 .out = take_floats(base, at, group * config->head_dim)},
    };
    if (scratch)
        *scratch = taken;
}

/* Places all tensors in the block at `base`. base NULL: only counts. Returns their bytes. */
static uint64_t place(struct lab_model *lab, const struct knobs *knobs, uint32_t operations,
                      char *base)
{
    const struct model_shape *shape = &lab->shape;
    const struct model_config *config = &shape->config;
    const uint64_t batch = shape->batch, steps = batch * shape->seq_len;
    const uint64_t threads = (uint64_t)knobs->threads;
    uint64_t at = 0;
    for (enum model_tensor tensor = 0; tensor < MODEL_TENSORS; tensor++) {
        const struct model_size size = model_size_of(config, tensor);
        const uint64_t layers = tensor < MODEL_ATTENTION_NORM ? 1 : shape->layers;
        lab->weights[tensor] =
            take(base, &at, layers * size.rows * size.columns * sizeof(uint16_t));
    }
    for (int side = 0; side < 2; side++) {
        lab->cache[side] = take(base, &at, model_cache_bytes(shape) / 2);
        lab->kv[side] = take_floats(base, &at, batch * model_kv_columns(config));
    }
    lab->logits = take_floats(base, &at, steps * config->vocabulary);
    lab->tokens = take(base, &at, steps * sizeof *lab->tokens);
    lab->rope = take_floats(base, &at, (uint64_t)shape->seq_len * config->head_dim);
    lab->x = take_floats(base, &at, batch * config->hidden);
    lab->n = take_floats(base, &at, batch * config->hidden);
    lab->sum = take_floats(base, &at, batch * config->hidden);
    lab->q = take_floats(base, &at, batch * config->heads * config->head_dim);
    lab->attended = take_floats(base, &at, batch * config->heads * config->head_dim);
    lab->gate = take_floats(base, &at, batch * config->mlp);
    lab->up = take_floats(base, &at, batch * config->mlp);
    lab->best = take(base, &at, threads * sizeof *lab->best);
    lab->own = take(base, &at, threads * sizeof *lab->own);
    lab->scratch = take(base, &at, threads * sizeof *lab->scratch);
    for (uint64_t program = 0; program < threads; program++)
        take_scratch(lab, base, &at, base ? &lab->scratch[program] : NULL);
    lab->operations = take(base, &at, operations * sizeof *lab->operations);
    if (knobs->phases)
        lab->operation_stamps =
            take(base, &at, threads * operations * sizeof *lab->operation_stamps);
    return at;
}

/* Whether all rows are whole vectors, as multiply.h and attend.h need. False: *error is set. */
static bool is_vectorised(const struct model_config *config, struct error *error)
{
    const uint32_t q_columns = config->heads * config->head_dim;
    if (config->head_dim % 32 == 0 && config->hidden % MULTIPLY_COLUMNS == 0 &&
        config->mlp % MULTIPLY_COLUMNS == 0 && q_columns % MULTIPLY_COLUMNS == 0)
        return true;
    return error_set(
        error, ERROR_UNSUPPORTED,
        "this model's rows have %u, %u and %u elements, and its heads %u: CPU variants "
        "need rows of a multiple of %u elements, and heads of a multiple of 32",
        config->hidden, config->mlp, q_columns, config->head_dim, MULTIPLY_COLUMNS);
}

bool lab_model_plan(const struct knobs *knobs, const struct device_info *device, int64_t spin_ns,
                    uint32_t (*operations)(const struct model_config *config, uint32_t layers),
                    struct plan *plan, struct error *error)
{
    lab_cpu_plan(knobs, device, spin_ns, plan);
    if (!model_resolve(&plan->used, MODEL_TINY, error))
        return false;
    struct lab_model lab = {.shape = model_shape_of(&plan->used)};
    const struct model_shape *shape = &lab.shape;
    if (!is_vectorised(&shape->config, error))
        return false;
    const uint64_t tensors =
        place(&lab, &plan->used, operations(&shape->config, shape->layers), NULL);
    /* Verification needs memory for a sequence's output as fp32, and for the reference's as
     * fp64. */
    const uint64_t part = (uint64_t)shape->seq_len * model_output_columns(shape);
    char what[MODEL_SHAPE_TEXT];
    model_print_shape(&plan->used, what);
    return lab_cpu_fits(lab_cpu_bytes(&plan->used, false, tensors) +
                            part * (sizeof(float) + sizeof(double)),
                        device, what, error);
}

/* ---- inputs --------------------------------------------------------------------------------- */

static void make_weights(const struct lab_model *lab, enum model_tensor tensor, uint32_t layer,
                         uint32_t program)
{
    const struct model_size size = model_size_of(&lab->shape.config, tensor);
    const struct lab_cpu_share share = lab_cpu_share_of(&lab->cpu, program, size.rows);
    for (uint32_t row = share.first; row < share.last && !stop_requested(lab->cpu.stop); row++)
        model_weight_row(&lab->shape, tensor, layer, row,
                         lab->weights[tensor] + ((size_t)layer * size.rows + row) * size.columns);
}

static void make_cache(const struct lab_model *lab, uint32_t layer, uint32_t unit)
{
    const struct model_shape *shape = &lab->shape;
    const uint32_t b = unit / shape->config.kv_heads, g = unit % shape->config.kv_heads;
    for (uint32_t row = 0; row < shape->context && !stop_requested(lab->cpu.stop); row++)
        for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++)
            model_cache_row(shape, side, layer, unit, row,
                            lab->cache[side] + model_cache_offset(shape, layer, b, g, row));
}

/* Generates a program's share of the inputs: the rows that it will read. */
static void make_inputs(void *argument, uint32_t program)
{
    const struct lab_model *lab = argument;
    const struct model_shape *shape = &lab->shape;
    const struct lab_cpu_share units = lab_cpu_share_of(&lab->cpu, program, lab->units);
    for (enum model_tensor tensor = 0; tensor < MODEL_TENSORS; tensor++)
        for (uint32_t layer = 0; layer < (tensor < MODEL_ATTENTION_NORM ? 1 : shape->layers);
             layer++)
            make_weights(lab, tensor, layer, program);
    for (uint32_t layer = 0; layer < shape->layers; layer++)
        for (uint32_t unit = units.first; unit < units.last; unit++)
            make_cache(lab, layer, unit);
}

static void make_rope(const struct lab_model *lab)
{
    const struct model_shape *shape = &lab->shape;
    const uint32_t half = shape->config.head_dim / 2;
    double frequencies[MODEL_HEAD_DIM_MOST / 2];
    float *rope = lab->rope;
    model_rope_frequencies(&shape->config, frequencies);
    for (uint32_t t = 0; t < shape->seq_len; t++)
        for (uint32_t d = 0; d < half; d++) {
            const double angle = (shape->context + t) * frequencies[d];
            *rope++ = (float)cos(angle);
            *rope++ = (float)sin(angle);
        }
}

bool lab_model_open(struct lab_model *lab, const struct setup *setup, uint32_t operations,
                    struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    *lab = (struct lab_model){
        .shape = model_shape_of(knobs),
        .multiply = multiply_path(dot_path_chosen()),
        .attend = attend_path(dot_path_chosen(), DTYPE_BF16),
        .operation_count = operations,
    };
    lab->units = lab->shape.batch * lab->shape.config.kv_heads;
    const uint64_t bytes = place(lab, knobs, operations, NULL);
    if (!lab_cpu_open(&lab->cpu, setup, false, bytes, error))
        return false;
    place(lab, knobs, operations, lab->cpu.memory);
    make_rope(lab);
    return lab_cpu_make_inputs(&lab->cpu, make_inputs, lab, error);
}

void lab_model_describe(const void *state, struct facts *facts)
{
    const struct lab_model *lab = state;
    lab_cpu_describe(state, facts);
    facts->operations = lab->operations;
    facts->operation_count = lab->operation_count;
}

/* ---- the parts of a step -------------------------------------------------------------------- */

void lab_model_multiply(const struct lab_model *lab, enum model_tensor tensor, uint32_t layer,
                        /* NOLINTNEXTLINE(readability-non-const-parameter): it is written */
                        const float *in, uint32_t first, uint32_t last, float *out,
                        size_t out_stride)
{
    const struct model_size size = model_size_of(&lab->shape.config, tensor);
    const struct multiply multiply = {
        .rows = lab->weights[tensor] + ((size_t)layer * size.rows + first) * size.columns,
        .x = in,
        .out = out + first,
        .count = last - first,
        .columns = size.columns,
        .batch = lab->shape.batch,
        .x_stride = size.columns,
        .out_stride = out_stride,
    };
    if (first < last)
        lab->multiply(&multiply);
}

void lab_model_norm(const struct lab_model *lab, enum model_tensor tensor, uint32_t layer,
                    const float *in, float *out)
{
    const uint32_t columns = model_size_of(&lab->shape.config, tensor).columns;
    const uint16_t *weights = lab->weights[tensor] + (size_t)layer * columns;
    lanes squares = {0};
    float sum = 0;
    for (uint32_t i = 0; i < columns; i += LANES) {
        const lanes x = *(const lanes *)(in + i);
        squares += x * x;
    }
    for (uint32_t i = 0; i < LANES; i++)
        sum += squares[i];
    const float scale = 1 / sqrtf(sum / (float)columns + (float)lab->shape.config.norm_epsilon);
    for (uint32_t i = 0; i < columns; i++)
        out[i] = in[i] * scale * attention_from_bf16(weights[i]);
}

void lab_model_rope(const struct lab_model *lab, uint32_t t, float *head)
{
    const uint32_t head_dim = lab->shape.config.head_dim, half = head_dim / 2;
    const float *rope = lab->rope + (size_t)t * head_dim;
    for (uint32_t d = 0; d < half; d++, rope += 2) {
        const float low = head[d], high = head[d + half];
        head[d] = low * rope[0] - high * rope[1];
        head[d + half] = high * rope[0] + low * rope[1];
    }
}

void lab_model_embed(const struct lab_model *lab, uint32_t token, uint32_t first, uint32_t last,
                     float *x)
{
    const uint16_t *row = lab->weights[MODEL_EMBEDDING] + (size_t)token * lab->shape.config.hidden;
    for (uint32_t i = first; i < last; i++)
        x[i] = attention_from_bf16(row[i]);
}

void lab_model_append(const struct lab_model *lab, uint32_t layer, uint32_t unit, uint32_t t)
{
    const struct model_shape *shape = &lab->shape;
    const uint32_t head_dim = shape->config.head_dim;
    const uint32_t b = unit / shape->config.kv_heads, g = unit % shape->config.kv_heads;
    for (int side = 0; side < 2; side++) {
        const float *from = lab->kv[side] + (size_t)unit * head_dim;
        uint16_t *to =
            lab->cache[side] + model_cache_offset(shape, layer, b, g, shape->context + t);
        for (uint32_t d = 0; d < head_dim; d++)
            to[d] = attention_to_bf16(from[d]);
    }
}

void lab_model_attend(const struct lab_model *lab, uint32_t program, uint32_t layer, uint32_t unit,
                      uint32_t t)
{
    const struct model_shape *shape = &lab->shape;
    const struct model_config *config = &shape->config;
    const struct lab_model_scratch *scratch = &lab->scratch[program];
    const uint32_t b = unit / config->kv_heads, g = unit % config->kv_heads;
    const uint32_t group = config->heads / config->kv_heads, head_dim = config->head_dim;
    const float scale = LOG2_E / sqrtf((float)head_dim);
    const size_t queries = (size_t)unit * group * head_dim; /* a unit's query heads are adjacent */
    for (uint32_t i = 0; i < group * head_dim; i++)
        scratch->queries[i] = lab->q[queries + i] * scale;
    const struct attend attend = {
        .queries = scratch->queries,
        .k = lab->cache[ATTENTION_K] + model_cache_offset(shape, layer, b, g, 0),
        .v = lab->cache[ATTENTION_V] + model_cache_offset(shape, layer, b, g, 0),
        .rows = shape->context + t + 1,
        .tile = TILE,
        .group = group,
        .head_dim = head_dim,
        .sums = scratch->sums,
    };
    lab->attend(&attend);
    for (uint32_t i = 0; i < group * head_dim; i++)
        lab->attended[queries + i] = attend.sums.out[i] / attend.sums.weight[i / head_dim];
}

void lab_model_activate(const struct lab_model *lab, uint32_t first, uint32_t last)
{
    const size_t mlp = lab->shape.config.mlp;
    for (uint32_t b = 0; b < lab->shape.batch; b++)
        for (size_t i = b * mlp + first; i < b * mlp + last; i++)
            lab->up[i] *= lab->gate[i] / (1 + expf(-lab->gate[i]));
}

void lab_model_add(const struct lab_model *lab, uint32_t first, uint32_t last)
{
    const size_t hidden = lab->shape.config.hidden;
    for (uint32_t b = 0; b < lab->shape.batch; b++)
        for (size_t i = b * hidden + first; i < b * hidden + last; i++)
            lab->x[i] += lab->sum[i];
}

void lab_model_head(const struct lab_model *lab, const float *in, uint32_t t, uint32_t first,
                    uint32_t last)
{
    const struct model_config *config = &lab->shape.config;
    lab_model_multiply(lab, model_head_of(config), 0, in, first, last,
                       lab->logits + (size_t)t * config->vocabulary,
                       (size_t)lab->shape.seq_len * config->vocabulary);
}

/* The index of the largest of logits [first, last) of sequence b after step t; of equal logits, the
 * lowest index. */
static uint32_t best_of(const struct lab_model *lab, uint32_t b, uint32_t t, uint32_t first,
                        uint32_t last)
{
    const float *logits =
        lab->logits + ((size_t)b * lab->shape.seq_len + t) * lab->shape.config.vocabulary;
    uint32_t best = first;
    for (uint32_t i = first + 1; i < last; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

void lab_model_choose(const struct lab_model *lab, uint32_t b, uint32_t t)
{
    lab->tokens[b * lab->shape.seq_len + t] = best_of(lab, b, t, 0, lab->shape.config.vocabulary);
}

void lab_model_note_best(const struct lab_model *lab, uint32_t program, uint32_t t, uint32_t first,
                         uint32_t last)
{
    const struct model_shape *shape = &lab->shape;
    struct lab_model_best *best = &lab->best[program];
    for (uint32_t b = 0; b < shape->batch; b++) {
        const float *logits =
            lab->logits + ((size_t)b * shape->seq_len + t) * shape->config.vocabulary;
        best->token[b] = best_of(lab, b, t, first, last);
        best->logit[b] = first < last ? logits[best->token[b]] : -INFINITY;
    }
}

uint32_t lab_model_find_best(const struct lab_model *lab, uint32_t b)
{
    uint32_t program = 0; /* the first program of several equal logits has the lowest index */
    for (uint32_t i = 1; i < lab->cpu.threads; i++)
        if (lab->best[i].logit[b] > lab->best[program].logit[b])
            program = i;
    return lab->best[program].token[b];
}

/* ---- stamps --------------------------------------------------------------------------------- */

bool lab_model_submit(void *state, enum look look, struct error *error)
{
    const struct lab_model *lab = state;
    for (uint32_t program = 0; program < lab->cpu.threads; program++) {
        struct lab_model_own *own = &lab->own[program];
        atomic_store_explicit(&own->beats, 0, memory_order_relaxed);
        own->begin_ns = own->ended_ns = own->waited_ns = 0;
    }
    return lab_cpu_submit(state, look, error);
}

/* The stamp of an operation; NULL: it is not stamped, because t is not the last step or PHASES is
 * off. */
static struct operation_stamp *operation_stamp(const struct lab_model *lab, uint32_t program,
                                               uint32_t t, uint32_t index)
{
    return lab->cpu.phased && lab->operation_stamps && t + 1 == lab->cpu.seq_len
               ? &lab->operation_stamps[(size_t)program * lab->operation_count + index]
               : NULL;
}

void lab_model_operation_begin(struct lab_model *lab, uint32_t program, uint32_t t, uint32_t index,
                               uint64_t waited_ns)
{
    struct lab_model_own *own = &lab->own[program];
    struct operation_stamp *stamp = operation_stamp(lab, program, t, index);
    const uint64_t now_ns = index == 0 || stamp ? lab_cpu_now(&lab->cpu) : 0;
    own->waited_ns += waited_ns;
    if (index == 0)
        own->begin_ns = now_ns;
    if (stamp)
        *stamp = (struct operation_stamp){
            .begin_ns = now_ns,
            .waits.barrier_ns = waited_ns < UINT32_MAX ? (uint32_t)waited_ns : UINT32_MAX};
}

void lab_model_operation_end(struct lab_model *lab, uint32_t program, uint32_t t, uint32_t index)
{
    struct lab_model_own *own = &lab->own[program];
    struct operation_stamp *stamp = operation_stamp(lab, program, t, index);
    const bool last = index + 1 == lab->operation_count;
    const uint64_t now_ns = last || stamp ? lab_cpu_now(&lab->cpu) : 0;
    if (stamp)
        stamp->end_ns = now_ns;
    if (last) {
        lab_cpu_phase(&lab->cpu, program, t, own->waited_ns);
        own->waited_ns = 0;
        lab_cpu_stamp(&lab->cpu, program, t, own->begin_ns, now_ns);
        lab_cpu_publish(&lab->cpu, program, t + 1);
    }
    own->ended_ns = lab_cpu_mark(&lab->cpu);
    atomic_store_explicit(&own->beats, atomic_load_explicit(&own->beats, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

enum poll_state lab_model_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                               struct error *error)
{
    const struct lab_model *lab = state;
    const enum poll_state result = lab_cpu_poll(state, wait_ns, batch, error);
    batch->heartbeat = 0;
    for (uint32_t program = 0; program < lab->cpu.threads; program++)
        batch->heartbeat += atomic_load_explicit(&lab->own[program].beats, memory_order_relaxed);
    if (result == POLL_DONE && lab->cpu.phased && batch->rows_run == lab->cpu.seq_len)
        batch->operations = lab->operation_stamps;
    return result;
}

/* ---- the output ----------------------------------------------------------------------------- */

static size_t head_rows_elements(const struct lab_model *lab)
{
    return (size_t)lab->shape.seq_len * lab->shape.config.head_dim;
}

/* Returns the K or V rows that the steps append to a unit in a layer. They are adjacent. */
static uint16_t *new_rows(const struct lab_model *lab, int side, uint32_t layer, uint32_t unit)
{
    const struct model_shape *shape = &lab->shape;
    return lab->cache[side] + model_cache_offset(shape, layer, unit / shape->config.kv_heads,
                                                 unit % shape->config.kv_heads, shape->context);
}

void lab_model_poison(void *state)
{
    const struct lab_model *lab = state;
    const struct model_shape *shape = &lab->shape;
    const size_t steps = (size_t)shape->batch * shape->seq_len;
    const uint32_t poison = POISON_FP32;
    for (size_t i = 0; i < steps * shape->config.vocabulary; i++)
        memcpy(&lab->logits[i], &poison, sizeof poison);
    for (size_t i = 0; i < steps; i++)
        lab->tokens[i] = UINT32_MAX;
    for (int side = 0; side < 2; side++)
        for (uint32_t layer = 0; layer < shape->layers; layer++)
            for (uint32_t unit = 0; unit < lab->units; unit++)
                for (size_t i = 0; i < head_rows_elements(lab); i++)
                    new_rows(lab, side, layer, unit)[i] = POISON_BF16;
}

uint64_t lab_model_count_nan(const void *state)
{
    const struct lab_model *lab = state;
    const struct model_shape *shape = &lab->shape;
    const size_t steps = (size_t)shape->batch * shape->seq_len;
    uint64_t count = 0;
    for (size_t i = 0; i < steps * shape->config.vocabulary; i++)
        count += isnan(lab->logits[i]) != 0;
    for (size_t i = 0; i < steps; i++)
        count += lab->tokens[i] == UINT32_MAX;
    for (int side = 0; side < 2; side++)
        for (uint32_t layer = 0; layer < shape->layers; layer++)
            for (uint32_t unit = 0; unit < lab->units; unit++)
                for (size_t i = 0; i < head_rows_elements(lab); i++)
                    count += (new_rows(lab, side, layer, unit)[i] & 0x7FFF) > 0x7F80;
    return count;
}

void lab_model_output(const void *state, uint32_t part, float *rows)
{
    const struct lab_model *lab = state;
    const struct model_shape *shape = &lab->shape;
    const struct model_config *config = &shape->config;
    for (uint32_t t = 0; t < shape->seq_len; t++, rows += model_output_columns(shape)) {
        const size_t step = (size_t)part * shape->seq_len + t;
        const uint32_t token = lab->tokens[step];
        rows[MODEL_OUTPUT_TOKEN] = token == UINT32_MAX ? NAN : (float)token;
        memcpy(rows + MODEL_OUTPUT_LOGITS, lab->logits + step * config->vocabulary,
               config->vocabulary * sizeof *rows);
        for (uint32_t layer = 0; layer < shape->layers; layer++)
            for (int side = 0; side < 2; side++)
                for (uint32_t g = 0; g < config->kv_heads; g++)
                    attention_load(DTYPE_BF16,
                                   new_rows(lab, side, layer, part * config->kv_heads + g) +
                                       (size_t)t * config->head_dim,
                                   config->head_dim,
                                   rows +
                                       model_output_row(shape, layer, (enum attention_side)side) +
                                       (size_t)g * config->head_dim);
    }
}
