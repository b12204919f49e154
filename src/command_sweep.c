/*
 * command_sweep.c - pdlab sweep: measures the points of a plan, each kept in a file of its own as
 * soon as it is finished, and makes a table and a plot of them.
 *
 * What is in the folder is all the state there is. A sweep that begins writes its plan and then
 * goes the way of one that is resumed: read the plan, see which points are there, measure the rest.
 */
#include "../kernels/clock.h"
#include "commands.h"
#include "files.h"
#include "fold.h"
#include "measure.h"
#include "outputs.h"
#include "progress.h"
#include "report.h"
#include "rounds.h"
#include "sweep_agree.h"
#include "sweep_recording.h"
#include "sweep_table.h"
#include "text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_DEFAULT "artifacts"
#define FOLDER_ROOM (SWEEP_PATH_ROOM - 64u) /* leaves room for the names inside */
#define VALUE_ROOM  64u
#define FOLD_INDENT 10

struct work {
    const struct options *options;
    struct sweep_shard shard;
    char folder[FOLDER_ROOM];
    struct sweep sweep;
    struct sweep_results results;
    struct isolate isolate; /* its task is NULL until the device is needed */
    struct rounds rounds;   /* of the point that is measured */
    int lock;               /* -1: not held */
};

/* ---- the plan of the command line ----------------------------------------------------------- */

static void report_left_out(const struct sweep *sweep, const struct targets *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) {
        enum knob_id knob = sweep_unread(sweep, targets->variants[i]);
        if (knob < KNOB_COUNT)
            printf("left out %s: it does not read %s\n", targets->variants[i]->name,
                   knob_table[knob].name);
    }
}

/* Whether the plan's variant `index` can run at any point; if not, *error is why not at the first.
 */
static bool runs_somewhere(struct work *work, uint32_t index, struct error *error)
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

/* Whether the plan has something to measure: not, if a variant asked for by its own name can run
 * at no point, or all can't. */
static bool check_runnable(struct work *work, const struct targets *targets, struct error *error)
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

/* Opens the device for the plan's variants. */
static bool open_device(struct work *work, enum backend backend, int device, struct error *error)
{
    const struct sweep *sweep = &work->sweep;
    if (!isolate_open(&work->isolate, &measure_task, backend, device, sweep->variants,
                      sweep->variant_count, &sweep->knobs, error))
        return false;
    command_say_unmeasured(&work->isolate);
    return true;
}

/* Writes a new plan to the folder. */
static bool begin(struct work *work, struct error *error)
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
                 open_device(work, backend, device, error);
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
    if (!options->resume)
        snprintf(work->folder, sizeof work->folder, "%s/%s",
                 options->out ? options->out : OUT_DEFAULT, sweep->run_id);
    return sweep_write_plan(sweep, work->folder, error);
}

/* ---- points --------------------------------------------------------------------------------- */

static bool is_missing(const struct work *work, uint32_t number)
{
    return sweep_shard_has(work->shard, number) && !sweep_is_finished(&work->results, number);
}

/* Points of this shard that are still to be measured. */
static uint32_t count_missing(const struct work *work)
{
    uint32_t missing = 0;
    for (uint32_t number = 1; number <= work->results.points; number++)
        missing += is_missing(work, number);
    return missing;
}

static bool load_points(struct work *work, struct error *error)
{
    for (uint32_t number = 1; number <= work->results.points; number++) {
        struct document document;
        bool there;
        if (!sweep_read_point(&work->sweep, work->folder, number, &document, &there, error))
            return false;
        if (!there)
            continue;
        sweep_results_take(&work->results, number, document.runs);
        document_free(&document);
    }
    return true;
}

/* ---- progress ------------------------------------------------------------------------------- */

/* How far this process is. Steps, not points, are what takes time. */
static struct {
    uint64_t began_ns, finished_ns; /* finished: the last point */
    double steps_done, steps_left;  /* of the points finished here, and of the rest */
    uint32_t number, points, round, rounds;
} progress;

static double steps_of(const struct work *work, uint32_t number)
{
    struct knobs knobs;
    sweep_knobs(&work->sweep, number, &knobs);
    return (double)knobs.seq_len * (double)(knobs.warmup + knobs.iterations);
}

static void begin_progress(const struct work *work)
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

/* ---- what is said --------------------------------------------------------------------------- */

static void print_plan(const struct work *work)
{
    struct report report = {.out = stdout};
    char line[FOLDER_ROOM + 2 * SWEEP_TEXT_ROOM], axes[SWEEP_TEXT_ROOM], names[SWEEP_TEXT_ROOM];
    uint32_t points = work->results.points, there = sweep_finished(&work->results);
    report_device(&report, &work->sweep.device);
    command_say_environment(work->options, stdout);
    int length =
        snprintf(line, sizeof line, "%u points of %s: %s", points,
                 sweep_format_variants(&work->sweep, names), sweep_format_axes(&work->sweep, axes));
    if (work->sweep.repeats > 1)
        snprintf(line + length, sizeof line - (size_t)length, "; %u processes of each",
                 work->sweep.repeats);
    fold_print(stdout, printf("plan"), FOLD_INDENT, line);
    snprintf(line, sizeof line, "%s: %u of %u points are there, %u are to be measured",
             work->folder, there, points, count_missing(work));
    fold_print(stdout, printf("folder"), FOLD_INDENT, line);
    if (work->shard.count > 1)
        printf("shard     %u of %u\n", work->shard.index, work->shard.count);
    fflush(stdout);
}

