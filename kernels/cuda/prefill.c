#include "prefill.h"
#include "../clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COMPUTE_FLOATS   4096u /* fewest floats per CTA of the computation */
#define COMPUTE_ON_SM    2u    /* most CTAs of the computation per SM */
#define SM_SHARED_SYSTEM 1024u /* bytes of shared memory that CUDA reserves per CTA */

/* ---- requirements --------------------------------------------------------------------------- */

static uint64_t chunk_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->prefill_chunk_elems * sizeof(float);
}

static uint64_t tensor_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->prefill_chunks * chunk_bytes(knobs);
}

static uint64_t record_bytes(const struct knobs *knobs)
{
    return 2 * (uint64_t)knobs->prefill_chunks * sizeof(struct prefill_record);
}

uint64_t prefill_memory_bytes(const struct knobs *knobs)
{
    return (knobs->prefill_source == SOURCE_DEVICE ? 2 : 1) * tensor_bytes(knobs) +
           record_bytes(knobs) + sizeof(struct prefill_control);
}

uint64_t prefill_moved_bytes(const struct knobs *knobs)
{
    return 2 * tensor_bytes(knobs);
}

static bool finds_peer(const struct device_info *device, struct error *error)
{
    if (device->gpus < 2)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "PREFILL_SOURCE peer needs a second GPU, but there is only one: use device or host");
    return device->reaches_peer || error_set(error, ERROR_UNSUPPORTED,
                                             "PREFILL_SOURCE peer: %s cannot access the memory of "
                                             "the next GPU: use device or host",
                                             device->id);
}

/* Whether a source in host memory fits. Pinned memory is allocated physically at once, and cannot
 * be swapped out. */
static bool fits_host(const struct knobs *knobs, const struct device_info *device,
                      struct error *error)
{
    const uint64_t system = device->system_free_bytes, cgroup = device->cgroup_free_bytes;
    const uint64_t free_bytes = cgroup > 0 && (system == 0 || cgroup < system) ? cgroup : system;
    const uint64_t allowed = free_bytes / 10 * 9, bytes = tensor_bytes(knobs);
    return free_bytes == 0 || bytes <= allowed ||
           error_set(error, ERROR_UNSUPPORTED,
                     "PREFILL_SOURCE host with PREFILL_CHUNKS %" PRId64
                     ", PREFILL_CHUNK_ELEMS %" PRId64 " needs %" PRIu64
                     " bytes of host memory; at most %" PRIu64
                     " are accepted, 90 %% of the free memory",
                     knobs->prefill_chunks, knobs->prefill_chunk_elems, bytes, allowed);
}

bool prefill_accepts(const struct prefill_engine *engine, const struct knobs *knobs,
                     const struct device_info *device, struct error *error)
{
    return engine->accepts(knobs, device, error) &&
           (knobs->prefill_source != SOURCE_PEER || finds_peer(device, error)) &&
           (knobs->prefill_source != SOURCE_HOST || fits_host(knobs, device, error));
}

/* ---- memory --------------------------------------------------------------------------------- */

static bool take_peer(void **memory, uint64_t bytes, struct error *error)
{
    int own, count;
    if (!gpu_right(cudaGetDevice(&own), "cudaGetDevice", error) ||
        !gpu_right(cudaGetDeviceCount(&count), "cudaGetDeviceCount", error))
        return false;
    const int peer = (own + 1) % count; /* the next GPU */
    const cudaError_t enabled = cudaDeviceEnablePeerAccess(peer, 0);
    if (enabled == cudaErrorPeerAccessAlreadyEnabled)
        cudaGetLastError();
    else if (!gpu_right(enabled, "cudaDeviceEnablePeerAccess", error))
        return false;
    if (!gpu_right(cudaSetDevice(peer), "cudaSetDevice", error))
        return false;
    const bool taken = gpu_right(cudaMalloc(memory, bytes), "cudaMalloc", error);
    return gpu_right(cudaSetDevice(own), "cudaSetDevice", error) && taken;
}

static bool take_source(struct prefill *prefill, struct error *error)
{
    const uint64_t bytes = tensor_bytes(prefill->knobs);
    switch ((enum prefill_source)prefill->knobs->prefill_source) {
    case SOURCE_HOST:
        return gpu_right(cudaHostAlloc(&prefill->source, bytes, cudaHostAllocMapped),
                         "cudaHostAlloc", error);
    case SOURCE_PEER:
        return take_peer(&prefill->source, bytes, error);
    case SOURCE_DEVICE:
        break;
    }
    return gpu_right(cudaMalloc(&prefill->source, bytes), "cudaMalloc", error);
}

