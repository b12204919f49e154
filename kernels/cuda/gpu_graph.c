#include "gpu_graph.h"
#include "../clock.h"

#include <stdlib.h>
#include <string.h>

/* ---- a graph -------------------------------------------------------------------------------- */

struct kept {
    cudaGraphExec_t exec; /* NULL: none is kept */
    uint64_t shape;
};

static struct kept kept[GPU_GRAPH_SLOTS]; /* needs no lock: only one thread uses the device */

static void destroy(cudaGraphExec_t exec)
{
    if (exec)
        cudaGraphExecDestroy(exec);
}

void gpu_graphs_forget(void)
{
    for (int slot = 0; slot < GPU_GRAPH_SLOTS; slot++) {
        destroy(kept[slot].exec);
        kept[slot].exec = NULL;
    }
}

static bool capture(const struct gpu_recording *recording, cudaStream_t stream, cudaGraph_t *graph,
                    struct error *error)
{
    if (!gpu_right(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
                   "cudaStreamBeginCapture", error))
        return false;
    const cudaError_t recorded = recording->record(recording->context, stream);
    const cudaError_t ended = cudaStreamEndCapture(stream, graph);
    if (gpu_right(recorded, "a launch under capture", error) &&
        gpu_right(ended, "cudaStreamEndCapture", error))
        return true;
    if (ended == cudaSuccess)
        cudaGraphDestroy(*graph);
    return false;
}

/* Updates the executable graph in the slot to `captured`. Returns false if CUDA cannot do that, or
 * if the slot is empty. */
static bool update(struct gpu_graph *graph, cudaGraph_t captured, cudaStream_t stream)
{
    struct kept *old = &kept[graph->slot];
    cudaGraphExec_t exec = old->exec;
    cudaGraphExecUpdateResultInfo ignored;
    if (!exec)
        return false;
    old->exec = NULL; /* empty the slot, even if the update fails */
    if (old->shape == graph->shape &&
        cudaGraphExecUpdate(exec, captured, &ignored) == cudaSuccess &&
        cudaGraphUpload(exec, stream) == cudaSuccess) {
        graph->exec = exec;
        return true;
    }
    cudaGetLastError(); /* clears the error: a failed update is not an error here */
    destroy(exec);
    return false;
}

static bool make_executable(struct gpu_graph *graph, cudaGraph_t captured, cudaStream_t stream,
                            struct error *error)
{
    cudaGraphInstantiateParams parameters = {
        .flags = cudaGraphInstantiateFlagUpload,
        .uploadStream = stream,
    };
    graph->updated = update(graph, captured, stream);
    if (!graph->updated &&
        !gpu_right(cudaGraphInstantiateWithParams(&graph->exec, captured, &parameters),
                   "cudaGraphInstantiateWithParams", error)) {
        graph->exec = NULL;
        return false;
    }
    return gpu_right(cudaStreamSynchronize(stream), "cudaStreamSynchronize", error);
}

static bool open_captured(struct gpu_graph *graph, cudaGraph_t captured, cudaStream_t stream,
                          struct error *error)
{
    size_t nodes = 0;
    const uint64_t captured_ns = clock_now();
    if (!make_executable(graph, captured, stream, error))
        return false;
    graph->instantiate_ns = clock_now() - captured_ns;
    if (!gpu_right(cudaGraphGetNodes(captured, NULL, &nodes), "cudaGraphGetNodes", error))
        return false;
    graph->nodes = (uint32_t)nodes;
    return true;
}

bool gpu_graph_open(struct gpu_graph *graph, enum gpu_graph_slot slot,
                    const struct gpu_recording *recording, cudaStream_t stream, struct error *error)
{
    cudaGraph_t captured;
    const uint64_t began_ns = clock_now();
    *graph = (struct gpu_graph){.slot = slot, .shape = recording->shape};
    if (!capture(recording, stream, &captured, error))
        return false;
    graph->capture_ns = clock_now() - began_ns;
    const bool opened = open_captured(graph, captured, stream, error);
    cudaGraphDestroy(captured);
    if (opened)
        return true;
    destroy(graph->exec);
    graph->exec = NULL;
    return false;
}

void gpu_graph_close(struct gpu_graph *graph)
{
    if (!graph->exec)
        return;
    destroy(kept[graph->slot].exec);
    kept[graph->slot] = (struct kept){.exec = graph->exec, .shape = graph->shape};
    graph->exec = NULL;
}

void gpu_graph_describe(const struct gpu_graph *graph, struct graph_facts *facts)
{
    facts->updated = graph->updated && (facts->updated || facts->capture_ns == 0);
    facts->capture_ns += graph->capture_ns;
    facts->instantiate_ns += graph->instantiate_ns;
}

