/*
 * lab.h - the contract between the lab and a variant. Neither uses anything else of the other.
 *
 * A variant is one way to run a workload (workload.h) on one backend: a struct variant describes
 * it, and a struct variant_ops, at the end of its file below kernels/, runs it. variants[]
 * (kernels/variants.c) lists all variants. The worker (src/engine/worker.c) drives each of them:
 *
 *     plan -> prepare -> poison -> { submit -> poll ... poll } ... -> release
 *
 * A variant that keeps a kernel or threads running between iterations must quiesce before every
 * call that needs the device for itself: poison, count_nan, output and release.
 *
 * submit and poll are measured: they do not allocate, lock or print. Everything else may be slow.
 * One thread drives a variant; only `stop` is written by another thread.
 *
 * Times are nanoseconds of the lab clock (clock.h). Sizes are in elements unless they say bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

__BEGIN_DECLS

/* ---- knobs ---------------------------------------------------------------------------------- */

#define KNOB_AUTO (-1) /* the value `auto`, for knobs that accept it */

enum knob_id {
#define KNOB(ID, ...) KNOB_##ID,
#include "knobs.def"
#undef KNOB
    KNOB_COUNT
};

#define KNOB_BIT(ID) (UINT64_C(1) << KNOB_##ID)

/* The values of all knobs, by name (knobs.seq_len) or by number (knobs.value[KNOB_SEQ_LEN]). */
struct knobs {
    union {
        struct {
#define KNOB(ID, field, ...) int64_t field;
#include "knobs.def"
#undef KNOB
        };
        int64_t value[KNOB_COUNT];
    };
};

enum step_sync { SYNC_AUTO, SYNC_NONE, SYNC_BLOCK, SYNC_CLUSTER, SYNC_FLAG, SYNC_GRID };
enum queue_ticket { QUEUE_AUTO, QUEUE_SEQUENCE, QUEUE_STEP };
enum graph_mode { GRAPH_MODE_FULL, GRAPH_MODE_PIECEWISE, GRAPH_MODE_FULL_AND_PIECEWISE };
enum data_type { DTYPE_BF16, DTYPE_FP16, DTYPE_FP32 };
enum prefill_source { SOURCE_DEVICE, SOURCE_HOST, SOURCE_PEER };

/* ---- devices -------------------------------------------------------------------------------- */

enum backend { BACKEND_CPU, BACKEND_CUDA, BACKEND_COUNT };

/* Properties of an open device. Unknown text is "", an unknown number is 0. */
struct device_info {
    enum backend backend;
    char id[16];                /* "cpu", "cuda:0": the argument of --device */
    char name[96];              /* "AMD EPYC", "NVIDIA H100 80GB HBM3" */
    char driver[64];            /* driver or kernel version */
    char isa[32];               /* the instruction set of the selected code: "AVX-512", "sm_90a" */
    uint32_t units;             /* cores that this process may use, or SMs */
    uint64_t memory_free_bytes; /* free when opened; on a CPU, the smaller of the next two */
    uint64_t system_free_bytes, cgroup_free_bytes; /* of the host; 0: unknown, or no limit */
    uint64_t memory_bytes;                         /* total */
    uint64_t cache_bytes;                          /* last-level cache: L3 of a CPU, L2 of a GPU */

    /* GPUs only. */
    uint32_t capability;   /* compute capability: 90 is 9.0 */
    uint32_t shared_bytes; /* shared memory that one CTA may opt into */
    uint32_t cluster_most; /* most CTAs in a cluster; 1: no clusters */
    uint32_t gpus;         /* GPUs in this machine */
    bool reaches_peer;     /* this GPU can read the memory of the next GPU */
    bool cooperative;      /* supports cooperative launches */
    bool blocking;    /* CUDA_LAUNCH_BLOCKING is set: a launch returns when its kernel has ended */
    bool serial;      /* the host waits for every kernel: blocking, or a tool enforces it */
    char runtime[32]; /* the CUDA runtime of this build, and the version that the driver supports */
    uint32_t sm_clock_mhz, sm_clock_most_mhz; /* when the device was opened; maximum */
};

