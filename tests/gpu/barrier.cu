/*
 * barrier.cu - the flag barrier under random delays: no CTA may pass the barrier before all CTAs
 * have arrived, and every write before the barrier must be visible after it.
 *
 *     barrier [ROUNDS]        (10 million)
 *
 * Exit status: 0; 1 if the barrier or a CUDA call failed.
 */
#include "../../kernels/cuda/gpu.cuh"

#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

#define CTAS      8u
#define THREADS   128u
#define MOST_WAIT 1024u /* cycles */

struct room {
    uint32_t barrier, abort;
    /* The round that each CTA has reached, each on a cache line of its own. */
    uint32_t reached[CTAS][32];
    uint32_t early;    /* a round that a CTA passed too early; 0: none */
    uint32_t given_up; /* a CTA did not see the others arrive */
};

/* Marsaglia's xorshift: random enough for delays. */
static __device__ uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static __global__ void synchronize(struct room *room, uint32_t rounds)
{
    uint32_t random = blockIdx.x * 7919 + 1;
    for (uint32_t round = 1; round <= rounds; round++) {
        if (threadIdx.x == 0) {
            if (next_random(&random) % 4 == 0) {
                const uint64_t until = gpu_clock() + next_random(&random) % MOST_WAIT;
                while (gpu_clock() < until)
                    ;
            }
            room->reached[blockIdx.x][0] = round;
            if (!gpu_flag_barrier<true>(&room->barrier, round * gridDim.x, &room->abort))
                room->given_up = 1;
            for (uint32_t other = 0; other < gridDim.x; other++)
                if (*(volatile uint32_t *)room->reached[other] < round)
                    room->early = round;
        }
        __syncthreads();
    }
}

int main(int argc, char **argv)
{
    const uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], nullptr, 10) : 10000000;
    const uint32_t batch = 500000; /* rounds per launch: the barrier's counter must not wrap */
    struct room *room, seen;
    if (cudaMalloc((void **)&room, sizeof *room) != cudaSuccess) {
        fprintf(stderr, "barrier: %s\n", cudaGetErrorString(cudaGetLastError()));
        return 1;
    }
    for (uint32_t done = 0; done < rounds; done += batch) {
        uint32_t some = rounds - done < batch ? rounds - done : batch;
        void *arguments[] = {&room, &some};
        cudaMemset(room, 0, sizeof *room);
        cudaLaunchCooperativeKernel((const void *)synchronize, dim3(CTAS), dim3(THREADS), arguments,
                                    0, nullptr);
        cudaMemcpy(&seen, room, sizeof seen, cudaMemcpyDeviceToHost);
        if (cudaGetLastError() != cudaSuccess || seen.early || seen.given_up) {
            fprintf(stderr, "barrier: passed early in round %u, given up %u\n", seen.early,
                    seen.given_up);
            return 1;
        }
    }
    printf("barrier: %u rounds of %u CTAs, none passed early\n", rounds, CTAS);
    return 0;
}
