#!/usr/bin/env python3
"""Makes the checkpoints beside this file, with the logits that transformers computes from them.

    python3 -m venv build/transformers
    build/transformers/bin/pip install torch==2.11.0 transformers==5.24.0
    build/transformers/bin/python tests/unit/checkpoints/make.py

llama: one file of BF16, an untied head, Llama 3's scaling of rope as transformers 4 wrote it.
qwen3: two shards of BF16, F16 and F32 with an index, a tied head, norms of q and k, rope as
transformers 5 writes it.

expected.safetensors: `tokens`, the token that each of 32 steps makes, and `logits`, each step's.
They are transformers' own, run token by token in float64, from the weights rounded to BF16 and with
cache rows rounded to BF16, as kernels/model.h says. (transformers computes norms, the softmax and
the angles of rope in float32 even then.) The first token is the one that pdlab draws from SEED 42.
"""
import copy
import json
import os
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, DynamicCache, LlamaConfig, Qwen3Config

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = 32
SEED = 42
SEEDS = 1000  # seeds of weights to try
INPUT_TOKEN = 7  # kernels/inputs.h
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "head_dim": 32, "intermediate_size": 64, "vocab_size": 128,
         "max_position_embeddings": 512, "dtype": "bfloat16"}


def philox(words, key):
    """Philox4x32-10."""
    mask = 0xFFFFFFFF
    keys = [key & mask, key >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * words[0], 0xCD9E8D57 * words[2]
        words = [second >> 32 ^ words[1] ^ keys[0], second & mask,
                 first >> 32 ^ words[3] ^ keys[1], first & mask]
        keys = [(keys[0] + 0x9E3779B9) & mask, (keys[1] + 0xBB67AE85) & mask]
    return words


class RoundedCache(DynamicCache):
    """Rounds K and V rows to BF16."""

    def update(self, key_states, value_states, layer_idx, *arguments, **named):
        return super().update(key_states.bfloat16().double(), value_states.bfloat16().double(),
                              layer_idx, *arguments, **named)


def draw(model, seed):
    """Draws weights of a size at which activations do not vanish and logits differ."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in model.named_parameters():
        noise = torch.randn(value.shape, generator=generator)
        if value.dim() == 1:
            value.data = (1 + 0.2 * noise).bfloat16()
        elif "embed" in name or "lm_head" in name:
            value.data = (0.3 * noise).bfloat16()
        else:
            value.data = (1.5 * noise / value.shape[1] ** 0.5).bfloat16()


def expect(model):
    """Returns tokens, logits, and the least distance of the two best logits of a step, in standard
    deviations of its logits."""
    model = copy.deepcopy(model).double()
    cache = RoundedCache(config=model.config)
    token = philox([INPUT_TOKEN, 0, 0, 0], SEED)[0] * SHAPE["vocab_size"] >> 32
    tokens, logits = [], []
    with torch.no_grad():
        for _ in range(STEPS):
            row = model(input_ids=torch.tensor([[token]]), past_key_values=cache,
                        use_cache=True).logits[0, -1]
            token = int(row.argmax())
            tokens.append(token)
            logits.append(row)
    logits = torch.stack(logits)
    best = logits.topk(2).values
    return tokens, logits, float(((best[:, 0] - best[:, 1]) / logits.std(dim=1)).min())


def settle(folder, model):
    """Draws weights until the tokens vary and every token wins clearly. Writes the expected results."""
    for seed in range(SEEDS):
        draw(model, seed)
        tokens, logits, margin = expect(model)
        if margin < 0.05 or len(set(tokens)) < STEPS // 2:
            continue
        print(f"{folder}: weights {seed}, {len(set(tokens))} different tokens, margin {margin:.3f}")
        save_file({"tokens": torch.tensor(tokens, dtype=torch.int32), "logits": logits.float()},
                  os.path.join(folder, "expected.safetensors"))
        return
    sys.exit(f"{folder}: no weights with tokens that vary")


def write_config(folder, config):
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2, sort_keys=True)
        file.write("\n")


def tensors_of(model):
    """Returns the model's tensors, without the head if it is the embedding."""
    tied = model.config.tie_word_embeddings
    return {name: value.clone().contiguous() for name, value in model.state_dict().items()
            if not (tied and name == "lm_head.weight")}


def make_llama():
    folder = os.path.join(HERE, "llama")
    os.makedirs(folder, exist_ok=True)
    scaling = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
               "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
    config = LlamaConfig(**SHAPE, rope_theta=500.0, rope_scaling=scaling, rms_norm_eps=1e-5,
                         tie_word_embeddings=False, attn_implementation="eager")
    model = AutoModelForCausalLM.from_config(config)
    settle(folder, model)
    save_file(tensors_of(model), os.path.join(folder, "model.safetensors"), {"format": "pt"})
    older = {key: value for key, value in config.to_dict().items() if key != "rope_parameters"}
    older |= {"architectures": ["LlamaForCausalLM"], "rope_theta": 500.0, "rope_scaling": scaling,
              "torch_dtype": "bfloat16"}
    write_config(folder, older)


def make_qwen3():
    folder = os.path.join(HERE, "qwen3")
    os.makedirs(folder, exist_ok=True)
    config = Qwen3Config(**SHAPE, rope_parameters={"rope_type": "default", "rope_theta": 500.0},
                         rms_norm_eps=1e-6, tie_word_embeddings=True,
                         attn_implementation="eager")
    model = AutoModelForCausalLM.from_config(config)
    settle(folder, model)
    write_config(folder, config.to_dict() | {"architectures": ["Qwen3ForCausalLM"]})
    # Stores values with more bits than BF16 has, which still round to the same BF16 values.
    tensors = tensors_of(model)
    for name, value in tensors.items():
        if value.dim() == 1:
            tensors[name] = value.float() * (1 + 1 / 1024)
        elif "o_proj" in name:
            tensors[name] = value.half()
        assert torch.allclose(tensors[name].bfloat16().float(), value.float(), rtol=0, atol=1e-7)
    shards = {name: f"model-0000{2 if 'layers.1.' in name else 1}-of-00002.safetensors"
              for name in tensors}
    for shard in set(shards.values()):
        save_file({name: value for name, value in tensors.items() if shards[name] == shard},
                  os.path.join(folder, shard), {"format": "pt"})
    index = {"metadata": {"total_size": sum(value.nbytes for value in tensors.values())},
             "weight_map": dict(sorted(shards.items()))}
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump(index, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    make_llama()
    make_qwen3()
