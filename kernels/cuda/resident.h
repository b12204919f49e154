/*
 * resident.h - what the CTAs of a resident kernel do between two iterations: start the next one,
 * exit, or continue to poll. The kernel (persistent_decode_resident.cu) and a model that explores
 * every interleaving of the kernel (tests/unit/test_resident.c) share this code.
 *
 * The first CTA decides for all CTAs. CTAs cannot give up waiting at a grid or cluster barrier, so
 * either all CTAs must enter an iteration with such a barrier, or none. If each CTA polled the
 * abort word itself, one CTA could exit while another reads the doorbell, enters the iteration, and
 * waits for the first one for ever.
 *
 *   - The first CTA polls the doorbell. It decides to exit when the host tells it to, when the
 *     abort word is raised, or after a second without a new value. It writes its decision to the
 *     command word.
 *   - The other CTAs poll only the command word.
 *   - When an iteration ends early for the first CTA, this CTA writes the command to exit. CTAs
 *     that have not entered the iteration yet may then never enter it. No barrier waits for them:
 *     at a barrier at which CTAs cannot give up, the first CTA would have waited until all CTAs had
 *     entered. So the host must not wait until every program of an aborted iteration has signalled.
 *     It waits until the kernel has ended.
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

/* Returns the first CTA's command after a poll of the doorbell, or `seen` if it must poll again.
 * ring: the doorbell's value. seen: the value that the CTA handled last. abort: the abort word is
 * raised. expired: a second has passed without a new value. */
RESIDENT_INLINE uint32_t resident_decide(uint32_t ring, uint32_t seen, bool abort, bool expired)
{
    return ring == seen && (abort || expired) ? RESIDENT_LEAVE : ring;
}
