/*
 * isolate.h - a child process that has the device, so that a variant which takes the device with it
 * takes no more than that process: what came before is here, and another child goes on.
 *
 * The process that reads the command line opens no device and calls no driver. It starts the child
 * before it starts any thread, sends it one order at a time, and gets runs back in the form of
 * documents, stamps and all. A child dies with its parent. Where it can't go on, or a signal ends
 * it, that is what its run failed of; the next order starts another child.
 *
 * What is done in the child is a task: measure.h has one, pdlab verify the other.
 */
#ifndef SRC_ISOLATE_H
#define SRC_ISOLATE_H

#include "../engine/worker.h"

#include <signal.h>
#include <sys/types.h>

/* What is to be done with one variant. */
struct isolate_order {
    const struct variant *variant;
    struct knobs knobs;
    uint64_t limit_ns;    /* see measure.h; UINT64_MAX: no limit */
    uint64_t duration_ns; /* how long it is recorded; 0: until its ITERATIONS are */
    bool until_stable;    /* end as soon as it is stable, too */
    bool no_telemetry;    /* the device's meter is not read */
};

/* How far an order is. */
struct isolate_progress {
    uint64_t iterations;      /* recorded */
    double median_error;      /* of them (measure.h) */
    uint64_t recording_ns;    /* when the first one was seen, by the lab clock; 0: not yet */
    bool stable;              /* it ended by being stable */
    bool verifying;           /* its output is being checked: so many parts are right, */
    uint32_t verified, parts; /* of so many */
    double tolerance;         /* of pdlab verify: what the error that was found is compared with */
};

struct isolate_line; /* the child's end */

/* What runs in the child. Each of these may use the device, and no other function here may. */
struct isolate_task {
    /* Opens the device. NULL: *error. */
    void *(*open)(enum backend backend, int device, struct device_info *info, struct error *error);
    /* Does it: fills *run, which has been begun by `plan`, and tells how far it is now and then.
     * Ends soon where isolate_interrupted is raised. False: nothing more can be done in this
     * process, which then ends by _exit, and *error is what the run failed of. */
    bool (*perform)(void *context, const struct isolate_order *order, const struct plan *plan,
                    struct isolate_line *line, struct run *run, struct error *error);
    void (*close)(void *context);
    /* Measures what the device can do, once it is open, where that is not kept. NULL: this task
     * draws no floors. *unmeasured: as in struct isolate. *ceilings may be known from before. */
    void (*measure)(void *context, struct ceilings *ceilings, struct error *unmeasured);
};

/* In the child: raised where the parent was interrupted. */
extern volatile sig_atomic_t isolate_interrupted;

/* What an interruption raises with it, where a task has something that takes a `stop` and waits for
 * it, as prepare does. NULL: nothing. */
extern uint32_t *volatile isolate_stop;

/* In the child: tells the parent. */
void isolate_tell(struct isolate_line *line, const struct isolate_progress *progress);

/* The parent's end. */
struct isolate {
    const struct isolate_task *task;
    enum backend backend;
    int index; /* of the device */
    struct device_info device;
    struct ceilings ceilings; /* what the first child that was asked found; all 0: not known */
    struct error unmeasured;  /* why it could not measure, or keep them: no other child tries */
    uint32_t count;
    const struct variant *variants[WORKER_RUNS];
    struct run runs[WORKER_RUNS]; /* of the variants, in their order; owned */
    struct isolate_progress progress[WORKER_RUNS];
    void (*show)(const struct isolate *isolate, uint32_t index); /* there is progress; or NULL */
    pid_t child;                                                 /* 0: none */
    int channel;
    const char *root;   /* what /proc and /sys are below: "" but in tests */
    uint64_t oom_kills; /* that the cgroup had seen when the child was started */
};

/* Starts a child that opens the device, and begins a run for each variant: one that can't run with
 * these knobs is RUN_SKIPPED and says why. False: *error; nothing is held. */
bool isolate_open(struct isolate *isolate, const struct isolate_task *task, enum backend backend,
                  int index, const struct variant *const *asked, uint32_t count,
                  const struct knobs *knobs, struct error *error);

/* Begins run `index` anew with these knobs, and does nothing: whether it can run. */
void isolate_check(struct isolate *isolate, uint32_t index, const struct knobs *knobs);

/* Begins run `index` anew and carries the order out, until interrupt_level (interrupt.h) ends it;
 * its variant is set here. Whatever happens, the run tells: RUN_FAILED where the device or the
 * process was lost. False: no process could open the device, and so it will be with others. */
bool isolate_perform(struct isolate *isolate, uint32_t index, struct isolate_order *order);

/* Ends the child, so that no process has the device; the next order starts another. */
void isolate_rest(struct isolate *isolate);

/* Ends the child and frees all. A zeroed one is fine. */
void isolate_close(struct isolate *isolate);

#endif
