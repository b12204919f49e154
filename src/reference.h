/*
 * reference.h - what the right output is: the workload in double precision on the host, computed
 * part by part (enum workload in ../kernels/lab.h) from the same generated inputs.
 *
 * attention: ../kernels/attention.h has the formulas, reference_attention.h how they are followed.
 *
 * dot (fp32, tensors [BATCH, SEQ_LEN, HEAD_DIM]), with a = 1/4 if CHAIN is on, else 0:
 *     q'       = q[b,t] + a * clamp(out[b,t-1], -1, 1)     elementwise; out[b,-1] = 0
 *     out[b,t] = v[b,t] * dot(q', k[b,t])
 */
#ifndef SRC_REFERENCE_H
#define SRC_REFERENCE_H

#include "../kernels/lab.h"

/* What a part may be off by, in multiples of what all that is checked may be. */
#define REFERENCE_PART_FACTOR 3.0

/* The relative L2 error that is right, over all that is checked: 1e-5 in fp32, 2e-3 in fp16, 5e-3
 * in bf16, by what the output is stored as. */
double reference_tolerance(enum workload workload, const struct knobs *knobs);

/* How many parts there are, and what one is called: "sequence"; of attention "head". */
uint32_t reference_parts(enum workload workload, const struct knobs *knobs);
const char *reference_part_name(enum workload workload);

/* Squared error and squared norm, summed over what was checked. */
struct reference_sum {
    double error2, norm2;
};

/* Compares a part's output, rows [SEQ_LEN][HEAD_DIM], and adds to *sum. Returns the part's own
 * relative L2 error; infinity if the rows hold a NaN. Once *cancel is raised, which may be NULL, it
 * returns soon, with an error that says nothing. Allocates nothing. */
double reference_compare(enum workload workload, const struct knobs *knobs, uint32_t part,
                         const float *rows, const uint32_t *cancel, struct reference_sum *sum);

/* The relative L2 error of a sum; 0 for an empty one. A row of `dot` counts with the size that its
 * products give it, even if they cancel. */
double reference_error(const struct reference_sum *sum);

/* Fills order[0..parts) with a permutation of the parts that SEED chooses. */
void reference_order(uint64_t seed, uint32_t parts, uint32_t *order);

#endif
