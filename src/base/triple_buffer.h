/*
 * triple_buffer.h - lock-free triple buffer: decides which of three slots one writer and one
 * reader may access.
 *
 * The writer fills slot `back` and publishes it. The reader reads slot `front`, and takes the slot
 * published last when it wants newer data. One atomic byte holds the index of the third slot, the
 * middle, and whether it is new. Publishing and taking are each one exchange of that byte: a side
 * swaps its slot for the middle one. So the two sides never own the same slot, neither waits, and
 * the reader may miss values but never sees a torn one.
 *
 * Memory order: publish releases the writer's stores to the slot, and take acquires them. The
 * reverse direction needs the same: the writer must not overwrite a slot before the reader's
 * last read of it, so take releases and publish acquires.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TRIPLE_NEWS 4u /* set in `middle`: the slot was published and not taken */

struct triple_buffer {
    _Alignas(64) atomic_uint middle;
    _Alignas(64) unsigned back;  /* owned by the writer */
    _Alignas(64) unsigned front; /* owned by the reader */
};

static inline void triple_open(struct triple_buffer *triple)
{
    atomic_init(&triple->middle, 1u);
    triple->back = 0;
    triple->front = 2;
}

/* Writer: publishes slot `back`, and gets another slot, with old content, as `back`. */
static inline void triple_publish(struct triple_buffer *triple)
{
    unsigned old =
        atomic_exchange_explicit(&triple->middle, triple->back | TRIPLE_NEWS, memory_order_acq_rel);
    triple->back = old & 3u;
}

/* Reader: moves `front` to the slot published last. False, and no change, if nothing new was
 * published. */
static inline bool triple_take(struct triple_buffer *triple)
{
    if (!(atomic_load_explicit(&triple->middle, memory_order_relaxed) & TRIPLE_NEWS))
        return false;
    unsigned old = atomic_exchange_explicit(&triple->middle, triple->front, memory_order_acq_rel);
    triple->front = old & 3u;
    return true;
}
