/*
 * command_run.c - pdlab run: measures variants, one after the other or in rounds, and writes the
 * results.
 */
#include "../../kernels/clock.h"
#include "../base/fold.h"
#include "../base/text.h"
#include "../document/expect.h"
#include "../harness/compare_gather.h"
#include "../harness/measure.h"
#include "../harness/progress.h"
#include "../harness/report_verdicts.h"
#include "../harness/rounds.h"
#include "against.h"
#include "artifacts.h"
#include "commands.h"
#include "nsight.h"
#include "outputs.h"
#include "profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MOST    100u /* limit of --until-stable without --repeats */
#define ROUNDS_AGAINST 5u   /* default of --against */

#define AGAINST_NAME "against" /* name of its artifact */
#define NAME_ROOM    4400u

/* The measurement and its progress. */
static struct session {
    const struct options *options;
    struct isolate *isolate;
    struct rounds rounds;
    struct artifacts artifacts;
    struct document document;      /* contains the runs of `rounds` */
    struct against against;        /* the other build; count 0: none */
    uint32_t most;                 /* maximum number of rounds */
    uint32_t places[ROUNDS_SLOTS]; /* positions of the variants in the round, from 1 */
} session;

/* Returns the number of slots in a round: this build's variants, then those of the other build. */
static uint32_t count_slots(void)
{
    return session.rounds.count + session.against.count;
}

static bool is_due(uint32_t slot)
{
    const uint32_t count = session.rounds.count;
    return rounds_due(&session.rounds, slot % count) &&
           (slot < count || against_due(&session.against, slot - count));
}

/* ---- progress ------------------------------------------------------------------------------- */

/* Returns how many more seconds the current variant will record; negative: unknown. */
static double estimate_left_s(const struct run *run, const struct isolate_progress *reached)
{
    const struct options *options = session.options;
    const uint64_t duration_ns = options->duration_ns;
    if (reached->recording_ns == 0 || reached->iterations < 2)
        return duration_ns > 0 && !options->process_stable ? (double)duration_ns * 1e-9 : -1;
    double taken_s = (double)(clock_now() - reached->recording_ns) * 1e-9;
    double left_s = INFINITY;
    if (duration_ns > 0)
        left_s = (double)measure_time_left(duration_ns, reached->recording_ns) * 1e-9;
    if (run->used.iterations > 0) {
        double left = (double)run->used.iterations - (double)reached->iterations;
        left_s = fmin(left_s, taken_s * left / (double)(reached->iterations - 1));
    }
    if (options->process_stable) {
        /* The interval narrows with the square root of the sample count. */
        double excess = reached->median_error / MEASURE_STABLE;
        left_s = fmin(left_s, taken_s * (excess * excess - 1));
    }
    return fmax(left_s, 0);
}

/* Returns how many variants of this build come later in this round. */
static uint32_t count_later(uint32_t index)
{
    uint32_t later = 0;
    for (uint32_t i = 0; i < session.rounds.count; i++)
        later += session.places[i] > session.places[index] && rounds_due(&session.rounds, i);
    return later;
}

/* Returns "round 3 of 5, ", or "" if pdlab does not measure in rounds. */
static const char *round_text(char *text, size_t size)
{
    if (!session.rounds.fresh)
        return "";
    snprintf(text, size, "round %u of %s%u, ", session.rounds.begun,
             session.options->until_stable ? "at most " : "", session.most);
    return text;
}

static void show_progress(const struct isolate *isolate, uint32_t index)
{
    const struct run *run = &isolate->runs[index];
    const struct isolate_progress *reached = &isolate->progress[index];
    char round[48], left[48], asked[32] = "", more[32] = "", check[48] = "";
    const uint32_t later = count_later(index);
    if (!progress_due())
        return;
    text_time_left(left, sizeof left, estimate_left_s(run, reached));
    if (run->used.iterations > 0)
        snprintf(asked, sizeof asked, " of %lld", (long long)run->used.iterations);
    if (later > 0)
        snprintf(more, sizeof more, ", then %u more", later);
    if (reached->verifying)
        snprintf(check, sizeof check, ", verifying %u of %u", reached->verified, reached->parts);
    progress_show("%s%s: %llu%s iterations, %s%s%s", round_text(round, sizeof round), run->variant,
                  (unsigned long long)reached->iterations, asked, left, more, check);
}

