#!/usr/bin/env python3
"""Compares whole decoders with transformers, on a machine with a GPU, PyTorch and transformers.

    tests/bench/peers_model.py PDLAB VARIANT... [--models llama-1b,qwen3-0.6b] [--rows FILE]

For each model it writes a checkpoint of the model's shapes with random weights, which pdlab and
transformers read.

Accuracy, for each variant: `pdlab verify` must accept the output. The output's tokens are then the
inputs of transformers in float64 and in bf16. The relative L2 error of pdlab's logits over 32 steps
must not be larger than that of transformers in bf16. (transformers computes norms in float32 even
in float64.)

Speed, batch 1: us per token of each variant by `pdlab run` (the iteration's p50 over SEQ_LEN), of
transformers under torch.compile (mode reduce-overhead, a static cache), and of a CUDA graph of only
the model's matrix products, in cuBLAS. A ratio is ours over the peer's: below 1, ours is faster.

Every result is a line of FILE (default peers_model.jsonl). Results that FILE has are not measured
again, unless they failed: delete their lines to repeat them.

--device cpu runs everything on a small model without a GPU; the speeds then mean nothing.

Exit status: 0; 1 if an output is wrong or less accurate than transformers; 3 if it cannot run here.
"""
import argparse
import inspect
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import torch
    import transformers
    from safetensors import safe_open
    from torch.nn.functional import linear
except ImportError as missing:
    print(f"peers_model.py needs PyTorch, transformers and safetensors: {missing}",
          file=sys.stderr)
    sys.exit(3)

from peers import SEED, STEPS, philox

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

# The name of the argument for the weights' type in this version of transformers.
DTYPE = ("dtype" if [int(word) for word in transformers.__version__.split(".")[:2]] >= [4, 56]
         else "torch_dtype")
INPUT_TOKEN = 7  # kernels/inputs.h
WARM_UPS = 5
SAMPLES = 30
LLAMA3 = {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 8192}

# The same models as in kernels/model.c.
MODELS = {
    "tiny": ("LlamaConfig", {
        "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 8,
        "num_key_value_heads": 2, "head_dim": 32, "intermediate_size": 768, "vocab_size": 4096,
        "max_position_embeddings": 1048576, "rms_norm_eps": 1e-5, "rope_theta": 10000.0}),
    "llama-1b": ("LlamaConfig", {
        "hidden_size": 2048, "num_hidden_layers": 16, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 8192, "vocab_size": 128256,
        "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
        "rope_scaling": LLAMA3}),
    "qwen3-0.6b": ("Qwen3Config", {
        "hidden_size": 1024, "num_hidden_layers": 28, "num_attention_heads": 16,
        "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072, "vocab_size": 151936,
        "max_position_embeddings": 40960, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0}),
}


class Rows:
    """Results that are kept in a file, one per line."""

    KEY = ("device", "model", "figure", "name", "context")

    def __init__(self, path):
        self.path = path
        self.rows = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in filter(str.strip, file):
                    row = json.loads(line)
                    self.rows[self.key(row)] = row

    def key(self, row):
        return tuple(row[name] for name in self.KEY)

    def get(self, measure, **key):
        """Returns the row of this key from the file. If it is missing or failed, calls `measure`."""
        kept = self.rows.get(self.key(key))
        if kept and not kept.get("reason"):
            return kept
        try:
            row = key | measure()
        except Exception as error:  # pylint: disable=broad-except # one failure is one row
            row = key | {"reason": f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"}
        row["measured_utc"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.rows[self.key(row)] = row
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        return row


# ---- the models ------------------------------------------------------------------------------


def make_model(name):
    """A model with random weights, also in its norms, in bf16 on the CPU."""
    kind, shape = MODELS[name]
    torch.manual_seed(SEED)
    config = getattr(transformers, kind)(**shape, tie_word_embeddings=True)
    model = transformers.AutoModelForCausalLM.from_config(config, **{DTYPE: torch.bfloat16})
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.data = (1 + 0.1 * torch.randn(parameter.shape)).bfloat16()
    return model.eval()


class Checkpoints:
    """Models, and folders with their files. Each is created when it is first needed."""

    def __init__(self, folder, device):
        self.folder = folder
        self.device = device
        self.name = self.model = None

    def path(self, name):
        path = os.path.join(self.folder, name)
        if not os.path.exists(os.path.join(path, "config.json")):
            self.load(name).cpu().save_pretrained(path, max_shard_size="1GB")
        return path

    def load(self, name):
        """The model in bf16. Only one model is kept at a time."""
        if self.name != name:
            self.name = self.model = None
            if self.device == "cuda":
                torch.cuda.empty_cache()
            self.model = make_model(name)
            self.name = name
        return self.model

    def fresh(self, name, dtype):
        """The model from its files, on the device, in the given type. The caller owns it."""
        path = self.path(name)
        self.name = self.model = None
        if self.device == "cuda":
            torch._dynamo.reset()
            torch.cuda.empty_cache()
        model = transformers.AutoModelForCausalLM.from_pretrained(path, **{DTYPE: dtype})
        return model.to(self.device).eval()


def cache_arguments(model, cache, position):
    """How this version of transformers takes a cache and the positions, a tensor [tokens]."""
    accepted = inspect.signature(model.forward).parameters
    arguments = {"cache" if "cache" in accepted else "past_key_values": cache, "use_cache": True,
                 "position_ids": position[None]}
    if "cache_position" in accepted:
        arguments["cache_position"] = position
    return arguments


# ---- pdlab -----------------------------------------------------------------------------------


def run_pdlab(pdlab, command, variant, folder, device, context, *more):
    """Runs a command of pdlab with the options that all commands share."""
    words = [pdlab, command, "--targets", variant, "--model", folder,
             "--device", "cuda:0" if device == "cuda" else "cpu", "--batch", "1",
             "--seq-len", str(STEPS), "--context", str(context), "--seed", str(SEED), *more]
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)


def complaint(done):
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1][:200] if lines else f"status {done.returncode}"


