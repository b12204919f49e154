/*
 * launcher.h - loads what Triton compiled and launches it, through the driver's API, which the CUDA
 * runtime finds when it runs: nothing here is linked against libcuda.
 */
#ifndef KERNELS_TRITON_LAUNCHER_H
#define KERNELS_TRITON_LAUNCHER_H

#include "../cuda/gpu_lab.h"
#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

struct triton_function; /* a kernel that is loaded; valid until triton_forget */

/* Loads a kernel, or finds it loaded: each is loaded once. NULL: *error. Never under capture. */
const struct triton_function *triton_load(const struct triton_kernel *kernel, struct error *error);

/* Whether a kernel of a plan is a struct triton_kernel. */
bool triton_is_kernel(const void *kernel);

/* Its CTAs that one SM of the open device holds at once; loads it. 0: not known. */
uint32_t triton_ctas_per_sm(const struct triton_kernel *kernel);

/* Unloads all; before the device is closed. */
void triton_forget(void);

/* What persistent_decode.py takes, beside what it was compiled for. */
struct triton_decode {
    struct gpu_dot dot;
    struct gpu_link link;
    uint32_t *queue;      /* tickets drawn; the kernel leaves 0 */
    uint32_t *steps_done; /* [batch]; the kernel leaves 0 */
    uint32_t *progress;   /* [programs][2], of pieces; the kernel leaves 0 after the last */
    uint32_t steps;       /* in a launch: seq_len, or less, then an iteration is pieces */
    bool timed;           /* stamps are of the GPU's timer: in pieces, programs change SMs */
};

/* Both return what the driver says, as the runtime's error of the same number. */
cudaError_t triton_launch_decode(const struct triton_function *function,
                                 const struct triton_decode *run, uint32_t programs,
                                 cudaStream_t stream);

/* scores[batch][seq_len], as prefill.py says. */
cudaError_t triton_launch_prefill(const struct triton_function *function, const struct gpu_dot *dot,
                                  float *scores, cudaStream_t stream);

#ifdef __cplusplus
}
#endif

#endif
