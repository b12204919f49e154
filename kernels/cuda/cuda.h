/*
 * cuda.h - the GPU's variants and device, for the lists in kernels/variants.c.
 */
#pragma once

#include "../lab.h"

__BEGIN_DECLS

extern const struct device_ops cuda_device;

/* The device's member `ceilings` (ceilings.cu). */
bool cuda_ceilings(int index, const uint32_t *stop, struct ceilings *ceilings, struct error *error);

/* The device's member `tracer` (trace.c). */
extern const struct tracer cuda_tracer;

/* The device's member `meter` (gpu_meter.c). */
extern const struct meter cuda_meter;

extern const struct variant baseline_persistent_decode;
extern const struct variant persistent_decode_triton; /* in ../triton */
extern const struct variant persistent_decode_graph_chain;
extern const struct variant persistent_decode_graphs;
extern const struct variant persistent_decode_cuda;
extern const struct variant persistent_decode_resident;

extern const struct variant baseline_tma_prefill_decode;
extern const struct variant optimized_tma_prefill_decode;
extern const struct variant baseline_native_tma_prefill_decode;
extern const struct variant optimized_native_tma_prefill_decode;

extern const struct variant attention_per_token;
extern const struct variant attention_split_kv;
extern const struct variant attention_split_kv_graph;
extern const struct variant attention_persistent;
extern const struct variant attention_cp_async;
extern const struct variant attention_warp_specialized;
extern const struct variant attention_tma;

extern const struct variant model_per_op;
extern const struct variant model_fused;
extern const struct variant model_fused_graph;
extern const struct variant model_fused_graph_pdl;
extern const struct variant model_persistent;
extern const struct variant model_persistent_pipelined;

extern const struct variant fault_hang;
extern const struct variant fault_stuck;
extern const struct variant fault_out_of_bounds;
extern const struct variant fault_shared_memory;
extern const struct variant fault_wrong;
extern const struct variant fault_nan;

__END_DECLS
