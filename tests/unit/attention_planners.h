/*
 * attention_planners.h - for tests of attention's plans: planners like those of the variants, many
 * shapes, and a plan for each on every device.
 */
#pragma once

#include "../../kernels/plan/attention_plan.h"
#include "../../src/engine/knobs.h"
#include "capacity.h"
#include "random.h"

static struct error error; /* the error of the last refused plan */

#define DRAWS      400        /* shapes per test */
#define PAIRS_MOST (1u << 16) /* (sequence, K/V head) pairs of a shape */

/* ---- planners -------------------------------------------------------------------------------- */

static const struct capacity_kernel kernels[ATTENTION_KERNELS] = {
#define ROW(TYPE, DIM, COLUMNS) {.registers = 96 + (DIM) / 4 + 4 * (COLUMNS)},
    ATTENTION_TABLE(ROW)
#undef ROW
};

/* Kernels with phases take more registers. */
static const struct capacity_kernel larger[ATTENTION_KERNELS] = {
#define ROW(TYPE, DIM, COLUMNS) {.registers = 112 + (DIM) / 4 + 4 * (COLUMNS)},
    ATTENTION_TABLE(ROW)
#undef ROW
};

static const void *table[ATTENTION_KERNELS], *phased[ATTENTION_KERNELS];

/* The planner of a variant. Only the member that is used has a name. */
struct planner {
    struct attention_loader loader;
    struct attention_stepper stepper;
};

static const struct planner planners[] = {
    {.loader = {"registers", table, phased, .warps = 8, .stages = 1, .capability = 80}},
    {.loader = {"copies", table, phased, .warps = 8, .stages = 2, .capability = 80}},
    {.loader = {"producers", table, phased, .warps = 8, .stages = 2, .more_warps = 1,
                .warps_per = 2, .capability = 80}},
    {.loader = {"tma", table, phased, .warps = 8, .stages = 8, .short_stages = 2,
                .capability = 90}},
    {.stepper = {"unsplit", table, .warps = 8, .splits = 1}},
    {.stepper = {"split", table, .warps = 4}},
    {.stepper = {"graph", table, .warps = 4, .captured_most = 2048}},
};

#define PLANNERS   (sizeof planners / sizeof *planners)
#define PERSISTENT 4 /* the first four planners make persistent plans */

/* Fills the tables at run time: their entries are no constant expressions in C. */
static inline void fill_kernels(void)
{
    for (size_t i = 0; i < ATTENTION_KERNELS; i++) {
        table[i] = &kernels[i];
        phased[i] = &larger[i];
    }
}

static inline bool is_persistent(const struct planner *planner)
{
    return planner->loader.name != NULL;
}

static inline const char *name_of(const struct planner *planner)
{
    return is_persistent(planner) ? planner->loader.name : planner->stepper.name;
}

static inline bool make(const struct planner *planner, const struct knobs *knobs,
                        const struct capacity_fixture *gpu, struct plan *plan)
{
    error = (struct error){0};
    memset(plan, 0, sizeof *plan);
    return is_persistent(planner) ? attention_plan_persistent(&planner->loader, knobs, &gpu->device,
                                                              &gpu->capacity, plan, &error)
                                  : attention_plan_steps(&planner->stepper, knobs, &gpu->device,
                                                         &gpu->capacity, plan, &error);
}

/* Makes a plan. Fails the test if the planner refuses. */
static inline struct plan must_make(const struct planner *planner, const struct knobs *knobs,
                                    const struct capacity_fixture *gpu)
{
    struct plan plan;
    cr_assert(make(planner, knobs, gpu, &plan), "%s on %s: %s", name_of(planner), gpu->name,
              error.text);
    return plan;
}

/* Returns why a device cannot run the knobs. */
static inline const char *refusal_of(const struct planner *planner, const struct knobs *knobs,
                                     const struct capacity_fixture *gpu)
{
    struct plan plan;
    cr_assert_not(make(planner, knobs, gpu, &plan));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    return error.text;
}

/* ---- knobs ----------------------------------------------------------------------------------- */

static inline struct knobs defaults(void)
{
    struct knobs knobs = knobs_defaults();
    knobs.head_dim = 128;
    return knobs;
}

/* A knob's value, up to `turns_most` steps from its default. Many steps reach an end of its range.
 */
