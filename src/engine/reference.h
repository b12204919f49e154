/*
 * reference.h - what parts of the output should be, computed by their workload
 * (../kernels/workload.h) once and kept; and the order in which parts are checked.
 *
 * Parts are kept by work: the workload and the values of its knobs. Every variant and every turn
 * with the same work gets them again. There is room for REFERENCE_BYTES_MOST, or less if memory is
 * scarce; if there is no room for a part, the works that were used least recently are forgotten,
 * never the one in use. Parts for which there is still no room are computed each time, and held
 * until others are computed: at most as many bytes again, or one part. Where memory runs out
 * nevertheless, all that is kept is forgotten, and parts are computed one by one.
 */
#ifndef SRC_REFERENCE_H
#define SRC_REFERENCE_H

#include "../../kernels/workload.h"

#define REFERENCE_BYTES_MOST (UINT64_C(64) << 20)
#define REFERENCE_WORKS_MOST 8u

struct reference;

/*
 * Of one thread. memory_free: bytes that are free, 0 if not known; no more than a fortieth is kept
 * and as much again held, since a variant may take nine tenths. threads 0: parts are computed one
 * by one, on that thread. Else so many threads compute, and it is taken that parts are asked for in
 * ascending order: those that follow are computed together with the one that is asked for, as many
 * as fill the threads and fit in the room that there is, and at least that one. NULL: no memory.
 */
struct reference *reference_open(uint32_t threads, uint64_t memory_free);
void reference_close(struct reference *reference); /* NULL is fine */

/* What a part should be; valid until the next call with this reference. Once *cancel is raised,
 * which may be NULL, it returns soon. NULL: it was cancelled, or there is no memory. */
const struct workload_expected *reference_part(struct reference *reference,
                                               const struct workload *workload,
                                               const struct knobs *knobs, uint32_t part,
                                               const uint32_t *cancel);

/* Fills order[0..parts) with a permutation of the parts that SEED chooses. */
void reference_order(uint64_t seed, uint32_t parts, uint32_t *order);

#endif
