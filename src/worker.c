#include "worker.h"

#include "../kernels/clock.h"
#include "../kernels/thread.h"
#include "ceilings.h"
#include "floor.h"
#include "loss.h"
#include "mailbox.h"
#include "plans.h"
#include "stopped.h"
#include "targets.h"
#include "turn.h"
#include "turn_median.h"
#include "turn_order.h"
#include "watcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PUBLISH_NS UINT64_C(25000000) /* leaves room below the 33 ms that are promised */
#define NAP_NS     UINT64_C(20000000) /* while only a verdict is awaited */

/* The selected run and the tagged ones take turns, which become units (turn_median.h). When a
 * selected one that is alone has as many as a verdict takes, it is prepared again as seldom as
 * this.
 */
#define LONG_TURN_NS      UINT64_C(10000000000)
#define LONG_TURN_PREPARE 20u                 /* times preparing */
#define GRANTED_TURN_NS   UINT64_C(800000000) /* at least, of a turn that takes a grant */

/* The survey: when one has had its turn, each other one gets a short one, once. */
#define SURVEY_NS         UINT64_C(200000000)
#define SURVEY_ITERATIONS 10u
#define SURVEY_LIMIT_NS   UINT64_C(3000000000) /* a turn ends here even without its verdict */

struct worker {
    /* Shared. */
    struct mailbox mailbox;
    struct triple_buffer triple;
    struct snapshot slots[3];
    uint32_t stop; /* raised by worker_post, read by the running variant, cleared by the thread */
    uint32_t quit;
    uint32_t skip;   /* raised by worker_skip_measuring, and where it quits */
    uint64_t rested; /* id of the request that left nothing to run last; read by worker_rests */
    int news;

    /* The poster's own. */
    uint64_t posted;
    pthread_t thread;

    /* The thread's own. */
    enum backend backend;
    int device;
    struct device_info info;
    struct ceilings ceilings; /* all 0: not known */
    uint32_t measures;        /* of the request that was answered last */
    struct error unmeasured;
    struct noise noise; /* between processes, as it is kept, or assumed */
    struct verifier *verifier;
    struct request request;
    struct run runs[WORKER_RUNS];
    struct plan planned[WORKER_RUNS]; /* of the runs that are not skipped */
    struct plans plans;
    struct run adopted[WORKER_RUNS]; /* of before; until the first request has come */
    uint32_t adopted_count;
    struct device_info adopted_device;
    struct turn turn;
    struct turn_median median; /* of the turn */
    struct turn_order order;
    uint32_t spent;          /* the grant that was used up last */
    bool selected_due;       /* the selected run has its turn before all others */
    struct watcher *watcher; /* of the device's meter; NULL: there is none, or none is wanted */
    bool watcher_tried;
    bool watches;            /* the turn's telemetry is being read */
    struct telemetry before; /* that its run had from earlier turns */
    struct held {
        const struct variant *variant; /* NULL: none yet */
        struct knobs used;
    } held, held_before;   /* what has or had the device last, and what had it before that */
    char *loss;            /* how the device was lost (loss.h); NULL: it was not */
    uint64_t preparing_ns; /* that this turn's variant took */
    uint32_t letters;      /* that had come when the mailbox was looked into last */
    struct error error;
    enum worker_state state;
    uint64_t epochs;    /* begun so far */
    uint64_t published; /* snapshots so far, and when the last one was */
    uint64_t published_ns;
};

/* ---- telemetry ------------------------------------------------------------------------------ */

static void open_watcher(struct worker *worker)
{
    const struct meter *meter = backends[worker->backend]->meter;
    struct error ignored; /* then there is no telemetry */
    if (!worker->watcher_tried && !worker->request.no_telemetry && meter)
        worker->watcher = watcher_start(meter, worker->device, &ignored);
    worker->watcher_tried |= !worker->request.no_telemetry;
}

