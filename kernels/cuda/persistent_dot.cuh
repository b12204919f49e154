/*
 * persistent_dot.cuh - an iteration of a persistent program of `dot`: the loop over its steps, and
 * the barrier after each step. persistent_decode_cuda.cu and persistent_decode_resident.cu use it.
 * persistent_row.cuh implements a step.
 */
#ifndef KERNELS_CUDA_PERSISTENT_DOT_CUH
#define KERNELS_CUDA_PERSISTENT_DOT_CUH

#include "persistent_row.cuh"

#include <cooperative_groups.h>

/* ---- barriers, and whether to leave --------------------------------------------------------- */

/* Synchronises a program's warps before its leader stamps, if the program is a CTA with several
 * warps. */
__device__ __forceinline__ void persistent_gather(const struct persistent &run)
{
    if (run.warps > 1)
        __syncthreads();
}

/*
 * The barrier after a step. All threads call this. Returns true if the program must exit. decides:
 * this barrier acts on `abort`, the value of the abort word some steps ago. number: decisions so
 * far. With STEP_SYNC none or flag, no program waits for programs that have exited. With the other
 * barriers, all programs exit after the same step.
 *
 * No program reads another program's output, so the barriers order no writes except decisions. A
 * barrier that orders writes would also wait a few hundred ns until the step's output has reached
 * memory. Only the grid barrier always does this.
 *
 * A CTA cannot exit alone while other CTAs wait at a cluster or grid barrier. So CTA 0 decides for
 * all: it writes its decision before the barrier, and all CTAs read it after the barrier. Two words
 * alternate, because CTA 0 may write the next decision before the slowest CTA has read this one.
 */
__device__ __forceinline__ bool persistent_sync(const struct persistent &run, bool decides,
                                                uint32_t number, bool abort, uint32_t target)
{
    __shared__ uint32_t decision[2];
    const uint32_t word = number & 1;
    if (run.sync == SYNC_NONE) {
        if (!decides)
            return false;
        return run.warps > 1 ? __syncthreads_or(abort) : abort;
    }
    if (run.sync == SYNC_BLOCK) {
        if (decides)
            return __syncthreads_or(abort);
        __syncthreads();
        return false;
    }
    if (run.sync == SYNC_CLUSTER) {
        if (!decides) {
            gpu_cluster_barrier_relaxed();
            return false;
        }
        if (blockIdx.x == 0 && threadIdx.x < run.programs)
            gpu_cluster_store(&decision[word], threadIdx.x, abort);
        gpu_cluster_barrier();
        return decision[word] != 0;
    }
    if (run.sync == SYNC_FLAG) {
        if (threadIdx.x == 0)
            decision[0] =
                (decides && abort) || !gpu_flag_barrier<false>(run.barrier, target, run.link.abort);
        if (run.warps > 1)
            __syncthreads();
        else
            __syncwarp();
        return decision[0] != 0;
    }
    if (decides && blockIdx.x == 0 && threadIdx.x == 0)
        run.decision[word] = abort;
    cooperative_groups::this_grid().sync();
    return decides && gpu_load(&run.decision[word]) != 0;
}

/* ---- an iteration --------------------------------------------------------------------------- */

/* A thread's state during an iteration. */
struct persistent_course {
    struct persistent_cursor ahead; /* the next row to request */
    uint64_t begin, reported; /* clocks: when the step began, and when the last report was sent */
    uint32_t t;               /* steps finished so far */
    uint32_t number;          /* decisions so far */
    uint32_t abort;           /* the abort word, as it was read after the last decision */
    uint32_t data, waited;    /* only with PHASED: cycles waited for rows, and at the barrier, since
                                 the previous step ended */
};

template <int LANES, int TILES, bool ONE>
__device__ __forceinline__ void persistent_begin(const struct persistent &run, bool stamped,
                                                 const struct persistent_place &place,
                                                 struct persistent_course *course)
{
    course->data = course->waited = 0;
    persistent_cursor_begin(&course->ahead, run, place);
    for (uint32_t buffer = 0; buffer < run.depth; buffer++)
        persistent_send<LANES, TILES, ONE>(run, place, &course->ahead, buffer);
    course->reported = gpu_clock();
    if (stamped && place.leader)
        course->reported = gpu_report_first(run.link, place.program);
    course->t = course->number = course->abort = 0;
    course->begin = gpu_clock();
}