/* ---- measuring ------------------------------------------------------------------------------ */

/* Runs each variant once at a point. False: no process could open the device. */
static bool measure_round(struct work *work, uint32_t number, struct isolate_order *order,
                          struct error *error)
{
    const struct sweep *sweep = &work->sweep;
    struct rounds *rounds = &work->rounds;
    uint32_t sequence[ROUNDS_SLOTS];
    for (uint32_t i = 0; i < rounds->count; i++)
        sequence[i] = i;
    if (rounds->fresh)
        rounds_order(sweep->order_seed, number, rounds->begun, rounds->count, sequence);
    for (uint32_t place = 1; place <= rounds->count && interrupt_level == 0; place++) {
        const uint32_t i = sequence[place - 1];
        if (!rounds_due(rounds, i) || rounds_measure(rounds, i, place, order))
            continue;
        *error = rounds->runs[i].error;
        return false;
    }
    return true;
}

/* Takes the runs of the isolate, of another point, as ones that nothing is known of. */
static void begin_rounds(struct work *work)
{
    struct isolate *isolate = &work->isolate;
    for (uint32_t i = 0; i < isolate->count; i++)
        run_close(&isolate->runs[i]);
    rounds_open(&work->rounds, isolate, work->sweep.repeats > 1);
}

/* Measures a point and writes it. An interrupted one is not written. */
static bool measure_point(struct work *work, uint32_t number, struct error *error)
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

