/*
 * kernels.h - the table of Triton kernels. compile.py has compiled them ahead of time, and pdlab
 * embeds the results. This file needs neither Python nor CUDA. launcher.h launches the kernels.
 */
#pragma once

#include "../lab.h"

__BEGIN_DECLS

/* launcher.c passes the two parameters that this version of Triton appends to a kernel's own. */
#define TRITON_VERSION "3.6.0"

/* One kernel in aot/manifest.json. */
struct triton_kernel {
    const char *name;       /* the kernel's files are NAME.sm_80.ptx and NAME.sm_90a.cubin */
    const char *entry;      /* the kernel's symbol in these files */
    bool queue_step, chain; /* the knob values for which the kernel was compiled */
    uint32_t block_k;
    uint32_t tiles; /* most tiles of block_k per row; 0: any number */
    uint32_t rows;  /* rows per CTA of a prefill kernel; 0: a decode kernel, which draws tickets */
    uint32_t warps; /* warps per CTA */
    uint32_t shared_bytes; /* dynamic shared memory per CTA */
};

extern const struct triton_kernel triton_kernels[]; /* terminated by a NULL name */

/* Number of kernel parameters, including the two that Triton appends. */
#define TRITON_DECODE_PARAMETERS  21
#define TRITON_PREFILL_PARAMETERS 7

/* Returns the value of QUEUE. auto becomes `sequence` if there is a program for every sequence,
 * because then all sequences advance together, as in real decoding. With fewer programs it becomes
 * `step`. */
enum queue_ticket triton_queue(const struct knobs *knobs);

/* Returns the rows of stamps per program and iteration. Whichever program is free draws the next
 * ticket, so a program may get more than an equal share. This function returns twice an equal
 * share, but at most all rows. */
uint64_t triton_rows(const struct knobs *knobs);

/* Returns the persistent kernel for these knobs. */
const struct triton_kernel *triton_decode_kernel(const struct knobs *knobs);

/* Returns the prefill kernel for these knobs. */
const struct triton_kernel *triton_prefill_kernel(const struct knobs *knobs);

/* Returns the image of a kernel for a GPU with this compute capability (90 is 9.0): machine code if
 * the kernel was compiled for that capability, else NUL-terminated PTX. */
const void *triton_image(const struct triton_kernel *kernel, uint32_t capability);

__END_DECLS
