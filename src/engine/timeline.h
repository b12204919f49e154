/*
 * timeline.h - one iteration as events in lanes: what the host, the device and each program did,
 * and when. Built from a run's stamps, so it works for recordings and CPU runs; if a tracer was
 * active, also from the tracer's events. The view and trace.json show this timeline.
 *
 * All times are ns since the iteration's submission. Events of one lane and depth do not overlap.
 * An event at depth 1 lies within an event at depth 0, and an event at depth 2 within an event at
 * depth 1. A tracer's events are cut at the begin and the end of the iteration: nothing that the
 * iteration started can begin earlier or end later.
 *
 * Stamps do not show launches. Without a tracer, launches are derived from the variant's facts: a
 * launch lasts as long as its steps, without the time to start and end it.
 */
#pragma once

#include "run.h"

#define TIMELINE_NO_STEP UINT32_MAX

enum timeline_group {
    TIMELINE_HOST,
    TIMELINE_DEVICE,   /* launches, graph replays, copies: one lane per stream if known */
    TIMELINE_PREFILL,  /* prefill copies and computation, one lane per stream, and the number of
                          copies in flight */
    TIMELINE_BATCH,    /* steps of the batch, over all programs; none if free-running */
    TIMELINE_PROGRAMS, /* one lane per program */
    TIMELINE_GROUPS
};

/* "host", "device", "prefill", "steps of the batch", "programs". */
extern const char *const timeline_group_names[TIMELINE_GROUPS];

enum timeline_kind {
    TIMELINE_ITERATION, /* from submission until the host has synchronised */
    TIMELINE_SUBMIT,    /* until the host had submitted the iteration; or the call that submitted a
                           prefill, a chunk or the decode beside it, if known */
    TIMELINE_SYNC,      /* from the end of the last step until the host has synchronised */
    TIMELINE_CALL,      /* a driver call on the host */
    TIMELINE_RANGE,     /* an annotation on the host */
    TIMELINE_LAUNCH,    /* a kernel; on a CPU, waking the thread pool */
    TIMELINE_REPLAY,    /* a graph replay, from its first node to its last */
    TIMELINE_NODE,      /* a graph's kernel */
    TIMELINE_COPY,
    TIMELINE_CHUNK,     /* a chunk's copy or computation */
    TIMELINE_IN_FLIGHT, /* a time span with an unchanged number of copies in flight */
    TIMELINE_STEP,      /* a step of the batch: end(t-1) to end(t), the first from 0; or a program's
                           own step */
    TIMELINE_GAP,       /* within a step of the batch: end(t-1) to begin(t) */
    TIMELINE_BUSY,      /* the rest of that step */
    TIMELINE_OPERATION, /* an operation of a program's last step, if operations were measured; comes
                           after that step in the list */
    TIMELINE_KINDS
};

/* "iteration", "submit", "sync", ... */
extern const char *const timeline_kind_names[TIMELINE_KINDS];

struct timeline_lane {
    enum timeline_group group;
    char name[48];   /* "stream 7", "program 3" */
    uint64_t end_ns; /* end of its last event */
};

struct timeline_event {
    uint32_t lane;
    uint32_t depth; /* 0 to 2 */
    enum timeline_kind kind;
    uint32_t step; /* the step; of a chunk, its number; of IN_FLIGHT, the number of copies; of an
                      operation, its layer; TIMELINE_NO_STEP: none */
    uint64_t begin_ns, end_ns;
    const char *label;               /* lives as long as the timeline and its run */
    const struct activity *activity; /* the traced activity; NULL: the event is derived */
    const struct phase *phase;       /* the phases of a program's step or operation, valid as long
                                        as its trace; NULL: unknown */
};

struct timeline {
    uint64_t iteration_ns;
    struct timeline_lane *lanes; /* sorted by group */
    size_t lane_count;
    struct timeline_event *events; /* sorted by lane and begin, outer before inner */
    size_t event_count;
    bool wakes; /* the run is on a CPU: a step begins with a thread's wake-up instead of a launch */
    /* Private. */
    size_t lane_room, event_room;
    struct activity *activities;
};

/* A tracer's events of the same iteration. */
struct timeline_seen {
    uint64_t submitted_ns; /* lab clock: the origin of the trace's stamps */
    uint64_t handed_ns;    /* lab clock: when the host had submitted; 0: unknown */
    const struct activity *activities;
    size_t count;
};

/* Fills *timeline from a trace of the run (run->typical, run->slowest); `seen` may be NULL. The
 * timeline is empty if the trace has no iteration. False: out of memory, and the timeline is
 * empty. */
bool timeline_build(struct timeline *timeline, const struct run *run, const struct trace *trace,
                    const struct timeline_seen *seen);

/* Returns the list with room for one more than `count` elements of `size` bytes. NULL: out of
 * memory, and *failed is set; the list is unchanged. Private to the timeline and its parts. */
void *timeline_grow(void *list, size_t count, size_t *room, size_t size, bool *failed);

/* Frees the timeline's memory. A zeroed timeline is allowed. */
void timeline_close(struct timeline *timeline);

/* Totals of the events. 0: no such event. */
struct timeline_figures {
    uint64_t kernels, nodes;                  /* traced kernels, and the graph nodes among them */
    uint64_t kernel_ns;                       /* sum of their durations */
    uint64_t working_ns;                      /* time in which at least one kernel ran */
    uint64_t first_kernel_ns, last_kernel_ns; /* begin of the first, end of the last */
    uint64_t first_step_ns, last_step_ns;     /* the same for steps, from stamps */
    uint64_t copies, copy_ns, copy_bytes;
    uint64_t calls, call_ns;  /* driver calls */
    uint64_t gap_ns, busy_ns; /* sums over the batch's steps except the first */
};
void timeline_count(const struct timeline *timeline, struct timeline_figures *figures);
