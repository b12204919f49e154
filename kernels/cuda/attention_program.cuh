/*
 * attention_program.cuh - a persistent program of attention: its share of every step, and how it
 * synchronises with programs that work on the same units. The kernels of attention_persistent.cu
 * and of the later rungs use it. They differ in their loader, which brings row blocks of K and V to
 * a warp.
 *
 * In each step, a program
 *   - processes its pieces one after the other, pieces of shared units first. Warp w takes row
 *     blocks w, w + warps, and so on. The warps' sums are added in shared memory. If the piece is a
 *     whole unit, this gives the output. If the unit is shared, the program stores the sums in
 *     memory and increments the unit's counter.
 *   - waits, for each unit that it shares, until the unit's counter includes all pieces, and
 *     combines their partials. Every program of the unit does this, because each needs the output
 *     for its next queries. Only one of them stores the output. If instead one program combined the
 *     partials and signalled the others, that would take one more hop. The price is more reads from
 *     L2.
 * There is no barrier across all programs: only programs that share a K/V head wait for each other.
 * A program that has only whole units never waits.
 *
 * A program loads q of its first two pieces one step ahead, and keeps their output in shared memory
 * until it has computed the next queries. That saves two dependent round trips to L2 in each step.
 *
 * K and V of the next step do not depend on this step, except for the row that this step appends.
 * So a loader may request row blocks of step t + 1 while step t runs, and they are ready in shared
 * memory when the programs have synchronised. Rows that step t - 1 and earlier steps appended are
 * certain to be in the cache. The rows of steps t and t + 1 are read from new K and V.
 */
#ifndef KERNELS_CUDA_ATTENTION_PROGRAM_CUH
#define KERNELS_CUDA_ATTENTION_PROGRAM_CUH

#include "attention_piece.cuh"
#include "attention_programs.h"

/* An entry in a file's table of kernels, which are instances of decode<kind, PHASED>. */
#define ATTENTION_DECODE(TYPE, DIM, COLUMNS)                                                       \
    (const void *)decode<attention_kind<TYPE, DIM, COLUMNS>, false>,
#define ATTENTION_DECODE_PHASED(TYPE, DIM, COLUMNS)                                                \
    (const void *)decode<attention_kind<TYPE, DIM, COLUMNS>, true>,

/* ---- the work list of a program ------------------------------------------------------------- */

__device__ __forceinline__ struct attention_place attention_find(const struct attention_run &run)
{
    const uint4 words = attention_load_words(run.places + blockIdx.x);
    struct attention_place place = {};
    place.first = words.x;
    place.pieces = words.y;
    place.fences = words.z;
    return place;
}

__device__ __forceinline__ struct attention_piece attention_unpack_piece(uint4 a, uint4 b, uint4 c)
{
    struct attention_piece piece;
    piece.unit.b = a.x, piece.unit.g = a.y, piece.unit.head = a.z, piece.unit.heads = a.w;
    piece.unit.context = b.x, piece.from = b.y, piece.to = b.z, piece.number = b.w;
    piece.count = c.x, piece.first = c.y, piece.own = c.z, piece.reserved = 0;
    return piece;
}

/* Copies the descriptions of the first two pieces to shared memory: in L1 they would not last,
 * because an acquire invalidates L1 in every step. The CTA must synchronise before it reads them.
 */
__device__ __forceinline__ void attention_keep_pieces(const struct attention_run &run,
                                                      const struct attention_place &place,
                                                      const struct attention_shared &shared)
{
    constexpr uint32_t WORDS = sizeof(struct attention_piece) / 4;
    const uint32_t *from = (const uint32_t *)(run.pieces + place.first);
    const uint32_t count = (place.pieces < 2 ? place.pieces : 2) * WORDS;
    for (uint32_t i = threadIdx.x; i < count; i += blockDim.x)
        ((uint32_t *)shared.pieces)[i] = attention_load_word(from + i);
}

/* Loads the description of a program's piece k. Callers load it again each time that they need it,
 * because registers are scarce. */
