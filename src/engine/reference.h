/*
 * reference.h - a cache of the expected parts of the output, computed once by their workload
 * (../kernels/workload.h); and the order in which parts are checked.
 *
 * The key is the workload with its knobs. Every variant and every time slice with the same
 * workload shares an entry. The reference may replay choices that an output contains, such as
 * tokens. Then an expected part is kept with a hash of the choices, and computed again for an
 * output with other choices.
 *
 * The cache keeps REFERENCE_BYTES_MOST, or less if memory is scarce. If a part does not fit, the
 * least recently used entries are evicted, but never the entry in use. Parts that still do not fit
 * are recomputed on each use, and held until others are computed: at most as many bytes again, or
 * one part. If memory runs out nevertheless, the cache is emptied and parts are computed one by
 * one.
 */
#pragma once

#include "../../kernels/workload.h"

#define REFERENCE_BYTES_MOST (UINT64_C(64) << 20)
#define REFERENCE_WORKS_MOST 8u

struct reference;

/*
 * For use by one thread. memory_free: free bytes, 0 if unknown; the cache keeps at most a
 * fortieth of it and holds as much again, because a variant may take nine tenths. threads 0:
 * computes parts one by one on the calling thread. Otherwise so many threads compute, and the
 * reference expects requests in ascending order: it computes the following parts together with
 * the requested one, as many as occupy the threads and fit into memory. NULL: out of memory.
 */
struct reference *reference_open(uint32_t threads, uint64_t memory_free);
void reference_close(struct reference *reference); /* NULL is allowed */

/* The expected part; valid until the next call with this reference. `output`: what will be compared
 * with it, [rows][columns]; may be NULL unless the workload has `choices`, and is not needed after
 * the call. Returns soon after *cancel is raised; `cancel` may be NULL. NULL: cancelled or out of
 * memory. */
const struct workload_expected *reference_part(struct reference *reference,
                                               const struct workload *workload,
                                               const struct knobs *knobs, uint32_t part,
                                               const float *output, const uint32_t *cancel);

/* Fills order[0..parts) with a permutation of the parts that SEED selects. */
void reference_order(uint64_t seed, uint32_t parts, uint32_t *order);
