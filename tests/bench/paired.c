#include "paired.h"

#include "../../kernels/clock.h"

#include <math.h>
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

void paired_print(const char *what, const struct evidence *a, const struct evidence *b)
{
    const struct difference ratio = evidence_compare(a, b);
    printf("%-72s  %.4f  (%u measurements each, 95 %%: %.4f to %.4f)\n", what, exp(ratio.value),
           a->units, exp(ratio.value - ratio.half), exp(ratio.value + ratio.half));
}
