#include "pool.h"
#include "../thread.h"
#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_BYTES (256u << 10) /* a body needs only a few local variables */

struct member {
    struct pool *pool;
    uint32_t program;
    pthread_t thread;
};

struct pool {
    /* The submitter writes these; the threads read them after `started`. */
    pool_body *body; /* NULL: the thread ends */
    void *argument;
    uint32_t submissions;
    uint32_t threads;
    uint64_t spin_ns;
    _Alignas(CACHE_LINE) struct event started; /* counts submissions */
    _Alignas(CACHE_LINE) _Atomic uint32_t running;
    _Alignas(CACHE_LINE) struct event done; /* counts finished submissions */
    struct member members[];
};

static void *run_member(void *argument)
{
    struct member *member = argument;
    struct pool *pool = member->pool;
    for (uint32_t submission = 1;; submission++) {
        event_wait(&pool->started, submission, pool->spin_ns, EVENT_WAIT_FOREVER);
        if (pool->body == NULL)
            return NULL;
        pool->body(pool->argument, member->program);
        if (atomic_fetch_sub_explicit(&pool->running, 1, memory_order_acq_rel) == 1)
            event_signal(&pool->done);
    }
}

/* Starts threads until `wanted` run or one fails; pool->threads counts them. */
static int start_members(struct pool *pool, uint32_t wanted)
{
    int failure = 0;
    while (failure == 0 && pool->threads < wanted) {
        struct member *member = &pool->members[pool->threads];
        char name[24];
        *member = (struct member){.pool = pool, .program = pool->threads};
        snprintf(name, sizeof name, "pdlab-cpu-%u", member->program);
        failure = thread_start(&member->thread, name, STACK_BYTES, run_member, member);
        pool->threads += failure == 0;
    }
    return failure;
}

struct pool *pool_create(uint32_t threads, uint64_t spin_ns, struct error *error)
{
    struct pool *pool =
        state_alloc(sizeof *pool + threads * sizeof *pool->members, "a thread pool", error);
    if (pool == NULL)
        return NULL;
    pool->spin_ns = spin_ns;
    int failure = start_members(pool, threads);
    if (failure != 0) {
        error_set(error, ERROR_RUN, "cannot start thread %u of THREADS %u: %s", pool->threads + 1,
                  threads, strerror(failure));
        pool_destroy(pool);
        return NULL;
    }
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (pool == NULL)
        return;
    pool_submit(pool, NULL, NULL);
    for (uint32_t i = 0; i < pool->threads; i++)
        pthread_join(pool->members[i].thread, NULL);
    free(pool);
}

void pool_submit(struct pool *pool, pool_body *body, void *argument)
{
    pool->body = body;
    pool->argument = argument;
    pool->submissions++;
    atomic_store_explicit(&pool->running, pool->threads, memory_order_relaxed);
    event_signal(&pool->started);
}

bool pool_wait(struct pool *pool, uint64_t spin_ns, uint64_t timeout_ns)
{
    return event_wait(&pool->done, pool->submissions, spin_ns, timeout_ns);
}
