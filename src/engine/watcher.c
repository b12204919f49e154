#include "watcher.h"

#include "../../kernels/clock.h"
#include "../../kernels/thread.h"
#include "../base/triple_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_NS UINT64_C(1000000000) /* how long to wait for a reading to end */
#define S_NS        UINT64_C(1000000000)

enum watch {
    WATCH_NOTHING,
    WATCH_TURN,
    WATCH_LAST, /* one more reading, then nothing */
};

struct watcher {
    const struct meter *meter;
    void *device; /* the meter's handle */
    pthread_t thread;

    /* Guarded by the lock, which is never held while the meter is read. */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* its timeouts use CLOCK_MONOTONIC */
    enum watch watch;
    uint64_t turn; /* number of the time slice; grows with each one */
    uint64_t tokens_per_iteration;
    uint32_t threads;
    bool quit, ended;

    uint64_t iterations; /* atomic */

    /* From the thread to the worker. */
    struct triple_buffer triple;
    struct news {
        uint64_t turn;
        struct telemetry telemetry;
    } slots[3];
};

/* ---- the thread ------------------------------------------------------------------------------ */

static struct timespec later(struct timespec time, uint64_t ns)
{
    const uint64_t sum = (uint64_t)time.tv_nsec + ns;
    time.tv_sec += (time_t)(sum / S_NS);
    time.tv_nsec = (long)(sum % S_NS);
    return time;
}

static struct timespec system_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now;
}

/* Waits, with the lock held, until a reading of time slice `turn` is due. False: the thread must
 * end. */
static bool wait_until_due(struct watcher *watcher, uint64_t turn, const struct timespec *due)
{
    while (!watcher->quit && watcher->watch != WATCH_LAST) {
        if (watcher->watch == WATCH_NOTHING)
            pthread_cond_wait(&watcher->changed, &watcher->lock);
        else if (watcher->turn != turn ||
                 pthread_cond_timedwait(&watcher->changed, &watcher->lock, due) == ETIMEDOUT)
            break;
    }
    return !watcher->quit;
}

static void read_once(struct watcher *watcher, struct telemetry_turn *turn, uint64_t number)
{
    struct meter_reading reading = {0};
    const uint64_t iterations = __atomic_load_n(&watcher->iterations, __ATOMIC_RELAXED);
    const uint64_t now_ns = clock_now();
    watcher->meter->read(watcher->device, &reading);
    telemetry_add(turn, &reading, iterations, now_ns);
    watcher->slots[watcher->triple.back] = (struct news){.turn = number, .telemetry = turn->sum};
    triple_publish(&watcher->triple);
}

static void *run_thread(void *context)
{
    struct watcher *watcher = context;
    struct telemetry_turn turn = {0};
    uint64_t number = 0;
    struct timespec due = system_now();
    pthread_mutex_lock(&watcher->lock);
    while (wait_until_due(watcher, number, &due)) {
        const bool last = watcher->watch == WATCH_LAST;
        if (watcher->turn != number)
            turn = (struct telemetry_turn){.tokens_per_iteration = watcher->tokens_per_iteration,
                                           .sum.threads = watcher->threads};
        number = watcher->turn;
        due = later(system_now(), WATCHER_INTERVAL_NS);
        pthread_mutex_unlock(&watcher->lock);
        read_once(watcher, &turn, number);
        pthread_mutex_lock(&watcher->lock);
        if (last && watcher->turn == number) {
            watcher->watch = WATCH_NOTHING;
            pthread_cond_broadcast(&watcher->changed);
        }
    }
    watcher->ended = true;
    pthread_cond_broadcast(&watcher->changed);
    pthread_mutex_unlock(&watcher->lock);
    return NULL;
}

/* ---- the worker's side ----------------------------------------------------------------------- */

static void close_all(struct watcher *watcher)
{
    watcher->meter->close(watcher->device);
    pthread_cond_destroy(&watcher->changed);
    pthread_mutex_destroy(&watcher->lock);
    free(watcher);
}

struct watcher *watcher_start(const struct meter *meter, int index, struct error *error)
{
    struct watcher *watcher = calloc(1, sizeof *watcher);
    pthread_condattr_t attributes;
    if (!watcher) {
        error_set(error, ERROR_RUN, "out of memory: the device's telemetry cannot be read");
        return NULL;
    }
    watcher->meter = meter;
    watcher->device = meter->open(index, error);
    if (!watcher->device) {
        free(watcher);
        return NULL;
    }
    triple_open(&watcher->triple);
    pthread_mutex_init(&watcher->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watcher->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    const int status = thread_start(&watcher->thread, "pdlab-watcher", 0, run_thread, watcher);
    if (status != 0) {
        error_set(error, ERROR_RUN, "the thread that reads the telemetry could not start: %s",
                  strerror(status));
        close_all(watcher);
        return NULL;
    }
    return watcher;
}

void watcher_stop(struct watcher *watcher)
{
    const struct timespec limit = later(system_now(), PATIENCE_NS);
    if (!watcher)
        return;
    pthread_mutex_lock(&watcher->lock);
    watcher->quit = true;
    pthread_cond_broadcast(&watcher->changed);
    while (!watcher->ended &&
           pthread_cond_timedwait(&watcher->changed, &watcher->lock, &limit) != ETIMEDOUT)
        ;
    const bool ended = watcher->ended;
    pthread_mutex_unlock(&watcher->lock);
    if (!ended)
        return;
    pthread_join(watcher->thread, NULL);
    close_all(watcher);
}

void watcher_begin(struct watcher *watcher, uint64_t tokens_per_iteration, uint32_t threads)
{
    pthread_mutex_lock(&watcher->lock);
    watcher->turn++;
    watcher->watch = WATCH_TURN;
    watcher->tokens_per_iteration = tokens_per_iteration;
    watcher->threads = threads;
    pthread_cond_broadcast(&watcher->changed);
    pthread_mutex_unlock(&watcher->lock);
}

void watcher_count(struct watcher *watcher)
{
    __atomic_fetch_add(&watcher->iterations, 1, __ATOMIC_RELAXED);
}

bool watcher_look(struct watcher *watcher, struct telemetry *telemetry)
{
    /* Only watcher_begin changes `turn`, on the caller's thread. */
    if (!triple_take(&watcher->triple))
        return false;
    const struct news *news = &watcher->slots[watcher->triple.front];
    if (news->turn != watcher->turn)
        return false;
    *telemetry = news->telemetry;
    return true;
}

bool watcher_end(struct watcher *watcher, struct telemetry *telemetry)
{
    const struct timespec limit = later(system_now(), PATIENCE_NS);
    pthread_mutex_lock(&watcher->lock);
    if (watcher->watch == WATCH_TURN) {
        watcher->watch = WATCH_LAST;
        pthread_cond_broadcast(&watcher->changed);
    }
    while (watcher->watch == WATCH_LAST &&
           pthread_cond_timedwait(&watcher->changed, &watcher->lock, &limit) != ETIMEDOUT)
        ;
    watcher->watch = WATCH_NOTHING;
    pthread_mutex_unlock(&watcher->lock);
    return watcher_look(watcher, telemetry);
}
