"""
persistent_decode - the persistent kernel in Triton, with a work queue on the device.

A program draws tickets from an atomic counter until none are left, so any number of programs serves
all sequences. QUEUE=sequence: a ticket is a sequence, and all its steps run in one loop. Triton
pipelines the loop's loads (cp.async, STAGES deep), because their addresses do not depend on the
chain. QUEUE=step: ticket i is step i / batch of sequence i % batch. It waits for the previous step
of that sequence, which any program may have run. A program waits only for lower tickets, and
running programs hold those.

compile.py compiles this file ahead of time; persistent_decode_triton.c and, in graphs,
../cuda/persistent_decode_graphs.c launch it. HEAD_DIM is a run-time value, masked: a row is at most
TILES tiles of BLOCK_K. A program is one warp; only speed depends on that, not correctness.
"""

import triton
import triton.language as tl

# As in kernels/inputs.h: q' = q + DOT_CHAIN * clamp(out[t-1], -DOT_CLAMP, DOT_CLAMP).
DOT_CHAIN = tl.constexpr(0.25)
DOT_CLAMP = tl.constexpr(1.0)

PIECE = tl.constexpr(64)  # most steps between checks of the abort word
REPORT_NS = tl.constexpr(500000)  # longest time between progress reports to the host
REPORT_WORDS = tl.constexpr(8)  # a struct gpu_report (kernels/cuda/link.h) in 64-bit words
SPINS = tl.constexpr(1 << 22)  # polls for a step before giving up: some seconds


# ---- what the language lacks ---------------------------------------------------------------------


@triton.jit
def clock_after(value, timed):
    """The SM's clock, or globaltimer if `timed`, read once `value` is there. A clock read has no
    operand to wait for, and ptxas speculates a predicated one. So it follows an instruction that it
    may not be moved across and whose predicate depends on `value` (the pattern is a NaN that no
    arithmetic produces, so no thread sleeps)."""
    return tl.inline_asm_elementwise(
        """{
        .reg .pred missing, global;
        setp.eq.b32 missing, $1, 0x7fc0dead;
        setp.ne.b32 global, $2, 0;
        @global bra other;
        @missing nanosleep.u32 1;
        mov.u64 $0, %clock64;
        bra.uni read;
        other:
        @missing nanosleep.u32 1;
        mov.u64 $0, %globaltimer;
        read:
        }""",
        "=&l,r,r", [value.to(tl.int32, bitcast=True), timed], dtype=tl.int64, is_pure=False, pack=1)


@triton.jit
def timer_and_clock():
    """Both clocks, at an edge of globaltimer: it advances in steps, and only an edge is exact."""
    return tl.inline_asm_elementwise(
        """{
        .reg .pred same;
        .reg .u64 before;
        mov.u64 before, %globaltimer;
        wait:
        mov.u64 $0, %globaltimer;
        setp.eq.u64 same, $0, before;
        @same bra wait;
        mov.u64 $1, %clock64;
        }""",
        "=&l,=&l,r", [0], dtype=(tl.int64, tl.int64), is_pure=False, pack=1)


@triton.jit
def timer():
    return tl.inline_asm_elementwise("mov.u64 $0, %globaltimer;", "=l", [], dtype=tl.int64,
                                     is_pure=False, pack=1)


@triton.jit
def load_acquire(address):
    return tl.inline_asm_elementwise("ld.acquire.gpu.global.u32 $0, [$1];", "=r,l",
                                     [address.to(tl.int64)], dtype=tl.int32, is_pure=False, pack=1)


@triton.jit
def store_release(address, value, kind: tl.constexpr):
    """One thread stores a 32-bit word, for the device (kind "gpu") or the host ("sys") to acquire,
    after all earlier stores of the program's threads."""
    tl.debug_barrier()
    tl.inline_asm_elementwise(
        """{
        .reg .pred first;
        .reg .u32 thread;
        mov.u32 thread, %tid.x;
        setp.eq.u32 first, thread, 0;
        mov.u32 $0, 0;
        @first st.release.""" + kind + """.global.u32 [$1], $2;
        }""",
        "=&r,l,r", [address.to(tl.int64), value], dtype=tl.int32, is_pure=False, pack=1)



# ---- a step --------------------------------------------------------------------------------------


@triton.jit
def decode_step(q, k, v, out, row, before, head_dim, CHAIN: tl.constexpr, BLOCK_K: tl.constexpr,
                TILES: tl.constexpr):
    """out[row] = v[row] * dot(q', k[row]). `before` is the previous step's output, tile by tile.
    Returns this step's, and its dot product."""
    column = tl.arange(0, BLOCK_K)
    at = row.to(tl.int64) * head_dim
    products = tl.zeros([BLOCK_K], tl.float32)
    for tile in tl.static_range(TILES):
        d = tile * BLOCK_K + column
        query = tl.load(q + at + d, mask=d < head_dim, other=0.0)
        if CHAIN:
            query += DOT_CHAIN * tl.clamp(before[tile], -DOT_CLAMP, DOT_CLAMP)
        products += query * tl.load(k + at + d, mask=d < head_dim, other=0.0)
    dot = tl.sum(products)
    after = ()
    for tile in tl.static_range(TILES):
        d = tile * BLOCK_K + column
        product = tl.load(v + at + d, mask=d < head_dim, other=0.0) * dot
        tl.store(out + at + d, product, mask=d < head_dim)
        after = after + (product, )
    return after, dot


