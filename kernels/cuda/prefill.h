/*
 * prefill.h - the prefill that accompanies a decode: PREFILL_CHUNKS chunks of PREFILL_CHUNK_ELEMS
 * floats. Each chunk is copied (dst = src) and then computed on (dst += src). This file declares
 * the prefill's memory, its two copy engines, its launches and its report. prefill_decode.h
 * combines it with a decode.
 *
 * Every kernel of a chunk counts its CTAs. The first CTA to start and the last CTA to end stamp the
 * chunk with the GPU's timer, and update the number of copies in flight. So the times of a burst
 * are measured on the device, not on the host.
 */
#pragma once

#include "gpu_graph.h"
#include "gpu_lab.h"

__BEGIN_DECLS

#define PREFILL_STREAMS_MOST 17 /* the maximum of PREFILL_STREAMS, plus one for computing */

/* ---- kernel arguments and reports ----------------------------------------------------------- */

/* When one kernel of a chunk ran last. In device memory. */
struct prefill_record {
    uint64_t begin_ns, end_ns; /* GPU timer */
    uint32_t begun, ended; /* CTAs that have started, and ended; 0 between two runs of the kernel */
};

/* In device memory. */
struct prefill_control {
    uint32_t in_flight, most; /* copies in flight now, and the most in flight since prefill_open */
    uint32_t finished;        /* complete chunks of this iteration */
    uint32_t pad[29];
};

struct prefill_run {
    const float *src; /* [chunks][chunk_elems] */
    float *dst;
    uint64_t chunk_elems;
    uint32_t chunks;
    uint32_t delay_ns;                        /* shortest duration of a simulated copy */
    struct prefill_record *copies, *computes; /* [chunks] */
    struct prefill_control *control;
    const uint32_t *abort; /* device memory; not 0: skip the remaining work */
    uint32_t *done;        /* mapped: becomes GPU_DONE after the last chunk */
    uint32_t *beats;       /* mapped: kernels change it while they make progress */
};

/* ---- the host side -------------------------------------------------------------------------- */

struct prefill;

/* A copy engine. */
struct prefill_engine {
    bool fused; /* whether the copy kernel can also compute */
    /* Checks the knobs and the device before anything is allocated. Returns false if the engine
     * cannot run; *error says why not. */
    bool (*accepts)(const struct knobs *knobs, const struct device_info *device,
                    struct error *error);
    /* Sets prefill->ctas and everything else that `launch` needs. If it fails, returns false, and
     * *error says why. */
    bool (*open)(struct prefill *prefill, const struct device_info *device, struct error *error);
    /* Launches the copy of a chunk. */
    cudaError_t (*launch)(const struct prefill *prefill, uint32_t chunk, cudaStream_t stream);
};

extern const struct prefill_engine prefill_simulated; /* prefill_simulated.cu */
extern const struct prefill_engine prefill_native; /* prefill_native.cu: only for 9.0 and above */

/* A CUtensorMap. This header does not include <cuda.h>, which defines that type. */
struct prefill_map {
    uint64_t words[16];
} __attribute__((aligned(64)));

struct prefill {
    struct prefill_run run;
    const struct prefill_engine *engine;
    const struct knobs *knobs;
    bool computes;               /* the copy kernel also computes */
    uint32_t lanes;              /* chunks in flight that share the SMs */
    uint32_t leave;              /* number of SMs that the prefill leaves free for the decode */
    bool alone_on_sm;            /* at most one CTA per SM, so that those SMs stay free */
    uint32_t ctas, shared_bytes; /* per copy launch */
    uint32_t compute_ctas;
    struct prefill_map maps[2];                 /* src, dst: for the native engine */
    cudaStream_t streams[PREFILL_STREAMS_MOST]; /* low priority; the graph is captured and replayed
                                                   on the first */
    uint32_t stream_count; /* streams for copies; 0: the prefill uses the decode's stream */
    void *device_memory;   /* dst, records, control */
    void *source;          /* src, on this GPU, on another GPU, or in host memory */
    struct prefill_record *records; /* pinned: of copies, then of computations, as read last */
    struct prefill_control *read;   /* pinned */
    struct prefill_span *spans;     /* [span_room]: spans of the last iteration */
    uint32_t span_room, span_count;
};

