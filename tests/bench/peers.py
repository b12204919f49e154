#!/usr/bin/env python3
"""Decode attention beside PyTorch's, on a machine with a GPU and PyTorch.

    tests/bench/peers.py PDLAB [--variant V] [--shapes goals|odd|all] [--json FILE]

For each shape: a step's p50 of `pdlab run`, and what scaled_dot_product_attention takes under the
replay of a CUDA graph, with its flash and its cuDNN backend. A peer reads as many copies of the K/V
cache in turn as ours, of CONTEXT + 16 rows, which is the mean of the lab's 32 steps. It appends
nothing, and no call of it waits for the one before by more than the order of graph nodes. The ratio
is ours over the better peer's: below 1, ours is faster.

Exit status: 0 if no ratio is above 1 and all of ours are verified, 1 if not.
"""
import argparse
import json
import statistics
import subprocess
import sys

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

STEPS = 32
REPLAYS = 60
BACKENDS = {"flash": SDPBackend.FLASH_ATTENTION, "cudnn": SDPBackend.CUDNN_ATTENTION}

# batch, query heads, K/V heads, context, head dim; and the goal per step in us.
GOALS = [
    ((1, 32, 8, 8192, 128), 14.0),
    ((1, 32, 8, 32768, 128), 47.0),
    ((8, 32, 8, 1024, 128), 13.5),
    ((8, 32, 8, 8192, 128), 92.0),
    ((32, 32, 8, 8192, 128), 355.0),
    ((64, 32, 8, 1024, 128), 92.0),
    ((16, 32, 32, 4096, 128), 353.0),
]
ODD = [
    (shape, None)
    for shape in [
        (3, 32, 8, 8192, 128),
        (13, 32, 8, 4096, 128),
        (4, 32, 8, 1000, 128),
        (4, 32, 8, 5001, 128),
        (13, 32, 8, 1000, 64),
        (3, 32, 8, 5001, 64),
        (5, 8, 8, 8192, 128),
        (5, 32, 8, 8192, 64),
        (8, 40, 8, 4096, 128),
        (8, 28, 4, 4096, 128),
        (8, 64, 8, 4096, 128),
        (2, 64, 4, 16384, 128),
    ]
]


def run_ours(pdlab, variant, shape):
    """p50 of a step in us, the copies of the cache, whether it was verified, and a reason."""
    batch, heads, kv_heads, context, dim = shape
    command = [pdlab, "run", "--targets", variant, "--device", "cuda:0", "--json", "-",
               "--seq-len", str(STEPS), "--batch", str(batch), "--num-heads", str(heads),
               "--kv-heads", str(kv_heads), "--context", str(context), "--head-dim", str(dim),
               "--dtype", "bf16", "--warmup", "20", "--iterations", "200"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if not done.stdout:
        return None, 1, False, done.stderr.strip()[-200:]
    run = json.loads(done.stdout)["runs"][0]
    step = run.get("step") or {}
    p50 = step.get("p50_ns")
    copies = int(run.get("knobs", {}).get("COPIES", 1))
    return p50 and p50 / 1000, copies, run.get("verified") is True, run.get("reason")


def run_peer(backend, shape, copies):
    """us a call: the median of replays of a graph of STEPS calls."""
    batch, heads, kv_heads, context, dim = shape
    rows = context + STEPS // 2
    like = {"device": "cuda", "dtype": torch.bfloat16}
    query = torch.rand(batch, heads, 1, dim, **like) * 2 - 1
    caches = [(torch.rand(batch, kv_heads, rows, dim, **like) * 2 - 1,
               torch.rand(batch, kv_heads, rows, dim, **like) * 2 - 1) for _ in range(copies)]

    def steps():
        for step in range(STEPS):
            key, value = caches[step % copies]
            scaled_dot_product_attention(query, key, value, enable_gqa=heads != kv_heads)

    with torch.no_grad(), sdpa_kernel(backend):
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            for _ in range(3):
                steps()
        stream.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            steps()
    taken = []
    for _ in range(REPLAYS):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        taken.append(begin.elapsed_time(end) * 1000 / STEPS)
    return statistics.median(taken[REPLAYS // 6:])


def compare(pdlab, variant, shape, goal):
    ours, copies, verified, reason = run_ours(pdlab, variant, shape)
    row = {"shape": shape, "goal_us": goal, "ours_us": ours, "verified": verified,
           "copies": copies, "reason": reason}
    for name, backend in BACKENDS.items():
        try:
            row[name + "_us"] = run_peer(backend, shape, copies)
        except RuntimeError as error:
            row[name + "_us"] = None
            row[name + "_reason"] = str(error).splitlines()[0]
        torch.cuda.empty_cache()
    peers = [row[name + "_us"] for name in BACKENDS if row[name + "_us"]]
    row["ratio"] = ours / min(peers) if ours and peers else None
    return row


def text_of(value, pattern="{:.1f}"):
    return "n/a" if value is None else pattern.format(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pdlab")
    parser.add_argument("--variant", default="attention_tma")
    parser.add_argument("--shapes", choices=["goals", "odd", "all"], default="all")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    shapes = (GOALS if arguments.shapes != "odd" else []) + (
        ODD if arguments.shapes != "goals" else [])
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, "
          f"cuDNN {torch.backends.cudnn.version()}; us a step of {arguments.variant}")
    print(f"{'B':>4} {'Hq':>3} {'Hkv':>3} {'context':>7} {'D':>3} {'ours':>8} {'goal':>6} "
          f"{'flash':>8} {'cudnn':>8} {'ratio':>6}")
    rows = []
    for shape, goal in shapes:
        row = compare(arguments.pdlab, arguments.variant, shape, goal)
        rows.append(row)
        print("{:>4} {:>3} {:>3} {:>7} {:>3}".format(*shape),
              f"{text_of(row['ours_us']):>8} {text_of(goal):>6} {text_of(row['flash_us']):>8} "
              f"{text_of(row['cudnn_us']):>8} {text_of(row['ratio'], '{:.3f}'):>6}"
              f"{'' if row['verified'] else '  not verified: ' + str(row['reason'])}", flush=True)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
    return 0 if all(row["verified"] and row["ratio"] and row["ratio"] <= 1 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
