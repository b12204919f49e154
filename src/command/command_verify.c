/*
 * command_verify.c - pdlab verify: runs one iteration of every variant, and checks every
 * sequence of its output against the reference. Nothing is timed, so this file drives the
 * variants without the worker, in a child process like everything that opens the device
 * (isolate.h).
 */
#include "../../kernels/clock.h"
#include "../../kernels/cpu/usable.h"
#include "../base/json_writer.h"
#include "../document/loss_log.h"
#include "../document/output_file.h"
#include "../engine/judge.h"
#include "../engine/loss.h"
#include "../engine/reference.h"
#include "../engine/turn.h"
#include "../harness/progress.h"
#include "commands.h"
#include "outputs.h"

#include <stdio.h>
#include <stdlib.h>

#define TELL_NS UINT64_C(100000000) /* minimum time between two progress reports */

/* Where to write the output, or NULL. Set before the child is forked. */
static const char *output_path;

/* The child's state for an iteration and its check. */
struct check {
    enum backend backend;
    int index;
    struct device_info device;
    uint32_t stop; /* raised if the variant makes no progress, or after an interruption */
    struct turn turn;
    struct reference *reference;
    uint64_t told_ns; /* time of the last progress report */
    double tolerance; /* tolerance for the error of the last output */
};

static void look_for_end(void *context, bool stalled)
{
    (void)stalled;
    if (isolate_interrupted)
        __atomic_store_n((uint32_t *)context, 1, __ATOMIC_RELEASE);
}

/* Returns the number of elements of the largest part. */
static size_t largest_part(const struct workload *workload, const struct knobs *knobs)
{
    size_t most = 0;
    for (uint32_t part = 0; part < workload->parts(knobs); part++) {
        const struct workload_part shape = workload->part(knobs, part);
        const size_t elements = (size_t)shape.rows * shape.columns;
        most = elements > most ? elements : most;
    }
    return most;
}

/* Reports progress, at most every TELL_NS. */
static void tell_progress(struct check *check, struct isolate_line *line,
                          const struct verification *verification)
{
    const struct isolate_progress progress = {
        .verifying = true, .verified = verification->checked, .parts = verification->total};
    const uint64_t now_ns = clock_now();
    if (now_ns - check->told_ns < TELL_NS)
        return;
    check->told_ns = now_ns;
    isolate_tell(line, &progress);
}

/* Judges all parts of the output one at a time: a copy of the whole output may not fit in
 * memory. */
static bool check_output(struct check *check, struct isolate_line *line,
                         struct verification *verification, struct error *error)
{
    struct turn *turn = &check->turn;
    const struct workload *workload = turn->variant->workload;
    struct judge judge;
    float *rows = malloc(largest_part(workload, &turn->plan.used) * sizeof *rows);
    judge_begin(&judge, workload, &turn->plan.used, verification);
    bool going = rows != NULL, complete = rows != NULL;
    for (uint32_t part = 0; going && part < verification->total && !isolate_interrupted; part++) {
        tell_progress(check, line, verification);
        turn->variant->ops->output(turn->state, part, rows);
        const struct workload_expected *expected =
            reference_part(check->reference, workload, &turn->plan.used, part, rows, &check->stop);
        complete = expected != NULL;
        going = complete && judge_part(&judge, part, expected, rows, verification);
    }
    free(rows);
    if (isolate_interrupted)
        return error_set(error, ERROR_RUN, "interrupted");
    if (!complete)
        return error_set(error, ERROR_RUN, "no memory for a %s of %s", workload->part_noun,
                         turn->variant->name);
    check->tolerance = judge_tolerance(&judge);
    judge_end(&judge, turn->variant->ops->count_nan(turn->state), verification);
    return true;
}

static void log_loss(struct check *check, const struct run *run)
{
    struct error ignored; /* the failure of the variant is reported instead */
    const struct loss loss = {
        .device = &check->device,
        .run = run,
        .why = &check->turn.loss,
        .account = check->turn.account,
    };
    char *text = loss_print(&loss);
    if (text)
        loss_log(text, &ignored);
    free(text);
}