/* The turn's telemetry begins with the first iteration that is recorded. */
static void begin_watch(struct worker *worker)
{
    const struct run *run = worker->turn.run;
    if (worker->watches || !worker->watcher || worker->request.no_telemetry ||
        worker->turn.check_due || worker->turn.warm_left > 0)
        return;
    worker->watches = true;
    worker->before = run->telemetry;
    watcher_begin(worker->watcher, (uint64_t)(run->used.seq_len * run->used.batch),
                  run->backend == BACKEND_CPU ? run->facts.programs : 0);
}

static void add_telemetry(struct worker *worker, const struct telemetry *of_turn)
{
    struct run *run = worker->turn.run;
    run->telemetry = worker->before;
    telemetry_merge(&run->telemetry, of_turn);
    run->version++;
}

static void take_telemetry(struct worker *worker)
{
    struct telemetry of_turn;
    if (worker->watches && watcher_look(worker->watcher, &of_turn))
        add_telemetry(worker, &of_turn);
}

static void end_watch(struct worker *worker)
{
    struct telemetry of_turn;
    if (worker->watches && watcher_end(worker->watcher, &of_turn))
        add_telemetry(worker, &of_turn);
    worker->watches = false;
}

static void end_turn(struct worker *worker)
{
    end_watch(worker);
    if (worker->turn.variant)
        turn_median_end(&worker->median, worker->turn.run);
    turn_end(&worker->turn);
}

/* ---- publishing ----------------------------------------------------------------------------- */

static void take_trace(const struct turn *turn, struct trace *trace)
{
    const struct stamp_batch *last = &turn->last;
    if (last->ring && last->first + last->count > last->ring)
        return; /* its first steps have been overwritten */
    if (trace_take(trace, last->stamps, last->stride, last->first + last->count, last->programs,
                   turn->submitted_ns, last->synchronised_ns) &&
        trace_take_spans(trace, last->spans, last->span_count, turn->submitted_ns))
        trace->steps_run = last->rows_run;
}

/* Keeps the stamps of the iteration recorded last if it is nearer to the median than the ones kept
 * so far. Done only when publishing: a percentile costs more than a short iteration. */
static void keep_typical(struct turn *turn)
{
    struct run *run = turn->run;
    const struct stamp_batch *last = &turn->last;
    if (!turn->variant || !last->stamps)
        return;
    int64_t median = (int64_t)histogram_percentile(&run->histograms[METRIC_ITERATION], 0.5);
    int64_t duration = (int64_t)(last->synchronised_ns - turn->submitted_ns);
    int64_t kept = (int64_t)run->typical.iteration_ns;
    if (kept == 0 || llabs(duration - median) < llabs(kept - median))
        take_trace(turn, &run->typical);
}

static void keep_slowest(struct turn *turn)
{
    const struct stamp_batch *last = &turn->last;
    if (last->stamps &&
        last->synchronised_ns - turn->submitted_ns > turn->run->slowest.iteration_ns)
        take_trace(turn, &turn->run->slowest);
}

static bool awaits_verdict(const struct run *run)
{
    return run->verification.verdict == VERDICT_NONE;
}

/* Whether a verdict came in. */
static bool take_verdict(struct worker *worker)
{
    uint64_t epoch;
    struct verification verification;
    bool taken = false;
    while (verifier_take(worker->verifier, &epoch, &verification)) {
        for (uint32_t i = 0; i < worker->request.count; i++) {
            if (worker->runs[i].epoch == epoch) {
                worker->runs[i].verification = verification;
                worker->runs[i].version++;
                taken = true;
            }
        }
    }
    return taken;
}

/* Whether a verification is further than it was, has begun or has ended. */
static bool note_progress(struct worker *worker)
{
    uint64_t epoch;
    uint32_t checked;
    bool changed = false;
    const bool checking = verifier_progress(worker->verifier, &epoch, &checked);
    for (uint32_t i = 0; i < worker->request.count; i++) {
        struct run *run = &worker->runs[i];
        const bool verifying = checking && run->epoch == epoch && awaits_verdict(run);
        const uint32_t verified = verifying ? checked : 0;
        if (run->verifying != verifying || run->verified != verified) {
            run->verifying = verifying;
            run->verified = verified;
            run->version++;
            changed = true;
        }
    }
    return changed;
}

