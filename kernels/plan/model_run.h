/*
 * model_run.h - the arguments of the kernels of `model`: tensors, activations, and the schedule of
 * a persistent kernel. Plain C: plan/model_plan.c makes the schedule, tests simulate it.
 *
 * Matrices lie in tiles of 8 rows by 32 columns, [rows / 8][columns / 32][8][32]: a warp reads one
 * as 512 contiguous bytes, 16 per lane, and has two operands of a tensor core instruction. A row
 * block is 8 rows. Its tiles are contiguous, and so are neighbouring row blocks.
 *
 *     QKV        rows of Wq, then Wk, then Wv
 *     gate-up    8 rows of Wgate, the same 8 rows of Wup, the next 8 of Wgate, …
 */
#ifndef KERNELS_PLAN_MODEL_RUN_H
#define KERNELS_PLAN_MODEL_RUN_H

#include "../cuda/link.h"

#include <stdint.h>

#define MODEL_TILE_ROWS    8u
#define MODEL_TILE_COLUMNS 32u
#define MODEL_TILE_BYTES   512u

/* A group: 32 neighbouring tiles of a row block, two per warp. */
#define MODEL_GROUP_COLUMNS 1024u
#define MODEL_GROUP_BYTES   16384u

#define MODEL_WARPS        16u /* per program, that compute */
#define MODEL_COUNTER_LINE 32u /* words from one counter to the next: one cache line */
#define MODEL_FLAGS_MOST   32u /* counters that one phase can have: one per K/V head */

/* A step's phases, in order; the first five once per layer. */
enum model_phase { PHASE_QKV, PHASE_ATTENTION, PHASE_OUT, PHASE_GATE_UP, PHASE_DOWN, PHASE_HEAD };

#define MODEL_LAYER_PHASES 5u

/* Pointers are to device memory. */
struct gpu_model {
    uint32_t hidden, layers, heads, kv_heads, head_dim, group, mlp, vocabulary;
    uint32_t batch, context, seq_len, rows; /* rows: of the cache, per sequence and K/V head */
    uint32_t splits;                        /* parts of a sequence's rows in attention */
    uint32_t qk_norm;
    float epsilon;
    float scale; /* of scores, for powers of 2: log2(e) / sqrt(head_dim) */

    const uint16_t *embedding, *head;           /* tiles */
    const uint16_t *qkv, *out, *gate_up, *down; /* tiles; one matrix per layer */
    const uint16_t *attention_norm, *mlp_norm;  /* [layers][hidden] */
    const uint16_t *q_norm, *k_norm;            /* [layers][head_dim] */
    const uint16_t *final_norm;                 /* [hidden] */
    const float *rope;                          /* [seq_len][head_dim / 2][cosine, sine] */
    uint16_t *cache[2];    /* K and V: [layers][batch][kv_heads][rows][head_dim] */
    float *logits;         /* [batch][seq_len][vocabulary] */
    const uint32_t *first; /* [batch]: the tokens to start with */

    /* Zeroed before each iteration. */
    unsigned long long *best; /* [seq_len][batch]: the largest logit and its index (model_phase.cuh)
                               */
    uint32_t *counters;       /* [counters][MODEL_COUNTER_LINE] */
    uint32_t *step;           /* of the next launch, for variants that launch kernels per step */

    /* Activations. */
    float *x;         /* [batch][hidden] */
    float *raw;       /* [batch][rows of QKV] */
    uint16_t *mixed;  /* attention's output, bf16: [batch][heads * head_dim] */
    float *partials;  /* [batch * kv_heads][splits][group][head_dim + 2]; unused if splits is 1 */
    uint16_t *inner;  /* silu(gate) * up, bf16: [batch][mlp] */
    uint16_t *normed; /* bf16 [batch][hidden]; only for a kernel per operation, as are the next */
    float *result;    /* [batch][the most rows of a matrix] */
};

/* What one program does in one phase of a layer: an entry of the schedule. All programs run the
 * same phases in the same order. */
struct model_task {
    uint8_t phase; /* enum model_phase */
    uint8_t waits; /* counters that it waits for, from `wait` on; 0: none */
    uint16_t layer;
    uint32_t first, count; /* row blocks of its matrix; of attention, parts (b, g, split) */
    uint32_t wait;         /* the first counter to wait for; each has so many arrivals per step as
                              the schedule's table says */
    uint32_t signal;       /* the first counter of this phase */
    uint32_t signals;      /* bit i: it arrives at counter signal + i */
    uint32_t previous;     /* 1: the wait is for the previous step's arrivals */
};

/* A persistent kernel's arguments. */
struct model_run {
    struct gpu_model model;
    struct gpu_link link;
    const struct model_task *tasks;   /* [programs][phases] */
    const uint32_t *arrivals;         /* [counters] */
    struct gpu_operation *operations; /* [programs][phases], of the last step; NULL: not measured */
    uint32_t programs, phases;
    uint32_t act_bytes, own_bytes; /* of shared memory: a phase's activations, own rows of x */
    uint32_t stages, stage_bytes, loads; /* the ring, if there is one */
};

/* How one program spent one phase, in cycles of its SM. */
struct gpu_operation {
    uint64_t begin, end;
    uint32_t data, barrier;
};

#endif
