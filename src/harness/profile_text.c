#include "profile_text.h"

#include "../base/fold.h"
#include "../base/text.h"
#include "../base/text_histogram.h"
#include "../base/words.h"
#include "../engine/backend_name.h"
#include "../engine/floor.h"
#include "../engine/knobs.h"
#include "advice.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL  24u
#define LABEL 22 /* width of the first column */

/* ---- the measured run ----------------------------------------------------------------------- */

static const char *duration(char cell[CELL], uint64_t ns)
{
    return text_duration(cell, CELL, (double)ns);
}

static void print_metric(FILE *out, const struct run *run, enum metric metric)
{
    const struct histogram *histogram = &run->histograms[metric];
    char cell[CELL];
    if (histogram->count == 0)
        return;
    fprintf(out, "%-*s", LABEL, metric_keys[metric]);
    for (unsigned i = 0; i < DOCUMENT_PERCENTILES; i++)
        fprintf(out, " %9s",
                text_percentile(cell, CELL, histogram, document_percentiles[i].fraction));
    fprintf(out, " %11" PRIu64 "\n", histogram->count);
}

static void print_verdict(FILE *out, const struct verification *verification)
{
    fprintf(out, "%-*s ", LABEL, "verified");
    if (verification->verdict == VERDICT_RIGHT)
        fprintf(out, "%u of %u, relative L2 error %.2g\n", verification->checked,
                verification->total, verification->rel_l2_error);
    else if (verification->verdict == VERDICT_WRONG)
        fprintf(out, "WRONG: %s\n", verification->reason);
    else
        fputs("no: timed, not ranked\n", out);
}

static void print_rates(FILE *out, const struct document *document, const struct run *run)
{
    const struct ceilings *ceilings = &document->ceilings;
    char cell[CELL];
    const double moved = run_moved_gb_per_s(run);
    const double tokens = run_tokens_per_s(run);
    fprintf(out, "%-*s %s\n", LABEL, "tokens/s", tokens > 0 ? text_rate(cell, CELL, tokens) : "-");
    fprintf(out, "%-*s %s GB/s", LABEL, "moved",
            moved > 0 ? text_bandwidth(cell, CELL, moved) : "-");
    if (moved > 0 && ceilings->read_gb_per_s > 0)
        fprintf(out, ", %.0f %% of memory's peak read bandwidth, %.0f GB/s",
                100 * moved / ceilings->read_gb_per_s, ceilings->read_gb_per_s);
    if (moved > 0 && ceilings->cached_read_gb_per_s > 0)
        fprintf(out, ", %.0f %% of the cache's, %.0f GB/s",
                100 * moved / ceilings->cached_read_gb_per_s, ceilings->cached_read_gb_per_s);
    fprintf(out, "\n%-*s ", LABEL, "floor");
    const double share = floor_share(run, METRIC_ITERATION);
    if (share > 0)
        fprintf(out, "%s an iteration: %.0f %% of the median\n",
                duration(cell, floor_ns(run, METRIC_ITERATION)), 100 * share);
    else
        fputs("unknown\n", out);
}

static void print_measured(FILE *out, const struct document *document, const struct run *run)
{
    char cost_text[CELL];
    double cost_ns, error_ns;
    fputs("\nMeasured without a profiler\n", out);
    fprintf(out, "%-*s %9s %9s %9s %9s %11s\n", LABEL, "", "p50", "p90", "p99", "p99.9", "samples");
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        print_metric(out, run, (enum metric)metric);
    print_rates(out, document, run);
    if (run_stamp_cost(run, &cost_ns, &error_ns) && cost_ns > 2 * error_ns)
        fprintf(out, "%-*s %s a step, give or take %.2g ns\n", LABEL, "stamps cost",
                text_duration(cost_text, CELL, cost_ns), error_ns);
    if (run_phase_cost(run, &cost_ns, &error_ns) && cost_ns > 2 * error_ns)
        fprintf(out, "%-*s %s a step, give or take %.2g ns\n", LABEL, "phases cost",
                text_duration(cost_text, CELL, cost_ns), error_ns);
    print_verdict(out, &run->verification);
}

