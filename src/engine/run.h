/*
 * run.h - a run: all that is known of one epoch, that is, of one variant with one setting of the
 * knobs on one device. The worker fills it, documents carry it, views draw it, live or recorded.
 */
#ifndef SRC_RUN_H
#define SRC_RUN_H

#include "../base/histogram.h"
#include "breakdown.h"
#include "evidence.h"
#include "telemetry.h"

enum metric {
    METRIC_STEP,      /* latency: end(t) - end(t-1); free-running: a program's own */
    METRIC_BUSY,      /* latency - gap */
    METRIC_GAP,       /* max(0, begin(t) - end(t-1)) */
    METRIC_ITERATION, /* submission to synchronised, steps stamped */
    METRIC_DECODE,    /* the same of the iterations run without their prefill, where there is one */
    METRIC_PREFILL,   /* of an iteration's prefill: its first chunk's begin to its last one's end */
    METRIC_ALONE,     /* step latency in the iterations run without their prefill */
    METRIC_BARE,      /* the iterations run without stamps */
    METRIC_UNPHASED,  /* with PHASES: the iterations run with stamps and without phases */
    METRIC_TTFT,      /* submission to end(0) */
    METRIC_SYNC,      /* end of the last step to synchronised */
    METRIC_COUNT
};

/* The key in documents: "step", "busy", "gap", "iteration", "decode", "prefill", "step_alone",
 * "iteration_unstamped", "iteration_unphased", "ttft", "sync". */
const char *metric_key(enum metric metric);
extern const char *const metric_keys[METRIC_COUNT + 1]; /* ended by NULL */

enum run_status {
    RUN_WAITING,   /* its turn has not come */
    RUN_PREPARING, /* taking memory, making inputs, capturing */
    RUN_WARMING,
    RUN_MEASURING, /* it has its turn, or had it and may have more */
    RUN_DONE,      /* ITERATIONS are recorded */
    RUN_FAILED,    /* error says why */
    RUN_SKIPPED    /* it can't run here or with these knobs; error says why */
};

enum verdict {
    VERDICT_NONE, /* not verified yet: timed, not ranked */
    VERDICT_RIGHT,
    VERDICT_WRONG
};

struct verification {
    enum verdict verdict;
    uint32_t checked, total; /* parts of the workload: sequences, or their query heads */
    double rel_l2_error;     /* over all that was checked; of several kinds of parts the one that
                              * is nearest to its tolerance */
    char reason[160];        /* of VERDICT_WRONG: what was found, and the tolerance */
};

/* The stamps of one iteration, relative to its submission. */
#define TRACE_STEPS    4096u
#define TRACE_PROGRAMS 64u
#define TRACE_SPANS    4096u
struct trace {
    uint64_t iteration_ns;            /* submission to synchronised; 0: no trace */
    uint64_t number;                  /* live: of the epoch's iterations, from 1; 0: not known */
    uint32_t steps, programs;         /* kept here; at most TRACE_STEPS by TRACE_PROGRAMS */
    uint32_t steps_run, programs_run; /* in the iteration */
    struct stamp *stamps; /* [programs][steps], owned; both 0 where a program had no part */
    size_t room;          /* stamps allocated */
    struct phase *phases; /* beside the stamps, owned; NULL: not measured */
    uint32_t span_count, spans_run; /* of the prefill: kept here, and in the iteration */
    struct prefill_span *spans;     /* by beginning, owned */
    size_t span_room;
};

/* One of the processes that a run was measured in, each in one of `run --repeats`' rounds. */
struct process {
    char id[32];                 /* document_process_id; of no other process */
    uint32_t round, place;       /* and where in that round it came, from 1; 0: not in rounds */
    uint64_t iterations, p50_ns; /* of run_decode_metric */
};

struct run {
    char variant[48];
    char target[48];
    enum backend backend;
    const struct variant *known; /* NULL: a recorded variant that this build lacks */
    uint64_t named;              /* KNOB_BITs of the knobs that its document gives; 0: of none */
    uint64_t epoch;              /* grows with every change of what is measured; 0 in documents */
    struct knobs asked;          /* with `auto`; KNOB_UNKNOWN: run_knows() not */
    struct knobs used;           /* as the variant resolved them; likewise */
    enum run_status status;
    struct error error;
    struct facts facts;
    uint64_t left_out;           /* rows of recorded iterations without a stamp, for want of room */
    uint64_t stopped_iterations; /* left out, because the process was stopped in them (stopped.h) */
    uint32_t in_flight_most;     /* of a prefill: copies under way at once, at most */
    struct verification verification;
    bool verifying;    /* live: a verification is in progress, */
    uint32_t verified; /* which has found so many parts right */
    uint32_t warmed;   /* live: iterations of the present turn's warm-up that are over */
    uint64_t step_bytes, step_flops;
    uint64_t floor_ns, iteration_floor_ns; /* of a step, of an iteration (floor.h); 0: not known */
    double ceiling_gb_per_s;   /* of the memory, or cache, that it reads from; likewise */
    struct noise noise;        /* of the device */
    struct evidence turns;     /* live: the medians of those that are over */
    struct process *processes; /* of a document; owned. None of a live run, which is of this one */
    uint32_t process_count;
    struct histogram histograms[METRIC_COUNT];
    struct breakdown breakdown; /* of the steps in METRIC_STEP that follow a known one */
    struct telemetry telemetry; /* of the time in which it was measured */
    struct trace typical;       /* an iteration near the median */
    struct trace slowest;
    uint64_t version; /* changes whenever anything here does */
};