/* ---- measuring ------------------------------------------------------------------------------ */

static void measure_other(uint32_t index, uint32_t place)
{
    struct against *against = &session.against;
    char round[48];
    if (session.isolate->show)
        progress_show("%s%s of %s", round_text(round, sizeof round), against->runs[index].variant,
                      against->binary);
    against_measure(against, index, session.rounds.begun, place, session.options->duration_ns);
    artifacts_write(&session.artifacts, &against->document, AGAINST_NAME);
}

/* Measures every variant once, in the order of the round. Writes each result immediately, so that a
 * crash loses at most one. */
static void measure_round(struct isolate_order *order)
{
    const struct rounds *rounds = &session.rounds;
    uint32_t sequence[ROUNDS_SLOTS];
    rounds_order((uint32_t)session.document.order_seed, 0, rounds->fresh ? rounds->begun : 0,
                 count_slots(), sequence);
    for (uint32_t i = 0; i < count_slots(); i++)
        session.places[sequence[i]] = i + 1;
    for (uint32_t place = 1; place <= count_slots(); place++) {
        const uint32_t slot = sequence[place - 1];
        if (!is_due(slot) || interrupt_level > 0)
            continue;
        if (slot < rounds->count) {
            rounds_measure(&session.rounds, slot, place, order);
            artifacts_write_run(&session.artifacts, &session.document, slot);
        } else {
            measure_other(slot - rounds->count, place);
        }
    }
}

/* Whether all medians, including those of the other build, are known well enough. */
static bool is_stable(void)
{
    const struct against *against = &session.against;
    bool stable = rounds_are_stable(&session.rounds);
    for (uint32_t i = 0; i < against->count; i++)
        stable &= !is_due(session.rounds.count + i) || rounds_is_stable(&against->runs[i]);
    return stable;
}

/* Whether this was the last round. */
static bool has_enough(void)
{
    const struct rounds *rounds = &session.rounds;
    return rounds->begun >= session.most || interrupt_level > 0 || !rounds_any_due(rounds) ||
           (session.options->until_stable && is_stable());
}

static void measure_all(void)
{
    const struct options *options = session.options;
    struct isolate_order order = {
        .knobs = options->settings.knobs,
        .limit_ns = UINT64_MAX,
        .duration_ns = options->duration_ns,
        .until_stable = options->process_stable,
        .no_telemetry = options->no_telemetry,
    };
    for (uint32_t i = 0; i < session.rounds.count; i++)
        if (!rounds_due(&session.rounds, i))
            artifacts_write_run(&session.artifacts, &session.document, i);
    do {
        session.rounds.begun++;
        if (session.rounds.fresh)
            session.document.rounds = session.against.document.rounds = session.rounds.begun;
        measure_round(&order);
    } while (!has_enough());
    progress_clear();
}

/* ---- results -------------------------------------------------------------------------------- */

static const char *plus_minus(void)
{
    return command_unicode(session.options) ? "±" : "+-";
}

static void print_table(const struct options *options, const struct document *document)
{
    struct report report = {
        .out = stdout, .unicode = command_unicode(options), .device = &document->device};
    report_device(&report, &document->device);
    command_say_environment(options, stdout);
    putchar('\n');
    report_table(&report, document->runs, document->count);
    report_verdicts(&report, &document->device, document->runs, document->count);
}

