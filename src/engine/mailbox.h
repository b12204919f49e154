/*
 * mailbox.h - requests on their way to the worker: the latest one wins, and posting never waits.
 *
 * A triple buffer the other way round, with the front end as writer and the worker as reader, and a
 * word that the worker sleeps on while it has nothing to do. The word counts letters: the worker
 * reads it before it looks for a request, and sleeps only while it still has that value, so a
 * letter posted in between is not slept through.
 */
#ifndef SRC_MAILBOX_H
#define SRC_MAILBOX_H

#include "../base/triple_buffer.h"
#include "worker.h"

struct mailbox {
    struct triple_buffer slots;
    struct request requests[3];
    _Atomic uint32_t letters;
};

void mailbox_open(struct mailbox *mailbox);

/* Writer: posts a copy of *request and wakes the reader. */
void mailbox_post(struct mailbox *mailbox, const struct request *request);

/* Writer: wakes the reader without a request. */
void mailbox_ring(struct mailbox *mailbox);

/* Reader: the latest request posted since the last call, valid until the next one; else NULL. */
const struct request *mailbox_take(struct mailbox *mailbox);

/* Reader: letters posted so far; read it before looking for work, and hand it to mailbox_wait. */
uint32_t mailbox_letters(const struct mailbox *mailbox);

/* Reader: sleeps until a letter comes after `seen`, or for timeout_ns. May return early. */
void mailbox_wait(struct mailbox *mailbox, uint32_t seen, uint64_t timeout_ns);

#endif
