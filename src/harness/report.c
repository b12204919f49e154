#include "report.h"

#include "../../kernels/clock.h"
#include "../base/cluster.h"
#include "../base/fold.h"
#include "../base/text.h"
#include "../base/text_histogram.h"
#include "../engine/backend_name.h"
#include "../engine/floor.h"
#include "../engine/ledger.h"
#include "../engine/prefill.h"
#include "report_breakdown.h"

#include <string.h>

#define CELL        24u
#define NAME_MOST   48
#define LINE_ROOM   2048u
#define REMARK_ROOM 512u

#define NOISE_WIDTH 8  /* columns of " +-2.1 %" */
#define NOISE_KNOWN 10 /* an uncertainty of this many times the median or more is not printed */

void report_device_line(FILE *out, const char *label, const struct device_info *device)
{
    char line[LINE_ROOM] = "", units[32];
    text_append(line, LINE_ROOM, "%s: %s", device->id, *device->name ? device->name : "unknown");
    if (*device->isa)
        text_append(line, LINE_ROOM, ", %s", device->isa);
    if (device->units > 0)
        text_append(line, LINE_ROOM, ", %s", backend_units(units, sizeof units, device));
    if (*device->driver)
        text_append(line, LINE_ROOM, ", %s", device->driver);
    fold_print(out, fprintf(out, "%s", label), 10, line);
}

void report_device(const struct report *report, const struct device_info *device)
{
    char line[LINE_ROOM] = "";
    report_device_line(report->out, "device", device);
    text_append(line, LINE_ROOM,
                "service time, closed loop: an iteration is submitted when the previous one ends");
    if (!report->recorded)
        text_append(line, LINE_ROOM, "; clock %s", clock_source());
    fold_print(report->out, fprintf(report->out, "timing"), 10, line);
}

/* ---- the table ------------------------------------------------------------------------------ */

/* Appends ", p99 9.13 us" if there are enough samples for that percentile. */
static void append_p99(char *line, const struct histogram *histogram)
{
    char text[CELL];
    if (histogram_resolves(histogram, 0.99))
        text_append(line, LINE_ROOM, ", p99 %s", text_percentile(text, CELL, histogram, 0.99));
}

const char *report_verified(char *text, size_t size, const struct verification *verification)
{
    if (verification->verdict == VERDICT_RIGHT)
        snprintf(text, size, "%u of %u", verification->checked, verification->total);
    else
        snprintf(text, size, "%s", verification->verdict == VERDICT_WRONG ? "WRONG" : "unverified");
    return text;
}

/* Layout of the table of times. If there is a column for the uncertainty of medians, every other
 * column is one blank narrower, so that the table's width does not change. */
struct times {
    FILE *out;
    int name_width, cell_width;
    const char *plus_minus; /* NULL: no run was measured by several processes, so there is no such
                               column */
};

static struct times lay_out_times(const struct report *report, int name_width,
                                  const struct run *runs, size_t count)
{
    struct times times = {.out = report->out, .name_width = name_width, .cell_width = 8};
    for (size_t i = 0; i < count; i++) {
        if (runs[i].process_count < 2)
            continue;
        times.cell_width = 7;
        times.plus_minus = report->unicode ? "±" : "+-";
    }
    return times;
}

static void print_times_head(const struct times *times)
{
    static const char *const percentiles[] = {"p50", "p90", "p99", "p99.9"};
    FILE *out = times->out;
    const int noise = times->plus_minus ? NOISE_WIDTH : 0, width = 4 * (times->cell_width + 1);
    fprintf(out, "%-*s %*s  %*s\n", times->name_width, "", width + noise - 2, "iteration",
            width - 3, "step");
    fprintf(out, "%-*s", times->name_width, "variant");
    for (int i = 0; i < 8; i++)
        fprintf(out, "%s %*s%*s", i == 4 ? " " : "", times->cell_width, percentiles[i % 4],
                i == 0 ? noise : 0, "");
    putc('\n', out);
}

/* Prints the uncertainty of the median, from several processes: " ±2.1 %". */
static void print_noise(const struct times *times, const struct run *run)
{
    const struct evidence evidence = run_evidence(run);
    const double half = evidence_half_width(&evidence);
    char cell[CELL] = "";
    if (run->process_count > 1 && half < NOISE_KNOWN)
        snprintf(cell, sizeof cell, half < 0.0995 ? "%s%.1f %%" : "%s%.0f %%", times->plus_minus,
                 100 * half);
    else if (run->process_count > 1)
        snprintf(cell, sizeof cell, "%s?", times->plus_minus);
    fprintf(times->out, " %s%*s", cell, NOISE_WIDTH - 1 - cluster_columns(cell), "");
}

