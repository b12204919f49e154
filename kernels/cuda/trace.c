/*
 * trace.c - records a trace with CUPTI: kernels with their graph nodes, copies, runtime and driver
 * calls, and NVTX ranges, on the lab clock. CUPTI is loaded on demand.
 *
 * It enables CONCURRENT_KERNEL, because KERNEL would serialise all kernels. A persistent kernel
 * gives one record, after it has ended; only stamps show what happens inside.
 */
#include "../clock.h"
#include "../cupti.h"
#include "cuda.h"

#include <cuda_profiler_api.h>

static void mark(bool begins)
{
    if (begins)
        cudaProfilerStart();
    else
        cudaProfilerStop();
}

#if __has_include(<cupti.h>)

#include <cuda_runtime_api.h>
#include <cupti.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES  (UINT64_C(4) << 20)
#define RECORDS_MOST  (UINT64_C(1) << 20)
#define CLOCK_READS   100u
#define RATE_LEAST_NS UINT64_C(50000000) /* shortest time between readings that give a rate */

static const CUpti_ActivityKind kinds[] = {
    CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, CUPTI_ACTIVITY_KIND_MEMCPY, CUPTI_ACTIVITY_KIND_MEMSET,
    CUPTI_ACTIVITY_KIND_RUNTIME,           CUPTI_ACTIVITY_KIND_DRIVER, CUPTI_ACTIVITY_KIND_MARKER,
};

/* One moment, as both clocks show it. */
struct moment {
    uint64_t host_ns, cupti_ns, error_ns;
};

static struct {
    CUptiResult (*subscribe)(CUpti_SubscriberHandle *, CUpti_CallbackFunc, void *);
    CUptiResult (*enable)(CUpti_ActivityKind);
    CUptiResult (*register_callbacks)(CUpti_BuffersCallbackRequestFunc,
                                      CUpti_BuffersCallbackCompleteFunc);
    CUptiResult (*flush)(uint32_t);
    CUptiResult (*next)(uint8_t *, size_t, CUpti_Activity **);
    CUptiResult (*dropped)(CUcontext, uint32_t, size_t *);
    CUptiResult (*timestamp)(uint64_t *);
    CUptiResult (*callback_name)(CUpti_CallbackDomain, uint32_t, const char **);
    CUptiResult (*result_string)(CUptiResult, const char **);
} cupti;

/* The trace. CUPTI's thread adds records to it, and so does any thread that flushes CUPTI's
 * buffers. end_trace converts their times from CUPTI's clock to the lab clock. */
static struct {
    pthread_mutex_t mutex;
    struct activity *list;
    size_t count, room;
    uint64_t lost;
    struct moment begin;
} seen = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- names ---------------------------------------------------------------------------------- */

/* Parses one part of a mangled name: a number, then that many characters. Advances *at. Returns
 * NULL if there is no further part. */
static const char *take_part(const char **at, size_t *length)
{
    char *end;
    if (**at < '1' || **at > '9')
        return NULL;
    *length = strtoul(*at, &end, 10);
    if (strlen(end) < *length)
        return NULL;
    *at = end + *length;
    return end;
}

/* Shortens a mangled name to its last part and the integers among its template arguments:
 * "_Z6kernelILi8ELi4EEvPf" becomes "kernel<8,4>". Leaves all other names unchanged. */
static void name_kernel(const char *mangled, char *name, size_t size)
{
    const char *at = mangled, *part = NULL, *next;
    size_t length = 0, next_length;
    snprintf(name, size, "%s", mangled ? mangled : "kernel");
    if (!mangled || strncmp(mangled, "_Z", 2) != 0)
        return;
    at += 2 + strspn(mangled + 2, "NL");
    while ((next = take_part(&at, &next_length)) != NULL) {
        part = next;
        length = next_length;
        at += *at == 'L';
    }
    if (!part)
        return;
    size_t written = (size_t)snprintf(name, size, "%.*s", (int)length, part);
    if (*at++ != 'I')
        return;
    const char *joint = "<";
    while (*at == 'L' && written < size) {
        at += 1 + (at[1] != '\0');
        const size_t digits = strspn(at, "n0123456789");
        if (digits == 0 || at[digits] != 'E')
            break;
        written += (size_t)snprintf(name + written, size - written, "%s%s%.*s", joint,
                                    *at == 'n' ? "-" : "", (int)(digits - (*at == 'n')),
                                    at + (*at == 'n'));
        joint = ",";
        at += digits + 1;
    }
    if (*joint == ',' && written < size)
        snprintf(name + written, size - written, ">");
}

