/*
 * inputs.h - the inputs of every workload, and the constants of `dot`; the same bits on host and
 * device.
 *
 * The generator is Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel
 * Random Numbers: As Easy as 1, 2, 3", SC'11. It is a function of a counter and a key, so any
 * element can be generated anywhere, in any order. Element (tensor, b, t, d) is word d % 4 of
 *
 *     philox(counter = (tensor, b, t, d / 4), key = SEED, low word first)
 *
 * shifted right by 8 as a signed number, times 2^-23: uniform in [-1, 1), on a grid that fp32
 * represents exactly.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __CUDACC__
#define INPUTS_FUNCTION static inline __host__ __device__
#define INPUTS_UNROLL   /* the device compiler unrolls by itself */
#else
#define INPUTS_FUNCTION static inline
#define INPUTS_UNROLL   _Pragma("GCC unroll 10") /* input generation takes half as long */
#endif

/* `dot`: q' = q + DOT_CHAIN * clamp(out[t-1], -DOT_CLAMP, DOT_CLAMP); out = v * dot(q', k). */
#define DOT_CHAIN 0.25f
#define DOT_CLAMP 1.0f

#define HEAD_DIM_MOST 256 /* elements in the longest row that HEAD_DIM allows */

/* The first word of the counter. attention.h explains the other words of its tensors. */
enum input_tensor {
    INPUT_Q,
    INPUT_K,
    INPUT_V,
    INPUT_NEEDLE,                /* attention: which row a query looks for */
    INPUT_PREFILL,               /* the source of a prefill: b is the chunk, t is 0 */
    INPUT_CONTEXT,               /* attention: how many rows a sequence starts with */
    INPUT_PAGE,                  /* attention: the order in which pages are allocated */
    INPUT_TOKEN,                 /* model: the first token of a sequence */
    INPUT_CACHE = 16,            /* attention: from here on, two per copy of the cache: K, then V */
    INPUT_MODEL = 1 << 20,       /* model: from here on, one per tensor of weights */
    INPUT_MODEL_CACHE = 2 << 20, /* model: from here on, two per layer: K, then V */
};

/* Ten rounds of Philox4x32: turns words[4] from a counter into random bits. */
INPUTS_FUNCTION void philox4x32_10(uint32_t words[4], uint32_t key0, uint32_t key1)
{
    INPUTS_UNROLL
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = UINT64_C(0xD2511F53) * words[0];
        uint64_t product1 = UINT64_C(0xCD9E8D57) * words[2];
        words[0] = (uint32_t)(product1 >> 32) ^ words[1] ^ key0;
        words[1] = (uint32_t)product1;
        words[2] = (uint32_t)(product0 >> 32) ^ words[3] ^ key1;
        words[3] = (uint32_t)product0;
        key0 += UINT32_C(0x9E3779B9);
        key1 += UINT32_C(0xBB67AE85);
    }
}

/* Generates elements 4 * quad .. 4 * quad + 3 of a row. */
INPUTS_FUNCTION void input_quad(uint64_t seed, uint32_t tensor, uint32_t b, uint32_t t,
                                uint32_t quad, float values[4])
{
    uint32_t words[4] = {tensor, b, t, quad};
    philox4x32_10(words, (uint32_t)seed, (uint32_t)(seed >> 32));
    INPUTS_UNROLL
    for (int i = 0; i < 4; i++)
        values[i] = (float)((int32_t)words[i] >> 8) * (1.0f / 8388608.0f);
}

INPUTS_FUNCTION float input_element(uint64_t seed, uint32_t tensor, uint32_t b, uint32_t t,
                                    uint32_t d)
{
    float values[4];
    input_quad(seed, tensor, b, t, d / 4, values);
    return values[d % 4];
}

/* Generates a row of head_dim elements, a multiple of 4. */
INPUTS_FUNCTION void input_row(uint64_t seed, uint32_t tensor, uint32_t b, uint32_t t,
                               uint32_t head_dim, float *row)
{
    for (uint32_t quad = 0; quad < head_dim / 4; quad++)
        input_quad(seed, tensor, b, t, quad, row + (size_t)4 * quad);
}
