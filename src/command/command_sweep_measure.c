#include "../../kernels/clock.h"
#include "../base/interrupt.h"
#include "../base/text.h"
#include "../engine/targets.h"
#include "../harness/progress.h"
#include "command_sweep.h"
#include "sweep_agree.h"

#include <math.h>
#include <stdio.h>

#define VALUE_ROOM 64u

static bool is_missing(const struct sweep_work *work, uint32_t number)
{
    return sweep_shard_has(work->shard, number) && !sweep_is_finished(&work->results, number);
}

uint32_t command_sweep_missing(const struct sweep_work *work)
{
    uint32_t missing = 0;
    for (uint32_t number = 1; number <= work->results.points; number++)
        missing += is_missing(work, number);
    return missing;
}

/* ---- progress ------------------------------------------------------------------------------- */

/* Progress of this process. The time left is estimated from the steps left, because the points have
 * different numbers of steps. */
static struct {
    uint64_t began_ns, finished_ns; /* finished_ns: end of the last point */
    double steps_done, steps_left;  /* steps of finished points, and of missing points */
    uint32_t number, points, round, rounds;
} progress;

static double steps_of(const struct sweep_work *work, uint32_t number)
{
    struct knobs knobs;
    sweep_knobs(&work->sweep, number, &knobs);
    return (double)knobs.seq_len * (double)(knobs.warmup + knobs.iterations);
}

static void begin_progress(const struct sweep_work *work)
{
    progress.began_ns = clock_now();
    progress.points = work->results.points;
    progress.rounds = work->sweep.repeats;
    for (uint32_t number = 1; number <= work->results.points; number++)
        if (is_missing(work, number))
            progress.steps_left += steps_of(work, number);
}

static double estimate_left_s(void)
{
    if (progress.steps_done == 0)
        return -1;
    double step_s = (double)(progress.finished_ns - progress.began_ns) * 1e-9 / progress.steps_done;
    double since_s = (double)(clock_now() - progress.finished_ns) * 1e-9;
    return fmax(step_s * progress.steps_left - since_s, 0);
}

static void show_progress(const struct isolate *isolate, uint32_t index)
{
    const struct run *run = &isolate->runs[index];
    char left[VALUE_ROOM], round[VALUE_ROOM] = "";
    if (!progress_due())
        return;
    text_time_left(left, sizeof left, estimate_left_s());
    if (progress.rounds > 1)
        snprintf(round, sizeof round, "round %u of %u, ", progress.round, progress.rounds);
    progress_show("point %u of %u, %s%s, %s, %llu of %lld iterations", progress.number,
                  progress.points, round, left, run->variant,
                  (unsigned long long)isolate->progress[index].iterations,
                  (long long)run->used.iterations);
}

/* ---- measuring ------------------------------------------------------------------------------ */

/* Runs each variant once at a point. False: no process could open the device. */
static bool measure_round(struct sweep_work *work, uint32_t number, struct isolate_order *order,
                          struct error *error)
{
    struct rounds *rounds = &work->rounds;
    uint32_t sequence[ROUNDS_SLOTS];
    rounds_order(work->sweep.order_seed, number, rounds->fresh ? rounds->begun : 0, rounds->count,
                 sequence);
    for (uint32_t place = 1; place <= rounds->count && interrupt_level == 0; place++) {
        const uint32_t i = sequence[place - 1];
        if (!rounds_due(rounds, i) || rounds_measure(rounds, i, place, order))
            continue;
        *error = rounds->runs[i].error;
        return false;
    }
    return true;
}

/* Resets the isolate's runs, which are those of the previous point. */
static void begin_rounds(struct sweep_work *work)
{
    struct isolate *isolate = &work->isolate;
    for (uint32_t i = 0; i < isolate->count; i++)
        run_close(&isolate->runs[i]);
    rounds_open(&work->rounds, isolate, work->sweep.repeats > 1);
}

/* Measures a point and writes it, unless it is interrupted. */
static bool measure_point(struct sweep_work *work, uint32_t number, struct error *error)
{
    struct isolate_order order = {.limit_ns = UINT64_MAX,
                                  .no_telemetry = work->options->no_telemetry};
    struct rounds *rounds = &work->rounds;
    progress.number = number;
    sweep_knobs(&work->sweep, number, &order.knobs);
    begin_rounds(work);
    while (rounds->begun < work->sweep.repeats && interrupt_level == 0 && rounds_any_due(rounds)) {
        progress.round = ++rounds->begun;
        if (!measure_round(work, number, &order, error))
            return false;
    }
    if (interrupt_level > 0)
        return true;
    if (!sweep_write_point(&work->sweep, work->folder, number, &work->isolate.device,
                           &work->isolate.ceilings, rounds->runs, work->options->record, error))
        return false;
    sweep_results_take(&work->results, number, rounds->runs);
    progress.finished_ns = clock_now();
    progress.steps_done += steps_of(work, number);
    progress.steps_left -= steps_of(work, number);
    progress_clear();
    sweep_print_point(&work->sweep, &work->results, number);
    fflush(stdout);
    return true;
}

bool command_sweep_measure(struct sweep_work *work, struct error *error)
{
    enum backend backend;
    int device;
    if (!device_parse(work->sweep.device.id, &backend, &device, error) ||
        (!work->isolate.task && !command_sweep_open_device(work, backend, device, error)) ||
        !sweep_same_origin(&work->sweep, work->folder, &work->isolate.device, error))
        return false;
    work->isolate.show = progress_seen() ? show_progress : NULL;
    begin_progress(work);
    putchar('\n');
    sweep_print_head(&work->sweep);
    for (uint32_t number = 1; number <= work->results.points && interrupt_level == 0; number++) {
        if (is_missing(work, number) && !measure_point(work, number, error)) {
            progress_clear();
            return false;
        }
    }
    progress_clear();
    return true;
}
