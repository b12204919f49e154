/*
 * resident.h - what the CTAs of a resident kernel do between two iterations: start one, leave, or
 * poll again. The kernel (persistent_decode_resident.cu) and a model that explores every
 * interleaving of the kernel (tests/unit/test_resident.c) share this code.
 *
 * The first CTA decides for all CTAs. A CTA cannot leave a grid or cluster barrier early, so either
 * all CTAs enter an iteration with such a barrier, or none does. If each CTA polled the abort word
 * itself, one could leave while another reads the doorbell, enters, and waits for the first for
 * ever.
 *
 *   - The first CTA polls the doorbell. It leaves when the host commands it, when the abort word is
 *     raised, or after a second without a new value. It writes its decision to the command word.
 *   - The other CTAs poll only the command word.
 *   - When the first CTA leaves an iteration early, it commands the other CTAs to leave. CTAs that
 *     have not entered the iteration yet may then never enter it. No barrier waits for them: if the
 *     iteration had a barrier that no CTA can leave early, all CTAs would have entered it. So the
 *     host must not wait until every program of an aborted iteration has signalled. It waits until
 *     the kernel has ended.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RESIDENT_LEAVE UINT32_MAX /* a value of the doorbell and of the command word */

#ifdef __CUDACC__
#define RESIDENT_INLINE static __host__ __device__ __forceinline__
#else
#define RESIDENT_INLINE static inline
#endif

/* The first CTA's command after it has polled the doorbell. ring: the doorbell's value. seen: the
 * value that the CTA handled last; if it is returned, poll again. expired: a second has passed
 * without a new value. */
RESIDENT_INLINE uint32_t resident_decide(uint32_t ring, uint32_t seen, bool abort, bool expired)
{
    return ring == seen && (abort || expired) ? RESIDENT_LEAVE : ring;
}
