/*
 * gpu_lab.h - the code that the GPU variants share: the link between a launch and the host, stamps
 * on the lab clock, abort, waiting for the end, and the tensors of `dot`. A variant's state begins
 * with a struct gpu_lab. So functions here that take a `void *state` can be members of its struct
 * variant_ops.
 *
 * No function here uses the default stream, which would wait for all other streams.
 */
#pragma once

#include "../plan/gpu_memory.h"
#include "../plan/stamp_ring.h"
#include "gpu.h"

__BEGIN_DECLS

/* Words in device memory. Each has its own cache line, because kernels spin on some of them. */
struct gpu_control {
    uint32_t abort, abort_line[31];
    uint32_t barrier, barrier_line[31];
    uint32_t decision[2], decision_line[30];
    uint32_t command, command_line[31];
    uint64_t nan, nan_line[15];
    uint32_t step, step_line[31]; /* the first step of the current replay, if an iteration is
                                     several replays */
};

#define GPU_OTHERS_MOST   1u
#define GPU_STAGING_BYTES (UINT64_C(4) << 20)

struct gpu_lab {
    struct gpu_dot dot;   /* for variants of `dot`; zeroed for variants of other workloads */
    struct gpu_link link; /* the argument of the next launch */
    struct gpu_control *control;
    cudaStream_t stream; /* for the variant's launches; has the highest priority */
    cudaStream_t side;   /* for copies of stamps and the abort word */
    cudaStream_t beside; /* for kernels that run beside the variant's steps; NULL: there are none */
    const uint32_t *stop;
    const struct knobs *knobs;
    const char *range_name; /* name of the iteration's NVTX range */
    /* Launches the kernel again. Called if no kernel runs although some programs are not done.
     * NULL: in this variant, that is an error. */
    bool (*revive)(struct gpu_lab *lab, struct error *error);
    uint32_t programs;
    uint32_t others; /* number of words of `done` after the programs' words: 1 if kernels beside the
                        steps signal their end there. Set before an iteration begins */
    uint64_t rows;   /* most rows that a program runs in an iteration */
    bool free_running;
    bool ends;  /* programs end with gpu_report_end. A program that is done has then run all rows,
                   and its last pair of timer and clock may arrive late */
    bool timed; /* stamps use the GPU's timer instead of SM clocks */
    bool stamped, phased;         /* whether this iteration records stamps, and phases */
    bool aborting;                /* the host has aborted this iteration */
    bool late;                    /* the host aborted it because a barrier timed out */
    uint64_t abort_ns;            /* when the host last copied the abort word to the device */
    cudaError_t abort_status;     /* the driver's result of that copy */
    uint32_t room;                /* rows of stamps per program, a power of two; 0: STAMPS is off */
    uint32_t handed;              /* rows of this iteration that poll has returned or dropped */
    uint64_t begun_ns, looked_ns; /* start of this iteration; last query of the driver */
    uint64_t usual_ns;            /* duration of the previous iteration */
    uint64_t range;
    struct gpu_report *reports; /* mapped: link.reports */
    uint32_t *done;             /* mapped: [programs + GPU_OTHERS_MOST] */
    uint32_t *one;              /* mapped: constant 1 */
    uint32_t *beats; /* mapped: kernels beside the steps change it while they make progress */
    const uint32_t *doorbell;  /* mapped: the doorbell of a resident kernel; NULL: not resident */
    struct gpu_stamp *staging; /* pinned: GPU_STAGING_BYTES */
    struct stamp *stamps;      /* [programs][room], on the lab clock */
    struct phase *phases;      /* same layout; NULL: phases are off or not measured */
    struct gpu_report *read;   /* [programs]: the reports, as the host read them last */
    struct gpu_standing *standings; /* [programs]: computed from `read` */
    uint64_t left_out;      /* rows whose stamps the host could not read, over all programs */
    void *device_memory[4]; /* of control, stamps, tensors, phases */
};

/* The arguments of gpu_lab_open. */
struct gpu_lab_plan {
    const struct setup *setup;
    const char *range_name;
    uint32_t programs;
    uint64_t rows; /* most rows of stamps per program and iteration */
    bool free_running, timed, ends;
    bool phases; /* the kernel measures phases if PHASES is on */
};