/* Stamps a finished step. dot: the dot product that was computed last. Returns the clock. */
template <bool PHASED>
__device__ __forceinline__ uint64_t persistent_stamp(const struct persistent &run, bool stamped,
                                                     const struct persistent_place &place,
                                                     struct persistent_course *course, float dot)
{
    if (!stamped)
        return 0;
    const uint64_t end = gpu_clock_after(dot);
    if (place.leader) {
        gpu_stamp_row(run.link, place.program, course->t, course->begin, end);
        if (PHASED)
            gpu_phase_row(run.link, place.program, course->t, course->data, course->waited);
    }
    course->data = 0;
    return end;
}

/* Waits until the next chunk is in shared memory. */
template <bool PHASED>
__device__ __forceinline__ void persistent_await_chunk(const struct persistent &run,
                                                       struct persistent_course *course)
{
    const uint32_t before = PHASED ? gpu_clock_low() : 0;
    persistent_wait(run.depth > PERSISTENT_DEPTH);
    if (PHASED)
        course->data += gpu_clock_low() - before;
}

/* Starts the next step after a barrier. end: the clock when the barrier began. */
__device__ __forceinline__ void persistent_enter(const struct persistent &run, uint64_t end,
                                                 struct persistent_course *course)
{
    course->begin = run.sync == SYNC_NONE ? end : gpu_clock();
    course->waited = (uint32_t)(course->begin - end);
}

/* Called after each decision whether to exit (persistent_sync): loads the abort word for the next
 * decision, and reports progress to the host if a report is due. */
__device__ __forceinline__ void persistent_look(const struct persistent &run,
                                                const struct persistent_place &place,
                                                struct persistent_course *course)
{
    course->number++;
    course->abort = gpu_load(run.link.abort);
    if (place.leader && gpu_clock() - course->reported > GPU_REPORT_CLOCKS)
        course->reported = gpu_report_rows(run.link, place.program, course->t);
}

/* ---- one sequence per thread ---------------------------------------------------------------- */

/* The values computed from a row that do not depend on the previous row. */
template <int TILES> struct persistent_ready {
    float sum, other;    /* two partial sums of (q - factor) k */
    float4 twice[TILES]; /* 2 factor k */
    float4 v[TILES], half[TILES];
};

template <int LANES, int TILES>
__device__ __forceinline__ void
persistent_prepare(const struct persistent_row<LANES, TILES, true> &row, float factor,
                   struct persistent_ready<TILES> *ready)
{
    ready->sum = ready->other = 0;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const float4 q = row.q[tile], k = row.k[tile], v = row.v[tile];
        ready->sum = fmaf(q.x - factor, k.x, ready->sum);
        ready->other = fmaf(q.y - factor, k.y, ready->other);
        ready->sum = fmaf(q.z - factor, k.z, ready->sum);
        ready->other = fmaf(q.w - factor, k.w, ready->other);
        ready->twice[tile] =
            make_float4(2 * factor * k.x, 2 * factor * k.y, 2 * factor * k.z, 2 * factor * k.w);
        ready->v[tile] = v;
        ready->half[tile] = make_float4(0.5f * v.x, 0.5f * v.y, 0.5f * v.z, 0.5f * v.w);
    }
}

/* Completes the row's dot(q', k). */
template <int TILES>
__device__ __forceinline__ float persistent_finish(const struct persistent_ready<TILES> &ready,
                                                   const struct persistent_chain<TILES> &chain)
{
    float sum = ready.sum, other = ready.other;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const float4 twice = ready.twice[tile], half = chain.half[tile];
        sum = fmaf(twice.x, persistent_saturate(half.x, chain.dot), sum);
        other = fmaf(twice.y, persistent_saturate(half.y, chain.dot), other);
        sum = fmaf(twice.z, persistent_saturate(half.z, chain.dot), sum);
        other = fmaf(twice.w, persistent_saturate(half.w, chain.dot), other);
    }
    return sum + other;
}

