/*
 * model_run.h - the arguments of the kernels of `model`: tensors, activations, and each program's
 * share of a step. Host and device share this header.
 *
 * Matrices are stored in tiles of 8 rows by 32 columns, [rows / 8][columns / 32][8][32]. A warp
 * reads a tile as 512 contiguous bytes, 16 per lane, which are an operand of a tensor core
 * instruction (model_matrix.cuh). A row block is 8 rows. Its tiles are contiguous, and so are
 * neighbouring row blocks.
 *
 *     QKV        rows of Wq, then Wk, then Wv
 *     gate-up    8 rows of Wgate, the same 8 rows of Wup, the next 8 of Wgate, ...
 *
 * A program owns neighbouring row blocks of every matrix. The row blocks are divided among programs
 * as evenly as possible, and never split. So a result never needs the sums of several programs.
 */
#pragma once

#include "../cuda/link.h"
#include "../inputs.h"

#include <stdint.h>

#define MODEL_TILE_ROWS    8u
#define MODEL_TILE_COLUMNS 32u
#define MODEL_TILE_BYTES   512u

/* A group: 32 neighbouring tiles of a row block. */
#define MODEL_GROUP_COLUMNS 1024u
#define MODEL_GROUP_BYTES   16384u

#define MODEL_WARPS          8u   /* compute warps per program */
#define MODEL_LOADER_THREADS 128u /* the loader's warpgroup; one of its threads loads */
/* Tiles per warp in a group. */
#define MODEL_PER_WARP     (MODEL_GROUP_BYTES / MODEL_TILE_BYTES / MODEL_WARPS)
#define MODEL_COUNTER_LINE 32u /* words from one counter to the next: one cache line */

/* A step's phases, in order. The first five run once per layer. */
enum model_phase {
    PHASE_QKV,
    PHASE_ATTENTION,
    PHASE_OUT,
    PHASE_GATE_UP,
    PHASE_DOWN,
    PHASE_HEAD,
    MODEL_PHASES
};

#define MODEL_LAYER_PHASES 5u

/* A word that has not been written yet. Read as a float or as two bf16, it is a NaN that no
 * arithmetic produces. */
#define MODEL_NO_WORD UINT32_MAX

/* Pointers are to device memory. */
struct gpu_model {
    uint32_t hidden, layers, heads, kv_heads, head_dim, group, mlp, vocabulary;
    uint32_t batch, context, seq_len, rows; /* rows: of the cache, per sequence and K/V head */
    uint32_t splits;                        /* splits of a sequence's rows in attention */
    uint32_t qk_norm;
    float epsilon;
    float scale; /* factor of scores, for softmax in powers of 2: log2(e) / sqrt(head_dim) */

    const uint16_t *embedding, *head;           /* tiles */
    const uint16_t *qkv, *out, *gate_up, *down; /* tiles; one matrix per layer */
    const uint16_t *attention_norm, *mlp_norm;  /* [layers][hidden] */
    const uint16_t *q_norm, *k_norm;            /* [layers][head_dim] */
    const uint16_t *final_norm;                 /* [hidden] */
    const float *rope;                          /* [seq_len][head_dim / 2][cosine, sine] */
    uint16_t *cache[2];    /* K and V: [layers][batch][kv_heads][rows][head_dim] */
    float *logits;         /* [batch][seq_len][vocabulary] */
    const uint32_t *first; /* [batch]: the sequences' first tokens */

    /* Zeroed before each iteration. */
    unsigned long long *best; /* [seq_len][batch]: the largest logit and its index (model_key) */
    uint32_t *step;           /* two counters, MODEL_COUNTER_LINE apart */

