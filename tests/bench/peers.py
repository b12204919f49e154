#!/usr/bin/env python3
"""Compares decode attention with its peers, on a machine with a GPU and PyTorch.

    tests/bench/peers.py PDLAB [--set grid|heads|long|ragged|goals|all] [--shape SHAPE]...
        [--rungs RUNG,...] [--peers PEER,...] [--json FILE] [--timeout SECONDS]

SHAPE is BATCH,HEADS,KV_HEADS,CONTEXT,HEAD_DIM,SPREAD; with any, no set is measured. For each shape it
measures a step of our rungs with `pdlab run`, and the same step with the peers:

    flash, cudnn      PyTorch's scaled_dot_product_attention with that backend; contiguous rows
    fi-tensor         FlashInfer's BatchDecodeWithPagedKVCacheWrapper on tensor cores; pages
    fi-xqa            FlashInfer's xqa_batch_decode_with_kv_cache; pages
    fi-batch          FlashInfer's BatchAttention; pages

Peers whose packages are missing are left out. A peer runs as a graph of 32 calls, and its time is
that of the graph over 32. Our time is the mean latency of a step. So neither includes launches or
synchronisation with the host. Peers read as many copies of the K/V cache in turn as ours, with the
same pages in the same layout. They have CONTEXT + 16 rows per sequence, the mean of our 32 steps;
in a ragged batch each sequence has as many rows as in pdlab. Our steps also append a row and wait
for the previous step's output; peers do neither.

A ratio is our top rung over the best peer: below 1, ours is faster. Every shape is measured once,
by one process of pdlab. Shapes near the goal (ratios of 0.97 to 1.07) are measured three times, and
the medians count. FILE (default peers.jsonl) gets one line per measurement. A later call with the
same FILE does not repeat them. With --timeout, no measurement starts that is expected to end later,
and one that still runs at that time is abandoned; the same call then measures the missing shapes.

Exit status: 0 if every shape has a ratio of at most 1.02; 1 if not; 3 if the time ended first.
"""
import argparse
import itertools
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import threading
import time

STEPS = 32
REPLAYS_MOST = 60
WARM_SECONDS = 0.1
GOAL = 1.02
NEAR = 0.05  # shapes whose ratio is this close to the goal are repeated
REPEATS = 3
LARGE_BYTES = 256 << 20
SHORT_ROWS = 512
RUNGS = ["attention_split_kv_graph", "attention_persistent", "attention_cp_async",
         "attention_warp_specialized", "attention_tma"]
TOP = "attention_tma"
PEERS = ["flash", "cudnn", "fi-tensor", "fi-xqa", "fi-batch"]
FIELDS = ["batch", "heads", "kv_heads", "context", "dim", "spread"]

# ---- shapes: batch, query heads, K/V heads, context, head dim, context spread in percent ----------

GRID = [(batch, 32, 8, context, dim, 0)
        for context, dim, batch in itertools.product((128, 512, 2048, 8192), (64, 128),
                                                     (1, 4, 8, 16, 32, 64, 128, 256))]
HEADS = [(batch, heads, kv_heads, context, 128, 0)
         for heads, kv_heads in ((32, 32), (28, 4), (8, 1), (40, 10))
         for batch, context in ((1, 2048), (8, 1024), (16, 4096))]
LONG = [(1, 32, 8, 32768, 128, 0), (1, 32, 8, 131072, 128, 0), (4, 32, 8, 32768, 128, 0),
        (2, 64, 4, 131072, 128, 0)]
RAGGED = [(batch, 32, 8, context, dim, spread)
          for batch, context, dim, spread in ((8, 1024, 64, 50), (8, 4096, 128, 90),
                                              (32, 1024, 128, 90), (32, 4096, 128, 30),
                                              (64, 512, 64, 90), (128, 2048, 128, 90))]
