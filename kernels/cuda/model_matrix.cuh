/*
 * model_matrix.cuh - multiplies a program's rows of a matrix by the activations of up to 8
 * sequences.
 *
 * Tensor cores compute the products. The first operand of an instruction has 16 rows and 16
 * columns, but a row block has only 8 rows. So the operand's rows 8 to 15 are the same matrix rows,
 * but at 16 other columns. Tiles are stored so that the 16 bytes that a lane loads are its part of
 * the operand. Up to four sequences need one instruction per tile. Four columns of its second
 * operand are the activations for the first 16 columns of the tile, and the other four are the
 * activations for the other 16. Half of the results are not used. More than four sequences need two
 * instructions.
 */
#ifndef KERNELS_CUDA_MODEL_MATRIX_CUH
#define KERNELS_CUDA_MODEL_MATRIX_CUH

#include "model_words.cuh"

/* ---- weights -------------------------------------------------------------------------------- */

/*
 * A group is 32 neighbouring tiles of a row block. Warp w multiplies tiles w, w + 8, w + 16 and w +
 * 24. A row block's last group may have fewer tiles, unless the number of columns is a multiple of
 * 1,024. A source delivers groups:
 *
 *     take(weights, further)   reads the warp's tiles of the next group (further 0), or of the
 *                              group after that (further 1). Tiles beyond the end of the row
 *                              block contain any finite numbers
 *     taken()                  called when the warp has used the next group
 *     end()                    called at the end of the range
 */

/* A source that requests weights `depth` groups ahead (MODEL_DEPTH_LEAST, MODEL_DEPTH or
 * MODEL_DEPTH_MOST), by
 * asynchronous copies from memory to a ring per warp. A lane reads only bytes that it copied
 * itself, so the ring needs no barrier. Beyond the end of a row block, it loads the weights that
 * follow in memory. */
struct model_direct {
    static constexpr uint32_t step = MODEL_PER_WARP * MODEL_TILE_BYTES;
    uint32_t depth;
    const char *next; /* the lane's 16 bytes of the next group */
    int32_t skip;     /* bytes from the end of a row block's last group to the next row block */
    uint32_t left;    /* groups not yet requested */
    uint32_t part;    /* index of the next group in its row block */
    uint32_t groups;  /* groups per row block */
    uint32_t ring;    /* shared address of the lane's bytes in the first slot */
    uint32_t slot;    /* shared address of the lane's bytes in the next slot */

    __device__ __forceinline__ model_direct(char *memory, uint32_t depth)
        : depth(depth), ring((uint32_t)__cvta_generic_to_shared(memory) +
                             threadIdx.x / 32 * depth * step + threadIdx.x % 32 * 16),
          slot(ring)
    {
    }
    __device__ __forceinline__ uint32_t after(uint32_t slot) const
    {
        return slot == ring + (depth - 1) * step ? ring : slot + step;
    }
    /* Waits until all but the newest depth - LESS groups that were requested have arrived. */
    template <uint32_t LESS> __device__ __forceinline__ void wait() const
    {
        if (depth == MODEL_DEPTH_MOST)
            gpu_copy_wait<MODEL_DEPTH_MOST - LESS>();
        else if (depth == MODEL_DEPTH)
            gpu_copy_wait<MODEL_DEPTH - LESS>();
        else
            gpu_copy_wait<MODEL_DEPTH_LEAST - LESS>();
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
        slot = after(slot);
    }
    /* Starts a range of row blocks. apart: distance from one row block of the range to the next, in
     * row blocks. */
    __device__ __forceinline__ void begin(const uint16_t *from, uint32_t columns, uint32_t blocks,
                                          uint32_t apart = 1)
    {
        next = (const char *)from + threadIdx.x / 32 * MODEL_TILE_BYTES + threadIdx.x % 32 * 16;
        groups = model_groups(columns);
        part = 0;
        skip = (int32_t)(columns * (MODEL_TILE_ROWS * 2) * apart - groups * MODEL_GROUP_BYTES);
        left = blocks * groups;
        slot = ring;
#pragma unroll 1
        for (uint32_t i = 0; i < depth; i++)
            request();
    }
    __device__ __forceinline__ void take(uint4 weights[MODEL_PER_WARP], uint32_t further)
    {
        const uint32_t at = further == 0 ? slot : after(slot);
        if (further == 0)
            wait<1>();
        else
            wait<2>();
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

/* Adds the product of a tile and its activations to `sums`. */
static __device__ __forceinline__ void model_multiply(float sums[4], const uint4 &weights,
                                                      const uint32_t act[2])
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(weights.x), "r"(weights.y), "r"(weights.z), "r"(weights.w), "r"(act[0]), "r"(act[1]));
}