static void print_times(const struct times *times, const struct run *run)
{
    static const double fractions[] = {0.5, 0.9, 0.99, 0.999};
    FILE *out = times->out;
    char cell[CELL];
    fprintf(out, "%-*s", times->name_width, run->variant);
    for (int i = 0; i < 4; i++) {
        fprintf(out, " %*s", times->cell_width,
                text_percentile(cell, CELL, &run->histograms[METRIC_ITERATION], fractions[i]));
        if (i == 0 && times->plus_minus)
            print_noise(times, run);
    }
    putc(run->facts.free_running ? '*' : ' ', out);
    for (int i = 0; i < 4; i++)
        fprintf(out, " %*s", times->cell_width,
                text_percentile(cell, CELL, &run->histograms[METRIC_STEP], fractions[i]));
    putc('\n', out);
}

static void print_rates(FILE *out, int name_width, const struct run *run, double speedup)
{
    char cell[CELL];
    const double share = floor_share(run, METRIC_ITERATION);
    fprintf(out, "%-*s %8s", name_width, run->variant,
            text_percentile(cell, CELL, &run->histograms[METRIC_TTFT], 0.5));
    const double tokens = run_tokens_per_s(run), moved = run_moved_gb_per_s(run);
    fprintf(out, " %9s", tokens > 0 ? text_rate(cell, CELL, tokens) : "-");
    fprintf(out, " %9s", moved > 0 ? text_bandwidth(cell, CELL, moved) : "-");
    if (share > 0)
        fprintf(out, " %9.0f %%", 100 * share);
    else
        fprintf(out, " %11s", "-");
    if (speedup > 0)
        fprintf(out, " %8.2fx", speedup);
    else
        fprintf(out, " %9s", "-");
    fprintf(out, "  %s\n", report_verified(cell, CELL, &run->verification));
}

/* Appends how much of the prefill the decode hid, and the parts of TTFT. */
static void append_prefill_parts(char *line, const struct run *run)
{
    char text[CELL];
    struct prefill_figures figures;
    if (!prefill_figures_of(run, &run->typical, &figures))
        return;
    text_append(line, LINE_ROOM, "; %.0f %% of the prefill overlaps the decode",
                100 * (double)figures.hidden_ns /
                    (double)(figures.prefill_ns ? figures.prefill_ns : 1));
    if (figures.first_step_ns == 0)
        return;
    text_append(line, LINE_ROOM,
                "; TTFT of a typical iteration: %s until the first chunk or step begins",
                text_duration(text, CELL, (double)figures.start_ns));
    text_append(line, LINE_ROOM, ", then %s until the first step begins",
                text_duration(text, CELL, (double)figures.before_ns));
    text_append(line, LINE_ROOM, ", %s in the first step",
                text_duration(text, CELL, (double)figures.first_step_ns));
}

static void append_prefill_figures(char *line, const struct run *run)
{
    char text[CELL];
    const struct histogram *histograms = run->histograms;
    if (histograms[METRIC_PREFILL].count == 0)
        return;
    text_append(line, LINE_ROOM, "; the prefill's p50 is %s",
                text_percentile(text, CELL, &histograms[METRIC_PREFILL], 0.5));
    if (prefill_gb_per_s(run) > 0)
        text_append(line, LINE_ROOM, "; its copies move %s GB/s",
                    text_bandwidth(text, CELL, prefill_gb_per_s(run)));
    text_append(line, LINE_ROOM, "; at most %u in flight", run->in_flight_most);
    if (prefill_cap(run) > 0)
        text_append(line, LINE_ROOM, " of %u allowed", prefill_cap(run));
    append_prefill_parts(line, run);
    text_append(line, LINE_ROOM, "; steps beside the prefill p50 %s",
                text_percentile(text, CELL, &histograms[METRIC_STEP], 0.5));
    append_p99(line, &histograms[METRIC_STEP]);
    if (histograms[METRIC_ALONE].count > 0) {
        text_append(line, LINE_ROOM, "; steps alone p50 %s",
                    text_percentile(text, CELL, &histograms[METRIC_ALONE], 0.5));
        append_p99(line, &histograms[METRIC_ALONE]);
    }
}

