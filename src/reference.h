/*
 * reference.h - what a part of the output should be, computed by its workload
 * (../kernels/workload.h), and the order in which parts are checked.
 */
#ifndef SRC_REFERENCE_H
#define SRC_REFERENCE_H

#include "../kernels/workload.h"

struct reference;

/* NULL: no memory. */
struct reference *reference_open(void);
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
