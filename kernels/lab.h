/*
 * lab.h - all that a variant sees of the lab, and all that the lab sees of a variant.
 *
 * A variant is one way of running a workload (workload.h) on one backend. It is one file below
 * kernels/ and one row in variants[] (kernels/variants.c). The worker (src/engine/worker.c) drives
 * it:
 *
 *     plan -> prepare -> poison -> { submit -> poll ... poll } ... -> release
 *
 * A variant that keeps something running between iterations is told to quiesce before every call
 * that needs the device for itself: poison, count_nan, output and release.
 *
 * submit and poll are what is measured: they allocate, lock and print nothing. Everything else may
 * be slow. A variant is driven by one thread; `stop` alone is written from elsewhere.
 *
 * Times are nanoseconds of the lab clock (clock.h). Sizes are in elements unless they say bytes.
 */
#ifndef KERNELS_LAB_H
#define KERNELS_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- knobs ---------------------------------------------------------------------------------- */

#define KNOB_AUTO (-1) /* the value `auto` of a knob that takes it */

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

/* What is known of an open device. Text that is not known is "", a number that is not known is 0.
 */
struct device_info {
    enum backend backend;
    char id[16];                /* "cpu", "cuda:0": what --device takes */
    char name[96];              /* "AMD EPYC", "NVIDIA H100 80GB HBM3" */
    char driver[64];            /* driver or kernel version */
    char isa[32];               /* what the code was chosen for: "AVX-512", "sm_90a" */
    uint32_t units;             /* cores this process may use, or SMs */
    uint64_t memory_free_bytes; /* when it was opened; on a CPU the less of the next two */
    uint64_t system_free_bytes, cgroup_free_bytes; /* of the host; 0: not known, no limit */
    uint64_t memory_bytes;                         /* in all */
    uint64_t cache_bytes; /* the last cache before memory: L3 of a CPU, L2 of a GPU */

    /* Of a GPU. */
    uint32_t capability;   /* compute capability: 90 is 9.0 */
    uint32_t shared_bytes; /* shared memory that one CTA may opt into */
    uint32_t cluster_most; /* CTAs in a cluster, at most; 1: no clusters */
    uint32_t gpus;         /* in this machine */
    bool reaches_peer;     /* it can read the memory of the next one */
    bool cooperative;      /* cooperative launches */
    bool blocking;    /* CUDA_LAUNCH_BLOCKING is set: a launch returns when its kernel has ended */
    bool serial;      /* no kernel runs while the host goes on: blocking, or a tool has it so */
    char runtime[32]; /* the CUDA runtime of this build, and what the driver takes */
    uint32_t sm_clock_mhz, sm_clock_most_mhz; /* when it was opened; and at most */
};

/*
 * What the device can do at best, measured in under ten seconds: bandwidths in 1e9 bytes/s,
 * durations in ns. Bandwidths are the median of several passes. Durations are medians on a GPU; on
 * a CPU, where whatever else runs only adds to them, the lowest decile. 0: not known, or not there.
 * src/engine/ceilings.c says each in words, and keeps them; src/engine/floor.c draws the floor from
 * them.
 */
struct ceilings {
    double read_gb_per_s;        /* of memory, by all units, over more than the last cache holds */
    double cached_read_gb_per_s; /* of what stays in cache: a GPU's L2, each core's own L1 */
    double copy_gb_per_s;        /* of memory: bytes read and bytes written, added up */

    /* What starts work, or hands it from one kernel to the next. */
    double launch_ns;      /* an empty kernel's, of many in a stream, back to back */
    double launch_sync_ns; /* an empty kernel, until cudaStreamSynchronize returns */
    double launch_seen_ns; /* the same, until the host sees a word in mapped memory change */
    double graph_sync_ns;  /* a graph of one node, until the host sees that word */
    double graph_node_ns, graph_node_long_ns; /* a node of a chain of 32, and of 1,024 */
    double graph_edge_ns, graph_edge_long_ns; /* the same with programmatic edges */
    double doorbell_ns; /* mapped memory: the host writes, a resident kernel answers, it is seen */
    double wake_ns;     /* CPU: from waking a thread that sleeps until it runs */

