#include "mailbox.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void mailbox_open(struct mailbox *mailbox)
{
    triple_open(&mailbox->slots);
    atomic_init(&mailbox->messages, 0);
}

void mailbox_ring(struct mailbox *mailbox)
{
    atomic_fetch_add_explicit(&mailbox->messages, 1, memory_order_release);
    syscall(SYS_futex, &mailbox->messages, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void mailbox_post(struct mailbox *mailbox, const struct request *request)
{
    mailbox->requests[mailbox->slots.back] = *request;
    triple_publish(&mailbox->slots);
    mailbox_ring(mailbox);
}

const struct request *mailbox_take(struct mailbox *mailbox)
{
    return triple_take(&mailbox->slots) ? &mailbox->requests[mailbox->slots.front] : NULL;
}

uint32_t mailbox_messages(const struct mailbox *mailbox)
{
    return atomic_load_explicit(&mailbox->messages, memory_order_acquire);
}

void mailbox_wait(struct mailbox *mailbox, uint32_t seen, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
                               .tv_nsec = (long)(timeout_ns % 1000000000u)};
    syscall(SYS_futex, &mailbox->messages, FUTEX_WAIT_PRIVATE, seen, &timeout, NULL, 0);
}
