/*
 * model_matrix.cuh - a matrix times the activations of up to 8 sequences, by a program.
 *
 * Tensor cores do the products. An instruction multiplies 16 rows by 16 columns of the first
 * operand, but a row block has 8 rows: the other 8 are the same rows at 16 other columns, so that a
 * lane's 16 bytes of a tile are the operand as they are. Up to four sequences take one instruction:
 * four columns of the second operand are the activations at the first 16 columns, four at the
 * others, and half of the results is of no use. More sequences take two.
 */
#ifndef KERNELS_CUDA_MODEL_MATRIX_CUH
#define KERNELS_CUDA_MODEL_MATRIX_CUH

#include "model_words.cuh"

/* ---- weights -------------------------------------------------------------------------------- */

/*
 * A group is 32 neighbouring tiles of a row block: warp w has tiles w, w + 8, w + 16 and w + 24. A
 * row block's last group may have fewer; a row block of n * 1,024 columns has whole ones. Groups
 * are delivered by a source:
 *
 *     take(weights, further)   reads the warp's tiles of the next group, or of the one after it, in
 *                              the same row block; a missing tile is finite
 *     taken()                  the warp has used the next group
 *     end()                    the range is done
 */
/* Weights straight from memory, some groups ahead, by asynchronous copies to a ring per warp. A
 * lane copies the 16 bytes that it reads itself, so the ring needs no barrier. Beyond the end of a
 * row block lie other weights. */
template <int DEPTH> struct model_direct {
    static constexpr uint32_t step = MODEL_PER_WARP * MODEL_TILE_BYTES;
    const char *next;      /* the lane's 16 bytes of the next group */
    int32_t skip;          /* from a row block's end, in whole groups, to the next row block */
    uint32_t left;         /* groups not yet requested */
    uint32_t part, groups; /* of the next group in its row block */
    uint32_t ring, slot; /* shared addresses: the lane's place in the first slot, and in the next */

    __device__ __forceinline__ model_direct(char *memory)
        : ring((uint32_t)__cvta_generic_to_shared(memory) + threadIdx.x / 32 * DEPTH * step +
               threadIdx.x % 32 * 16),
          slot(ring)
    {
    }
    __device__ __forceinline__ void request()
    {
        if (left > 0) {
            left--;
#pragma unroll
            for (uint32_t i = 0; i < MODEL_PER_WARP; i++)
                gpu_copy16_to(slot + i * MODEL_TILE_BYTES,
                              next + i * (MODEL_WARPS * MODEL_TILE_BYTES), true);
            next += MODEL_GROUP_BYTES;
            if (++part == groups) {
                part = 0;
                next += skip;
            }
        }
        gpu_copy_commit();
        slot = slot == ring + (DEPTH - 1) * step ? ring : slot + step;
    }
    /* apart: row blocks from one that is wanted to the next. */
    __device__ __forceinline__ void begin(const uint16_t *from, uint32_t columns, uint32_t blocks,
                                          uint32_t apart = 1)
    {
        next = (const char *)from + threadIdx.x / 32 * MODEL_TILE_BYTES + threadIdx.x % 32 * 16;
        groups = model_groups(columns);
        part = 0;
        skip = (int32_t)(columns * (MODEL_TILE_ROWS * 2) * apart - groups * MODEL_GROUP_BYTES);
        left = blocks * groups;
        slot = ring;
#pragma unroll
        for (int i = 0; i < DEPTH; i++)
            request();
    }
    __device__ __forceinline__ void take(uint4 weights[MODEL_PER_WARP], uint32_t further)
    {
        uint32_t at = slot;
        if (further == 0) {
            gpu_copy_wait<DEPTH - 1>();
        } else {
            gpu_copy_wait<DEPTH - 2>();
            at = slot == ring + (DEPTH - 1) * step ? ring : slot + step;
        }
#pragma unroll
        for (uint32_t i = 0; i < MODEL_PER_WARP; i++)
            weights[i] = model_load_shared(at + i * MODEL_TILE_BYTES);
    }
    __device__ __forceinline__ void taken()
    {
        request();
    }
    __device__ __forceinline__ void end()
    {
        gpu_copy_wait<0>();
    }
};

/* ---- a matrix ------------------------------------------------------------------------------- */

/* Adds the product of a tile and activations to the sums of its rows. */
static __device__ __forceinline__ void model_multiply(float sums[4], const uint4 &weights,
                                                      const uint2 &act)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(weights.x), "r"(weights.y), "r"(weights.z), "r"(weights.w), "r"(act.x), "r"(act.y));
}

static __device__ __forceinline__ uint2 model_load_act(uint32_t at)
{
    uint2 value;
    asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];"
                 : "=r"(value.x), "=r"(value.y)
                 : "r"(at)
                 : "memory");
    return value;
}

/*
 * Multiplies `blocks` row blocks of a matrix by the activations in shared memory. The source has
 * begun and delivers the weights. FINISH uses the results: finish(place, b, row, sum, second), with
 * the row block from the range's begin, the sequence, the row in the block, and its sum; if
 * `paired`, only even places, with the sum of the next one as `second`.
 */