static void append_prefill(char *line, const struct run *run)
{
    char text[CELL];
    text_append(line, LINE_ROOM, "%s has a prefill: iterations without the prefill have p50 %s",
                run->variant, text_percentile(text, CELL, &run->histograms[METRIC_DECODE], 0.5));
    if (run_decode_metric(run) == METRIC_DECODE)
        text_append(line, LINE_ROOM, "; all comparisons use these iterations");
    else
        append_prefill_figures(line, run);
    if (run->facts.free_running)
        text_append(line, LINE_ROOM,
                    "; %s is free-running: the step times after * are each program's own",
                    run->variant);
}

/* Prints why a run has no row or no rank. */
static void print_remark(FILE *out, const struct run *run)
{
    char line[LINE_ROOM] = "";
    if (run->status == RUN_SKIPPED)
        text_append(line, LINE_ROOM, "skipped %s: %s", run->variant, run->error.text);
    else if (run->status == RUN_FAILED)
        text_append(line, LINE_ROOM, "FAILED %s: %s", run->variant, run->error.text);
    else if (run->verification.verdict == VERDICT_WRONG)
        text_append(line, LINE_ROOM, "WRONG %s: %s", run->variant, run->verification.reason);
    else if (run->status == RUN_WAITING)
        text_append(line, LINE_ROOM,
                    "not reached %s: the measurement ended before its first time slice",
                    run->variant);
    else if (!run_has_samples(run))
        text_append(line, LINE_ROOM,
                    "not measured %s: its time limit passed before its first iteration ended",
                    run->variant);
    else if (run->histograms[METRIC_DECODE].count > 0)
        append_prefill(line, run);
    else if (run->facts.free_running)
        text_append(line, LINE_ROOM,
                    "* %s is free-running: step times are of each program, not of the whole batch",
                    run->variant);
    if (*line)
        fold_print(out, 0, 0, line);
}

static void print_stops(FILE *out, const struct run *run)
{
    char line[LINE_ROOM] = "", number[CELL];
    if (run->stopped_iterations == 0)
        return;
    text_append(line, LINE_ROOM,
                "left out %s iteration%s of %s: the process was stopped (SIGCONT) or the machine "
                "slept during %s",
                text_integer(number, CELL, (int64_t)run->stopped_iterations),
                run->stopped_iterations == 1 ? "" : "s", run->variant,
                run->stopped_iterations == 1 ? "it" : "them");
    fold_print(out, 0, 0, line);
}

void report_disturbance(FILE *out, const char *name, const struct run *run)
{
    char line[LINE_ROOM] = "", text[REMARK_ROOM];
    if (!run_has_samples(run) || !*telemetry_remark(run, text, sizeof text))
        return;
    text_append(line, LINE_ROOM, "disturbed %s: %s", name, text);
    fold_print(out, 0, 0, line);
}

/* Prints the figures of a row as one sentence. */
static void print_sentence(const struct report *report, const struct run *run, double speedup)
{
    const struct evidence evidence = run_evidence(run);
    const double half = evidence_half_width(&evidence);
    char line[LINE_ROOM] = "", text[CELL];
    const struct histogram *histograms = run->histograms;
    const struct verification *check = &run->verification;
    char verified[64];
    verification_text(check, verified, sizeof verified);
    text_append(line, LINE_ROOM, "%s: ", run->variant);
    text_append(line, LINE_ROOM, "iteration p50 %s",
                text_percentile(text, CELL, &histograms[METRIC_ITERATION], 0.5));
    if (run->process_count > 1)
        text_append(line, LINE_ROOM, ", known to %s%.1f %% from %u repeats",
                    report->unicode ? "±" : "+-", 100 * half, run->process_count);
    append_p99(line, &histograms[METRIC_ITERATION]);
    text_append(line, LINE_ROOM, "; ");
    if (histograms[METRIC_STEP].count > 0) {
        text_append(line, LINE_ROOM, run->facts.free_running ? "own step p50 %s" : "step p50 %s",
                    text_percentile(text, CELL, &histograms[METRIC_STEP], 0.5));
        append_p99(line, &histograms[METRIC_STEP]);
        text_append(line, LINE_ROOM, "; ");
    }
    if (run_tokens_per_s(run) > 0)
        text_append(line, LINE_ROOM, "%s tokens/s; ", text_rate(text, CELL, run_tokens_per_s(run)));
    if (run->known && run->known->rung == 1)
        text_append(line, LINE_ROOM, "the baseline; ");
    else if (speedup > 0)
        text_append(line, LINE_ROOM, "%.2f times as fast as the baseline; ", speedup);
    if (check->verdict == VERDICT_RIGHT)
        text_append(line, LINE_ROOM, "%s", verified);
    else
        text_append(line, LINE_ROOM, check->verdict == VERDICT_WRONG ? "wrong" : "not verified");
    fold_print(report->out, 0, 0, line);
}