/*
 * What the device can do at best, measured in under ten seconds: bandwidths in 1e9 bytes/s,
 * durations in ns. Bandwidths are the median of several passes. Durations are medians on a GPU. On
 * a CPU they are the lowest decile, because interference only ever adds to them. 0: unknown, or not
 * available. src/engine/ceilings.c describes each one and stores them; src/engine/floor.c derives
 * the floor from them.
 */
struct ceilings {
    double read_gb_per_s;        /* read by all units, from more memory than fits in the last-level
                                    cache */
    double cached_read_gb_per_s; /* read from cache: a GPU's L2, each core's own L1 */
    double copy_gb_per_s;        /* memory to memory: bytes read plus bytes written */

    /* Launches, graphs and signals between host and device. */
    double launch_ns;      /* per empty kernel, if many are launched back to back in a stream */
    double launch_sync_ns; /* an empty kernel, until cudaStreamSynchronize returns */
    double launch_seen_ns; /* an empty kernel, until the host sees a word in mapped memory change */
    double graph_sync_ns;  /* a graph of one node, until the host sees the word change */
    double graph_node_ns, graph_node_long_ns; /* per node, in a chain of 32 and of 1,024 nodes */
    double graph_edge_ns, graph_edge_long_ns; /* as graph_node, with programmatic edges */
    double doorbell_ns; /* a round trip in mapped memory: the host writes, a resident kernel
                           answers, the host sees the answer */
    double wake_ns;     /* CPU: from waking a sleeping thread until it runs */

    /* The time that one barrier across all programs adds to a step. */
    double block_barrier_ns;                         /* a CTA of 8 warps */
    double cluster2_barrier_ns, cluster4_barrier_ns; /* a cluster of 2, 4, … CTAs */
    double cluster8_barrier_ns, cluster16_barrier_ns;
    double flag_barrier_ns, flag_barrier_all_ns; /* a CTA on each of 8 SMs; on every SM. CPU: 2
                                                    threads; a thread per core */
    double grid_barrier_ns, grid_barrier_all_ns; /* grid.sync: 8 CTAs; a CTA on every SM */

    double dependent_step_ns; /* one step of `dot`: HEAD_DIM 64, CHAIN on, one sequence, inputs
                                 already loaded */
    double timer_step_ns;     /* gap between consecutive different readings of the clock */
    double stamp_ns;          /* the cost of one stamp */
};

/* ---- tracing -------------------------------------------------------------------------------- */

enum activity_kind {
    ACTIVITY_KERNEL,
    ACTIVITY_COPY, /* a copy between memories, or a fill */
    ACTIVITY_CALL, /* a call of the driver or the runtime, on the host */
    ACTIVITY_RANGE /* an annotation on the host */
};

/* One activity that a tracer recorded. Numbers that do not apply are 0. */
struct activity {
    enum activity_kind kind;
    uint64_t begin_ns, end_ns; /* lab clock */
    uint32_t place;            /* the stream; for a call, the host thread */
    uint32_t correlation;      /* equal for a call and for the activity that it started */
    uint64_t graph_node;       /* 0: not part of a graph */
    uint64_t bytes;            /* of a copy */
    uint32_t ctas, threads;    /* of a kernel: CTAs, and threads per CTA */
    uint32_t shared_bytes, registers;
    char name[64];
};

/* All activities that a tracer recorded, ordered by begin. */
struct activities {
    struct activity *list; /* malloc; the caller frees it */
    size_t count;
    uint64_t lost;     /* records dropped because a buffer was full */
    uint64_t error_ns; /* uncertainty of the times: they are converted from the tracer's clock */
};

/*
 * Records what a device does, without help from the variants. Tracing slows the device down, so a
 * process that traces measures nothing else. A process has at most one tracer.
 */
struct tracer {
    /* Call before the device is opened. False: *error is ERROR_UNSUPPORTED and says why; the
     * process continues as if it had not called this. */
    bool (*open)(struct error *error);
    /* Discards all activities recorded so far. */
    void (*begin)(void);
    /* Returns the activities since begin. Nothing may be running. False: *error is set and
     * *activities is empty. */
    bool (*end)(struct activities *activities, struct error *error);
    /* Tells a profiler that runs this process to begin or end its recording. Does not need
     * `open`. */
    void (*mark)(bool begins);
};

