/*
 * timeline_parts.h - how each lane of a timeline divides into parts: busy, or waiting for something
 * that has a name. The view and the SVG draw these parts, to scale.
 *
 * Parts of a lane do not overlap and are in order of time. Where a lane has no part, nothing is
 * known to happen: it is drawn empty. A container (the iteration, a persistent kernel, a step of
 * the batch) is no part: it has parts within it, or below it, that may all be idle.
 */
#ifndef SRC_TIMELINE_PARTS_H
#define SRC_TIMELINE_PARTS_H

#include "timeline.h"

enum part_kind {
    LANE_LAUNCH_GAP,   /* no kernel (CPU: no wake) had begun the step yet */
    LANE_GAP,          /* between steps of programs that stay, without measured waits */
    LANE_BARRIER_WAIT, /* measured (PHASES): the program waited for others */
    LANE_DATA_WAIT,    /* measured (PHASES), by its length: its place within the step is not known,
                        * so it is put at the step's beginning */
    LANE_SYNC,         /* host: from the last step's end until it knows */
    LANE_NOT_KEPT,     /* after the last step whose stamps were kept, if there were more */
    LANE_BUSY,
    LANE_KINDS
};

/* "launch gap" (on a CPU "wake-up gap"), "gap", "barrier wait", "data wait", "sync", "not kept",
 * "busy". `wakes`: of the timeline. */
const char *timeline_part_name(enum part_kind kind, bool wakes);

struct timeline_part {
    enum part_kind kind;
    uint64_t begin_ns, end_ns;          /* begin_ns < end_ns */
    const struct timeline_event *event; /* the step, copy, call … that it is a part of */
};

struct timeline_parts {
    struct timeline_part *list;
    size_t count;
    size_t *first;          /* the parts of lane i: [first[i], first[i + 1]) */
    bool phased;            /* programs have measured waits */
    bool by_launch;         /* each step begins with a launch, a graph's node or a wake */
    bool wakes;             /* of the timeline */
    bool kinds[LANE_KINDS]; /* those that occur */
    size_t room;            /* private */
};

/* Whether the event is a container. */
bool timeline_is_container(const struct timeline *timeline, const struct timeline_event *event);

/* The part's name; "compute" for a busy part of a program whose waits were measured. */
const char *timeline_part_label(const struct timeline *timeline, const struct timeline_part *part);

/* What the lane's parts are: "busy", if any is, else the first one's kind. The lane has parts. */
const char *timeline_parts_word(const struct timeline_parts *parts, uint32_t lane);

/* Divides a timeline that was built of the trace, of a run with these facts. The parts point into
 * the timeline. False: no memory, nothing is held. */
bool timeline_parts_build(struct timeline_parts *parts, const struct timeline *timeline,
                          const struct facts *facts, const struct trace *trace);

/* A zeroed one is fine. */
void timeline_parts_close(struct timeline_parts *parts);

/* The lane's first part that ends after `ns`; first[lane + 1] if none does. */
size_t timeline_parts_find(const struct timeline_parts *parts, uint32_t lane, double ns);

/* Shares of a stretch of time by kind, each 0 to 1, together at most 1. The rest is empty. */
struct timeline_shares {
    double of[LANE_KINDS];
};

/* Fills `columns` cells, equal parts of [from_ns, to_ns), with the shares of the lane's parts. */
void timeline_parts_fill(const struct timeline_parts *parts, uint32_t lane, double from_ns,
                         double to_ns, unsigned columns, struct timeline_shares *cells);

/* A share in eighths as it is drawn: 0 only if it is 0, 8 only if it is all. */
unsigned timeline_eighths(double share);

/* How much is busy of what is known of a stretch; below 0: nothing is known. */
double timeline_busy_share(const struct timeline_shares *shares);

/* What most of a cell is that is not busy, LANE_KINDS if nothing is. */
enum part_kind timeline_idle_kind(const struct timeline_shares *shares);

#endif
