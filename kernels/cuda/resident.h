/*
 * resident.h - what the CTAs of a resident kernel do between two iterations: start one, leave, or
 * poll again. The kernel (persistent_decode_resident.cu) and a model that explores every
 * interleaving of it (tests/unit/test_resident.c) both take their decisions from here.
 *
 * The first CTA decides; the others obey. A CTA cannot leave a grid or cluster barrier early, so
 * either all CTAs enter such an iteration or none does. If each CTA polled the abort word itself,
 * one could leave while another sees the doorbell, enters, and waits for the first for ever.
 *
 *   - The first CTA polls the doorbell. It leaves when it is told to, when the abort word is
 *     raised, or after a second without a ring. It writes its decision to the command word.
 *   - The others poll only the command word.
 *   - When the first CTA leaves an iteration before its end, it commands the others to leave. CTAs
 *     that have not entered yet may then never enter. No barrier waits for them: if the iteration
 *     used a barrier that cannot be left, they would have had to enter. So the host must not wait
 *     for each program of an aborted iteration to signal; it waits until the kernel has ended.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RESIDENT_LEAVE UINT32_MAX /* both a ring and a command */

#ifdef __CUDACC__
#define RESIDENT_INLINE static __host__ __device__ __forceinline__
#else
#define RESIDENT_INLINE static inline
#endif

/* What the first CTA commands after polling the doorbell. `seen`: the ring that it answered last;
 * returning it means to poll again. `expired`: a second has passed without a ring. */
RESIDENT_INLINE uint32_t resident_decide(uint32_t ring, uint32_t seen, bool abort, bool expired)
{
    return ring == seen && (abort || expired) ? RESIDENT_LEAVE : ring;
}
