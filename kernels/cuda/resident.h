/*
 * resident.h - what the CTAs of a resident kernel do between two iterations: iterate, leave, or
 * look again. The kernel (persistent_decode_resident.cu) and a model that walks through every
 * interleaving of it (tests/unit/test_resident.c) take their decisions from here.
 *
 * One CTA, the first, decides; the others obey. A barrier of the grid or of a cluster cannot be
 * left, so before such an iteration either all CTAs enter or none does. If each CTA looked at the
 * abort word itself, one could leave while another hears the doorbell, enters, and waits for it for
 * ever.
 *
 *   - The first CTA looks at the doorbell. It leaves when it is told to, when the abort word is
 * raised, or when nobody rings for a second. It writes what it decided into the command word.
 *   - The others look at the command word, and at nothing else.
 *   - When the first CTA leaves an iteration before its end, it commands the others to leave. Those
 *     that have not entered yet may then never do so. No barrier waits for them: had the iteration
 *     one that cannot be left, they would have to have entered. So the host must not wait for a
 * word from each program of an aborted iteration: it waits until the kernel is gone.
 */
#ifndef KERNELS_CUDA_RESIDENT_H
#define KERNELS_CUDA_RESIDENT_H

#include <stdbool.h>
#include <stdint.h>

#define RESIDENT_LEAVE UINT32_MAX /* as a ring, and as a command */

#ifdef __CUDACC__
#define RESIDENT_INLINE static __host__ __device__ __forceinline__
#else
#define RESIDENT_INLINE static inline
#endif

/* What the first CTA commands after a look at the doorbell: `seen` is the ring it answered last,
 * and as a result means to look again. `expired`: nobody has rung for a second. */
RESIDENT_INLINE uint32_t resident_decide(uint32_t rung, uint32_t seen, bool abort, bool expired)
{
    return rung == seen && (abort || expired) ? RESIDENT_LEAVE : rung;
}

#endif