/* ---- parts of an iteration ------------------------------------------------------------------ */

static void print_facts(FILE *out, const struct run *run)
{
    const struct facts *facts = &run->facts;
    fprintf(out, "\nAn iteration\n%-*s %u\n", LABEL, backend_starts(run->backend),
            facts->launches_per_iteration);
    fprintf(out, "%-*s %u\n", LABEL, "graph nodes", facts->graph_nodes);
    fprintf(out, "%-*s %u%s\n", LABEL, "programs", facts->programs,
            facts->free_running ? ", free-running" : "");
}

/* Prints the time between two moments. It may be negative, because they come from different
 * clocks. */
static void print_between(FILE *out, const char *label, uint64_t from_ns, uint64_t to_ns)
{
    char cell[CELL];
    const bool backwards = from_ns > to_ns;
    fprintf(out, "%-*s %s%s\n", LABEL, label, backwards ? "-" : "",
            duration(cell, backwards ? from_ns - to_ns : to_ns - from_ns));
}

static void print_seen(FILE *out, const struct profile_pass *pass)
{
    const struct timeline_figures *figures = &pass->figures;
    char a[CELL], b[CELL];
    fprintf(out, "\nOne iteration as CUPTI traced it: the median of %u, slowed down by tracing\n",
            pass->iterations);
    fprintf(out, "%-*s %s\n", LABEL, "iteration", duration(a, pass->iteration_ns));
    fprintf(out, "%-*s %" PRIu64 ", %" PRIu64 " of them graph nodes\n", LABEL, "kernels",
            figures->kernels, figures->nodes);
    fprintf(out, "%-*s %s in total; at least one kernel ran for %s, %.1f %% of the iteration\n",
            LABEL, "kernel time", duration(a, figures->kernel_ns), duration(b, figures->working_ns),
            pass->iteration_ns ? 100 * (double)figures->working_ns / (double)pass->iteration_ns
                               : 0);
    if (figures->kernels > 0) {
        fprintf(out, "%-*s %s before the first kernel, %s after the last\n", LABEL, "no kernel",
                duration(a, figures->first_kernel_ns),
                duration(b, pass->iteration_ns - figures->last_kernel_ns));
        fprintf(
            out, "%-*s %s\n", LABEL, "between kernels",
            duration(a, figures->last_kernel_ns - figures->first_kernel_ns - figures->working_ns));
    }
    if (figures->kernels > 0 && figures->last_step_ns > 0) {
        print_between(out, "kernel to first step", figures->first_kernel_ns,
                      figures->first_step_ns);
        print_between(out, "last step to kernel end", figures->last_step_ns,
                      figures->last_kernel_ns);
    }
    fprintf(out, "%-*s %" PRIu64 " of %s, %s\n", LABEL, "copies", figures->copies,
            text_bytes(a, CELL, (double)figures->copy_bytes), duration(b, figures->copy_ns));
    fprintf(out, "%-*s %" PRIu64 ", %s of the host's time\n", LABEL, "driver calls", figures->calls,
            duration(a, figures->call_ns));
    fprintf(out, "%-*s at most %s for CUPTI's times, %s for stamps\n", LABEL, "clock error",
            duration(a, pass->error_ns), duration(b, pass->measured->facts.stamp_error_ns));
    if (pass->lost > 0)
        fprintf(out, "%-*s %" PRIu64 " records\n", LABEL, "lost", pass->lost);
}

/* Prints the steps of the typical measured iteration, from its stamps. */
static void print_typical(FILE *out, const struct run *run)
{
    struct timeline timeline;
    struct timeline_figures figures;
    char a[CELL], b[CELL];
    if (run->facts.free_running || run->typical.steps < 2 ||
        !timeline_build(&timeline, run, &run->typical, NULL))
        return;
    timeline_count(&timeline, &figures);
    timeline_close(&timeline);
    const uint64_t steps_ns = figures.gap_ns + figures.busy_ns;
    fprintf(out, "%-*s busy %s, gaps %s (%.1f %%), of %u steps after the first\n", LABEL,
            "a typical iteration", duration(a, figures.busy_ns), duration(b, figures.gap_ns),
            steps_ns ? 100 * (double)figures.gap_ns / (double)steps_ns : 0, run->typical.steps - 1);
}