void report_table(const struct report *report, const struct run *runs, size_t count)
{
    FILE *out = report->out;
    int name_width = (int)strlen("variant");
    size_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        int length = (int)strnlen(runs[i].variant, NAME_MOST);
        name_width = length > name_width ? length : name_width;
        rows += run_has_samples(&runs[i]);
    }
    if (rows > 0 && report->recorded)
        fprintf(out, "%s\n", report->recorded);
    const struct times times = lay_out_times(report, name_width, runs, count);
    if (rows > 0 && !report->plain)
        print_times_head(&times);
    for (size_t i = 0; i < count && !report->plain; i++)
        if (run_has_samples(&runs[i]))
            print_times(&times, &runs[i]);
    if (rows > 0 && !report->plain)
        fprintf(out, "%-*s %8s %9s %9s %11s %9s  %s\n", name_width, "variant", "TTFT p50",
                "tokens/s", "GB/s", "floor/p50", "speed-up", "verified");
    for (size_t i = 0; i < count; i++) {
        const double speedup = run_speedup(&runs[i], run_baseline(runs, count, &runs[i]));
        if (run_has_samples(&runs[i]) && report->plain)
            print_sentence(report, &runs[i], speedup);
        else if (run_has_samples(&runs[i]))
            print_rates(out, name_width, &runs[i], speedup);
    }
    for (size_t i = 0; i < count; i++) {
        print_remark(out, &runs[i]);
        print_stops(out, &runs[i]);
        report_disturbance(out, runs[i].variant, &runs[i]);
    }
    report_breakdowns(report, runs, count);
    report_advice(report, runs, count);
}

/* ---- a run in full -------------------------------------------------------------------------- */

/* Returns the source of a knob's value; "auto" if the variant chose the value. */
static const char *source_of(const struct report *report, const struct run *run, int id)
{
    if (run->asked.value[id] != run->used.value[id])
        return "auto";
    return report->settings ? knob_source_names[report->settings->source[id]] : "recorded";
}

static void append_knobs(char *line, const struct report *report, const struct run *run,
                         const char *source)
{
    char value[64];
    bool first = true;
    for (int id = 0; id < KNOB_COUNT; id++) {
        bool read = run_read_knobs(run) >> id & 1;
        if (!read || strcmp(source_of(report, run, id), source) != 0)
            continue;
        knob_format((enum knob_id)id, run->used.value[id], value, sizeof value);
        if (first)
            text_append(line, LINE_ROOM, "%s%s:", *line ? "; " : "", source);
        text_append(line, LINE_ROOM, " %s=%s", knob_table[id].name, value);
        first = false;
    }
}

/* Prints the knobs by source: "flag: SEQ_LEN=64; auto: THREADS=1; default: BATCH=8 HEAD_DIM=64". */
static void print_knobs(const struct report *report, const struct run *run)
{
    char line[LINE_ROOM] = "";
    append_knobs(line, report, run, "recorded");
    for (int source = SOURCE_COUNT - 1; source > SOURCE_DEFAULT; source--)
        append_knobs(line, report, run, knob_source_names[source]);
    append_knobs(line, report, run, "auto");
    append_knobs(line, report, run, knob_source_names[SOURCE_DEFAULT]);
    fold_print(report->out, fprintf(report->out, "  knobs"), 10, line);
    if (run->model.hash[0] != '\0')
        fprintf(report->out, "  model   %s, hash %s\n", run->model.name, run->model.hash);
}

static void append_percentile(char *line, const char *name, const struct histogram *histogram)
{
    char text[CELL];
    if (histogram->count > 0)
        text_append(line, LINE_ROOM, "; %s %s", name, text_percentile(text, CELL, histogram, 0.5));
}

/* Appends the floors of an iteration and of a step, each also as a share of the median. */
static void append_floor(char *line, const struct run *run)
{
    char text[CELL];
    if (floor_share(run, METRIC_ITERATION) > 0)
        text_append(line, LINE_ROOM, "; its floor is %s, %.0f %% of the p50",
                    text_duration(text, CELL, (double)floor_ns(run, METRIC_ITERATION)),
                    100 * floor_share(run, METRIC_ITERATION));
    if (floor_share(run, METRIC_STEP) > 0)
        text_append(line, LINE_ROOM, "; a step's floor is %s, %.0f %% of its p50",
                    text_duration(text, CELL, (double)floor_ns(run, METRIC_STEP)),
                    100 * floor_share(run, METRIC_STEP));
}