/* Whether there is news of verifications. */
static bool note_verifications(struct worker *worker)
{
    const bool taken = take_verdict(worker);
    return note_progress(worker) || taken;
}

static void publish(struct worker *worker)
{
    struct snapshot *slot = &worker->slots[worker->triple.back];
    take_telemetry(worker);
    slot->number = ++worker->published;
    slot->request_id = worker->request.id;
    slot->state = worker->state;
    slot->error = worker->error;
    slot->paused = worker->request.paused;
    slot->selected = worker->request.selected;
    slot->active = worker->turn.variant ? (uint32_t)(worker->turn.run - worker->runs)
                                        : worker->request.selected;
    slot->device = worker->info;
    slot->ceilings = worker->ceilings;
    slot->measures = worker->measures;
    slot->unmeasured = worker->unmeasured;
    slot->count = 0;
    for (uint32_t i = 0; i < worker->request.count; i++) {
        if (!slot->runs[i].histograms[0].counts && !run_open(&slot->runs[i]))
            break;
        if (!run_copy(&slot->runs[i], &worker->runs[i]))
            break;
        slot->count++;
    }
    if (worker->state == WORKER_IDLE || worker->state == WORKER_FAILED)
        __atomic_store_n(&worker->rested, worker->request.id, __ATOMIC_RELEASE);
    triple_publish(&worker->triple);
    worker->published_ns = clock_now();
    eventfd_write(worker->news, 1);
}

static void publish_if_due(struct worker *worker)
{
    if (clock_now() - worker->published_ns < PUBLISH_NS)
        return;
    note_verifications(worker);
    publish(worker);
}

/* The turn's watch: keeps the screen moving inside a long iteration, and ends it for a letter that
 * came after its `stop` was cleared. */
static void watch_iteration(void *context, bool stalled)
{
    struct worker *worker = context;
    if (mailbox_letters(&worker->mailbox) != worker->letters)
        __atomic_store_n(&worker->stop, 1, __ATOMIC_RELEASE);
    worker->state = stalled ? WORKER_STALLED : WORKER_RUNNING;
    worker->turn.run->version++;
    publish_if_due(worker);
}

/* ---- requests ------------------------------------------------------------------------------- */

static void set_status(struct run *run, enum run_status status)
{
    run->status = status;
    run->version++;
}

static bool same_knobs(const struct knobs *a, const struct knobs *b, uint64_t bits)
{
    for (int i = 0; i < KNOB_COUNT; i++)
        if ((bits >> i & 1) && a->value[i] != b->value[i])
            return false;
    return true;
}

static bool is_same_device(const struct device_info *a, const struct device_info *b)
{
    return a->backend == b->backend && strcmp(a->name, b->name) == 0 &&
           strcmp(a->driver, b->driver) == 0 && strcmp(a->isa, b->isa) == 0;
}

/* Goes on with an epoch of before, if there is one. */
static void go_on(const struct worker *worker, struct run *run)
{
    if (!is_same_device(&worker->adopted_device, &worker->info))
        return;
    for (uint32_t i = 0; i < worker->adopted_count; i++) {
        const struct run *old = &worker->adopted[i];
        bool failed = old->status == RUN_FAILED; /* whatever `auto` came to then */
        if (old->known != run->known || old->status == RUN_SKIPPED ||
            !same_knobs(&old->asked, &run->asked, run->known->knobs) ||
            (!failed && !same_knobs(&old->used, &run->used, run->known->knobs)))
            continue;
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            histogram_merge(&run->histograms[metric], &old->histograms[metric]);
        uint64_t iterations = run->histograms[METRIC_ITERATION].count;
        run->facts = old->facts;
        run->turns = old->turns;
        run->left_out = old->left_out;
        run->stopped_iterations = old->stopped_iterations;
        run->in_flight_most = old->in_flight_most;
        run->verification = old->verification;
        run->floor_ns = old->floor_ns;
        run->iteration_floor_ns = old->iteration_floor_ns;
        run->ceiling_gb_per_s = old->ceiling_gb_per_s;
        run->telemetry = old->telemetry;
        run->error = old->error;
        if (failed)
            set_status(run, RUN_FAILED);
        else if (run->used.iterations > 0 && iterations >= (uint64_t)run->used.iterations &&
                 run->verification.verdict != VERDICT_NONE)
            set_status(run, RUN_DONE);
        else if (iterations > 0)
            set_status(run, RUN_MEASURING);
    }
}

