#include "advice.h"

#include "../../kernels/workload.h"
#include "../base/text.h"
#include "../engine/knobs.h"

#include <stdio.h>
#include <string.h>

#define WITHIN_NOISE       1.96 /* a saving must exceed this many sigmas of the noise */
#define SYNCHRONISED_LEAST 0.05 /* of a step; less barrier wait counts as no synchronisation */

/* The inputs of the rules. */
struct scene {
    const struct run *run;
    struct breakdown_means means;
    uint32_t units; /* SMs or cores; 0: unknown */
    uint32_t parts; /* the most programs among which a step can be divided */
    bool gpu;
    bool launches;        /* every step begins with a kernel launch or, on a CPU, with waking
                             threads */
    double steps_share;   /* share of the iteration in all steps but the first */
    const char *next;     /* the next rung's name; NULL: none */
    double ceiling_share; /* share of the step that loading its bytes takes at peak bandwidth */
};

/* ---- levers --------------------------------------------------------------------------------- */

enum move { RAISE, LOWER, TURN_ON, TURN_OFF };

static int64_t used(const struct scene *scene, enum knob_id id)
{
    return scene->run->used.value[id];
}

/* Whether more programs would get a part of the step and an SM or core to run on. */
static bool has_room(const struct scene *scene)
{
    const uint32_t programs = scene->run->facts.programs;
    return programs < scene->parts && (scene->units == 0 || programs < scene->units);
}

static bool can_help(const struct scene *scene, enum knob_id id, enum move move)
{
    switch (id) {
    case KNOB_NUM_PROGRAMS:
    case KNOB_THREADS:
        return move != RAISE || has_room(scene);
    case KNOB_SPLITS: /* more splits make more parts, which idle SMs or cores can compute */
        return scene->run->facts.programs < scene->units && used(scene, id) > 0;
    case KNOB_SPIN_NS: /* a barrier wait longer than SPIN_NS puts the thread to sleep */
        return (double)used(scene, id) < scene->means.barrier_ns;
    case KNOB_DTYPE: /* only a change from fp32 saves bytes: fp16 and bf16 have the same size */
        return used(scene, id) == DTYPE_FP32;
    default:
        return true;
    }
}

/* Whether the variant reads the knob, and moving it in that direction is possible and would
 * help. */
static bool can_move(const struct scene *scene, enum knob_id id, enum move move)
{
    const struct knob_info *knob = &knob_table[id];
    const int64_t value = used(scene, id);
    if (!(run_read_knobs(scene->run) >> id & 1) || value == KNOB_UNKNOWN || value == KNOB_AUTO)
        return false;
    const bool free = move == RAISE || move == TURN_ON ? value < knob->most : value > knob->least;
    return free && can_help(scene, id, move);
}

/* Appends `before` and text such as "raise A or B" or "turn A on" for the knobs in `ids` that can
 * move. KNOB_COUNT ends `ids`. Returns false if no knob can move. */
static bool append_knobs(const struct scene *scene, const enum knob_id *ids, enum move move,
                         const char *before, char *text)
{
    bool any = false;
    for (; *ids != KNOB_COUNT; ids++) {
        if (!can_move(scene, *ids, move))
            continue;
        text_append(text, ADVICE_ROOM, "%s%s", any ? " or " : before,
                    any             ? ""
                    : move == RAISE ? "raise "
                    : move == LOWER ? "lower "
                                    : "turn ");
        text_append(text, ADVICE_ROOM, "%s", knob_table[*ids].name);
        any = true;
    }
    if (any && move >= TURN_ON)
        text_append(text, ADVICE_ROOM, move == TURN_ON ? " on" : " off");
    return any;
}

static bool append_next(const struct scene *scene, const char *before, char *text)
{
    if (scene->next)
        text_append(text, ADVICE_ROOM, "%stry %s", before, scene->next);
    return scene->next != NULL;
}

#define KNOBS(...)                                                                                 \
    (const enum knob_id[])                                                                         \
    {                                                                                              \
        __VA_ARGS__, KNOB_COUNT                                                                    \
    }