    /* What one meeting of all programs adds to a step. */
    double block_barrier_ns;                         /* a CTA of 8 warps */
    double cluster2_barrier_ns, cluster4_barrier_ns; /* a cluster of 2, 4, … CTAs */
    double cluster8_barrier_ns, cluster16_barrier_ns;
    double flag_barrier_ns, flag_barrier_all_ns; /* 8 CTAs, one an SM; CPU: 2 threads, one a core */
    double grid_barrier_ns, grid_barrier_all_ns; /* cooperative grid.sync: 8 CTAs, one an SM */

    double dependent_step_ns; /* of `dot` at HEAD_DIM 64, CHAIN on, a sequence, inputs at hand */
    double timer_step_ns;     /* between two different readings of the clock */
    double stamp_ns;          /* what one stamp costs */
};

/* ---- tracing -------------------------------------------------------------------------------- */

enum activity_kind {
    ACTIVITY_KERNEL,
    ACTIVITY_COPY, /* between memories, or a fill */
    ACTIVITY_CALL, /* of the driver or its runtime, on the host */
    ACTIVITY_RANGE /* of an annotation, on the host */
};

/* Something that a tracer saw. Numbers that do not apply are 0. */
struct activity {
    enum activity_kind kind;
    uint64_t begin_ns, end_ns; /* lab clock */
    uint32_t place;            /* the stream; of a call the host's thread */
    uint32_t correlation;      /* the same of a call and of what it started */
    uint64_t graph_node;       /* 0: not of a graph */
    uint64_t bytes;            /* of a copy */
    uint32_t ctas, threads;    /* of a kernel: CTAs, and threads in each */
    uint32_t shared_bytes, registers;
    char name[64];
};

/* What was seen, in the order of its beginning. */
struct activities {
    struct activity *list; /* malloc; the taker frees it */
    size_t count;
    uint64_t lost;     /* records that there was no room for */
    uint64_t error_ns; /* what a time may be off by for want of a common clock */
};

/*
 * Looks on from outside while a device works. It slows down what it looks at, so nothing that it
 * saw counts as measured. One in a process, which does nothing else.
 */
struct tracer {
    /* Before the device is opened. False: ERROR_UNSUPPORTED and why; the process goes on as if it
     * had not been called. */
    bool (*open)(struct error *error);
    /* Forgets what was seen so far. */
    void (*begin)(void);
    /* Hands over what was seen since; nothing may be running. False: *error, nothing is held. */
    bool (*end)(struct activities *activities, struct error *error);
    /* Tells a tool that this process runs under that what it is to look at begins, or is over.
     * Needs no `open`. */
    void (*mark)(bool begins);
};

/* ---- meters --------------------------------------------------------------------------------- */

/* What holds a GPU's clock below its highest. A later one says less where several hold. */
enum throttle {
    THROTTLE_POWER_BRAKE,
    THROTTLE_HW_THERMAL,  /* the device cools itself */
    THROTTLE_HW_SLOWDOWN, /* the device slows itself down: one of the two above, or another reason
                           */
    THROTTLE_SW_THERMAL,  /* the driver cools the device */
    THROTTLE_POWER_CAP,
    THROTTLE_SYNC_BOOST,         /* a group of GPUs runs at the clock of its slowest */
    THROTTLE_APPLICATION_CLOCKS, /* somebody set the clocks for applications lower */
    THROTTLE_DISPLAY_CLOCKS,     /* the same for displays */
    THROTTLE_COUNT
};

/* The members of struct meter_reading that could be read. */
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

/* Sensors and counters at one moment. Counters only grow; what they count from is not known. */
struct meter_reading {
    uint32_t known; /* meter_bits of the members that are valid */

    /* Of a GPU. */
    uint32_t sm_clock_mhz, sm_clock_most_mhz; /* now, and the highest that it can have */
    uint32_t memory_clock_mhz;
    uint32_t power_mw;
    uint32_t temperature_c;
    uint32_t throttles; /* 1 << enum throttle */
    uint64_t energy_mj; /* counter */