/* Stores the name of a call, without a version: "cudaLaunchKernelExC_v11060" becomes
 * "cudaLaunchKernelExC". */
static void name_call(CUpti_CallbackDomain domain, uint32_t id, char *name, size_t size)
{
    const char *known = NULL;
    if (cupti.callback_name(domain, id, &known) != CUPTI_SUCCESS || !known)
        known = domain == CUPTI_CB_DOMAIN_RUNTIME_API ? "runtime call" : "driver call";
    snprintf(name, size, "%s", known);
    char *version = strstr(name, "_v");
    if (version && version[2 + strspn(version + 2, "0123456789")] == '\0' &&
        domain == CUPTI_CB_DOMAIN_RUNTIME_API)
        *version = '\0';
}

/* ---- records -------------------------------------------------------------------------------- */

static struct activity *add(enum activity_kind kind, uint64_t begin_ns, uint64_t end_ns)
{
    if (seen.count == seen.room) {
        const size_t more = seen.room ? 2 * seen.room : 4096;
        struct activity *grown =
            more <= RECORDS_MOST ? realloc(seen.list, more * sizeof *grown) : NULL;
        if (!grown) {
            seen.lost++;
            return NULL;
        }
        seen.list = grown;
        seen.room = more;
    }
    struct activity *activity = &seen.list[seen.count++];
    *activity = (struct activity){.kind = kind, .begin_ns = begin_ns, .end_ns = end_ns};
    return activity;
}

static void add_kernel(const CUpti_ActivityKernel10 *record)
{
    struct activity *activity = add(ACTIVITY_KERNEL, record->start, record->end);
    if (!activity)
        return;
    activity->place = record->streamId;
    activity->correlation = record->correlationId;
    activity->graph_node = record->graphNodeId;
    activity->ctas = (uint32_t)(record->gridX * record->gridY * record->gridZ);
    activity->threads = (uint32_t)(record->blockX * record->blockY * record->blockZ);
    activity->shared_bytes = (uint32_t)(record->staticSharedMemory + record->dynamicSharedMemory);
    activity->registers = record->registersPerThread;
    name_kernel(record->name, activity->name, sizeof activity->name);
}

static void add_copy(const CUpti_ActivityMemcpy6 *record)
{
    static const char *const names[] = {
        [CUPTI_ACTIVITY_MEMCPY_KIND_HTOD] = "copy, host to device",
        [CUPTI_ACTIVITY_MEMCPY_KIND_DTOH] = "copy, device to host",
        [CUPTI_ACTIVITY_MEMCPY_KIND_DTOD] = "copy, device to device",
        [CUPTI_ACTIVITY_MEMCPY_KIND_PTOP] = "copy, peer to peer",
    };
    struct activity *activity = add(ACTIVITY_COPY, record->start, record->end);
    if (!activity)
        return;
    const char *name =
        record->copyKind < sizeof names / sizeof *names ? names[record->copyKind] : NULL;
    activity->place = record->streamId;
    activity->correlation = record->correlationId;
    activity->graph_node = record->graphNodeId;
    activity->bytes = record->bytes;
    snprintf(activity->name, sizeof activity->name, "%s", name ? name : "copy");
}

static void add_fill(const CUpti_ActivityMemset4 *record)
{
    struct activity *activity = add(ACTIVITY_COPY, record->start, record->end);
    if (!activity)
        return;
    activity->place = record->streamId;
    activity->correlation = record->correlationId;
    activity->graph_node = record->graphNodeId;
    activity->bytes = record->bytes;
    snprintf(activity->name, sizeof activity->name, "fill");
}

static void add_call(const CUpti_ActivityAPI *record)
{
    const CUpti_CallbackDomain domain = record->kind == CUPTI_ACTIVITY_KIND_RUNTIME
                                            ? CUPTI_CB_DOMAIN_RUNTIME_API
                                            : CUPTI_CB_DOMAIN_DRIVER_API;
    struct activity *activity = add(ACTIVITY_CALL, record->start, record->end);
    if (!activity)
        return;
    activity->place = record->threadId;
    activity->correlation = record->correlationId;
    name_call(domain, record->cbid, activity->name, sizeof activity->name);
}

/* A range has two records with the same id. The second record sets the end of the range. */
static void add_marker(const CUpti_ActivityMarker2 *record)
{
    if (record->flags & CUPTI_ACTIVITY_FLAG_MARKER_START) {
        struct activity *activity = add(ACTIVITY_RANGE, record->timestamp, 0);
        if (!activity)
            return;
        activity->correlation = record->id;
        snprintf(activity->name, sizeof activity->name, "%s",
                 record->name ? record->name : "range");
    }
    if (!(record->flags & CUPTI_ACTIVITY_FLAG_MARKER_END))
        return;
    for (size_t i = seen.count; i-- > 0;) {
        struct activity *activity = &seen.list[i];
        if (activity->kind == ACTIVITY_RANGE && activity->correlation == record->id) {
            activity->end_ns = record->timestamp;
            return;
        }
    }
}

