/*
 * worker_inbox.h - requests to the worker, and the flag that interrupts a running variant when one
 * arrives. The latest request wins, and posting never waits. Private to the worker.
 *
 * The inbox is a triple buffer, which the poster writes and the thread reads, and a futex word, on
 * which the idle thread sleeps. The word counts messages. The thread reads it before it checks for
 * a request, and sleeps only while the word is unchanged, so it cannot miss a message posted in
 * between.
 *
 * `stop` is raised before a message is posted, so it is never raised for a request that the thread
 * has already taken: that would cut short the first iteration of the new request.
 * worker_inbox_watch finds a message posted after the thread cleared `stop`.
 */
#pragma once

#include "../base/triple_buffer.h"
#include "worker.h"

struct worker_inbox {
    struct triple_buffer slots;
    struct request requests[3];
    _Atomic uint32_t messages;
    uint32_t stop; /* raised by the poster, read by the running variant, cleared by the thread */
    uint32_t quit;
    uint64_t posted; /* requests; owned by the poster */
    uint32_t seen;   /* `messages` at the last take; owned by the thread */
};

void worker_inbox_open(struct worker_inbox *inbox);

/* Poster: posts a copy of *request, wakes the thread, and returns the request's new id. */
uint64_t worker_inbox_post(struct worker_inbox *inbox, const struct request *request);

/* Poster: asks the thread to quit. */
void worker_inbox_quit(struct worker_inbox *inbox);

/* Thread: clears `stop` and takes the latest request, valid until the next call; NULL: no new
 * one. False: the thread must quit. */
bool worker_inbox_take(struct worker_inbox *inbox, const struct request **request);

/* Thread, while something runs: raises `stop` if a message came since the last take. */
void worker_inbox_watch(struct worker_inbox *inbox);

/* Thread: sleeps until there is a message newer than the last take, or for timeout_ns. May return
 * early. */
void worker_inbox_wait(struct worker_inbox *inbox, uint64_t timeout_ns);
