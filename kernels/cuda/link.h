/*
 * link.h - the protocol between a running kernel and the host, the same in C, CUDA and Triton.
 *
 * A program is a CTA, or one warp of a CTA if STEP_SYNC is block. While it runs, each program
 *   - stamps its steps in device memory, in a ring of rows that the host copies out;
 *   - reports its progress now and then, and how its SM's clock maps to the GPU's timer;
 *   - signals at the end that it is done, after all its writes.
 * Reports and the word `done` are in pinned host memory mapped into the GPU. The host sees them
 * change without calling the driver, so it does not have to wait for a launch to end.
 */
#pragma once

#include <stdint.h>

#define GPU_TAG 1u /* tags a launch's rows and `done`; the host clears both between iterations */

/* Values of `done`. */
#define GPU_RUNS 0u
#define GPU_DONE GPU_TAG
#define GPU_LEFT 2u /* left early: the host aborted, or a barrier's deadline passed */

#define GPU_REPORT_CLOCKS 400000u              /* cycles between reports: 0.2 to 0.4 ms */
#define GPU_DEADLINE_NS   UINT64_C(2000000000) /* how long a program spins for other programs */
#define GPU_RESIDENT_NS   UINT64_C(1000000000) /* how long a resident kernel polls for a doorbell */

/* When a program worked on a step, by its SM's clock64, or by globaltimer (gpu_lab.timed). */
struct gpu_stamp {
    uint64_t begin, end;
};

/* Pairs of globaltimer and clock64, each read at an edge of the timer. A line through the first and
 * the newest pair converts a clock to a time. */
struct gpu_report {
    uint64_t first_timer_ns, first_clock;
    uint64_t last_timer_ns, last_clock;
    uint64_t tagged_rows; /* GPU_TAG << 32 | stamped rows, or completed rows without stamps */
    uint64_t spare;
    uint64_t end_timer_ns, end_clock; /* at the end of a stamped launch; 0: not yet, or not used */
};

/* How long a program waited since its previous step ended, in cycles of its SM. */
struct gpu_phase {
    uint32_t data, barrier;
};

struct gpu_link {
    struct gpu_stamp *stamps;   /* [programs][row_mask + 1], device memory */
    struct gpu_phase *phases;   /* same layout; NULL: not measured in this launch */
    struct gpu_report *reports; /* [programs], mapped */
    uint32_t *done;             /* [programs], mapped */
    const uint32_t *abort;      /* device memory; not 0: leave within a step */
    uint32_t row_mask;          /* row r is stamped at r & row_mask */
    uint32_t stamped;           /* whether this launch stamps its steps */
};

/* The tensors of `dot`, [batch][seq_len][head_dim] each. */
struct gpu_dot {
    const float *q, *k, *v;
    float *out;
    uint32_t batch, seq_len, head_dim;
    uint32_t chain;
};
