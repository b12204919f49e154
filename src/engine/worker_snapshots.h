/*
 * worker_snapshots.h - the snapshots on their way from the thread to the reader, who never waits
 * for each other. Private to the worker.
 */
#ifndef SRC_WORKER_SNAPSHOTS_H
#define SRC_WORKER_SNAPSHOTS_H

#include "../base/triple_buffer.h"
#include "worker.h"

struct worker_snapshots {
    struct triple_buffer triple;
    struct snapshot slots[3];
    int news;           /* an eventfd */
    uint64_t rested;    /* id of the last request that left nothing to run */
    uint64_t published; /* snapshots so far, and when the last one was; the thread's own */
    uint64_t published_ns;
};

/* False: errno says why. Close it all the same. */
bool worker_snapshots_open(struct worker_snapshots *snapshots);
void worker_snapshots_close(struct worker_snapshots *snapshots);

/* Thread: the snapshot to fill and publish next. It has its number, and no runs until they are
 * added; everything else is of an older snapshot. */
struct snapshot *worker_snapshots_next(struct worker_snapshots *snapshots);

/* Thread: adds a copy of the run. It costs nothing if the older snapshot had the same version of
 * it. False: there is no memory. */
bool worker_snapshots_add(struct snapshot *snapshot, const struct run *run);

/* Thread: publishes the snapshot that worker_snapshots_next gave, and signals it. */
void worker_snapshots_publish(struct worker_snapshots *snapshots);

/* Thread: whether it is time for another one. */
bool worker_snapshots_is_due(const struct worker_snapshots *snapshots);

/* Reader: the newest snapshot, valid until the next call. Clears `news`. */
const struct snapshot *worker_snapshots_look(struct worker_snapshots *snapshots);

/* Any thread: whether a published snapshot answers the request `id` and leaves nothing to run. */
bool worker_snapshots_rests(const struct worker_snapshots *snapshots, uint64_t id);

#endif
