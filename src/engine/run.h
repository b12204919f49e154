/*
 * run.h - a run: everything known about one epoch, that is, one variant with one setting of the
 * knobs on one device. The worker fills it, documents store it, and views draw it, live or
 * recorded.
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
    METRIC_STEP,      /* latency: end(t) - end(t-1); if free-running, of each program's own steps */
    METRIC_BUSY,      /* latency - gap */
    METRIC_GAP,       /* max(0, begin(t) - end(t-1)) */
    METRIC_ITERATION, /* from submission until the host has synchronised, with stamps */
    METRIC_DECODE,    /* the same for iterations that run without the variant's prefill */
    METRIC_PREFILL,   /* an iteration's prefill: from the begin of its first chunk to the end of
                         its last */
    METRIC_ALONE,     /* step latency in iterations without their prefill */
    METRIC_BARE,      /* iterations without stamps */
    METRIC_UNPHASED,  /* with PHASES: iterations with stamps but without phases */
    METRIC_TTFT,      /* time to first token: from submission to end(0) */
    METRIC_SYNC,      /* from the end of the last step until the host has synchronised */
    METRIC_COUNT
};

/* The key in documents: "step", "busy", "gap", "iteration", "decode", "prefill", "step_alone",
 * "iteration_unstamped", "iteration_unphased", "ttft", "sync". */
extern const char *const metric_keys[METRIC_COUNT + 1]; /* NULL-terminated */

enum run_status {
    RUN_WAITING,   /* has not had a time slice yet */
    RUN_PREPARING, /* allocating memory, creating inputs, capturing graphs */
    RUN_WARMING,
    RUN_MEASURING, /* has recorded iterations, and may record more */
    RUN_DONE,      /* has recorded as many iterations as ITERATIONS says */
    RUN_FAILED,    /* see error */
    RUN_SKIPPED    /* cannot run here or with these knobs; see error */
};