/* KNOB_BITs of the knobs that its variant reads; of one that this build lacks, those that its
 * document gives, as documents give what was read. */
uint64_t run_read_knobs(const struct run *run);

/* The workload of its variant, or of its target if this build lacks the variant. */
const struct workload *run_workload(const struct run *run);

/* KNOB_BITs of the knobs that decide what a run computes, and from how far it fetches it: those of
 * its workload. */
uint64_t run_work_knobs(const struct run *run);

/* Those of either run that differ: the two did not do the same work. One that both left to `auto`
 * (COPIES) does not count: what it came to is each device's way of doing what was asked. One that
 * is known of one run alone differs. */
uint64_t run_differing_work(const struct run *a, const struct run *b);

/* Those of the run that are not as `asked` has them: it did another workload. One that is not known
 * is as no other. */
uint64_t run_unlike_work(const struct run *run, const struct knobs *asked);

/* Takes memory for full histograms. False where there is none; then nothing is held. */
bool run_open(struct run *run);
void run_close(struct run *run); /* a zeroed one is fine */

/* Begins a new epoch for `variant`: clears samples, traces, verdict and error. */
void run_begin(struct run *run, const struct variant *variant, const struct knobs *asked,
               const struct knobs *used, uint64_t epoch);

/* Makes *to equal *from, both opened by run_open. Nothing to do where the versions match. */
bool run_copy(struct run *to, const struct run *from);

/* Copies an iteration's stamps and phases into *trace, growing it. `stamps` is
 * [programs_run][stride] in lab clock time; so is `phases`, or it is NULL. False where there is no
 * memory; then the trace is empty. */
bool trace_take(struct trace *trace, const struct stamp *stamps, const struct phase *phases,
                size_t stride, uint32_t steps_run, uint32_t programs_run, uint64_t submitted_ns,
                uint64_t synchronised_ns);

/* Makes *to equal *from, in memory of its own. False as above. */
bool trace_copy(struct trace *to, const struct trace *from);

/* Frees what the trace owns. A zeroed one is fine. */
void trace_close(struct trace *trace);

/* Adds the spans of the same iteration's prefill, in lab clock time. False as above. */
bool trace_take_spans(struct trace *trace, const struct prefill_span *spans, uint32_t count,
                      uint64_t submitted_ns);

/* Makes *to, which holds nothing, a copy of *from in memory of its own: of any run, without its
 * stamps. False where there is no memory; then *to holds nothing. */
bool run_clone(struct run *to, const struct run *from);

/* Appends a process. False where there is no memory. */
bool run_add_process(struct run *run, const struct process *process);

/* Adds what other processes measured of the same: samples, telemetry and processes of `from` to
 * *to, whose stamps and facts stay. One that *to has already is not added again. False where there
 * is no memory; then *to is as before. */
bool run_pool(struct run *to, const struct run *from);

/* What the run's processes, or its turns, say of its median (run_decode_metric). No units if one of
 * their medians is longer than HISTOGRAM_MOST_NS. */
struct evidence run_evidence(const struct run *run);

/* Whether it is known what the knob was: not, of a document that does not name it. */
bool run_knows(const struct run *run, enum knob_id id);

/* What ladders, speed-ups and rates go by: the iteration, or of a variant that has a prefill and is
 * compared with others that have none, its decode part (METRIC_DECODE, once there are samples). */
enum metric run_decode_metric(const struct run *run);

/* What follows from a run's samples. 0 where there are none, or their median is longer than
 * HISTOGRAM_MOST_NS. */
double run_tokens_per_s(const struct run *run);   /* BATCH * SEQ_LEN / decode p50 */
double run_moved_gb_per_s(const struct run *run); /* step_bytes * SEQ_LEN / decode p50, 1e9 B */

/* What stamps cost a step: (iteration p50 - unstamped p50) / SEQ_LEN, in ns, and how much of that
 * may be noise. With PHASES the iterations without phases count. False while there are too few
 * samples of either, or a median is not known. */
bool run_stamp_cost(const struct run *run, double *cost_ns, double *error_ns);

/* The same of phases, beside stamps: (iteration p50 - unphased p50) / SEQ_LEN. False too where none
 * were measured. */
bool run_phase_cost(const struct run *run, double *cost_ns, double *error_ns);

/* How a step divides: gap p50 over the sum of gap p50 and busy p50, if steps have both; else 0.
 * Medians, because a few stolen steps can take most of the mean. */
double run_gap_share(const struct run *run);

/* Decode p50 of `baseline` over that of `run`: above 1, `run` is faster. The geometric mean over
 * their processes, or live their time slices, as in a verdict (compare.h), so that a pair has one
 * ratio everywhere. 0 where either has no samples, is not verified, or does not do the same work
 * (shape, CHAIN, SEED). */
double run_speedup(const struct run *run, const struct run *baseline);

/* The run of the target's baseline among `runs`: same target, backend and work, rung 1 (for
 * variants that this build lacks, the first of that target), neither failed nor skipped. Of
 * several, the first that differs in the fewest of the knobs that it reads. NULL where there is
 * none. */
const struct run *run_baseline(const struct run *runs, size_t count, const struct run *of);

#endif