def measure_pdlab(pdlab, variant, folder, device, context):
    done = run_pdlab(pdlab, "run", variant, folder, device, context, "--out", "none", "--json",
                     "-", "--warmup", "20", "--iterations", "100")
    if not done.stdout:
        raise RuntimeError(complaint(done))
    run = json.loads(done.stdout)["runs"][0]
    if run.get("status") != "ok":
        raise RuntimeError(run.get("reason") or run.get("status"))
    return {"us": run["iteration"]["p50_ns"] / STEPS / 1000,
            "step_us": (run.get("step") or {}).get("p50_ns", 0) / 1000,
            "step_bytes": run["step_bytes"], "verified": run.get("verified"),
            "floor_us": (run.get("floor_ns") or 0) / 1000, "knobs": run["knobs"]}


def read_output(path, vocabulary):
    """Returns tokens and logits of the only sequence. kernels/model.h describes the columns."""
    with safe_open(path, "pt") as file:
        output = file.get_tensor("sequence 0")
    return output[:, 0].long(), output[:, 1:1 + vocabulary].double()


# ---- accuracy --------------------------------------------------------------------------------


def first_token(vocabulary):
    """The first input token, which pdlab draws from SEED."""
    return philox((INPUT_TOKEN, 0, 0, 0), SEED) * vocabulary >> 32


def replay(model, inputs):
    """The logits of every step, computed token by token, as in a decode."""
    cache = transformers.DynamicCache(config=model.config)
    inputs = inputs.to(model.device)
    logits = []
    with torch.no_grad():
        for step in range(len(inputs)):
            position = torch.tensor([step], device=model.device)
            logits.append(model(input_ids=inputs[None, step:step + 1],
                                **cache_arguments(model, cache, position)).logits[0, -1])
    return torch.stack(logits).double().cpu()


def relative(values, exact):
    return float((values - exact).norm() / exact.norm())


def measure_accuracy(arguments, checkpoints, name, variant):
    vocabulary = MODELS[name][1]["vocab_size"]
    folder = checkpoints.path(name)
    output = os.path.join(checkpoints.folder, "output.safetensors")
    if os.path.exists(output):
        os.unlink(output)
    done = run_pdlab(arguments.pdlab, "verify", variant, folder, arguments.device, 0,
                     "--output", output)
    if done.returncode > 1:
        raise RuntimeError(complaint(done))
    row = {"right": done.returncode == 0, "says": (done.stdout.strip() or complaint(done))[:200]}
    if not os.path.exists(output):
        return row
    tokens, logits = read_output(output, vocabulary)
    os.unlink(output)
    if not bool(((tokens >= 0) & (tokens < vocabulary)).all()):
        return row | {"right": False, "says": "a token is not in the vocabulary"}
    inputs = torch.cat([torch.tensor([first_token(vocabulary)]), tokens[:-1]])
    exact = replay(checkpoints.fresh(name, torch.float64), inputs)
    rounded = replay(checkpoints.fresh(name, torch.bfloat16), inputs)
    return row | {"error": relative(logits, exact), "peer_error": relative(rounded, exact),
                  "tokens_equal": int((exact.argmax(1) == tokens).sum()),
                  "peer_tokens_equal": int((rounded.argmax(1) == exact.argmax(1)).sum()),
                  "tokens": STEPS, "transformers": transformers.__version__}