static void forget_adopted(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->adopted_count; i++)
        run_close(&worker->adopted[i]);
    worker->adopted_count = 0;
}

/* False: *error says why it can't run. */
static bool plan_run(struct worker *worker, uint32_t index, const struct variant *variant,
                     struct plan *plan, struct error *error)
{
    const struct request *request = &worker->request;
    if (index == 0 && request->plan) {
        *plan = *request->plan;
        return true;
    }
    const struct planned *planned =
        plans_find(&worker->plans, variant, &request->knobs, &worker->info);
    *plan = planned->plan;
    *error = planned->error;
    return planned->runs;
}

static void begin_epoch(struct worker *worker, struct run *run, const struct variant *variant)
{
    if (worker->turn.variant && worker->turn.run == run)
        end_turn(worker);
    if (worker->turn.lost)
        return; /* a plan asks the driver what the device holds */
    const uint32_t index = (uint32_t)(run - worker->runs);
    struct plan *plan = &worker->planned[index];
    struct error error = {0};
    const bool runs =
        plan_run(worker, index, variant, plan, &error) && device_can_time(&worker->info, &error);
    run_begin(run, variant, &worker->request.knobs, &plan->used, ++worker->epochs);
    run->noise = worker->noise;
    run->error = error;
    if (!runs)
        set_status(run, RUN_SKIPPED);
    else
        go_on(worker, run);
}

/* Ends a turn before its time: in a survey, a run that had too little of it will have another. */
static void cut_turn(struct worker *worker)
{
    struct run *run = worker->turn.run;
    end_turn(worker);
    if (worker->request.survey && run->status < RUN_DONE &&
        run->histograms[METRIC_ITERATION].count < SURVEY_ITERATIONS)
        set_status(run, RUN_WAITING);
}

/* Takes over a request. Runs go on where nothing that their variant reads has changed. False: there
 * is no memory, or the device is lost. */
static bool apply(struct worker *worker, const struct request *request)
{
    struct request old = worker->request;
    worker->request = *request;
    for (uint32_t i = 0; i < request->count; i++) {
        struct run *run = &worker->runs[i];
        const struct variant *variant = request->variants[i];
        if (!run->histograms[0].counts && !run_open(run))
            return error_set(&worker->error, ERROR_RUN, "no memory for the histograms");
        bool reset = i == request->selected && request->resets != old.resets;
        bool kept = i < old.count && run->known == variant && !reset &&
                    same_knobs(&old.knobs, &request->knobs, variant->knobs);
        if (!kept)
            begin_epoch(worker, run, variant);
        if (worker->turn.lost)
            return false;
        run->asked = request->knobs;
        run->version++;
    }
    if (worker->turn.variant && request->selected != old.selected)
        cut_turn(worker);
    /* Of those that take a grant each, only another one goes before the order. */
    worker->selected_due |=
        !worker->turn.variant && (!request->yields || request->selected != old.selected);
    forget_adopted(worker);
    return !worker->turn.lost;
}

/* ---- turns ---------------------------------------------------------------------------------- */

static bool can_iterate(const struct run *run)
{
    return run->status < RUN_DONE;
}

/* Whether the run is one of those that go on for as long as the request stands. */
static bool takes_turns(const struct worker *worker, const struct run *run)
{
    const uint32_t index = (uint32_t)(run - worker->runs);
    return index == worker->request.selected || worker->request.tagged >> index & 1;
}