/* A lane's activations for a tile, as the second operand. MANY: of up to eight sequences instead of
 * up to four. */
template <bool MANY> struct model_act {
    uint32_t words[MANY ? 4 : 2];

    __device__ __forceinline__ void load(uint32_t at)
    {
        if constexpr (MANY)
            asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                         : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                         : "r"(at)
                         : "memory");
        else
            asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];"
                         : "=r"(words[0]), "=r"(words[1])
                         : "r"(at)
                         : "memory");
    }
};

/* A lane's sums for a row block, or for one of its groups. */
template <bool MANY> struct model_sums {
    float held[MANY ? 2 : 1][4] = {};

    __device__ __forceinline__ void add(const uint4 weights[MODEL_PER_WARP],
                                        const model_act<MANY> act[MODEL_PER_WARP])
    {
#pragma unroll
        for (uint32_t j = 0; j < MODEL_PER_WARP; j++)
#pragma unroll
            for (uint32_t i = 0; i < (MANY ? 2 : 1); i++)
                model_multiply(held[i], weights[j], act[j].words + 2 * i);
    }
    __device__ __forceinline__ void add(const model_sums &other)
    {
#pragma unroll
        for (uint32_t i = 0; i < (MANY ? 2 : 1); i++)
#pragma unroll
            for (uint32_t j = 0; j < 4; j++)
                held[i][j] += other.held[i][j];
    }
    /* Returns the results of this lane's row for the lane's two sequences. */
    __device__ __forceinline__ float2 result() const
    {
        if constexpr (MANY) /* rows 0 to 7 summed one half of the columns, rows 8 to 15 the other
                               half */
            return make_float2(held[0][0] + held[1][2], held[0][1] + held[1][3]);
        else
            return make_float2(held[0][0] + __shfl_xor_sync(0xFFFFFFFF, held[0][2], 2),
                               held[0][1] + __shfl_xor_sync(0xFFFFFFFF, held[0][3], 2));
    }
};

/* The addresses of a lane in a matrix phase. They do not depend on the activations, so they are
 * computed while the program waits for the activations. */
struct model_lane {
    uint32_t act;     /* shared address of the lane's first activations */
    uint32_t apart;   /* bytes from one tile's activations to the next tile's; 0: zeros */
    uint32_t sums;    /* index in shared.sums of the lane's first sum in a row block */
    uint32_t outputs; /* results per row block */
    uint32_t place;   /* the row block in which this thread finishes a result */
    uint32_t output;  /* index of that result in the row block */
    bool low, high;   /* whether the lane's first sequence exists, and its second */

    __device__ __forceinline__ model_lane(const struct model_shared &shared, uint32_t batch,
                                          uint32_t columns, bool paired)
        : outputs(batch * MODEL_TILE_ROWS)
    {
        const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, column = lane / 4;
        const bool many = batch > MODEL_BATCH_FEW;
        /* `column` is the lane's column of the second operand, and b is that column's sequence. If
         * there is no such sequence, the lane reads the same zeros for every tile. */
        const uint32_t b = many ? column : column % 4;
        apart = b < batch ? MODEL_WARPS * MODEL_TILE_COLUMNS * 2 : 0;
        act = (uint32_t)__cvta_generic_to_shared(b < batch ? shared.act : shared.zeros) +
              (b < batch ? b * model_act_stride(columns) + warp * (MODEL_TILE_COLUMNS * 2) +
                               lane % 4 * 16 + (many ? 0 : column / 4 * 8)
                         : 0);
        /* This lane gets the results of row lane / 4 for sequences 2 (lane % 4) and
         * 2 (lane % 4) + 1. */
        const uint32_t first_b = lane % 4 * 2;
        low = first_b < batch && (many || first_b < 4);
        high = first_b + 1 < batch && (many || first_b < 4);
        sums = warp * model_blocks_at_once(batch) * outputs + first_b * MODEL_TILE_ROWS + lane / 4;
        place = threadIdx.x / outputs * (paired ? 2 : 1);
        output = threadIdx.x % outputs;
        asm volatile("" : "+r"(act), "+r"(apart), "+r"(sums), "+r"(place), "+r"(output));
    }
};