/* Values that each step needs. They are in registers, because the constant bank is too slow. */
struct persistent_hand {
    const float *ahead;      /* address of q in the next row to request, `depth` chunks ahead */
    int64_t k, v;            /* distance from q to k, and from q to v, in elements */
    float *out;              /* address of the output of the current row */
    struct gpu_stamp *stamp; /* address of the stamp of this chunk's first step */
    uint32_t pitch;          /* elements from one row to the next */
    uint32_t depth;
    uint32_t left; /* rows still to request */
    float factor;  /* DOT_CHAIN, or 0 without CHAIN */
};

/*
 * Runs PERSISTENT_CHUNK steps without checks between them. *ready is the next row of the chain, and
 * *row is the row after that. All work that is not on the critical path runs in the latency of the
 * shuffles: preparing *row, fetching the row after it from shared memory, and requesting the row
 * `depth` chunks ahead into the slot of the current row. BLOCK: the warps of the CTA synchronise
 * after each step except the last; the caller synchronises after the last.
 */
template <int LANES, int TILES, bool BLOCK>
__device__ __forceinline__ void
persistent_chunk(const struct persistent_place &place, const bool valid[TILES], bool stamped,
                 uint32_t buffer, struct persistent_hand *hand,
                 struct persistent_chain<TILES> *chain, struct persistent_ready<TILES> *ready,
                 struct persistent_row<LANES, TILES, true> *row, uint64_t *begin, uint64_t *end)
{
    constexpr uint32_t ROW = persistent_row_size<LANES, TILES>;
    constexpr uint32_t BUFFER = persistent_buffer_size<LANES, TILES>;
    constexpr uint32_t TENSOR = TILES * LANES * (uint32_t)sizeof(float4);
    const float4 *slots = place.buffers + buffer * BUFFER;
    const float4 *others = place.buffers + persistent_next(buffer, hand->depth) * BUFFER;
    const bool deep = hand->depth > PERSISTENT_DEPTH;
    const uint32_t send_to = (uint32_t)__cvta_generic_to_shared(slots);
    asm volatile("" : "+l"(hand->stamp));
#pragma unroll
    for (uint32_t i = 0; i < PERSISTENT_CHUNK; i++) {
        struct persistent_ready<TILES> next;
        const auto prepare = [&] { persistent_prepare<LANES, TILES>(*row, hand->factor, &next); };
        const auto fetch_and_send = [&] {
            if (i + 2 == PERSISTENT_CHUNK) { /* wait for the next chunk; the chunk being requested
                                                is not committed yet */
                if (deep)
                    gpu_copy_wait<PERSISTENT_DEPTH_MOST - 2>();
                else
                    gpu_copy_wait<PERSISTENT_DEPTH - 2>();
            }
            row->fetch(i + 2 < PERSISTENT_CHUNK ? slots + (i + 2) * ROW
                                                : others + (i + 2 - PERSISTENT_CHUNK) * ROW,
                       place.active);
            if (place.active) {
#pragma unroll
                for (int tile = 0; tile < TILES; tile++) {
                    const uint32_t to =
                        send_to + (i * ROW + tile * LANES) * (uint32_t)sizeof(float4);
                    const float *from = hand->ahead + tile * LANES * 4;
                    const bool there = valid[tile] && i < hand->left;
                    gpu_copy16_to(to, from, there);
                    gpu_copy16_to(to + TENSOR, from + hand->k, there);
                    gpu_copy16_to(to + 2 * TENSOR, from + hand->v, there);
                }
            }
            hand->ahead += hand->pitch;
        };
        const float dot = persistent_sum<LANES>(persistent_finish<TILES>(*ready, *chain), prepare,
                                                fetch_and_send);
        chain->dot = dot;
#pragma unroll
        for (int tile = 0; tile < TILES; tile++) {
            const float4 v = ready->v[tile];
            chain->half[tile] = ready->half[tile];
            if (valid[tile])
                *(float4 *)(hand->out + tile * LANES * 4) =
                    make_float4(v.x * dot, v.y * dot, v.z * dot, v.w * dot);
        }
        hand->out += hand->pitch;
        *ready = next;
        if (stamped) {
            *end = gpu_clock_after(dot);
            if (place.leader)
                *(ulonglong2 *)(hand->stamp + i) = make_ulonglong2(*begin, *end);
            *begin = *end;
        }
        if (BLOCK && i + 1 < PERSISTENT_CHUNK) {
            __syncthreads();
            if (stamped)
                *begin = gpu_clock();
        }
    }
    gpu_copy_commit();
    hand->left = hand->left > PERSISTENT_CHUNK ? hand->left - PERSISTENT_CHUNK : 0;
}

