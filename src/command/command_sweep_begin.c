#include "../harness/measure.h"
#include "command_sweep.h"
#include "commands.h"
#include "sweep_agree.h"

#include <stdio.h>
#include <string.h>

static void report_left_out(const struct sweep *sweep, const struct targets *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) {
        enum knob_id knob = sweep_unread(sweep, targets->variants[i]);
        if (knob < KNOB_COUNT)
            printf("left out %s: it does not read %s\n", targets->variants[i]->name,
                   knob_table[knob].name);
    }
}

/* Whether variant `index` of the plan can run at any point. If not, *error is the reason at the
 * first point. */
static bool runs_somewhere(struct sweep_work *work, uint32_t index, struct error *error)
{
    const struct variant *variant = work->sweep.variants[index];
    struct error first = {0};
    for (uint32_t number = 1; number <= sweep_points(&work->sweep); number++) {
        struct knobs knobs;
        const struct run *run = &work->isolate.runs[index];
        sweep_knobs(&work->sweep, number, &knobs);
        isolate_check(&work->isolate, index, &knobs);
        if (run->status == RUN_WAITING)
            return true;
        if (number == 1)
            first = run->error;
    }
    return error_set(error, ERROR_UNSUPPORTED, "%s can't run here at any point: %s", variant->name,
                     first.text);
}

/* Whether the plan can be measured. It cannot if no variant can run at any point, or if a variant
 * that the user named can run at no point. */
static bool check_runnable(struct sweep_work *work, const struct targets *targets,
                           struct error *error)
{
    uint32_t runnable = 0;
    for (uint32_t i = 0; i < work->sweep.variant_count; i++) {
        bool strict = false;
        for (uint32_t chosen = 0; chosen < targets->count; chosen++)
            strict |=
                targets->variants[chosen] == work->sweep.variants[i] && targets->by_name[chosen];
        if (runs_somewhere(work, i, error))
            runnable++;
        else if (strict)
            return false;
    }
    return runnable > 0;
}

bool command_sweep_open_device(struct sweep_work *work, enum backend backend, int device,
                               struct error *error)
{
    const struct sweep *sweep = &work->sweep;
    if (!isolate_open(&work->isolate, &measure_task, backend, device, sweep->variants,
                      sweep->variant_count, &sweep->knobs, error))
        return false;
    command_say_unmeasured(&work->isolate);
    return true;
}

bool command_sweep_begin(struct sweep_work *work, struct error *error)
{
    const struct options *options = work->options;
    struct sweep *sweep = &work->sweep;
    struct targets targets;
    struct document origin;
    enum backend backend;
    int device;
    bool opened;
    if (!sweep_take_axes(options, sweep, error) ||
        !device_parse(options->device, &backend, &device, error))
        return false;
    sweep->knobs = options->settings.knobs;
    sweep->repeats = options->repeats > 0 ? options->repeats : 1;
    sweep->order_seed = rounds_seed(options->has_order_seed, options->order_seed);
    do {
        opened = command_choose(options, backend, &targets, error) &&
                 sweep_take_variants(sweep, &targets, error) && sweep_ends(sweep, error) &&
                 command_sweep_open_device(work, backend, device, error);
    } while (!opened && command_fall_back(options, error, &backend, &device));
    if (!opened || !check_runnable(work, &targets, error))
        return false;
    report_left_out(sweep, &targets);

    document_describe(&origin, &work->isolate.device, NULL, 0);
    memcpy(sweep->run_id, origin.run_id, sizeof sweep->run_id);
    memcpy(sweep->begun_utc, origin.recorded_utc, sizeof sweep->begun_utc);
    memcpy(sweep->version, origin.version, sizeof sweep->version);
    memcpy(sweep->git_revision, origin.git_revision, sizeof sweep->git_revision);
    sweep->device = work->isolate.device;
    sweep->model = run_open_model();
    if (!options->resume)
        snprintf(work->folder, sizeof work->folder, "%s/%s",
                 options->out ? options->out : SWEEP_OUT_DEFAULT, sweep->run_id);
    return sweep_write_plan(sweep, work->folder, error);
}
