/*
 * prefill.h - the prefill that stands beside a decode: PREFILL_CHUNKS chunks of PREFILL_CHUNK_ELEMS
 * floats, each copied (dst = src) and then computed (dst += src). Here are its memory, its two ways
 * of copying, the burst as a graph, and what it says of itself; prefill_decode.h joins it to a
 * decode.
 *
 * Every kernel of a chunk counts its CTAs: the first to begin and the last to end stamp the chunk
 * by the GPU's timer, and keep count of the copies that are under way. So what is said of a burst
 * was seen where it ran, and not by the host.
 */
#ifndef KERNELS_CUDA_PREFILL_H
#define KERNELS_CUDA_PREFILL_H

#include "gpu_graph.h"
#include "gpu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PREFILL_STREAMS_MOST 17 /* as the knob says, and one for computing */

/* ---- what kernels are given, and say --------------------------------------------------------- */

/* Of a kernel of one chunk. In device memory; the counts are 0 while none runs. */
struct prefill_record {
    uint64_t begin_ns, end_ns; /* of the GPU's timer */
    uint32_t begun, ended;     /* CTAs */
};

/* In device memory. */
struct prefill_control {
    uint32_t under_way, most; /* copies now, and at most since it was opened */
    uint32_t finished;        /* chunks of this iteration */
    uint32_t pad[29];
};

struct prefill_run {
    const float *src; /* [chunks][chunk_elems] */
    float *dst;
    uint64_t chunk_elems;
    uint32_t chunks;
    uint32_t delay_ns;                        /* a simulated copy takes at least that */
    struct prefill_record *copies, *computes; /* [chunks] */
    struct prefill_control *control;
    const uint32_t *abort; /* device memory; not 0: leave what has not begun */
    uint32_t *done;        /* mapped: becomes GPU_DONE behind the last chunk */
    uint32_t *beats;       /* mapped: changes while chunks are worked on */
};

/* ---- the host's side ------------------------------------------------------------------------- */

struct prefill;

/* A way of copying. */
struct prefill_engine {
    const char *name; /* of what needs it, for sentences: "a simulated copy" */
    bool fused;       /* its copy kernel can do the computing as well */
    /* Why not, before anything is allocated. */
    bool (*accepts)(const struct knobs *knobs, const struct device_info *device,
                    struct error *error);
    /* Fills in prefill->ctas and what a launch needs. `computes`: the copy kernel also computes. */
    bool (*open)(struct prefill *prefill, bool computes, const struct device_info *device,
                 struct error *error);
    cudaError_t (*launch)(const struct prefill *prefill, uint32_t chunk, cudaStream_t stream);
};

extern const struct prefill_engine prefill_simulated; /* prefill_simulated.cu */
extern const struct prefill_engine prefill_native;    /* prefill_native.cu: strict, 9.0 */

/* A CUtensorMap, which this header need not know. */
struct prefill_map {
    uint64_t words[16];
} __attribute__((aligned(64)));

struct prefill {
    struct prefill_run run;
    const struct prefill_engine *engine;
    const struct knobs *knobs;
    bool computes;    /* the copy kernel does */
    uint32_t lanes;   /* chunks that are under way at once, at most: what the CTAs are shared by */
    uint32_t leave;   /* SMs that are the decode's */
    bool alone_on_sm; /* one CTA an SM, so that those that are left stay free */
    uint32_t ctas, shared_bytes; /* of a copy's launch */
    uint32_t compute_ctas;
    struct prefill_map maps[2];                 /* src, dst: of the native engine */
    cudaStream_t streams[PREFILL_STREAMS_MOST]; /* low priority; the first one carries the graph */
    uint32_t stream_count;
    void *device_memory;            /* dst, records, control */
    void *source;                   /* src, wherever it lies */
    struct prefill_record *records; /* pinned: copies, then computes, as read last */
    struct prefill_control *read;   /* pinned */
    struct prefill_span *spans;     /* [span_room] of the last iteration */
    uint32_t span_room, span_count;
};

/* What the prefill reads. */
#define PREFILL_KNOBS                                                                              \
    (KNOB_BIT(PREFILL_CHUNKS) | KNOB_BIT(PREFILL_CHUNK_ELEMS) | KNOB_BIT(PREFILL_SOURCE))

/* Bytes of device memory that it takes. */
uint64_t prefill_memory_bytes(const struct knobs *knobs);

/* What its copies read and write. */
uint64_t prefill_moved_bytes(const struct knobs *knobs);

/* Whether this device can: the engine, and where the bytes come from. */
bool prefill_accepts(const struct prefill_engine *engine, const struct knobs *knobs,
                     const struct device_info *device, struct error *error);

/* How it is to run. */
struct prefill_plan {
    const struct prefill_engine *engine;
    const struct setup *setup;
    bool computes;    /* copy and computing in one kernel, where the engine can */
    uint32_t streams; /* of its own; 0: it runs on the decode's */
    uint32_t lanes, leave;
    bool alone_on_sm;
};

/* Takes memory and streams, makes the source. `lab` is open. False: *error, nothing is held. */
bool prefill_open(struct prefill *prefill, const struct prefill_plan *plan,
                  const struct gpu_lab *lab, struct error *error);
void prefill_close(struct prefill *prefill); /* a zeroed one is fine */

/* Launches kernel `i` of [0, prefill_launches): a chunk's copy, or its computing. */
uint32_t prefill_launches(const struct prefill *prefill);
cudaError_t prefill_launch(const struct prefill *prefill, uint32_t i, cudaStream_t stream);

/*
 * Records the whole prefill under the capture that the first of its streams is in: chunks take
 * turns on the streams, at most `cap` copies are under way (0: as many as there are streams),
 * and the computing of a chunk stands in no later copy's way.
 */
cudaError_t prefill_record(const struct prefill *prefill, uint32_t cap);

/*
 * For an engine: shares the SMs among the chunks that are under way, so many CTAs each, no more
 * than have work. Fills in ctas and compute_ctas, and adds to shared_bytes what keeps a CTA alone
 * on its SM, where the plan says so.
 */
bool prefill_share(struct prefill *prefill, const void *kernel, uint32_t threads, uint64_t work,
                   const struct device_info *device, struct error *error);

/* Sets the counts back where an iteration was cut between two launches. */
bool prefill_reset(struct prefill *prefill, cudaStream_t stream, struct error *error);

/* ---- what is said of an iteration ------------------------------------------------------------ */

/* Forgets the spans of the last. */
void prefill_begin(struct prefill *prefill);

/* A call of the host's, begun at begin_ns and just over. */
void prefill_note_submit(struct prefill *prefill, uint32_t chunk, uint64_t begin_ns);

/* After a stamped iteration, with nothing running: adds the chunks', and hands all over. */
void prefill_collect(struct prefill *prefill, const struct gpu_lab *lab, struct stamp_batch *batch);

/* ---- kernels that are not measured, and the computing (prefill_chunk.cu) --------------------- */

/* dst += src of a chunk that was copied: dst holds src. */
cudaError_t prefill_launch_compute(const struct prefill *prefill, uint32_t chunk,
                                   cudaStream_t stream);
bool prefill_make_source(const struct prefill *prefill, cudaStream_t stream, struct error *error);
bool prefill_poison(const struct prefill *prefill, cudaStream_t stream, struct error *error);

/* Elements of dst that are not twice the source's; all of them where they can't be read. */
uint64_t prefill_count_wrong(const struct prefill *prefill, const struct gpu_lab *lab);

#ifdef __cplusplus
}
#endif

#endif
