/*
 * isolate.h - runs variants in a child process that owns the device. A variant that takes the
 * device down takes down only that process: earlier results are safe in the parent, and another
 * child continues.
 *
 * The parent reads the command line; it opens no device and calls no driver. It starts the child
 * before any thread, sends one order at a time, and receives runs as documents, including
 * stamps. A child dies with its parent. If a child cannot continue, or a signal ends it, its run
 * has failed for that reason; the next order starts another child.
 *
 * A task defines what the child does: measure.h has one, pdlab verify another.
 */
#pragma once

#include "../engine/worker.h"

#include <signal.h>
#include <sys/types.h>

/* What to do with one variant. */
struct isolate_order {
    const struct variant *variant;
    struct knobs knobs;
    uint64_t limit_ns;    /* see measure.h; UINT64_MAX: no limit */
    uint64_t duration_ns; /* how long to record; 0: until its ITERATIONS are done */
    bool until_stable;    /* also end as soon as the median is stable */
    bool no_telemetry;    /* do not read the device's meter */
};

/* The progress of an order. */
struct isolate_progress {
    uint64_t iterations;      /* recorded */
    double median_error;      /* error of their median (measure.h) */
    uint64_t recording_ns;    /* lab clock of the first one; 0: not yet */
    bool stable;              /* it ended because it was stable */
    bool verifying;           /* its output is being checked */
    uint32_t verified, parts; /* parts found correct so far, and all parts */
    double tolerance;         /* pdlab verify: the tolerance for the error found */
};

struct isolate_line; /* the child's end of the channel */

/* The work of the child. Only these functions may use the device. */
struct isolate_task {
    /* Opens the device. NULL: *error. */
    void *(*open)(enum backend backend, int device, struct device_info *info, struct error *error);
    /* Performs an order: fills *run, which was begun with `plan`, and reports progress from time
     * to time. Returns soon after isolate_interrupted is raised. False: this process is unusable
     * and then ends by _exit; *error is why the run failed. */
    bool (*perform)(void *context, const struct isolate_order *order, const struct plan *plan,
                    struct isolate_line *line, struct run *run, struct error *error);
    void (*close)(void *context);
    /* Measures the ceilings that are not kept, once the device is open. NULL: this task needs no
     * floors. *unmeasured: as in struct isolate. *ceilings may be known already. */
    void (*measure)(void *context, struct ceilings *ceilings, struct error *unmeasured);
};

/* In the child: raised when the parent was interrupted. */
extern volatile sig_atomic_t isolate_interrupted;

/* Raised together with it, if a task waits for something that takes a `stop`, such as prepare.
 * NULL: nothing. */
extern uint32_t *volatile isolate_stop;

/* In the child: sends progress to the parent. */
void isolate_tell(struct isolate_line *line, const struct isolate_progress *progress);

/* The parent's end of the channel. */
struct isolate {
    const struct isolate_task *task;
    enum backend backend;
    int index; /* the device's index */
    struct device_info device;
    struct ceilings ceilings; /* measured by the first child that was asked; all 0: unknown */
    struct error unmeasured;  /* why it could not measure or keep them: no other child tries */
    uint32_t count;
    const struct variant *variants[WORKER_RUNS];
    struct run runs[WORKER_RUNS]; /* one per variant, in order; owned */
    struct isolate_progress progress[WORKER_RUNS];
    void (*show)(const struct isolate *isolate, uint32_t index); /* called on progress; or NULL */
    pid_t child;                                                 /* 0: none */
    int channel;
    const char *root;   /* prefix of /proc and /sys: "" except in tests */
    uint64_t oom_kills; /* the cgroup's count when the child was started */
};

/* Starts a child that opens the device, and begins a run for each variant: a variant that cannot
 * run with these knobs is RUN_SKIPPED with the reason. False: *error; nothing is held. */
bool isolate_open(struct isolate *isolate, const struct isolate_task *task, enum backend backend,
                  int index, const struct variant *const *asked, uint32_t count,
                  const struct knobs *knobs, struct error *error);

/* Begins run `index` again with these knobs, without running it: checks whether it can run. */
void isolate_check(struct isolate *isolate, uint32_t index, const struct knobs *knobs);

/* Begins run `index` again and performs the order, until interrupt_level (interrupt.h) ends it;
 * sets the order's variant. The run always has the result: RUN_FAILED if the device or the
 * process was lost. False: no process could open the device, so others will not either. */
bool isolate_perform(struct isolate *isolate, uint32_t index, struct isolate_order *order);

/* Ends the child, so that no process has the device; the next order starts another. */
void isolate_rest(struct isolate *isolate);

/* Ends the child and frees everything. A zeroed one is allowed. */
void isolate_close(struct isolate *isolate);
