#include "worker_inbox.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void worker_inbox_open(struct worker_inbox *inbox)
{
    triple_open(&inbox->slots);
    atomic_init(&inbox->messages, 0);
}

/* Counts a message and wakes the thread. */
static void ring(struct worker_inbox *inbox)
{
    atomic_fetch_add_explicit(&inbox->messages, 1, memory_order_release);
    syscall(SYS_futex, &inbox->messages, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

uint64_t worker_inbox_post(struct worker_inbox *inbox, const struct request *request)
{
    struct request *slot = &inbox->requests[inbox->slots.back];
    __atomic_store_n(&inbox->stop, 1, __ATOMIC_SEQ_CST);
    *slot = *request;
    slot->id = ++inbox->posted;
    triple_publish(&inbox->slots);
    ring(inbox);
    return inbox->posted;
}

void worker_inbox_quit(struct worker_inbox *inbox)
{
    __atomic_store_n(&inbox->quit, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&inbox->stop, 1, __ATOMIC_SEQ_CST);
    ring(inbox);
}

bool worker_inbox_take(struct worker_inbox *inbox, const struct request **request)
{
    *request = NULL;
    __atomic_store_n(&inbox->stop, 0, __ATOMIC_SEQ_CST);
    inbox->seen = atomic_load_explicit(&inbox->messages, memory_order_acquire);
    if (__atomic_load_n(&inbox->quit, __ATOMIC_SEQ_CST))
        return false;
    if (triple_take(&inbox->slots))
        *request = &inbox->requests[inbox->slots.front];
    return true;
}

void worker_inbox_watch(struct worker_inbox *inbox)
{
    if (atomic_load_explicit(&inbox->messages, memory_order_acquire) != inbox->seen)
        __atomic_store_n(&inbox->stop, 1, __ATOMIC_RELEASE);
}

void worker_inbox_wait(struct worker_inbox *inbox, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
                               .tv_nsec = (long)(timeout_ns % 1000000000u)};
    syscall(SYS_futex, &inbox->messages, FUTEX_WAIT_PRIVATE, inbox->seen, &timeout, NULL, 0);
}