/* Returns the bytes of device memory that a prefill needs. */
uint64_t prefill_memory_bytes(const struct knobs *knobs);

/* Returns the bytes that a prefill's copies read plus the bytes that they write. */
uint64_t prefill_moved_bytes(const struct knobs *knobs);

/* Whether this device supports the engine and PREFILL_SOURCE. If not, *error says why. */
bool prefill_accepts(const struct prefill_engine *engine, const struct knobs *knobs,
                     const struct device_info *device, struct error *error);

/* How the prefill should run. */
struct prefill_plan {
    const struct prefill_engine *engine;
    const struct setup *setup;
    bool computes;    /* copy and compute in one kernel if the engine is able to */
    uint32_t streams; /* streams for copies; 0: the prefill uses the decode's stream */
    uint32_t lanes, leave;
    bool alone_on_sm;
};

/* Allocates memory and streams, and generates the source. `lab` must be open. If it fails, returns
 * false, *error says why, and there is nothing to close. */
bool prefill_open(struct prefill *prefill, const struct prefill_plan *plan,
                  const struct gpu_lab *lab, struct error *error);
void prefill_close(struct prefill *prefill); /* accepts a zeroed struct */

/* prefill_launches returns the number of kernels. prefill_launch launches kernel i, which is a
 * chunk's copy or its computation. */
uint32_t prefill_launches(const struct prefill *prefill);
cudaError_t prefill_launch(const struct prefill *prefill, uint32_t i, cudaStream_t stream);

/*
 * Records the whole prefill in a capture of its first stream. Chunks alternate on the streams, with
 * at most `cap` copies in flight (0: one per stream). No copy waits for the computation of an
 * earlier chunk.
 */
cudaError_t prefill_record(const struct prefill *prefill, uint32_t cap);

/*
 * For an engine: sets ctas and compute_ctas so that the chunks in flight share the SMs equally.
 * threads: threads per CTA of the copy kernel. work: most CTAs that a copy can use. With
 * alone_on_sm, also raises shared_bytes so that two CTAs do not fit on an SM. If it fails, returns
 * false, and *error says why.
 */
bool prefill_share(struct prefill *prefill, const void *kernel, uint32_t threads, uint64_t work,
                   const struct device_info *device, struct error *error);

/* Resets the counters. Call this after an iteration was aborted between two launches. */
bool prefill_reset(struct prefill *prefill, cudaStream_t stream, struct error *error);

/* ---- reporting an iteration ----------------------------------------------------------------- */

/* Discards the spans of the previous iteration. */
void prefill_begin(struct prefill *prefill);

/* Records the span of a submission: a call that started at begin_ns and has just returned. */
void prefill_note_submit(struct prefill *prefill, uint32_t chunk, uint64_t begin_ns);

/* Call this after a stamped iteration, when all its kernels have ended. Adds the spans of copies
 * and computations to those of the submissions. Sets the spans of *batch, and the largest number of
 * copies in flight. */
void prefill_collect(struct prefill *prefill, const struct gpu_lab *lab, struct stamp_batch *batch);

/* ---- unmeasured kernels, and the computation (prefill_chunk.cu) ----------------------------- */

/* Launches the kernel that computes dst += src for a chunk. dst must contain the copy of src. */
cudaError_t prefill_launch_compute(const struct prefill *prefill, uint32_t chunk,
                                   cudaStream_t stream);
bool prefill_make_source(const struct prefill *prefill, cudaStream_t stream, struct error *error);
bool prefill_poison(const struct prefill *prefill, cudaStream_t stream, struct error *error);

/* Returns how many elements of dst are not twice the element of src. If they cannot be read,
 * returns the number of all elements. */
uint64_t prefill_count_wrong(const struct prefill *prefill, const struct gpu_lab *lab);

__END_DECLS
