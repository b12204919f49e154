/*
 * variants.c - the descriptions of the CUDA variants. They are in every build, so that a build
 * without nvcc can still show lists, lessons and recordings. A variant's functions are in the file
 * that its description names.
 */
#include "../attention.h"
#include "../model.h"
#include "../workload_dot.h"
#include "cuda.h"

#ifdef PDLAB_CUDA
#define OPS(NAME) &NAME##_ops
#else
#define OPS(NAME) NULL
#endif

/* Initialises the members that follow from a variant's name, file and workload. */
#define VARIANT(NAME, FILE, WORKLOAD)                                                              \
    .name = #NAME, .file = (FILE), .workload = &(WORKLOAD), .backend = BACKEND_CUDA,               \
    .ops = OPS(NAME)
#define DOT(NAME, FILE)       VARIANT(NAME, FILE, workload_dot), .target = "persistent_decode"
#define PREFILL(NAME, FILE)   VARIANT(NAME, FILE, workload_prefill)
#define ATTENTION(NAME, FILE) VARIANT(NAME, FILE, workload_attention), .target = "attention_decode"
#define MODEL(NAME, FILE)     VARIANT(NAME, FILE, workload_model), .target = "model_decode"

#define PERSISTENT_TRITON_KNOBS                                                                    \
    (DOT_KNOBS | KNOB_BIT(NUM_PROGRAMS) | KNOB_BIT(BLOCK_K) | KNOB_BIT(QUEUE))
#define PREFILL_SEQUENCE_KNOBS                                                                     \
    (DOT_KNOBS | KNOB_BIT(PREFILL_CHUNKS) | KNOB_BIT(PREFILL_CHUNK_ELEMS) |                        \
     KNOB_BIT(PREFILL_SOURCE))
#define PREFILL_BURST_KNOBS                                                                        \
    (PREFILL_SEQUENCE_KNOBS | KNOB_BIT(PREFILL_STREAMS) | KNOB_BIT(MAX_IN_FLIGHT) |                \
     KNOB_BIT(OVERLAP) | KNOB_BIT(GRAPH_MODE) | KNOB_BIT(MAX_CAPTURE_SEQ) | KNOB_BIT(PDL) |        \
     KNOB_BIT(NUM_PROGRAMS) | KNOB_BIT(BLOCK_K) | KNOB_BIT(STEP_SYNC) | KNOB_BIT(PHASES))

const struct variant baseline_persistent_decode = {
    DOT(baseline_persistent_decode, "cuda/baseline_persistent_decode.c"),
    .rung = 1,
    .title = "A kernel launch per token",
    .why = "The host launches every step: a launch takes far longer than the token's arithmetic.",
    .knobs = DOT_KNOBS,
};

const struct variant persistent_decode_triton = {
    DOT(persistent_decode_triton, "triton/persistent_decode_triton.c"),
    .rung = 2,
    .after = "baseline_persistent_decode",
    .title = "Persistent kernel in Triton",
    .why = "One launch for all tokens: programs persist and draw tickets from a queue on the "
           "device, so any number of programs serves all sequences.",
    .knobs = PERSISTENT_TRITON_KNOBS,
};

const struct variant persistent_decode_graph_chain = {
    DOT(persistent_decode_graph_chain, "cuda/persistent_decode_graph_chain.c"),
    .rung = 3,
    .after = "persistent_decode_triton",
    .title = "Per-token kernels as one CUDA graph",
    .why = "The launches are captured once and replayed: the GPU goes from token to token by "
           "itself, but every token is still a kernel that starts and ends.",
    .knobs = DOT_KNOBS | KNOB_BIT(MAX_CAPTURE_SEQ) | KNOB_BIT(PDL),
};

const struct variant persistent_decode_graphs = {
    DOT(persistent_decode_graphs, "cuda/persistent_decode_graphs.c"),
    .rung = 4,
    .after = "persistent_decode_graph_chain",
    .title = "Persistent kernel in CUDA graphs",
    .why =
        "The decode is one graph node after the prefill's node. Only the start is cheaper: steps "
        "cost the same as in Triton's kernel.",
    .knobs = PERSISTENT_TRITON_KNOBS | KNOB_BIT(GRAPH_MODE) | KNOB_BIT(MAX_CAPTURE_SEQ),
};

