/*
 * cuda.h - declares the GPU's variants and device for the lists in kernels/variants.c.
 */
#pragma once

#include "../lab.h"

__BEGIN_DECLS

extern const struct device_ops cuda_device;

/* Implements the device's member `ceilings` (ceilings.cu). */
bool cuda_ceilings(int index, const uint32_t *stop, struct ceilings *ceilings, struct error *error);

/* Implements the device's member `tracer` (trace.c). */
extern const struct tracer cuda_tracer;

/* Implements the device's member `meter` (gpu_meter.c). */
extern const struct meter cuda_meter;

/* Declares a variant's description (variants.c) and, in builds with CUDA, its functions. */
#define CUDA_VARIANT(NAME)                                                                         \
    extern const struct variant NAME;                                                              \
    extern const struct variant_ops NAME##_ops

CUDA_VARIANT(baseline_persistent_decode);
CUDA_VARIANT(persistent_decode_triton);
CUDA_VARIANT(persistent_decode_graph_chain);
CUDA_VARIANT(persistent_decode_graphs);
CUDA_VARIANT(persistent_decode_cuda);
CUDA_VARIANT(persistent_decode_resident);

CUDA_VARIANT(baseline_tma_prefill_decode);
CUDA_VARIANT(optimized_tma_prefill_decode);
CUDA_VARIANT(baseline_native_tma_prefill_decode);
CUDA_VARIANT(optimized_native_tma_prefill_decode);

CUDA_VARIANT(attention_per_token);
CUDA_VARIANT(attention_split_kv);
CUDA_VARIANT(attention_split_kv_graph);
CUDA_VARIANT(attention_persistent);
CUDA_VARIANT(attention_cp_async);
CUDA_VARIANT(attention_warp_specialized);
CUDA_VARIANT(attention_tma);

CUDA_VARIANT(model_per_op);
CUDA_VARIANT(model_fused);
CUDA_VARIANT(model_fused_graph);
CUDA_VARIANT(model_fused_graph_pdl);
CUDA_VARIANT(model_persistent);
CUDA_VARIANT(model_persistent_pipelined);

/* Variants of the hidden target `fault` (fault.cu), only in builds with CUDA. */
extern const struct variant fault_hang;
extern const struct variant fault_stuck;
extern const struct variant fault_out_of_bounds;
extern const struct variant fault_shared_memory;
extern const struct variant fault_wrong;
extern const struct variant fault_nan;

__END_DECLS