/* Returns the number of streams to create: those for copies, plus one for computing if the
 * computation is a separate kernel. 0 if the prefill uses the decode's stream. */
static uint32_t own_streams(const struct prefill *prefill)
{
    return prefill->stream_count > 0 ? prefill->stream_count + !prefill->computes : 0;
}

static bool take_streams(struct prefill *prefill, struct error *error)
{
    int low, high;
    if (!gpu_right(cudaDeviceGetStreamPriorityRange(&low, &high),
                   "cudaDeviceGetStreamPriorityRange", error))
        return false;
    for (uint32_t i = 0; i < own_streams(prefill); i++)
        if (!gpu_right(
                cudaStreamCreateWithPriority(&prefill->streams[i], cudaStreamNonBlocking, low),
                "cudaStreamCreateWithPriority", error))
            return false;
    return true;
}

static bool take_memory(struct prefill *prefill, const struct gpu_lab *lab, struct error *error)
{
    const struct knobs *knobs = prefill->knobs;
    const uint64_t tensor = tensor_bytes(knobs), records = record_bytes(knobs);
    /* For each chunk there may be four spans: the kernel and the submission of the copy, and the
     * same of the computation. Two more are the submissions of the prefill and of the decode. */
    prefill->span_room = 4 * (uint32_t)knobs->prefill_chunks + 2;
    prefill->spans = malloc(prefill->span_room * sizeof *prefill->spans);
    if (prefill->spans == NULL)
        return error_set(error, ERROR_RUN, "no memory for the spans of a prefill");
    if (!take_source(prefill, error) ||
        !gpu_right(
            cudaMalloc(&prefill->device_memory, tensor + records + sizeof(struct prefill_control)),
            "cudaMalloc", error) ||
        !gpu_right(cudaHostAlloc((void **)&prefill->records,
                                 records + sizeof(struct prefill_control), cudaHostAllocDefault),
                   "cudaHostAlloc", error))
        return false;
    char *const memory = prefill->device_memory;
    struct prefill_record *const device_records = (void *)(memory + tensor);
    prefill->read = (void *)((char *)prefill->records + records);
    prefill->run = (struct prefill_run){
        .src = prefill->source,
        .dst = (float *)(void *)memory,
        .chunk_elems = (uint64_t)knobs->prefill_chunk_elems,
        .chunks = (uint32_t)knobs->prefill_chunks,
        .delay_ns = (uint32_t)knobs->copy_delay_ns,
        .copies = device_records,
        .computes = device_records + knobs->prefill_chunks,
        .control = (void *)(memory + tensor + records),
        .abort = &lab->control->abort,
        .done = lab->done + lab->programs,
        .beats = lab->beats,
    };
    return gpu_right(cudaMemsetAsync(device_records, 0, records + sizeof(struct prefill_control),
                                     lab->side),
                     "cudaMemsetAsync", error) &&
           gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error);
}

bool prefill_open(struct prefill *prefill, const struct prefill_plan *plan,
                  const struct gpu_lab *lab, struct error *error)
{
    *prefill = (struct prefill){
        .engine = plan->engine,
        .knobs = &plan->setup->plan->used,
        .computes = plan->computes && plan->engine->fused,
        .lanes = plan->lanes,
        .leave = plan->leave,
        .alone_on_sm = plan->alone_on_sm,
        .stream_count = plan->streams,
    };
    if (take_streams(prefill, error) && take_memory(prefill, lab, error) &&
        plan->engine->open(prefill, plan->setup->device, error) &&
        prefill_make_source(prefill, lab->side, error))
        return true;
    prefill_close(prefill);
    return false;
}

void prefill_close(struct prefill *prefill)
{
    for (uint32_t i = 0; i < PREFILL_STREAMS_MOST; i++)
        if (prefill->streams[i])
            cudaStreamDestroy(prefill->streams[i]);
    if (prefill->source && prefill->knobs->prefill_source == SOURCE_HOST)
        cudaFreeHost(prefill->source);
    else if (prefill->source)
        cudaFree(prefill->source);
    cudaFree(prefill->device_memory);
    cudaFreeHost(prefill->records);
    free(prefill->spans);
    *prefill = (struct prefill){0};
    cudaGetLastError();
}