def print_accuracy(name, variant, row):
    """Prints the row. Returns whether the output is right and accurate enough."""
    if row.get("reason"):
        print(f"{name}, {variant}: not compared: {row['reason']}")
        return False
    if "error" not in row:
        print(f"{name}, {variant}: {row['says']}")
        return False
    fine = row["right"] and row["error"] <= row["peer_error"]
    print(f"{name}, {variant}: relative L2 error of the logits {row['error']:.2e}, of transformers "
          f"in bf16 {row['peer_error']:.2e}; tokens as in float64: {row['tokens_equal']} of "
          f"{row['tokens']}, transformers' {row['peer_tokens_equal']}; "
          f"{'right' if row['right'] else 'pdlab verify: ' + row['says']}{'' if fine else '  FAILED'}")
    return fine


# ---- speed of the peers ----------------------------------------------------------------------


def time_of(work, device):
    """The duration of `work` in us: the median of samples, by the GPU's clock or the CPU's."""
    for _ in range(WARM_UPS):
        work()
    taken = []
    for _ in range(SAMPLES):
        if device == "cuda":
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            torch.cuda.synchronize()
            begin.record()
            work()
            end.record()
            end.synchronize()
            taken.append(begin.elapsed_time(end) * 1000)
        else:
            begin = time.perf_counter()
            work()
            taken.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(taken)


def rewind(cache, length):
    """Sets the length of a static cache. Newer versions count the rows themselves."""
    for layer in getattr(cache, "layers", []):
        count = getattr(layer, "cumulative_length", None)
        if isinstance(count, torch.Tensor):
            count.fill_(length)
        elif count is not None:
            layer.cumulative_length = length


def make_cache(model, rows):
    """Makes a static cache of `rows` rows, with the arguments that this StaticCache accepts."""
    wanted = {"config": model.config, "max_cache_len": rows, "max_batch_size": 1,
              "batch_size": 1, "device": model.device, "dtype": model.dtype}
    accepted = inspect.signature(transformers.StaticCache.__init__).parameters
    return transformers.StaticCache(
        **{name: value for name, value in wanted.items() if name in accepted})


def measure_transformers(checkpoints, name, context):
    """us per token of a decode of STEPS tokens, repeated from the same context."""
    device = checkpoints.device
    model = checkpoints.fresh(name, torch.bfloat16)
    vocabulary = MODELS[name][1]["vocab_size"]
    cache = make_cache(model, context + STEPS)
    positions = torch.arange(context + STEPS, device=device)
    prompt = torch.randint(vocabulary, (1, context), device=device)

    def step(token, position):
        logits = model(input_ids=token, **cache_arguments(model, cache, position)).logits
        return logits[:, -1].argmax(-1, keepdim=True)

    run = torch.compile(step, mode="reduce-overhead") if device == "cuda" else step

    def decode():
        rewind(cache, context)
        token = first
        for at in range(context, context + STEPS):
            if device == "cuda":
                torch.compiler.cudagraph_mark_step_begin()
            token = run(token, positions[at:at + 1]).clone()

    with torch.no_grad():
        first = step(prompt, positions[:context])
        us = time_of(decode, device) / STEPS
    return {"us": us, "transformers": transformers.__version__, "torch": torch.__version__,
            "compiled": device == "cuda"}


def measure_linears(checkpoints, name):
    """us for the products with all matrices of a step, one after the other."""
    device = checkpoints.device
    model = checkpoints.fresh(name, torch.bfloat16)
    weights = [module.weight for module in model.modules() if isinstance(module, torch.nn.Linear)]
    inputs = {columns: torch.randn(1, columns, device=device, dtype=torch.bfloat16)
              for columns in {weight.shape[1] for weight in weights}}

    def products():
        for weight in weights:
            linear(inputs[weight.shape[1]], weight)

    with torch.no_grad():
        once = products
        if device == "cuda":
            stream = torch.cuda.Stream()
            with torch.cuda.stream(stream):
                for _ in range(3):
                    products()
            stream.synchronize()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=stream):
                products()
            once = graph.replay

        def steps():
            for _ in range(STEPS):
                once()

        us = time_of(steps, device) / STEPS
    return {"us": us, "matrices": len(weights), "torch": torch.__version__,
            "bytes": sum(weight.numel() * weight.element_size() for weight in weights)}


