#include "../inputs.h"
#include "gpu.cuh"
#include "per_token.h"

#define TILES (HEAD_DIM_MOST / 128) /* a tile is 32 lanes of four elements */

static __device__ __forceinline__ float4 load(const float *row, uint32_t d, bool valid)
{
    return valid ? *(const float4 *)(row + d) : make_float4(0, 0, 0, 0);
}

static __device__ __forceinline__ float clamp(float x)
{
    return fminf(fmaxf(x, -DOT_CLAMP), DOT_CLAMP);
}

static __global__ void __launch_bounds__(32 * PER_TOKEN_SEQUENCES)
    decode_token(uint32_t own, const __grid_constant__ struct per_token run)
{
    const struct gpu_dot &dot = run.dot;
    const uint32_t t = run.base ? gpu_load(run.base) + own : own;
    const uint32_t lane = threadIdx.x % 32;
    const uint32_t b = blockIdx.x * PER_TOKEN_SEQUENCES + threadIdx.x / 32;
    const uint64_t at = ((uint64_t)b * dot.seq_len + t) * dot.head_dim;
    const bool leader = threadIdx.x == 0;
    float4 q[TILES], k[TILES], v[TILES];
    gpu_let_next_start();
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const uint32_t d = tile * 128 + lane * 4;
        const bool valid = b < dot.batch && d < dot.head_dim && t < dot.seq_len;
        q[tile] = load(dot.q + at, d, valid);
        k[tile] = load(dot.k + at, d, valid);
        v[tile] = load(dot.v + at, d, valid);
    }
    gpu_wait_for_previous();
    /* Return only after the wait. The next launch waits only for this launch, so this launch must
     * have waited for the launches before it. */
    if (t >= dot.seq_len)
        return;
    const uint64_t begin_ns = leader && run.link.stamped ? gpu_timer() : 0;
    float sum = 0;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const uint32_t d = tile * 128 + lane * 4;
        if (dot.chain && t > 0) {
            const float4 out =
                load(dot.out + at - dot.head_dim, d, b < dot.batch && d < dot.head_dim);
            q[tile].x += DOT_CHAIN * clamp(out.x);
            q[tile].y += DOT_CHAIN * clamp(out.y);
            q[tile].z += DOT_CHAIN * clamp(out.z);
            q[tile].w += DOT_CHAIN * clamp(out.w);
        }
        sum += q[tile].x * k[tile].x + q[tile].y * k[tile].y + q[tile].z * k[tile].z +
               q[tile].w * k[tile].w;
    }
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2)
        sum += __shfl_xor_sync(0xFFFFFFFF, sum, distance);
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const uint32_t d = tile * 128 + lane * 4;
        if (b < dot.batch && d < dot.head_dim)
            *(float4 *)(dot.out + at + d) =
                make_float4(v[tile].x * sum, v[tile].y * sum, v[tile].z * sum, v[tile].w * sum);
    }
    __syncthreads();
    if (!leader)
        return;
    if (run.link.stamped)
        gpu_stamp_row(run.link, blockIdx.x, t, begin_ns, gpu_timer());
    const bool last = t + 1 == dot.seq_len;
    if (last || (t + 1) % PER_TOKEN_REPORT == 0)
        run.link.reports[blockIdx.x].tagged_rows = (uint64_t)GPU_TAG << 32 | (t + 1);
    if (last)
        gpu_store_release_system(run.link.done + blockIdx.x, GPU_DONE);
}

static __global__ void advance(uint32_t *base, uint32_t steps, uint32_t seq_len)
{
    *base = *base + steps < seq_len ? *base + steps : 0;
}

static uint32_t count_ctas(uint32_t batch)
{
    return (batch + PER_TOKEN_SEQUENCES - 1) / PER_TOKEN_SEQUENCES;
}

bool per_token_plan(const struct knobs *knobs, const struct device_info *device,
                    uint64_t more_bytes, struct plan *plan, struct error *error)
{
    plan->programs = count_ctas((uint32_t)knobs->batch);
    return gpu_dot_fits(knobs, plan->programs, (uint64_t)knobs->seq_len, more_bytes, device, error);
}

cudaError_t per_token_launch(const struct per_token *run, uint32_t t, bool programmatic,
                             cudaStream_t stream)
{
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(count_ctas(run->dot.batch));
    config.blockDim = dim3(32 * PER_TOKEN_SEQUENCES);
    config.stream = stream;
    config.attrs = &attribute;
    config.numAttrs = programmatic ? 1 : 0;
    void *arguments[] = {&t, (void *)run};
    return cudaLaunchKernelExC(&config, (const void *)decode_token, arguments);
}

cudaError_t per_token_advance(const struct per_token *run, uint32_t steps, cudaStream_t stream)
{
    advance<<<1, 1, 0, stream>>>(run->base, steps, run->dot.seq_len);
    return cudaGetLastError();
}

bool per_token_open(struct gpu_lab *lab, const struct setup *setup, const char *range_name,
                    struct error *error)
{
    const struct gpu_lab_plan plan = {
        .setup = setup,
        .range_name = range_name,
        .programs = setup->plan->programs,
        .rows = (uint64_t)setup->plan->used.seq_len,
        .timed = true,
    };
    struct cudaFuncAttributes attributes;
    return gpu_right(cudaFuncGetAttributes(&attributes, (const void *)decode_token),
                     "cudaFuncGetAttributes", error) &&
           gpu_right(cudaFuncGetAttributes(&attributes, (const void *)advance),
                     "cudaFuncGetAttributes", error) &&
           gpu_dot_open(lab, &plan, error);
}
