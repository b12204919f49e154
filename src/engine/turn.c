#include "turn.h"

#include "../../kernels/clock.h"
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>

/* The deadline counts slices of waiting instead of reading a clock: a process that was stopped
 * and continued has lost one slice, not its deadline. */
#define SLICE_NS UINT64_C(10000000)
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define PATIENCE_SLICES (30u * 200u)
#else
#define PATIENCE_SLICES 200u
#endif

#define SLICES_IN_S(slices) ((unsigned)((uint64_t)(slices)*SLICE_NS / 1000000000u))

/* Fills the run's facts. Moves the list of operations to the turn, because the list lives only as
 * long as the variant's state. */
static void describe(struct turn *turn)
{
    struct facts *facts = &turn->run->facts;
    turn->variant->ops->describe(turn->state, facts);
    turn->operations = facts->operations;
    turn->operation_count = facts->operation_count;
    facts->operations = NULL;
    facts->operation_count = 0;
}

bool turn_begin(struct turn *turn, struct run *run, const struct plan *plan,
                const struct device_info *device, const uint32_t *stop, struct error *error)
{
    turn->variant = NULL;
    turn->run = run;
    turn->plan = *plan;
    turn->setup = (struct setup){.plan = &turn->plan, .device = device, .stop = stop};
    turn->state = run->known->ops->prepare(&turn->setup, error);
    if (!turn->state) {
        turn->lost = error->kind == ERROR_LOST;
        turn->loss = *error;
        return false;
    }
    turn->variant = run->known;
    describe(turn);
    turn->iterations = 0;
    turn->warm_left = (uint32_t)run->used.warmup;
    run->warmed = 0;
    turn->check_due = run->verification.verdict == VERDICT_NONE;
    turn->began_ns = clock_now();
    turn->last = (struct stamp_batch){0};
    return true;
}

/* Sets whether this thread takes SIGCONT. It takes SIGCONT only from the first recorded iteration
 * on: before, the driver may start threads, which inherit the signal mask and must not take
 * SIGCONT. */
static void take_stops(struct turn *turn, bool take)
{
    if (turn->takes_stops != take)
        stopped_take(take);
    turn->takes_stops = take;
}

/* The device is lost. Nothing is freed: the device's threads or kernels may still use it, and
 * freeing may block forever. */
static void lose(struct turn *turn, const struct error *why)
{
    const struct device_ops *ops = backends[turn->variant->backend];
    size_t length;
    FILE *memory = ops && ops->diagnose ? open_memstream(&turn->account, &length) : NULL;
    if (memory) {
        ops->diagnose(turn->state, memory);
        fclose(memory);
    }
    take_stops(turn, false);
    turn->variant = NULL;
    turn->lost = true;
    turn->loss = *why;
    turn->last = (struct stamp_batch){0};
}

bool turn_quiesce(struct turn *turn, struct error *error)
{
    if (!turn->variant->ops->quiesce || turn->variant->ops->quiesce(turn->state, error))
        return true;
    lose(turn, error);
    return false;
}

void turn_end(struct turn *turn)
{
    struct error error = {0};
    if (!turn->variant || !turn_quiesce(turn, &error))
        return;
    take_stops(turn, false);
    turn->variant->ops->release(turn->state);
    turn->variant = NULL;
    turn->last = (struct stamp_batch){0};
}

/* Polls the submitted iteration until it ends. If `records`, records rows as they arrive. */
static enum turn_result follow(struct turn *turn, uint32_t *stop, bool records,
                               struct turn_watch watch, struct stamp_batch *batch,
                               struct error *error)
{
    uint64_t heartbeat = 0;
    uint32_t idle_slices = 0;
    for (;;) {
        enum poll_state state = turn->variant->ops->poll(turn->state, SLICE_NS, batch, error);
        if (state == POLL_FAILED)
            return TURN_FAILED;
        turn->was_stopped = turn->was_stopped || stopped_since(&turn->mark);
        if (records && !turn->was_stopped && batch->count > 0)
            steps_add(&turn->steps, batch, turn->run);
        if (state == POLL_DONE && idle_slices >= PATIENCE_SLICES) {
            error_set(error, ERROR_RUN, "%s made no progress for %u s and was stopped",
                      turn->run->variant, SLICES_IN_S(PATIENCE_SLICES));
            return TURN_FAILED;
        }
        if (state == POLL_DONE)
            return stop_requested(stop) ? TURN_STOPPED : TURN_ITERATED;

        idle_slices = batch->heartbeat == heartbeat ? idle_slices + 1 : 0;
        heartbeat = batch->heartbeat;
        if (idle_slices == PATIENCE_SLICES)
            __atomic_store_n(stop, 1, __ATOMIC_RELEASE);
        if (idle_slices == 2 * PATIENCE_SLICES) {
            error_set(error, ERROR_LOST, "%s made no progress for %u s and did not stop",
                      turn->run->variant, 2 * SLICES_IN_S(PATIENCE_SLICES));
            return TURN_FAILED;
        }
        watch.call(watch.context, idle_slices >= PATIENCE_SLICES);
    }
}

static size_t part_elements(const struct turn *turn, uint32_t part)
{
    const struct workload_part shape = turn->variant->workload->part(&turn->plan.used, part);
    return (size_t)shape.rows * shape.columns;
}

/* Returns how many of the first `parts` parts in `order` fit into the workload's verify_bytes; at
 * least one. Sets *elements to the number of their output elements. */
static uint32_t fit_parts(const struct turn *turn, const uint32_t *order, uint32_t parts,
                          size_t *elements)
{
    const size_t most = turn->variant->workload->verify_bytes / sizeof(float);
    uint32_t count = 0;
    *elements = 0;
    do
        *elements += part_elements(turn, order[count++]);
    while (count < parts && *elements + part_elements(turn, order[count]) <= most);
    return count;
}