static inline int64_t turn(uint64_t *random, enum knob_id id, uint64_t turns_most)
{
    const int direction = random_below(random, 2) ? 1 : -1;
    int64_t value = knob_table[id].initial;
    for (uint64_t turns = random_below(random, turns_most + 1); turns > 0; turns--)
        value = knob_turn(id, value, direction);
    return value;
}

/* Random knobs that attention accepts. Plans at the limits of BATCH and KV_HEADS have a test of
 * their own. */
static inline struct knobs draw(uint64_t *random)
{
    static const enum knob_id turned[] = {
        KNOB_SEQ_LEN,  KNOB_BATCH,       KNOB_CHAIN,    KNOB_STAMPS,  KNOB_CONTEXT,
        KNOB_DTYPE,    KNOB_COLD,        KNOB_COPIES,   KNOB_KV_TILE, KNOB_SPLITS,
        KNOB_KV_HEADS, KNOB_CTAS_PER_SM, KNOB_PAGE_SIZE};
    struct knobs knobs = defaults();
    for (size_t i = 0; i < sizeof turned / sizeof *turned; i++)
        knobs.value[turned[i]] = turn(random, turned[i], 12);
    knobs.kv_stages = random_below(random, 2) ? KNOB_AUTO : 2 + (int64_t)random_below(random, 7);
    knobs.head_dim = random_below(random, 2) ? 64 : 128;
    knobs.context_spread = random_below(random, 2) ? (int64_t)random_below(random, 101) : 0;
    knobs.num_heads = knobs.kv_heads * (1 + (int64_t)random_below(random, 256u / knobs.kv_heads));
    if (random_below(random, 2)) {
        knobs.context = (int64_t)random_below(random, 20000);
        knobs.batch = 1 + (int64_t)random_below(random, 40);
        knobs.seq_len = 1 + (int64_t)random_below(random, 300);
    }
    if (knobs.batch > PAIRS_MOST / knobs.kv_heads)
        knobs.batch = PAIRS_MOST / knobs.kv_heads;
    return knobs;
}

static inline void check_valid(const struct knobs *knobs)
{
    for (int id = 0; id < KNOB_COUNT; id++)
        cr_assert(knob_valid((enum knob_id)id, knobs->value[id]), "%s %lld", knob_table[id].name,
                  (long long)knobs->value[id]);
}

/* Whether a plan can be made. If not, it is refused with a reason. */
static inline bool can_make(const struct planner *planner, const struct knobs *knobs,
                            const struct capacity_fixture *gpu, struct plan *plan)
{
    const bool made = make(planner, knobs, gpu, plan);
    cr_assert(made || error.kind == ERROR_UNSUPPORTED);
    cr_assert(made || strlen(error.text) > 20, "%s", error.text);
    return made;
}

typedef void judge_function(const struct planner *planner, const struct knobs *knobs,
                            const struct capacity_fixture *gpu, const struct plan *plan);

/* Plans for every device with each of the first `planner_count` planners, and calls `judge` with
 * each plan. Returns the number of plans. */
static inline uint32_t plan_everywhere(const struct knobs *knobs, size_t planner_count,
                                       judge_function *judge)
{
    uint32_t made = 0;
    for (int name = 0; name < CAPACITY_NAMES; name++) {
        for (size_t p = 0; p < planner_count; p++) {
            struct capacity_fixture gpu = capacity_gpu((enum capacity_name)name);
            struct plan plan;
            const bool right = can_make(&planners[p], knobs, &gpu, &plan);
            cr_assert_leq(gpu.asked_count, 7, "of 8, 4, 2 and 1 CTAs, and of fewer warps");
            made += right;
            if (right)
                judge(&planners[p], knobs, &gpu, &plan);
        }
    }
    return made;
}

/* Calls plan_everywhere for random knobs. Fails unless it makes more than `least` plans. */
static inline void plan_many(uint64_t seed, size_t planner_count, uint32_t least,
                             judge_function *judge)
{
    uint64_t random = seed;
    uint32_t made = 0;
    for (int i = 0; i < DRAWS; i++) {
        const struct knobs knobs = draw(&random);
        check_valid(&knobs);
        made += plan_everywhere(&knobs, planner_count, judge);
    }
    cr_assert_gt(made, least, "only %u plans could be made", made);
}