static bool measure_missing(struct work *work, struct error *error)
{
    enum backend backend;
    int device;
    if (!device_parse(work->sweep.device.id, &backend, &device, error) ||
        (!work->isolate.task && !open_device(work, backend, device, error)) ||
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

/* ---- the summaries -------------------------------------------------------------------------- */

static bool write_summary(const struct work *work, const char *name, char *text, size_t length,
                          struct error *error)
{
    char path[SWEEP_PATH_ROOM];
    sweep_path(path, work->folder, name);
    bool written = text ? file_write(path, text, length, error)
                        : error_set(error, ERROR_RUN, "no memory to write %s", path);
    free(text);
    return written;
}

static bool write_summaries(const struct work *work, struct error *error)
{
    char shown[FOLDER_ROOM];
    size_t length = 0;
    char *csv = sweep_print_csv(&work->sweep, &work->results, &length);
    if (!write_summary(work, SWEEP_CSV_NAME, csv, length, error))
        return false;
    char *svg = sweep_print_svg(&work->sweep, &work->results, &length);
    if (!write_summary(work, SWEEP_SVG_NAME, svg, length, error))
        return false;
    printf("\nwritten to %s: " SWEEP_CSV_NAME " and " SWEEP_SVG_NAME " of %u of %u points\n",
           text_visible(shown, sizeof shown, work->folder), sweep_finished(&work->results),
           work->results.points);
    return true;
}

/* Writes the finished points as one recording, and says what became of them. */
static bool write_recording(const struct work *work, struct error *error)
{
    const char *path = work->options->record;
    struct sweep_recording recording;
    char bytes[VALUE_ROOM], each[VALUE_ROOM], shown[PATH_MAX];
    if (!sweep_write_recording(&work->sweep, work->folder, path, &recording, error))
        return false;
    text_integer(bytes, sizeof bytes, (int64_t)recording.bytes);
    text_integer(each, sizeof each, (int64_t)(recording.bytes / recording.runs));
    printf("recording %s: %zu runs in %s bytes, %s a run\n",
           text_visible(shown, sizeof shown, path), recording.runs, bytes, each);
    if (recording.without_stamps > 0)
        printf("%zu of them can't be replayed step by step: they were measured without --record\n",
               recording.without_stamps);
    return true;
}

/* 1 where a run failed or its output was wrong. */
static int judge(const struct work *work)
{
    for (uint32_t number = 1; number <= work->results.points; number++) {
        for (uint32_t i = 0; i < work->results.variants; i++) {
            const struct sweep_result *result = sweep_result_at(&work->results, number, i);
            if (result->status == RUN_FAILED || result->verdict == VERDICT_WRONG)
                return 1;
        }
    }
    return 0;
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool take_folder(struct work *work, struct error *error)
{
    const char *folder = work->options->resume ? work->options->resume : work->options->out;
    /* Of the artifacts' folder, room for the run's own inside is needed too. */
    if (folder && strlen(folder) + sizeof work->sweep.run_id >= sizeof work->folder)
        return error_set(error, ERROR_INPUT, "the folder's path is longer than %zu characters",
                         sizeof work->folder - sizeof work->sweep.run_id);
    if (work->options->resume)
        snprintf(work->folder, sizeof work->folder, "%s", work->options->resume);
    return true;
}

/* Looks at what is to be written before anything is measured. */
static bool check_outputs(const struct work *work, struct error *error)
{
    const struct options *options = work->options;
    char plan[SWEEP_PATH_ROOM], points[SWEEP_PATH_ROOM], csv[SWEEP_PATH_ROOM], svg[SWEEP_PATH_ROOM];
    const char *folder = options->resume ? work->folder : NULL;
    const struct output outputs[] = {
        {OUTPUT_FOLDER, "--out",
         options->out ? options->out
         : folder     ? NULL
                      : OUT_DEFAULT},
        {OUTPUT_WRITTEN, "--record", options->record},
        {OUTPUT_READ, "--preset", *options->preset.path ? options->preset.path : NULL},
        {OUTPUT_FOLDER, "--resume", folder},
        {OUTPUT_READ, "the plan", folder ? sweep_path(plan, folder, SWEEP_PLAN_NAME) : NULL},
        {OUTPUT_OWNED, "holds the points",
         folder ? sweep_path(points, folder, SWEEP_POINTS_NAME) : NULL},
        {OUTPUT_WRITTEN, "the table", folder ? sweep_path(csv, folder, SWEEP_CSV_NAME) : NULL},
        {OUTPUT_WRITTEN, "the plot", folder ? sweep_path(svg, folder, SWEEP_SVG_NAME) : NULL},
    };
    return outputs_check(outputs, sizeof outputs / sizeof *outputs, error);
}

/* Brings the plan into the folder and from there into work->sweep. */
static bool settle_plan(struct work *work, struct error *error)
{
    const struct options *options = work->options;
    bool begins = !options->resume || !sweep_has_plan(options->resume);
    if (!take_folder(work, error) || !check_outputs(work, error))
        return false;
    if (begins) {
        if (!options->vary[0])
            return error_set(
                error, ERROR_INPUT,
                "%s holds no sweep.json: with --vary KNOB=V,V,... a sweep begins there",
                work->folder);
        if (!sweep_split_parse(options->shard, &work->sweep.split, error) || !begin(work, error))
            return false;
    }
    return sweep_read_plan(work->folder, &work->sweep, error) &&
           sweep_shard_parse(options->shard, &work->sweep.split, &work->shard, error) &&
           sweep_agrees(&work->sweep, work->folder, options, error) &&
           (!options->record || sweep_fits_recording(&work->sweep, error));
}

/* The end of a sweep that was cut short. Returns the exit status. */
static int end_interrupted(const struct work *work)
{
    char detail[FOLDER_ROOM + 2 * VALUE_ROOM], shard[VALUE_ROOM] = "";
    if (work->shard.count > 1)
        snprintf(shard, sizeof shard, " --shard %u/%u", work->shard.index, work->shard.count);
    snprintf(detail, sizeof detail,
             "%u of %u points are kept; go on with pdlab sweep --resume %s%s",
             sweep_finished(&work->results), work->results.points, work->folder, shard);
    return interrupt_end(text_make_visible(detail));
}

/* *status: what it came to. False: *error. */
static bool sweep_all(struct work *work, int *status, struct error *error)
{
    if (!settle_plan(work, error) ||
        !sweep_lock(&work->sweep, work->folder, work->shard, &work->lock, error))
        return false;
    sweep_remove_leftovers(work->folder, work->shard);
    if (!sweep_results_open(&work->sweep, &work->results))
        return error_set(error, ERROR_RUN, "no memory for the results of %u points",
                         sweep_points(&work->sweep));
    if (!load_points(work, error))
        return false;
    print_plan(work);
    if (count_missing(work) > 0 && !measure_missing(work, error))
        return false;
    /* Another shard may finish a point at any time: only who has them all makes the summaries. */
    if (work->shard.count == 1 && !write_summaries(work, error))
        return false;
    *status = count_missing(work) > 0 ? end_interrupted(work) : judge(work);
    return count_missing(work) > 0 || !work->options->record || write_recording(work, error);
}

int command_sweep(const struct options *options)
{
    struct error error = {0};
    struct work *work = calloc(1, sizeof *work);
    if (!work) {
        error_set(&error, ERROR_RUN, "no memory for a sweep");
        return command_fail(&error);
    }
    work->options = options;
    work->lock = -1;
    command_warn_environment();
    interrupt_watch();
    int status = 0;
    if (!sweep_all(work, &status, &error))
        status = command_fail(&error);
    rounds_close(&work->rounds);
    isolate_close(&work->isolate);
    if (work->lock >= 0)
        close(work->lock);
    sweep_results_close(&work->results);
    free(work);
    return command_end(status);
}
