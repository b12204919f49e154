/*
 * gpu.h - the GPU as the host sees it: errors, clocks, ranges for profilers. gpu.cuh is its
 * device-side counterpart.
 */
#pragma once

#include "../lab.h"

#include <cuda_runtime_api.h>

__BEGIN_DECLS

/* ---- errors --------------------------------------------------------------------------------- */

/* Whether a call of the CUDA runtime succeeded. If not, *error names the call and the error:
 * ERROR_LOST if the context is lost, else ERROR_RUN. */
bool gpu_right(cudaError_t status, const char *call, struct error *error);

/* Waits until the stream is idle. False: the kernel launched just before, or an earlier one,
 * failed, and *error says why. */
bool gpu_finished(cudaStream_t stream, struct error *error);

/* ---- copies --------------------------------------------------------------------------------- */

/* Copies from the host's memory in the order of `stream`, and returns when the copy is complete.
 * cudaMemcpy is not enough: from pageable memory it may return while the copy is in flight, and a
 * non-blocking stream does not wait for it. False: *error says why. */
bool gpu_upload(void *to, const void *from, size_t bytes, cudaStream_t stream, struct error *error);

/* ---- launches of a plan --------------------------------------------------------------------- */

/* Queries the driver for the open device; caches each answer. */
extern const struct capacity gpu_capacity;

/* Grants the plan's kernel the resources that the plan needs, and checks again that they fit on the
 * device: all CTAs at once if they wait for each other. False: *error says that fewer fit. */
bool gpu_plan_holds(const struct plan *plan, const struct device_info *device, struct error *error);

/* Launches the plan's kernel with `arguments`. */
cudaError_t gpu_plan_launch(const struct plan *plan, enum look look, void **arguments,
                            cudaStream_t stream);

/* Drops the cached answers; call it when the device is closed. */
void gpu_capacity_forget(void);

/* ---- the two clocks ------------------------------------------------------------------------- */

/*
 * Aligns the GPU's timer with the lab clock, for the one open device. The host writes a word in
 * mapped memory, and a kernel answers with its timer; the fastest of a hundred round trips bounds
 * the offset best. Two alignments some time apart give the relative rate of the clocks.
 */
bool gpu_clock_align(struct error *error);

/* The same, if the last alignment was more than a second ago. Never fails: the old line stays in
 * use. */
void gpu_clock_keep(void);

/* Converts a value of the GPU's timer, plus after_ns, to the lab clock. */
uint64_t gpu_clock_host(uint64_t timer_ns, double after_ns);

/* The error of such a conversion in ns: half the fastest round trip. */
uint64_t gpu_clock_error(void);

/* Whether a kernel answered while the host ran, at the last alignment. */
bool gpu_clock_answered(void);

/* Forgets the line; frees the alignment's memory. */
void gpu_clock_close(void);

/* ---- ranges for profilers ------------------------------------------------------------------- */

/* An NVTX range in the domain pdlab, with the knobs as payload. Without a profiler it costs one
 * pointer test. */
uint64_t gpu_range_begin(const char *name, const struct knobs *knobs);
void gpu_range_end(uint64_t range);

__END_DECLS