/* ---- CTAs ----------------------------------------------------------------------------------- */

static uint32_t at_least_one(uint64_t count)
{
    return count > 0 ? (uint32_t)count : 1;
}

/* Returns a bit more than half of an SM's shared memory. With that much per CTA, two CTAs do not
 * fit on an SM. */
static uint32_t alone_bytes(const struct device_info *device)
{
    return (device->shared_bytes + SM_SHARED_SYSTEM) / 2 + SM_SHARED_SYSTEM;
}

bool prefill_share(struct prefill *prefill, const void *kernel, uint32_t threads, uint64_t work,
                   const struct device_info *device, struct error *error)
{
    int on_sm = 0;
    const uint32_t sms =
        device->units > prefill->leave ? device->units - prefill->leave : 1; /* at least one */
    if (prefill->alone_on_sm && prefill->shared_bytes < alone_bytes(device))
        prefill->shared_bytes = alone_bytes(device);
    if (!gpu_right(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        (int)prefill->shared_bytes),
                   "cudaFuncSetAttribute", error) ||
        !gpu_right(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&on_sm, kernel, (int)threads,
                                                                 prefill->shared_bytes),
                   "cudaOccupancyMaxActiveBlocksPerMultiprocessor", error))
        return false;
    const uint32_t room = at_least_one((uint64_t)sms * (uint32_t)on_sm / prefill->lanes);
    const uint64_t pieces = (prefill->run.chunk_elems + COMPUTE_FLOATS - 1) / COMPUTE_FLOATS;
    const uint32_t compute_room = at_least_one(sms * COMPUTE_ON_SM / prefill->lanes);
    prefill->ctas = work < room ? at_least_one(work) : room;
    prefill->compute_ctas = pieces < compute_room ? at_least_one(pieces) : compute_room;
    return true;
}

/* ---- launching ------------------------------------------------------------------------------ */

uint32_t prefill_launches(const struct prefill *prefill)
{
    return prefill->run.chunks * (prefill->computes ? 1 : 2);
}

cudaError_t prefill_launch(const struct prefill *prefill, uint32_t i, cudaStream_t stream)
{
    if (prefill->computes)
        return prefill->engine->launch(prefill, i, stream);
    return i % 2 == 0 ? prefill->engine->launch(prefill, i / 2, stream)
                      : prefill_launch_compute(prefill, i / 2, stream);
}

/* The events of a capture, which become the graph's edges. */
struct edges {
    cudaEvent_t *copied; /* [chunks] */
    cudaEvent_t forked, joined;
    cudaStream_t computing;
    uint32_t chunks;
};

static bool open_edges(struct edges *edges, uint32_t chunks)
{
    *edges = (struct edges){.copied = calloc(chunks, sizeof *edges->copied), .chunks = chunks};
    if (edges->copied == NULL ||
        cudaEventCreateWithFlags(&edges->forked, cudaEventDisableTiming) != cudaSuccess ||
        cudaEventCreateWithFlags(&edges->joined, cudaEventDisableTiming) != cudaSuccess)
        return false;
    for (uint32_t i = 0; i < chunks; i++)
        if (cudaEventCreateWithFlags(&edges->copied[i], cudaEventDisableTiming) != cudaSuccess)
            return false;
    return true;
}

static void close_edges(struct edges *edges)
{
    for (uint32_t i = 0; edges->copied && i < edges->chunks; i++)
        if (edges->copied[i])
            cudaEventDestroy(edges->copied[i]);
    if (edges->forked)
        cudaEventDestroy(edges->forked);
    if (edges->joined)
        cudaEventDestroy(edges->joined);
    free(edges->copied);
}

/* Records a chunk's copy on its stream. If there is a cap, the copy waits for the copy `cap` chunks
 * earlier. */
static cudaError_t record_copy(const struct prefill *prefill, const struct edges *edges,
                               uint32_t chunk, uint32_t cap)
{
    cudaStream_t stream = prefill->streams[chunk % prefill->stream_count];
    cudaError_t status = cudaSuccess;
    /* Without this edge, at most one copy per stream is in flight. */
    if (cap > 0 && cap < prefill->stream_count && chunk >= cap)
        status = cudaStreamWaitEvent(stream, edges->copied[chunk - cap], 0);
    if (status == cudaSuccess)
        status = prefill->engine->launch(prefill, chunk, stream);
    if (status == cudaSuccess)
        status = cudaEventRecord(edges->copied[chunk], stream);
    return status;
}