/* 1 << index: those that take turns and can. */
static uint32_t find_takers(const struct worker *worker)
{
    uint32_t takers = 0;
    for (uint32_t i = 0; i < worker->request.count; i++)
        if (takes_turns(worker, &worker->runs[i]) && can_iterate(&worker->runs[i]))
            takers |= 1u << i;
    return takers;
}

/* A run whose turn in the survey has not come; NULL when all had theirs. */
static struct run *next_in_survey(struct worker *worker)
{
    for (uint32_t i = 0; worker->request.survey && i < worker->request.count; i++)
        if (!takes_turns(worker, &worker->runs[i]) && worker->runs[i].status == RUN_WAITING)
            return &worker->runs[i];
    return NULL;
}

/* How long the turn of one that takes turns is at least: preparing takes at most half of the time.
 * One that is alone keeps the device where only that is measured; in the explorer, once it has the
 * turns that a verdict takes, preparing costs it next to nothing. */
static uint64_t turn_least_ns(struct worker *worker, const struct run *run)
{
    const uint64_t long_ns = LONG_TURN_PREPARE * worker->preparing_ns;
    if (worker->request.yields)
        return GRANTED_TURN_NS > worker->preparing_ns ? GRANTED_TURN_NS : worker->preparing_ns;
    if (find_takers(worker) == 1u << (run - worker->runs)) {
        if (!worker->request.survey)
            return UINT64_MAX;
        if (run->turns.units >= EVIDENCE_LEAST && !next_in_survey(worker))
            return long_ns > LONG_TURN_NS ? long_ns : LONG_TURN_NS;
    }
    return worker->preparing_ns;
}

/* Whether nothing may run until there is a grant. */
static bool lacks_grant(const struct worker *worker)
{
    return worker->request.yields && worker->request.grants == worker->spent;
}

/* A turn is over that was not cut short. */
static void finish_turn(struct worker *worker)
{
    if (takes_turns(worker, worker->turn.run))
        worker->spent = worker->request.grants;
    end_turn(worker);
}

/* Whether the run has had enough of a turn for another's to come, or for its own next one. */
static bool has_settled(struct worker *worker, const struct run *run)
{
    if (run->status != RUN_MEASURING)
        return false;
    const uint64_t turn_ns = clock_now() - worker->turn.began_ns;
    const bool enough =
        takes_turns(worker, run)
            ? turn_median_is_unit(&worker->median, run) &&
                  turn_median_taken_ns(&worker->median, run) >= turn_least_ns(worker, run)
            : run->histograms[METRIC_ITERATION].count >= SURVEY_ITERATIONS && turn_ns >= SURVEY_NS;
    return enough && (!awaits_verdict(run) || turn_ns >= SURVEY_LIMIT_NS);
}

/* Whose turn it is now; NULL when nobody has anything to measure. */
static struct run *next_run(struct worker *worker)
{
    const uint32_t selected = worker->request.selected;
    if (worker->request.count == 0 || worker->request.paused || lacks_grant(worker))
        return NULL;
    if (worker->turn.variant)
        return worker->turn.run;
    const bool first = worker->selected_due && can_iterate(&worker->runs[selected]);
    worker->selected_due = false;
    if (first) {
        turn_order_begin(&worker->order, find_takers(worker), selected);
        return &worker->runs[selected];
    }
    struct run *surveyed = next_in_survey(worker);
    const int next = surveyed ? -1 : turn_order_next(&worker->order, find_takers(worker));
    return next < 0 ? surveyed : &worker->runs[next];
}

static void fail(struct worker *worker, struct run *run, const struct error *error)
{
    end_turn(worker);
    run->error = *error;
    set_status(run, RUN_FAILED);
    if (!worker->turn.lost)
        publish(worker);
}