/*
 * Runs all complete chunks of an iteration. For programs that do not synchronise, or only within a
 * CTA. There are few instructions between two chunks, because a branch costs as much as a step.
 * Returns true if the program must exit.
 *
 * The abort word is copied to shared memory by cp.async, like the rows. It is requested
 * PERSISTENT_LOOK steps before it is needed, together with a chunk that has arrived by then. If the
 * word were loaded into a register, the warp would wait for it at once, because loads from shared
 * memory wait for all loads on the same scoreboard. That cost 0.3 us per chunk, and 2 us when other
 * kernels kept memory busy.
 */
template <int LANES, int TILES, bool BLOCK>
__device__ __forceinline__ bool
persistent_chunks(const struct persistent &run, bool stamped, const struct persistent_place &place,
                  const bool valid[TILES], struct persistent_course *course,
                  struct persistent_hand *hand, struct persistent_chain<TILES> *chain,
                  struct persistent_row<LANES, TILES, true> *row)
{
    const uint32_t whole = run.dot.seq_len / PERSISTENT_CHUNK * PERSISTENT_CHUNK;
    const uint32_t *abort = run.link.abort;
    struct gpu_stamp *stamps = run.link.stamps + (uint64_t)place.program * (run.link.row_mask + 1);
    struct persistent_ready<TILES> ready;
    uint64_t end;
    uint32_t mask = run.link.row_mask;
    __shared__ uint4 words[32]; /* for each warp: the abort word and the 12 bytes after it */
    uint4 *const word = &words[threadIdx.x / 32];
    const uint32_t lane = threadIdx.x % 32;
    if (lane == 0)
        *word = make_uint4(0, 0, 0, 0);
    asm volatile("" : "+l"(abort), "+l"(stamps), "+r"(mask));
    persistent_prepare<LANES, TILES>(*row, hand->factor, &ready);
    row->fetch(place.buffers + persistent_row_size<LANES, TILES>, place.active);
    while (true) {
        hand->stamp = stamps + (course->t & mask);
        persistent_chunk<LANES, TILES, BLOCK>(place, valid, stamped,
                                              course->t / PERSISTENT_CHUNK & hand->depth - 1, hand,
                                              chain, &ready, row, &course->begin, &end);
        course->t += PERSISTENT_CHUNK;
        if (course->t == run.dot.seq_len)
            return false;
        const bool looks = course->t % PERSISTENT_LOOK == 0;
        const bool raised = looks && lane == 0 && *(volatile const uint32_t *)word != 0;
        if (looks ? (BLOCK ? __syncthreads_or(raised) : __any_sync(0xFFFFFFFF, raised)) : false)
            return true;
        if (BLOCK && !looks)
            __syncthreads();
        if (BLOCK && stamped)
            course->begin = gpu_clock();
        if (course->t == whole)
            return false;
        if (looks && lane == 0)
            gpu_copy16(word, abort, true);
        if (course->t % PERSISTENT_REPORT == 0 && place.leader &&
            gpu_clock() - course->reported > GPU_REPORT_CLOCKS)
            course->reported = gpu_report_rows(run.link, place.program, course->t);
    }
}

/*
 * Runs all steps of a thread that has one sequence. round: rounds of the barrier before this
 * iteration. Returns the number of steps that ran, which is less than all if *left. If possible,
 * runs complete chunks with persistent_chunks and only the remaining steps one by one. With PHASED,
 * runs all steps one by one.
 */
