/*
 * link.h - what a running kernel and the host say to each other; alike in C, CUDA and Triton.
 *
 * A program is a CTA, or a warp of one where STEP_SYNC is block. While it runs, each
 *   - stamps its steps in device memory, a ring of rows that the host copies out;
 *   - now and then reports how far it is, and how its SM's clock stands to the GPU's timer;
 *   - says at the end that it is done, after all that it has written.
 * Reports and the word `done` lie in pinned host memory that is mapped into the GPU: the host sees
 * them change without asking the driver, and so without waiting for a launch to end.
 */
#ifndef KERNELS_CUDA_LINK_H
#define KERNELS_CUDA_LINK_H

#include <stdint.h>

#define GPU_TAG 1u /* of the rows and in `done`: this launch's. The host clears both in between */

/* Values of `done`. */
#define GPU_RUNS 0u
#define GPU_DONE GPU_TAG
#define GPU_LEFT 2u /* before its time: told to, or a barrier's deadline passed */

#define GPU_REPORT_CLOCKS 400000u              /* between two reports: 0.2 to 0.4 ms */
#define GPU_DEADLINE_NS   UINT64_C(2000000000) /* that a spin waits for others */
#define GPU_RESIDENT_NS   UINT64_C(1000000000) /* that a resident kernel waits for its doorbell */

/* When a program worked on a step, by its SM's clock64, or by globaltimer where the link says so.
 */
struct gpu_stamp {
    uint64_t begin, end;
};

/* Pairs of globaltimer and clock64, each taken as the timer moved on: a line through the first and
 * the newest turns a clock into a time. */
struct gpu_report {
    uint64_t first_timer_ns, first_clock;
    uint64_t last_timer_ns, last_clock;
    uint64_t tagged_rows; /* GPU_TAG << 32 | rows that are stamped, or run where none are */
    uint64_t spare;
    uint64_t end_timer_ns, end_clock; /* of a stamped launch's end; 0: not yet, or not so written */
};

/* What a program waited for since its previous step ended, in cycles of its SM. */
struct gpu_phase {
    uint32_t data, barrier;
};

struct gpu_link {
    struct gpu_stamp *stamps;   /* [programs][row_mask + 1], device memory */
    struct gpu_phase *phases;   /* likewise; NULL: not measured in this launch */
    struct gpu_report *reports; /* [programs], mapped */
    uint32_t *done;             /* [programs], mapped */
    const uint32_t *abort;      /* device memory; not 0: leave within a step */
    uint32_t row_mask;          /* row r is stamped at r & row_mask */
    uint32_t stamped;           /* whether steps are stamped in this launch */
};

/* The tensors of `dot`, [batch][seq_len][head_dim] each. */
struct gpu_dot {
    const float *q, *k, *v;
    float *out;
    uint32_t batch, seq_len, head_dim;
    uint32_t chain;
};

#endif