/* Whatever the turn did last, if it lost the device, the worker ends. */
static void take_loss(struct worker *worker)
{
    struct turn *turn = &worker->turn;
    if (!turn->lost || worker->error.kind != ERROR_NONE)
        return;
    if (turn->run->status != RUN_FAILED) {
        turn->run->error = turn->loss;
        set_status(turn->run, RUN_FAILED);
    }
    worker->error = turn->loss;
    worker->loss = loss_print(&(struct loss){.device = &worker->info,
                                             .run = turn->run,
                                             .why = &turn->loss,
                                             .account = turn->account,
                                             .before = worker->held_before.variant,
                                             .before_used = &worker->held_before.used});
    free(turn->account);
    turn->account = NULL;
}

static void draw_floor(const struct worker *worker, struct run *run)
{
    const struct floor floor = floor_of(&worker->ceilings, &worker->info, run);
    run->floor_ns = floor.step_ns;
    run->iteration_floor_ns = floor.iteration_ns;
    run->ceiling_gb_per_s = floor.gb_per_s;
}

static bool give_turn(struct worker *worker, struct run *run)
{
    if (worker->turn.variant)
        return true;
    struct error error = {0};
    open_watcher(worker);
    worker->held_before = worker->held;
    worker->held = (struct held){run->known, run->used};
    const uint64_t begin_ns = clock_now();
    if (run->status != RUN_MEASURING) /* else its samples go on */
        set_status(run, RUN_PREPARING);
    worker->state = WORKER_RUNNING;
    publish(worker);
    if (!turn_begin(&worker->turn, run, &worker->planned[run - worker->runs], &worker->info,
                    &worker->stop, &error)) {
        if (!stop_requested(&worker->stop) || worker->turn.lost)
            fail(worker, run, &error);
        else if (run->status == RUN_PREPARING)
            set_status(run, RUN_WAITING);
        return false;
    }
    worker->preparing_ns = clock_now() - begin_ns;
    turn_median_begin(&worker->median, run);
    draw_floor(worker, run);
    if (run->status == RUN_PREPARING)
        set_status(run, RUN_WARMING);
    return true;
}

static void iterate(struct worker *worker, struct run *run)
{
    const struct histogram *iterations = &run->histograms[METRIC_ITERATION];
    struct turn_watch watch = {.call = watch_iteration, .context = worker};
    struct error error = {0};
    uint64_t before = iterations->count;
    worker->state = WORKER_RUNNING;
    begin_watch(worker);
    switch (turn_iterate(&worker->turn, &worker->stop, worker->verifier, watch, &error)) {
    case TURN_FAILED:
        fail(worker, run, &error);
        return;
    case TURN_STOPPED:
        return;
    case TURN_ITERATED:
        break;
    }
    if (worker->watches)
        watcher_count(worker->watcher);
    run->version++;
    if (iterations->count == before) {
        publish_if_due(worker);
        return;
    }
    run->status = RUN_MEASURING;
    keep_slowest(&worker->turn);
    if (run->used.iterations > 0 && iterations->count >= (uint64_t)run->used.iterations) {
        keep_typical(&worker->turn);
        set_status(run, RUN_DONE);
        finish_turn(worker);
    }
    bool at_once = before == 0 || run->status == RUN_DONE; /* the first sample, and the last */
    if (at_once || clock_now() - worker->published_ns >= PUBLISH_NS) {
        keep_typical(&worker->turn);
        note_verifications(worker);
        publish(worker);
    }
}

/* Sleeps until a letter comes; only a nap while a verdict may still come in. */
static void rest(struct worker *worker)
{
    bool waiting = false;
    end_watch(worker);
    for (uint32_t i = 0; i < worker->request.count; i++) {
        const struct run *run = &worker->runs[i];
        waiting |= run->status >= RUN_WARMING && run->status <= RUN_DONE && awaits_verdict(run);
    }
    if (note_verifications(worker) || worker->state != WORKER_IDLE) {
        worker->state = WORKER_IDLE;
        publish(worker);
    }
    mailbox_wait(&worker->mailbox, worker->letters, waiting ? NAP_NS : UINT64_MAX / 2);
}