/* ---- memory --------------------------------------------------------------------------------- */

/* gpu_lab_open opens the link. gpu_dot_open also allocates the tensors of `dot` and generates the
 * inputs. If they fail, they return false, *error says why, and there is nothing to close. */
bool gpu_lab_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error);
bool gpu_dot_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error);
void gpu_lab_close(struct gpu_lab *lab);

/* Implements member `release` of struct variant_ops for a state that owns nothing except the struct
 * gpu_lab at its beginning: closes that, and frees the state. */
void gpu_lab_release(void *state);

/* ---- an iteration --------------------------------------------------------------------------- */

/* Begins an iteration. Call this before the first launch. */
void gpu_lab_begin(struct gpu_lab *lab, enum look look);

/* Call this after a launch. `status`: the result of the CUDA function `call`. If the launch failed,
 * returns false, *error says why, and the iteration is over. */
bool gpu_lab_launched(struct gpu_lab *lab, cudaError_t status, const char *call,
                      struct error *error);

/* Ends an iteration in which nothing was submitted. */
void gpu_lab_end(struct gpu_lab *lab);

/* Implements member `poll` of struct variant_ops: waits until every program has signalled that it
 * is done. */
enum poll_state gpu_lab_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error);

/* Stores the rows that have arrived in *batch. For a variant that has not submitted all its
 * launches yet. */
void gpu_lab_collect(struct gpu_lab *lab, struct stamp_batch *batch);

/* For a variant's member `poll`, after a stop between two launches: raises the abort word, and
 * waits until the submitted launches have ended. */
enum poll_state gpu_lab_cut(struct gpu_lab *lab, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error);

/* Returns the ring of phases in device memory. NULL: PHASES is off, or the variant does not measure
 * phases. */
static inline struct gpu_phase *gpu_lab_phases(const struct gpu_lab *lab)
{
    return lab->phases ? (struct gpu_phase *)lab->device_memory[3] : NULL;
}

/* Converts a stamp's time to the lab clock: a value of an SM's clock, or of the GPU's timer if
 * stamps use the timer. 0 stays 0. */
uint64_t gpu_lab_time(const struct gpu_lab *lab, const struct gpu_standing *standing,
                      uint64_t moment);

/* Returns what the current iteration records. */
static inline enum look gpu_lab_look(const struct gpu_lab *lab)
{
    return lab->phased ? LOOK_PHASES : lab->stamped ? LOOK_STAMPS : LOOK_NOTHING;
}

/* Whether the iteration must be aborted before all its launches are submitted. */
static inline bool gpu_lab_cuts(const struct gpu_lab *lab)
{
    return lab->aborting || stop_requested(lab->stop);
}

/* Implements member `diagnose` of struct device_ops. */
void gpu_lab_diagnose(const void *state, FILE *out);

/* ---- members of struct variant_ops, for `dot` ----------------------------------------------- */

void gpu_dot_poison(void *state);
uint64_t gpu_dot_count_nan(const void *state);
uint64_t gpu_dot_count_wrong(const struct gpu_lab *lab, const float *scores); /* of a prefill */
void gpu_dot_output(const void *state, uint32_t part, float *rows);

#define GPU_DOT_OUTPUT                                                                             \
    .poison = gpu_dot_poison, .count_nan = gpu_dot_count_nan, .output = gpu_dot_output

/* ---- kernels on any tensor (gpu_tensor.cu); they return when done --------------------------- */

/* Generates the inputs of `dot` (inputs.h). */
bool gpu_make_dot_inputs(const struct gpu_dot *dot, uint64_t seed, cudaStream_t stream,
                         struct error *error);

/* Checks a prefill's scores, [batch][seq_len], against the dot products of q and k. Adds the number
 * of wrong scores to *count, a word of device memory. */
bool gpu_add_wrong_scores(const struct gpu_dot *dot, const float *scores, uint64_t *count,
                          cudaStream_t stream, struct error *error);

/* Fills `words` 32-bit words with NaN. */
bool gpu_fill_nan(float *values, uint64_t words, cudaStream_t stream, struct error *error);

/* Adds the number of NaN values to *count, a word of device memory. */
bool gpu_add_nan(const float *values, uint64_t words, uint64_t *count, cudaStream_t stream,
                 struct error *error);

__END_DECLS