__device__ __forceinline__ struct attention_piece
attention_piece_at(const struct attention_run &run, const struct attention_place &place,
                   const struct attention_shared &shared, uint32_t k)
{
    if (k < 2) {
        const uint32_t from = (uint32_t)__cvta_generic_to_shared(shared.pieces + k);
        return attention_unpack_piece(attention_shared16(from), attention_shared16(from + 16),
                                      attention_shared16(from + 32));
    }
    const char *from = (const char *)(run.pieces + place.first + k);
    return attention_unpack_piece(attention_load_words(from), attention_load_words(from + 16),
                                  attention_load_words(from + 32));
}

/* Iterates over a warp's row blocks: through all pieces of a step, then of the next step. When the
 * cursor reaches a row block, it looks up the block's page at once, long before the loader requests
 * the block. */
template <class kind> struct attention_cursor {
    uint32_t t, k, row, end, page;
    struct attention_source source;

    __device__ __forceinline__ void open(const struct attention_run &run,
                                         const struct attention_place &place,
                                         const struct attention_shared &shared, uint32_t warp)
    {
        row = end = 0;
        if (t >= run.data.shape.seq_len)
            return;
        const struct attention_piece piece = attention_piece_at(run, place, shared, k);
        const uint32_t rows = attention_unit_rows(&piece.unit, t);
        row = attention_piece_row(&piece, rows) + warp * kind::rows;
        end = attention_piece_end(&piece, rows);
        source = attention_source_of<kind>(run.data, piece.unit, t, 1);
        look_up(run);
    }

    __device__ __forceinline__ void look_up(const struct attention_run &run)
    {
        page = row < end ? attention_page(run.data, source.b, row) : 0;
    }

    /* Moves to the warp's next row block of the piece. */
    __device__ __forceinline__ void advance(const struct attention_run &run)
    {
        row += run.warps * kind::rows;
        look_up(run);
    }

    __device__ __forceinline__ void begin(const struct attention_run &run,
                                          const struct attention_place &place,
                                          const struct attention_shared &shared, uint32_t warp)
    {
        t = k = 0;
        open(run, place, shared, warp);
    }

    /* Moves to the next row block. Returns false if there is none in the steps up to and including
     * `limit`. */
    __device__ __forceinline__ bool find(const struct attention_run &run,
                                         const struct attention_place &place,
                                         const struct attention_shared &shared, uint32_t warp,
                                         uint32_t limit)
    {
        limit = limit < run.data.shape.seq_len ? limit : run.data.shape.seq_len - 1;
        while (t <= limit) {
            if (row < end)
                return true;
            if (++k == place.pieces) {
                k = 0;
                t++;
            }
            open(run, place, shared, warp);
        }
        return false;
    }
};

/* ---- mbarriers of a CTA's warps ------------------------------------------------------------- */

__device__ __forceinline__ uint32_t attention_barrier_at(const uint64_t *barrier)
{
    return (uint32_t)__cvta_generic_to_shared(barrier);
}

