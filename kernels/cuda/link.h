/*
 * link.h - the protocol between a running kernel and the host, used by C, CUDA and Triton code.
 *
 * A program is a CTA, or one warp of a CTA if STEP_SYNC is block. While it runs, each program
 *   - stamps its steps in device memory, in a ring of rows that the host copies out;
 *   - reports its progress every few hundred microseconds, with its SM's clock and the GPU's timer,
 *     so that the host can convert values of the clock;
 *   - signals at the end, after all its writes, that it is done.
 * Reports and `done` words are in pinned host memory that is mapped into the GPU. So the host sees
 * them change without calling the driver, and need not wait until the driver reports the end of a
 * launch.
 */
#pragma once

#include <stdint.h>

#define GPU_TAG 1u /* marks tagged_rows and `done` as written; the host clears both */

/* Values of a `done` word. */
#define GPU_RUNS 0u
#define GPU_DONE GPU_TAG
#define GPU_LEFT 2u /* exited early: the host aborted the iteration, or a barrier timed out */

#define GPU_REPORT_CLOCKS 400000u              /* cycles between reports: 0.2 to 0.4 ms */
#define GPU_DEADLINE_NS   UINT64_C(2000000000) /* how long a program waits for other programs */
#define GPU_RESIDENT_NS   UINT64_C(1000000000) /* how long a resident kernel polls for a doorbell */

/* When a program began and ended a step: values of its SM's clock64, or of globaltimer if
 * gpu_lab.timed is set. */
struct gpu_stamp {
    uint64_t begin, end;
};

/* Pairs of globaltimer and clock64, each read when the timer advanced. A line through the first and
 * the newest pair converts a value of clock64 to a time. */
struct gpu_report {
    uint64_t first_timer_ns, first_clock;
    uint64_t last_timer_ns, last_clock;
    uint64_t tagged_rows; /* GPU_TAG << 32 | number of completed rows */
    uint64_t spare;
    uint64_t end_timer_ns, end_clock; /* the pair at the end of a stamped launch; 0: not written */
};

/* How many cycles a program waited since the end of its previous step, for data and for other
 * programs. */
struct gpu_phase {
    uint32_t data, barrier;
};

struct gpu_link {
    struct gpu_stamp *stamps;   /* [programs][row_mask + 1], device memory */
    struct gpu_phase *phases;   /* same layout; NULL: this launch does not measure phases */
    struct gpu_report *reports; /* [programs], mapped */
    uint32_t *done;             /* [programs], mapped */
    const uint32_t *abort;      /* device memory; not 0: the kernel must exit within a step */
    uint32_t row_mask;          /* the stamp of row r is at index r & row_mask */
    uint32_t stamped;           /* whether this launch stamps its steps */
};

/* The tensors of `dot`, [batch][seq_len][head_dim] each. */
struct gpu_dot {
    const float *q, *k, *v;
    float *out;
    uint32_t batch, seq_len, head_dim;
    uint32_t chain;
};