static void append_graph(char *line, const struct graph_facts *graph)
{
    char capture[CELL], instantiate[CELL], replay[CELL], first[CELL];
    if (graph->path == GRAPH_PATH_NONE)
        return;
    text_append(
        line, LINE_ROOM,
        "; %s graph, captured in %s, %s in %s, a replay submitted in %s, the first replay in %s",
        graph->path == GRAPH_PATH_FULL ? "full" : "piecewise",
        text_duration(capture, CELL, (double)graph->capture_ns),
        graph->updated ? "updated" : "instantiated anew",
        text_duration(instantiate, CELL, (double)graph->instantiate_ns),
        text_duration(replay, CELL, (double)graph->replay_ns),
        text_duration(first, CELL, (double)graph->first_replay_ns));
}

static void print_figures(const struct report *report, const struct run *run)
{
    char line[LINE_ROOM] = "", text[CELL], count[CELL];
    const struct histogram *histograms = run->histograms;
    text_append(line, LINE_ROOM, "iteration p50 %s of %s samples",
                text_percentile(text, CELL, &histograms[METRIC_ITERATION], 0.5),
                text_integer(count, CELL, (int64_t)histograms[METRIC_ITERATION].count));
    append_percentile(line, "without the prefill p50", &histograms[METRIC_DECODE]);
    append_prefill_figures(line, run);
    append_percentile(line, run->facts.free_running ? "own step p50" : "step p50",
                      &histograms[METRIC_STEP]);
    append_percentile(line, "busy p50", &histograms[METRIC_BUSY]);
    append_percentile(line, "gap p50", &histograms[METRIC_GAP]);
    append_percentile(line, "TTFT p50", &histograms[METRIC_TTFT]);
    if (run_tokens_per_s(run) > 0)
        text_append(line, LINE_ROOM, "; %s tokens/s", text_rate(text, CELL, run_tokens_per_s(run)));
    if (run_moved_gb_per_s(run) > 0)
        text_append(line, LINE_ROOM, "; moves %s GB/s",
                    text_bandwidth(text, CELL, run_moved_gb_per_s(run)));
    append_floor(line, run);
    text_append(line, LINE_ROOM, "; %u %s an iteration", run->facts.launches_per_iteration,
                run->facts.launches_per_iteration == 1 ? "launch" : "launches");
    if (run->facts.graph_nodes > 0)
        text_append(line, LINE_ROOM, "; %u graph nodes", run->facts.graph_nodes);
    append_graph(line, &run->facts.graph);
    if (run->left_out > 0)
        text_append(line, LINE_ROOM, "; %s step%s without a stamp",
                    text_integer(text, CELL, (int64_t)run->left_out),
                    run->left_out == 1 ? "" : "s");
    report_append_cost(line, LINE_ROOM, run, "stamps", run_stamp_cost);
    fold_print(report->out, fprintf(report->out, "  median"), 10, line);
}

/* Prints the label and the text; nothing if the text is empty. */
static void print_optional(FILE *out, const char *label, const char *text)
{
    if (*text)
        fold_print(out, fprintf(out, "%s", label), 10, text);
}

void report_run(const struct report *report, const struct run *run)
{
    FILE *out = report->out;
    char text[LINE_ROOM];
    if (!run_has_samples(run))
        return;
    const struct variant *known = run->known;
    fprintf(out, "\n%s%s%s\n", run->variant, known ? ": " : "", known ? known->title : "");
    if (report->recorded)
        fprintf(out, "  %s\n", report->recorded);
    if (known)
        fold_print(out, fprintf(out, "  why"), 10, known->why);
    print_knobs(report, run);
    print_figures(report, run);
    print_optional(out, "  bytes", ledger_text(run, text, sizeof text));
    print_optional(out, "  phases", report_breakdown_text(run, text));
    print_optional(out, "  meter", telemetry_strip(&run->telemetry, text, sizeof text));

    const struct histogram *step = &run->histograms[METRIC_STEP];
    if (step->count == 0)
        return;
    fprintf(out, "  %s latency, service time, %s samples, log time axis\n",
            run->facts.free_running ? "free-running: each program's own step" : "step",
            text_integer(text, CELL, (int64_t)step->count));
    text_histogram_print(out, step,
                         report->plain     ? TEXT_BARS_NONE
                         : report->unicode ? TEXT_BARS_BLOCKS
                                           : TEXT_BARS_ASCII);
}