GOALS = [(1, 32, 8, 8192, 128, 0), (1, 32, 8, 32768, 128, 0), (8, 32, 8, 1024, 128, 0),
         (8, 32, 8, 8192, 128, 0), (32, 32, 8, 8192, 128, 0), (64, 32, 8, 1024, 128, 0),
         (16, 32, 32, 4096, 128, 0)]
SETS = {"grid": GRID, "heads": HEADS, "long": LONG, "ragged": RAGGED, "goals": GOALS}


def shapes_of(name):
    chosen = [shape for key, shapes in SETS.items() if name in (key, "all") for shape in shapes]
    return list(dict.fromkeys(chosen))


def shape_of(text):
    """Reads a SHAPE of the command line."""
    numbers = text.split(",")
    if len(numbers) != len(FIELDS) or not all(number.isdecimal() for number in numbers):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not BATCH,HEADS,KV_HEADS,CONTEXT,HEAD_DIM,SPREAD")
    return tuple(int(number) for number in numbers)


def cache_bytes(shape):
    batch, _, kv_heads, context, dim, _ = shape
    return 4 * batch * kv_heads * dim * (context + STEPS // 2)


def kind_of(shape):
    if cache_bytes(shape) >= LARGE_BYTES:
        return "K/V of 256 MiB or more"
    return "contexts to 512" if shape[3] <= SHORT_ROWS else "the rest"


# ---- the number of rows of a sequence (kernels/attention.h) -----------------------------------------

INPUT_CONTEXT = 5
SEED = 42


def philox(counter, key):
    """Philox4x32-10: the first of four words."""
    words, low, high = list(counter), key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        first, second = 0xD2511F53 * words[0], 0xCD9E8D57 * words[2]
        words = [(second >> 32) ^ words[1] ^ low, second & 0xFFFFFFFF,
                 (first >> 32) ^ words[3] ^ high, first & 0xFFFFFFFF]
        low, high = (low + 0x9E3779B9) & 0xFFFFFFFF, (high + 0xBB67AE85) & 0xFFFFFFFF
    return words[0]


def rows_of(shape):
    batch, _, _, context, _, spread = shape
    reach = context * spread // 100
    if reach == 0:
        return [context + STEPS // 2] * batch
    return [context - reach + (philox((INPUT_CONTEXT, b, 0, 0), SEED) * (2 * reach + 1) >> 32) +
            STEPS // 2 for b in range(batch)]


# ---- the time limit ---------------------------------------------------------------------------------


class OutOfTime(Exception):
    """Raised when the time limit ends the measurement of a shape."""


class Clock:
    """Measures how much time is left, in seconds."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.longest = 0  # the longest measurement of a shape so far

    def left(self):
        return max(self.end - time.monotonic(), 0)

    def measure(self, work):
        """Calls `work`, unless the call is expected to end too late."""
        began = time.monotonic()
        if self.left() <= self.longest:
            raise OutOfTime
        work()
        self.longest = max(self.longest, time.monotonic() - began)


# ---- ours -------------------------------------------------------------------------------------------


def run_ours(pdlab, rungs, shape, page, clock):
    """Returns (rungs, copies, device): the mean of a step in us by rung, the copies of the K/V cache,
    and the device's name. Exits with pdlab's message if pdlab rejects the shape."""
    batch, heads, kv_heads, context, dim, spread = shape
    iterations = 60 if cache_bytes(shape) >= LARGE_BYTES else 200
    command = [pdlab, "run", "--targets", ",".join(rungs), "--device", "cuda:0", "--json", "-",
               "--out", "none", "--seq-len", str(STEPS), "--batch", str(batch),
               "--num-heads", str(heads), "--kv-heads", str(kv_heads), "--context", str(context),
               "--head-dim", str(dim), "--context-spread", str(spread), "--page-size", str(page),
               "--seed", str(SEED), "--dtype", "bf16", "--warmup", "10",
               "--iterations", str(iterations)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False, timeout=clock.left())
    except subprocess.TimeoutExpired as late:
        raise OutOfTime from late
    if not done.stdout:
        sys.exit(f"peers.py: {done.stderr.strip()[-400:]}")
    document = json.loads(done.stdout)
    taken, copies = {}, 1
    for run in document["runs"]:
        step = run.get("step") or {}
        copies = int(run.get("knobs", {}).get("COPIES", copies))
        if step.get("mean_ns") and run.get("verified") is not False:
            taken[run["variant"]] = step["mean_ns"] / 1000
        else:
            print(f"{run['variant']} at {shape}: {run.get('reason')}", file=sys.stderr)
    return taken, copies, document["device"].get("name")


# ---- peers, in a process of their own ---------------------------------------------------------------


class Worker:
    """A process that measures peers, one shape after the other. If a peer crashes it, the peer has no
    result for that shape, and the next measurement starts a new process."""

    def __init__(self):
        self.process = None

    def start(self):
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--worker"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, shape, page, copies, peers, clock):
        """Returns a dictionary: name -> {"us", "error", "reason"} of each peer."""
        taken = {}
        for peer in peers:
            if self.process is None or self.process.poll() is not None:
                self.start()
            alarm = threading.Timer(clock.left(), self.process.kill)
            alarm.start()
            request = {"shape": shape, "page": page, "copies": copies, "peer": peer}
            try:
                self.process.stdin.write(json.dumps(request) + "\n")
                self.process.stdin.flush()
                answer = json.loads(self.process.stdout.readline() or "null")
            except (BrokenPipeError, json.JSONDecodeError):
                answer = None
            alarm.cancel()
            if answer is None and clock.left() == 0:
                raise OutOfTime
            taken[peer] = answer or {"us": None, "reason": "the peer's process ended"}
        return taken

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


class Inputs:
    """The K/V caches of a shape: contiguous, or in pages in shuffled order."""

    def __init__(self, torch, shape, page, copies, paged):
        batch, heads, kv_heads, _, dim, _ = shape
        self.torch, self.shape, self.page, self.copies = torch, shape, page, copies
        self.rows = rows_of(shape)
        like = {"device": "cuda", "dtype": torch.bfloat16}
        generator = torch.Generator(device="cuda").manual_seed(SEED)

        def fill(*sizes):
            return torch.rand(*sizes, generator=generator, **like) * 2 - 1

        self.query = fill(batch, heads, dim)
        if paged:
            self.pages = [(rows + page - 1) // page for rows in self.rows]
            count = sum(self.pages)
            sizes = (count, kv_heads, page, dim)
            self.order = torch.randperm(count, generator=torch.Generator().manual_seed(SEED)).to(
                torch.int32)
        else:
            sizes = (batch, kv_heads, self.rows[0], dim)
        self.caches = [(fill(*sizes), fill(*sizes)) for _ in range(copies)]
        self.paged = paged

    def integers(self, values):
        return self.torch.tensor(values, dtype=self.torch.int32).cuda()

    def indptr(self):
        return self.integers([0] + list(itertools.accumulate(self.pages)))

    def reference(self):
        """The output of the first sequence on the first copy, in fp32."""
        torch = self.torch
        _, heads, kv_heads, _, dim, _ = self.shape
        sides = []
        for cache in self.caches[0]:
            if self.paged:
                own = cache[self.order[:self.pages[0]].long().cuda()]
                side = own.permute(1, 0, 2, 3).reshape(kv_heads, -1, dim)[:, :self.rows[0]]
            else:
                side = cache[0]
            sides.append(side.float().repeat_interleave(heads // kv_heads, 0))
        scores = torch.einsum("hd,hrd->hr", self.query[0].float(), sides[0]) / math.sqrt(dim)
        return torch.einsum("hr,hrd->hd", torch.softmax(scores, 1), sides[1])


def prepare_sdpa(inputs, backend):
    torch = inputs.torch
    from torch.nn.functional import scaled_dot_product_attention
    query = inputs.query.unsqueeze(2)
    grouped = inputs.shape[1] != inputs.shape[2]

    def step(copy):
        key, value = inputs.caches[copy]
        with torch.nn.attention.sdpa_kernel(backend):
            return scaled_dot_product_attention(query, key, value, enable_gqa=grouped).squeeze(2)

    return step


def prepare_tensor(inputs):
    import flashinfer
    torch = inputs.torch
    _, heads, kv_heads, _, dim, _ = inputs.shape
    work = torch.zeros(256 << 20, dtype=torch.uint8, device="cuda")
    wrapper = flashinfer.BatchDecodeWithPagedKVCacheWrapper(work, "HND", use_tensor_cores=True)
    last = inputs.integers([(rows - 1) % inputs.page + 1 for rows in inputs.rows])
    wrapper.plan(inputs.indptr(), inputs.order.cuda(), last, heads, kv_heads, dim, inputs.page,
                 q_data_type=torch.bfloat16, kv_data_type=torch.bfloat16)
    return lambda copy: wrapper.run(inputs.query, inputs.caches[copy])


def prepare_xqa(inputs):
    import flashinfer
    torch = inputs.torch
    work = torch.zeros(256 << 20, dtype=torch.uint8, device="cuda")
    most, at = max(inputs.pages), 0
    table = torch.zeros(len(inputs.rows), most, dtype=torch.int32)
    for b, pages in enumerate(inputs.pages):
        table[b, :pages] = inputs.order[at:at + pages]
        at += pages
    table = table.cuda()
    lengths = inputs.integers(inputs.rows).to(torch.uint32)
    scale = 1 / math.sqrt(inputs.shape[4])
    return lambda copy: flashinfer.decode.xqa_batch_decode_with_kv_cache(
        inputs.query, inputs.caches[copy], work, table, lengths, max(inputs.rows),
        bmm1_scale=scale, bmm2_scale=1.0, kv_layout="HND")


def prepare_batch(inputs):
    import flashinfer
    torch = inputs.torch
    batch, heads, kv_heads, _, dim, _ = inputs.shape
    wrapper = flashinfer.BatchAttention("HND", "cuda")
    wrapper.plan(inputs.integers(range(batch + 1)), inputs.indptr(), inputs.order.cuda(),
                 inputs.integers(inputs.rows), heads, kv_heads, dim, dim, inputs.page,
                 causal=False, sm_scale=1 / math.sqrt(dim),
                 q_data_type=torch.bfloat16, kv_data_type=torch.bfloat16)
    return lambda copy: wrapper.run(inputs.query, inputs.caches[copy])[0]


def prepare(inputs, peer):
    backends = inputs.torch.nn.attention.SDPBackend
    if peer == "flash":
        return prepare_sdpa(inputs, backends.FLASH_ATTENTION)
    if peer == "cudnn":
        return prepare_sdpa(inputs, backends.CUDNN_ATTENTION)
    return {"fi-tensor": prepare_tensor, "fi-xqa": prepare_xqa, "fi-batch": prepare_batch}[peer](
        inputs)


def time_replays(torch, step, copies):
    """Returns us per call: the median over replays of a graph of STEPS calls."""

    def steps():
        for number in range(STEPS):
            step(number % copies)

    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        steps()
    stream.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        steps()
    warm = time.monotonic()
    while time.monotonic() - warm < WARM_SECONDS:  # an idle GPU lowers its clocks
        graph.replay()
        torch.cuda.synchronize()
    taken = []
    while len(taken) < REPLAYS_MOST and (len(taken) < 8 or sum(taken) * STEPS < 150000):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        taken.append(begin.elapsed_time(end) * 1000 / STEPS)
    return statistics.median(taken[len(taken) // 6:])


def serve():
    """The worker process: one line of JSON per request, and one per answer."""
    answers, sys.stdout = sys.stdout, sys.stderr
    import torch
    import torch.nn.attention
    kept = None
    for line in sys.stdin:
        request = json.loads(line)
        shape, page, copies = tuple(request["shape"]), request["page"], request["copies"]
        peer = request["peer"]
        paged = peer.startswith("fi-")
        answer = {"us": None}
        try:
            if not paged and shape[5] > 0:
                raise RuntimeError("a ragged batch needs pages")
            key = (shape, page, copies, paged)
            if kept is None or kept[0] != key:
                kept = None
                torch.cuda.empty_cache()
                kept = (key, Inputs(torch, *key))
            inputs = kept[1]
            with torch.no_grad():
                step = prepare(inputs, peer)
                wanted, got = inputs.reference(), step(0)[0].float()
                error = ((got - wanted).norm() / wanted.norm()).item()
                answer["error"] = error
                if not error < 0.02:
                    raise RuntimeError(f"relative L2 error {error:.2g}")
                answer["us"] = time_replays(torch, step, copies)
        except Exception as failure:  # pylint: disable=broad-except
            answer["reason"] = (str(failure) or type(failure).__name__).splitlines()[0][:160]
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def peers_here(asked):
    """Returns the peers in `asked` whose packages are installed."""
    def has(module):
        code = f"import {module}"
        return subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0
    if not has("torch"):
        sys.exit("peers.py: PyTorch is missing: install torch")
    if has("flashinfer"):
        return asked
    print("without FlashInfer: the package flashinfer is missing", file=sys.stderr)
    return [peer for peer in asked if not peer.startswith("fi-")]


# ---- results ----------------------------------------------------------------------------------------


def median_of(lines, group):
    """Returns a dictionary: name -> the median of the measurements that have a value for it."""
    names = {name for line in lines for name in line[group]}
    values = {name: [line[group][name] for line in lines if line[group].get(name)]
              for name in names}
    return {name: statistics.median(found) for name, found in values.items() if found}


class Result:
    """The medians of a shape, from its lines in FILE."""

    def __init__(self, lines):
        self.shape = tuple(lines[0]["shape"])
        self.count = len(lines)
        self.rungs, self.peers = median_of(lines, "rungs"), median_of(lines, "peers")
        self.peer = min(self.peers, key=self.peers.get) if self.peers else None
        self.rung = min(self.rungs, key=self.rungs.get) if self.rungs else None
        self.top = self.rungs.get(TOP)

    def ratio(self):
        return self.top / self.peers[self.peer] if self.top and self.peer else None

    def is_near(self):
        ratio = self.ratio()
        return ratio is not None and GOAL - NEAR <= ratio <= GOAL + NEAR

    def print(self):
        def text(value, pattern="{:.2f}"):
            return "n/a" if value is None else pattern.format(value)
        numbers = "{:>4} {:>3} {:>3} {:>7} {:>3} {:>3}".format(*self.shape)
        print(numbers, f"{text(self.top):>8} {text(self.peers.get(self.peer)):>8}",
              f"{text(self.ratio(), '{:.3f}'):>6} {self.peer or '-':<9}",
              f"{text(self.rungs.get(self.rung)):>8} {(self.rung or '-').replace('attention_', '')}",
              f"({self.count})" if self.count > 1 else "", flush=True)


def summarise(results):
    ratios = [(result.ratio(), result) for result in results if result.ratio()]
    if not ratios:
        print("no ratio: either no rung or no peer could be measured")
        return False
    worst, where = max(ratios, key=lambda pair: pair[0])
    print(f"\n{len(ratios)} shapes; worst ratio {worst:.3f} at {where.shape} against {where.peer}; "
          f"{sum(ratio > GOAL for ratio, _ in ratios)} above {GOAL}")
    for kind in ("K/V of 256 MiB or more", "contexts to 512", "the rest"):
        some = [ratio for ratio, result in ratios if kind_of(result.shape) == kind]
        if some:
            mean = math.exp(statistics.mean(math.log(ratio) for ratio in some))
            print(f"geometric mean, {kind}: {mean:.3f} ({len(some)} shapes)")
    behind = [(result.top / result.rungs[result.rung], result) for result in results
              if result.top and result.rungs]
    share, where = max(behind, key=lambda pair: pair[0])
    print(f"{TOP} is our best rung, within 2 %, at "
          f"{sum(ratio <= GOAL for ratio, _ in behind)} of {len(behind)} shapes; at worst its step "
          f"takes {share:.3f} times that of {where.rung}, at {where.shape}")
    return worst <= GOAL and len(ratios) == len(results)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pdlab", nargs="?")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--set", choices=[*SETS, "all"], default="all", dest="chosen")
    parser.add_argument("--shape", type=shape_of, action="append", dest="shapes",
                        metavar="SHAPE")
    parser.add_argument("--rungs", default=",".join(RUNGS), help="which rungs, of " +
                        ",".join(RUNGS))
    parser.add_argument("--peers", default=",".join(PEERS), help="which peers, of " +
                        ",".join(PEERS))
    parser.add_argument("--page-size", type=int, default=64, choices=[16, 32, 64, 128])
    parser.add_argument("--json", default="peers.jsonl")
    parser.add_argument("--timeout", type=float, default=7 * 86400, metavar="SECONDS")
    arguments = parser.parse_args()
    if arguments.worker:
        return serve()
    if not arguments.pdlab:
        parser.error("name the program: tests/bench/peers.py build/pdlab")
    own, peers = arguments.rungs.split(","), arguments.peers.split(",")
    for option, named, known in (("--rungs", own, RUNGS), ("--peers", peers, PEERS)):
        if not set(named) <= set(known):
            parser.error(f"{option} takes names of: {', '.join(known)}")
    if TOP not in own:
        parser.error(f"--rungs must contain {TOP}, which is compared with the peers")
    peers = peers_here(peers)
    lines = {}
    if os.path.exists(arguments.json):
        with open(arguments.json, encoding="utf-8") as file:
            for line in map(json.loads, file):
                if line["page"] == arguments.page_size:
                    lines.setdefault(tuple(line["shape"]), []).append(line)
    shapes = list(dict.fromkeys(arguments.shapes or shapes_of(arguments.chosen)))
    worker, clock = Worker(), Clock(arguments.timeout)
    # An exception ends the child processes, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))

    def measure(shape):
        rungs, copies, device = run_ours(arguments.pdlab, own, shape, arguments.page_size,
                                         clock)
        taken = worker.measure(shape, arguments.page_size, copies, peers, clock)
        line = {"shape": shape, "page": arguments.page_size, "copies": copies, "device": device,
                "rungs": rungs, "peers": {name: peer["us"] for name, peer in taken.items()},
                "reasons": {name: peer["reason"] for name, peer in taken.items()
                            if peer.get("reason")}}
        lines.setdefault(shape, []).append(line)
        with open(arguments.json, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        Result(lines[shape]).print()

    print(f"us per step, pages of {arguments.page_size}; batch, query and K/V heads, context, head "
          f"dim, spread; {TOP}, best peer, ratio, best rung")
    complete = True
    try:
        for shape in shapes:
            if shape not in lines:
                clock.measure(lambda shape=shape: measure(shape))
        for shape in shapes:
            while len(lines[shape]) < REPEATS and Result(lines[shape]).is_near():
                clock.measure(lambda shape=shape: measure(shape))
    except OutOfTime:
        complete = False
    worker.close()
    measured = [Result(lines[shape]) for shape in shapes if shape in lines]
    good = summarise(measured)
    if not complete:
        print(f"out of time: {len(measured)} of {len(shapes)} shapes are measured; the same command "
              "continues")
        return 3
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