/* Gives the verifier the parts that SEED selects, as many as fit. If memory runs out, the run stays
 * unverified, and so unranked. */
static void give_output(struct turn *turn, struct verifier *verifier)
{
    const struct knobs *used = &turn->plan.used;
    const struct workload *workload = turn->variant->workload;
    const uint32_t parts = workload->parts(used);
    size_t elements = 0;
    struct verifier_job job = {
        .epoch = turn->run->epoch,
        .workload = workload,
        .knobs = *used,
        .nan_count = turn->variant->ops->count_nan(turn->state),
        .budget_ns = workload->verify_ns,
        .parts = malloc(parts * sizeof *job.parts),
    };
    if (job.parts) {
        reference_order((uint64_t)used->seed, parts, job.parts);
        job.count = fit_parts(turn, job.parts, parts, &elements);
        job.rows = malloc(elements * sizeof *job.rows);
    }
    if (!job.rows) {
        free(job.parts);
        return;
    }
    float *rows = job.rows;
    for (uint32_t i = 0; i < job.count; i++) {
        turn->variant->ops->output(turn->state, job.parts[i], rows);
        rows += part_elements(turn, job.parts[i]);
    }
    verifier_give(verifier, &job);
}

/* The purpose of an iteration, which decides how it runs. */
struct aim {
    bool check; /* its output is verified */
    bool warm;
    bool record;
    bool alone;    /* without the prefill */
    bool bare;     /* measures the cost of stamps */
    bool unphased; /* measures the cost of phases */
    enum look look;
};

static struct aim aim_next(const struct turn *turn)
{
    const struct knobs *used = &turn->plan.used;
    struct aim aim = {.check = turn->check_due, .warm = !turn->check_due && turn->warm_left > 0};
    aim.record = !aim.check && !aim.warm;
    aim.alone = aim.record && turn->variant->ops->submit_decode && turn->iterations % 2 == 0;
    aim.bare = aim.record && used->stamps && turn->iterations % TURN_BARE_EVERY == 1;
    const bool stamped = used->stamps && !aim.bare;
    const bool phased = stamped && used->phases && (turn->variant->knobs & KNOB_BIT(PHASES));
    aim.unphased = aim.record && phased && turn->iterations % TURN_BARE_EVERY == 9;
    aim.look = !stamped ? LOOK_NOTHING : phased && !aim.unphased ? LOOK_PHASES : LOOK_STAMPS;
    return aim;
}

/* Records a finished iteration: its duration, and what was measured besides its steps. */
static void record(struct turn *turn, const struct aim *aim, const struct stamp_batch *batch)
{
    struct run *run = turn->run;
    const uint64_t iteration_ns = batch->synchronised_ns - turn->submitted_ns;
    if (aim->bare || aim->unphased) { /* never aim->alone: these have odd numbers, iterations
                                         without their prefill have even numbers */
        histogram_record(&run->histograms[aim->bare ? METRIC_BARE : METRIC_UNPHASED], iteration_ns);
        return;
    }
    steps_finish(&turn->steps, batch->synchronised_ns, run);
    if (aim->alone)
        return;
    if (!run->facts.free_running)
        operations_add(&run->operations, turn->operations, turn->operation_count, batch,
                       run->breakdown.most_ns);
    steps_add_prefill(batch->spans, batch->span_count, run);
    if (batch->in_flight_most > run->in_flight_most)
        run->in_flight_most = batch->in_flight_most;
    run->left_out += batch->left_out;
    if (aim->look != LOOK_NOTHING)
        turn->last = *batch;
}

static enum turn_result iterate(struct turn *turn, uint32_t *stop, struct verifier *verifier,
                                struct turn_watch watch, struct error *error)
{
    const struct variant_ops *ops = turn->variant->ops;
    struct run *run = turn->run;
    const struct aim aim = aim_next(turn);
    const bool follows = aim.record && !aim.bare && !aim.unphased;
    struct stamp_batch batch = {0};

    if (aim.check) {
        if (!turn_quiesce(turn, error))
            return TURN_FAILED;
        ops->poison(turn->state);
    }
    if (aim.record)
        take_stops(turn, true);
    turn->iterations++;
    turn->last = (struct stamp_batch){0};
    turn->was_stopped = false;
    steps_begin(&turn->steps, run->facts.free_running, aim.alone);
    turn->mark = stopped_mark();
    turn->submitted_ns = clock_now();
    steps_submit(&turn->steps, turn->submitted_ns);
    if (!(aim.alone ? ops->submit_decode : ops->submit)(turn->state, aim.look, error))
        return TURN_FAILED;
    turn->handed_ns = clock_now();
    enum turn_result result = follow(turn, stop, follows, watch, &batch, error);
    if (result != TURN_ITERATED)
        return result;
    describe(turn);
    turn->synchronised_ns = batch.synchronised_ns;

    if (aim.check) {
        turn->check_due = false;
        if (!turn_quiesce(turn, error))
            return TURN_FAILED;
        give_output(turn, verifier);
    } else if (aim.warm) {
        turn->warm_left--;
        run->warmed++;
    } else if (turn->was_stopped) {
        run->stopped_iterations++;
        turn->began_ns += clock_now() - turn->submitted_ns;
    } else {
        record(turn, &aim, &batch);
    }
    return TURN_ITERATED;
}

enum turn_result turn_iterate(struct turn *turn, uint32_t *stop, struct verifier *verifier,
                              struct turn_watch watch, struct error *error)
{
    enum turn_result result = iterate(turn, stop, verifier, watch, error);
    if (result == TURN_FAILED && error->kind == ERROR_LOST && turn->variant)
        lose(turn, error);
    return result;
}
