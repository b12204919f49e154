#include "profile_pass.h"

#include "../document/trace_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The most launches and graph nodes to trace in total, unless a single iteration has more. */
#define LAUNCHES_MOST 65536u

/* The pass of this child. */
static struct profile_pass *current;

struct profile {
    const struct device_ops *ops;
    int index;
    struct device_info info;
};

struct profile_pass *profile_pass_open(void)
{
    struct profile_pass *pass =
        mmap(NULL, sizeof *pass, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pass == MAP_FAILED)
        return NULL;
    return pass;
}

void profile_pass_close(struct profile_pass *pass)
{
    if (pass)
        munmap(pass, sizeof *pass);
}

/* ---- iterations ----------------------------------------------------------------------------- */

bool profile_run_open(struct run *run, const struct variant *variant, const struct knobs *asked,
                      const struct device_info *device, struct plan *plan, struct error *error)
{
    if (!variant_plan(variant, asked, device, plan, error))
        return false;
    if (!run_open(run))
        return error_set(error, ERROR_RUN, "no memory for the histograms");
    run_begin(run, variant, asked, &plan->used, 1);
    return true;
}

static void watch(void *context, bool stalled)
{
    (void)stalled;
    if (isolate_interrupted)
        __atomic_store_n((uint32_t *)context, 1, __ATOMIC_RELEASE);
}

bool profile_iterate(struct turn *turn, uint32_t *stop, struct error *error)
{
    const struct turn_watch watching = {.call = watch, .context = stop};
    const enum turn_result result = turn_iterate(turn, stop, NULL, watching, error);
    if (result == TURN_STOPPED)
        error_set(error, ERROR_RUN, "interrupted");
    return result == TURN_ITERATED;
}

bool profile_warm(struct turn *turn, uint32_t *stop, struct error *error)
{
    while (turn->warm_left > 0)
        if (!profile_iterate(turn, stop, error))
            return false;
    return true;
}

/* ---- the child ------------------------------------------------------------------------------ */

/* A traced iteration. */
struct seen {
    struct trace trace;
    uint64_t submitted_ns, handed_ns;
};

static void *open_traced(enum backend backend, int index, struct device_info *info,
                         struct error *error)
{
    const struct device_ops *ops = backends[backend];
    struct profile *profile = malloc(sizeof *profile);
    if (!profile) {
        error_set(error, ERROR_RUN, "no memory to profile");
        return NULL;
    }
    *profile = (struct profile){.ops = ops, .index = index};
    alarm(PROFILE_LIMIT_S); /* SIGALRM kills this process, and the parent reports that */
    if (!ops->tracer->open(error) || !ops->open(index, &profile->info, error)) {
        free(profile);
        return NULL;
    }
    *info = profile->info;
    return profile;
}

static void close_traced(void *context)
{
    struct profile *profile = context;
    profile->ops->close(profile->index);
    free(profile);
}

static uint32_t choose_iterations(const struct run *run)
{
    const uint64_t launches = run->facts.launches_per_iteration + run->facts.graph_nodes;
    uint64_t most = PROFILE_MOST;
    if (launches > LAUNCHES_MOST / PROFILE_MOST)
        most = launches < LAUNCHES_MOST ? LAUNCHES_MOST / launches : 1;
    if (run->used.iterations > 0 && (uint64_t)run->used.iterations < most)
        most = (uint64_t)run->used.iterations;
    return (uint32_t)most;
}

/* Runs iterations until the process was not stopped during one and, with STAMPS on, that iteration
 * has stamps. Keeps its trace in *seen. */
static bool look_at(struct turn *turn, uint32_t *stop, struct seen *seen, struct error *error)
{
    const struct stamp_batch *last = &turn->last;
    do {
        if (!profile_iterate(turn, stop, error))
            return false;
    } while (turn->was_stopped || (!last->stamps && turn->plan.used.stamps));
    seen->submitted_ns = turn->submitted_ns;
    seen->handed_ns = turn->handed_ns;
    if (!last->stamps) {
        seen->trace.iteration_ns = turn->synchronised_ns - turn->submitted_ns;
        return true;
    }
    uint32_t rows = last->first + last->count;
    if (last->ring && rows > last->ring)
        rows = 0; /* the ring has already overwritten the first steps */
    if (!trace_take(&seen->trace, last->stamps, last->phases, last->stride, rows, last->programs,
                    seen->submitted_ns, last->synchronised_ns))
        return error_set(error, ERROR_RUN, "no memory for stamps");
    seen->trace.steps_run = last->rows_run;
    return true;
}

static int by_length(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    return (x->trace.iteration_ns > y->trace.iteration_ns) -
           (x->trace.iteration_ns < y->trace.iteration_ns);
}

