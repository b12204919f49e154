#include "crew.h"
#include "../../kernels/thread.h"

#include <stdlib.h>

/* The tasks of one call of run_tasks. Lives on that call's stack. */
struct batch {
    struct batch *below; /* the next older batch */
    void (*task)(void *argument, uint32_t i);
    void *argument;
    uint32_t count;
    uint32_t next; /* the first task not taken yet */
    uint32_t left; /* tasks that have not returned */
};

struct crew {
    struct workload_crew face; /* must be first: callers see only this */
    pthread_mutex_t lock; /* guards all members below, and all batches; never held during a task */
    pthread_cond_t work, done;
    struct batch *newest;
    bool ending;
    uint32_t count; /* threads started */
    pthread_t threads[];
};

/* Takes one task and runs it. The lock is held on entry and on return. */
static void run_task(struct crew *crew, struct batch *batch)
{
    const uint32_t i = batch->next++;
    pthread_mutex_unlock(&crew->lock);
    batch->task(batch->argument, i);
    pthread_mutex_lock(&crew->lock);
    if (--batch->left == 0)
        pthread_cond_broadcast(&crew->done);
}

/* Returns the newest batch that has a task left to take; NULL if there is none. The newest comes
 * first, because a task of an older batch may be waiting for its results. */
static struct batch *find_batch(const struct crew *crew)
{
    struct batch *batch = crew->newest;
    while (batch && batch->next == batch->count)
        batch = batch->below;
    return batch;
}

static void *run_thread(void *argument)
{
    struct crew *crew = argument;
    pthread_mutex_lock(&crew->lock);
    while (!crew->ending) {
        struct batch *batch = find_batch(crew);
        if (batch)
            run_task(crew, batch);
        else
            pthread_cond_wait(&crew->work, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static void remove_batch(struct crew *crew, const struct batch *batch)
{
    struct batch **at = &crew->newest;
    while (*at != batch)
        at = &(*at)->below;
    *at = batch->below;
}

static void run_tasks(const struct workload_crew *face, uint32_t count,
                      void (*task)(void *argument, uint32_t i), void *argument)
{
    struct crew *crew = (struct crew *)face;
    struct batch batch = {.task = task, .argument = argument, .count = count, .left = count};
    pthread_mutex_lock(&crew->lock);
    batch.below = crew->newest;
    crew->newest = &batch;
    if (count > 1)
        pthread_cond_broadcast(&crew->work);
    while (batch.next < batch.count)
        run_task(crew, &batch);
    while (batch.left > 0)
        pthread_cond_wait(&crew->done, &crew->lock);
    remove_batch(crew, &batch);
    pthread_mutex_unlock(&crew->lock);
}

const struct workload_crew *crew_start(uint32_t threads)
{
    const uint32_t more = threads > 1 ? threads - 1 : 0;
    struct crew *crew = calloc(1, sizeof *crew + more * sizeof *crew->threads);
    if (!crew)
        return NULL;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->work, NULL);
    pthread_cond_init(&crew->done, NULL);
    while (crew->count < more &&
           thread_start(&crew->threads[crew->count], "pdlab-crew", 0, run_thread, crew) == 0)
        crew->count++;
    crew->face = (struct workload_crew){.threads = crew->count + 1, .run = run_tasks};
    return &crew->face;
}

void crew_stop(const struct workload_crew *crew)
{
    struct crew *own = (struct crew *)crew;
    if (!own)
        return;
    pthread_mutex_lock(&own->lock);
    own->ending = true;
    pthread_cond_broadcast(&own->work);
    pthread_mutex_unlock(&own->lock);
    for (uint32_t i = 0; i < own->count; i++)
        pthread_join(own->threads[i], NULL);
    pthread_cond_destroy(&own->done);
    pthread_cond_destroy(&own->work);
    pthread_mutex_destroy(&own->lock);
    free(own);
}