    /*
     * Activations. With `words`, every layer has two sets, for even and for odd steps. They are
     * filled with MODEL_NO_WORD before each iteration, and a reader polls each word until it is
     * written. The shapes below are those of one set.
     */
    uint32_t words;
    float *x;        /* after attention and after the MLP: [2][batch][hidden] */
    float *raw;      /* q, k and v: [batch][rows of QKV] */
    uint16_t *mixed; /* attention's output, bf16: [batch][heads * head_dim] */
    float *partials; /* [batch * kv_heads][splits][group][head_dim + 4]: sums, the largest score,
                        the weight, and two unused words. Not used if splits is 1 */
    uint16_t *inner; /* silu(gate) * up, bf16: [batch][mlp] */

    /* Used only by kernels that run a single operation. */
    uint16_t *normed; /* bf16 [batch][hidden] */
    float *result;    /* [batch][the most rows of a matrix] */
};

/* A persistent kernel's arguments. */
struct model_run {
    struct gpu_model model;
    struct gpu_link link;
    struct gpu_operation *operations; /* [programs][phases of a step], of the last step; NULL: not
                                         measured */
    uint32_t act_bytes, own_bytes;    /* shared memory: a phase's activations; own rows of x */
    /* With a ring: its stages, their bytes, and loads in flight. Without: groups in flight. */
    uint32_t stages, stage_bytes, loads;
};

/* How one program spent one phase, in cycles of its SM. */
struct gpu_operation {
    uint64_t begin, end;
    uint32_t data, barrier;
};

/* ---- shares --------------------------------------------------------------------------------- */

/* Row blocks of a phase's matrix. For attention: its parts, one per (sequence, K/V head, split). */
INPUTS_FUNCTION uint32_t model_blocks_of(const struct gpu_model *m, uint32_t phase)
{
    switch (phase) {
    case PHASE_QKV:
        return (m->heads + 2 * m->kv_heads) * m->head_dim / MODEL_TILE_ROWS;
    case PHASE_ATTENTION:
        return m->batch * m->kv_heads * m->splits;
    case PHASE_GATE_UP:
        return 2 * m->mlp / MODEL_TILE_ROWS;
    case PHASE_HEAD:
        return m->vocabulary / MODEL_TILE_ROWS;
    default:
        return m->hidden / MODEL_TILE_ROWS;
    }
}

/* Columns of a phase's matrix. */
INPUTS_FUNCTION uint32_t model_columns_of(const struct gpu_model *m, uint32_t phase)
{
    return phase == PHASE_OUT ? m->heads * m->head_dim : phase == PHASE_DOWN ? m->mlp : m->hidden;
}

/* The row blocks or parts of a phase that a program owns. In gate-up, a row block of Wgate and that
 * of Wup with the same rows stay together. */
struct model_share {
    uint32_t first, count;
};
INPUTS_FUNCTION struct model_share model_share_of(const struct gpu_model *m, uint32_t phase,
                                                  uint32_t programs, uint32_t program)
{
    const uint32_t unit = phase == PHASE_GATE_UP ? 2 : 1;
    const uint32_t units = model_blocks_of(m, phase) / unit; /* units * programs is below 2^32 */
    struct model_share share;
    share.first = units * program / programs * unit;
    share.count = units * (program + 1) / programs * unit - share.first;
    return share;
}

/* ---- activations ---------------------------------------------------------------------------- */

/* Rows of QKV: elements of q, k and v per sequence. */
INPUTS_FUNCTION uint32_t model_raw_rows(const struct gpu_model *m)
{
    return (m->heads + 2 * m->kv_heads) * m->head_dim;
}

/* Words of the partials in one set of activations. */
INPUTS_FUNCTION uint64_t model_partial_words(uint32_t batch, uint32_t heads, uint32_t head_dim,
                                             uint32_t splits)
{
    return (uint64_t)batch * heads * splits * (head_dim + 4);
}

/* The index of the set of activations of a layer at step t. */
INPUTS_FUNCTION uint32_t model_set_of(const struct gpu_model *m, uint32_t t, uint32_t layer)
{
    return m->words ? (t & 1) * m->layers + layer : 0;
}

/* Sets of activations in memory. */
INPUTS_FUNCTION uint32_t model_sets(uint32_t layers, uint32_t words)
{
    return words ? 2 * layers : 1;
}