/* ---- inputs of the rules, as a share of a step or iteration --------------------------------- */

static double of_step(const struct scene *scene, double ns)
{
    return scene->means.step_ns > 0 ? ns / scene->means.step_ns : 0;
}

/* Returns a time as a share of the median iteration. The mean is unsuitable: a few iterations
 * during which the CPU was stolen can dominate it. */
static double of_iteration(const struct scene *scene, double ns)
{
    const double whole_ns = run_p50_ns(scene->run, METRIC_ITERATION);
    return whole_ns > 0 ? ns / whole_ns : 0;
}

/* Returns the cost as a share of the median iteration; 0 if the cost is unknown or less than twice
 * its uncertainty. */
static double share_cost(const struct scene *scene,
                         bool (*cost_of)(const struct run *, double *, double *))
{
    double cost_ns, error_ns;
    if (!cost_of(scene->run, &cost_ns, &error_ns) || cost_ns < 2 * error_ns)
        return 0;
    return of_iteration(scene, cost_ns * (double)scene->run->used.seq_len);
}

enum rule_id {
    RULE_LAUNCH_GAP,
    RULE_BARRIER,
    RULE_DATA,
    RULE_CEILING,
    RULE_COMPUTE,
    RULE_IMBALANCE,
    RULE_ENDS,
    RULE_STAMPS,
    RULE_PHASES,
    RULE_COUNT
};

/* Computes each rule's share of a step or iteration; 0 if it is unknown or the rule does not
 * apply. */
static void find_shares(const struct scene *scene, double shares[RULE_COUNT])
{
    const struct breakdown_means *means = &scene->means;
    shares[RULE_LAUNCH_GAP] = scene->launches ? of_step(scene, means->gap_ns) : 0;
    /* In a persistent kernel, a program begins its step after the barrier, so the gap is the
     * barrier's latency. */
    shares[RULE_BARRIER] =
        of_step(scene, means->barrier_ns + (scene->launches ? 0 : means->gap_ns));
    shares[RULE_DATA] = of_step(scene, means->data_ns);
    shares[RULE_CEILING] = scene->ceiling_share;
    /* Without phases, computing and waiting cannot be told apart. */
    shares[RULE_COMPUTE] = means->phased ? of_step(scene, means->compute_ns) : 0;
    /* If programs never wait for each other, a difference between their ends is no imbalance.
     * Without phases, it is unknown whether persistent programs wait. */
    const bool waits = means->phased && of_step(scene, means->barrier_ns) >= SYNCHRONISED_LEAST;
    shares[RULE_IMBALANCE] = scene->launches || waits ? of_step(scene, means->spread_ns) : 0;
    /* With a prefill, the time before the first step is prefill, not launch. */
    shares[RULE_ENDS] =
        run_workload(scene->run)->has_prefill
            ? 0
            : of_iteration(scene, means->launch_ns + run_p50_ns(scene->run, METRIC_SYNC));
    shares[RULE_STAMPS] = share_cost(scene, run_stamp_cost);
    shares[RULE_PHASES] = share_cost(scene, run_phase_cost);
}

/* ---- texts; each function returns false if no lever can move --------------------------------- */

static bool say_launch_gap(const struct scene *scene, double share, char *text)
{
    snprintf(text, ADVICE_ROOM,
             scene->gpu ? "%.0f %% of a step is launch gap"
                        : "waking threads takes %.0f %% of a step",
             100 * share);
    const bool next = append_next(scene, ": ", text);
    return append_knobs(scene, KNOBS(KNOB_PDL), TURN_ON, next ? " or " : ": ", text) || next ||
           append_knobs(scene, KNOBS(KNOB_BATCH), RAISE, ": ", text);
}

static bool say_barrier(const struct scene *scene, double share, char *text)
{
    const uint32_t programs = scene->run->facts.programs;
    snprintf(text, ADVICE_ROOM, "programs wait for each other %.0f %% of a step: ", 100 * share);
    if (scene->gpu && programs < scene->units)
        text_append(text, ADVICE_ROOM, "%u of %u SMs are used; ", programs, scene->units);
    return append_knobs(scene, KNOBS(KNOB_SPIN_NS, KNOB_BATCH, KNOB_SPLITS), RAISE, "", text);
}

