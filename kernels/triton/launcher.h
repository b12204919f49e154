/*
 * launcher.h - loads and launches the compiled Triton kernels through the driver API. The CUDA
 * runtime looks up the driver's functions at run time, so pdlab does not link against libcuda.
 */
#pragma once

#include "../cuda/gpu_lab.h"
#include "kernels.h"

__BEGIN_DECLS

struct triton_function; /* a loaded kernel; valid until triton_forget */

/* Loads a kernel, unless it is loaded already. If this fails, returns NULL, and *error says why. Do
 * not call this during a capture. */
const struct triton_function *triton_load(const struct triton_kernel *kernel, struct error *error);

/* Whether a plan's kernel is a struct triton_kernel. */
bool triton_is_kernel(const void *kernel);

/* Loads the kernel. Returns how many of its CTAs fit on one SM of the open device; 0: unknown. */
uint32_t triton_ctas_per_sm(const struct triton_kernel *kernel);

/* Unloads all kernels. Call this before the device is closed. */
void triton_forget(void);

/* The run-time arguments of persistent_decode.py. */
struct triton_decode {
    struct gpu_dot dot;
    struct gpu_link link;
    uint32_t *queue;      /* number of tickets drawn; the kernel resets it to 0 at the end */
    uint32_t *steps_done; /* [batch]: finished steps; the kernel resets them to 0 at the end */
    uint32_t *progress;   /* [programs][2]: where a program continues, if an iteration is several
                             launches; the last launch resets it to 0 */
    uint32_t steps;       /* per launch: seq_len, or less if an iteration is several launches */
    bool timed; /* whether stamps use the GPU's timer; needed if an iteration is several launches,
                   because a program may then change its SM */
};

/* These two functions return the driver's result as the runtime error with the same number. */
cudaError_t triton_launch_decode(const struct triton_function *function,
                                 const struct triton_decode *run, uint32_t programs,
                                 cudaStream_t stream);

/* scores: [batch][seq_len], as in prefill.py. */
cudaError_t triton_launch_prefill(const struct triton_function *function, const struct gpu_dot *dot,
                                  float *scores, cudaStream_t stream);

__END_DECLS