    /* Of the host; all but `cores` are counters. */
    uint64_t quota_periods;     /* of the CPU quota of the process's cgroup, or of one above it */
    uint64_t throttled_periods; /* of these, in which the quota ran out */
    uint64_t throttled_ns;      /* for which threads then waited; of several CPUs the sum */
    uint64_t stolen_ns;         /* that the host took from the CPUs of this virtual machine */
    uint64_t wanted_ns;         /* that these CPUs worked, or would have */
    uint64_t involuntary_switches; /* of all threads of this process */
    uint32_t cores;                /* that this process may keep busy */
};

/* Reads a device's sensors and counters. Any thread may have one, and one thread uses it at a
 * time; the device may be busy meanwhile. */
struct meter {
    /* NULL: *error says why, and nothing is held. */
    void *(*open)(int index, struct error *error);
    /* Takes microseconds on a CPU, and may take milliseconds on a GPU. */
    void (*read)(void *meter, struct meter_reading *reading);
    void (*close)(void *meter);
};

/* ---- plans ---------------------------------------------------------------------------------- */

/*
 * What a GPU holds of a kernel: all that a plan asks beside device_info. The backend asks its
 * driver once per question and remembers the answer; tests answer from fixtures. `kernel` comes
 * from the variant's table of kernels, `shared` is dynamic shared memory in bytes.
 */
struct capacity {
    /* CTAs of so many threads that one SM holds at once; 0: not even one. */
    uint32_t (*ctas_per_sm)(const struct capacity *capacity, const void *kernel, uint32_t threads,
                            uint32_t shared);
    /* Clusters of `size` such CTAs that the device holds at once. */
    uint32_t (*clusters)(const struct capacity *capacity, const void *kernel, uint32_t size,
                         uint32_t threads, uint32_t shared);
};

/* How a variant will run: what `plan` decides and `prepare` carries out. What a variant does not
 * use is 0. Valid in the process that made it. */
struct plan {
    struct knobs used; /* `auto` replaced, of the knobs that the variant reads */
    uint32_t programs; /* that hold stamps */

    /* Of a persistent kernel: its launch. */
    const void *kernel;
    const void *phased; /* the same kernel with phases measured; NULL: PHASES is off */
    uint32_t ctas, threads, shared_bytes;
    uint32_t cluster; /* CTAs in a cluster; 1: no clusters */
    bool cooperative;

    /* Of a persistent kernel: how the programs share a step. */
    uint32_t warps;  /* of a program, that compute */
    uint32_t groups; /* of lanes in use, of a warp */
    uint32_t passes; /* sequences that a group takes in a step, at most */
    uint32_t splits; /* parts of the rows of a sequence's K/V head */
    uint32_t stages; /* buffers between memory and arithmetic, of a warp or of a CTA */

    uint64_t work_bytes; /* device memory beside tensors and stamps: partial sums, counters */
};

/* ---- backends ------------------------------------------------------------------------------- */

/* A backend's devices: the twin of struct variant. */
struct device_ops {
    enum backend backend;
    const char *name; /* "cpu", "cuda" */
    /* Whether this machine may have such a device: a look at the file system, no call to a driver.
     */
    bool (*present)(void);
    /* Fills *info for device `index`. False with the reason where there is none. */
    bool (*open)(int index, struct device_info *info, struct error *error);
    /* Frees what open took; a no-op where it took nothing. */
    void (*close)(int index);
    /* Measures an open device that nothing runs on. Ends soon, and fails, where `stop` is raised.
     * Holds nothing afterwards. NULL: this backend measures nothing. */
    bool (*ceilings)(int index, const uint32_t *stop, struct ceilings *ceilings,
                     struct error *error);
    /* Writes what can still be read of an iteration that does not stop, a fact a line; `state` is
     * that of any variant of this backend. Makes no call that may block. NULL: nothing can be. */
    void (*diagnose)(const void *state, FILE *out);
    const struct tracer *tracer;     /* NULL: there is none for this backend */
    const struct meter *meter;       /* of an open device; NULL: there is none for this backend */
    const struct capacity *capacity; /* of the open device; NULL: no plan asks for it */
};

extern const struct device_ops *const backends[BACKEND_COUNT]; /* NULL: not in this build */

/* ---- what a run hands over ------------------------------------------------------------------ */

