/*
 * gpu.h - host functions for the GPU: errors, launches, clocks, and ranges for profilers. gpu.cuh
 * has the device functions.
 */
#pragma once

#include "../lab.h"

#include <cuda_runtime_api.h>

__BEGIN_DECLS

/* ---- errors --------------------------------------------------------------------------------- */

/* Returns whether a call of the CUDA runtime succeeded. If not, *error names the call and the CUDA
 * error. Its kind is ERROR_LOST if the context is lost, else ERROR_RUN. */
bool gpu_right(cudaError_t status, const char *call, struct error *error);

/* Call this after a kernel launch. Waits until the stream is idle. Returns false if this launch or
 * earlier work failed; *error says why. */
bool gpu_finished(cudaStream_t stream, struct error *error);

/* ---- copies --------------------------------------------------------------------------------- */

/* Copies from the host's memory in the order of `stream`, and returns when the copy is complete.
 * cudaMemcpy is not enough: from pageable memory it may return while the copy is in flight, and a
 * non-blocking stream does not wait for it. False: *error says why. */
bool gpu_upload(void *to, const void *from, size_t bytes, cudaStream_t stream, struct error *error);

/* ---- launches of a plan --------------------------------------------------------------------- */

/* Asks the driver of the open device. Answers are cached. */
extern const struct capacity gpu_capacity;

/* Sets the attributes that the plan's kernel needs, and checks again that the plan fits the device:
 * all CTAs at once if they wait for each other. If fewer fit, returns false, and *error says so. */
bool gpu_plan_holds(const struct plan *plan, const struct device_info *device, struct error *error);

/* Launches the plan's kernel with `arguments`. */
cudaError_t gpu_plan_launch(const struct plan *plan, enum look look, void **arguments,
                            cudaStream_t stream);

/* Drops the cached answers. Call this when the device is closed. */
void gpu_capacity_forget(void);

/* ---- the two clocks ------------------------------------------------------------------------- */

/*
 * Aligns the timer of the open device with the lab clock. The host writes a word in mapped memory,
 * and a kernel answers with the timer's value. The fastest of a hundred round trips gives the
 * offset with the smallest error. Two alignments give the rate of one clock relative to the other.
 */
bool gpu_clock_align(struct error *error);

/* Aligns the clocks again if the last alignment is more than a second old. If this fails, the
 * previous alignment stays in use. */
void gpu_clock_keep(void);

/* Converts timer_ns, a value of the GPU's timer, plus after_ns to the lab clock. */
uint64_t gpu_clock_host(uint64_t timer_ns, double after_ns);

/* Returns the possible error of a conversion in ns: half the fastest round trip. */
uint64_t gpu_clock_error(void);

/* Whether, at the last alignment, a kernel answered while the host polled. */
bool gpu_clock_answered(void);

/* Discards the alignment and frees its memory. */
void gpu_clock_close(void);

/* ---- ranges for profilers ------------------------------------------------------------------- */

/* Begins or ends an NVTX range in the domain pdlab, with the knobs as payload. Without a profiler,
 * this costs one test of a pointer. */
uint64_t gpu_range_begin(const char *name, const struct knobs *knobs);
void gpu_range_end(uint64_t range);

__END_DECLS