static bool write_traced(const struct run *run, const struct seen *shown,
                         const struct activities *activities, struct error *error)
{
    struct timeline typical = {0}, slowest = {0};
    const struct timeline_seen seen = {.submitted_ns = shown->submitted_ns,
                                       .handed_ns = shown->handed_ns,
                                       .activities = activities->list,
                                       .count = activities->count};
    const struct run *measured = current->measured;
    if (!timeline_build(&typical, run, &shown->trace, &seen) ||
        !timeline_build(&slowest, measured, &measured->slowest, NULL)) {
        timeline_close(&typical);
        return error_set(error, ERROR_RUN, "no memory for a timeline");
    }
    const struct trace_part parts[] = {{"traced iteration", &typical},
                                       {"slowest measured iteration", &slowest}};
    const bool written =
        trace_json_write(current->path, current->document, run,
                         "part 1: CUPTI's records and stamps of an iteration, slowed down by the "
                         "recording; part 2: the stamps of a measured iteration",
                         parts, slowest.event_count > 0 ? 2 : 1, error);
    timeline_count(&typical, &current->figures);
    current->iteration_ns = shown->trace.iteration_ns;
    current->error_ns = activities->error_ns;
    current->lost = activities->lost;
    current->traced = written;
    timeline_close(&typical);
    timeline_close(&slowest);
    return written;
}

/* Runs and traces iterations, and writes the one of median length. Ends the turn before the tracer:
 * the tracer reports a persistent kernel only after the kernel has exited. */
static bool trace_turn(const struct profile *profile, const struct plan *plan, struct run *run,
                       struct seen *seen, struct error *error)
{
    struct turn turn = {0};
    struct activities activities = {0};
    uint32_t stop = 0;
    /* The measured run has been verified, so skip the verification of this run. */
    run->verification.verdict = VERDICT_RIGHT;
    if (!turn_begin(&turn, run, plan, &profile->info, &stop, error))
        return false;
    const uint32_t count = choose_iterations(run);
    bool right = profile_warm(&turn, &stop, error);
    if (right)
        profile->ops->tracer->begin();
    for (uint32_t i = 0; right && i < count; i++)
        right = look_at(&turn, &stop, &seen[i], error);
    if (turn.lost)
        return false;
    turn_end(&turn);
    if (!right || !profile->ops->tracer->end(&activities, error))
        return false;
    current->iterations = count;
    qsort(seen, count, sizeof *seen, by_length);
    right = write_traced(run, &seen[count / 2], &activities, error);
    free(activities.list);
    return right;
}

static bool perform_traced(void *context, const struct isolate_order *order,
                           const struct plan *plan, struct isolate_line *line, struct run *run,
                           struct error *error)
{
    static struct seen seen[PROFILE_MOST];
    const struct profile *profile = context;
    (void)order, (void)line;
    const bool right = trace_turn(profile, plan, run, seen, error);
    for (uint32_t i = 0; i < PROFILE_MOST; i++)
        trace_close(&seen[i].trace);
    run->status = right ? RUN_DONE : RUN_FAILED;
    return right;
}

static const struct isolate_task profile_task = {
    .open = open_traced, .perform = perform_traced, .close = close_traced};

/* ---- the parent ----------------------------------------------------------------------------- */

bool profile_pass_run(struct profile_pass *pass, enum backend backend, int index,
                      struct error *error)
{
    static struct isolate isolate;
    struct isolate_order order = {.knobs = pass->measured->asked, .limit_ns = UINT64_MAX};
    const struct variant *variant = pass->measured->known;
    current = pass;
    if (!isolate_open(&isolate, &profile_task, backend, index, &variant, 1, &order.knobs, error))
        return false;
    isolate_perform(&isolate, 0, &order);
    if (!pass->traced && isolate.runs[0].error.kind == ERROR_NONE)
        error_set(error, ERROR_RUN, "the tracer's process ended before it was done");
    else if (!pass->traced)
        *error = isolate.runs[0].error;
    isolate_close(&isolate);
    return pass->traced;
}

bool profile_write_stamps(const struct profile_pass *pass, const char *why, struct error *error)
{
    const struct run *run = pass->measured;
    struct timeline typical = {0}, slowest = {0};
    char note[sizeof error->text + 64];
    snprintf(note, sizeof note, "stamps alone: %s", why);
    if (!timeline_build(&typical, run, &run->typical, NULL) ||
        !timeline_build(&slowest, run, &run->slowest, NULL)) {
        timeline_close(&typical);
        return error_set(error, ERROR_RUN, "no memory for a timeline");
    }
    const struct trace_part parts[] = {{"typical iteration", &typical},
                                       {"slowest iteration", &slowest}};
    const bool written = trace_json_write(pass->path, pass->document, run, note, parts, 2, error);
    timeline_close(&typical);
    timeline_close(&slowest);
    return written;
}
