/*
 * persistent_triton.h - the host side of Triton's persistent kernel: its plan, its memory and its
 * launch. persistent_decode_triton and persistent_decode_graphs share it.
 */
#pragma once

#include "launcher.h"

__BEGIN_DECLS

/* The state of each of these variants begins with this struct. */
struct persistent_triton {
    struct gpu_lab lab; /* must be first: gpu_lab_poll gets a pointer to the state */
    const struct triton_function *function;
    struct triton_decode run;
    void *words; /* device memory: the queue, the progress, and the counts of finished steps */
};

/* Plans the kernel. more_bytes: further device memory that the variant needs. */
bool persistent_triton_plan(const struct knobs *knobs, const struct device_info *device,
                            const struct capacity *capacity, uint64_t more_bytes, struct plan *plan,
                            struct error *error);

/* Loads the kernel, allocates memory, and generates the inputs. steps: steps per launch. If it
 * fails, returns false, *error says why, and there is nothing to close. */
bool persistent_triton_open(struct persistent_triton *triton, const struct setup *setup,
                            const char *range_name, uint32_t steps, struct error *error);
void persistent_triton_close(struct persistent_triton *triton);

/* Call this before an iteration. Resets the queue if the previous iteration was aborted. */
bool persistent_triton_ready(struct persistent_triton *triton, struct error *error);

/* Launches run->steps steps of the iteration that gpu_lab_begin started. */
cudaError_t persistent_triton_launch(struct persistent_triton *triton, cudaStream_t stream);

/* Checks a finished iteration. state: the result of a poll. If the iteration is done but some steps
 * did not run, because a program waited in vain for another program's step, sets *error and returns
 * POLL_FAILED. Otherwise returns `state`. */
enum poll_state persistent_triton_judge(const struct persistent_triton *triton,
                                        enum poll_state state, const struct stamp_batch *batch,
                                        struct error *error);

__END_DECLS
