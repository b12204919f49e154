/*
 * mailbox.h - requests to the worker: the latest one wins, and posting never waits.
 *
 * A triple buffer with the front end as writer and the worker as reader, plus a futex word on
 * which the idle worker sleeps. The word counts messages. The worker reads it before it checks
 * for a request, and sleeps only while the word is unchanged, so it cannot miss a message posted
 * in between.
 */
#pragma once

#include "../base/triple_buffer.h"
#include "worker.h"

struct mailbox {
    struct triple_buffer slots;
    struct request requests[3];
    _Atomic uint32_t messages;
};

void mailbox_open(struct mailbox *mailbox);

/* Writer: posts a copy of *request and wakes the reader. */
void mailbox_post(struct mailbox *mailbox, const struct request *request);

/* Writer: wakes the reader without posting a request. */
void mailbox_ring(struct mailbox *mailbox);

/* Reader: the latest request posted since the last call, valid until the next call; else NULL. */
const struct request *mailbox_take(struct mailbox *mailbox);

/* Reader: messages posted so far; read this before checking for requests, and pass it to
 * mailbox_wait. */
uint32_t mailbox_messages(const struct mailbox *mailbox);

/* Reader: sleeps until a message comes after `seen`, or for timeout_ns. May return early. */
void mailbox_wait(struct mailbox *mailbox, uint32_t seen, uint64_t timeout_ns);
