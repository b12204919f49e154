/*
 * command_sweep.c - pdlab sweep: measures the points of a plan, writes each to its own file when
 * it is finished, and makes a table and a plot of them.
 *
 * The folder is the only state. A new sweep writes its plan and then does the same as a resumed
 * one: reads the plan, finds the finished points, and measures the rest.
 */
#include "command_sweep.h"
#include "../base/files.h"
#include "../base/fold.h"
#include "../base/text.h"
#include "../harness/report.h"
#include "../harness/sweep_recording.h"
#include "commands.h"
#include "outputs.h"
#include "sweep_agree.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_ROOM  64u
#define FOLD_INDENT 10

/* ---- messages ------------------------------------------------------------------------------- */

static void print_plan(const struct sweep_work *work)
{
    struct report report = {.out = stdout};
    char line[SWEEP_FOLDER_ROOM + 2 * SWEEP_TEXT_ROOM], axes[SWEEP_TEXT_ROOM],
        names[SWEEP_TEXT_ROOM];
    uint32_t points = work->results.points, there = sweep_finished(&work->results);
    report_device(&report, &work->sweep.device);
    command_say_environment(work->options, stdout);
    snprintf(line, sizeof line, "%u points of %s: %s", points,
             sweep_format_variants(&work->sweep, names), sweep_format_axes(&work->sweep, axes));
    if (work->sweep.repeats > 1)
        text_append(line, sizeof line, "; %u repeats of each", work->sweep.repeats);
    fold_print(stdout, printf("plan"), FOLD_INDENT, line);
    snprintf(line, sizeof line, "%s: %u of %u points are finished, %u remain", work->folder, there,
             points, command_sweep_missing(work));
    fold_print(stdout, printf("folder"), FOLD_INDENT, line);
    if (work->shard.count > 1)
        printf("shard     %u of %u\n", work->shard.index, work->shard.count);
    fflush(stdout);
}

/* ---- the summaries -------------------------------------------------------------------------- */

static bool write_summary(const struct sweep_work *work, const char *name, char *text,
                          size_t length, struct error *error)
{
    char path[SWEEP_PATH_ROOM];
    return file_write_text(sweep_path(path, work->folder, name), text, length, error);
}

static bool write_summaries(const struct sweep_work *work, struct error *error)
{
    char shown[SWEEP_FOLDER_ROOM];
    size_t length = 0;
    char *csv = sweep_print_csv(&work->sweep, &work->results, &length);
    if (!write_summary(work, SWEEP_CSV_NAME, csv, length, error))
        return false;
    char *svg = sweep_print_svg(&work->sweep, &work->results, &length);
    if (!write_summary(work, SWEEP_SVG_NAME, svg, length, error))
        return false;
    printf("\nwrote " SWEEP_CSV_NAME " and " SWEEP_SVG_NAME " to %s (%u of %u points)\n",
           text_visible(shown, sizeof shown, work->folder), sweep_finished(&work->results),
           work->results.points);
    return true;
}

/* Writes the finished points as one recording, and reports the result. */
static bool write_recording(const struct sweep_work *work, struct error *error)
{
    const char *path = work->options->record;
    struct sweep_recording recording;
    char bytes[VALUE_ROOM], each[VALUE_ROOM], shown[PATH_MAX];
    if (!sweep_write_recording(&work->sweep, work->folder, path, &recording, error))
        return false;
    text_integer(bytes, sizeof bytes, (int64_t)recording.bytes);
    text_integer(each, sizeof each, (int64_t)(recording.bytes / recording.runs));
    printf("recording %s: %zu runs in %s bytes, %s per run\n",
           text_visible(shown, sizeof shown, path), recording.runs, bytes, each);
    if (recording.without_stamps > 0)
        printf("%zu of them can't be replayed step by step: they were measured without --record\n",
               recording.without_stamps);
    return true;
}

/* Returns the exit status: 1 if a run failed or its output was wrong. */
static int judge(const struct sweep_work *work)
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

/* Loads the folder's finished points into the results. */
static bool load_points(struct sweep_work *work, struct error *error)
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

