#include "paired.h"

#include "../../kernels/clock.h"
#include "sorted.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND 1e9

static void fail(const char *text)
{
    fprintf(stderr, "bench: %s\n", text);
    exit(1);
}

struct worker *paired_run(const struct request *request, double seconds,
                          const struct snapshot **last)
{
    struct error error;
    struct worker *worker = worker_start(request->variants[0]->backend, 0, &error);
    const struct snapshot *snapshot;
    uint64_t begin_ns = 0;
    if (!worker) {
        fail(error.text);
        return NULL;
    }
    worker_post(worker, request);
    do {
        struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
        poll(&news, 1, 1000);
        snapshot = worker_look(worker);
        const bool begun = snapshot->count > request->selected &&
                           snapshot->runs[request->selected].histograms[METRIC_ITERATION].count > 0;
        if (snapshot->state == WORKER_FAILED)
            fail(snapshot->error.text);
        if (begin_ns == 0 && begun)
            begin_ns = clock_now();
    } while (begin_ns == 0 || (double)(clock_now() - begin_ns) < seconds * SECOND);
    for (uint32_t i = 0; i < snapshot->count; i++)
        if ((i == request->selected || (request->tagged >> i & 1)) &&
            snapshot->runs[i].histograms[METRIC_ITERATION].count == 0)
            fail("a run has no samples");
    *last = snapshot;
    return worker;
}

/* Ranks that bound the median of n with 95 % confidence: from the binomial distribution. */
static int lower_rank(int n)
{
    double probability = 1, sum;
    for (int i = 0; i < n; i++)
        probability /= 2;
    sum = probability;
    int rank = 0;
    while (sum + probability * (n - rank) / (rank + 1) <= 0.025 && rank < n / 2) {
        probability = probability * (n - rank) / (rank + 1);
        sum += probability;
        rank++;
    }
    return rank;
}

struct paired_ratio paired_ratio(double *ratios, int n)
{
    const int rank = lower_rank(n);
    const double median = sorted_median(ratios, n);
    return (struct paired_ratio){median, ratios[rank], ratios[n - 1 - rank]};
}