const struct variant persistent_decode_cuda = {
    DOT(persistent_decode_cuda, "cuda/persistent_decode_cuda.cu"),
    .rung = 5,
    .after = "persistent_decode_graphs",
    .title = "Cooperative persistent kernel",
    .why = "One launch for all tokens: the programs persist and synchronise at a barrier "
           "after each step.",
    .knobs = DOT_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(NUM_PROGRAMS) | KNOB_BIT(BLOCK_K) |
             KNOB_BIT(STEP_SYNC),
};

const struct variant persistent_decode_resident = {
    DOT(persistent_decode_resident, "cuda/persistent_decode_resident.cu"),
    .rung = 6,
    .after = "persistent_decode_cuda",
    .title = "Resident kernel, a doorbell",
    .why = "No launch at all: the kernel stays on the GPU, and the host signals a doorbell for "
           "each iteration.",
    .knobs = DOT_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(NUM_PROGRAMS) | KNOB_BIT(BLOCK_K) |
             KNOB_BIT(STEP_SYNC),
};

const struct variant baseline_tma_prefill_decode = {
    PREFILL(baseline_tma_prefill_decode, "cuda/baseline_tma_prefill_decode.c"),
    .target = "tma_prefill_decode",
    .rung = 1,
    .title = "Chunks, then tokens, one by one",
    .why = "The stream waits for every copy, and the host launches every token: the first token "
           "comes after the last chunk.",
    .knobs = PREFILL_SEQUENCE_KNOBS | KNOB_BIT(COPY_DELAY_NS),
};

const struct variant optimized_tma_prefill_decode = {
    PREFILL(optimized_tma_prefill_decode, "cuda/optimized_tma_prefill_decode.c"),
    .target = "tma_prefill_decode",
    .rung = 2,
    .after = "baseline_tma_prefill_decode",
    .title = "A shaped burst beside the decode graph",
    .why = "Copies overlap each other, the computing and the decode, and a cap on copies in flight "
           "leaves SMs for the decode.",
    .knobs = PREFILL_BURST_KNOBS | KNOB_BIT(COPY_DELAY_NS),
};

const struct variant baseline_native_tma_prefill_decode = {
    PREFILL(baseline_native_tma_prefill_decode, "cuda/baseline_native_tma_prefill_decode.c"),
    .target = "native_tma_prefill_decode",
    .rung = 1,
    .title = "TMA chunks, then tokens, one by one",
    .why =
        "TMA moves a chunk in a microsecond, then waits for the host: with one launch per chunk, "
        "it idles nearly all the time.",
    .knobs = PREFILL_SEQUENCE_KNOBS | KNOB_BIT(TILE_ELEMS) | KNOB_BIT(STAGES),
};

const struct variant optimized_native_tma_prefill_decode = {
    PREFILL(optimized_native_tma_prefill_decode, "cuda/optimized_native_tma_prefill_decode.c"),
    .target = "native_tma_prefill_decode",
    .rung = 2,
    .after = "baseline_native_tma_prefill_decode",
    .title = "A TMA burst beside the decode graph",
    .why = "One kernel per chunk computes tiles while TMA moves other tiles, and the decode beside "
           "it keeps its SMs.",
    .knobs = PREFILL_BURST_KNOBS | KNOB_BIT(TILE_ELEMS) | KNOB_BIT(STAGES),
};

const struct variant attention_per_token = {
    ATTENTION(attention_per_token, "cuda/attention_per_token.c"),
    .rung = 1,
    .title = "One launch per token, one CTA per K/V head",
    .why = "The number of (sequence, K/V head) pairs is rarely a multiple of the number of SMs, so "
           "some SMs idle.",
    .knobs = ATTENTION_KNOBS,
};

const struct variant attention_split_kv = {
    ATTENTION(attention_split_kv, "cuda/attention_split_kv.c"),
    .rung = 2,
    .after = "attention_per_token",
    .title = "Split K/V, and a combining pass",
    .why =
        "Many CTAs share the rows of a K/V head, and a second kernel combines their partial sums.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(SPLITS),
};

const struct variant attention_split_kv_graph = {
    ATTENTION(attention_split_kv_graph, "cuda/attention_split_kv_graph.c"),
    .rung = 3,
    .after = "attention_split_kv",
    .title = "Split K/V in a graph with programmatic edges",
    .why = "A replay needs no host between steps, and a kernel's CTAs start while the previous "
           "kernel ends.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(SPLITS),
};