# ---- the table -------------------------------------------------------------------------------


def text_of(value, pattern="{:.1f}"):
    return pattern.format(value) if value else "n/a"


def print_row(model, name, row, peers):
    ratios = [row.get("us") and peer.get("us") and row["us"] / peer["us"] for peer in peers]
    us = row.get("us")
    moved = row.get("step_bytes") or row.get("bytes")
    notes = row.get("reason") or ("" if row.get("verified", True) is True else "not verified")
    print(f"{model:<11} {name:<32} {text_of(us):>9} "
          f"{text_of(us and moved and moved / us / 1000, '{:.0f}'):>6} "
          f"{text_of(ratios[0], '{:.3f}'):>9} {text_of(ratios[1], '{:.3f}'):>9}  {notes}",
          flush=True)


def compare_speed(arguments, checkpoints, rows, device, name):
    key = {"device": device, "model": name, "context": arguments.context}
    compiled = rows.get(lambda: measure_transformers(checkpoints, name, arguments.context),
                        figure="speed", name="transformers", **key)
    products = rows.get(lambda: measure_linears(checkpoints, name),
                        figure="speed", name="linears", **key | {"context": 0})
    peers = [compiled, products]
    for variant in arguments.variants:
        print_row(name, variant, rows.get(
            lambda variant=variant: measure_pdlab(
                arguments.pdlab, variant, checkpoints.path(name), arguments.device,
                arguments.context),
            figure="speed", name=variant, **key), peers)
    print_row(name, "transformers, " + ("torch.compile" if arguments.device == "cuda" else "eager"),
              compiled, peers)
    print_row(name, "its matrix products alone", products, peers)


def describe(arguments):
    """The device's name, which is part of a row's key. Exits if PyTorch finds no GPU."""
    if arguments.device == "cpu":
        return "cpu"
    if not torch.cuda.is_available():
        print("peers_model.py: PyTorch finds no GPU; use --device cpu to try a small model",
              file=sys.stderr)
        sys.exit(3)
    return torch.cuda.get_device_name()


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pdlab")
    parser.add_argument("variants", nargs="+", metavar="VARIANT")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--models", help="of " + ", ".join(MODELS))
    parser.add_argument("--context", type=int, default=128)
    parser.add_argument("--rows", default="peers_model.jsonl")
    parser.add_argument("--folder", help="keep the checkpoints here")
    parser.add_argument("--only", choices=["accuracy", "speed"])
    arguments = parser.parse_args()
    default = "tiny" if arguments.device == "cpu" else "llama-1b,qwen3-0.6b"
    arguments.models = (arguments.models or default).split(",")
    if arguments.context < 1:
        parser.error("--context takes 1 or more")
    for name in arguments.models:
        if name not in MODELS:
            parser.error(f"no model {name}; there are {', '.join(MODELS)}")
    return arguments


def compare_all(arguments, checkpoints):
    device, rows, fine = describe(arguments), Rows(arguments.rows), True
    print(f"{device}, PyTorch {torch.__version__}, transformers {transformers.__version__}")
    for name in arguments.models if arguments.only != "speed" else []:
        for variant in arguments.variants:
            row = rows.get(
                lambda variant=variant, name=name: measure_accuracy(
                    arguments, checkpoints, name, variant),
                device=device, model=name, figure="accuracy", name=variant, context=0)
            fine &= print_accuracy(name, variant, row)
    if arguments.only != "accuracy":
        print(f"\nbatch 1, context {arguments.context}, {STEPS} tokens: us per token, and its ratio to "
              "the peers\n"
              f"{'model':<11} {'':<32} {'us':>9} {'GB/s':>6} {'/compiled':>9} {'/products':>9}")
        for name in arguments.models:
            compare_speed(arguments, checkpoints, rows, device, name)
    return 0 if fine else 1


def main():
    arguments = parse()
    folder = arguments.folder or tempfile.mkdtemp(prefix="pdlab-models-")
    os.makedirs(folder, exist_ok=True)
    try:
        return compare_all(arguments, Checkpoints(folder, arguments.device))
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
