/*
 * gpu_graph.h - CUDA graphs: capture, making them executable or updating one that there is, and the
 * replays of an iteration.
 */
#ifndef KERNELS_CUDA_GPU_GRAPH_H
#define KERNELS_CUDA_GPU_GRAPH_H

#include "../graph_plan.h"
#include "gpu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a graph --------------------------------------------------------------------------------- */

/* Whose executable graph is kept from one preparation to the next. BARE: without stamps. */
enum gpu_graph_slot {
    GPU_GRAPH_CHAIN,
    GPU_GRAPH_CHAIN_BARE,
    GPU_GRAPH_DECODE,
    GPU_GRAPH_DECODE_BARE,
    GPU_GRAPH_PREFILL,
    GPU_GRAPH_BURST,
    GPU_GRAPH_BESIDE, /* the decode beside a burst */
    GPU_GRAPH_BESIDE_BARE,
    GPU_GRAPH_BESIDE_PHASED,
    GPU_GRAPH_ATTENTION,
    GPU_GRAPH_ATTENTION_BARE,
    GPU_GRAPH_SLOTS
};

struct gpu_graph {
    cudaGraphExec_t exec;
    enum gpu_graph_slot slot;
    uint64_t shape;
    uint32_t nodes;
    bool updated; /* from the one that was kept */
    uint64_t capture_ns, instantiate_ns;
};

/* What is captured: launches on a stream, and nothing that allocates, loads or waits. */
struct gpu_recording {
    cudaError_t (*record)(void *context, cudaStream_t stream);
    void *context;
    /* Graphs of other shapes are not updated into each other. Only what CUDA might overlook need be
     * in it: that nodes differ in number, it sees by itself. */
    uint64_t shape;
};

/*
 * Captures, and makes the graph executable: if one is kept in the slot and CUDA can update it to
 * what was captured, that one (cudaGraphExecUpdate), else a new one. Either is uploaded, so that no
 * replay pays for it. False: *error, nothing is held.
 */
bool gpu_graph_open(struct gpu_graph *graph, enum gpu_graph_slot slot,
                    const struct gpu_recording *recording, cudaStream_t stream,
                    struct error *error);

/* Keeps it in its slot. It points to memory that may be freed now: it is not replayed before it has
 * been updated. A graph that was not opened (zeroed) is fine. */
void gpu_graph_close(struct gpu_graph *graph);

/* Adds what it took to the facts of the variant. */
void gpu_graph_describe(const struct gpu_graph *graph, struct graph_facts *facts);

/* Frees what is kept; before the device is closed. */
void gpu_graphs_forget(void);

/* ---- an iteration of replays ----------------------------------------------------------------- */

#define GPU_REPLAYS_RECENT 33u
#define GPU_REPLAYS_STEPS  256u /* between two events that bound what is in flight, at least */

/* Replays are submitted in groups, and at most two groups are in flight: so a stop waits for no
 * more than that, and the host is never too late with the next. */
struct gpu_replays {
    cudaGraphExec_t exec; /* of this iteration */
    uint32_t pieces, group, submitted;
    cudaEvent_t events[2]; /* the ends of groups, by turns */
    uint64_t count;        /* submissions that were timed */
    uint64_t first_ns, recent_ns[GPU_REPLAYS_RECENT];
};

bool gpu_replays_open(struct gpu_replays *replays, const struct graph_plan *plan,
                      struct error *error);
void gpu_replays_close(struct gpu_replays *replays); /* a zeroed one is fine */

/* Submits the first replays of an iteration, which gpu_lab_begin has begun. */
bool gpu_replays_begin(struct gpu_replays *replays, struct gpu_lab *lab, cudaGraphExec_t exec,
                       struct error *error);

/* Member `poll`: submits the rest, then waits as gpu_lab_poll does. */
enum poll_state gpu_replays_poll(struct gpu_replays *replays, struct gpu_lab *lab, uint64_t wait_ns,
                                 struct stamp_batch *batch, struct error *error);

void gpu_replays_describe(const struct gpu_replays *replays, struct graph_facts *facts);

#ifdef __cplusplus
}
#endif

#endif
