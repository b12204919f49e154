/*
 * model_flow.h - a step of the persistent GPU kernels of `model` as data flow, without a GPU: which
 * words each phase of each program reads and writes, and a scheduler that runs a phase as soon as
 * the words that it reads are present.
 *
 * The kernels' rules (kernels/cuda/model_words.cuh): a word is missing until its writer stores it;
 * a phase polls the words that it reads; the writer of a word marks the same word of the next step
 * as missing; a barrier of all programs ends a step.
 *
 *     struct flow flow;
 *     flow_open(&flow, &shape, splits, programs);
 *     const char *fault = flow_run(&flow, steps, order, seed);
 *     flow_close(&flow);
 */
#pragma once

#include "../../kernels/plan/model_plan.h"
#include "random.h"
#include "unit.h"

#define FLOW_NONE UINT64_MAX

/* Activations of a layer. There are partials only if attention has splits. */
enum flow_kind {
    FLOW_RAW,
    FLOW_MIXED,
    FLOW_PARTIALS,
    FLOW_AFTER_ATTENTION,
    FLOW_INNER,
    FLOW_AFTER_MLP,
    FLOW_KINDS
};

/* Which of several runnable programs is next. */
enum flow_order { FLOW_FIRST, FLOW_LAST, FLOW_LAST_FAR, FLOW_ROTATING, FLOW_RANDOM, FLOW_ORDERS };

/* The part of the protocol that a simulation leaves out. The simulation must then find a fault. */
enum flow_fault { FLOW_RIGHT, FLOW_NO_BARRIER, FLOW_NO_PARITY, FLOW_NO_RESET };

/* How many words of one kind are present in one set. */
struct flow_filled {
    uint64_t present;
    uint64_t fresh; /* words that step `step` wrote */
    uint32_t step;
};

struct flow_program {
    uint32_t t, phase;  /* the step, and its next phase */
    bool combines;      /* in attention: the program has written its partials */
    uint64_t waits_for; /* a word that was missing at the last poll; FLOW_NONE: none */
};

struct flow {
    struct gpu_model m;
    struct model_layout layout;
    uint32_t programs, phases, sets;
    enum flow_fault left_out;
    uint32_t *words; /* [all]; 0: missing; otherwise 1 + the step that wrote the word */
    uint64_t all;
    struct flow_filled *filled; /* [sets][FLOW_KINDS] */
    struct flow_program *program;
    uint32_t slowest;  /* the step of the program that is furthest behind */
    const char *fault; /* the first one; NULL: none */
};

/* ---- words ----------------------------------------------------------------------------------- */

/* Words of one kind in a set. */
static inline uint64_t flow_size(const struct flow *flow, enum flow_kind kind)
{
    const struct gpu_model *m = &flow->m;
    switch (kind) {
    case FLOW_RAW:
        return (uint64_t)m->batch * model_raw_rows(m);
    case FLOW_MIXED:
        return (uint64_t)m->batch * m->heads * m->head_dim / 2;
    case FLOW_PARTIALS:
        return m->splits == 1 ? 0 : model_partial_words(m->batch, m->heads, m->head_dim, m->splits);
    case FLOW_INNER:
        return (uint64_t)m->batch * m->mlp / 2;
    default:
        return (uint64_t)m->batch * m->hidden;
    }
}

/* The first word of one kind in a set. x has two rows of activations per set. */
static inline uint64_t flow_at(const struct flow *flow, enum flow_kind kind, uint32_t set)
{
    const struct model_layout *layout = &flow->layout;
    const uint64_t at[FLOW_KINDS] = {
        [FLOW_RAW] = layout->raw,           [FLOW_MIXED] = layout->mixed,
        [FLOW_PARTIALS] = layout->partials, [FLOW_AFTER_ATTENTION] = layout->x,
        [FLOW_INNER] = layout->inner,       [FLOW_AFTER_MLP] = layout->x,
    };
    const uint64_t words = flow_size(flow, kind);
    const uint64_t before = kind == FLOW_AFTER_ATTENTION ? 2 * set
                            : kind == FLOW_AFTER_MLP     ? 2 * set + 1
                                                         : set;
    return (at[kind] - layout->words) / sizeof(uint32_t) + before * words;
}

static inline void flow_fail(struct flow *flow, const char *fault)
{
    if (flow->fault == NULL)
        flow->fault = fault;
}

static inline uint32_t flow_set(const struct flow *flow, uint32_t t, uint32_t layer)
{
    return flow->left_out == FLOW_NO_PARITY ? layer : model_set_of(&flow->m, t, layer);
}