static void add_record(CUpti_Activity *record)
{
    void *whole = record;
    switch (record->kind) {
    case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL:
        add_kernel(whole);
        break;
    case CUPTI_ACTIVITY_KIND_MEMCPY:
        add_copy(whole);
        break;
    case CUPTI_ACTIVITY_KIND_MEMSET:
        add_fill(whole);
        break;
    case CUPTI_ACTIVITY_KIND_RUNTIME:
    case CUPTI_ACTIVITY_KIND_DRIVER:
        add_call(whole);
        break;
    case CUPTI_ACTIVITY_KIND_MARKER:
        add_marker(whole);
        break;
    default:
        break;
    }
}

static void CUPTIAPI give_buffer(uint8_t **buffer, size_t *size, size_t *most_records)
{
    *buffer = aligned_alloc(8, BUFFER_BYTES);
    *size = *buffer ? BUFFER_BYTES : 0;
    *most_records = 0;
}

static void CUPTIAPI take_buffer(CUcontext context, uint32_t stream, uint8_t *buffer, size_t size,
                                 size_t valid)
{
    CUpti_Activity *record = NULL;
    size_t dropped = 0;
    (void)size;
    pthread_mutex_lock(&seen.mutex);
    while (cupti.next(buffer, valid, &record) == CUPTI_SUCCESS)
        add_record(record);
    if (cupti.dropped(context, stream, &dropped) == CUPTI_SUCCESS)
        seen.lost += dropped;
    pthread_mutex_unlock(&seen.mutex);
    free(buffer);
}

/* ---- clocks --------------------------------------------------------------------------------- */

/* Reads CUPTI's clock many times, each time between two readings of the lab clock. Returns the
 * reading for which these two are closest together. */
static struct moment look_at_clocks(void)
{
    struct moment best = {.error_ns = UINT64_MAX};
    for (unsigned i = 0; i < CLOCK_READS; i++) {
        uint64_t cupti_ns = 0;
        const uint64_t before_ns = clock_now();
        if (cupti.timestamp(&cupti_ns) != CUPTI_SUCCESS)
            continue;
        const uint64_t took_ns = clock_now() - before_ns;
        if (took_ns / 2 < best.error_ns)
            best = (struct moment){before_ns + took_ns / 2, cupti_ns, took_ns / 2};
    }
    return best;
}

static uint64_t to_lab_clock(const struct moment *begin, double rate, uint64_t cupti_ns)
{
    const double since_ns = (double)(int64_t)(cupti_ns - begin->cupti_ns);
    return begin->host_ns + (uint64_t)(int64_t)(since_ns * rate);
}

/* ---- the tracer ----------------------------------------------------------------------------- */

static void CUPTIAPI ignore(void *context, CUpti_CallbackDomain domain, CUpti_CallbackId id,
                            const void *data)
{
    (void)context, (void)domain, (void)id, (void)data;
}

static bool find_all(void *library)
{
    const struct {
        void **function;
        const char *name;
    } functions[] = {
        {(void **)&cupti.subscribe, "cuptiSubscribe"},
        {(void **)&cupti.enable, "cuptiActivityEnable"},
        {(void **)&cupti.register_callbacks, "cuptiActivityRegisterCallbacks"},
        {(void **)&cupti.flush, "cuptiActivityFlushAll"},
        {(void **)&cupti.next, "cuptiActivityGetNextRecord"},
        {(void **)&cupti.dropped, "cuptiActivityGetNumDroppedRecords"},
        {(void **)&cupti.timestamp, "cuptiGetTimestamp"},
        {(void **)&cupti.callback_name, "cuptiGetCallbackName"},
        {(void **)&cupti.result_string, "cuptiGetResultString"},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        *functions[i].function = dlsym(library, functions[i].name);
        if (!*functions[i].function)
            return false;
    }
    return true;
}

static bool right(CUptiResult result, const char *call, struct error *error)
{
    const char *text = NULL;
    if (result == CUPTI_SUCCESS)
        return true;
    if (result == CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "another tool already uses CUPTI in this process (error %d): run pdlab without it",
            (int)result);
    cupti.result_string(result, &text);
    return error_set(error, ERROR_UNSUPPORTED, "%s: CUPTI error %d, %s", call, (int)result,
                     text ? text : "unknown");
}