/*
 * Multiplies `blocks` row blocks of a matrix by the activations in shared memory. The source has
 * been started, and delivers the weights. Calls finish(place, b, row, sum, second) for each result.
 * place: index of the row block in the range; b: the sequence; row: the row in the row block; sum:
 * the result. If `paired`, `place` is even, and `second` is the result in row block place + 1.
 *
 * A warp multiplies two groups at once, because their latencies overlap. If a row block has at most
 * two groups, their activations stay in registers for all row blocks. This saves shared memory
 * bandwidth for weights.
 *
 * MOST: the largest batch of this kernel (model_batch_range).
 */
template <uint32_t MOST, class SOURCE, class FINISH>
static __device__ __forceinline__ void
model_matrix(uint32_t batch, const struct model_shared &shared, const struct model_lane &lane,
             SOURCE &source, uint32_t columns, uint32_t blocks, bool paired, FINISH &finish)
{
    constexpr bool MANY = MOST > MODEL_BATCH_FEW;
    const uint32_t at_once = model_blocks_at_once(batch), groups = model_groups(columns);
    const uint32_t half = MODEL_WARPS * at_once * lane.outputs; /* floats */
    const bool kept = groups <= 2;
    model_act<MANY> act[2][MODEL_PER_WARP];
    const auto load = [&](uint32_t group, uint32_t &at) {
#pragma unroll
        for (uint32_t j = 0; j < MODEL_PER_WARP; j++, at += lane.apart)
            act[group][j].load(at);
    };
    const auto put = [&](float *to, const model_sums<MANY> &sums) {
        const float2 result = sums.result();
        if (lane.low)
            to[0] = result.x;
        if (lane.high)
            to[MODEL_TILE_ROWS] = result.y;
    };
    if (kept) {
        uint32_t at = lane.act;
        load(0, at);
        if (groups == 1)
            at = lane.act;
        load(1, at);
    }
    for (uint32_t block = 0, flip = 0; block < blocks; block += at_once, flip ^= 1) {
        const uint32_t count = min(blocks - block, at_once);
        float *to = shared.sums + lane.sums + (flip ? half : 0);
#pragma unroll 1
        for (uint32_t left = count; left > 0; left--, to += lane.outputs) {
            model_sums<MANY> sums[2];
            uint32_t at = lane.act, k = groups;
            const bool two = groups == 1 && left > 1; /* two row blocks at once, not two groups */
#pragma unroll 1
            for (; k > 1 || two; k -= 2) {
                uint4 weights[2][MODEL_PER_WARP];
                if (!kept) {
                    load(0, at);
                    load(1, at);
                }
                source.take(weights[0], 0);
                source.take(weights[1], 1);
                sums[0].add(weights[0], act[0]);
                sums[1].add(weights[1], act[1]);
                source.taken();
                source.taken();
                if (two)
                    break;
            }
            if (two) {
                put(to, sums[0]);
                to += lane.outputs;
                left--;
                put(to, sums[1]);
                continue;
            }
            if (k > 0) {
                uint4 weights[MODEL_PER_WARP];
                if (!kept)
                    load(0, at);
                source.take(weights, 0);
                sums[0].add(weights, act[0]);
                source.taken();
            }
            sums[0].add(sums[1]);
            put(to, sums[0]);
        }
        /* Two halves of shared.sums alternate, so one barrier per pass suffices. A warp writes to
         * this half again only after the next barrier, and every warp reads this half before it
         * arrives at that barrier. */
        model_sync();
        if (lane.place < count) {
            const float *of =
                shared.sums + lane.place * lane.outputs + lane.output + (flip ? half : 0);
            float sum = 0, next = 0;
#pragma unroll
            for (uint32_t w = 0; w < MODEL_WARPS; w++)
                sum += of[w * at_once * lane.outputs];
            if (paired) {
#pragma unroll
                for (uint32_t w = 0; w < MODEL_WARPS; w++)
                    next += of[(w * at_once + 1) * lane.outputs];
            }
            finish(block + lane.place, lane.output / MODEL_TILE_ROWS, lane.output % MODEL_TILE_ROWS,
                   sum, next);
        }
    }
    source.end();
}

#endif
