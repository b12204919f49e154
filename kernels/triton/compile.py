#!/usr/bin/env python3
"""
compile.py - compiles the Triton kernels of this folder ahead of time, without a GPU and without
torch, into kernels/triton/aot/ (or the folder named on the command line):

    NAME.sm_80.ptx       portable: later GPUs compile it
    NAME.sm_90a.cubin    machine code for compute capability 9.0
    manifest.json        for each kernel, its source file and the values that a launch needs
    table.def            these values as rows of a C table, for kernels.c

`make triton` runs this. A run in another folder writes the same bytes, because the files contain
no line information and no paths.
"""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

TRITON_VERSION = "3.6.0"  # launcher.c passes the two scratch pointers that this version appends
HERE = Path(__file__).resolve().parent
MOST_KERNELS = 32
HEAD_DIM_MOST = 256
TARGETS = {"sm_80.ptx": 80, "sm_90a.cubin": 90}

POINTERS = {
    "q": "*fp32", "k": "*fp32", "v": "*fp32", "out": "*fp32", "scores": "*fp32",
    "stamps": "*i64", "reports": "*i64", "done": "*i32", "abort": "*i32", "queue": "*i32",
    "steps_done": "*i32", "progress": "*i32",
}
ALIGNED = {"q", "k", "v", "out", "stamps", "reports", "head_dim"}  # multiples of 16


def wanted():
    """Yields (file, kernel, name, constexprs) for every kernel to compile."""
    for block_k in (16, 32, 64, 128):
        for tiles in sorted({1, HEAD_DIM_MOST // block_k}):
            if tiles * block_k < 32:  # smallest HEAD_DIM
                continue
            for queue in ("sequence", "step"):
                for chain in (False, True):
                    stages = 1 if queue == "step" else 12 if tiles == 1 else 4
                    yield ("persistent_decode", "persistent_decode",
                           f"decode_{queue}_{'chain' if chain else 'free'}_{block_k}x{tiles}",
                           {"QUEUE_STEP": queue == "step", "CHAIN": chain, "BLOCK_K": block_k,
                            "TILES": tiles, "STAGES": stages})
        yield "prefill", "prefill", f"prefill_{block_k}", {"ROWS": 16, "BLOCK_K": block_k}


def compile_one(triton, function, constexprs, capability, warps):
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource
    arguments = function.arg_names
    source = ASTSource(
        fn=function,
        signature={a: "constexpr" if a in constexprs else POINTERS.get(a, "i32")
                   for a in arguments},
        constexprs=constexprs,
        attrs={(i,): [["tt.divisibility", 16]] for i, a in enumerate(arguments) if a in ALIGNED})
    return triton.compile(source, target=GPUTarget("cuda", capability, 32),
                          options={"num_warps": warps})


def c_row(kernel):
    constexprs = kernel["constexprs"]
    return (f'    {{"{kernel["name"]}", "{kernel["kernel"]}", '
            f'{int(constexprs.get("QUEUE_STEP", False))}, {int(constexprs.get("CHAIN", False))}, '
            f'{constexprs["BLOCK_K"]}, {constexprs.get("TILES", 0)}, {constexprs.get("ROWS", 0)}, '
            f'{kernel["num_warps"]}, {kernel["shared"]}}},\n')


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "aot"
    cache = tempfile.TemporaryDirectory()
    os.environ["TRITON_CACHE_DIR"] = cache.name
    os.environ["TRITON_DISABLE_LINE_INFO"] = "1"
    import triton
    if triton.__version__ != TRITON_VERSION:
        sys.exit(f"compile.py: needs Triton {TRITON_VERSION}, found {triton.__version__}: "
                 "run make triton, which installs it")

    sys.path.insert(0, str(HERE))
    sys.dont_write_bytecode = True
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    kernels, sources = [], {}
    for module, kernel, name, constexprs in wanted():
        source = HERE / f"{module}.py"
        sources[source.name] = hashlib.sha256(source.read_bytes()).hexdigest()
        needs = None
        for suffix, capability in TARGETS.items():
            warps = 4 if kernel == "prefill" else 1
            compiled = compile_one(triton, getattr(__import__(module), kernel), constexprs,
                                   capability, warps)
            output = compiled.asm[suffix.split(".")[1]]
            (folder / f"{name}.{suffix}").write_bytes(
                output.encode() if isinstance(output, str) else output)
            found = compiled.metadata
            if found.global_scratch_size or found.profile_scratch_size or found.num_ctas != 1:
                sys.exit(f"compile.py: {name}: needs scratch memory or a cluster, which launcher.c "
                         "does not pass")
            if needs and needs[:2] != (found.name, found.num_warps):
                sys.exit(f"compile.py: {name}: its targets need different launches")
            if found.shared > 48 * 1024:
                sys.exit(f"compile.py: {name}: needs {found.shared} bytes of shared memory, but "
                         "launcher.c requests at most 48 KiB")
            shared = max(found.shared, needs[2]) if needs else found.shared
            needs = (found.name, found.num_warps, shared)
        kernels.append({"name": name, "source": source.name, "kernel": needs[0],
                        "constexprs": constexprs, "num_warps": needs[1], "shared": needs[2],
                        "global_scratch_size": 0, "profile_scratch_size": 0})
        print(f"  {name}", flush=True)
    if len(kernels) > MOST_KERNELS:
        sys.exit(f"compile.py: {len(kernels)} kernels; at most {MOST_KERNELS} are shipped")

    manifest = {"triton_version": TRITON_VERSION, "files": list(TARGETS), "source_sha256": sources,
                "kernels": kernels}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    (folder / "table.def").write_text(
        "/* table.def - written by ../compile.py, as manifest.json is. */\n"
        + "".join(c_row(kernel) for kernel in kernels))


if __name__ == "__main__":
    main()
