/*
 * gpu_lab.h - what the GPU variants share: the link between a launch and the host, stamps on the
 * lab clock, abort, the wait for the end; and for those of `dot` its tensors. A variant's state
 * begins with a struct gpu_lab, so the functions that take a `void *state` here go into its const
 * struct as they are.
 *
 * Nothing here runs on the default stream: that would wait for all that runs.
 */
#ifndef KERNELS_CUDA_GPU_LAB_H
#define KERNELS_CUDA_GPU_LAB_H

#include "../plan/gpu_memory.h"
#include "../plan/stamp_ring.h"
#include "gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Words in device memory, a line each, as others spin on them. */
struct gpu_control {
    uint32_t abort, abort_line[31];
    uint32_t barrier, barrier_line[31];
    uint32_t decision[2], decision_line[30];
    uint32_t command, command_line[31];
    uint64_t nan, nan_line[15];
    uint32_t step, step_line[31]; /* of a graph that is replayed in pieces: its first */
};

#define GPU_OTHERS_MOST 1u

struct gpu_lab {
    struct gpu_dot dot;   /* of variants of `dot`; else zeroed */
    struct gpu_link link; /* as the next launch gets it */
    struct gpu_control *control;
    cudaStream_t stream; /* where the variant's work goes, highest priority */
    cudaStream_t side;   /* copies of stamps, and the abort word, beside it */
    cudaStream_t beside; /* the variant's, of work beside the steps; NULL: there is none */
    const uint32_t *stop;
    const struct knobs *knobs;
    const char *range_name; /* of the iteration's NVTX range */
    /* Where nothing runs any more and not all programs are done: launches again, if that is how the
     * variant works. NULL: it is an error. */
    bool (*revive)(struct gpu_lab *lab, struct error *error);
    uint32_t programs;
    uint32_t others; /* words of `done` after the programs': 1 where work beside the steps says in
                      * one that it is over; set before an iteration begins */
    uint64_t rows;   /* that a program runs in an iteration, or may run */
    bool free_running;
    bool ends;  /* programs end by gpu_report_end: all rows are run, the last pair may be late */
    bool timed; /* stamps are of the GPU's timer, not of SM clocks */
    bool stamped, phased;     /* this iteration's steps are */
    bool aborting;            /* this iteration was told to end */
    bool late;                /* it is aborted because a barrier's deadline passed */
    uint64_t abort_ns;        /* when the abort word was copied last, and what the driver said */
    cudaError_t abort_status; /* of that copy */
    uint32_t room;   /* rows of stamps that a program has, a power of two; 0: STAMPS is off */
    uint32_t handed; /* rows that poll has handed over in this iteration */
    uint64_t begun_ns, looked_ns; /* when this iteration began, and the driver was asked last */
    uint64_t usual_ns;            /* what the iteration before took */
    uint64_t range;
    struct gpu_report *reports; /* mapped; as in link */
    uint32_t *done;             /* mapped: [programs + GPU_OTHERS_MOST] */
    uint32_t *one;              /* mapped: a word that is 1 */
    uint32_t *beats;            /* mapped: changes while work beside the steps goes on */
    const uint32_t *doorbell;   /* mapped: of a resident kernel; else NULL */
    struct gpu_stamp *staging;  /* pinned */
    struct stamp *stamps;       /* [programs][room], on the lab clock */
    struct phase *phases;       /* likewise; NULL: PHASES is off, or the variant measures none */
    struct gpu_report *read;    /* [programs]: the reports as they were read last */
    struct gpu_standing *standings; /* [programs]: what follows from them */
    uint64_t left_out;              /* rows of this iteration that came too late to be read */
    void *device_memory[4];         /* control, stamps, tensors, phases */
};

