#include "thread.h"

#include <stdio.h>

#define STACK_LEAST                                                                                \
    ((size_t)1 << 20) /* if the caller asks for no size; `ulimit -s` may set a smaller default */

void thread_block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

int thread_start(pthread_t *thread, const char *name, size_t stack_bytes, void *(*run)(void *),
                 void *argument)
{
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0)
        return failure;
    size_t usual = 0;
    pthread_attr_getstacksize(&attributes, &usual);
    if (stack_bytes == 0 && usual < STACK_LEAST)
        stack_bytes = STACK_LEAST;
    if (stack_bytes > 0)
        pthread_attr_setstacksize(&attributes, stack_bytes);
    sigset_t before;
    thread_block_signals(&before); /* the new thread inherits the mask from its start */
    failure = pthread_create(thread, &attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failure == 0) {
        char kept[16]; /* the kernel rejects longer names */
        snprintf(kept, sizeof kept, "%s", name);
        pthread_setname_np(*thread, kept);
    }
    return failure;
}