/* When one program worked on one step, on the lab clock. Both 0: it had no part in that step. */
struct stamp {
    uint64_t begin_ns; /* when it could begin: the exit of the barrier before */
    uint64_t end_ns;   /* when its share of the step was done */
};

/* What one program waited for since its previous step ended, on the lab clock: measured with PHASES
 * on, by the variants that read it. The rest of its time it computed. */
struct phase {
    uint32_t data_ns;    /* for loads, copies, or its loader; 0 where compute includes them */
    uint32_t barrier_ns; /* for other programs */
};

/* How closely an iteration is looked at. */
enum look { LOOK_NOTHING, LOOK_STAMPS, LOOK_PHASES /* and stamps */ };

/* What an iteration has beside its steps: a prefill, chunk by chunk. */
enum span_kind {
    SPAN_SUBMIT, /* on the host: the call that submitted a chunk, the whole prefill or the decode */
    SPAN_COPY,   /* a chunk on its way; also what is done with it, where one kernel does both */
    SPAN_COMPUTE, /* what is done with a chunk that was copied */
    SPAN_KINDS
};

/* Instead of a chunk's number. */
#define SPAN_PREFILL (UINT32_MAX - 1) /* all of them in one call */
#define SPAN_DECODE  UINT32_MAX

struct prefill_span {
    uint64_t begin_ns, end_ns; /* lab clock */
    uint32_t kind;             /* enum span_kind */
    uint32_t stream;           /* of the prefill, from 0 */
    uint32_t chunk;
};

/*
 * Rows [first, first + count) of the running iteration, as they have arrived. In a synchronised run
 * row r is step r. In a free-running one it is the r-th step that this program itself finished.
 * Where `first` is past the rows handed over before, those between are left out. The earlier rows
 * can still be read, all of them or, of a ring, the last `ring` ones. Valid until the next poll,
 * submit or release.
 */
struct stamp_batch {
    const struct stamp *stamps;
    const struct phase *phases; /* laid out as the stamps; NULL: not measured */
    size_t stride;              /* in stamps */
    uint32_t ring;              /* rows kept of each program, a power of two; 0: all */
    uint32_t programs;
    uint32_t first, count; /* rows; count may be 0 */
    uint32_t rows_run;     /* on DONE: rows of the program that did most, stamped or not */
    uint64_t left_out;     /* on DONE: rows, over all programs, without a stamp for want of room */
    uint64_t heartbeat;    /* grows while the device makes progress */
    uint64_t synchronised_ns; /* on DONE: when the host knew that the iteration was complete */
    /* On DONE, of a stamped iteration with a prefill; else 0. In any order. */
    const struct prefill_span *spans;
    uint32_t span_count;
    uint32_t in_flight_most; /* copies under way at once, at most, as counted where they run */
};

/* A program's stamp of a row. */
static inline const struct stamp *stamp_of(const struct stamp_batch *batch, uint32_t program,
                                           uint32_t row)
{
    return &batch->stamps[program * batch->stride + (batch->ring ? row & (batch->ring - 1) : row)];
}

/* The phase beside it; only where the batch has phases. */
static inline const struct phase *phase_of(const struct stamp_batch *batch, uint32_t program,
                                           uint32_t row)
{
    return &batch->phases[program * batch->stride + (batch->ring ? row & (batch->ring - 1) : row)];
}

enum poll_state { POLL_RUNNING, POLL_DONE, POLL_FAILED };

/* What an iteration replays of a graph. */
enum graph_path {
    GRAPH_PATH_NONE,
    GRAPH_PATH_FULL,      /* a decode is one replay */
    GRAPH_PATH_PIECEWISE, /* a decode is several */
};

/* Of a variant that replays CUDA graphs: what that took on the host, in ns. Of several graphs in an
 * iteration capture_ns and instantiate_ns are sums. */
struct graph_facts {
    enum graph_path path;
    bool updated;            /* the executable graphs of before were updated, none made anew */
    uint64_t capture_ns;     /* recording the launches */
    uint64_t instantiate_ns; /* from the recording to a graph that is ready on the device */
    uint64_t
        first_replay_ns; /* the call that submitted the first replay of the decode; 0: none yet */
    uint64_t replay_ns;  /* the same of later ones: the median of the newest */
};

