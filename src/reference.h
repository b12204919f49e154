/*
 * reference.h - what the right output is: the workload in double precision on the host, computed
 * sequence by sequence from the same generated inputs.
 *
 * dot (fp32, tensors [BATCH, SEQ_LEN, HEAD_DIM]), with a = 1/4 if CHAIN is on, else 0:
 *     q'       = q[b,t] + a * clamp(out[b,t-1], -1, 1)     elementwise; out[b,-1] = 0
 *     out[b,t] = v[b,t] * dot(q', k[b,t])
 */
#ifndef SRC_REFERENCE_H
#define SRC_REFERENCE_H

#include "../kernels/lab.h"

#define REFERENCE_TOLERANCE          1e-5 /* relative L2 error over all that is checked, fp32 */
#define REFERENCE_SEQUENCE_TOLERANCE 3e-5 /* of a single sequence */

/* Squared error and squared norm, summed over what was checked. */
struct reference_sum {
    double error2, norm2;
};

/* Compares sequence b's output, rows [SEQ_LEN][HEAD_DIM], and adds to *sum. Returns the sequence's
 * own relative L2 error; infinity if the rows hold a NaN. Allocates nothing. */
double reference_compare(const struct knobs *knobs, uint32_t b, const float *rows,
                         struct reference_sum *sum);

/* The relative L2 error of a sum; 0 for an empty one. */
double reference_error(const struct reference_sum *sum);

/* Fills order[0..batch) with a permutation of the sequences that SEED chooses. */
void reference_order(uint64_t seed, uint32_t batch, uint32_t *order);

#endif