/* ---- against the previous rung -------------------------------------------------------------- */

static const struct run *rung_before(const struct document *document, const struct run *run)
{
    const char *after = run->known ? run->known->after : NULL;
    for (size_t i = 0; after && i < document->count; i++)
        if (strcmp(document->runs[i].variant, after) == 0 && run_has_samples(&document->runs[i]))
            return &document->runs[i];
    return NULL;
}

static void print_delta(FILE *out, const struct run *before, const struct run *run,
                        enum metric metric)
{
    char a[CELL], b[CELL];
    const struct histogram *old = &before->histograms[metric], *new = &run->histograms[metric];
    if (old->count == 0 || new->count == 0)
        return;
    const uint64_t from_ns = histogram_median(old), to_ns = histogram_median(new);
    fprintf(out, "%-*s %s to %s", LABEL, metric_keys[metric], text_percentile(a, CELL, old, 0.5),
            text_percentile(b, CELL, new, 0.5));
    if (to_ns > 0 && from_ns > 0)
        fprintf(out, ", %.3g times as fast", (double)from_ns / (double)to_ns);
    putc('\n', out);
}

static void print_before(FILE *out, const struct document *document, const struct run *run)
{
    static const enum metric metrics[] = {METRIC_ITERATION, METRIC_STEP, METRIC_BUSY,
                                          METRIC_GAP,       METRIC_TTFT, METRIC_SYNC};
    const struct run *before = rung_before(document, run);
    if (!before && run->known && run->known->after)
        fprintf(out, "\nThe previous rung, %s, was not measured in this run\n", run->known->after);
    if (!before)
        return;
    fprintf(out, "\nAgainst the previous rung, %s: medians\n", before->variant);
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        print_delta(out, before, run, metrics[i]);
    fprintf(out, "%-*s %u to %u\n", LABEL, backend_starts(run->backend),
            before->facts.launches_per_iteration, run->facts.launches_per_iteration);
    fprintf(out, "%-*s %u to %u\n", LABEL, "graph nodes", before->facts.graph_nodes,
            run->facts.graph_nodes);
    if (run_differing_work(before, run) != 0)
        fputs("The two ran different workloads.\n", out);
}

/* ---- where a step's time goes --------------------------------------------------------------- */

struct part {
    const char *name;
    double ns, before_ns;
    bool of_step;
};

/* Writes a difference with its sign: "+1.20 us". */
static const char *change(char cell[CELL], double ns)
{
    cell[0] = ns < 0 ? '-' : '+';
    text_duration(cell + 1, CELL - 1, ns < 0 ? -ns : ns);
    return cell;
}

static void print_part(FILE *out, const struct part *part, double step_ns, bool compares)
{
    char cell[CELL];
    fprintf(out, "%-*s %9s", LABEL, part->name, text_duration(cell, CELL, part->ns));
    if (part->of_step && step_ns > 0)
        fprintf(out, " %4.0f %%", 100 * part->ns / step_ns);
    else if (compares)
        fprintf(out, " %6s", "");
    if (compares)
        fprintf(out, " %11s", change(cell, part->ns - part->before_ns));
    putc('\n', out);
}

static void print_means(FILE *out, const struct breakdown_means *is,
                        const struct breakdown_means *was)
{
    const struct part parts[] = {
        {"step", is->step_ns, was->step_ns, true},
        {"gap", is->gap_ns, was->gap_ns, true},
        {"data wait", is->data_ns, was->data_ns, true},
        {"barrier wait", is->barrier_ns, was->barrier_ns, true},
        {is->phased ? "compute" : "busy", is->compute_ns, was->compute_ns, true},
        {"at peak bandwidth", is->ceiling_ns, was->ceiling_ns, true},
        {"programs end apart", is->spread_ns, was->spread_ns, true},
        {"submission to step 0", is->launch_ns, was->launch_ns, false},
        {"TTFT", is->ttft_ns, was->ttft_ns, false},
        {"sync", is->sync_ns, was->sync_ns, false},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].ns > 0 || parts[i].before_ns > 0)
            print_part(out, &parts[i], is->step_ns, was->step_ns > 0);
}

