/*
 * kernels.h - the Triton kernels that compile.py compiled ahead of time, as the binary carries
 * them. Needs neither Python nor CUDA: what launches them is launcher.h.
 */
#ifndef KERNELS_TRITON_KERNELS_H
#define KERNELS_TRITON_KERNELS_H

#include "../lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TRITON_VERSION "3.6.0" /* launcher.c passes the parameters that this version appends */

/* A row of aot/manifest.json. */
struct triton_kernel {
    const char *name;       /* of its files: NAME.sm_80.ptx, NAME.sm_90a.cubin */
    const char *entry;      /* the kernel's symbol in them */
    bool queue_step, chain; /* the knobs that it was compiled for */
    uint32_t block_k;
    uint32_t tiles;        /* of block_k that a row may have; 0: any number */
    uint32_t rows;         /* rows that a CTA takes; 0: it takes tickets */
    uint32_t warps;        /* in a CTA */
    uint32_t shared_bytes; /* dynamic shared memory of a CTA */
};

extern const struct triton_kernel triton_kernels[]; /* ended by a NULL name */

/* Parameters of the kernels, the two that Triton appends included. */
#define TRITON_DECODE_PARAMETERS  21
#define TRITON_PREFILL_PARAMETERS 7

/* QUEUE auto is a sequence where each has a program from the first step on: then a step of all
 * sequences is under way at a time, as in decoding. With fewer programs it is a step. */
enum queue_ticket triton_queue(const struct knobs *knobs);

/* Rows of stamps for a program of an iteration. Tickets go to whoever is free, so that is more than
 * an even share: twice as many, where that is not all there are. */
uint64_t triton_rows(const struct knobs *knobs);

/* The persistent kernel for these knobs. */
const struct triton_kernel *triton_decode_kernel(const struct knobs *knobs);

/* The prefill for these knobs. */
const struct triton_kernel *triton_prefill_kernel(const struct knobs *knobs);

/* What the driver loads for a kernel on a GPU of that compute capability (90: 9.0): machine code
 * where it was compiled for just that one, else PTX, with a NUL behind it. */
const void *triton_image(const struct triton_kernel *kernel, uint32_t capability);

#ifdef __cplusplus
}
#endif

#endif
