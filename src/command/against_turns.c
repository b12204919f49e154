#include "against_turns.h"

#include "../../kernels/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

struct against_turns {
    const char *binary;
    pthread_t thread;
    int news;
    uint32_t stop; /* raised to end the current process */

    /* Guarded by the lock. */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct against_order order;
    uint64_t begun; /* orders so far */
    uint32_t round, place;
    bool due, busy, quit;
    struct against_result result; /* not taken yet */
    bool has_result;

    /* Owned by the thread. */
    struct against against;
    uint64_t opened;  /* number of the order that `against` is open for; 0: closed */
    struct stat file; /* status of the binary when it was opened */
    struct run asked;
    struct document document;
    struct run failed; /* shown instead of a run if opening failed */
};

/* ---- the thread ----------------------------------------------------------------------------- */

static void close_other(struct against_turns *turns)
{
    against_close(&turns->against);
    run_close(&turns->failed);
    turns->opened = 0;
}

/* Whether two statuses are of the same, unchanged file. The user may have rebuilt the binary. */
static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Makes sure that the other build is open for this order. Opens it again if the order or the file
 * is new. False: turns->failed says why. */
static bool open_other(struct against_turns *turns, const struct against_order *order,
                       uint64_t number)
{
    struct error error = {0};
    struct stat file = {0};
    const bool found = stat(turns->binary, &file) == 0;
    if (turns->opened == number && found && is_same_file(&file, &turns->file))
        return true;
    close_other(turns);
    run_begin(&turns->asked, order->variant, &order->knobs, &order->knobs, 1);
    document_describe(&turns->document, &order->device, &turns->asked, 1);
    if (against_open(&turns->against, turns->binary, &turns->document, &turns->stop, &error)) {
        turns->opened = number;
        turns->file = file;
        return true;
    }
    run_begin(&turns->failed, order->variant, &order->knobs, &order->knobs, 1);
    turns->failed.status = RUN_FAILED;
    turns->failed.error = error;
    return false;
}

/* Publishes a copy of the results. */
static void hand_over(struct against_turns *turns)
{
    const struct run *run = turns->opened > 0 ? &turns->against.runs[0] : &turns->failed;
    run_close(&turns->result.run);
    turns->has_result = run_clone(&turns->result.run, run);
    turns->result.device =
        turns->opened > 0 ? turns->against.document.device : turns->document.device;
    memcpy(turns->result.unknown, turns->against.unknown, sizeof turns->result.unknown);
}

/* Runs one process. Called with the lock held; releases it while the process runs. */
static void measure(struct against_turns *turns)
{
    const struct against_order order = turns->order;
    const uint64_t number = turns->begun;
    const uint32_t round = turns->round, place = turns->place;
    turns->due = false;
    pthread_mutex_unlock(&turns->lock);
    if (open_other(turns, &order, number) && against_due(&turns->against, 0))
        against_measure(&turns->against, 0, round, place, AGAINST_TURN_NS);
    pthread_mutex_lock(&turns->lock);
    turns->busy = false;
    if (number == turns->begun && !stop_requested(&turns->stop))
        hand_over(turns);
    eventfd_write(turns->news, 1);
}

static void *run_thread(void *context)
{
    struct against_turns *turns = context;
    pthread_mutex_lock(&turns->lock);
    while (!turns->quit) {
        if (turns->due)
            measure(turns);
        else
            pthread_cond_wait(&turns->wake, &turns->lock);
    }
    pthread_mutex_unlock(&turns->lock);
    close_other(turns);
    return NULL;
}

/* ---- the caller ----------------------------------------------------------------------------- */

static void free_turns(struct against_turns *turns)
{
    run_close(&turns->result.run);
    pthread_cond_destroy(&turns->wake);
    pthread_mutex_destroy(&turns->lock);
    if (turns->news >= 0)
        close(turns->news);
    free(turns);
}

struct against_turns *against_turns_start(const char *binary, struct error *error)
{
    struct against_turns *turns = calloc(1, sizeof *turns);
    if (!turns) {
        error_set(error, ERROR_RUN, "no memory for the --against build");
        return NULL;
    }
    turns->binary = binary;
    turns->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&turns->lock, NULL);
    pthread_cond_init(&turns->wake, NULL);
    int status = turns->news < 0 ? errno : 0;
    if (status == 0)
        status = thread_start(&turns->thread, "pdlab-against", 0, run_thread, turns);
    if (status == 0)
        return turns;
    error_set(error, ERROR_RUN, "the thread for the --against build could not start: %s",
              strerror(status));
    free_turns(turns);
    return NULL;
}

/* Ends the current process, or drops a request that the thread has not taken. Called with the lock
 * held. */
static void cancel(struct against_turns *turns)
{
    __atomic_store_n(&turns->stop, 1, __ATOMIC_RELEASE);
    if (turns->due)
        turns->due = turns->busy = false; /* the thread has not taken the request */
}

void against_turns_stop(struct against_turns *turns)
{
    if (!turns)
        return;
    pthread_mutex_lock(&turns->lock);
    cancel(turns);
    turns->quit = true;
    pthread_cond_signal(&turns->wake);
    pthread_mutex_unlock(&turns->lock);
    pthread_join(turns->thread, NULL);
    free_turns(turns);
}

void against_turns_begin(struct against_turns *turns, const struct against_order *order)
{
    pthread_mutex_lock(&turns->lock);
    cancel(turns);
    turns->order = *order;
    turns->begun++;
    turns->has_result = false;
    pthread_mutex_unlock(&turns->lock);
}

void against_turns_go(struct against_turns *turns, uint32_t round, uint32_t place)
{
    pthread_mutex_lock(&turns->lock);
    __atomic_store_n(&turns->stop, 0, __ATOMIC_RELEASE);
    turns->round = round;
    turns->place = place;
    turns->due = turns->busy = true;
    pthread_cond_signal(&turns->wake);
    pthread_mutex_unlock(&turns->lock);
}

void against_turns_cancel(struct against_turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    cancel(turns);
    pthread_mutex_unlock(&turns->lock);
}

bool against_turns_busy(struct against_turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    const bool busy = turns->busy;
    pthread_mutex_unlock(&turns->lock);
    return busy;
}

bool against_turns_take(struct against_turns *turns, struct against_result *result)
{
    pthread_mutex_lock(&turns->lock);
    const bool taken = turns->has_result;
    if (taken) {
        *result = turns->result;
        turns->result.run = (struct run){0};
        turns->has_result = false;
    }
    pthread_mutex_unlock(&turns->lock);
    return taken;
}

int against_turns_news(const struct against_turns *turns)
{
    return turns->news;
}

void against_turns_heed(struct against_turns *turns)
{
    eventfd_t news;
    eventfd_read(turns->news, &news);
}