/* What a prepared variant says of itself; constant from prepare to release, but for the times of
 * replays. */
struct facts {
    uint32_t programs;               /* programs that hold stamps */
    uint32_t launches_per_iteration; /* launches, or wakes of the pool */
    uint32_t graph_nodes;            /* nodes replayed in an iteration; 0 without a graph */
    bool free_running;               /* programs do not wait for each other between steps */
    uint64_t stamp_error_ns;         /* what one stamp may be off by against the host's clock */
    uint64_t prefill_bytes;   /* that the copies of a prefill read and write; 0: no prefill */
    struct graph_facts graph; /* path NONE: no CUDA graph */
};

/* What prepare is given. All of it outlives the prepared state. */
struct setup {
    const struct plan *plan;
    const struct device_info *device;
    const uint32_t *stop; /* not 0: end the iteration within a step; read it by stop_requested */
};

static inline bool stop_requested(const uint32_t *stop)
{
    return __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

/* ---- the variant ---------------------------------------------------------------------------- */

struct workload; /* what is computed: workload.h */

struct variant {
    const char *name;
    const char *file;   /* below kernels/: what to read */
    const char *target; /* the group of variants it is compared in */
    const struct workload *workload;
    enum backend backend;
    bool hidden; /* part of no list but `pdlab list --all`; runs when it is asked for by name */
    int rung;    /* 1: the baseline of its target on this backend; 0: it stands on no ladder */
    const char *after; /* the rung before, for "over the rung before"; NULL for the baseline */
    const char *title; /* a few words */
    const char *why;   /* the lesson, in one sentence */
    uint64_t knobs;    /* KNOB_BITs of those it reads; the lab's own (SEED, WARMUP …) included */

    /* Decides how it would run with these knobs, which may hold `auto`, on this device. Depends on
     * its arguments alone, changes nothing, and allocates nothing. False: it cannot run; *error
     * says why and what is accepted, and plan->used holds what could be decided. Called by
     * variant_plan, once for the same knobs in a process. */
    bool (*plan)(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error);

    /* Takes memory and threads, makes the inputs. Returns the state that all below take, or NULL
     * with *error set and nothing held; so too, and soon, where `stop` is raised meanwhile. */
    void *(*prepare)(const struct setup *setup, struct error *error);
    /* Gives everything back; no iteration may be running. Not called after ERROR_LOST, nor where an
     * iteration did not stop: then the process ends without it, by _exit or execv. */
    void (*release)(void *state);
    void (*describe)(const void *state, struct facts *facts);

    /* Starts one iteration and returns. LOOK_PHASES: only of a variant that reads PHASES. */
    bool (*submit)(void *state, enum look look, struct error *error);
    /* The same without the prefill before the decode; NULL where an iteration has none. */
    bool (*submit_decode)(void *state, enum look look, struct error *error);
    /* Hands over the stamps that have arrived; waits for the end at most wait_ns first. After
     * POLL_DONE or POLL_FAILED nothing runs any more. A run ended by `stop` is POLL_DONE too. */
    enum poll_state (*poll)(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error);

    /* Ends what it keeps running between iterations; the next submit starts it again. NULL: nothing
     * runs between iterations. False: it did not end within some seconds, *error is ERROR_LOST. */
    bool (*quiesce)(void *state, struct error *error);

    /* Between iterations only, when all is quiet. poison fills the output with NaN, and of a cache
     * the rows that no step has appended yet. count_nan: elements of the output that are NaN, never
     * written or wrong. output copies a part of it (workload.h), as fp32 [rows][columns]. */
    void (*poison)(void *state);
    uint64_t (*count_nan)(const void *state);
    void (*output)(const void *state, uint32_t part, float *rows);
};

extern const struct variant *const variants[]; /* all that this build knows, NULL-ended */

/* The variant's plan on the open device `device`. As the member, but *plan need not be zeroed. */
bool variant_plan(const struct variant *variant, const struct knobs *knobs,
                  const struct device_info *device, struct plan *plan, struct error *error);

#ifdef __cplusplus
}
#endif

#endif