/* ---- what the device can do ----------------------------------------------------------------- */

/* Measures and keeps it. Where that fails nothing else does, unless the device is lost with it. */
static void measure_device(struct worker *worker)
{
    struct ceilings ceilings;
    struct error error = {0};
    char path[DEVICE_FILE_ROOM];
    worker->state = WORKER_MEASURING;
    publish(worker);
    const bool measured =
        ceilings_measure(&worker->info, worker->device, &worker->skip, &ceilings, &error);
    if (measured) {
        worker->ceilings = ceilings;
        ceilings_keep(&worker->info, &ceilings, path, &error);
    }
    if (error.kind == ERROR_LOST)
        worker->error = error;
    else if (error.kind != ERROR_NONE && !stop_requested(&worker->skip))
        error_set(&worker->unmeasured, error.kind, "%s: %s",
                  measured ? "what the device can do is measured, not kept"
                  : ceilings_known(&worker->ceilings) ? "the device is not measured again"
                                                      : "no floor: the device is not measured",
                  error.text);
    for (uint32_t i = 0; measured && i < worker->request.count; i++) {
        struct run *run = &worker->runs[i];
        if (run->status >= RUN_WARMING && run->status <= RUN_DONE) {
            draw_floor(worker, run);
            run->version++;
        }
    }
}

/* What a request wishes for, before it is applied. What runs is prepared anew afterwards. Under a
 * tool that holds up kernels, which would be kept, only who asks for it gets it. */
static void learn_ceilings(struct worker *worker, const struct request *request)
{
    const uint32_t before = worker->measures;
    struct error ignored;
    if (before == 0 && ceilings_known(&request->ceilings))
        worker->ceilings = request->ceilings;
    if (request->measures == before || request->measures == 0)
        return;
    const bool known = ceilings_known(&worker->ceilings);
    if ((before > 0 || (!known && !worker->info.serial)) &&
        device_can_time(&worker->info, &ignored)) {
        worker->unmeasured.kind = ERROR_NONE;
        end_turn(worker);
        if (!worker->turn.lost)
            measure_device(worker);
    }
    worker->measures = request->measures;
}

/* ---- the thread ----------------------------------------------------------------------------- */

static bool open_device(struct worker *worker)
{
    const struct device_ops *ops = backends[worker->backend];
    worker->state = WORKER_OPENING;
    if (ops && ops->open(worker->device, &worker->info, &worker->error)) {
        ceilings_recall(&worker->info, &worker->ceilings);
        worker->noise = noise_recall(&worker->info);
        return true;
    }
    if (!ops)
        error_set(&worker->error, ERROR_UNSUPPORTED, "this build has no such backend");
    return false;
}

/* Serves requests until told to quit; returns early, with worker->error set, where it can't: there
 * is no memory, or the device is lost. */
static void serve(struct worker *worker)
{
    while (worker->error.kind == ERROR_NONE) {
        /* `stop` is raised before a letter is posted, so that none is raised for a request already
         * taken: it would cut the first iteration of the new one. The other way round, a letter
         * that is posted after `stop` was cleared here is seen by the watch. */
        __atomic_store_n(&worker->stop, 0, __ATOMIC_SEQ_CST);
        worker->letters = mailbox_letters(&worker->mailbox);
        if (__atomic_load_n(&worker->quit, __ATOMIC_SEQ_CST))
            return;
        const struct request *request = mailbox_take(&worker->mailbox);
        if (request) {
            learn_ceilings(worker, request);
            if (worker->error.kind != ERROR_NONE || !apply(worker, request))
                return;
            worker->state = WORKER_RUNNING;
            publish(worker);
        }
        if (worker->turn.variant && has_settled(worker, worker->turn.run))
            finish_turn(worker);
        struct run *run = worker->turn.lost ? NULL : next_run(worker);
        if (!run && !worker->turn.lost)
            rest(worker);
        else if (run && give_turn(worker, run))
            iterate(worker, run);
        take_loss(worker);
    }
}