/* Names the variants whose medians are not known to EVIDENCE_AIM. */
static void print_unstable(FILE *out)
{
    const char *sign = plus_minus();
    for (uint32_t i = 0; i < session.rounds.count; i++) {
        const struct run *run = &session.rounds.runs[i];
        const struct evidence evidence = run_evidence(run);
        char line[256];
        if (run->histograms[METRIC_ITERATION].count == 0 || rounds_is_stable(run))
            continue;
        snprintf(line, sizeof line, "not stable %s after %u round%s: ", run->variant,
                 evidence.units, evidence.units == 1 ? "" : "s");
        if (evidence.units < EVIDENCE_LEAST)
            text_append(line, sizeof line, "at least %u are needed", EVIDENCE_LEAST);
        else
            text_append(line, sizeof line,
                        "the 95 %% interval of its median is %s%.2g %%, wider than %s%.2g %%", sign,
                        100 * evidence_half_width(&evidence), sign, 100 * EVIDENCE_AIM);
        fold_print(out, 0, 0, line);
    }
}

/* Compares this build with the other. Returns the exit status. */
static int compare_builds(FILE *out)
{
    struct document *documents[] = {&session.document, &session.against.document};
    struct compare_side sides[2] = {0};
    char names[2][NAME_ROOM];
    struct error error = {0};
    for (int i = 0; i < 2; i++) {
        snprintf(names[i], sizeof names[i], "%s (%s %s)",
                 i == 0 ? "this build" : session.against.binary, documents[i]->version,
                 documents[i]->git_revision);
        sides[i] = (struct compare_side){
            .letter = (char)('A' + i), .path = names[i], .set = {documents[i], 1}};
    }
    putc('\n', out);
    bool compared = compare_gather(sides, 2, true, &error) &&
                    (compare_print(out, sides, 2, command_unicode(session.options)) ||
                     error_set(&error, ERROR_RUN, "no memory for the histograms"));
    for (int i = 0; i < 2; i++)
        compare_close(&sides[i]);
    if (!compared)
        command_fail(&error);
    return compared ? 0 : 1;
}

/* Reports why the other build failed. Returns the exit status. */
static int judge_other(void)
{
    const struct against *against = &session.against;
    struct error error;
    for (uint32_t i = 0; i < against->count; i++) {
        const struct run *run = &against->runs[i];
        if (run->status != RUN_FAILED)
            continue;
        error_set(&error, ERROR_RUN, "%s of %s: %s", run->variant, against->binary,
                  run->error.text);
        command_fail(&error);
    }
    return command_judge(against->runs, against->count);
}

/* Compares the results with the expectations. Returns the exit status. */
static int check_expectations(FILE *out, const struct options *options,
                              const struct expectations *expectations,
                              const struct document *document)
{
    struct error error = {0};
    putc('\n', out);
    size_t slower = expect_print(out, plus_minus(), expectations, document->device.name,
                                 document->runs, document->count);
    if (slower == 0)
        return 0;
    error_set(&error, ERROR_RUN,
              "%zu of %zu entries in %s failed: the p50 exceeds the expected p50 by more than the "
              "tolerance",
              slower, expectations->count, options->expect);
    return command_fail(&error);
}

/* Profiles the measured runs. Returns the exit status. */
static int profile(const struct document *document, struct isolate *isolate, FILE *out)
{
    struct error error = {0};
    isolate_rest(isolate);
    if (profile_runs(document, isolate->index, out, &error))
        return 0;
    return command_fail(&error);
}

/* Prints and writes the results. Returns the exit status. */
static int hand_out(const struct options *options, const struct expectations *expectations)
{
    static struct run bare[WORKER_RUNS];
    const struct document *document = &session.document;
    struct document summary = document_without_traces(document, bare);
    const bool printed = artifacts_print_document(options);
    struct error error = {0};
    FILE *out = printed ? stderr : stdout;
    if (printed)
        command_say_environment(options, stderr);
    else
        print_table(options, document);
    if (options->until_stable)
        print_unstable(out);
    int judged = command_judge(document->runs, document->count);
    if (options->against && judge_other() != 0)
        judged = 1;
    if (options->against && against_has_samples(&session.against) && compare_builds(out) != 0)
        judged = 1;
    if (options->expect_write && !expect_write(out, options->expect_write, document->device.name,
                                               document->runs, document->count, &error))
        judged = command_fail(&error);
    if (options->expect && check_expectations(out, options, expectations, document) != 0)
        judged = 1;
    int written = artifacts_end(options, &session.artifacts, &summary);
    if (artifacts_write_asked(options, document, &summary, false) != 0)
        written = 1;
    if (options->profile && profile(document, session.isolate, out) != 0)
        written = 1;
    /* Comes last, because it ends the process if nobody reads standard output any more. */
    if (artifacts_write_asked(options, document, &summary, true) != 0)
        written = 1;
    return written ? written : judged;
}

