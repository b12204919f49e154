/*
 * capacity.h - simulated GPUs for tests of plans: each one's properties, and how many CTAs and
 * clusters it can run. The counts follow from registers, threads, shared memory and the limits of
 * an SM, as in the CUDA C++ Programming Guide's table of technical specifications.
 *
 *     struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
 *     variant.ops->plan(&knobs, &gpu.device, &gpu.capacity, &plan, &error);
 *
 * In these tests, a plan's kernels are pointers to struct capacity_kernel. A fixture records each
 * question, so that a test can check what the planner asked.
 */
#pragma once

#include "../../kernels/lab.h"
#include "unit.h"

#define CAPACITY_REGISTERS      65536u /* limits of an SM */
#define CAPACITY_RESERVE        1024u  /* bytes of shared memory that the system takes, per CTA */
#define CAPACITY_GPCS_MOST      8u
#define CAPACITY_QUESTIONS_MOST 64u

/* A kernel's resources, as the compiler would report them. */
struct capacity_kernel {
    uint32_t registers;    /* per thread */
    uint32_t shared_bytes; /* static */
};

struct capacity_question {
    const void *kernel;
    uint32_t cluster, threads, shared; /* cluster 0: the question was CTAs per SM */
};

struct capacity_fixture {
    struct capacity capacity; /* first, because its functions receive a pointer to it */
    const char *name;
    struct device_info device;
    uint32_t threads_per_sm, ctas_per_sm, shared_per_sm;
    uint32_t gpcs[CAPACITY_GPCS_MOST]; /* SMs of each GPC; a cluster stays within one */

    struct capacity_question asked[CAPACITY_QUESTIONS_MOST];
    uint32_t asked_count;
    uint32_t repeats; /* how often a plan asked a question again */
};

enum capacity_name {
    CAPACITY_A100,
    CAPACITY_H100,
    CAPACITY_H200,
    CAPACITY_LAPTOP, /* RTX 4060 Laptop */
    CAPACITY_MIG,    /* 1g.10gb of an H100 */
    CAPACITY_NAMES
};

/* ---- occupancy ------------------------------------------------------------------------------- */

