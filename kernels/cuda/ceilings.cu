/*
 * ceilings.cu - measures the ceilings of a GPU, which no variant can exceed. This file measures
 * launches, graphs and the doorbell; other files (gpu_bench.h) measure memory, barriers and the
 * chain of `dot`.
 *
 * A duration here is the median of several measurements on the lab clock, from the call until the
 * host knows that the kernel has run. The time of a graph node is the time of a whole replay
 * divided by the number of nodes, so it includes a share of the replay's start and end.
 */
#include "../clock.h"
#include "cuda.h"
#include "gpu.cuh"
#include "gpu_bench.h"

#include <stdlib.h>
#include <string.h>

#define WARM        16u   /* starts before the measurement, not counted */
#define STARTS      200u  /* measured starts of a launch or of a short graph */
#define LONG_STARTS 24u   /* measured starts of a long graph */
#define BURST       1000u /* launches back to back */
#define BURSTS      9u
#define SHORT_CHAIN 32u /* nodes of a graph */
#define LONG_CHAIN  1024u
#define RINGS       1000u              /* round trips of the doorbell */
#define RINGS_LEAST 100u               /* with fewer answers, the round trip stays unknown */
#define PATIENCE_NS UINT64_C(4000000)  /* how long the kernel polls for the doorbell */
#define GIVE_UP_NS  (10 * PATIENCE_NS) /* how long the host polls for an answer */

/* ---- what the files share ------------------------------------------------------------------- */

bool gpu_bench_goes_on(const struct gpu_bench *bench, struct error *error)
{
    return !stop_requested(bench->stop) ||
           error_set(error, ERROR_RUN, "stopped before the GPU was measured");
}