const struct variant attention_persistent = {
    ATTENTION(attention_persistent, "cuda/attention_persistent.cu"),
    .rung = 4,
    .after = "attention_split_kv_graph",
    .title = "One launch, an equal share per SM",
    .why = "Persistent programs share the rows of all K/V heads evenly, and wait only for programs "
           "that share a head with them.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(SPLITS) | KNOB_BIT(CTAS_PER_SM) |
             KNOB_BIT(KV_TILE),
};

const struct variant attention_cp_async = {
    ATTENTION(attention_cp_async, "cuda/attention_cp_async.cu"),
    .rung = 5,
    .after = "attention_persistent",
    .title = "K/V tiles by cp.async, KV_STAGES deep",
    .why = "Asynchronous copies need no registers, so they run far ahead of the arithmetic, past "
           "the end of a step.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(SPLITS) | KNOB_BIT(CTAS_PER_SM) |
             KNOB_BIT(KV_TILE) | KNOB_BIT(KV_STAGES),
};

const struct variant attention_warp_specialized = {
    ATTENTION(attention_warp_specialized, "cuda/attention_warp_specialized.cu"),
    .rung = 6,
    .after = "attention_cp_async",
    .title = "Producer warps and consumer warps",
    .why = "Producer warps run ahead of consumer warps, and synchronise with them by mbarriers in "
           "shared memory.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(SPLITS) | KNOB_BIT(CTAS_PER_SM) |
             KNOB_BIT(KV_TILE) | KNOB_BIT(KV_STAGES),
};

const struct variant attention_tma = {
    ATTENTION(attention_tma, "cuda/attention_tma.cu"),
    .rung = 7,
    .after = "attention_warp_specialized",
    .title = "K/V tiles by the tensor memory accelerator",
    .why = "One instruction of one thread fetches a whole tile and computes its addresses, so no "
           "warp is spent on copies.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(SPLITS) | KNOB_BIT(CTAS_PER_SM) |
             KNOB_BIT(KV_TILE) | KNOB_BIT(KV_STAGES) | KNOB_BIT(STEP_SYNC),
};

const struct variant model_per_op = {
    MODEL(model_per_op, "cuda/model_per_op.c"),
    .rung = 1,
    .title = "A kernel per operation",
    .why = "Each operation of each layer has its own launch: norm, product, rotation, append, "
           "addition.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS),
};

const struct variant model_fused = {
    MODEL(model_fused, "cuda/model_fused.c"),
    .rung = 2,
    .after = "model_per_op",
    .title = "Five kernels per layer",
    .why = "Norms move into the next product's prologue, rotation and append into attention, "
           "additions into epilogues.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS),
};

const struct variant model_fused_graph = {
    MODEL(model_fused_graph, "cuda/model_fused_graph.c"),
    .rung = 3,
    .after = "model_fused",
    .title = "Five kernels per layer, in a graph",
    .why = "A step's launches are captured once, and one replay per token submits them.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS),
};

const struct variant model_fused_graph_pdl = {
    MODEL(model_fused_graph_pdl, "cuda/model_fused_graph_pdl.c"),
    .rung = 4,
    .after = "model_fused_graph",
    .title = "Programmatic edges, weights requested early",
    .why = "A kernel starts while the previous one ends, and requests its first weights before it "
           "waits.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS),
};

const struct variant model_persistent = {
    MODEL(model_persistent, "cuda/model_persistent.cu"),
    .rung = 5,
    .after = "model_fused_graph_pdl",
    .title = "All tokens in one launch",
    .why = "A program per SM runs every phase of every layer, and a barrier in global memory "
           "replaces the end of a kernel.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS) | KNOB_BIT(PHASES),
};

const struct variant model_persistent_pipelined = {
    MODEL(model_persistent_pipelined, "cuda/model_persistent_pipelined.cu"),
    .rung = 6,
    .after = "model_persistent",
    .title = "Weights stream across phases",
    .why = "A loader warpgroup prefetches the next phases' weights, and readers poll each "
           "activation that they need instead of waiting at a barrier.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS) | KNOB_BIT(PHASES) | KNOB_BIT(WEIGHT_STAGES) |
             KNOB_BIT(STAGE_BYTES) | KNOB_BIT(LOADS_IN_FLIGHT),
};
