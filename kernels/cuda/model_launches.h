/*
 * model_launches.h - the host side of the variants of `model` that launch kernels for every step
 * (model_step.h), or replay a graph of one step's launches.
 */
#pragma once

#include "gpu_graph.h"
#include "model_step.h"

__BEGIN_DECLS

/* The differences between these variants. */
struct model_stepper {
    struct model_kernel kernel;
    cudaError_t (*launch)(const struct model_step *step, cudaStream_t stream); /* one step */
    uint32_t (*launches)(const struct gpu_model *model);                       /* of one step */
    bool captured;     /* a step is a replay of a captured graph instead of launches */
    bool programmatic; /* the graph's edges are programmatic */
};

/* These functions implement members of struct variant_ops. */
bool model_launches_plan(const struct model_stepper *stepper, const struct knobs *knobs,
                         const struct device_info *device, const struct capacity *capacity,
                         struct plan *plan, struct error *error);
void *model_launches_prepare(const struct model_stepper *stepper, const struct setup *setup,
                             struct error *error);
void model_launches_release(void *state);
void model_launches_describe(const void *state, struct facts *facts);
bool model_launches_submit(void *state, enum look look, struct error *error);
enum poll_state model_launches_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                    struct error *error);

/* Initialises all members of a struct variant_ops except plan and prepare. */
#define MODEL_LAUNCHED                                                                             \
    .release = model_launches_release, .describe = model_launches_describe,                        \
    .submit = model_launches_submit, .poll = model_launches_poll, .poison = model_poison,          \
    .count_nan = model_count_nan, .output = model_output

/* Defines make_plan and prepare of a variant, for its stepper. */
#define MODEL_LAUNCHED_PREPARATION(stepper)                                                        \
    static bool make_plan(const struct knobs *knobs, const struct device_info *device,             \
                          const struct capacity *capacity, struct plan *plan, struct error *error) \
    {                                                                                              \
        return model_launches_plan(&(stepper), knobs, device, capacity, plan, error);              \
    }                                                                                              \
    static void *prepare(const struct setup *setup, struct error *error)                           \
    {                                                                                              \
        return model_launches_prepare(&(stepper), setup, error);                                   \
    }

__END_DECLS