/* Writes a word of a layer at step t, and marks the same word of the next step as missing. */
static inline void flow_write(struct flow *flow, enum flow_kind kind, uint32_t t, uint32_t layer,
                              uint64_t word)
{
    const uint32_t set = flow_set(flow, t, layer), next = flow_set(flow, t + 1, layer);
    struct flow_filled *filled = &flow->filled[set * FLOW_KINDS + kind];
    const uint64_t at = flow_at(flow, kind, set) + word;
    if (word >= flow_size(flow, kind) || at >= flow->all) {
        flow_fail(flow, "a word lies outside of its activations");
        return;
    }
    if (flow->words[at] != 0)
        flow_fail(flow, flow->words[at] == t + 1 ? "a word is written twice in a step"
                                                 : "a word is overwritten");
    else
        filled->present++;
    flow->words[at] = t + 1;
    if (filled->step != t)
        *filled = (struct flow_filled){.present = filled->present, .step = t};
    filled->fresh++;
    if (next == set || flow->left_out == FLOW_NO_RESET)
        return;
    const uint64_t other = flow_at(flow, kind, next) + word;
    if (flow->words[other] == 0)
        return;
    if (flow->slowest < flow->words[other])
        flow_fail(flow, "a word is reset while a program may still read it");
    flow->words[other] = 0;
    flow->filled[next * FLOW_KINDS + kind].present--;
}

/* Whether a word is present. */
static inline bool flow_read(struct flow *flow, struct flow_program *program, enum flow_kind kind,
                             uint32_t layer, uint64_t word)
{
    const uint64_t at = flow_at(flow, kind, flow_set(flow, program->t, layer)) + word;
    if (word >= flow_size(flow, kind))
        flow_fail(flow, "a word is read outside of its activations");
    if (flow->words[at] == 0) {
        program->waits_for = at;
        return false;
    }
    if (flow->words[at] != program->t + 1)
        flow_fail(flow, "a word of another step is read");
    return true;
}

/* Whether all words of one kind of a layer are present. */
static inline bool flow_read_all(struct flow *flow, const struct flow_program *program,
                                 enum flow_kind kind, uint32_t layer)
{
    const uint32_t set = flow_set(flow, program->t, layer);
    const struct flow_filled *filled = &flow->filled[set * FLOW_KINDS + kind];
    if (filled->present < flow_size(flow, kind))
        return false;
    if (filled->step != program->t || filled->fresh != filled->present)
        flow_fail(flow, "words of another step are read");
    return true;
}

/* ---- phases ---------------------------------------------------------------------------------- */

static inline uint32_t flow_phase(const struct flow *flow, uint32_t i)
{
    return i + 1 == flow->phases ? (uint32_t)PHASE_HEAD : i % MODEL_LAYER_PHASES;
}

/* Whether all words that model_attend reads are present: the query heads of the part's K/V head
 * and, for the last split, the new rows of K and V. */
static inline bool flow_read_part(struct flow *flow, struct flow_program *program, uint32_t layer,
                                  uint32_t item)
{
    const struct gpu_model *m = &flow->m;
    const uint32_t pair = item / m->splits, b = pair / m->kv_heads, g = pair % m->kv_heads;
    const uint64_t row = (uint64_t)b * model_raw_rows(m);
    for (uint32_t i = 0; i < m->group * m->head_dim; i++)
        if (!flow_read(flow, program, FLOW_RAW, layer, row + g * m->group * m->head_dim + i))
            return false;
    for (uint32_t side = 0; side < 2 && item % m->splits + 1 == m->splits; side++)
        for (uint32_t d = 0; d < m->head_dim; d++)
            if (!flow_read(flow, program, FLOW_RAW, layer,
                           row + (m->heads + side * m->kv_heads + g) * m->head_dim + d))
                return false;
    return true;
}

/* The slice of its head that a part adds up from all splits (model_combine), in units of four
 * elements. */
static inline void flow_slice(const struct gpu_model *m, uint32_t item, uint32_t *from,
                              uint32_t *to)
{
    const uint32_t quads = m->group * m->head_dim / 4, split = item % m->splits;
    *from = quads * split / m->splits;
    *to = quads * (split + 1) / m->splits;
}

static inline bool flow_read_slice(struct flow *flow, struct flow_program *program, uint32_t layer,
                                   uint32_t item)
{
    const struct gpu_model *m = &flow->m;
    const uint32_t quads = m->head_dim / 4, pair = item / m->splits;
    uint32_t from, to;
    flow_slice(m, item, &from, &to);
    for (uint32_t split = 0; split < m->splits; split++)
        for (uint32_t at = from; at < to; at++) {
            const uint64_t head = ((uint64_t)pair * m->splits + split) * m->group + at / quads;
            for (uint32_t i = 0; i < 4; i++)
                if (!flow_read(flow, program, FLOW_PARTIALS, layer,
                               head * (m->head_dim + 4) + at % quads * 4 + i) ||
                    !flow_read(flow, program, FLOW_PARTIALS, layer,
                               head * (m->head_dim + 4) + m->head_dim + i))
                    return false;
        }
    return true;
}