template <bool MANY, class SOURCE, class FINISH>
static __device__ __forceinline__ void
model_matrix_of(uint32_t batch, const struct model_shared &shared, SOURCE &source, uint32_t columns,
                uint32_t blocks, bool paired, FINISH &finish)
{
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const uint32_t at_once = model_blocks_at_once(batch), outputs = batch * MODEL_TILE_ROWS;
    const uint32_t groups = model_groups(columns), step = paired ? 2 : 1;
    /* The column of the second operand, and which sequence and half of the columns it is. Columns
     * of sequences that do not exist are zeros, always the same. */
    const uint32_t column = lane / 4, b = MANY ? column : column % 4;
    const uint32_t apart = b < batch ? MODEL_WARPS * MODEL_TILE_COLUMNS * 2 : 0; /* bytes */
    const uint32_t act = (uint32_t)__cvta_generic_to_shared(shared.act);
    const uint32_t from =
        b < batch
            ? act + b * model_act_stride(columns) + warp * (MODEL_TILE_COLUMNS * 2) +
                  lane % 4 * 16 + (MANY ? 0 : column / 4 * 8)
            : (uint32_t)__cvta_generic_to_shared(shared.zeros) + (MANY || column >= 4 ? 0 : 8);
    const uint32_t i = threadIdx.x / outputs * step, output = threadIdx.x % outputs;
    const uint32_t half = MODEL_WARPS * at_once * outputs; /* floats */
    /* A lane's results are of row lane / 4 and of the sequences 2 (lane % 4) and the next. */
    const uint32_t first_b = lane % 4 * 2;
    float *to = shared.sums + warp * at_once * outputs + first_b * MODEL_TILE_ROWS + lane / 4;
    const float *of = shared.sums + i * outputs + output;
    for (uint32_t block = 0, flip = 0; block < blocks; block += at_once, flip ^= 1) {
        const uint32_t count = min(blocks - block, at_once);
        float *place = to + (flip ? half : 0);
#pragma unroll 1
        for (uint32_t left = count; left > 0; left--, place += outputs) {
            float held[2][4] = {};
            uint32_t at = from;
            uint32_t k = groups;
            /* Two groups at once: their latencies overlap. */
#pragma unroll 1
            for (; !MANY && k > 1; k -= 2) {
                uint4 weights[2][MODEL_PER_WARP];
                uint2 x[2][MODEL_PER_WARP];
#pragma unroll
                for (uint32_t i = 0; i < 2; i++)
#pragma unroll
                    for (uint32_t j = 0; j < MODEL_PER_WARP; j++, at += apart)
                        x[i][j] = model_load_act(at);
                source.take(weights[0], 0);
                source.take(weights[1], 1);
#pragma unroll
                for (uint32_t j = 0; j < MODEL_PER_WARP; j++) {
                    model_multiply(held[0], weights[0][j], x[0][j]);
                    model_multiply(held[1], weights[1][j], x[1][j]);
                }
                source.taken();
                source.taken();
            }
#pragma unroll 1
            for (; k > 0; k--) {
                uint4 weights[MODEL_PER_WARP];
                uint2 x[MODEL_PER_WARP], y[MODEL_PER_WARP];
#pragma unroll
                for (uint32_t j = 0; j < MODEL_PER_WARP; j++, at += apart) {
                    x[j] = model_load_act(at);
                    if (MANY)
                        y[j] = model_load_act(at + 8);
                }
                source.take(weights, 0);
#pragma unroll
                for (uint32_t j = 0; j < MODEL_PER_WARP; j++) {
                    model_multiply(held[MANY ? 0 : j % 2], weights[j], x[j]);
                    if (MANY)
                        model_multiply(held[1], weights[j], y[j]);
                }
                source.taken();
            }
            float low, high;
            if (MANY) { /* the halves of the columns, in the lower and the upper rows */
                low = held[0][0] + held[1][2];
                high = held[0][1] + held[1][3];
            } else {
                low = held[0][0] + held[1][0];
                high = held[0][1] + held[1][1];
                low += __shfl_xor_sync(0xFFFFFFFF, held[0][2] + held[1][2], 2);
                high += __shfl_xor_sync(0xFFFFFFFF, held[0][3] + held[1][3], 2);
            }
            if (first_b < batch && (MANY || first_b < 4))
                place[0] = low;
            if (first_b + 1 < batch && (MANY || first_b < 4))
                place[MODEL_TILE_ROWS] = high;
        }
        /* A warp that writes the other half has passed the barrier after its last use. */
        model_sync();
        if (i < count) {
            const float *sums = of + (flip ? half : 0);
            float sum = 0, next = 0;
#pragma unroll
            for (uint32_t w = 0; w < MODEL_WARPS; w++)
                sum += sums[w * at_once * outputs];
            if (paired) {
#pragma unroll
                for (uint32_t w = 0; w < MODEL_WARPS; w++)
                    next += sums[(w * at_once + 1) * outputs];
            }
            finish(block + i, output / MODEL_TILE_ROWS, output % MODEL_TILE_ROWS, sum, next);
        }
    }
    source.end();
}

template <class SOURCE, class FINISH>
static __device__ __forceinline__ void
model_matrix(uint32_t batch, const struct model_shared &shared, SOURCE &source, uint32_t columns,
             uint32_t blocks, bool paired, FINISH &finish)
{
    if (batch > 4)
        model_matrix_of<true>(batch, shared, source, columns, blocks, paired, finish);
    else
        model_matrix_of<false>(batch, shared, source, columns, blocks, paired, finish);
}

#endif
