/*
 * gpu.h - the GPU as the host sees it: errors, clocks, ranges for profilers. The twin of gpu.cuh.
 */
#ifndef KERNELS_CUDA_GPU_H
#define KERNELS_CUDA_GPU_H

#include "../lab.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---------------------------------------------------------------------------------- */

/* Whether a call of the CUDA runtime was right. If not, *error names call and error: ERROR_LOST
 * where the context is gone with it, else ERROR_RUN. */
bool gpu_right(cudaError_t status, const char *call, struct error *error);

/* ---- launches of a plan ---------------------------------------------------------------------- */

/* What the driver says of the open device; remembers each answer. */
extern const struct capacity gpu_capacity;

/* Allows the plan's kernel what the plan takes, and asks the driver again whether the device holds
 * it: all CTAs at once if they wait for each other. False: *error says that it holds less. */
bool gpu_plan_holds(const struct plan *plan, const struct device_info *device, struct error *error);

/* Launches it. `arguments` are the kernel's. */
cudaError_t gpu_plan_launch(const struct plan *plan, enum look look, void **arguments,
                            cudaStream_t stream);

/* Forgets the answers; when the device is closed. */
void gpu_capacity_forget(void);

/* ---- the two clocks -------------------------------------------------------------------------- */

/*
 * The GPU's timer against the lab clock, of the one open device. The host writes a word in mapped
 * memory, a kernel answers with its timer; the fastest of a hundred round trips says best when. The
 * rate of one clock in the other's follows from two such meetings some time apart.
 */
bool gpu_clock_align(struct error *error);

/* The same, if the last time was more than a second ago. Never fails: the old line goes on. */
void gpu_clock_keep(void);

/* On the lab clock: after_ns after a time of the GPU's timer. */
uint64_t gpu_clock_host(uint64_t timer_ns, double after_ns);

/* What a time converted so may be off by: half the fastest round trip. */
uint64_t gpu_clock_error(void);

/* Whether a kernel answered the host while both ran, at the last meeting. */
bool gpu_clock_met(void);

/* Forgets the line; frees what the meetings need. */
void gpu_clock_close(void);

/* ---- ranges for profilers -------------------------------------------------------------------- */

/* An NVTX range of the domain pdlab with the knobs as its payload. Without a tool that listens it
 * costs a test of a pointer. */
uint64_t gpu_range_begin(const char *name, const struct knobs *knobs);
void gpu_range_end(uint64_t range);

#ifdef __cplusplus
}
#endif

#endif