/* Whether all words that the program's next phase reads are present. */
static inline bool flow_runnable(struct flow *flow, uint32_t p)
{
    /* QKV and the head read the x of the previous layer. */
    static const enum flow_kind reads[MODEL_PHASES] = {[PHASE_QKV] = FLOW_AFTER_MLP,
                                                       [PHASE_OUT] = FLOW_MIXED,
                                                       [PHASE_GATE_UP] = FLOW_AFTER_ATTENTION,
                                                       [PHASE_DOWN] = FLOW_INNER,
                                                       [PHASE_HEAD] = FLOW_AFTER_MLP};
    struct flow_program *program = &flow->program[p];
    const uint32_t phase = flow_phase(flow, program->phase);
    const uint32_t layer = program->phase / MODEL_LAYER_PHASES;
    const struct model_share share = model_share_of(&flow->m, phase, flow->programs, p);
    if (program->waits_for != FLOW_NONE && flow->words[program->waits_for] == 0)
        return false;
    program->waits_for = FLOW_NONE;
    if (share.count == 0 || program->phase == 0) /* the first phase reads the embedding */
        return true;
    if (phase != PHASE_ATTENTION)
        return flow_read_all(flow, program, reads[phase],
                             reads[phase] == FLOW_AFTER_MLP ? layer - 1 : layer);
    for (uint32_t item = share.first; item < share.first + share.count; item++)
        if (program->combines ? !flow_read_slice(flow, program, layer, item)
                              : !flow_read_part(flow, program, layer, item))
            return false;
    return true;
}

static inline void flow_write_part(struct flow *flow, uint32_t t, uint32_t layer, uint32_t item)
{
    const struct gpu_model *m = &flow->m;
    const uint32_t pair = item / m->splits, b = pair / m->kv_heads, g = pair % m->kv_heads;
    for (uint32_t h = 0; h < m->group; h++) {
        const uint64_t at = (uint64_t)item * m->group + h;
        const uint64_t head = b * m->heads + g * m->group + h;
        for (uint32_t d = 0; d < m->head_dim + 4 && m->splits > 1; d++)
            flow_write(flow, FLOW_PARTIALS, t, layer, at * (m->head_dim + 4) + d);
        for (uint32_t d = 0; d < m->head_dim && m->splits == 1; d += 2)
            flow_write(flow, FLOW_MIXED, t, layer, (head * m->head_dim + d) / 2);
    }
}

static inline void flow_write_slice(struct flow *flow, uint32_t t, uint32_t layer, uint32_t item)
{
    const struct gpu_model *m = &flow->m;
    const uint32_t pair = item / m->splits, b = pair / m->kv_heads, g = pair % m->kv_heads;
    const uint64_t first = ((uint64_t)b * m->heads + g * m->group) * m->head_dim / 2;
    uint32_t from, to;
    flow_slice(m, item, &from, &to);
    for (uint32_t word = from * 2; word < to * 2; word++)
        flow_write(flow, FLOW_MIXED, t, layer, first + word);
}

/* Writes the words of a row block, as the epilogue (model_finish) does. */
static inline void flow_write_block(struct flow *flow, uint32_t phase, uint32_t t, uint32_t layer,
                                    uint32_t block)
{
    const struct gpu_model *m = &flow->m;
    for (uint32_t b = 0; b < m->batch; b++)
        for (uint32_t row = 0; row < MODEL_TILE_ROWS; row++) {
            const uint64_t at = block * MODEL_TILE_ROWS + row;
            if (phase == PHASE_QKV)
                flow_write(flow, FLOW_RAW, t, layer, (uint64_t)b * model_raw_rows(m) + at);
            else if (phase == PHASE_OUT)
                flow_write(flow, FLOW_AFTER_ATTENTION, t, layer, (uint64_t)b * m->hidden + at);
            else if (phase == PHASE_DOWN)
                flow_write(flow, FLOW_AFTER_MLP, t, layer, (uint64_t)b * m->hidden + at);
            else if (phase == PHASE_GATE_UP && block % 2 == 0 && row % 2 == 0)
                flow_write(flow, FLOW_INNER, t, layer,
                           ((uint64_t)b * m->mlp + block / 2 * MODEL_TILE_ROWS + row) / 2);
        }
}