static int by_size(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double gpu_bench_median(struct gpu_bench *bench, uint32_t count)
{
    qsort(bench->samples, count, sizeof *bench->samples, by_size);
    return bench->samples[(count - 1) / 2];
}

/* ---- kernels -------------------------------------------------------------------------------- */

static __global__ void do_nothing()
{
}

static __global__ void signal_host(uint32_t *seen)
{
    gpu_store_release_system(seen, 1);
}

/* A node with a programmatic edge. It first allows the next node to start. Then it waits for the
 * previous node, like a node that reads the previous node's output. The last node signals the host.
 */
static __global__ void hand_over(uint32_t *seen)
{
    gpu_let_next_start();
    gpu_wait_for_previous();
    if (seen != NULL)
        gpu_store_release_system(seen, 1);
}

/* Answers each new value of the doorbell. Ends if no new value comes for PATIENCE_NS. */
static __global__ void answer(struct gpu_bench_words *words)
{
    for (uint32_t round = 1; round <= RINGS; round++) {
        const uint64_t began_ns = gpu_timer();
        while (gpu_load_acquire_system(&words->ring) != round)
            if (gpu_timer() - began_ns > PATIENCE_NS)
                return;
        gpu_store_release_system(&words->answered, round);
    }
}

/* ---- starts --------------------------------------------------------------------------------- */

typedef cudaError_t start_function(struct gpu_bench *bench, cudaGraphExec_t graph);

static cudaError_t start_empty(struct gpu_bench *bench, cudaGraphExec_t graph)
{
    (void)graph;
    do_nothing<<<1, 32, 0, bench->stream>>>();
    return cudaGetLastError();
}

static cudaError_t start_signal(struct gpu_bench *bench, cudaGraphExec_t graph)
{
    (void)graph;
    signal_host<<<1, 1, 0, bench->stream>>>(&bench->words->seen);
    return cudaGetLastError();
}

static cudaError_t start_graph(struct gpu_bench *bench, cudaGraphExec_t graph)
{
    return cudaGraphLaunch(graph, bench->stream);
}

static bool await_seen(const struct gpu_bench *bench, struct error *error)
{
    const uint64_t began_ns = clock_now();
    while (__atomic_load_n(&bench->words->seen, __ATOMIC_ACQUIRE) == 0) {
        if (clock_now() - began_ns < GPU_DEADLINE_NS)
            continue;
        const cudaError_t status = cudaStreamQuery(bench->stream);
        if (status != cudaSuccess && status != cudaErrorNotReady)
            return gpu_right(status, "the launch", error);
        cudaGetLastError();
        return error_set(error, ERROR_RUN,
                         "an empty launch did not run within %u s: its duration is unknown",
                         (unsigned)(GPU_DEADLINE_NS / 1000000000));
    }
    return true;
}

/* Measures the time from a start until the host knows that the work has ended. To find out, the
 * host polls a word in mapped memory (`seen`) or synchronises with the stream. */
static bool time_start(struct gpu_bench *bench, start_function *start, cudaGraphExec_t graph,
                       bool seen, double *took_ns, struct error *error)
{
    uint64_t ended_ns = 0;
    __atomic_store_n(&bench->words->seen, 0, __ATOMIC_RELAXED);
    const uint64_t began_ns = clock_now();
    if (!gpu_right(start(bench, graph), "the launch", error))
        return false;
    if (seen) {
        if (!await_seen(bench, error))
            return false;
        ended_ns = clock_now();
    }
    if (!gpu_right(cudaStreamSynchronize(bench->stream), "cudaStreamSynchronize", error))
        return false;
    *took_ns = (double)((seen ? ended_ns : clock_now()) - began_ns);
    return true;
}

static bool measure_start(struct gpu_bench *bench, start_function *start, cudaGraphExec_t graph,
                          bool seen, uint32_t starts, double *median_ns, struct error *error)
{
    if (!gpu_bench_goes_on(bench, error))
        return false;
    for (uint32_t i = 0; i < WARM + starts; i++)
        if (!time_start(bench, start, graph, seen, &bench->samples[i < WARM ? 0 : i - WARM], error))
            return false;
    *median_ns = gpu_bench_median(bench, starts);
    return true;
}

/* Does not count the first burst, because the GPU's clocks may still rise during it. */
static bool measure_launch(struct gpu_bench *bench, struct error *error)
{
    if (!gpu_bench_goes_on(bench, error))
        return false;
    for (uint32_t burst = 0; burst <= BURSTS; burst++) {
        const uint64_t began_ns = clock_now();
        for (uint32_t i = 0; i < BURST; i++)
            if (!gpu_right(start_empty(bench, NULL), "the launch", error))
                return false;
        if (!gpu_right(cudaStreamSynchronize(bench->stream), "cudaStreamSynchronize", error))
            return false;
        bench->samples[burst > 0 ? burst - 1 : 0] = (double)(clock_now() - began_ns) / BURST;
    }
    bench->ceilings->launch_ns = gpu_bench_median(bench, BURSTS);
    return true;
}

static bool measure_launches(struct gpu_bench *bench, struct error *error)
{
    struct ceilings *ceilings = bench->ceilings;
    return measure_launch(bench, error) &&
           measure_start(bench, start_empty, NULL, false, STARTS, &ceilings->launch_sync_ns,
                         error) &&
           measure_start(bench, start_signal, NULL, true, STARTS, &ceilings->launch_seen_ns, error);
}

/* ---- graphs --------------------------------------------------------------------------------- */

/* Launches a node of a chain under capture. edge: the edge from the previous node is programmatic.
 * last: the node signals the host. */
static cudaError_t launch_node(struct gpu_bench *bench, bool edge, bool last)
{
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(1);
    config.blockDim = dim3(32);
    config.stream = bench->stream;
    config.attrs = &attribute;
    config.numAttrs = 1;
    uint32_t *seen = last ? &bench->words->seen : NULL;
    void *arguments[] = {&seen};
    if (edge)
        return cudaLaunchKernelExC(&config, (const void *)hand_over, arguments);
    return last ? start_signal(bench, NULL) : start_empty(bench, NULL);
}

static bool capture_chain(struct gpu_bench *bench, bool edges, uint32_t nodes,
                          cudaGraphExec_t *chain, struct error *error)
{
    cudaGraph_t graph = NULL;
    if (!gpu_right(cudaStreamBeginCapture(bench->stream, cudaStreamCaptureModeThreadLocal),
                   "cudaStreamBeginCapture", error))
        return false;
    cudaError_t status = cudaSuccess;
    for (uint32_t node = 0; node < nodes && status == cudaSuccess; node++)
        status = launch_node(bench, edges, node + 1 == nodes);
    const cudaError_t ended = cudaStreamEndCapture(bench->stream, &graph);
    const bool captured =
        gpu_right(status, "a kernel launch during graph capture", error) &&
        gpu_right(ended, "cudaStreamEndCapture", error) &&
        gpu_right(cudaGraphInstantiate(chain, graph, 0), "cudaGraphInstantiate", error) &&
        gpu_right(cudaGraphUpload(*chain, bench->stream), "cudaGraphUpload", error);
    if (graph)
        cudaGraphDestroy(graph);
    return captured;
}

/* Measures the time from the start of a replay to its signal, divided by the number of nodes. */
static bool measure_chain(struct gpu_bench *bench, bool edges, uint32_t nodes, double *node_ns,
                          struct error *error)
{
    const uint32_t starts = nodes == LONG_CHAIN ? LONG_STARTS : STARTS;
    cudaGraphExec_t chain = NULL;
    double replay_ns = 0;
    const bool measured = gpu_bench_goes_on(bench, error) &&
                          capture_chain(bench, edges, nodes, &chain, error) &&
                          measure_start(bench, start_graph, chain, true, starts, &replay_ns, error);
    if (measured)
        *node_ns = replay_ns / nodes;
    cudaStreamSynchronize(bench->stream);
    if (chain)
        cudaGraphExecDestroy(chain);
    return measured;
}

static bool measure_graphs(struct gpu_bench *bench, struct error *error)
{
    struct ceilings *ceilings = bench->ceilings;
    struct cudaFuncAttributes attributes; /* the query loads the kernel before the capture */
    if (!gpu_right(cudaFuncGetAttributes(&attributes, (const void *)hand_over),
                   "cudaFuncGetAttributes", error) ||
        !measure_chain(bench, false, 1, &ceilings->graph_sync_ns, error) ||
        !measure_chain(bench, false, SHORT_CHAIN, &ceilings->graph_node_ns, error) ||
        !measure_chain(bench, false, LONG_CHAIN, &ceilings->graph_node_long_ns, error))
        return false;
    return bench->capability < 90 ||
           (measure_chain(bench, true, SHORT_CHAIN, &ceilings->graph_edge_ns, error) &&
            measure_chain(bench, true, LONG_CHAIN, &ceilings->graph_edge_long_ns, error));
}

/* ---- the doorbell --------------------------------------------------------------------------- */

/* Rings the doorbell up to RINGS times, until an answer does not come. Returns the number of
 * answers. */
static uint32_t ring_often(struct gpu_bench *bench)
{
    struct gpu_bench_words *words = bench->words;
    for (uint32_t round = 1; round <= RINGS; round++) {
        const uint64_t rung_ns = clock_now();
        uint64_t now_ns;
        __atomic_store_n(&words->ring, round, __ATOMIC_RELEASE);
        do {
            now_ns = clock_now();
            if (now_ns - rung_ns > GIVE_UP_NS)
                return round - 1;
        } while (__atomic_load_n(&words->answered, __ATOMIC_ACQUIRE) != round);
        bench->samples[round - 1] = (double)(now_ns - rung_ns);
    }
    return RINGS;
}

/* The round trip stays unknown if no kernel runs while the host polls. Under some tools, none does.
 */
static bool measure_doorbell(struct gpu_bench *bench, struct error *error)
{
    if (!gpu_bench_goes_on(bench, error))
        return false;
    bench->words->ring = bench->words->answered = 0;
    answer<<<1, 1, 0, bench->stream>>>(bench->words);
    if (!gpu_right(cudaGetLastError(), "cudaLaunchKernel", error))
        return false;
    const uint32_t rings = ring_often(bench);
    if (!gpu_right(cudaStreamSynchronize(bench->stream), "cudaStreamSynchronize", error))
        return false;
    if (rings >= RINGS_LEAST)
        bench->ceilings->doorbell_ns = gpu_bench_median(bench, rings);
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static bool read_attribute(enum cudaDeviceAttr name, int index, int *value, struct error *error)
{
    return gpu_right(cudaDeviceGetAttribute(value, name, index), "cudaDeviceGetAttribute", error);
}

static bool describe(struct gpu_bench *bench, int index, struct error *error)
{
    int units, cache, major, minor, cooperative;
    if (!read_attribute(cudaDevAttrMultiProcessorCount, index, &units, error) ||
        !read_attribute(cudaDevAttrL2CacheSize, index, &cache, error) ||
        !read_attribute(cudaDevAttrComputeCapabilityMajor, index, &major, error) ||
        !read_attribute(cudaDevAttrComputeCapabilityMinor, index, &minor, error) ||
        !read_attribute(cudaDevAttrCooperativeLaunch, index, &cooperative, error))
        return false;
    bench->units = (uint32_t)units;
    bench->cache_bytes = (uint64_t)cache;
    bench->capability = (uint32_t)(major * 10 + minor);
    bench->cooperative = cooperative != 0;
    return true;
}

static bool take(struct gpu_bench *bench, struct error *error)
{
    if (!gpu_right(cudaStreamCreateWithFlags(&bench->stream, cudaStreamNonBlocking),
                   "cudaStreamCreateWithFlags", error) ||
        !gpu_right(cudaHostAlloc((void **)&bench->words, sizeof *bench->words, cudaHostAllocMapped),
                   "cudaHostAlloc", error) ||
        !gpu_right(cudaMalloc((void **)&bench->memory, sizeof *bench->memory), "cudaMalloc", error))
        return false;
    memset(bench->words, 0, sizeof *bench->words);
    return gpu_right(cudaMemsetAsync(bench->memory, 0, sizeof *bench->memory, bench->stream),
                     "cudaMemsetAsync", error) &&
           gpu_right(cudaStreamSynchronize(bench->stream), "cudaStreamSynchronize", error);
}

/* Also called after a failed measurement, when its kernels may still run. */
static void give_back(struct gpu_bench *bench)
{
    if (bench->stream) {
        cudaStreamSynchronize(bench->stream);
        cudaStreamDestroy(bench->stream);
    }
    cudaFree(bench->memory);
    cudaFreeHost(bench->words);
    cudaGetLastError();
}

/* Measures memory first, because that raises the GPU's clocks. */
static bool measure(struct gpu_bench *bench, struct error *error)
{
    return gpu_measure_memory(bench, error) && measure_launches(bench, error) &&
           measure_graphs(bench, error) && measure_doorbell(bench, error) &&
           gpu_measure_barriers(bench, error) && gpu_measure_step(bench, error) &&
           gpu_bench_goes_on(bench, error);
}

bool cuda_ceilings(int index, const uint32_t *stop, struct ceilings *ceilings, struct error *error)
{
    *ceilings = {};
    if (!gpu_right(cudaSetDevice(index), "cudaSetDevice", error))
        return false;
    struct gpu_bench *bench = (struct gpu_bench *)calloc(1, sizeof *bench);
    if (bench == NULL)
        return error_set(error, ERROR_RUN, "no memory for the measurement of the GPU");
    bench->stop = stop;
    bench->ceilings = ceilings;
    const bool measured =
        describe(bench, index, error) && take(bench, error) && measure(bench, error);
    give_back(bench);
    free(bench);
    return measured;
}
