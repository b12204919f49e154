/*
 * run.h - a run: everything known about one epoch, that is, one variant with one setting of the
 * knobs on one device. The worker fills it, documents carry it, views draw it, live or recorded.
 */
#pragma once

#include "../../kernels/model_checkpoint.h"
#include "../../kernels/workload.h"
#include "../base/histogram.h"
#include "breakdown.h"
#include "evidence.h"
#include "operations.h"
#include "telemetry.h"

enum metric {
    METRIC_STEP,      /* latency: end(t) - end(t-1); free-running: a program's own */
    METRIC_BUSY,      /* latency - gap */
    METRIC_GAP,       /* max(0, begin(t) - end(t-1)) */
    METRIC_ITERATION, /* submission to synchronised, steps stamped */
    METRIC_DECODE,    /* the same for iterations without their prefill, if the variant has one */
    METRIC_PREFILL,   /* an iteration's prefill: from the begin of its first chunk to the end of
                         its last */
    METRIC_ALONE,     /* step latency in iterations without their prefill */
    METRIC_BARE,      /* iterations without stamps */
    METRIC_UNPHASED,  /* with PHASES: iterations with stamps but without phases */
    METRIC_TTFT,      /* submission to end(0) */
    METRIC_SYNC,      /* end of the last step to synchronised */
    METRIC_COUNT
};

/* The key in documents: "step", "busy", "gap", "iteration", "decode", "prefill", "step_alone",
 * "iteration_unstamped", "iteration_unphased", "ttft", "sync". */
extern const char *const metric_keys[METRIC_COUNT + 1]; /* NULL-ended */

enum run_status {
    RUN_WAITING,   /* has not had a time slice yet */
    RUN_PREPARING, /* allocating memory, creating inputs, capturing */
    RUN_WARMING,
    RUN_MEASURING, /* has or had a time slice, and may get more */
    RUN_DONE,      /* ITERATIONS are recorded */
    RUN_FAILED,    /* see error */
    RUN_SKIPPED    /* cannot run here or with these knobs; see error */
};

enum verdict {
    VERDICT_NONE, /* not verified yet: timed, not ranked */
    VERDICT_RIGHT,
    VERDICT_WRONG
};

struct verification {
    enum verdict verdict;
    uint32_t checked, total; /* parts of the workload: sequences, or their query heads */
    double rel_l2_error;     /* over all checked parts; if there are several kinds, of the kind
                                nearest to its tolerance */
    char reason[160];        /* why the verdict is VERDICT_WRONG: the error found, and the
                                tolerance */
};

/* Writes of VERDICT_RIGHT how much was checked: "verified 8 of 8", or, within the time that a
 * verification has, "verified: 12 of 256 checked". */
void verification_text(const struct verification *verification, char *text, size_t size);

/* The stamps of one iteration, relative to its submission. */
#define TRACE_STEPS    4096u
#define TRACE_PROGRAMS 64u
#define TRACE_SPANS    4096u
struct trace {
    uint64_t iteration_ns;            /* submission to synchronised; 0: no trace */
    uint64_t number;                  /* live: the epoch's iteration, from 1; 0: unknown */
    uint32_t steps, programs;         /* kept here; at most TRACE_STEPS by TRACE_PROGRAMS */
    uint32_t steps_run, programs_run; /* in the iteration */
    struct stamp *stamps; /* [programs][steps], owned; begin and end are 0 if the program had no
                             part in the step */
    struct phase *phases; /* beside the stamps, owned; NULL: not measured */
    struct operation_table operations; /* of the last step, of as many programs; count 0: none */
    uint32_t span_count, spans_run;    /* spans of the prefill: kept here, and in the iteration */
    struct prefill_span *spans;        /* sorted by begin, owned */
};

/* One process in which a run was measured, one in each round of `run --repeats`. */
struct process {
    char id[32];                 /* unique to the process */
    uint32_t round, place;       /* its round, and its position in that round, from 1; 0: not in
                                    rounds */
    uint64_t iterations, p50_ns; /* count and median of run_decode_metric */
};

/* The model that was read from files; both "" if there is none. */
struct run_model {
    char name[MODEL_NAME_ROOM];
    char hash[MODEL_HASH_ROOM]; /* identifies it: model_checkpoint.h */
};

/* The model of the open checkpoint; both "" if none is open. */
struct run_model run_open_model(void);