__device__ __forceinline__ void attention_barrier_begin(uint32_t barrier, uint32_t arrivals)
{
    asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

__device__ __forceinline__ void attention_barrier_arrive(uint32_t barrier)
{
    asm volatile("{\n\t"
                 ".reg .b64 state;\n\t"
                 "mbarrier.arrive.shared.b64 state, [%0];\n\t"
                 "}" ::"r"(barrier)
                 : "memory");
}

/* Makes this thread arrive at `barrier` when all cp.async copies that it has started are complete.
 */
__device__ __forceinline__ void attention_barrier_arrive_copied(uint32_t barrier)
{
    asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" ::"r"(barrier) : "memory");
}

/* Returns whether the phase with this parity has completed. On Hopper, the hardware waits for a
 * while before it returns false. */
__device__ __forceinline__ bool attention_barrier_over(uint32_t barrier, uint32_t parity)
{
    uint32_t over;
#if __CUDA_ARCH__ < 900
    gpu_mark_older();
#endif
    asm volatile("{\n\t"
                 ".reg .pred over;\n\t"
#if __CUDA_ARCH__ >= 900
                 "mbarrier.try_wait.parity.shared.b64 over, [%1], %2;\n\t"
#else
                 "mbarrier.test_wait.parity.shared.b64 over, [%1], %2;\n\t"
#endif
                 "selp.u32 %0, 1, 0, over;\n\t"
                 "}"
                 : "=r"(over)
                 : "r"(barrier), "r"(parity)
                 : "memory");
    return over != 0;
}

__device__ __forceinline__ void attention_barrier_wait(uint32_t barrier, uint32_t parity)
{
    while (!attention_barrier_over(barrier, parity))
        ;
}

/* A position in a ring of `stages` row blocks: the slot, and how many times the ring has wrapped
 * around. */
struct attention_ring_slot {
    uint32_t stage, round;

    __device__ __forceinline__ void next(uint32_t stages)
    {
        if (++stage == stages) {
            stage = 0;
            round++;
        }
    }
};

/* ---- a step --------------------------------------------------------------------------------- */

/* Waits until a counter reaches `target`. Returns false after an abort or a timeout, like
 * gpu_flag_barrier. */
__device__ __forceinline__ bool attention_await(const uint32_t *counter, uint32_t target,
                                                const uint32_t *abort)
{
    for (uint32_t look = 1; (int32_t)(gpu_load_acquire(counter) - target) < 0; look++) {
        if (look % 64 != 0)
            continue;
        if (gpu_load(abort) != 0)
            return false;
        if (look % 4096 == 0) {
            const uint64_t began_ns = gpu_timer();
            while ((int32_t)(gpu_load_acquire(counter) - target) < 0)
                if (gpu_load(abort) != 0 || gpu_timer() - began_ns > GPU_DEADLINE_NS)
                    return false;
            return true;
        }
    }
    return true;
}

/* Returns the address of a shared piece's partial in step t. */
__device__ __forceinline__ float *attention_partial(const struct attention_run &run, uint32_t t,
                                                    uint32_t number)
{
    return run.partials + (uint64_t)((t & 1) * run.slots + number) * run.partial_floats;
}

/* Returns the number of teams into which the threads are divided to combine a shared unit's
 * partials. Each team adds some of the partials, so fewer loads depend on each other. A program may
 * combine two shared units at once, so the shared memory of the warps' sums must have room for
 * twice as many teams. */
template <class kind>
__device__ __forceinline__ uint32_t attention_teams(const struct attention_run &run)
{
    const uint32_t teams = run.warps * 32 / (run.heads * (kind::dim / 4));
    const uint32_t most = run.warps / 2;
    return teams <= 1 || most <= 1 ? 1 : teams < most ? teams : most;
}

/* Adds each team's partials of the program's shared piece i. Stores the sums in `exchange` and
 * `statistics`. */
template <class kind>
__device__ __forceinline__ void
attention_add_teams(const struct attention_run &run, const struct attention_shared &shared,
                    const struct attention_piece &piece, uint32_t i, uint32_t t)
{
    const uint32_t teams = attention_teams<kind>(run), threads = run.warps * 32;
    const uint32_t quads = run.heads * (kind::dim / 4);
    const float *partials = attention_partial(run, t, piece.first);
    for (uint32_t j = threadIdx.x; j < teams * quads; j += threads) {
        const uint32_t team = j / quads, quad = j % quads, place = i * teams + team;
        const uint32_t head = quad / (kind::dim / 4), d = quad % (kind::dim / 4) * 4;
        const struct attention_quad sum = attention_add_partials(
            partials, team, teams, piece.count, run.partial_floats, run.heads, kind::dim, head, d);
        *(float4 *)(shared.exchange + (place * run.heads + head) * kind::exchange_stride + d) =
            sum.out;
        if (d == 0)
            shared.statistics[place * kind::columns + head] = make_float2(sum.most, sum.weight);
    }
}

/* Combines the teams' sums of a shared unit into the output, and stores the output in shared
 * memory. The program with the unit's first piece also stores it in the tensor. */
template <class kind>
__device__ __forceinline__ void
attention_combine(const struct attention_run &run, const struct attention_shared &shared,
                  const struct attention_piece &piece, uint32_t i, uint32_t t)
{
    const struct attention_shape &shape = run.data.shape;
    const struct attention_unit &unit = piece.unit;
    const uint32_t teams = attention_teams<kind>(run), threads = run.warps * 32;
    float *previous = shared.previous + i * run.heads * kind::dim;
    for (uint32_t j = threadIdx.x; j < unit.heads * (kind::dim / 4); j += threads) {
        const uint32_t head = j / (kind::dim / 4), d = j % (kind::dim / 4) * 4;
        const struct attention_quad sum = attention_gather<kind>(
            shared.exchange + i * teams * run.heads * kind::exchange_stride,
            shared.statistics + i * teams * kind::columns, teams, run.heads, head, d);
        const float over = 1.0f / sum.weight;
        char *to = nullptr;
        if (piece.first == piece.own)
            to = (char *)attention_row<kind>(shape, run.data.out, unit.b, t, unit.head + head) +
                 d * kind::element;
        *(float4 *)(previous + head * kind::dim + d) =
            attention_store4<kind::type>(to, make_float4(sum.out.x * over, sum.out.y * over,
                                                         sum.out.z * over, sum.out.w * over));
    }
}

/* q of a program's first two pieces, loaded before the step that needs them. */
template <class kind> struct attention_next_queries {
    struct attention_held_queries<kind> of[2];

    __device__ __forceinline__ void load(const struct attention_run &run,
                                         const struct attention_place &place,
                                         const struct attention_shared &shared, uint32_t t)
    {
#pragma unroll
        for (int i = 0; i < 2; i++)
            if (i < place.pieces)
                of[i].load(run.data, attention_piece_at(run, place, shared, i).unit, t,
                           threadIdx.x / 32, run.warps, threadIdx.x % 32);
    }
};

/* Cycles that this thread waited in a step. Without PHASED this compiles to nothing. */
template <bool PHASED> struct attention_waits {
    uint32_t data = 0, barrier = 0;

    __device__ __forceinline__ uint32_t now() const
    {
        return PHASED ? gpu_clock_low() : 0;
    }
};

/* Processes a piece. All warps that read rows call this. */
template <class kind, bool PHASED, class loader_type>
__device__ __forceinline__ void
attention_run_piece(const struct attention_run &run, const struct attention_place &place,
                    const struct attention_shared &shared, loader_type &loader,
                    struct attention_waits<PHASED> &waits, uint32_t k, uint32_t t)
{
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, threads = run.warps * 32;
    const struct attention_piece piece = attention_piece_at(run, place, shared, k);
    const struct attention_unit &unit = piece.unit;
    const uint32_t rows = attention_unit_rows(&unit, t), end = attention_piece_end(&piece, rows);
    char *queries = shared.queries + (k & 1) * kind::columns * kind::query_stride;
    if (k >= 2) { /* the queries of the first two pieces are ready already */
        struct attention_held_queries<kind> held;
        held.load(run.data, unit, t, warp, run.warps, lane);
        attention_make_queries<kind>(run.data, unit, t, nullptr, held, queries, warp, run.warps,
                                     lane);
    }
    const bool newest = piece.to == 0; /* the appended row is in this piece */
    struct attention_new_row<kind> row_to_append;
    if (!loader_type::appends && newest)
        row_to_append.load(run.data, unit, t, lane);
    attention_sync(threads);

    attention_sums<kind> sums;
    sums.begin(queries, lane);
    for (uint32_t row = attention_piece_row(&piece, rows) + warp * kind::rows; row < end;
         row += run.warps * kind::rows) {
        const uint32_t before = waits.now();
        const uint32_t row_block = loader.wait();
        waits.data += waits.now() - before;
        sums.add(row_block, queries, end - row, lane);
        if (loader_type::appends && end == rows && row + kind::rows >= rows)
            attention_append<kind>(run.data, unit, t, row_block, rows - 1 - row, lane);
        loader.free();
        loader.fill();
    }
    sums.leave(shared.exchange + warp * run.heads * kind::exchange_stride,
               shared.statistics + warp * kind::columns, unit.heads, lane);
    if (!loader_type::appends && newest)
        row_to_append.append(run.data, unit, t, warp, run.warps, lane);
    attention_sync(threads);

    float *partial = piece.count > 1 ? attention_partial(run, t, piece.own) : nullptr;
    attention_finish_piece<kind>(run.data, unit, t, shared, run.warps, run.heads, partial,
                                 k < 2 ? shared.previous + k * run.heads * kind::dim : nullptr,
                                 threadIdx.x, threads);
    if (piece.count == 1)
        return;
    attention_sync(threads);
    if (threadIdx.x == 0)
        gpu_add_release(run.counters + piece.number * ATTENTION_SHARED_LINES, 1);
}

/* ---- an iteration --------------------------------------------------------------------------- */

/*
 * Runs all steps. All warps that read rows call this, after they have constructed the loader. A
 * loader has these members:
 *
 *   - appends: how a step's new row is appended. true: the warp whose row block contains the new
 * row appends it from shared memory. false: all warps load the row from new K and V, and append it.
 *     A loader that loads row blocks into registers needs true: with false, it would wait for the
 *     loads of the new row.
 *   - allow(t): called when the programs have synchronised before step t. The loader may then
 *     request row blocks of step t + 1.
 *   - fill(): requests as many row blocks as fit.
 *   - wait(): waits for the next row block, and returns its shared address.
 *   - free(): releases that block's slot.
 *   - end(): called when the iteration is over or aborted. Waits until no copy is in flight.
 */
template <class kind, bool PHASED, class loader_type>
__device__ __forceinline__ void
attention_iterate(const struct attention_run &run, const struct attention_place &place,
                  const struct attention_shared &shared, loader_type &loader)
{
    const uint32_t threads = run.warps * 32, seq_len = run.data.shape.seq_len;
    const bool leader = threadIdx.x == 0, stamped = run.link.stamped != 0;
    uint32_t shared_pieces = 0; /* pieces [0, shared_pieces) are shared */
    for (uint32_t i = 0; i < 2 && i < place.pieces; i++)
        shared_pieces += attention_piece_at(run, place, shared, i).count > 1;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    struct attention_next_queries<kind> next = {
    };
    struct attention_waits<PHASED> waits;
    uint64_t begin = 0, reported = 0;
    bool left = false;
    uint32_t t = 0;
    loader.fill(); /* request row blocks first: they take longest */
    next.load(run, place, shared, 0);
    if (leader)
        begin = reported = gpu_report_first(run.link, blockIdx.x);
    while (true) {
        uint32_t abort = 0;
        if (leader)
            abort = gpu_load(run.link.abort);
        loader.allow(t);
#pragma unroll
        for (int i = 0; i < 2; i++)
            if (i < place.pieces)
                attention_make_queries<kind>(
                    run.data, attention_piece_at(run, place, shared, i).unit, t,
                    shared.previous + i * run.heads * kind::dim, next.of[i],
                    shared.queries + i * kind::columns * kind::query_stride, warp, run.warps, lane);
        loader.fill();
        for (uint32_t k = 0; k < place.pieces; k++)
            attention_run_piece<kind, PHASED>(run, place, shared, loader, waits, k, t);
        if (t + 1 < seq_len)
            next.load(run, place, shared, t + 1);
        if (leader) {
            bool complete = abort == 0;
            const uint32_t before = waits.now();
            for (uint32_t i = 0; i < shared_pieces && complete; i++) {
                const struct attention_piece piece = attention_piece_at(run, place, shared, i);
                complete = attention_await(run.counters + piece.number * ATTENTION_SHARED_LINES,
                                           (run.round + t + 1) * piece.count, run.link.abort);
            }
            waits.barrier += waits.now() - before;
            *shared.word = complete;
        }
        attention_sync(threads);
        left = *shared.word == 0;
        if (left)
            break;
        for (uint32_t i = 0; i < shared_pieces; i++)
            attention_add_teams<kind>(run, shared, attention_piece_at(run, place, shared, i), i, t);
        if (shared_pieces > 0) {
            attention_sync(threads);
            for (uint32_t i = 0; i < shared_pieces; i++)
                attention_combine<kind>(run, shared, attention_piece_at(run, place, shared, i), i,
                                        t);
            attention_sync(threads);
        }
        if (leader) {
            const uint64_t end = gpu_clock();
            if (stamped)
                gpu_stamp_row(run.link, blockIdx.x, t, begin, end);
            if (PHASED) {
                gpu_phase_row(run.link, blockIdx.x, t, waits.data, waits.barrier);
                waits = {};
            }
            begin = end;
            if (end - reported > GPU_REPORT_CLOCKS && t + 1 < seq_len)
                reported = gpu_report_rows(run.link, blockIdx.x, t + 1);
        }
        if (++t == seq_len)
            break;
    }
    loader.end();
    attention_sync(threads);
    if (leader)
        gpu_report_end(run.link, blockIdx.x, t, stamped, left);
}

#endif
