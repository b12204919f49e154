/*
 * prefill_simulated.cu - simulates an asynchronous copy engine on any GPU. It copies with ordinary
 * loads and stores, but a chunk takes at least COPY_DELAY_NS. The CTAs wait for the rest of that
 * time, like a thread that waits for an engine. While they wait they occupy their SMs, unlike a
 * real engine.
 *
 * The wait polls the GPU's timer. It also calls __nanosleep(t), but only to poll less often,
 * because that may take any time from 0 to 2t.
 */
#include "prefill.cuh"

#define THREADS    256u
#define UNROLL     4u
#define CTA_FLOATS (THREADS * UNROLL * 4u) /* floats that a CTA copies in each pass */
#define SLEEP_MOST 2000u                   /* in the last ns of a wait, poll without sleeping */

#define LONG_DELAY_NS 200000u /* if delays are longer, chunks signal progress to the host */

static __device__ __forceinline__ void wait_until(uint64_t end_ns, const uint32_t *abort)
{
    for (uint64_t now_ns = gpu_timer(); now_ns < end_ns && gpu_load(abort) == 0;
         now_ns = gpu_timer())
        if (end_ns - now_ns > SLEEP_MOST)
            __nanosleep(SLEEP_MOST / 4);
}

static __global__ void __launch_bounds__(THREADS)
    copy(uint32_t chunk, const __grid_constant__ struct prefill_run run)
{
    struct prefill_record *record = run.copies + chunk;
    const uint64_t begin_ns = gpu_timer();
    const float4 *const src = (const float4 *)(run.src + chunk * run.chunk_elems);
    float4 *const dst = (float4 *)(run.dst + chunk * run.chunk_elems);
    const uint64_t vectors = run.chunk_elems / 4;
    if (threadIdx.x == 0)
        prefill_enter(run, record, true);
    uint64_t looked = 0;
    if (gpu_load(run.abort) == 0)
        for (uint64_t first = blockIdx.x * THREADS * UNROLL + threadIdx.x;
             first < vectors && !prefill_look(run, threadIdx.x == 0, &looked);
             first += (uint64_t)gridDim.x * THREADS * UNROLL) {
            float4 x[UNROLL];
#pragma unroll
            for (uint32_t i = 0; i < UNROLL; i++)
                if (first + i * THREADS < vectors)
                    x[i] = src[first + i * THREADS];
#pragma unroll
            for (uint32_t i = 0; i < UNROLL; i++)
                if (first + i * THREADS < vectors)
                    dst[first + i * THREADS] = x[i];
        }
    if (threadIdx.x == 0) {
        wait_until(begin_ns + run.delay_ns, run.abort);
        if (run.delay_ns > LONG_DELAY_NS)
            prefill_beat(run);
    }
    __syncthreads();
    if (threadIdx.x == 0)
        prefill_leave(run, record, true, false);
}

static bool accepts(const struct knobs *knobs, const struct device_info *device,
                    struct error *error)
{
    (void)knobs;
    (void)device;
    (void)error;
    return true;
}

static bool open_copies(struct prefill *prefill, const struct device_info *device,
                        struct error *error)
{
    return prefill_share(prefill, (const void *)copy, THREADS,
                         (prefill->run.chunk_elems + CTA_FLOATS - 1) / CTA_FLOATS, device, error);
}

static cudaError_t launch(const struct prefill *prefill, uint32_t chunk, cudaStream_t stream)
{
    copy<<<prefill->ctas, THREADS, prefill->shared_bytes, stream>>>(chunk, prefill->run);
    return cudaGetLastError();
}

extern const struct prefill_engine prefill_simulated = {
    .accepts = accepts,
    .open = open_copies,
    .launch = launch,
};