template <int LANES, int TILES, bool PHASED>
__device__ __forceinline__ uint32_t persistent_steps_of_one(const struct persistent &run,
                                                            uint32_t round, bool stamped,
                                                            const struct persistent_place &place,
                                                            bool *left)
{
    constexpr bool EAGER = TILES <= PERSISTENT_EAGER_TILES;
    const uint32_t seq_len = run.dot.seq_len;
    const bool alone = run.sync == SYNC_NONE && run.warps == 1;
    const bool at_one_go = EAGER && !PHASED && (alone || run.sync == SYNC_BLOCK);
    struct persistent_course course;
    persistent_begin<LANES, TILES, true>(run, stamped, place, &course);

    struct persistent_cursor here;
    persistent_cursor_begin(&here, run, place);
    struct persistent_hand hand = {};
    hand.ahead = run.dot.q + course.ahead.at;
    hand.k = run.dot.k - run.dot.q;
    hand.v = run.dot.v - run.dot.q;
    hand.out = run.dot.out + here.at;
    hand.pitch = run.dot.head_dim;
    hand.depth = run.depth;
    hand.left = seq_len > run.depth * PERSISTENT_CHUNK ? seq_len - run.depth * PERSISTENT_CHUNK : 0;
    hand.factor = run.dot.chain ? DOT_CHAIN : 0;
    asm volatile(""
                 : "+l"(hand.k), "+l"(hand.v),
                   "+r"(hand.pitch)); /* otherwise the compiler reloads these values in each step */

    bool valid[TILES];
    struct persistent_chain<TILES> chain = {
    };
    struct persistent_row<LANES, TILES, EAGER> row = {
    };
    persistent_find_valid<LANES, TILES>(run, place, here.b, valid);
    if constexpr (EAGER && !PHASED) {
        if (at_one_go && seq_len >= PERSISTENT_CHUNK) {
            persistent_wait(run.depth > PERSISTENT_DEPTH);
            row.fetch(place.buffers, place.active);
            *left = alone ? persistent_chunks<LANES, TILES, false>(run, stamped, place, valid,
                                                                   &course, &hand, &chain, &row)
                          : persistent_chunks<LANES, TILES, true>(run, stamped, place, valid,
                                                                  &course, &hand, &chain, &row);
        }
    }
    for (uint32_t buffer = course.t / PERSISTENT_CHUNK & run.depth - 1;
         !*left && course.t < seq_len; buffer = persistent_next(buffer, run.depth)) {
        persistent_await_chunk<PHASED>(run, &course); /* other chunks stay in flight */
        const uint32_t chunk_end =
            seq_len - course.t < PERSISTENT_CHUNK ? seq_len : course.t + PERSISTENT_CHUNK;
        const float4 *from = place.buffers + buffer * persistent_buffer_size<LANES, TILES>;
        for (; course.t < chunk_end; from += persistent_row_size<LANES, TILES>) {
            row.fetch(from, place.active);
            const float dot =
                persistent_sum<LANES>(persistent_products<TILES>(row, chain, hand.factor));
            persistent_output<TILES>(row, dot, valid, LANES * 4, hand.out, &chain);
            hand.out += hand.pitch;
            persistent_gather(run);
            const uint64_t end = persistent_stamp<PHASED>(run, stamped, place, &course, dot);
            if (++course.t == seq_len)
                return seq_len;
            const bool decides = course.t == chunk_end;
            asm volatile("" : "+r"(course.abort));
            *left = persistent_sync(run, decides, course.number, course.abort != 0,
                                    (round + course.t) * run.programs);
            if (*left)
                return course.t;
            if (stamped)
                persistent_enter(run, end, &course);
        }
        persistent_look(run, place, &course);
        persistent_send<LANES, TILES, true>(run, place, &course.ahead, buffer);
    }
    return course.t;
}

/* ---- several sequences per thread ----------------------------------------------------------- */

/* Loads the input of a sequence's next row from the previous step: the output, which this thread
 * wrote itself. chain->half becomes the output, v * dot, instead of v / 2, so chain->dot becomes
 * 1/2. */
