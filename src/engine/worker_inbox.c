#include "worker_inbox.h"

void worker_inbox_open(struct worker_inbox *inbox)
{
    mailbox_open(&inbox->mailbox);
}

uint64_t worker_inbox_post(struct worker_inbox *inbox, const struct request *request)
{
    struct request numbered = *request;
    numbered.id = ++inbox->posted;
    __atomic_store_n(&inbox->stop, 1, __ATOMIC_SEQ_CST);
    mailbox_post(&inbox->mailbox, &numbered);
    return numbered.id;
}

void worker_inbox_quit(struct worker_inbox *inbox)
{
    __atomic_store_n(&inbox->quit, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&inbox->stop, 1, __ATOMIC_SEQ_CST);
    mailbox_ring(&inbox->mailbox);
}

bool worker_inbox_take(struct worker_inbox *inbox, const struct request **request)
{
    *request = NULL;
    __atomic_store_n(&inbox->stop, 0, __ATOMIC_SEQ_CST);
    inbox->seen = mailbox_messages(&inbox->mailbox);
    if (__atomic_load_n(&inbox->quit, __ATOMIC_SEQ_CST))
        return false;
    *request = mailbox_take(&inbox->mailbox);
    return true;
}

void worker_inbox_watch(struct worker_inbox *inbox)
{
    if (mailbox_messages(&inbox->mailbox) != inbox->seen)
        __atomic_store_n(&inbox->stop, 1, __ATOMIC_RELEASE);
}

void worker_inbox_wait(struct worker_inbox *inbox, uint64_t timeout_ns)
{
    mailbox_wait(&inbox->mailbox, inbox->seen, timeout_ns);
}