/* Records the computation of a chunk. Chunks are computed one after another on the last stream. */
static cudaError_t record_compute(const struct prefill *prefill, const struct edges *edges,
                                  uint32_t chunk)
{
    cudaStream_t stream = prefill->streams[prefill->stream_count];
    cudaError_t status = cudaStreamWaitEvent(stream, edges->copied[chunk], 0);
    if (status == cudaSuccess)
        status = prefill_launch_compute(prefill, chunk, stream);
    return status;
}

static cudaError_t record_chunks(const struct prefill *prefill, const struct edges *edges,
                                 uint32_t cap)
{
    const uint32_t streams = own_streams(prefill);
    cudaError_t status = cudaEventRecord(edges->forked, prefill->streams[0]);
    for (uint32_t i = 1; i < streams && status == cudaSuccess; i++)
        status = cudaStreamWaitEvent(prefill->streams[i], edges->forked, 0);
    for (uint32_t chunk = 0; chunk < prefill->run.chunks && status == cudaSuccess; chunk++) {
        status = record_copy(prefill, edges, chunk, cap);
        if (status == cudaSuccess && !prefill->computes)
            status = record_compute(prefill, edges, chunk);
    }
    for (uint32_t i = 1; i < streams && status == cudaSuccess; i++) {
        status = cudaEventRecord(edges->joined, prefill->streams[i]);
        if (status == cudaSuccess)
            status = cudaStreamWaitEvent(prefill->streams[0], edges->joined, 0);
    }
    return status;
}

cudaError_t prefill_record(const struct prefill *prefill, uint32_t cap)
{
    struct edges edges;
    const cudaError_t status = open_edges(&edges, prefill->run.chunks)
                                   ? record_chunks(prefill, &edges, cap)
                                   : cudaErrorMemoryAllocation;
    close_edges(&edges);
    return status;
}

bool prefill_reset(struct prefill *prefill, cudaStream_t stream, struct error *error)
{
    return gpu_right(cudaMemsetAsync(&prefill->run.control->finished, 0,
                                     sizeof prefill->run.control->finished, stream),
                     "cudaMemsetAsync", error);
}

/* ---- reporting an iteration ----------------------------------------------------------------- */

void prefill_begin(struct prefill *prefill)
{
    prefill->span_count = 0;
}

static void add_span(struct prefill *prefill, const struct prefill_span *span)
{
    if (prefill->span_count < prefill->span_room)
        prefill->spans[prefill->span_count++] = *span;
}

static uint32_t stream_of(const struct prefill *prefill, uint32_t chunk)
{
    return prefill->stream_count > 0 && chunk < prefill->run.chunks ? chunk % prefill->stream_count
                                                                    : 0;
}

void prefill_note_submit(struct prefill *prefill, uint32_t chunk, uint64_t begin_ns)
{
    add_span(prefill, &(struct prefill_span){.begin_ns = begin_ns,
                                             .end_ns = clock_now(),
                                             .kind = SPAN_SUBMIT,
                                             .stream = stream_of(prefill, chunk),
                                             .chunk = chunk});
}

static void add_records(struct prefill *prefill, const struct prefill_record *records,
                        enum span_kind kind)
{
    for (uint32_t chunk = 0; chunk < prefill->run.chunks; chunk++)
        add_span(prefill,
                 &(struct prefill_span){.begin_ns = gpu_clock_host(records[chunk].begin_ns, 0),
                                        .end_ns = gpu_clock_host(records[chunk].end_ns, 0),
                                        .kind = kind,
                                        .stream = stream_of(prefill, chunk),
                                        .chunk = chunk});
}

void prefill_collect(struct prefill *prefill, const struct gpu_lab *lab, struct stamp_batch *batch)
{
    const size_t bytes = record_bytes(prefill->knobs) + sizeof(struct prefill_control);
    batch->spans = prefill->spans;
    if (cudaMemcpyAsync(prefill->records, prefill->run.copies, bytes, cudaMemcpyDeviceToHost,
                        lab->side) != cudaSuccess ||
        cudaStreamSynchronize(lab->side) != cudaSuccess)
        return; /* the next CUDA call reports the error */
    add_records(prefill, prefill->records, SPAN_COPY);
    if (!prefill->computes)
        add_records(prefill, prefill->records + prefill->run.chunks, SPAN_COMPUTE);
    batch->span_count = prefill->span_count;
    batch->in_flight_most = prefill->read->most;
}