@triton.jit
def load_row(tensor, row, valid, head_dim, BLOCK_K: tl.constexpr, TILES: tl.constexpr):
    """A row, tile by tile; zeros if not `valid`."""
    at = row.to(tl.int64) * head_dim
    tiles = ()
    for tile in tl.static_range(TILES):
        d = tile * BLOCK_K + tl.arange(0, BLOCK_K)
        tiles = tiles + (tl.load(tensor + at + d, mask=(d < head_dim) & valid, other=0.0), )
    return tiles


# ---- the kernel ----------------------------------------------------------------------------------


@triton.jit
def write_report(report, rows, tag):
    """Reports to the host while the kernel runs: a pair of both clocks, then the rows that are done
    and the iteration that they belong to."""
    now, clock = timer_and_clock()
    tl.store(report + 2, now)
    tl.store(report + 3, clock)
    tl.store(report + 4, (tag.to(tl.int64) << 32) | rows)
    return now


@triton.jit
def persistent_decode(
        q, k, v, out,  # [batch][seq_len][head_dim]
        stamps, reports, done,  # per program, as kernels/cuda/link.h describes
        abort,  # not 0: leave early
        queue,  # tickets drawn; 0 between launches
        steps_done,  # [batch]: QUEUE=step: finished steps of each sequence; 0 between launches
        progress,  # [programs][2]: for pieces: a program's next step and rows; 0 between iterations
        batch, seq_len, head_dim,
        steps,  # per launch: seq_len, or less if an iteration is several launches
        row_mask, tag, stamped, timed,
        QUEUE_STEP: tl.constexpr, CHAIN: tl.constexpr, BLOCK_K: tl.constexpr, TILES: tl.constexpr,
        STAGES: tl.constexpr):
    program = tl.program_id(0)
    programs = tl.num_programs(0)
    report = reports + program * REPORT_WORDS
    stamps += program.to(tl.int64) * (row_mask + 1) * 2
    zero = tl.cast(0.0, tl.float32)
    in_pieces = steps < seq_len
    first = 0
    rows = 0
    if in_pieces:
        first = tl.load(progress + 2 * program)
        rows = tl.load(progress + 2 * program + 1)
    steps = min(steps, seq_len - first)
    heard = timer()
    if first == 0:
        heard, clock = timer_and_clock()
        tl.store(report, heard)
        tl.store(report + 1, clock)

    tickets = batch * steps if QUEUE_STEP else batch
    ticket = program  # the first tickets are the programs' own numbers
    stop = 0
    while (ticket < tickets) & (stop == 0):
        stop = tl.load(abort, volatile=True)
        drawn = tl.atomic_add(queue, 1, sem="relaxed")
        if drawn == tickets - 1:  # one draw per ticket: this was the last
            tl.store(queue, 0)
        if QUEUE_STEP:
            b = ticket % batch
            t = first + ticket // batch
            left = 1
            if CHAIN:
                spins = 0
                while (load_acquire(steps_done + b) != t) & (stop == 0):
                    spins += 1
                    stop = tl.load(abort, volatile=True) | (spins >= SPINS)
        else:
            b = ticket
            t = first
            left = steps
        row = b * seq_len + t
        before = load_row(out, row - 1, (t > 0) & CHAIN & (stop == 0), head_dim, BLOCK_K, TILES)
        mark = clock_after(zero, timed)
        while (left > 0) & (stop == 0):
            piece = min(left, PIECE)
            for i in tl.range(0, piece, num_stages=STAGES):
                before, dot = decode_step(q, k, v, out, row + i, before, head_dim, CHAIN, BLOCK_K,
                                          TILES)
                now = clock_after(dot, timed)
                if stamped:
                    at = stamps + ((rows + i) & row_mask) * 2
                    tl.store(at, mark)
                    tl.store(at + 1, now)
                mark = now
            row += piece
            rows += piece
            left -= piece
            if left > 0:
                stop = tl.load(abort, volatile=True)
            if timer() - heard > REPORT_NS:
                heard = write_report(report, rows, tag)
        if QUEUE_STEP and CHAIN:
            if stop == 0:  # nobody waits for the last step: it resets the count
                store_release(steps_done + b, tl.where(t + 1 == seq_len, 0, t + 1), "gpu")
        ticket = programs + drawn

    last = (first + steps == seq_len) | (stop != 0)
    if in_pieces:
        tl.store(progress + 2 * program, tl.where(last, 0, first + steps))
        tl.store(progress + 2 * program + 1, tl.where(last, 0, rows))
    if last:
        write_report(report, rows, tag)
        store_release(done + program, tag, "sys")