/* ---- meters --------------------------------------------------------------------------------- */

/* Reasons why a GPU's clock is below its maximum, the most informative first. */
enum throttle {
    THROTTLE_POWER_BRAKE,
    THROTTLE_HW_THERMAL,  /* the hardware lowers the clock because it is too hot */
    THROTTLE_HW_SLOWDOWN, /* the hardware lowers the clock, for any reason */
    THROTTLE_SW_THERMAL,  /* the driver lowers the clock because the device is too hot */
    THROTTLE_POWER_CAP,
    THROTTLE_SYNC_BOOST,         /* a group of GPUs runs at the clock of its slowest GPU */
    THROTTLE_APPLICATION_CLOCKS, /* application clocks are set below the maximum */
    THROTTLE_DISPLAY_CLOCKS,     /* the clock is lowered for the display configuration */
    THROTTLE_COUNT
};

/* Which members of struct meter_reading could be read. */
enum meter_bit {
    METER_SM_CLOCK = 1u << 0,
    METER_SM_CLOCK_MOST = 1u << 1,
    METER_MEMORY_CLOCK = 1u << 2,
    METER_POWER = 1u << 3,
    METER_TEMPERATURE = 1u << 4,
    METER_THROTTLES = 1u << 5,
    METER_ENERGY = 1u << 6,
    METER_QUOTA = 1u << 7,  /* quota_periods, throttled_periods, throttled_ns */
    METER_STOLEN = 1u << 8, /* stolen_ns, wanted_ns */
    METER_SWITCHES = 1u << 9,
    METER_CORES = 1u << 10,
};

/* Sensors and counters at one moment. Counters only grow. Their start is arbitrary, so only
 * differences have a meaning. */
struct meter_reading {
    uint32_t known; /* meter_bits of the valid members */

    /* GPUs only. */
    uint32_t sm_clock_mhz, sm_clock_most_mhz; /* now, and the maximum */
    uint32_t memory_clock_mhz;
    uint32_t power_mw;
    uint32_t temperature_c;
    uint32_t throttles; /* 1 << enum throttle */
    uint64_t energy_mj; /* counter */

    /* The host; all but `cores` are counters. */
    uint64_t quota_periods; /* periods of the CPU quota of the process's cgroup or of a parent */
    uint64_t throttled_periods;    /* periods in which the quota ran out */
    uint64_t throttled_ns;         /* how long threads waited for quota, added up over CPUs */
    uint64_t stolen_ns;            /* time that the host took from this virtual machine's CPUs */
    uint64_t wanted_ns;            /* time for which these CPUs were busy, plus stolen_ns */
    uint64_t involuntary_switches; /* of all threads of this process */
    uint32_t cores;                /* cores that this process may keep busy */
};

/* Reads a device's sensors and counters, even while the device is busy. A meter can be used from
 * any thread, but only from one at a time. */
struct meter {
    /* NULL: *error says why, and there is nothing to close. */
    void *(*open)(int index, struct error *error);
    /* Takes microseconds on a CPU; may take milliseconds on a GPU. */
    void (*read)(void *meter, struct meter_reading *reading);
    void (*close)(void *meter);
};

/* ---- plans ---------------------------------------------------------------------------------- */

/*
 * How many CTAs of a kernel fit on a GPU: all that a plan needs besides device_info. The backend
 * asks its driver once per question and caches the answer; tests answer from fixtures. `kernel`
 * comes from the variant's table of kernels; `shared` is dynamic shared memory in bytes.
 */
struct capacity {
    /* How many CTAs of `threads` threads fit on one SM at once; 0: none. */
    uint32_t (*ctas_per_sm)(const struct capacity *capacity, const void *kernel, uint32_t threads,
                            uint32_t shared);
    /* How many clusters of `size` such CTAs fit on the device at once. */
    uint32_t (*clusters)(const struct capacity *capacity, const void *kernel, uint32_t size,
                         uint32_t threads, uint32_t shared);
};

