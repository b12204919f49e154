/*
 * timeline.h - one iteration as events in lanes: what the host, the device and each program did,
 * and when. Made of a run's stamps, so also of a recording or a CPU run; where a tracer looked on,
 * of what it saw too. The view and trace.json are drawn from it.
 *
 * One clock: ns since the iteration's submission. Events of one lane and depth do not overlap; one
 * at depth 1 lies within one at depth 0. What a tracer saw is cut at the iteration's ends: nothing
 * that it started can have begun before, and the end waited for it.
 *
 * From stamps alone launches are not seen but follow from the variant's facts: a launch is as long
 * as the steps in it, without its start and its end.
 */
#ifndef SRC_TIMELINE_H
#define SRC_TIMELINE_H

#include "run.h"

#define TIMELINE_NO_STEP UINT32_MAX

enum timeline_group {
    TIMELINE_HOST,
    TIMELINE_DEVICE,   /* launches, replays of graphs, copies: a lane a stream where it is known */
    TIMELINE_PREFILL,  /* of an iteration with one: copies and computing, a lane a stream each, and
                        * how many copies are in flight */
    TIMELINE_BATCH,    /* steps of the batch, over all programs; none of a free-running iteration */
    TIMELINE_PROGRAMS, /* a lane a program */
    TIMELINE_GROUPS
};

/* "host", "device", "prefill", "steps of the batch", "programs". */
const char *timeline_group_name(enum timeline_group group);

enum timeline_kind {
    TIMELINE_ITERATION, /* submission to synchronised */
    TIMELINE_SUBMIT, /* until the host had submitted; or, of a prefill or a chunk of it and of the
                      * decode beside it, the call that did; where that is known */
    TIMELINE_SYNC,   /* end of the last step to synchronised */
    TIMELINE_CALL,   /* of the driver, on the host */
    TIMELINE_RANGE,  /* an annotation, on the host */
    TIMELINE_LAUNCH, /* a kernel; of a CPU a wake of the pool */
    TIMELINE_REPLAY, /* of a graph, from its first node to its last */
    TIMELINE_NODE,   /* a graph's kernel */
    TIMELINE_COPY,
    TIMELINE_CHUNK,     /* of a prefill: its copy, or its computing */
    TIMELINE_IN_FLIGHT, /* so many copies of a prefill at once */
    TIMELINE_STEP, /* of the batch: end(t-1) to end(t), the first from 0; of a program its own */
    TIMELINE_GAP,  /* within a step of the batch: end(t-1) to begin(t) */
    TIMELINE_BUSY, /* the rest of that step */
    TIMELINE_KINDS
};

/* "iteration", "submit", "sync", ... */
const char *timeline_kind_name(enum timeline_kind kind);

struct timeline_lane {
    enum timeline_group group;
    char name[48];   /* "stream 7", "program 3" */
    uint64_t end_ns; /* of its last event */
};

struct timeline_event {
    uint32_t lane;
    uint32_t depth; /* 0 or 1 */
    enum timeline_kind kind;
    uint32_t step; /* or TIMELINE_NO_STEP; of a chunk its number, of IN_FLIGHT how many */
    uint64_t begin_ns, end_ns;
    const char *label;               /* lives as long as the timeline and its run */
    const struct activity *activity; /* NULL: it follows from stamps */
    const struct phase *phase;       /* of a program's step, as long as its run; NULL: not known */
};

struct timeline {
    uint64_t iteration_ns;
    struct timeline_lane *lanes; /* by group */
    size_t lane_count;
    struct timeline_event *events; /* by lane and beginning, outer before inner */
    size_t event_count;
    bool wakes; /* of a CPU: a step begins when a thread wakes, not with a launch */
    /* Private. */
    size_t lane_room, event_room;
    struct activity *activities;
};

/* What was seen of the same iteration beside its stamps. */
struct timeline_seen {
    uint64_t submitted_ns; /* lab clock: what the trace's stamps count from */
    uint64_t handed_ns;    /* lab clock: when the host had submitted; 0: not known */
    const struct activity *activities;
    size_t count;
};

/* Fills *timeline from a trace of the run (run->typical, run->slowest); `seen` may be NULL. False:
 * no memory, nothing is held. Of a trace without an iteration the timeline is empty. */
bool timeline_build(struct timeline *timeline, const struct run *run, const struct trace *trace,
                    const struct timeline_seen *seen);

/* A zeroed one is fine. */
void timeline_close(struct timeline *timeline);

/* What its events come to. What was not seen is 0. */
struct timeline_figures {
    uint64_t kernels, nodes;                  /* seen; nodes are those of graphs among them */
    uint64_t kernel_ns;                       /* their times, added up */
    uint64_t working_ns;                      /* in which at least one kernel ran */
    uint64_t first_kernel_ns, last_kernel_ns; /* begin of the first, end of the last */
    uint64_t first_step_ns, last_step_ns;     /* the same of steps, by stamps */
    uint64_t copies, copy_ns, copy_bytes;
    uint64_t calls, call_ns;  /* of the driver */
    uint64_t gap_ns, busy_ns; /* of the batch's steps but the first */
};
void timeline_count(const struct timeline *timeline, struct timeline_figures *figures);

#endif
