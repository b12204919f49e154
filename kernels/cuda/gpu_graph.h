/*
 * gpu_graph.h - functions to capture a CUDA graph, to instantiate or update its executable graph,
 * and to replay it in an iteration.
 */
#pragma once

#include "../graph_plan.h"
#include "gpu_lab.h"

__BEGIN_DECLS

/* ---- a graph -------------------------------------------------------------------------------- */

/* Each slot keeps an executable graph from one preparation of a variant to the next. BARE: without
 * stamps. PHASED: with stamps and phases. */
enum gpu_graph_slot {
    GPU_GRAPH_CHAIN,
    GPU_GRAPH_CHAIN_BARE,
    GPU_GRAPH_DECODE,
    GPU_GRAPH_DECODE_BARE,
    GPU_GRAPH_PREFILL,
    GPU_GRAPH_BURST,
    GPU_GRAPH_BESIDE, /* the decode that runs beside a burst */
    GPU_GRAPH_BESIDE_BARE,
    GPU_GRAPH_BESIDE_PHASED,
    GPU_GRAPH_ATTENTION,
    GPU_GRAPH_ATTENTION_BARE,
    GPU_GRAPH_MODEL,
    GPU_GRAPH_MODEL_BARE,
    GPU_GRAPH_MODEL_PDL,
    GPU_GRAPH_MODEL_PDL_BARE,
    GPU_GRAPH_SLOTS
};

struct gpu_graph {
    cudaGraphExec_t exec;
    enum gpu_graph_slot slot;
    uint64_t shape;
    uint32_t nodes;
    bool updated; /* true: updated from the slot's graph; false: instantiated */
    uint64_t capture_ns, instantiate_ns;
};

/* What to capture. `record` only launches on a stream: it must not allocate, load or wait. */
struct gpu_recording {
    cudaError_t (*record)(void *context, cudaStream_t stream);
    void *context;
    /* An executable graph is updated only to a graph of equal shape. The shape must encode those
     * differences that cudaGraphExecUpdate might miss. It never misses a different number of nodes.
     */
    uint64_t shape;
};

/*
 * Captures a graph. Updates the slot's executable graph to it (cudaGraphExecUpdate) if CUDA can,
 * else instantiates a new one. Uploads the executable graph in both cases, so that no replay
 * includes the upload. If it fails, returns false, *error says why, and there is nothing to close.
 */
bool gpu_graph_open(struct gpu_graph *graph, enum gpu_graph_slot slot,
                    const struct gpu_recording *recording, cudaStream_t stream,
                    struct error *error);

/* Puts the executable graph back into its slot. Its nodes may point to freed memory, so it must be
 * updated before the next replay. Accepts a zeroed graph. */
void gpu_graph_close(struct gpu_graph *graph);

/* Adds the times of capture and instantiation to the variant's facts. */
void gpu_graph_describe(const struct gpu_graph *graph, struct graph_facts *facts);

/* Destroys the graphs in all slots. Call this before the device is closed. */
void gpu_graphs_forget(void);

/* ---- an iteration of replays ---------------------------------------------------------------- */

#define GPU_REPLAYS_RECENT 33u  /* number of latest submissions whose times are kept */
#define GPU_REPLAYS_STEPS  256u /* fewest steps per group */

/* Submits replays in groups. An event marks the end of each group, and at most two groups are in
 * flight. So a stop waits for at most two groups, and while one group runs the next is already
 * queued. */
struct gpu_replays {
    cudaGraphExec_t exec; /* the graph to replay in this iteration */
    uint32_t pieces, group, submitted;
    cudaEvent_t events[2]; /* they mark the ends of groups alternately */
    uint64_t count;        /* timed submissions so far */
    uint64_t first_ns, recent_ns[GPU_REPLAYS_RECENT];
};

bool gpu_replays_open(struct gpu_replays *replays, const struct graph_plan *plan,
                      struct error *error);
void gpu_replays_close(struct gpu_replays *replays); /* accepts a zeroed struct */

/* Submits the first replays of an iteration that gpu_lab_begin started. */
bool gpu_replays_begin(struct gpu_replays *replays, struct gpu_lab *lab, cudaGraphExec_t exec,
                       struct error *error);

/* For a variant's member `poll`: submits the remaining replays, then waits like gpu_lab_poll. */
enum poll_state gpu_replays_poll(struct gpu_replays *replays, struct gpu_lab *lab, uint64_t wait_ns,
                                 struct stamp_batch *batch, struct error *error);

void gpu_replays_describe(const struct gpu_replays *replays, struct graph_facts *facts);

__END_DECLS