static bool take_folder(struct sweep_work *work, struct error *error)
{
    const char *folder = work->options->resume ? work->options->resume : work->options->out;
    /* The artifacts' folder also needs room for the run's own folder name. */
    if (folder && strlen(folder) + sizeof work->sweep.run_id >= sizeof work->folder)
        return error_set(error, ERROR_INPUT, "the path of the folder is longer than %zu characters",
                         sizeof work->folder - sizeof work->sweep.run_id);
    if (work->options->resume)
        snprintf(work->folder, sizeof work->folder, "%s", work->options->resume);
    return true;
}

/* Checks the output files before measuring anything. */
static bool check_outputs(const struct sweep_work *work, struct error *error)
{
    const struct options *options = work->options;
    char plan[SWEEP_PATH_ROOM], points[SWEEP_PATH_ROOM], csv[SWEEP_PATH_ROOM], svg[SWEEP_PATH_ROOM];
    const char *folder = options->resume ? work->folder : NULL;
    const struct output outputs[] = {
        {OUTPUT_FOLDER, "--out",
         options->out ? options->out
         : folder     ? NULL
                      : SWEEP_OUT_DEFAULT},
        {OUTPUT_WRITTEN, "--record", options->record},
        {OUTPUT_READ, "--preset", *options->preset.path ? options->preset.path : NULL},
        {OUTPUT_FOLDER, "--resume", folder},
        {OUTPUT_READ, "the plan", folder ? sweep_path(plan, folder, SWEEP_PLAN_NAME) : NULL},
        {OUTPUT_OWNED, "contains the points",
         folder ? sweep_path(points, folder, SWEEP_POINTS_NAME) : NULL},
        {OUTPUT_WRITTEN, "the table", folder ? sweep_path(csv, folder, SWEEP_CSV_NAME) : NULL},
        {OUTPUT_WRITTEN, "the plot", folder ? sweep_path(svg, folder, SWEEP_SVG_NAME) : NULL},
    };
    return outputs_check(outputs, sizeof outputs / sizeof *outputs, error);
}

/* Makes sure the folder has the plan, and reads it into work->sweep. */
static bool settle_plan(struct sweep_work *work, struct error *error)
{
    const struct options *options = work->options;
    bool begins = !options->resume || !sweep_has_plan(options->resume);
    if (!take_folder(work, error) || !check_outputs(work, error))
        return false;
    if (begins) {
        if (!options->vary[0])
            return error_set(
                error, ERROR_INPUT,
                "%s contains no sweep.json: to begin a sweep there, use --vary KNOB=V,V,...",
                work->folder);
        if (!sweep_split_parse(options->shard, &work->sweep.split, error) ||
            !command_sweep_begin(work, error))
            return false;
    }
    return sweep_read_plan(work->folder, &work->sweep, error) &&
           sweep_shard_parse(options->shard, &work->sweep.split, &work->shard, error) &&
           sweep_agrees(&work->sweep, work->folder, options, error) &&
           (!options->record || sweep_fits_recording(&work->sweep, error));
}

/* Reports that the sweep was interrupted. Returns the exit status. */
static int end_interrupted(const struct sweep_work *work)
{
    char detail[SWEEP_FOLDER_ROOM + 2 * VALUE_ROOM], shard[VALUE_ROOM] = "";
    if (work->shard.count > 1)
        snprintf(shard, sizeof shard, " --shard %u/%u", work->shard.index, work->shard.count);
    snprintf(detail, sizeof detail,
             "%u of %u points are kept; continue with pdlab sweep --resume %s%s",
             sweep_finished(&work->results), work->results.points, work->folder, shard);
    return interrupt_end(text_make_visible(detail));
}

/* Runs the whole sweep. *status is the exit status. False: *error. */
static bool sweep_all(struct sweep_work *work, int *status, struct error *error)
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
    if (command_sweep_missing(work) > 0 && !command_sweep_measure(work, error))
        return false;
    /* Another shard may finish a point at any time: only a process without --shard writes the
     * summaries. */
    if (work->shard.count == 1 && !write_summaries(work, error))
        return false;
    *status = command_sweep_missing(work) > 0 ? end_interrupted(work) : judge(work);
    return command_sweep_missing(work) > 0 || !work->options->record ||
           write_recording(work, error);
}

int command_sweep(const struct options *options)
{
    struct error error = {0};
    struct sweep_work *work = calloc(1, sizeof *work);
    if (!work)
        return command_no_memory("a sweep");
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
