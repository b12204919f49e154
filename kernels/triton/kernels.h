/*
 * kernels.h - the table of Triton kernels, which compile.py has compiled ahead of time and pdlab
 * embeds. It needs neither Python nor CUDA. launcher.h launches the kernels.
 */
#pragma once

#include "../lab.h"

__BEGIN_DECLS

#define TRITON_VERSION "3.6.0" /* launcher.c passes the parameters that this version appends */

/* One entry of aot/manifest.json. */
struct triton_kernel {
    const char *name;       /* of its files: NAME.sm_80.ptx, NAME.sm_90a.cubin */
    const char *entry;      /* the kernel's symbol in them */
    bool queue_step, chain; /* the knob values that it was compiled for */
    uint32_t block_k;
    uint32_t tiles;        /* most tiles of block_k per row; 0: any number */
    uint32_t rows;         /* rows per CTA of a prefill; 0: a decode, which draws tickets */
    uint32_t warps;        /* per CTA */
    uint32_t shared_bytes; /* dynamic shared memory per CTA */
};

extern const struct triton_kernel triton_kernels[]; /* terminated by a NULL name */

/* Number of kernel parameters, including the two that Triton appends. */
#define TRITON_DECODE_PARAMETERS  21
#define TRITON_PREFILL_PARAMETERS 7

/* Resolves QUEUE auto: to `sequence` if there is a program for every sequence, because then all
 * sequences advance together, as in real decoding; to `step` if there are fewer programs. */
enum queue_ticket triton_queue(const struct knobs *knobs);

/* Rows of stamps per program and iteration. A program that is free draws the next ticket, so it may
 * get more than an equal share. This function returns two shares, or all rows if they are fewer. */
uint64_t triton_rows(const struct knobs *knobs);

/* The persistent kernel for these knobs. */
const struct triton_kernel *triton_decode_kernel(const struct knobs *knobs);

/* The prefill for these knobs. */
const struct triton_kernel *triton_prefill_kernel(const struct knobs *knobs);

/* The image of a kernel for a GPU of this compute capability (90: 9.0): machine code if the kernel
 * was compiled for that capability, else PTX, NUL-terminated. */
const void *triton_image(const struct triton_kernel *kernel, uint32_t capability);

__END_DECLS