/* What every GPU variant of `dot` reads. */
#define GPU_DOT_KNOBS                                                                              \
    (KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(HEAD_DIM) | KNOB_BIT(CHAIN) | KNOB_BIT(SEED) | \
     KNOB_BIT(STAMPS) | KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

/* What opening takes. */
struct gpu_lab_plan {
    const struct setup *setup;
    const char *range_name;
    uint32_t programs;
    uint64_t rows; /* of stamps that a program may have in an iteration */
    bool free_running, timed, ends;
    bool phases; /* the kernel measures them, where PHASES is on */
};

/* ---- memory ---------------------------------------------------------------------------------- */

/* The link alone, or with the tensors of `dot` and their inputs. False: *error, nothing is held. */
bool gpu_lab_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error);
bool gpu_dot_open(struct gpu_lab *lab, const struct gpu_lab_plan *plan, struct error *error);
void gpu_lab_close(struct gpu_lab *lab);

/* ---- an iteration ---------------------------------------------------------------------------- */

/* Before its first launch. */
void gpu_lab_begin(struct gpu_lab *lab, enum look look);

/* After its last: whether the launches were taken. If not, the iteration is over. */
bool gpu_lab_launched(struct gpu_lab *lab, cudaError_t status, const char *call,
                      struct error *error);

/* The iteration is over: nothing was submitted. */
void gpu_lab_end(struct gpu_lab *lab);

/* Member `poll` of struct variant: waits until every program has said that it is done. */
enum poll_state gpu_lab_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error);

/* For a variant that goes on submitting: hands over what has arrived. */
void gpu_lab_collect(struct gpu_lab *lab, struct stamp_batch *batch);

/* Member `poll` after a stop between two launches: raises the abort word, and waits until what was
 * submitted is over. */
enum poll_state gpu_lab_cut(struct gpu_lab *lab, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error);

/* The ring of phases in device memory, for a launch that measures them; NULL: PHASES is off, or the
 * variant measures none. */
static inline struct gpu_phase *gpu_lab_phases(const struct gpu_lab *lab)
{
    return lab->phases ? (struct gpu_phase *)lab->device_memory[3] : NULL;
}

/* The look of the iteration that has begun. */
static inline enum look gpu_lab_look(const struct gpu_lab *lab)
{
    return lab->phased ? LOOK_PHASES : lab->stamped ? LOOK_STAMPS : LOOK_NOTHING;
}

/* Whether an iteration that still has launches to submit must be cut instead. */
static inline bool gpu_lab_cuts(const struct gpu_lab *lab)
{
    return lab->aborting || stop_requested(lab->stop);
}

/* Member `diagnose` of struct device_ops. */
void gpu_lab_diagnose(const void *state, FILE *out);

/* ---- members of struct variant, for `dot` ---------------------------------------------------- */

void gpu_dot_poison(void *state);
uint64_t gpu_dot_count_nan(const void *state);
uint64_t gpu_dot_count_wrong(const struct gpu_lab *lab, const float *scores); /* of a prefill */
void gpu_dot_output(const void *state, uint32_t part, float *rows);

/* ---- kernels on any tensor (gpu_tensor.cu); they return when it is done ------------------------
 */

/* The inputs of `dot` (inputs.h). */
bool gpu_make_dot_inputs(const struct gpu_dot *dot, uint64_t seed, cudaStream_t stream,
                         struct error *error);

/* Adds to *count, a word of device memory, how many of a prefill's scores [batch][seq_len] are not
 * the dot of their rows of q and k. */
bool gpu_add_wrong_scores(const struct gpu_dot *dot, const float *scores, uint64_t *count,
                          cudaStream_t stream, struct error *error);

/* Fills `words` 32-bit words with a NaN. */
bool gpu_fill_nan(float *values, uint64_t words, cudaStream_t stream, struct error *error);

/* Adds to *count, a word of device memory, how many of the values are NaN. */
bool gpu_add_nan(const float *values, uint64_t words, uint64_t *count, cudaStream_t stream,
                 struct error *error);

#ifdef __cplusplus
}
#endif

#endif