/* Poisons the output, runs one unrecorded iteration, and checks its output. */
static bool run_and_check(struct check *check, const struct plan *plan, struct isolate_line *line,
                          struct run *run)
{
    struct turn *turn = &check->turn;
    struct turn_watch watch = {.call = look_for_end, .context = &check->stop};
    if (!turn_begin(turn, run, plan, &check->device, &check->stop, &run->error))
        return isolate_interrupted && !turn->lost ? error_set(&run->error, ERROR_RUN, "interrupted")
                                                  : false;
    turn->check_due = false;
    turn->warm_left = 1;
    turn->variant->ops->poison(turn->state);
    enum turn_result result = turn_iterate(turn, &check->stop, NULL, watch, &run->error);
    if (result == TURN_STOPPED && isolate_interrupted)
        error_set(&run->error, ERROR_RUN, "interrupted");
    else if (result == TURN_STOPPED)
        error_set(&run->error, ERROR_RUN, "%s made no progress and was stopped", run->variant);
    /* The output is written before the check: a wrong output is as interesting as a right one. */
    bool checked = result == TURN_ITERATED && turn_quiesce(turn, &run->error) &&
                   (!output_path || output_file_write(output_path, turn->variant, turn->state,
                                                      &turn->plan.used, &run->error)) &&
                   check_output(check, line, &run->verification, &run->error);
    turn_end(turn);
    if (turn->lost)
        log_loss(check, run);
    return checked && !turn->lost;
}

/* ---- the task ------------------------------------------------------------------------------- */

static void *open_check(enum backend backend, int device, struct device_info *info,
                        struct error *error)
{
    struct check *check = calloc(1, sizeof *check);
    const struct usable_memory memory = usable_read_memory("");
    if (check)
        check->reference = reference_open(
            usable_cores(usable_affine_cores(), usable_read_quota("")), usable_free_bytes(&memory));
    if (!check || !check->reference) {
        error_set(error, ERROR_RUN, "no memory to verify");
    } else if (backends[backend]->open(device, &check->device, error)) {
        check->backend = backend;
        check->index = device;
        *info = check->device;
        return check;
    }
    if (check)
        reference_close(check->reference);
    free(check);
    return NULL;
}

static bool perform(void *context, const struct isolate_order *order, const struct plan *plan,
                    struct isolate_line *line, struct run *run, struct error *error)
{
    struct check *check = context;
    (void)order;
    check->stop = 0;
    isolate_stop = &check->stop;
    if (isolate_interrupted)
        check->stop = 1; /* interrupted before there was a `stop` to raise */
    run->status = run_and_check(check, plan, line, run) ? RUN_DONE : RUN_FAILED;
    const struct isolate_progress end = {.tolerance = check->tolerance};
    isolate_tell(line, &end);
    if (check->turn.lost)
        *error = run->error;
    return !check->turn.lost;
}

static void close_check(void *context)
{
    struct check *check = context;
    backends[check->backend]->close(check->index);
    reference_close(check->reference);
    free(check);
}

static const struct isolate_task verify_task = {
    .open = open_check, .perform = perform, .close = close_check};

/* ---- printing ------------------------------------------------------------------------------- */

/* Returns "right", "WRONG", "FAILED", "skipped", or "missed" after an interruption. */
static const char *outcome(const struct run *run)
{
    if (run->status == RUN_WAITING)
        return "missed";
    if (run->status == RUN_SKIPPED)
        return "skipped";
    if (run->status == RUN_FAILED)
        return "FAILED";
    return run->verification.verdict == VERDICT_RIGHT ? "right" : "WRONG";
}

static const char *reason_of(const struct run *run)
{
    if (run->status == RUN_WAITING)
        return "interrupted before it began";
    if (run->status == RUN_SKIPPED || run->status == RUN_FAILED)
        return run->error.text;
    return run->verification.verdict == VERDICT_RIGHT ? "" : run->verification.reason;
}

static void print_line(const struct run *run, double tolerance)
{
    const struct verification *verification = &run->verification;
    printf("%-24s %-7s", run->variant, outcome(run));
    if (run->status == RUN_DONE)
        printf("  %u of %u %ss checked, relative L2 error %.2e, limit %.0e", verification->checked,
               verification->total, run->known->workload->part_noun, verification->rel_l2_error,
               tolerance);
    printf("%s%s\n", *reason_of(run) ? "  " : "", reason_of(run));
}