/* ---- the command ---------------------------------------------------------------------------- */

static uint32_t choose_rounds(const struct options *options)
{
    if (options->repeats > 0)
        return options->repeats;
    if (options->until_stable)
        return ROUNDS_MOST;
    return options->against ? ROUNDS_AGAINST : 1;
}

/* Prints the variants and knobs that the other build lacks. */
static void say_lacking(const struct against *against)
{
    if (*against->without)
        fprintf(stderr, "pdlab: %s has no %s\n", against->binary, against->without);
    if (*against->unknown)
        fprintf(stderr, "pdlab: %s is measured without %s, which it does not know\n",
                against->binary, against->unknown);
}

static int run_all(const struct options *options, const struct targets *targets,
                   const struct expectations *expectations, struct isolate *isolate)
{
    struct error error = {0};
    if (!command_can_run(targets, isolate->runs, &error) ||
        (options->expect &&
         !expect_applies(expectations, isolate->runs, targets->count, options->expect, &error)))
        return command_fail(&error);
    session.artifacts.folder = artifacts_folder(options);
    session.most = choose_rounds(options);
    rounds_open(&session.rounds, isolate,
                session.most > 1 || options->until_stable || options->against);
    document_describe(&session.document, &isolate->device, session.rounds.runs, isolate->count);
    session.document.ceilings = isolate->ceilings;
    session.document.order_seed = rounds_seed(options->has_order_seed, options->order_seed);
    int status;
    if (options->against &&
        !against_open(&session.against, options->against, &session.document, NULL, &error)) {
        status = command_fail(&error);
    } else {
        say_lacking(&session.against);
        measure_all();
        status = hand_out(options, expectations);
    }
    against_close(&session.against);
    rounds_close(&session.rounds);
    return interrupt_level > 0 ? interrupt_end("the results measured so far are kept") : status;
}

/* Checks the output files before measuring anything. */
static bool check_outputs(const struct options *options, struct error *error)
{
    const struct output outputs[] = {
        {OUTPUT_FOLDER, "--out", artifacts_folder(options)},
        {OUTPUT_WRITTEN, "--json", options->json},
        {OUTPUT_WRITTEN, "--csv", options->csv},
        {OUTPUT_WRITTEN, "--record", options->record},
        {OUTPUT_FOLDER, "--profile", options->profile ? PROFILE_FOLDER : NULL},
        {OUTPUT_READ, "--against", options->against},
        {OUTPUT_READ, "--expect", options->expect},
        {OUTPUT_WRITTEN, "--expect-write", options->expect_write},
        {OUTPUT_READ, "--preset", *options->preset.path ? options->preset.path : NULL},
    };
    return outputs_check(outputs, sizeof outputs / sizeof *outputs, error);
}

static int open_and_run(const struct options *options, const struct expectations *expectations)
{
    struct error error = {0};
    struct targets targets;
    static struct isolate isolate;
    interrupt_watch();
    if (!command_open(options, &measure_task, &isolate, &targets, &error))
        return command_fail(&error);
    isolate.show = progress_seen() ? show_progress : NULL;
    session.options = options;
    session.isolate = &isolate;
    int status = run_all(options, &targets, expectations, &isolate);
    isolate_close(&isolate);
    return command_end(status);
}

int command_run(const struct options *options)
{
    struct error error = {0};
    struct expectations expectations = {0};
    if (getenv(NSIGHT_VARIABLE))
        return nsight_inside(options);
    interrupt_leave();
    if (!check_outputs(options, &error) ||
        (options->expect && !expect_read(options->expect, &expectations, &error)))
        return command_fail(&error);
    int status = open_and_run(options, &expectations);
    expect_free(&expectations);
    return status;
}