template <int LANES, int TILES>
__device__ __forceinline__ void
persistent_recall(const struct persistent &run, const struct persistent_cursor &next,
                  const bool valid[TILES], struct persistent_chain<TILES> *chain)
{
    const float *out = run.dot.out + next.at - run.dot.head_dim;
    chain->dot = 0.5f;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++)
        chain->half[tile] = valid[tile] && next.t > 0 ? *(const float4 *)(out + tile * LANES * 4)
                                                      : make_float4(0, 0, 0, 0);
}

/* Runs all steps of a thread that has several sequences: in each step, one sequence after the
 * other. */
template <int LANES, int TILES, bool PHASED>
__device__ __forceinline__ uint32_t persistent_steps_of_many(const struct persistent &run,
                                                             uint32_t round, bool stamped,
                                                             const struct persistent_place &place,
                                                             bool *left)
{
    const float factor = run.dot.chain ? DOT_CHAIN : 0;
    struct persistent_course course;
    struct persistent_cursor here;
    persistent_cursor_begin(&here, run, place);
    persistent_begin<LANES, TILES, false>(run, stamped, place, &course);
    /* Before the first barrier, CTA 0 writes its first decision to the other CTAs' shared memory.
     * This is only allowed after they have started, so wait until they have. */
    if (run.sync == SYNC_CLUSTER)
        gpu_cluster_barrier_relaxed();

    uint32_t item = 0; /* finished rows */
    while (true) {
        float dot = 0;
        for (uint32_t pass = 0; pass < run.passes; pass++, item++) {
            const uint32_t in_chunk = item % PERSISTENT_CHUNK;
            const uint32_t buffer = item / PERSISTENT_CHUNK & run.depth - 1;
            bool valid[TILES];
            struct persistent_chain<TILES> chain;
            struct persistent_row<LANES, TILES, false> row;
            if (in_chunk == 0)
                persistent_await_chunk<PHASED>(run, &course);
            persistent_find_valid<LANES, TILES>(run, place, here.b, valid);
            persistent_recall<LANES, TILES>(run, here, valid, &chain);
            row.fetch(place.buffers + buffer * persistent_buffer_size<LANES, TILES> +
                          in_chunk * persistent_row_size<LANES, TILES>,
                      place.active);
            dot = persistent_sum<LANES>(persistent_products<TILES>(row, chain, factor));
            persistent_output<TILES>(row, dot, valid, LANES * 4, run.dot.out + here.at, &chain);
            persistent_cursor_advance<false>(&here, run, place);
            if (in_chunk == PERSISTENT_CHUNK - 1)
                persistent_send<LANES, TILES, false>(run, place, &course.ahead, buffer);
        }
        persistent_gather(run);
        const uint64_t end = persistent_stamp<PHASED>(run, stamped, place, &course, dot);
        if (++course.t == run.dot.seq_len)
            return course.t;
        asm volatile("" : "+r"(course.abort));
        if (persistent_sync(run, true, course.number, course.abort != 0,
                            (round + course.t) * run.programs)) {
            *left = true;
            return course.t;
        }
        persistent_enter(run, end, &course);
        persistent_look(run, place, &course);
    }
}

/* Runs an iteration, and ends it with the program's report. PHASED: also measures phases and stores
 * them in run.link.phases. PHASED is a template parameter, because in the unrolled chunk even a
 * branch that is never taken costs 30 ns of a step's 180. Returns whether the program exited early.
 */
template <int LANES, int TILES, bool PHASED>
__device__ __forceinline__ bool persistent_iterate(const struct persistent &run, uint32_t round,
                                                   bool stamped)
{
    const struct persistent_place place = persistent_find<LANES, TILES>(run);
    bool left = false;
    const uint32_t rows =
        run.passes == 1
            ? persistent_steps_of_one<LANES, TILES, PHASED>(run, round, stamped, place, &left)
            : persistent_steps_of_many<LANES, TILES, PHASED>(run, round, stamped, place, &left);
    if (run.warps > 1)
        __syncthreads();
    else
        __syncwarp();
    if (place.leader)
        gpu_report_end(run.link, place.program, rows, stamped, left);
    return left;
}

#endif