static bool say_data(const struct scene *scene, double share, char *text)
{
    snprintf(text, ADVICE_ROOM, "programs wait for data %.0f %% of a step", 100 * share);
    if (scene->ceiling_share > 0)
        text_append(text, ADVICE_ROOM, " at %.0f %% of peak bandwidth", 100 * scene->ceiling_share);
    return append_knobs(scene, KNOBS(KNOB_KV_STAGES, KNOB_KV_TILE, KNOB_BLOCK_K, KNOB_NUM_PROGRAMS),
                        RAISE, ": ", text) ||
           append_next(scene, ": ", text);
}

static bool say_ceiling(const struct scene *scene, double share, char *text)
{
    snprintf(text, ADVICE_ROOM,
             "a mean step reads at %.0f %% of peak bandwidth: only reading fewer bytes is faster",
             100 * share);
    append_knobs(scene, KNOBS(KNOB_DTYPE, KNOB_KV_HEADS), LOWER, "; ", text);
    return true;
}

static bool say_compute(const struct scene *scene, double share, char *text)
{
    snprintf(text, ADVICE_ROOM, "computing takes %.0f %% of a step: ", 100 * share);
    const bool raised =
        append_knobs(scene, KNOBS(KNOB_NUM_PROGRAMS, KNOB_THREADS, KNOB_SPLITS), RAISE, "", text);
    text_append(text, ADVICE_ROOM, " to share the work");
    return raised;
}

static bool say_spread(const struct scene *scene, double share, char *text)
{
    const uint32_t programs = scene->run->facts.programs;
    snprintf(text, ADVICE_ROOM, "the last program ends %.0f %% of a step after the first",
             100 * share);
    if (programs > 1 && scene->parts % programs != 0 && can_move(scene, KNOB_BATCH, RAISE)) {
        text_append(text, ADVICE_ROOM, ": make BATCH a multiple of the %u programs", programs);
        return true;
    }
    return append_knobs(scene, KNOBS(KNOB_SPLITS), RAISE, ": ", text) ||
           append_next(scene, ": ", text);
}

static bool say_ends(const struct scene *scene, double share, char *text)
{
    snprintf(text, ADVICE_ROOM, "%s and sync take %.0f %% of an iteration",
             scene->gpu ? "launch" : "wake", 100 * share);
    const bool raised = append_knobs(scene, KNOBS(KNOB_SEQ_LEN), RAISE, ": ", text);
    return (!scene->launches && append_next(scene, raised ? " or " : ": ", text)) || raised;
}

static bool say_stamps(const struct scene *scene, double share, char *text)
{
    snprintf(text, ADVICE_ROOM, "recording stamps takes %.0f %% of an iteration", 100 * share);
    return append_knobs(scene, KNOBS(KNOB_STAMPS), TURN_OFF, "; if you need only iteration times, ",
                        text);
}

static bool say_phases(const struct scene *scene, double share, char *text)
{
    snprintf(text, ADVICE_ROOM, "measuring phases takes %.0f %% of an iteration", 100 * share);
    return append_knobs(scene, KNOBS(KNOB_PHASES), TURN_OFF, "; if you need only step times, ",
                        text);
}

/* ---- the rules ------------------------------------------------------------------------------ */

/* What a rule's share is a share of. STEP_ABOVE_CEILING: of a step, of which only the time beyond
 * the time at peak bandwidth can be saved. */
enum part { STEP, STEP_ABOVE_CEILING, ITERATION };