/* How a variant will run: `plan` decides, `prepare` carries it out. Members that a variant does not
 * use are 0. A plan is valid only in the process that made it. */
struct plan {
    struct knobs used; /* the knobs that the variant reads, with `auto` replaced */
    uint32_t programs; /* programs that write stamps */

    /* The launch of a persistent kernel. */
    const void *kernel;
    const void *phased; /* the same kernel, but it measures phases; NULL: PHASES is off */
    uint32_t ctas, threads, shared_bytes;
    uint32_t cluster; /* CTAs in a cluster; 1: no clusters */
    bool cooperative;

    /* How the programs of a persistent kernel divide a step. */
    uint32_t warps;  /* compute warps per program */
    uint32_t groups; /* groups of lanes in use per warp */
    uint32_t passes; /* most sequences that one group handles in a step */
    uint32_t splits; /* parts that the rows of one sequence's K/V head are split into */
    uint32_t stages; /* buffers for loaded data, per warp or per CTA */

    uint64_t work_bytes; /* device memory besides tensors and stamps: partial sums, counters */
};

/* ---- backends ------------------------------------------------------------------------------- */

/* A backend's devices: the counterpart of struct variant_ops. */
struct device_ops {
    enum backend backend;
    const char *name; /* "cpu", "cuda" */
    /* Whether this machine may have such a device: checks the file system, calls no driver. */
    bool (*present)(void);
    /* Fills *info for device `index`. False: there is none; *error says why. */
    bool (*open)(int index, struct device_info *info, struct error *error);
    /* Frees what open allocated. Does nothing if the device is not open. */
    void (*close)(int index);
    /* Measures an open, idle device. If `stop` is set, it fails soon. Frees all memory that it
     * allocates. NULL: this backend measures nothing. */
    bool (*ceilings)(int index, const uint32_t *stop, struct ceilings *ceilings,
                     struct error *error);
    /* Writes what can still be read about an iteration that does not stop, one fact per line.
     * `state` may belong to any variant of this backend. Makes no call that may block. NULL:
     * nothing can be read. */
    void (*diagnose)(const void *state, FILE *out);
    const struct tracer *tracer;     /* NULL: this backend has none */
    const struct meter *meter;       /* for an open device; NULL: this backend has none */
    const struct capacity *capacity; /* of the open device; NULL: no plan needs it */
};

extern const struct device_ops *const backends[BACKEND_COUNT]; /* NULL: not in this build */

/* ---- results of a run ----------------------------------------------------------------------- */

/* When one program worked on one step, on the lab clock. Both 0: it had no part in that step. */
struct stamp {
    uint64_t begin_ns; /* when it could begin: when it left the previous barrier */
    uint64_t end_ns;   /* when its share of the step was done */
};

/* How long one program waited since its previous step ended. Variants that read the knob PHASES
 * measure it if PHASES is on. The rest of the time, the program computed. */
struct phase {
    uint32_t data_ns;    /* for loads, copies, or its loader; 0 if compute includes them */
    uint32_t barrier_ns; /* for other programs */
};

/* One operation of a step, for variants that divide a step into operations: a model's layers. */
struct operation {
    char name[20];  /* "QKV", "attention", "head": equal for the same operation of other layers */
    uint32_t layer; /* OPERATION_NO_LAYER: not part of a layer */
};

#define OPERATION_NO_LAYER UINT32_MAX

/* When one program worked on one operation. Both times 0: it had no part in the operation. */
struct operation_stamp {
    uint64_t begin_ns, end_ns; /* lab clock; begin: when it left the previous operation's barrier */
    struct phase waits;        /* barrier_ns: between the previous operation's end and begin_ns;
                                  data_ns: within begin_ns .. end_ns */
};

/* What to record of an iteration. */
enum look { LOOK_NOTHING, LOOK_STAMPS, LOOK_PHASES /* phases and stamps */ };

/* The kinds of spans. Spans show what an iteration does for its prefill, chunk by chunk. */
enum span_kind {
    SPAN_SUBMIT, /* on the host: the call that submitted a chunk, the whole prefill or the decode */
    SPAN_COPY,   /* the copy of a chunk; includes its computation if one kernel does both */
    SPAN_COMPUTE, /* the computation on a copied chunk */
    SPAN_KINDS
};