static inline uint32_t capacity_round(uint32_t value, uint32_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static inline uint32_t capacity_least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* CTAs that an SM can run at once. Registers are allocated to whole warps, 256 at a time, in each
 * of the SM's four parts; shared memory is allocated in units of 128 bytes. */
static inline uint32_t capacity_ctas(const struct capacity_fixture *gpu,
                                     const struct capacity_kernel *kernel, uint32_t threads,
                                     uint32_t shared)
{
    const uint32_t warps = (threads + 31) / 32;
    const uint32_t warp_registers = capacity_round(32 * kernel->registers, 256);
    const uint32_t own_bytes = kernel->shared_bytes + shared;
    if (threads == 0 || threads > 1024 || own_bytes > gpu->device.shared_bytes)
        return 0;
    uint32_t ctas = capacity_least(gpu->ctas_per_sm, gpu->threads_per_sm / (32 * warps));
    ctas = capacity_least(ctas, CAPACITY_REGISTERS / 4 / warp_registers * 4 / warps);
    return capacity_least(ctas,
                          gpu->shared_per_sm / capacity_round(own_bytes + CAPACITY_RESERVE, 128));
}

/* Returns the fixture of a capacity, and records a question. */
static inline const struct capacity_fixture *capacity_note(const struct capacity *capacity,
                                                           const struct capacity_question *question)
{
    struct capacity_fixture *gpu = (struct capacity_fixture *)(uintptr_t)capacity;
    cr_assert_not_null(question->kernel, "a plan asks about no kernel");
    for (uint32_t i = 0; i < gpu->asked_count; i++) {
        const struct capacity_question *old = &gpu->asked[i];
        if (old->kernel == question->kernel && old->cluster == question->cluster &&
            old->threads == question->threads && old->shared == question->shared) {
            gpu->repeats++;
            return gpu;
        }
    }
    cr_assert_lt(gpu->asked_count, CAPACITY_QUESTIONS_MOST, "a plan asks too much");
    gpu->asked[gpu->asked_count++] = *question;
    return gpu;
}

static inline uint32_t capacity_ask_ctas(const struct capacity *capacity, const void *kernel,
                                         uint32_t threads, uint32_t shared)
{
    const struct capacity_question question = {kernel, 0, threads, shared};
    return capacity_ctas(capacity_note(capacity, &question), kernel, threads, shared);
}

static inline uint32_t capacity_ask_clusters(const struct capacity *capacity, const void *kernel,
                                             uint32_t size, uint32_t threads, uint32_t shared)
{
    const struct capacity_question question = {kernel, size, threads, shared};
    const struct capacity_fixture *gpu = capacity_note(capacity, &question);
    const uint32_t on_sm = capacity_ctas(gpu, kernel, threads, shared);
    uint32_t clusters = 0;
    if (size == 0 || size > gpu->device.cluster_most)
        return 0;
    for (uint32_t i = 0; i < CAPACITY_GPCS_MOST; i++)
        clusters += gpu->gpcs[i] * on_sm / size;
    return clusters;
}

/* ---- the devices ----------------------------------------------------------------------------- */

#define CAPACITY_GIB (UINT64_C(1) << 30)
#define CAPACITY_MIB (UINT64_C(1) << 20)

/* Shared memory of a CTA in KiB (an SM has 1 KiB more), cache in MiB, memory in GiB. The last
 * arguments are the SMs of each GPC. */
#define CAPACITY_GPU(label, sms, compute, shared, cluster, cache, memory, threads, ctas, ...)      \
    {                                                                                              \
        .name = (label),                                                                           \
        .device = {.units = (sms),                                                                 \
                   .capability = (compute),                                                        \
                   .shared_bytes = (shared)*1024,                                                  \
                   .cluster_most = (cluster),                                                      \
                   .cache_bytes = (cache)*CAPACITY_MIB,                                            \
                   .memory_bytes = (memory)*CAPACITY_GIB},                                         \
        .threads_per_sm = (threads), .ctas_per_sm = (ctas),                                        \
        .shared_per_sm = ((shared) + 1) * 1024, .gpcs = {                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* A new fixture of the device, without questions. */
static inline struct capacity_fixture capacity_gpu(enum capacity_name name)
{
    static const struct capacity functions = {capacity_ask_ctas, capacity_ask_clusters};
    static const struct capacity_fixture gpus[CAPACITY_NAMES] = {
        [CAPACITY_A100] =
            CAPACITY_GPU("A100", 108, 80, 163, 1, 40, 80, 2048, 32, 16, 16, 16, 16, 16, 14, 14),
        [CAPACITY_H100] = CAPACITY_GPU("H100", 132, 90, 227, 16, 50, 80, 2048, 32, 18, 18, 16, 16,
                                       16, 16, 16, 16),
        [CAPACITY_H200] = CAPACITY_GPU("H200", 132, 90, 227, 16, 60, 139, 2048, 32, 18, 18, 16, 16,
                                       16, 16, 16, 16),
        [CAPACITY_LAPTOP] =
            CAPACITY_GPU("RTX 4060 Laptop", 24, 89, 99, 1, 32, 8, 1536, 24, 8, 8, 8),
        [CAPACITY_MIG] = CAPACITY_GPU("H100 MIG 1g.10gb", 16, 90, 227, 16, 6, 10, 2048, 32, 16),
    };
    struct capacity_fixture gpu = gpus[name];
    gpu.capacity = functions;
    gpu.device.backend = BACKEND_CUDA;
    gpu.device.cooperative = true;
    gpu.device.memory_free_bytes = gpu.device.memory_bytes / 100 * 98;
    strcpy(gpu.device.id, "cuda:0");
    strncpy(gpu.device.name, gpu.name, sizeof gpu.device.name - 1);
    return gpu;
}

/* ---- assertions on a plan -------------------------------------------------------------------- */

/* Checks that a CTA of the plan fits on an SM, and that all CTAs of a cooperative plan fit on the
 * device at once. Records no question. */
static inline void capacity_check(const struct capacity_fixture *gpu, const struct plan *plan)
{
    const uint32_t on_sm = capacity_ctas(gpu, plan->kernel, plan->threads, plan->shared_bytes);
    cr_assert_gt(on_sm, 0, "%s: a CTA of %u threads and %u bytes does not fit an SM", gpu->name,
                 plan->threads, plan->shared_bytes);
    if (plan->cooperative)
        cr_assert_leq(plan->ctas, on_sm * gpu->device.units, "%s: %u CTAs, of which %u fit",
                      gpu->name, plan->ctas, on_sm * gpu->device.units);
}