static const struct rule {
    const char *name;
    enum part of;
    double least; /* the smallest share at which the rule applies */
    double saved; /* the estimated fraction of that share that following the advice saves */
    bool (*say)(const struct scene *scene, double share, char *text);
} rules[RULE_COUNT] = {
    [RULE_LAUNCH_GAP] = {"launch gap", STEP, 0.20, 0.8, say_launch_gap},
    [RULE_BARRIER] = {"barrier wait", STEP, 0.25, 0.5, say_barrier},
    [RULE_DATA] = {"data wait", STEP_ABOVE_CEILING, 0.25, 0.5, say_data},
    [RULE_CEILING] = {"ceiling", STEP, 0.85, 0.25, say_ceiling},
    [RULE_COMPUTE] = {"compute", STEP_ABOVE_CEILING, 0.60, 0.4, say_compute},
    [RULE_IMBALANCE] = {"imbalance", STEP, 0.30, 0.4, say_spread},
    [RULE_ENDS] = {"launch and sync", ITERATION, 0.30, 0.5, say_ends},
    [RULE_STAMPS] = {"stamps", ITERATION, 0.05, 1, say_stamps},
    [RULE_PHASES] = {"phases", ITERATION, 0.05, 1, say_phases},
};

/* Returns the estimated share of an iteration that following the rule saves. */
static double saves(const struct scene *scene, const struct rule *rule, double share)
{
    const double above = 1 - scene->ceiling_share;
    if (rule->of == STEP_ABOVE_CEILING && share > above)
        share = above;
    return share * rule->saved * (rule->of == ITERATION ? 1 : scene->steps_share);
}

const struct variant *advice_next(const struct variant *variant)
{
    for (size_t i = 0; variants[i]; i++) {
        const struct variant *next = variants[i];
        if (next->after && strcmp(next->after, variant->name) == 0 && !next->hidden &&
            next->backend == variant->backend && strcmp(next->target, variant->target) == 0)
            return backends[next->backend] ? next : NULL;
    }
    return NULL;
}

/* Returns the share of an iteration that all steps but the first take. In a free-running iteration,
 * the programs' steps run concurrently, so their sum is divided by the number of programs. */
static double steps_share(const struct run *run)
{
    const struct histogram *iterations = &run->histograms[METRIC_ITERATION];
    const uint32_t lanes =
        run->facts.free_running && run->facts.programs > 0 ? run->facts.programs : 1;
    const double p50_ns = run_p50_ns(run, METRIC_ITERATION);
    const double share =
        (double)run->breakdown.step_ns / ((double)iterations->count * (double)lanes * p50_ns);
    return p50_ns <= 0 ? 0 : share < 1 ? share : 1;
}

static bool look(const struct run *run, const struct device_info *device, struct scene *scene)
{
    const struct facts *facts = &run->facts;
    const uint32_t starts = facts->launches_per_iteration > facts->graph_nodes
                                ? facts->launches_per_iteration
                                : facts->graph_nodes;
    *scene = (struct scene){.run = run, .gpu = run->backend == BACKEND_CUDA};
    if (run->breakdown.steps < ADVICE_STEPS || run->status >= RUN_FAILED ||
        run->verification.verdict != VERDICT_RIGHT || !breakdown_means_of(run, &scene->means))
        return false;
    const struct variant *next = run->known ? advice_next(run->known) : NULL;
    scene->next = next ? next->name : NULL;
    scene->units = device ? device->units : 0;
    scene->parts = run->verification.total;
    /* On a CPU, graph nodes need no wake-up: a thread that is already running claims the next
     * node. */
    scene->launches = run->used.seq_len > 1 &&
                      (scene->gpu ? starts : facts->launches_per_iteration) >= run->used.seq_len;
    scene->steps_share = steps_share(run);
    scene->ceiling_share = of_step(scene, scene->means.ceiling_ns);
    return true;
}

bool advice_of(const struct run *run, const struct device_info *device, struct advice *advice)
{
    struct scene scene;
    double shares[RULE_COUNT];
    *advice = (struct advice){.saves = WITHIN_NOISE * run->noise.sigma};
    if (!look(run, device, &scene))
        return false;
    find_shares(&scene, shares);
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const double share = shares[i], gain = saves(&scene, &rules[i], share);
        char text[ADVICE_ROOM];
        if (share < rules[i].least || gain <= advice->saves || !rules[i].say(&scene, share, text))
            continue;
        *advice = (struct advice){.rule = rules[i].name, .saves = gain};
        memcpy(advice->text, text, sizeof text);
    }
    return advice->rule != NULL;
}
