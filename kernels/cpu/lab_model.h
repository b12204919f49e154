/*
 * lab_model.h - the code that the CPU variants of `model` share: tensors, the output, the stamps of
 * operations, and the parts of a step, each over a range of rows, sequences or heads. A variant's
 * state begins with a struct lab_model, so its struct variant_ops can use the functions here that
 * take a `void *state` directly. ../model.h defines formulas and shapes, lab_cpu.h threads and
 * stamps.
 *
 * Activations are fp32, [BATCH][columns]. A unit is one (sequence, K/V head) pair. Its number is
 * b * kv_heads + g. The query heads of its group share every row that the unit reads.
 */
#pragma once

#include "../model.h"
#include "attend.h"
#include "lab_cpu.h"
#include "multiply.h"

/* The largest logit of a range of rows, per sequence. */
struct lab_model_best {
    _Alignas(CACHE_LINE) float logit[MODEL_BATCH_MOST];
    uint32_t token[MODEL_BATCH_MOST];
};

/* The counters and times of one program. */
struct lab_model_own {
    _Alignas(CACHE_LINE) _Atomic uint64_t beats; /* operations completed: the heartbeat */
    uint64_t begin_ns;                           /* when the step began */
    uint64_t ended_ns;                           /* when the previous operation ended */
    uint64_t waited_ns;                          /* waits since the previous step ended */
};

/* A program's buffers. */
struct lab_model_scratch {
    float *n;       /* [BATCH][hidden] */
    float *queries; /* [group][head_dim] */
    struct attend_sums sums;
};

struct lab_model {
    struct lab_cpu cpu; /* must be first: a state is also a struct lab_cpu */
    struct model_shape shape;
    multiply_function *multiply; /* the SIMD path in use */
    attend_function *attend;
    uint32_t units;                   /* BATCH * kv_heads */
    uint16_t *weights[MODEL_TENSORS]; /* bf16, [layers][rows][columns] */
    uint16_t *cache[2];               /* by attention_side; see model_cache_offset */
    float *logits;                    /* [BATCH][SEQ_LEN][vocabulary] */
    uint32_t *tokens; /* [BATCH][SEQ_LEN]: the token that a step chose; UINT32_MAX: none yet */
    float *rope;      /* [SEQ_LEN][head_dim / 2][2]: cosine and sine */

    float *x, *n;                /* [BATCH][hidden] */
    float *sum;                  /* [BATCH][hidden]: the product of O or down, to be added to x */
    float *q, *attended;         /* [BATCH][heads * head_dim] */
    float *kv[2];                /* [BATCH][kv_heads * head_dim] */
    float *gate, *up;            /* [BATCH][mlp] */
    struct lab_model_best *best; /* [threads] */
    struct lab_model_own *own;   /* [threads] */
    struct lab_model_scratch *scratch; /* [threads] */

    struct operation *operations; /* of a step */
    uint32_t operation_count;
    struct operation_stamp *operation_stamps; /* [threads][operation_count]; NULL: PHASES is off */
};

/* The knobs that every CPU variant of `model` reads. */
#define LAB_MODEL_KNOBS (MODEL_KNOBS | KNOB_BIT(PHASES) | LAB_CPU_KNOBS)

/* Starts a plan like lab_cpu_plan and replaces `auto` in MODEL and LAYERS. Checks the shape, and
 * that the tensors, the stamps of the variant's operations and the verification of a sequence fit
 * in memory. */
bool lab_model_plan(const struct knobs *knobs, const struct device_info *device, int64_t spin_ns,
                    uint32_t (*operations)(const struct model_config *config, uint32_t layers),
                    struct plan *plan, struct error *error);

/* Allocates memory, starts the threads and generates the inputs. The caller fills `operations`, and
 * later calls lab_cpu_close. False: *error says why, and there is nothing to close. */
bool lab_model_open(struct lab_model *lab, const struct setup *setup, uint32_t operations,
                    struct error *error);

/* ---- the parts of a step -------------------------------------------------------------------- */

/* Multiplies rows [first, last) of a matrix by `in`, for all b: out[b * out_stride + row]. */
void lab_model_multiply(const struct lab_model *lab, enum model_tensor tensor, uint32_t layer,
                        const float *in, uint32_t first, uint32_t last, float *out,
                        size_t out_stride);

/* out = rms_norm(in) * the norm's weights, for one sequence or head. `in` and `out` may be the same
 * array. */
void lab_model_norm(const struct lab_model *lab, enum model_tensor tensor, uint32_t layer,
                    const float *in, float *out);

/* Applies RoPE to a head, for the position of step t. */
void lab_model_rope(const struct lab_model *lab, uint32_t t, float *head);

/* The input token of step t for sequence b. */
static inline uint32_t lab_model_token(const struct lab_model *lab, uint32_t b, uint32_t t)
{
    return t > 0 ? lab->tokens[b * lab->shape.seq_len + t - 1]
                 : model_first_token(lab->shape.seed, lab->shape.config.vocabulary, b);
}

/* Copies elements [first, last) of a token's embedding. */
void lab_model_embed(const struct lab_model *lab, uint32_t token, uint32_t first, uint32_t last,
                     float *x);

/* Rounds a unit's K and V rows of step t to bf16 and stores them in the cache. */
void lab_model_append(const struct lab_model *lab, uint32_t layer, uint32_t unit, uint32_t t);

/* Computes attention of a unit's query heads over rows 0 .. CONTEXT + t. Reads q, writes attended.
 */
void lab_model_attend(const struct lab_model *lab, uint32_t program, uint32_t layer, uint32_t unit,
                      uint32_t t);

/* up = silu(gate) * up, for rows [first, last) of all sequences. */
void lab_model_activate(const struct lab_model *lab, uint32_t first, uint32_t last);

/* x += sum, for rows [first, last) of all sequences. */
void lab_model_add(const struct lab_model *lab, uint32_t first, uint32_t last);

/* Computes rows [first, last) of the logits of step t from `in`: a program's share. */
void lab_model_head(const struct lab_model *lab, const float *in, uint32_t t, uint32_t first,
                    uint32_t last);

/* lab_model_note_best stores the largest logit of a program's rows in best[program].
 * lab_model_find_best returns the token with the largest logit of all programs' rows. */
void lab_model_note_best(const struct lab_model *lab, uint32_t program, uint32_t t, uint32_t first,
                         uint32_t last);
uint32_t lab_model_find_best(const struct lab_model *lab, uint32_t b);

/* Finds the largest of all logits of sequence b after step t, and stores its token. */
void lab_model_choose(const struct lab_model *lab, uint32_t b, uint32_t t);

/* ---- stamps --------------------------------------------------------------------------------- */

/* Call these before and after operation `index` of step t. waited_ns: time that the program waited
 * for other programs before the operation. The first operation of a step begins the step's stamp.
 * The last operation ends it and publishes the step. */
void lab_model_operation_begin(struct lab_model *lab, uint32_t program, uint32_t t, uint32_t index,
                               uint64_t waited_ns);
void lab_model_operation_end(struct lab_model *lab, uint32_t program, uint32_t t, uint32_t index);

/* ---- members of struct variant_ops ---------------------------------------------------------- */

/* Like the functions of lab_cpu.h, but also for operations. The heartbeat counts completed
 * operations. */
void lab_model_describe(const void *state, struct facts *facts);
bool lab_model_submit(void *state, enum look look, struct error *error);
enum poll_state lab_model_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                               struct error *error);

void lab_model_poison(void *state);
uint64_t lab_model_count_nan(const void *state);
void lab_model_output(const void *state, uint32_t part, float *rows);
