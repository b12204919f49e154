/*
 * lab_attention.h - what the CPU variants of `attention` share: tensors, the output, and the parts
 * of a step: append, queries, rows, store. A variant's state begins with a struct lab_attention, so
 * the functions that take a `void *state` here go into its const struct as they are. Shapes and
 * layout are those of ../attention.h, threads and stamps those of lab_cpu.h.
 *
 * A unit is a K/V head of a sequence: number b * KV_HEADS + g. The query heads of its group share
 * every row that is read.
 */
#ifndef KERNELS_CPU_LAB_ATTENTION_H
#define KERNELS_CPU_LAB_ATTENTION_H

#include "../attention.h"
#include "attend.h"
#include "lab_cpu.h"

struct lab_attention {
    struct lab_cpu cpu; /* first: lab_cpu_poll takes the state */
    struct attention_shape shape;
    uint32_t units;            /* BATCH * KV_HEADS */
    uint32_t tile;             /* KV_TILE */
    attend_function *attend;   /* the SIMD path and DTYPE that run */
    char *q, *out;             /* tensors, as stored */
    char *new_rows[2];         /* by attention_side */
    char *cache[2];            /* by attention_side */
    uint32_t *pages;           /* the page table, where there are pages */
    float *queries;            /* [threads], lab_attention_queries_of */
    uint64_t query_stride;     /* floats from one thread's queries to the next's */
    struct attend_sums *slots; /* [slots] */
    void *slot_memory;         /* holds slots and what they point to */
};

/* What every CPU variant of `attention` reads. */
#define LAB_ATTENTION_KNOBS (ATTENTION_KNOBS | KNOB_BIT(KV_TILE) | LAB_CPU_KNOBS)

/* Begins a plan, as lab_cpu_plan; replaces `auto` in COPIES too. */
void lab_attention_plan(const struct knobs *knobs, const struct device_info *device,
                        int64_t spin_ns, struct plan *plan);

/* Whether resolved knobs are a shape and there is memory for it, with `slots` sums and more_bytes
 * of the variant's. */
bool lab_attention_fits(const struct knobs *knobs, uint64_t slots, uint64_t more_bytes,
                        const struct device_info *device, struct error *error);

/* Takes memory, starts the threads, makes the inputs; slots: at least one a thread. False: *error
 * says why, nothing is held. */
bool lab_attention_open(struct lab_attention *lab, const struct setup *setup, uint32_t slots,
                        struct error *error);
void lab_attention_close(struct lab_attention *lab);

/* ---- a step, in the order in which it needs them -------------------------------------------- */

/* Rows of a unit that step t reads. */
static inline uint32_t lab_attention_rows_read(const struct lab_attention *lab, uint32_t unit,
                                               uint32_t t)
{
    return attention_context(&lab->shape, unit / lab->shape.kv_heads) + t + 1;
}

/* Writes step t's row of a unit to the copies that need it. Who reads the row comes after it. */
void lab_attention_append(const struct lab_attention *lab, uint32_t unit, uint32_t t);

/* Rows [first, last) of a unit, as step t sees them, into *sums. `program` has room for its
 * queries, which are made anew; with CHAIN they need the unit's out of step t - 1. */
void lab_attention_read(const struct lab_attention *lab, uint32_t program, uint32_t unit,
                        uint32_t t, uint32_t first, uint32_t last, const struct attend_sums *sums);

/* Stores out of a unit from the sums over all its rows, which lie in `count` slots, and spoils the
 * first of them. */
void lab_attention_store(const struct lab_attention *lab, uint32_t unit, uint32_t t,
                         const struct attend_sums *slots, uint32_t count);

/* ---- members of struct variant -------------------------------------------------------------- */

void lab_attention_poison(void *state);
uint64_t lab_attention_count_nan(const void *state);
void lab_attention_output(const void *state, uint32_t part, float *rows);

#endif