/* Special chunk numbers. */
#define SPAN_PREFILL (UINT32_MAX - 1) /* all chunks, in one call */
#define SPAN_DECODE  UINT32_MAX

struct prefill_span {
    uint64_t begin_ns, end_ns; /* lab clock */
    uint32_t kind;             /* enum span_kind */
    uint32_t stream;           /* the prefill's stream, from 0 */
    uint32_t chunk;
};

/*
 * Rows [first, first + count) of the running iteration, in order of arrival. In a synchronised run,
 * row r is step r. In a free-running one, it is the r-th step that this program finished. If
 * `first` skips rows that were not returned yet, they were dropped. Earlier rows can still be read:
 * all of them or, with a ring, the last `ring` ones. Valid until the next poll, submit or release.
 */
struct stamp_batch {
    const struct stamp *stamps;
    const struct phase *phases; /* same layout as the stamps; NULL: not measured */
    size_t stride;              /* in stamps */
    uint32_t ring;              /* rows kept per program, a power of two; 0: all */
    uint32_t programs;
    uint32_t first, count;    /* rows; count may be 0 */
    uint32_t rows_run;        /* on DONE: most rows that a program ran, stamped or not */
    uint64_t left_out;        /* on DONE: rows of all programs that had no room for a stamp */
    uint64_t heartbeat;       /* grows while the device makes progress */
    uint64_t synchronised_ns; /* on DONE: when the host knew that the iteration was complete */
    /* On DONE, if the variant has operations and the iteration measures phases: the operations of
     * the last step, [programs][operation_count of the facts]. Else NULL. */
    const struct operation_stamp *operations;
    /* On DONE, for a stamped iteration with a prefill; else 0. In any order. */
    const struct prefill_span *spans;
    uint32_t span_count;
    uint32_t in_flight_most; /* most copies in flight at once, as counted on the device */
};

/* A program's stamp of a row. */
static inline const struct stamp *stamp_of(const struct stamp_batch *batch, uint32_t program,
                                           uint32_t row)
{
    return &batch->stamps[program * batch->stride + (batch->ring ? row & (batch->ring - 1) : row)];
}

/* The phase of the same row; only if the batch has phases. */
static inline const struct phase *phase_of(const struct stamp_batch *batch, uint32_t program,
                                           uint32_t row)
{
    return &batch->phases[program * batch->stride + (batch->ring ? row & (batch->ring - 1) : row)];
}

enum poll_state { POLL_RUNNING, POLL_DONE, POLL_FAILED };

/* How an iteration replays a graph. */
enum graph_path {
    GRAPH_PATH_NONE,
    GRAPH_PATH_FULL,      /* one replay per decode */
    GRAPH_PATH_PIECEWISE, /* several replays per decode */
};

/* What CUDA graphs cost on the host, in ns, for a variant that replays them. If an iteration uses
 * several graphs, capture_ns and instantiate_ns are sums. */
struct graph_facts {
    enum graph_path path;
    bool updated;        /* the existing executable graphs were updated, not instantiated again */
    uint64_t capture_ns; /* recording the launches */
    uint64_t instantiate_ns; /* from the end of the recording until the graph can be replayed */
    uint64_t
        first_replay_ns; /* the call that submitted the first replay of the decode; 0: none yet */
    uint64_t replay_ns;  /* the call that submits a later replay: median of the newest calls */
};

/* What a prepared variant reports about itself; constant from prepare to release, except for replay
 * times. */
struct facts {
    uint32_t programs;               /* programs that write stamps */
    uint32_t launches_per_iteration; /* kernel launches, or wake-ups of the thread pool */
    uint32_t graph_nodes;            /* nodes replayed per iteration; 0 without a graph */
    bool free_running;               /* programs do not wait for each other between steps */
    uint64_t stamp_error_ns;         /* uncertainty of a stamp on the host's clock */
    uint64_t prefill_bytes;   /* bytes that a prefill's copies read and write; 0: no prefill */
    struct graph_facts graph; /* path NONE: no CUDA graph */
    const struct operation *operations; /* a step's operations, in order; owned by the state */
    uint32_t operation_count;           /* 0: a step is not divided */
};