static void *run_thread(void *context)
{
    struct worker *worker = context;
    if (open_device(worker)) {
        worker->state = WORKER_IDLE;
        serve(worker);
        end_turn(worker);
        take_loss(worker);
        watcher_stop(worker->watcher);
        if (!worker->turn.lost && worker->error.kind != ERROR_LOST)
            backends[worker->backend]->close(worker->device);
    }
    if (worker->error.kind != ERROR_NONE) {
        worker->state = WORKER_FAILED;
        publish(worker);
    }
    return NULL;
}

static void free_worker(struct worker *worker)
{
    verifier_stop(worker->verifier);
    if (worker->turn.lost)
        return; /* what did not stop still reads `stop` */
    if (worker->news >= 0)
        close(worker->news);
    forget_adopted(worker);
    free(worker->loss);
    turn_median_close(&worker->median);
    for (uint32_t i = 0; i < WORKER_RUNS; i++) {
        run_close(&worker->runs[i]);
        for (int slot = 0; slot < 3; slot++)
            run_close(&worker->slots[slot].runs[i]);
    }
    free(worker);
}

struct worker *worker_start(enum backend backend, int device, struct error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker) {
        error_set(error, ERROR_RUN, "no memory for the worker");
        return NULL;
    }
    worker->backend = backend;
    worker->device = device;
    stopped_take(false); /* the thread does, while it measures */
    mailbox_open(&worker->mailbox);
    triple_open(&worker->triple);
    turn_order_open(&worker->order);
    worker->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->verifier = verifier_start(error);
    int status = 0;
    if (!turn_median_open(&worker->median))
        status = ENOMEM;
    if (!worker->verifier || worker->news < 0 || status != 0 ||
        (status = thread_start(&worker->thread, "pdlab-worker", 0, run_thread, worker)) != 0) {
        if (worker->verifier)
            error_set(error, ERROR_RUN, "the worker could not start: %s",
                      strerror(status ? status : errno));
        free_worker(worker);
        return NULL;
    }
    return worker;
}

void worker_adopt(struct worker *worker, const struct device_info *device, struct run *runs,
                  size_t count)
{
    worker->adopted_device = *device;
    for (size_t i = 0; i < count; i++) {
        if (worker->adopted_count < WORKER_RUNS)
            worker->adopted[worker->adopted_count++] = runs[i];
        else
            run_close(&runs[i]);
        runs[i] = (struct run){0};
    }
}

void worker_skip_measuring(struct worker *worker)
{
    __atomic_store_n(&worker->skip, 1, __ATOMIC_SEQ_CST);
}

bool worker_stop(struct worker *worker)
{
    if (!worker)
        return true;
    worker_skip_measuring(worker);
    __atomic_store_n(&worker->quit, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&worker->stop, 1, __ATOMIC_SEQ_CST);
    mailbox_ring(&worker->mailbox);
    pthread_join(worker->thread, NULL);
    bool given_back = worker->error.kind != ERROR_LOST;
    free_worker(worker);
    return given_back;
}

uint64_t worker_post(struct worker *worker, const struct request *request)
{
    struct request numbered = *request;
    numbered.id = ++worker->posted;
    __atomic_store_n(&worker->stop, 1, __ATOMIC_SEQ_CST);
    mailbox_post(&worker->mailbox, &numbered);
    return numbered.id;
}

const struct snapshot *worker_look(struct worker *worker)
{
    eventfd_t news;
    eventfd_read(worker->news, &news);
    triple_take(&worker->triple);
    return &worker->slots[worker->triple.front];
}

const char *worker_loss(const struct worker *worker)
{
    return worker->loss;
}

bool worker_rests(const struct worker *worker, uint64_t id)
{
    return __atomic_load_n(&worker->rested, __ATOMIC_ACQUIRE) == id;
}

int worker_news(const struct worker *worker)
{
    return worker->news;
}