static void print_breakdown(FILE *out, const struct document *document, const struct run *run)
{
    struct breakdown_means is, was = {0};
    struct advice advice;
    const struct run *before = rung_before(document, run);
    if (!breakdown_means_of(run, &is))
        return;
    /* Waits are comparable only if both runs measured them. */
    if (before && (!breakdown_means_of(before, &was) || is.phased != was.phased))
        was = (struct breakdown_means){0};
    fprintf(out, "\nWhere a step's time goes: means of %" PRIu64 " steps%s%s%s\n",
            run->breakdown.steps, is.phased ? "" : "; to measure waits, set PHASES on",
            was.step_ns > 0 ? "; change from " : "", was.step_ns > 0 ? before->variant : "");
    print_means(out, &is, &was);
    if (advice_of(run, &document->device, &advice))
        fold_print(out, fprintf(out, "advice"), LABEL + 1, advice.text);
}

/* Prints, for all operations of one name in a step: their time, its parts, and their number. */
static void print_operation(FILE *out, const struct operations *operations,
                            const struct operation_sums *sums)
{
    const uint64_t rest_ns = sums->ns - sums->gap_ns - sums->data_ns - sums->barrier_ns;
    const uint64_t sums_ns[] = {sums->ns, sums->gap_ns, sums->data_ns, sums->barrier_ns, rest_ns};
    const double all_ns = (double)operations_ns(operations);
    char cell[CELL];
    fprintf(out, "%-*s", LABEL, sums->name);
    for (size_t i = 0; i < sizeof sums_ns / sizeof *sums_ns; i++) {
        fprintf(out, " %9s",
                text_duration(cell, CELL, (double)sums_ns[i] / (double)operations->steps));
        if (i == 0)
            fprintf(out, " %4.0f %%", all_ns > 0 ? 100 * (double)sums->ns / all_ns : 0);
    }
    fprintf(out, " %5u\n", sums->count);
}

static void print_operations(FILE *out, const struct operations *operations)
{
    if (operations->steps == 0)
        return;
    fprintf(out, "\nBy operation: means of %" PRIu64 " steps, the last step of each iteration\n",
            operations->steps);
    fprintf(out, "%-*s %9s %6s %9s %9s %9s %9s %5s\n", LABEL, "", "time", "", "gap", "data",
            "barrier", "compute", "count");
    for (uint32_t i = 0; i < operations->count; i++)
        print_operation(out, operations, &operations->of[i]);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void print_head(FILE *out, const struct document *document, const struct run *run)
{
    char knobs[1024] = "";
    if (run->known)
        fprintf(out, "%s: %s\n", run->variant, run->known->title);
    report_device_line(out, "device", &document->device);
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[32];
        if (!run->known || !(run->known->knobs >> id & 1))
            continue;
        knob_format((enum knob_id)id, run->used.value[id], value, sizeof value);
        words_add(knobs, sizeof knobs, "%s %s", knob_table[id].name, value);
    }
    fold_print(out, fprintf(out, "knobs"), 10, knobs);
    fprintf(out, "run       %s, %s\n", document->run_id, document->recorded_utc);
}

char *profile_print(const struct profile_pass *pass, const struct profile_notes *notes,
                    size_t *length)
{
    const struct document *document = pass->document;
    const struct run *run = pass->measured;
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        return NULL;
    print_head(out, document, run);
    print_measured(out, document, run);
    print_facts(out, run);
    print_typical(out, run);
    print_breakdown(out, document, run);
    print_operations(out, &run->operations);
    if (pass->traced)
        print_seen(out, pass);
    print_before(out, document, run);
    fputs("\nFiles beside this one\n", out);
    fold_print(out, fprintf(out, "trace.json"), 12, notes->trace);
    fold_print(out, fprintf(out, "nsys"), 12, notes->tool[0]);
    fold_print(out, fprintf(out, "ncu"), 12, notes->tool[1]);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