/* The arguments of prepare. They all outlive the prepared state. */
struct setup {
    const struct plan *plan;
    const struct device_info *device;
    const uint32_t *stop; /* not 0: end the iteration within a step; read it with stop_requested */
};

static inline bool stop_requested(const uint32_t *stop)
{
    return __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

/* ---- the variant ---------------------------------------------------------------------------- */

struct workload; /* what is computed: workload.h */

/* Allocates zeroed memory, aligned to a cache line, for a variant's state or arrays; free it with
 * free(). NULL: *error says that there is no memory for `what`. */
void *state_alloc(size_t bytes, const char *what, struct error *error);

/* What a variant does. */
struct variant_ops {
    /* Decides how the variant would run on this device with these knobs, which may contain `auto`.
     * Depends only on its arguments; has no side effects; allocates nothing. False: it cannot run;
     * *error says why and what is accepted, and plan->used contains the knobs decided so far.
     * variant_plan calls it, once per process for the same knobs. */
    bool (*plan)(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error);

    /* Allocates memory, starts threads, generates inputs. Returns the state that all calls below
     * take. NULL: *error is set, and there is nothing to release. If `stop` is set, it fails
     * soon. */
    void *(*prepare)(const struct setup *setup, struct error *error);
    /* Frees everything; no iteration may be running. Not called after ERROR_LOST, nor if an
     * iteration did not stop: the process then ends by _exit or execv instead. */
    void (*release)(void *state);
    void (*describe)(const void *state, struct facts *facts);

    /* Starts one iteration and returns. LOOK_PHASES: only for a variant that reads PHASES. */
    bool (*submit)(void *state, enum look look, struct error *error);
    /* Like submit, but without the prefill. NULL: iterations have no prefill. */
    bool (*submit_decode)(void *state, enum look look, struct error *error);
    /* Waits at most wait_ns for the end, then returns the stamps that have arrived. After POLL_DONE
     * or POLL_FAILED nothing runs any more. A run ended by `stop` is POLL_DONE too. */
    enum poll_state (*poll)(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error);

    /* Between iterations only. Ends whatever the variant keeps running between iterations; the next
     * submit starts it again. NULL: nothing runs between iterations. False: it did not end within
     * some seconds; *error is ERROR_LOST. */
    bool (*quiesce)(void *state, struct error *error);

    /* Between iterations only, when nothing runs. poison fills the output with NaN, and also the
     * cache rows that no step has appended yet. count_nan counts output elements that are NaN:
     * never written, or wrong. output copies one part (workload.h), as fp32 [rows][columns]. */
    void (*poison)(void *state);
    uint64_t (*count_nan)(const void *state);
    void (*output)(const void *state, uint32_t part, float *rows);
};

/* The description of a variant: its name, its lesson and the knobs that it reads. */
struct variant {
    const char *name;
    const char *file;   /* the file to read; path below kernels/ */
    const char *target; /* the group of variants with which pdlab compares it */
    const struct workload *workload;
    enum backend backend;
    bool hidden;       /* listed only by `pdlab list --all`; runs if asked for by name */
    int rung;          /* 1: the baseline of its target on this backend; 0: not on a ladder */
    const char *after; /* the previous rung, for "over the previous rung"; NULL for the baseline */
    const char *title; /* a few words */
    const char *why;   /* the lesson, in one sentence */
    uint64_t knobs; /* KNOB_BITs of the knobs that it reads, including the lab's (SEED, WARMUP …) */
    const struct variant_ops *ops; /* NULL: not in this build */
};

extern const struct variant *const variants[]; /* all variants of this build, NULL-terminated */

/* Makes the variant's plan on the open device `device`. Like member `plan`, but *plan may be
 * uninitialised. False also if this build has no code of the variant. */
bool variant_plan(const struct variant *variant, const struct knobs *knobs,
                  const struct device_info *device, struct plan *plan, struct error *error);

__END_DECLS