/* ---- an iteration of replays ---------------------------------------------------------------- */

bool gpu_replays_open(struct gpu_replays *replays, const struct graph_plan *plan,
                      struct error *error)
{
    *replays = (struct gpu_replays){
        .pieces = plan->pieces,
        .group = (GPU_REPLAYS_STEPS + plan->steps - 1) / plan->steps,
    };
    for (int i = 0; i < 2; i++) {
        if (!gpu_right(cudaEventCreateWithFlags(&replays->events[i], cudaEventDisableTiming),
                       "cudaEventCreateWithFlags", error)) {
            replays->events[i] = NULL;
            gpu_replays_close(replays);
            return false;
        }
    }
    return true;
}

void gpu_replays_close(struct gpu_replays *replays)
{
    for (int i = 0; i < 2; i++)
        if (replays->events[i])
            cudaEventDestroy(replays->events[i]);
    *replays = (struct gpu_replays){0};
}

static void note_time(struct gpu_replays *replays, uint64_t taken_ns)
{
    if (replays->count == 0)
        replays->first_ns = taken_ns;
    else
        replays->recent_ns[(replays->count - 1) % GPU_REPLAYS_RECENT] = taken_ns;
    replays->count++;
}

/* Submits replays up to the end of the current group. */
static bool submit_group(struct gpu_replays *replays, struct gpu_lab *lab, struct error *error)
{
    do {
        const uint64_t began_ns = clock_now();
        const cudaError_t status = cudaGraphLaunch(replays->exec, lab->stream);
        note_time(replays, clock_now() - began_ns);
        if (!gpu_lab_launched(lab, status, "cudaGraphLaunch", error))
            return false;
        replays->submitted++;
    } while (replays->submitted < replays->pieces && replays->submitted % replays->group != 0);
    if (replays->submitted == replays->pieces)
        return true;
    const uint32_t group = replays->submitted / replays->group - 1;
    return gpu_lab_launched(lab, cudaEventRecord(replays->events[group % 2], lab->stream),
                            "cudaEventRecord", error);
}

/* Whether at most one group is in flight. */
static bool has_room(const struct gpu_replays *replays, bool *room, struct error *error)
{
    const uint32_t group = replays->submitted / replays->group;
    const cudaError_t status = group < 2 ? cudaSuccess : cudaEventQuery(replays->events[group % 2]);
    *room = status == cudaSuccess;
    if (status != cudaErrorNotReady)
        return gpu_right(status, "cudaEventQuery", error);
    cudaGetLastError();
    return true;
}

bool gpu_replays_begin(struct gpu_replays *replays, struct gpu_lab *lab, cudaGraphExec_t exec,
                       struct error *error)
{
    replays->exec = exec;
    replays->submitted = 0;
    return submit_group(replays, lab, error);
}

enum poll_state gpu_replays_poll(struct gpu_replays *replays, struct gpu_lab *lab, uint64_t wait_ns,
                                 struct stamp_batch *batch, struct error *error)
{
    const uint64_t began_ns = clock_now();
    bool room = false;
    if (replays->submitted == replays->pieces)
        return gpu_lab_poll(lab, wait_ns, batch, error);
    if (gpu_lab_cuts(lab))
        return gpu_lab_cut(lab, wait_ns, batch, error);
    do {
        if (!has_room(replays, &room, error)) {
            gpu_lab_end(lab);
            return POLL_FAILED;
        }
    } while (!room && !stop_requested(lab->stop) && clock_now() - began_ns < wait_ns);
    if (room && !submit_group(replays, lab, error))
        return POLL_FAILED;
    gpu_lab_collect(lab, batch);
    batch->heartbeat += replays->submitted;
    return POLL_RUNNING;
}

static int compare_times(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

void gpu_replays_describe(const struct gpu_replays *replays, struct graph_facts *facts)
{
    uint64_t sorted[GPU_REPLAYS_RECENT];
    uint64_t timed = replays->count > 0 ? replays->count - 1 : 0;
    if (timed > GPU_REPLAYS_RECENT)
        timed = GPU_REPLAYS_RECENT;
    memcpy(sorted, replays->recent_ns, sizeof sorted);
    qsort(sorted, timed, sizeof *sorted, compare_times);
    facts->path = replays->pieces > 1 ? GRAPH_PATH_PIECEWISE : GRAPH_PATH_FULL;
    facts->first_replay_ns = replays->first_ns;
    facts->replay_ns = timed > 0 ? sorted[timed / 2] : 0;
}
