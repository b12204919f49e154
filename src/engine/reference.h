/*
 * reference.h - a cache of the expected parts of the output, which the workload
 * (../kernels/workload.h) computes; and the order in which parts are checked.
 *
 * The key of an entry is a workload with its knobs. All variants and time slices with the same
 * workload share one entry. For some workloads, the reference replays choices from the output, such
 * as tokens. An expected part is then cached with a hash of these choices, and computed again for
 * an output with different choices.
 *
 * The cache keeps at most REFERENCE_BYTES_MOST, or less if memory is scarce. If a part does not
 * fit, the least recently used entries are evicted, but never the entry in use. Parts that still do
 * not fit are recomputed on each use. They stay in memory until other parts are computed, and take
 * at most the size of the cache again, or the size of one part. If memory runs out nevertheless,
 * the cache is emptied and parts are computed one by one.
 */
#pragma once

#include "../../kernels/workload.h"

#define REFERENCE_BYTES_MOST (UINT64_C(64) << 20)
#define REFERENCE_WORKS_MOST 8u

struct reference;

/*
 * Opens a reference for use by one thread. memory_free: free bytes, 0 if unknown. The cache takes
 * at most a fortieth of them, and parts that do not fit take another fortieth, because a variant
 * may take nine tenths. threads: 0 computes parts one by one on the calling thread. Otherwise a
 * pool of that many threads computes the requested part together with the parts that follow it, as
 * many as occupy the threads and fit into memory; so request parts in ascending order. NULL: out of
 * memory.
 */
struct reference *reference_open(uint32_t threads, uint64_t memory_free);
void reference_close(struct reference *reference); /* NULL is allowed */

/* Returns the expected part, valid until the next call with this reference. `output` is the part of
 * the output that will be compared with it, [rows][columns]. It may be NULL unless the workload has
 * `choices`, and is not used after the call. Returns soon after *cancel is raised; `cancel` may be
 * NULL. NULL: cancelled or out of memory. */
const struct workload_expected *reference_part(struct reference *reference,
                                               const struct workload *workload,
                                               const struct knobs *knobs, uint32_t part,
                                               const float *output, const uint32_t *cancel);

/* Fills order[0..parts) with the permutation of the parts that `seed` selects. */
void reference_order(uint64_t seed, uint32_t parts, uint32_t *order);
