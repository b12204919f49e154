/*
 * variants.c - the lists of workloads, variants and backends. A new workload is one file and one
 * row in the first list. A new variant is one file and one row here, and a CUDA variant also a
 * description in cuda/variants.c. Rows of a target are adjacent, grouped by backend, ordered by
 * rung.
 */
#include "cpu/cpu.h"
#include "cuda/cuda.h"
#include "delayed.h"
#include "workload.h"

const struct workload *const workloads[] = {
    &workload_dot, &workload_prefill, &workload_attention, &workload_model, NULL,
};

/* clang-format off */
const struct variant *const variants[] = {
    &cpu_per_token,
    &cpu_persistent,
    &cpu_graph,
    &cpu_prefill_decode_baseline,
    &cpu_prefill_decode_shaped,
    &cpu_attention_per_token,
    &cpu_attention_persistent,
    &cpu_model_per_op,
    &cpu_model_persistent,
    &cpu_fault_hang,
    &cpu_fault_stuck,
    &cpu_fault_lost,
    &cpu_fault_wrong,
    &cpu_fault_nan,
    &cpu_delayed,
    &baseline_persistent_decode,
    &persistent_decode_triton,
    &persistent_decode_graph_chain,
    &persistent_decode_graphs,
    &persistent_decode_cuda,
    &persistent_decode_resident,
    &baseline_tma_prefill_decode,
    &optimized_tma_prefill_decode,
    &baseline_native_tma_prefill_decode,
    &optimized_native_tma_prefill_decode,
    &attention_per_token,
    &attention_split_kv,
    &attention_split_kv_graph,
    &attention_persistent,
    &attention_cp_async,
    &attention_warp_specialized,
    &attention_tma,
    &model_per_op,
    &model_fused,
    &model_fused_graph,
    &model_fused_graph_pdl,
    &model_persistent,
    &model_persistent_pipelined,
#ifdef PDLAB_CUDA
    &fault_hang,
    &fault_stuck,
    &fault_out_of_bounds,
    &fault_shared_memory,
    &fault_wrong,
    &fault_nan,
    &cuda_delayed,
#endif
    NULL,
};
/* clang-format on */

const struct device_ops *const backends[BACKEND_COUNT] = {
    [BACKEND_CPU] = &cpu_device,
#ifdef PDLAB_CUDA
    [BACKEND_CUDA] = &cuda_device,
#endif
};

bool variant_plan(const struct variant *variant, const struct knobs *knobs,
                  const struct device_info *device, struct plan *plan, struct error *error)
{
    const struct device_ops *device_ops = backends[device->backend];
    *plan = (struct plan){.used = *knobs};
    if (!variant->ops)
        return error_set(error, ERROR_UNSUPPORTED, "this build has no cuda backend");
    return variant->ops->plan(knobs, device, device_ops ? device_ops->capacity : NULL, plan, error);
}
