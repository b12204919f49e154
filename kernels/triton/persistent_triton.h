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
    void *words; /* device memory: the queue and its counters */
};

/* Plans the kernel, with more_bytes of device memory besides. */
bool persistent_triton_plan(const struct knobs *knobs, const struct device_info *device,
                            const struct capacity *capacity, uint64_t more_bytes, struct plan *plan,
                            struct error *error);

/* Loads the kernel, allocates memory, generates the inputs. `steps`: per launch. False: *error says
 * why; nothing is held. */
bool persistent_triton_open(struct persistent_triton *triton, const struct setup *setup,
                            const char *range_name, uint32_t steps, struct error *error);
void persistent_triton_close(struct persistent_triton *triton);

/* Call before an iteration: resets the queue if the previous iteration was aborted. */
bool persistent_triton_ready(struct persistent_triton *triton, struct error *error);

/* Launches run->steps steps of the iteration that gpu_lab_begin started. */
cudaError_t persistent_triton_launch(struct persistent_triton *triton, cudaStream_t stream);

/* Returns `state`, the result of a poll. But if the iteration is done without all steps, returns
 * POLL_FAILED: a program has waited in vain for another program's step. */
enum poll_state persistent_triton_judge(const struct persistent_triton *triton,
                                        enum poll_state state, const struct stamp_batch *batch,
                                        struct error *error);

__END_DECLS