/* Writes the model's name, shortened to fit, and the beginning of its hash: "Llama-3.2-1B
 * 0a1b2c3d"; "none from files" if there is none. */
void run_model_text(const struct run_model *model, char *text, size_t size);

struct run {
    char variant[48];
    char target[48];
    enum backend backend;
    const struct variant *known; /* NULL: a recorded variant that this build lacks */
    uint64_t named;              /* KNOB_BITs of the knobs in its document; 0: none */
    uint64_t epoch;              /* grows with every change of the measured configuration; 0 in
                                    documents */
    struct knobs asked;          /* may be `auto`; KNOB_UNKNOWN: see run_knows() */
    struct knobs used;           /* as the variant resolved them; likewise */
    struct run_model model;      /* with MODEL=checkpoint */
    enum run_status status;
    struct error error;
    struct facts facts;
    uint64_t left_out;           /* rows of recorded iterations without stamps, because the ring
                                    was full */
    uint64_t stopped_iterations; /* left out because the process was stopped in them (stopped.h) */
    uint32_t in_flight_most;     /* the most copies of a prefill in flight at once */
    struct verification verification;
    bool verifying;    /* live: a verification is in progress */
    uint32_t verified; /* parts that it has found correct so far */
    uint32_t warmed;   /* live: finished warm-up iterations of the current time slice */
    uint64_t step_bytes, step_flops;
    struct workload_bytes ledger[WORKLOAD_LEDGER_MOST]; /* parts of step_bytes; unknown: all 0 */
    uint32_t ledger_count;
    uint64_t floor_ns, iteration_floor_ns; /* floor of a step and of an iteration (floor.h); 0:
                                              unknown */
    double ceiling_gb_per_s;               /* peak bandwidth of the memory or cache it reads
                                              from; 0: unknown */
    struct noise noise;                    /* the device's noise */
    struct evidence turns;                 /* live: medians of the finished time slices */
    struct process *processes; /* the processes of a document's run; owned. A live run has none:
                                  its process is this one */
    uint32_t process_count;
    struct histogram histograms[METRIC_COUNT];
    struct breakdown breakdown; /* covers the steps in METRIC_STEP with a known predecessor, without
                                 * stolen ones */
    struct operations operations; /* of the last steps of iterations with phases */
    struct telemetry telemetry;   /* readings while it was measured */
    struct trace typical;         /* an iteration near the median */
    struct trace slowest;
    uint64_t version; /* changes whenever a field here does */
};

/* KNOB_BITs of the knobs that its variant reads. If this build lacks the variant, those in its
 * document, because documents give the knobs that were read. */
uint64_t run_read_knobs(const struct run *run);

/* The workload of its variant, or of its target if this build lacks the variant. */
const struct workload *run_workload(const struct run *run);

/* KNOB_BITs of the knobs that define the workload: what a run computes, and from which level of
 * the memory hierarchy. */
uint64_t run_work_knobs(const struct run *run);

/* The workload knobs that differ between the runs. A knob that both runs left at `auto` (COPIES)
 * does not count, because each device resolves `auto` its own way; MODEL counts nevertheless. MODEL
 * also differs if both runs read a model from files, unless they are known to be the same model. A
 * knob whose value is known for only one run differs. */
uint64_t run_differing_work(const struct run *a, const struct run *b);

/* Whether two runs do the same arithmetic on the same inputs: the same target, and no
 * run_differing_work. */
bool run_same_work(const struct run *a, const struct run *b);

/* The workload knobs of the run that differ from `asked`. An unknown knob differs from every
 * value. */
uint64_t run_unlike_work(const struct run *run, const struct knobs *asked);

/* Allocates full histograms. False: out of memory, and nothing is held. */
bool run_open(struct run *run);
void run_close(struct run *run); /* a zeroed one is allowed */

/* Begins a new epoch for `variant`: clears samples, traces, verdict and error. */
void run_begin(struct run *run, const struct variant *variant, const struct knobs *asked,
               const struct knobs *used, uint64_t epoch);

/* Makes *to equal *from; both must be opened by run_open. Does nothing if the versions match. */
bool run_copy(struct run *to, const struct run *from);

/* Copies an iteration's stamps and phases into *trace, growing it. `stamps` is
 * [programs_run][stride] in lab clock time; `phases` has the same shape, or is NULL. False: out
 * of memory, and the trace is empty. */