static void write_run(struct json_writer *json, const struct run *run, double tolerance)
{
    static const char *const statuses[] = {[RUN_WAITING] = "missed",
                                           [RUN_DONE] = "ok",
                                           [RUN_FAILED] = "failed",
                                           [RUN_SKIPPED] = "skipped"};
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "variant", run->variant);
    json_write_string(json, "target", run->target);
    json_write_string(json, "status", statuses[run->status]);
    json_write_string_or_null(json, "reason", reason_of(run));
    if (run->status == RUN_DONE) {
        json_write_boolean(json, "right", run->verification.verdict == VERDICT_RIGHT);
        json_write_integer(json, "sequences_checked", run->verification.checked);
        json_write_integer(json, "sequences", run->verification.total);
        json_write_number(json, "rel_l2_error", run->verification.rel_l2_error);
        json_write_number(json, "tolerance", tolerance);
    }
    json_close(json, '}');
}

static bool print_json(const struct isolate *isolate)
{
    struct json_writer json = {0};
    json_open(&json, NULL, '{');
    json_write_string(&json, "schema", "pdlab.verify/1");
    json_write_string(&json, "device", isolate->device.id);
    json_open(&json, "runs", '[');
    for (uint32_t i = 0; i < isolate->count; i++)
        write_run(&json, &isolate->runs[i], isolate->progress[i].tolerance);
    json_close(&json, ']');
    json_close(&json, '}');
    return json_writer_print(&json, stdout);
}

/* In the parent. */
static void show_progress(const struct isolate *isolate, uint32_t index)
{
    const struct run *run = &isolate->runs[index];
    const struct isolate_progress *reached = &isolate->progress[index];
    if (reached->verifying && progress_due())
        progress_show("%s: verifying %u of %u %ss", run->variant, reached->verified, reached->parts,
                      run->known->workload->part_noun);
}

/* ---- the command ---------------------------------------------------------------------------- */

static int verify_all(const struct options *options, const struct targets *targets,
                      struct isolate *isolate)
{
    struct error error = {0};
    struct isolate_order order = {.knobs = options->settings.knobs};
    if (!command_can_run(targets, isolate->runs, &error))
        return command_fail(&error);
    command_say_environment(options, options->json_flag ? stderr : stdout);
    for (uint32_t i = 0; i < targets->count; i++) {
        if (isolate->runs[i].status != RUN_SKIPPED && interrupt_level == 0)
            isolate_perform(isolate, i, &order);
        progress_clear();
        if (!options->json_flag)
            print_line(&isolate->runs[i], isolate->progress[i].tolerance);
        fflush(stdout); /* each may take long */
    }
    if (options->json_flag && !print_json(isolate))
        return command_no_memory("the JSON");
    return interrupt_level > 0 ? interrupt_end("the results so far are shown")
                               : command_judge(isolate->runs, isolate->count);
}

/* Whether the file of --output can be written, and exactly one variant is chosen. */
static bool check_output_path(const struct options *options, const struct targets *targets,
                              struct error *error)
{
    const struct output outputs[] = {
        {OUTPUT_WRITTEN, "--output", options->output},
        {OUTPUT_READ, "--preset", *options->preset.path ? options->preset.path : NULL},
    };
    if (!options->output)
        return true;
    if (targets->count != 1)
        return error_set(error, ERROR_INPUT,
                         "--output writes the output of one variant, but %u are chosen: name one "
                         "with --targets",
                         targets->count);
    return outputs_check(outputs, sizeof outputs / sizeof *outputs, error);
}

int command_verify(const struct options *options)
{
    struct error error = {0};
    struct targets targets;
    static struct isolate isolate;
    interrupt_watch();
    output_path = options->output;
    if (!command_check_inputs(options, NULL, &error) ||
        !command_open(options, &verify_task, &isolate, &targets, &error))
        return command_fail(&error);
    if (!check_output_path(options, &targets, &error)) {
        isolate_close(&isolate);
        return command_fail(&error);
    }
    isolate.show = progress_seen() ? show_progress : NULL;
    int status = verify_all(options, &targets, &isolate);
    isolate_close(&isolate);
    return command_end(status);
}
