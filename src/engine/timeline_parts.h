/*
 * timeline_parts.h - divides each lane of a timeline into parts: busy, or a named kind of waiting.
 * The view and the SVG draw these parts to scale.
 *
 * The parts of a lane do not overlap and are in order of time. Time without a part is unknown and
 * drawn empty. A container (the iteration, a persistent kernel, a step of the batch) is not a part,
 * because everything in it may be idle.
 */
#pragma once

#include "timeline.h"

enum part_kind {
    LANE_LAUNCH_GAP,   /* before the kernel (on a CPU: the wake-up) that begins the step */
    LANE_GAP,          /* between steps of a persistent program, without measured waits */
    LANE_BARRIER_WAIT, /* measured (PHASES): the program waited for others */
    LANE_DATA_WAIT, /* measured (PHASES): the program waited for data. Only the length is known, so
                       the wait is drawn at the beginning of the step */
    LANE_SYNC,      /* host: from the last step's end until the host learns of it */
    LANE_NOT_KEPT, /* after the last step whose stamps were kept, if the iteration had more steps */
    LANE_BUSY,
    LANE_KINDS
};

/* "launch gap" (on a CPU "wake-up gap"), "gap", "barrier wait", "data wait", "sync", "not kept",
 * "busy". `wakes`: the timeline's member of that name. */
const char *timeline_part_name(enum part_kind kind, bool wakes);

struct timeline_part {
    enum part_kind kind;
    uint64_t begin_ns, end_ns;          /* begin_ns < end_ns */
    const struct timeline_event *event; /* the step, copy, call … that the part belongs to */
};

struct timeline_parts {
    struct timeline_part *list;
    size_t count;
    size_t *first;          /* the parts of lane i: [first[i], first[i + 1]) */
    bool phased;            /* programs have measured waits */
    bool by_launch;         /* each step begins with a launch, a graph node or a wake-up */
    bool wakes;             /* the steps begin with wake-ups: a CPU's timeline */
    bool kinds[LANE_KINDS]; /* the kinds that occur */
    size_t room;            /* private */
};

/* Whether the event is a container. */
bool timeline_is_container(const struct timeline *timeline, const struct timeline_event *event);

/* The part's name; "compute" for a busy part of a program with measured waits. */
const char *timeline_part_label(const struct timeline *timeline, const struct timeline_part *part);

/* Returns one name for all of a lane's parts: "busy" if any part is busy, otherwise the name of the
 * first part. The lane must have parts. */
const char *timeline_parts_word(const struct timeline_parts *parts, uint32_t lane);

/* Divides a timeline built from the trace of a run with these facts. The parts point into the
 * timeline. False: out of memory, and *parts is empty. */
bool timeline_parts_build(struct timeline_parts *parts, const struct timeline *timeline,
                          const struct facts *facts, const struct trace *trace);

/* Frees the memory of the parts. A zeroed struct is allowed. */
void timeline_parts_close(struct timeline_parts *parts);

/* Returns the index of the lane's first part that ends after `ns`; first[lane + 1] if none does. */
size_t timeline_parts_find(const struct timeline_parts *parts, uint32_t lane, double ns);

/* Shares of a time span by kind, each 0 to 1, together at most 1. The rest is empty. */
struct timeline_shares {
    double of[LANE_KINDS];
};

/* Fills `columns` cells, equal parts of [from_ns, to_ns), with the shares of the lane's parts. */
void timeline_parts_fill(const struct timeline_parts *parts, uint32_t lane, double from_ns,
                         double to_ns, unsigned columns, struct timeline_shares *cells);

/* A share in eighths for drawing: 0 only for a share of 0, 8 only for a share of 1. */
unsigned timeline_eighths(double share);

/* The busy share of the known part of a time span; below 0: nothing is known. */
double timeline_busy_share(const struct timeline_shares *shares);

/* The kind that fills most of the cell's idle part; LANE_KINDS if none does. */
enum part_kind timeline_idle_kind(const struct timeline_shares *shares);
