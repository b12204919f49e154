/*
 * gpu_lab.h - the code that the GPU variants share: the link between a launch and the host, stamps
 * on the lab clock, abort, waiting for the end, and the tensors of `dot`. A variant's state begins
 * with a struct gpu_lab, so its struct variant can use the functions here that take a `void *state`
 * directly.
 *
 * No function here uses the default stream, which would wait for all other streams.
 */
#pragma once

#include "../plan/gpu_memory.h"
#include "../plan/stamp_ring.h"
#include "gpu.h"

__BEGIN_DECLS

/* Words in device memory, one cache line each, because kernels spin on them. */
struct gpu_control {
    uint32_t abort, abort_line[31];
    uint32_t barrier, barrier_line[31];
    uint32_t decision[2], decision_line[30];
    uint32_t command, command_line[31];
    uint64_t nan, nan_line[15];
    uint32_t step, step_line[31]; /* the first step of a replay, if a graph is replayed in pieces */
};

#define GPU_OTHERS_MOST   1u
#define GPU_STAGING_BYTES (UINT64_C(4) << 20)

struct gpu_lab {
    struct gpu_dot dot;   /* for variants of `dot`; zeroed for others */
    struct gpu_link link; /* the next launch's */
    struct gpu_control *control;
    cudaStream_t stream; /* for the variant's launches, highest priority */
    cudaStream_t side;   /* for copies of stamps and the abort word */
    cudaStream_t beside; /* for a variant's other kernels, beside its steps; NULL: none */
    const uint32_t *stop;
    const struct knobs *knobs;
    const char *range_name; /* name of the iteration's NVTX range */
    /* Launches again. Called if no kernel runs, but some programs are not done. NULL: in this
     * variant that is an error. */
    bool (*revive)(struct gpu_lab *lab, struct error *error);
    uint32_t programs;
    uint32_t others; /* words of `done` after the programs' words: 1 if the kernels beside the
                        steps signal their end there. Set it before an iteration begins */
    uint64_t rows;   /* rows that a program runs, or may run, in an iteration */
    bool free_running;
    bool ends;  /* programs end with gpu_report_end: all rows have run, and the last pair of clocks
                   may be late */
    bool timed; /* stamps use the GPU's timer instead of SM clocks */
    bool stamped, phased;         /* what this iteration records */
    bool aborting;                /* the host has aborted this iteration */
    bool late;                    /* aborted because a barrier's deadline passed */
    uint64_t abort_ns;            /* when the abort word was last copied */
    cudaError_t abort_status;     /* the driver's result of that copy */
    uint32_t room;                /* rows of stamps per program, a power of two; 0: STAMPS is off */
    uint32_t handed;              /* rows that poll has returned in this iteration */
    uint64_t begun_ns, looked_ns; /* start of this iteration; last query of the driver */
    uint64_t usual_ns;            /* duration of the previous iteration */
    uint64_t range;
    struct gpu_report *reports; /* mapped: link.reports */
    uint32_t *done;             /* mapped: [programs + GPU_OTHERS_MOST] */
    uint32_t *one;              /* mapped: constant 1 */
    uint32_t *beats;            /* mapped: changes while kernels beside the steps make progress */
    const uint32_t *doorbell;   /* mapped: the doorbell of a resident kernel; NULL: not resident */
    struct gpu_stamp *staging;  /* pinned: GPU_STAGING_BYTES */
    struct stamp *stamps;       /* [programs][room], on the lab clock */
    struct phase *phases;       /* same layout; NULL: PHASES is off, or the variant measures none */
    struct gpu_report *read;    /* [programs]: the reports, as read last */
    struct gpu_standing *standings; /* [programs]: derived from `read` */
    uint64_t left_out;              /* rows that programs overwrote before the host read them */
    void *device_memory[4];         /* control, stamps, tensors, phases */
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

/* Opens the link, alone or with the tensors of `dot` and their inputs. False: *error says why, and
 * there is nothing to close. */
bool gpu_lab_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error);
bool gpu_dot_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error);
void gpu_lab_close(struct gpu_lab *lab);

/* Member `release` of struct variant_ops, for a state that begins with a struct gpu_lab and holds
 * nothing else: closes it, and frees the state. */
void gpu_lab_release(void *state);

/* ---- an iteration --------------------------------------------------------------------------- */

/* Call before the iteration's first launch. */
void gpu_lab_begin(struct gpu_lab *lab, enum look look);

/* Call after a launch, with the result of `call`. False: the driver refused it, *error says why,
 * and the iteration is over. */
bool gpu_lab_launched(struct gpu_lab *lab, cudaError_t status, const char *call,
                      struct error *error);

/* Ends an iteration that submitted nothing. */
void gpu_lab_end(struct gpu_lab *lab);

/* Member `poll` of struct variant_ops: waits until every program has signalled that it is done. */
enum poll_state gpu_lab_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error);

/* For a variant that is still submitting: stores in *batch the rows that have arrived. */
void gpu_lab_collect(struct gpu_lab *lab, struct stamp_batch *batch);

/* Member `poll` after a stop between two launches: raises the abort word, and waits until the
 * submitted launches have ended. */
enum poll_state gpu_lab_cut(struct gpu_lab *lab, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error);

/* The ring of phases in device memory, for a launch that measures them; NULL: PHASES is off, or the
 * variant measures none. */
static inline struct gpu_phase *gpu_lab_phases(const struct gpu_lab *lab)
{
    return lab->phases ? (struct gpu_phase *)lab->device_memory[3] : NULL;
}

/* Converts a program's clock, or the GPU's timer if stamps use it, to the lab clock; 0 stays 0. */
uint64_t gpu_lab_time(const struct gpu_lab *lab, const struct gpu_standing *standing,
                      uint64_t moment);

/* What the current iteration records. */
static inline enum look gpu_lab_look(const struct gpu_lab *lab)
{
    return lab->phased ? LOOK_PHASES : lab->stamped ? LOOK_STAMPS : LOOK_NOTHING;
}

/* Whether an iteration must be aborted, although it still has launches to submit. */
static inline bool gpu_lab_cuts(const struct gpu_lab *lab)
{
    return lab->aborting || stop_requested(lab->stop);
}

/* Member `diagnose` of struct device_ops. */
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

/* Adds to *count, a word of device memory, how many of a prefill's scores [batch][seq_len] are not
 * the dot product of their rows of q and k. */
bool gpu_add_wrong_scores(const struct gpu_dot *dot, const float *scores, uint64_t *count,
                          cudaStream_t stream, struct error *error);

/* Fills `words` 32-bit words with NaN. */
bool gpu_fill_nan(float *values, uint64_t words, cudaStream_t stream, struct error *error);

/* Adds the number of NaN values to *count, a word of device memory. */
bool gpu_add_nan(const float *values, uint64_t words, uint64_t *count, cudaStream_t stream,
                 struct error *error);

__END_DECLS
