/*
 * persistent_triton.h - Triton's persistent kernel, shared by persistent_decode_triton and
 * persistent_decode_graphs: which knobs it takes, its memory, and how to launch it.
 */
#pragma once

#include "launcher.h"

__BEGIN_DECLS

/* A state begins with this struct, and this struct with a struct gpu_lab. */
struct persistent_triton {
    struct gpu_lab lab;
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

/* Call before an iteration: repairs the queue if the last iteration was aborted. */
bool persistent_triton_ready(struct persistent_triton *triton, struct error *error);

/* Launches run->steps steps of the iteration that gpu_lab_begin started. */
cudaError_t persistent_triton_launch(struct persistent_triton *triton, cudaStream_t stream);

/* Checks a poll result: DONE without all steps is a failure, because a program waited for a step
 * that never came. */
enum poll_state persistent_triton_judge(const struct persistent_triton *triton,
                                        enum poll_state state, const struct stamp_batch *batch,
                                        struct error *error);

__END_DECLS