bool trace_take(struct trace *trace, const struct stamp *stamps, const struct phase *phases,
                size_t stride, uint32_t steps_run, uint32_t programs_run, uint64_t submitted_ns,
                uint64_t synchronised_ns);

/* From the first begin to the last end of steps [first, first + count), over all programs; the end
 * is 0 if no program took part. */
struct stamp trace_extent(const struct trace *trace, uint32_t first, uint32_t count);

/* Makes *to equal *from, in its own memory. False as above. */
bool trace_copy(struct trace *to, const struct trace *from);

/* Frees the trace's memory. A zeroed one is allowed. */
void trace_close(struct trace *trace);

/* Adds the spans of the same iteration's prefill, in lab clock time. False as above. */
bool trace_take_spans(struct trace *trace, const struct prefill_span *spans, uint32_t count,
                      uint64_t submitted_ns);

/* Adds the operations of the batch's last step to a trace that was just taken from it; nothing if
 * the batch has none. `list` is that of the variant's facts. False: out of memory, and the trace is
 * empty. */
bool trace_take_operations(struct trace *trace, const struct operation *list, uint32_t count,
                           const struct stamp_batch *batch, uint64_t submitted_ns);

/* Copies any run without its stamps into *to, which must be empty, in its own memory. False: out
 * of memory, and *to is empty. */
bool run_clone(struct run *to, const struct run *from);

/* Appends a process. False: out of memory. */
bool run_add_process(struct run *run, const struct process *process);

/* Adds measurements of the same configuration by other processes: samples, telemetry and
 * processes of `from`; stamps and facts of *to stay. Skips processes that *to already has.
 * False: out of memory, and *to is unchanged. */
bool run_pool(struct run *to, const struct run *from);

/* The evidence about the run's median (run_decode_metric) from its processes or time slices. No
 * units if one of their medians is longer than HISTOGRAM_MOST_NS. */
struct evidence run_evidence(const struct run *run);

/* Whether any iteration was recorded (METRIC_ITERATION). */
bool run_has_samples(const struct run *run);

/* Whether the knob's value is known; it is not if the document does not name it. */
bool run_knows(const struct run *run, enum knob_id id);

/* The metric for ladders, speed-ups and rates: METRIC_ITERATION. For a variant with a prefill in a
 * target without prefills: METRIC_DECODE, once it has samples, because the other variants have no
 * prefill. */
enum metric run_decode_metric(const struct run *run);

/* The metric's median; 0 if there are no samples, or if it is longer than HISTOGRAM_MOST_NS. */
double run_p50_ns(const struct run *run, enum metric metric);

/* Figures derived from a run's samples. 0 if there are none, or if their median is longer than
 * HISTOGRAM_MOST_NS. */
double run_tokens_per_s(const struct run *run);   /* BATCH * SEQ_LEN / decode p50 */
double run_moved_gb_per_s(const struct run *run); /* step_bytes * SEQ_LEN / decode p50, 1e9 B */

/* The cost of stamps per step: (iteration p50 - unstamped p50) / SEQ_LEN, in ns, and its
 * uncertainty. With PHASES the iterations without phases are used. False if either has too few
 * samples or an unknown median. */
bool run_stamp_cost(const struct run *run, double *cost_ns, double *error_ns);

/* The cost of phases on top of stamps: (iteration p50 - unphased p50) / SEQ_LEN. False too if no
 * phases were measured. */
bool run_phase_cost(const struct run *run, double *cost_ns, double *error_ns);

/* How a step divides: gap p50 over the sum of gap p50 and busy p50, if steps have both; else 0.
 * Medians, because a few stolen steps can take most of the mean. */
double run_gap_share(const struct run *run);

/* Decode p50 of `baseline` over that of `run`: above 1, `run` is faster. The geometric mean over
 * their processes, or live over their time slices, as in a verdict (compare.h), so that a pair has
 * one ratio everywhere. 0 if either has no samples or is not verified, or if their workloads differ
 * (shape, CHAIN, SEED). */
double run_speedup(const struct run *run, const struct run *baseline);

/* The run of the target's baseline among `runs`: same target, backend and workload, rung 1 (for
 * variants that this build lacks, the first of that target), neither failed nor skipped. Of
 * several, the first with the fewest differing knobs. NULL: none. */
const struct run *run_baseline(const struct run *runs, size_t count, const struct run *of);
