"""
prefill - runs before the decode in persistent_decode_graphs: the dot product of q and k of every
token at once, the way a prompt is processed. All rows are independent, so it is one wide launch.

scores[batch][seq_len] = sum over d of q[b][t][d] * k[b][t][d], in fp32.
"""

import triton
import triton.language as tl


@triton.jit
def prefill(q, k, scores, rows, head_dim, ROWS: tl.constexpr, BLOCK_K: tl.constexpr):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    at = row.to(tl.int64)[:, None] * head_dim
    score = tl.zeros([ROWS], tl.float32)
    for tile in range(0, head_dim, BLOCK_K):
        d = tile + tl.arange(0, BLOCK_K)[None, :]
        mask = (row < rows)[:, None] & (d < head_dim)
        score += tl.sum(tl.load(q + at + d, mask=mask, other=0.0) *
                        tl.load(k + at + d, mask=mask, other=0.0), axis=1)
    tl.store(scores + row, score, mask=row < rows)