enum verdict {
    VERDICT_NONE, /* not verified yet: its times are shown but not ranked */
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

/* For VERDICT_RIGHT, writes how much was checked: "verified 8 of 8", or "verified: 12 of 256
 * checked" if the time limit allowed no more. */
void verification_text(const struct verification *verification, char *text, size_t size);

/* The stamps of one iteration, relative to its submission. */
#define TRACE_STEPS    4096u
#define TRACE_PROGRAMS 64u
#define TRACE_SPANS    4096u
struct trace {
    uint64_t iteration_ns;    /* from submission until the host has synchronised; 0: no trace */
    uint64_t number;          /* live: the iteration's number in its epoch, from 1; 0: unknown */
    uint32_t steps, programs; /* kept here; at most TRACE_STEPS by TRACE_PROGRAMS */
    uint32_t steps_run, programs_run; /* of the whole iteration */
    struct stamp *stamps; /* [programs][steps], owned; begin and end are 0 if the program had no
                             part in the step */
    struct phase *phases; /* same layout as the stamps, owned; NULL: not measured */
    struct operation_table operations; /* of the last step, for the same programs; count 0: none */
    uint32_t span_count, spans_run;    /* prefill spans: kept here, and of the whole iteration */
    struct prefill_span *spans;        /* sorted by begin, owned */
};

/* One process that measured a run. `run --repeats` starts one in each round. */
struct process {
    char id[32];                 /* unique to the process */
    uint32_t round, place;       /* its round, and its position in that round, from 1; 0: not in
                                    rounds */
    uint64_t iterations, p50_ns; /* count and median of run_decode_metric */
};

/* The model that was read from files; both "" if there is none. */
struct run_model {
    char name[MODEL_NAME_ROOM];
    char hash[MODEL_HASH_ROOM]; /* identifies the model (model_checkpoint.h) */
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
    uint64_t named;         /* KNOB_BITs of the knobs that its document names; 0: no document */
    uint64_t epoch;         /* grows with every change of the measured configuration; 0 in
                               documents */
    struct knobs asked;     /* as requested: may be `auto`, or KNOB_UNKNOWN (see run_knows) */
    struct knobs used;      /* as the variant resolved them; may be KNOB_UNKNOWN */
    struct run_model model; /* only if MODEL is `checkpoint` */
    enum run_status status;
    struct error error;
    struct facts facts;
    uint64_t left_out;           /* rows without stamps in recorded iterations: the ring was full */
    uint64_t stopped_iterations; /* not recorded, because the process was stopped during them
                                    (stopped.h) */
    uint32_t in_flight_most;     /* the most copies of a prefill in flight at once */
    struct verification verification;
    bool verifying;    /* live: a verification is in progress */
    uint32_t verified; /* parts that the verification has found correct so far */
    uint32_t warmed;   /* live: finished warm-up iterations of the current time slice */
    uint64_t step_bytes, step_flops;
    struct workload_bytes ledger[WORKLOAD_LEDGER_MOST]; /* step_bytes by kind; all 0: unknown */
    uint32_t ledger_count;
    uint64_t floor_ns, iteration_floor_ns; /* floor of a step and of an iteration (floor.h); 0:
                                              unknown */
    double ceiling_gb_per_s;   /* peak bandwidth of the memory or cache that the run reads from; 0:
                                  unknown */
    struct noise noise;        /* the device's noise between processes */
    struct evidence turns;     /* live: medians of the finished time slices */
    struct process *processes; /* the processes that measured a document's run; owned. A live run
                                  has none: this process measures it */
    uint32_t process_count;
    struct histogram histograms[METRIC_COUNT];
    struct breakdown breakdown;   /* covers the steps of METRIC_STEP whose predecessor is known,
                                     except those that breakdown.h excludes as too long */
    struct operations operations; /* of the last steps of iterations with phases */
    struct telemetry telemetry;   /* readings from while the run was measured */
    struct trace typical;         /* an iteration near the median */
    struct trace slowest;
    uint64_t version; /* changes whenever another member changes */
};

/* KNOB_BITs of the knobs that the run's variant reads. If this build lacks the variant, KNOB_BITs
 * of the knobs that the document names, because documents name the knobs that were read. */
uint64_t run_read_knobs(const struct run *run);

/* The workload of the run's variant; if this build lacks the variant, the workload of its
 * target. */
const struct workload *run_workload(const struct run *run);

/* KNOB_BITs of the knobs that define the workload: what a run computes, and from which level of the
 * memory hierarchy it reads. */
uint64_t run_work_knobs(const struct run *run);

/* KNOB_BITs of the workload knobs that differ between the runs. A knob that both runs left at
 * `auto`, such as COPIES, does not count, because each device resolves `auto` differently; MODEL
 * counts even then. MODEL also differs if both runs read a model from files, unless both are known
 * to have read the same model. A knob whose value is known for only one run differs. */
uint64_t run_differing_work(const struct run *a, const struct run *b);

/* Whether two runs do the same arithmetic on the same inputs: the same target, and no
 * run_differing_work. */
bool run_same_work(const struct run *a, const struct run *b);

/* KNOB_BITs of the run's workload knobs that differ from `asked`. An unknown knob differs from
 * every value. */
uint64_t run_unlike_work(const struct run *run, const struct knobs *asked);

/* Allocates full histograms. False: out of memory, and nothing is allocated. */
bool run_open(struct run *run);
void run_close(struct run *run); /* a zeroed run is allowed */

/* Begins a new epoch for `variant`: clears samples, traces, verdict and error. */
void run_begin(struct run *run, const struct variant *variant, const struct knobs *asked,
               const struct knobs *used, uint64_t epoch);

/* Makes *to equal *from; both must be opened by run_open. Does nothing if versions and epochs
 * match. False: out of memory. */
bool run_copy(struct run *to, const struct run *from);

/* Copies an iteration's stamps and phases into *trace, growing its memory. `stamps` is
 * [programs_run][stride] in lab clock time; `phases` has the same shape, or is NULL. False: out of
 * memory, and the trace is empty. */
bool trace_take(struct trace *trace, const struct stamp *stamps, const struct phase *phases,
                size_t stride, uint32_t steps_run, uint32_t programs_run, uint64_t submitted_ns,
                uint64_t synchronised_ns);

/* Returns the time span from the first begin to the last end of steps [first, first + count), over
 * all programs. The end is 0 if no program took part. */
struct stamp trace_extent(const struct trace *trace, uint32_t first, uint32_t count);

/* Makes *to equal *from, with copies of its lists. False: out of memory, and *to is empty. */
bool trace_copy(struct trace *to, const struct trace *from);

/* Frees the trace's memory. A zeroed trace is allowed. */
void trace_close(struct trace *trace);

/* Adds the prefill spans of the same iteration; `spans` is in lab clock time. False: out of memory,
 * and the trace is empty. */
bool trace_take_spans(struct trace *trace, const struct prefill_span *spans, uint32_t count,
                      uint64_t submitted_ns);

/* Adds the operations of the batch's last step to a trace that was just taken from that batch. Adds
 * nothing if the batch has no operations. `list` is the list in the variant's facts. False: out of
 * memory, and the trace is empty. */
bool trace_take_operations(struct trace *trace, const struct operation *list, uint32_t count,
                           const struct stamp_batch *batch, uint64_t submitted_ns);

/* Copies a run, except its traces, to *to. *to must be empty, and gets memory of its own. False:
 * out of memory, and *to is empty. */
bool run_clone(struct run *to, const struct run *from);

/* Appends a process. False: out of memory. */
bool run_add_process(struct run *run, const struct process *process);

/* Adds the samples, telemetry and processes of `from`, which other processes measured in the same
 * configuration. *to keeps its traces and facts. Skips processes that *to already has. False: out
 * of memory, and *to is unchanged. */
bool run_pool(struct run *to, const struct run *from);

/* The evidence about the run's median (run_decode_metric) from its processes or time slices. It has
 * no units if one of these medians is longer than HISTOGRAM_MOST_NS. */
struct evidence run_evidence(const struct run *run);

/* Whether any iteration was recorded (METRIC_ITERATION). */
bool run_has_samples(const struct run *run);

/* Whether the knob's value is known; it is not if the document does not name it. */
bool run_knows(const struct run *run, enum knob_id id);

/* The metric for ladders, speed-ups and rates: usually METRIC_ITERATION. It is METRIC_DECODE, once
 * that has samples, for a variant with a prefill whose workload has no prefill, because the other
 * variants of that workload run only the decode. */
enum metric run_decode_metric(const struct run *run);

/* The metric's median; 0 if there are no samples, or if it is longer than HISTOGRAM_MOST_NS. */
double run_p50_ns(const struct run *run, enum metric metric);

/* Figures derived from a run's samples. 0 if there are none, or if their median is longer than
 * HISTOGRAM_MOST_NS. */
double run_tokens_per_s(const struct run *run);   /* BATCH * SEQ_LEN / decode p50 */
double run_moved_gb_per_s(const struct run *run); /* step_bytes * SEQ_LEN / decode p50 */

/* The cost of stamps per step: (iteration p50 - unstamped p50) / SEQ_LEN, in ns, and its
 * uncertainty. With PHASES, the iteration p50 is that of iterations with stamps but without phases.
 * False if either p50 has too few samples or is unknown. */
bool run_stamp_cost(const struct run *run, double *cost_ns, double *error_ns);

/* The cost of phases on top of stamps: (iteration p50 - unphased p50) / SEQ_LEN. Also false if no
 * phases were measured. */
bool run_phase_cost(const struct run *run, double *cost_ns, double *error_ns);

/* The gap's share of a step: gap p50 / (gap p50 + busy p50); 0 if unknown. Uses medians, because a
 * few steps that lost the CPU can dominate the mean. */
double run_gap_share(const struct run *run);

/* The decode p50 of `baseline` divided by that of `run`: above 1, `run` is faster. Each p50 is the
 * geometric mean over processes or, live, over time slices, as in a verdict (compare.h), so that
 * two runs have the same ratio everywhere. 0 if either has no samples or is not verified, or if
 * their workloads differ (shape, CHAIN, SEED). */
double run_speedup(const struct run *run, const struct run *baseline);

/* Finds the baseline of `of` among `runs`: a run of rung 1 with the same target, backend and
 * workload that neither failed nor was skipped. Among variants that this build lacks, the first one
 * that matches counts as rung 1. If several runs match, returns the first with the fewest differing
 * knobs. NULL: none. */
const struct run *run_baseline(const struct run *runs, size_t count, const struct run *of);