/* At the first range, NVTX loads the library that an environment variable names. Sets this variable
 * to CUPTI, so that CUPTI records ranges. */
static void route_ranges(void)
{
    Dl_info info;
    if (dladdr(*(void **)(void *)&cupti.enable, &info) && info.dli_fname)
        setenv("NVTX_INJECTION64_PATH", info.dli_fname, 0);
}

/* The library stays loaded: CUPTI cannot be removed from a process safely. */
static bool open_tracer(struct error *error)
{
    CUpti_SubscriberHandle subscriber;
    void *library = cupti_load();
    if (!library)
        return error_set(error, ERROR_UNSUPPORTED,
                         "libcupti is not installed: install it with the CUDA toolkit");
    if (!find_all(library))
        return error_set(error, ERROR_UNSUPPORTED,
                         "the installed libcupti lacks functions of CUDA %d.%d: install the "
                         "libcupti of that version",
                         CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    route_ranges();
    if (!right(cupti.subscribe(&subscriber, ignore, NULL), "cuptiSubscribe", error) ||
        !right(cupti.register_callbacks(give_buffer, take_buffer), "cuptiActivityRegisterCallbacks",
               error))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!right(cupti.enable(kinds[i]), "cuptiActivityEnable", error))
            return false;
    return true;
}

static void begin_trace(void)
{
    cupti.flush(0);
    pthread_mutex_lock(&seen.mutex);
    seen.count = 0;
    seen.lost = 0;
    pthread_mutex_unlock(&seen.mutex);
    seen.begin = look_at_clocks();
}

static int in_order(const void *a, const void *b)
{
    const struct activity *x = a, *y = b;
    if (x->begin_ns != y->begin_ns)
        return x->begin_ns < y->begin_ns ? -1 : 1;
    return (x->end_ns < y->end_ns) - (x->end_ns > y->end_ns);
}

/* Of two nested calls, keeps only the outer one, because the runtime calls the driver. Also drops
 * ranges that never ended. Returns how many activities are left. */
static size_t drop_inner(struct activity *list, size_t count)
{
    size_t left = 0, outer = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct activity *activity = &list[i];
        if (activity->end_ns < activity->begin_ns)
            continue;
        if (activity->kind == ACTIVITY_CALL) {
            if (outer != SIZE_MAX && list[outer].place == activity->place &&
                activity->end_ns <= list[outer].end_ns)
                continue;
            outer = left;
        }
        list[left++] = *activity;
    }
    return left;
}

static bool end_trace(struct activities *activities, struct error *error)
{
    if (!right(cupti.flush(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED), "cuptiActivityFlushAll", error))
        return false;
    const struct moment end = look_at_clocks();
    const struct moment *begin = &seen.begin;
    double rate = 1;
    if (begin->error_ns == UINT64_MAX || end.error_ns == UINT64_MAX)
        return error_set(error, ERROR_RUN, "cuptiGetTimestamp returned no time");
    if (end.host_ns - begin->host_ns > RATE_LEAST_NS && end.cupti_ns > begin->cupti_ns)
        rate = (double)(end.host_ns - begin->host_ns) / (double)(end.cupti_ns - begin->cupti_ns);
    pthread_mutex_lock(&seen.mutex);
    *activities = (struct activities){
        .list = seen.list,
        .count = seen.count,
        .lost = seen.lost,
        .error_ns = begin->error_ns > end.error_ns ? begin->error_ns : end.error_ns,
    };
    seen.list = NULL;
    seen.count = seen.room = 0;
    pthread_mutex_unlock(&seen.mutex);
    for (size_t i = 0; i < activities->count; i++) {
        struct activity *activity = &activities->list[i];
        activity->begin_ns = to_lab_clock(begin, rate, activity->begin_ns);
        if (activity->end_ns != 0)
            activity->end_ns = to_lab_clock(begin, rate, activity->end_ns);
    }
    if (activities->count > 0)
        qsort(activities->list, activities->count, sizeof *activities->list, in_order);
    activities->count = drop_inner(activities->list, activities->count);
    return true;
}

const struct tracer cuda_tracer = {
    .open = open_tracer, .begin = begin_trace, .end = end_trace, .mark = mark};

#else

static bool open_tracer(struct error *error)
{
    return error_set(error, ERROR_UNSUPPORTED,
                     "this build has no CUPTI support: install CUPTI's headers and rebuild");
}

const struct tracer cuda_tracer = {.open = open_tracer, .mark = mark};

#endif
