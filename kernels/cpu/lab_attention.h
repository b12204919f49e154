/*
 * lab_attention.h - the code that the CPU variants of `attention` share: tensors, the output, and
 * the parts of a step (append, queries, rows, store). A variant's state begins with a struct
 * lab_attention, so its struct variant_ops can use the functions here that take a `void *state`
 * directly. ../attention.h defines shapes and layout, lab_cpu.h threads and stamps.
 *
 * A unit is one (sequence, K/V head) pair. Its number is b * KV_HEADS + g. The query heads of its
 * group share every row that the unit reads.
 */
#pragma once

#include "../attention.h"
#include "attend.h"
#include "lab_cpu.h"

struct lab_attention {
    struct lab_cpu cpu; /* must be first: a state is also a struct lab_cpu */
    struct attention_shape shape;
    uint32_t units;            /* BATCH * KV_HEADS */
    uint32_t tile;             /* KV_TILE */
    attend_function *attend;   /* the SIMD path and DTYPE in use */
    char *q, *out;             /* tensors, in their stored type */
    char *new_rows[2];         /* by attention_side */
    char *cache[2];            /* by attention_side */
    uint32_t *pages;           /* the page table; NULL without pages */
    float *queries;            /* [threads][group][head_dim] */
    uint64_t query_stride;     /* floats from one thread's queries to the next thread's */
    struct attend_sums *slots; /* [slots] */
    void *more;                /* [more_bytes] */
};

/* The knobs that every CPU variant of `attention` reads. */
#define LAB_ATTENTION_KNOBS (ATTENTION_KNOBS | KNOB_BIT(KV_TILE) | LAB_CPU_KNOBS)

/* Starts a plan like lab_cpu_plan, and replaces `auto` in COPIES. */
void lab_attention_plan(const struct knobs *knobs, const struct device_info *device,
                        int64_t spin_ns, struct plan *plan);

/* Whether resolved knobs are a valid shape that fits in memory, with `slots` sums and more_bytes
 * for the variant's own data. */
bool lab_attention_fits(const struct knobs *knobs, uint64_t slots, uint64_t more_bytes,
                        const struct device_info *device, struct error *error);

/* Allocates memory, including zeroed more_bytes for the variant, starts the threads and generates
 * the inputs; call lab_cpu_close later. slots: at least one per thread. False: *error says why, and
 * there is nothing to close. */
bool lab_attention_open(struct lab_attention *lab, const struct setup *setup, uint32_t slots,
                        uint64_t more_bytes, struct error *error);

/* ---- a step, in execution order ------------------------------------------------------------- */

/* Rows of a unit that step t reads. */
static inline uint32_t lab_attention_rows_read(const struct lab_attention *lab, uint32_t unit,
                                               uint32_t t)
{
    return attention_context(&lab->shape, unit / lab->shape.kv_heads) + t + 1;
}

/* Writes step t's row of a unit to the copies that need it. Call it before any thread reads that
 * row. */
void lab_attention_append(const struct lab_attention *lab, uint32_t unit, uint32_t t);

/* Computes the sums of rows [first, last) of a unit in step t. Computes the queries in the buffer
 * of `program`. With CHAIN, the queries need the unit's output of step t - 1. */
void lab_attention_read(const struct lab_attention *lab, uint32_t program, uint32_t unit,
                        uint32_t t, uint32_t first, uint32_t last, const struct attend_sums *sums);

/* Combines the sums in `count` slots, which together cover all rows of a unit, and stores the
 * unit's output. Overwrites the first slot. */
void lab_attention_store(const struct lab_attention *lab, uint32_t unit, uint32_t t,
                         const struct attend_sums *slots, uint32_t count);

/* ---- members of struct variant_ops ---------------------------------------------------------- */

void lab_attention_poison(void *state);
uint64_t lab_attention_count_nan(const void *state);
void lab_attention_output(const void *state, uint32_t part, float *rows);