/* Runs the program's next phase. */
static inline void flow_advance(struct flow *flow, uint32_t p)
{
    struct flow_program *program = &flow->program[p];
    const uint32_t phase = flow_phase(flow, program->phase);
    const uint32_t layer = program->phase / MODEL_LAYER_PHASES;
    const struct model_share share = model_share_of(&flow->m, phase, flow->programs, p);
    for (uint32_t i = share.first; i < share.first + share.count; i++) {
        if (program->combines)
            flow_write_slice(flow, program->t, layer, i);
        else if (phase == PHASE_ATTENTION)
            flow_write_part(flow, program->t, layer, i);
        else
            flow_write_block(flow, phase, program->t, layer, i);
    }
    program->combines = phase == PHASE_ATTENTION && flow->m.splits > 1 && !program->combines;
    if (program->combines)
        return;
    if (++program->phase < flow->phases || flow->left_out != FLOW_NO_BARRIER)
        return;
    program->phase = 0, program->t++;
    flow->slowest = UINT32_MAX;
    for (uint32_t i = 0; i < flow->programs; i++)
        flow->slowest = flow->program[i].t < flow->slowest ? flow->program[i].t : flow->slowest;
}

/* ---- a run ----------------------------------------------------------------------------------- */

/* Chooses a program that can run; UINT32_MAX: none can. `last`: the program that ran last. */
static inline uint32_t flow_choose(struct flow *flow, uint32_t steps, enum flow_order order,
                                   uint32_t last, uint64_t *random)
{
    const uint32_t count = flow->programs;
    const uint32_t offset = order == FLOW_ROTATING ? last + 1
                            : order == FLOW_RANDOM ? (uint32_t)random_below(random, count)
                                                   : 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t p = (offset + i) % count;
        if (order == FLOW_LAST)
            p = count - 1 - i;
        else if (order == FLOW_LAST_FAR)
            p = (last + count - i) % count; /* the same program as long as it can run */
        if (flow->program[p].phase < flow->phases && flow->program[p].t < steps &&
            flow_runnable(flow, p))
            return p;
    }
    return UINT32_MAX;
}

/* Checks that every word of the step is present, and no word of another step. */
static inline void flow_check_end(struct flow *flow, uint32_t t)
{
    for (uint32_t layer = 0; layer < flow->m.layers; layer++)
        for (int kind = 0; kind < FLOW_KINDS; kind++) {
            const uint32_t set = flow_set(flow, t, layer), next = flow_set(flow, t + 1, layer);
            const struct flow_filled *filled = &flow->filled[set * FLOW_KINDS + (uint32_t)kind];
            if (filled->present != flow_size(flow, (enum flow_kind)kind))
                flow_fail(flow, "a word is not written");
            if (next != set && flow->filled[next * FLOW_KINDS + (uint32_t)kind].present != 0)
                flow_fail(flow, "a word is not reset");
        }
}

/* Runs the programs for some steps. Returns the first fault; NULL: no fault. */
static inline const char *flow_run(struct flow *flow, uint32_t steps, enum flow_order order,
                                   uint64_t seed)
{
    const uint64_t moves =
        flow->programs * ((uint64_t)flow->phases + (flow->m.splits > 1 ? flow->m.layers : 0));
    uint64_t random = seed, left = moves * steps;
    uint32_t last = flow->programs - 1, t = 0;
    for (uint64_t of_step = 0; left > 0 && flow->fault == NULL; left--) {
        const uint32_t p = flow_choose(flow, steps, order, last, &random);
        if (p == UINT32_MAX) {
            flow_fail(flow, "programs wait for each other");
            break;
        }
        flow_advance(flow, p);
        last = p;
        if (flow->left_out == FLOW_NO_BARRIER || ++of_step < moves)
            continue;
        flow_check_end(flow, t++);
        of_step = 0;
        flow->slowest = t;
        for (uint32_t i = 0; i < flow->programs; i++)
            flow->program[i] = (struct flow_program){.t = t, .waits_for = FLOW_NONE};
    }
    return flow->fault;
}

static inline void flow_open(struct flow *flow, const struct model_shape *shape, uint32_t splits,
                             uint32_t programs)
{
    *flow = (struct flow){
        .m = model_sizes_of(shape, splits, true),
        .layout = model_lay_out(shape, splits, programs, true),
        .programs = programs,
        .phases = model_phases(shape),
        .sets = model_sets(shape->layers, true),
    };
    flow->all = flow->layout.words_bytes / sizeof *flow->words;
    flow->words = calloc(flow->all, sizeof *flow->words);
    flow->filled = calloc((size_t)flow->sets * FLOW_KINDS, sizeof *flow->filled);
    flow->program = calloc(programs, sizeof *flow->program);
    cr_assert(flow->words && flow->filled && flow->program);
    for (uint32_t p = 0; p < programs; p++)
        flow->program[p].waits_for = FLOW_NONE;
}

static inline void flow_close(struct flow *flow)
{
    free(flow->words);
    free(flow->filled);
    free(flow->program);
}
