/*
 * isolate.h - runs variants in a child process that owns the device. A variant that takes the
 * device down takes down only that process: the parent keeps earlier results and starts another
 * child.
 *
 * The parent opens no device and calls no driver. It starts the child before any thread, sends one
 * order at a time, and receives runs as documents, including stamps. The kernel kills a child whose
 * parent ends. If a child cannot continue, or a signal kills it, its run becomes RUN_FAILED with
 * that reason, and the next order starts another child.
 *
 * A task defines what the child does. measure.h defines one task; pdlab verify, another.
 */
#pragma once

#include "../engine/worker.h"

#include <signal.h>
#include <sys/types.h>

/* An order: what the child does with one variant. */
struct isolate_order {
    const struct variant *variant;
    struct knobs knobs;
    uint64_t limit_ns;    /* time limit (see measure.h); UINT64_MAX: none */
    uint64_t duration_ns; /* how long to record; 0: until ITERATIONS iterations are done */
    bool until_stable;    /* also stop as soon as the median is stable */
    bool no_telemetry;    /* do not read the device's meter */
};

/* The progress of a run. */
struct isolate_progress {
    uint64_t iterations;      /* recorded so far */
    double median_error;      /* measure_median_error of the run */
    uint64_t recording_ns;    /* clock_now at the first recorded iteration; 0: not yet */
    bool stable;              /* the run ended because its median was stable */
    bool verifying;           /* the run's output is being checked */
    uint32_t verified, parts; /* parts of the output: found correct so far, and in total */
    double tolerance;         /* pdlab verify: the tolerance for the output's error */
};

struct isolate_line; /* the child's end of the channel */

/* The child's functions. Only they may use the device. */
struct isolate_task {
    /* Opens the device. Returns the context for the other functions; NULL and *error on failure. */
    void *(*open)(enum backend backend, int device, struct device_info *info, struct error *error);
    /* Performs an order: fills *run, which was begun with `plan`, and reports progress from time to
     * time. Returns soon after isolate_interrupted is set. Returns false if this process is
     * unusable; *error says why the run failed, and the process then ends by _exit. */
    bool (*perform)(void *context, const struct isolate_order *order, const struct plan *plan,
                    struct isolate_line *line, struct run *run, struct error *error);
    void (*close)(void *context);
    /* Called after `open`. Measures the ceilings, unless *ceilings or a file already has them.
     * NULL: this task needs no floors. *unmeasured: as in struct isolate. */
    void (*measure)(void *context, struct ceilings *ceilings, struct error *unmeasured);
};

/* In the child: set when the parent was interrupted. */
extern volatile sig_atomic_t isolate_interrupted;

/* The flag *isolate_stop is set together with isolate_interrupted. A task sets this pointer while
 * it calls a function that takes a `stop`, such as prepare. NULL: no such call. */
extern uint32_t *volatile isolate_stop;

/* In the child: sends progress to the parent. */
void isolate_tell(struct isolate_line *line, const struct isolate_progress *progress);

/* The parent's end of the channel. */
struct isolate {
    const struct isolate_task *task;
    enum backend backend;
    int index; /* the device's index */
    struct device_info device;
    struct ceilings ceilings; /* the device's ceilings, measured by the first child; all 0:
                                 unknown */
    struct error unmeasured;  /* why that child could not measure or keep them; if set, later
                                 children do not try */
    uint32_t count;
    const struct variant *variants[WORKER_RUNS];
    struct run runs[WORKER_RUNS]; /* one per variant, in order; owned */
    struct isolate_progress progress[WORKER_RUNS];
    void (*show)(const struct isolate *isolate, uint32_t index); /* called on progress; NULL:
                                                                    none */
    pid_t child;                                                 /* 0: none */
    int channel;
    const char *root;   /* prefix of the paths /proc and /sys; "" except in tests */
    uint64_t oom_kills; /* the cgroup's count of OOM kills when the child was started */
};

/* Starts a child that opens the device, and begins a run for each variant. The run of a variant
 * that cannot run with these knobs becomes RUN_SKIPPED, with the reason. On failure, returns false
 * and sets *error; there is nothing to close. */
bool isolate_open(struct isolate *isolate, const struct isolate_task *task, enum backend backend,
                  int index, const struct variant *const *asked, uint32_t count,
                  const struct knobs *knobs, struct error *error);

/* Begins run `index` anew with these knobs and checks whether it can run, without running it. */
void isolate_check(struct isolate *isolate, uint32_t index, const struct knobs *knobs);

/* Sets the order's variant, begins run `index` anew and performs the order until it is done or
 * interrupted (interrupt.h). The result is in the run; the run is RUN_FAILED if the device or the
 * process was lost. Returns false if no child could open the device; later orders would fail
 * too. */
bool isolate_perform(struct isolate *isolate, uint32_t index, struct isolate_order *order);

/* Ends the child, so that no process has the device open. The next order starts another child. */
void isolate_rest(struct isolate *isolate);

/* Ends the child and frees everything. A zeroed struct is allowed. */
void isolate_close(struct isolate *isolate);
