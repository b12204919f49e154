#include "measure.h"

#include "../kernels/clock.h"

#include <math.h>
#include <poll.h>

#define NEWS_MS    100 /* between looks when there is no news */
#define PATIENCE   4   /* times the limit, for the first iteration to be recorded */
#define VERDICT_NS UINT64_C(10000000000) /* how late a verdict may be; then it is unverified */

uint64_t measure_time_left(const struct measure *measure)
{
    if (measure->duration_ns == 0)
        return UINT64_MAX;
    uint64_t taken_ns = measure->recording_ns ? clock_now() - measure->recording_ns : 0;
    return taken_ns < measure->duration_ns ? measure->duration_ns - taken_ns : 0;
}

static const struct snapshot *wait_for_news(struct measure *measure)
{
    struct pollfd news = {.fd = worker_news(measure->worker), .events = POLLIN};
    uint64_t left_ms = measure_time_left(measure) / 1000000;
    poll(&news, 1, left_ms < NEWS_MS ? (int)left_ms + 1 : NEWS_MS);
    return worker_look(measure->worker);
}

static bool is_interrupted(const struct measure *measure)
{
    return measure->interrupted && *measure->interrupted;
}

/* Posts the request paused, and waits until the worker answers it and rests. */
static const struct snapshot *post_paused(struct measure *measure)
{
    measure->request.paused = true;
    uint64_t id = worker_post(measure->worker, &measure->request);
    const struct snapshot *snapshot = worker_look(measure->worker);
    while (snapshot->state != WORKER_FAILED &&
           (snapshot->request_id != id || snapshot->state != WORKER_IDLE))
        snapshot = wait_for_news(measure);
    return snapshot;
}

bool measure_open(struct measure *measure, enum backend backend, int device,
                  const struct variant *const *asked, uint32_t count, const struct knobs *knobs,
                  struct error *error)
{
    *measure = (struct measure){.request = {.knobs = *knobs, .count = count}};
    for (uint32_t i = 0; i < count; i++)
        measure->request.variants[i] = asked[i];
    measure->worker = worker_start(backend, device, error);
    if (!measure->worker)
        return false;
    const struct snapshot *snapshot = post_paused(measure);
    if (snapshot->state != WORKER_FAILED)
        return true;
    *error = snapshot->error;
    measure_close(measure);
    return false;
}

void measure_close(struct measure *measure)
{
    worker_stop(measure->worker);
    measure->worker = NULL;
}

/* One variant's time. Each moment is 0 until it has come. */
struct stay {
    uint64_t limit_ns;
    uint64_t prepared_ns; /* when its iterations began */
    uint64_t ended_ns;    /* when it was done, or its time was up */
};

/* Whether the run has had its time. Without a single iteration it gets more. */
static bool is_time_up(const struct stay *stay, const struct run *run, uint64_t now_ns)
{
    if (stay->prepared_ns == 0 || stay->limit_ns == UINT64_MAX)
        return false;
    uint64_t taken_ns = now_ns - stay->prepared_ns;
    return taken_ns >= stay->limit_ns &&
           (run->histograms[METRIC_ITERATION].count > 0 || taken_ns / PATIENCE >= stay->limit_ns);
}

double measure_median_error(const struct run *run)
{
    const struct histogram *iterations = &run->histograms[METRIC_ITERATION];
    if (iterations->count < MEASURE_STABLE_LEAST)
        return INFINITY;
    return (double)histogram_median_error(iterations) /
           (double)histogram_percentile(iterations, 0.5);
}

/* Whether run `index` has been measured enough. */
static bool has_ended(struct measure *measure, uint32_t index, const struct stay *stay,
                      const struct run *run, uint64_t now_ns)
{
    if (measure->recording_ns == 0 && run->histograms[METRIC_ITERATION].count > 0)
        measure->recording_ns = now_ns;
    bool stable = measure->until_stable && measure_median_error(run) <= MEASURE_STABLE;
    if (stable)
        measure->stable |= UINT32_C(1) << index;
    return stable || run->status == RUN_DONE || is_time_up(stay, run, now_ns) ||
           measure_time_left(measure) == 0;
}

/* Whether nothing more is to come for the run: it has ended, and its verdict is in or so late that
 * it is not waited for. */
static bool is_settled(struct measure *measure, uint32_t index, struct stay *stay,
                       const struct run *run)
{
    uint64_t now_ns = clock_now();
    if (run->status == RUN_FAILED || run->status == RUN_SKIPPED)
        return true;
    if (stay->prepared_ns == 0 && run->status > RUN_PREPARING)
        stay->prepared_ns = now_ns;
    if (stay->ended_ns == 0 && has_ended(measure, index, stay, run, now_ns))
        stay->ended_ns = now_ns;
    if (stay->ended_ns == 0)
        return false;
    uint64_t wait_ns = stay->limit_ns < VERDICT_NS ? stay->limit_ns : VERDICT_NS;
    return run->verification.verdict != VERDICT_NONE || now_ns - stay->ended_ns >= wait_ns;
}

bool measure_variant(struct measure *measure, uint32_t index, uint64_t limit_ns,
                     struct error *error)
{
    struct stay stay = {.limit_ns = limit_ns};
    measure->recording_ns = 0;
    measure->request.paused = false;
    measure->request.selected = index;
    uint64_t id = worker_post(measure->worker, &measure->request);

    while (!is_interrupted(measure)) {
        const struct snapshot *snapshot = wait_for_news(measure);
        if (snapshot->state == WORKER_FAILED) {
            *error = snapshot->error;
            return false;
        }
        if (snapshot->request_id != id)
            continue;
        if (snapshot->count <= index)
            return error_set(error, ERROR_RUN, "no memory for the histograms of %s",
                             measure->request.variants[index]->name);
        if (is_settled(measure, index, &stay, &snapshot->runs[index]))
            break;
        if (stay.ended_ns != 0 && !measure->request.paused) {
            /* A verdict that is still to come must not lengthen what is measured. */
            measure->request.paused = true;
            id = worker_post(measure->worker, &measure->request);
        }
        if (measure->progress)
            measure->progress(snapshot);
    }
    return true;
}

const struct snapshot *measure_finish(struct measure *measure)
{
    return post_paused(measure);
}
