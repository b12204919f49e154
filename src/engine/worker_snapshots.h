/*
 * worker_snapshots.h - passes snapshots from the thread to the reader without either waiting.
 * Private to the worker.
 */
#pragma once

#include "../base/triple_buffer.h"
#include "worker.h"

struct worker_snapshots {
    struct triple_buffer triple;
    struct snapshot slots[3];
    int news;           /* an eventfd */
    uint64_t rested;    /* id of the last request after which nothing was left to run */
    uint64_t published; /* count of snapshots, and time of the last one; owned by the thread */
    uint64_t published_ns;
};

/* False: errno says why. Call worker_snapshots_close even then. */
bool worker_snapshots_open(struct worker_snapshots *snapshots);
void worker_snapshots_close(struct worker_snapshots *snapshots);

/* Thread: the snapshot to fill and publish next. It has its number, and no runs until they are
 * added; its other fields are from an older snapshot. */
struct snapshot *worker_snapshots_next(struct worker_snapshots *snapshots);

/* Thread: adds a copy of the run. Copies nothing if the older snapshot has the same version of the
 * run. False: out of memory. */
bool worker_snapshots_add(struct snapshot *snapshot, const struct run *run);

/* Thread: publishes the snapshot from worker_snapshots_next, and signals `news`. */
void worker_snapshots_publish(struct worker_snapshots *snapshots);

/* Thread: whether the next snapshot is due. */
bool worker_snapshots_is_due(const struct worker_snapshots *snapshots);

/* Reader: the newest snapshot, valid until the next call. Clears `news`. */
const struct snapshot *worker_snapshots_look(struct worker_snapshots *snapshots);

/* Any thread: whether a published snapshot answers request `id` and leaves nothing to run. */
bool worker_snapshots_rests(const struct worker_snapshots *snapshots, uint64_t id);
