/*
 * triple_buffer.h - which of three slots one writer and one reader may touch, without waiting.
 *
 * The writer fills slot `back` and publishes it; the reader looks at slot `front` and, when it
 * wants news, takes what was published last. The third slot is in the middle, and one atomic byte
 * says which it is and whether it holds news. Publishing and taking are one exchange of that byte:
 * each side gives away the slot it holds and gets the one in the middle, so the two never hold the
 * same slot, nobody waits, and the reader may miss values but never sees half of one.
 *
 * Memory order: publish releases what the writer wrote into the slot, and take acquires it. Each
 * exchange is also the other's counterpart the opposite way: the writer must not begin to overwrite
 * a slot before the reader's last look at it, so take releases and publish acquires.
 */
#ifndef SRC_TRIPLE_BUFFER_H
#define SRC_TRIPLE_BUFFER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TRIPLE_NEWS 4u /* set in `middle`: the slot was published and not taken */

struct triple_buffer {
    _Alignas(64) atomic_uint middle;
    _Alignas(64) unsigned back;  /* the writer's own */
    _Alignas(64) unsigned front; /* the reader's own */
};

static inline void triple_open(struct triple_buffer *triple)
{
    atomic_init(&triple->middle, 1u);
    triple->back = 0;
    triple->front = 2;
}

/* Writer: hands over slot `back`, and gets another slot as `back`, whose content is old. */
static inline void triple_publish(struct triple_buffer *triple)
{
    unsigned old =
        atomic_exchange_explicit(&triple->middle, triple->back | TRIPLE_NEWS, memory_order_acq_rel);
    triple->back = old & 3u;
}

/* Reader: moves `front` to the slot published last. False, and no change, if there is no news. */
static inline bool triple_take(struct triple_buffer *triple)
{
    if (!(atomic_load_explicit(&triple->middle, memory_order_relaxed) & TRIPLE_NEWS))
        return false;
    unsigned old = atomic_exchange_explicit(&triple->middle, triple->front, memory_order_acq_rel);
    triple->front = old & 3u;
    return true;
}

#endif
