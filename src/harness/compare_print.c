#include "compare_print.h"

#include "../base/cluster.h"
#include "../base/fold.h"
#include "../base/text.h"
#include "../base/text_histogram.h"
#include "../base/text_overlay.h"
#include "../engine/floor.h"
#include "../engine/knobs.h"
#include "report.h"

#include <string.h>

#define CELL         32u
#define INDENT       10
#define LINE_ROOM    2048u
#define VERDICT_ROOM 128u

bool compare_has_counterpart(const struct compare_side *sides, size_t count, size_t side,
                             size_t run)
{
    for (size_t i = 0; side > 0 && i < sides[0].count; i++)
        if (sides[side].matches[i] == run)
            return true;
    for (size_t i = 1; side == 0 && i < count; i++)
        if (sides[i].matches[run] != COMPARE_NONE)
            return true;
    return false;
}

/* ---- what differs --------------------------------------------------------------------------- */

static void append_knobs(char *text, size_t size, uint64_t knobs, const struct run *reference,
                         const struct run *other)
{
    for (int id = 0; id < KNOB_COUNT; id++) {
        char theirs[CELL], ours[CELL];
        if (!(knobs >> id & 1))
            continue;
        compare_knob_text(other, (enum knob_id)id, theirs, sizeof theirs);
        compare_knob_text(reference, (enum knob_id)id, ours, sizeof ours);
        text_append(text, size, "%s%s %s, not %s", *text ? "; " : "", knob_table[id].name, theirs,
                    ours);
    }
}

void compare_work_text(const struct compared *reference, const struct compared *other,
                       const struct comparison *comparison, char *text, size_t size)
{
    text[0] = '\0';
    if (comparison->targets)
        text_append(text, size, "target %s, not %s", other->run->target, reference->run->target);
    append_knobs(text, size, comparison->work, reference->run, other->run);
}

/* Writes how the devices differ: "name AMD EPYC, not Intel Xeon; driver 6.1, not 5.10". */
static void device_text(const struct compared *reference, const struct compared *other,
                        uint32_t fields, char *text, size_t size)
{
    text[0] = '\0';
    for (int field = 0; field < DEVICE_FIELDS; field++) {
        char theirs[sizeof other->device->name], ours[sizeof reference->device->name];
        if (!(fields >> field & 1))
            continue;
        text_append(
            text, size, "%s%s %s, not %s", *text ? "; " : "", compare_device_keys[field],
            compare_device_value(other->device, (enum device_field)field, theirs, sizeof theirs),
            compare_device_value(reference->device, (enum device_field)field, ours, sizeof ours));
    }
}

static void print_difference(FILE *out, char letter, const char *of, const char *text)
{
    char line[LINE_ROOM] = "";
    text_append(line, sizeof line, "%c, %s: %s", letter, of, text);
    fold_print(out, fprintf(out, "differs"), INDENT, line);
}

/* Prints how a side differs from the reference. Prints differences between devices only if they are
 * not those of the previous run. Returns whether there were any differences. */
static bool print_differences(FILE *out, const struct compare_side *reference,
                              const struct compare_side *side)
{
    char device[LINE_ROOM], device_before[LINE_ROOM] = "", text[LINE_ROOM];
    bool any = false;
    for (size_t i = 0; i < reference->count; i++) {
        if (side->matches[i] == COMPARE_NONE)
            continue;
        const struct compared *ours = &reference->runs[i], *theirs = &side->runs[side->matches[i]];
        const struct comparison *comparison = &side->comparisons[i];
        device_text(ours, theirs, comparison->device, device, sizeof device);
        compare_work_text(ours, theirs, comparison, text, sizeof text);
        append_knobs(text, sizeof text, comparison->knobs, ours->run, theirs->run);
        if (strcmp(ours->run->variant, theirs->run->variant) != 0)
            text_append(text, sizeof text, "%svariant %s, not %s", *text ? "; " : "",
                        theirs->run->variant, ours->run->variant);
        if (strcmp(device, device_before) != 0 && *device)
            print_difference(out, side->letter, "device", device);
        if (*text)
            print_difference(out, side->letter, ours->run->variant, text);
        any |= *device || *text;
        memcpy(device_before, device, sizeof device);
    }
    return any;
}

static void print_side(FILE *out, const struct compare_side *side)
{
    char label[] = {side->letter, '\0'}, line[LINE_ROOM];
    for (size_t i = 0; i < side->set.count; i++) {
        const struct document *document = &side->set.documents[i];
        snprintf(line, sizeof line, "%s, run %s of %s", side->path, document->run_id,
                 document->recorded_utc);
        fold_print(out, fprintf(out, "%s", i == 0 ? label : ""), INDENT, line);
        report_device_line(out, "", &document->device);
    }
}

/* Writes what the ratios mean and what their intervals are based on. */
static void write_interval(const struct compare_side *sides, size_t count, char *text, size_t size)
{
    const struct noise *noise = NULL;
    for (size_t i = 0; i < count; i++)
        for (size_t run = 0; run < sides[i].count; run++)
            if (sides[i].runs[run].run->process_count == 1)
                noise = &sides[i].runs[run].run->noise;
    snprintf(text, size,
             "A ratio is A's median over the other side's: above 1, the other side is faster. In "
             "brackets: the %.0f %% interval, from the medians of repeats in separate processes",
             100 * EVIDENCE_CONFIDENCE);
    if (noise && noise->processes > 0)
        text_append(text, size,
                    "; for a single repeat, the interval comes from the noise between processes, "
                    "%.2g %%, measured with %u",
                    100 * noise->sigma, noise->processes);
    else if (noise)
        text_append(
            text, size,
            "; a single repeat gets the noise between processes, assumed to be %.2g %% (pdlab "
            "doctor --noise measures it)",
            100 * noise->sigma);
}

static void print_head(FILE *out, const struct compare_side *sides, size_t count)
{
    char text[LINE_ROOM];
    bool any = false;
    for (size_t i = 0; i < count; i++)
        print_side(out, &sides[i]);
    for (size_t i = 1; i < count; i++)
        any |= print_differences(out, &sides[0], &sides[i]);
    if (!any)
        fold_print(out, fprintf(out, "differs"), INDENT, "nothing: the same device and knobs");
    write_interval(sides, count, text, sizeof text);
    fold_print(out, fprintf(out, "ratio"), INDENT, text);
}

/* ---- the table ------------------------------------------------------------------------------ */

static const char *ratio_cell(char cell[CELL], const struct ratio *ratio, bool interval)
{
    if (ratio->value == 0)
        return "-";
    int length = snprintf(cell, CELL, "%.3fx", ratio->value);
    if (interval && ratio->low > 0)
        snprintf(cell + length, CELL - (size_t)length, " (%.3f to %.3f)", ratio->low, ratio->high);
    return cell;
}

/* The layout of the table. */
struct table {
    FILE *out;
    const char *plus_minus;
    int name_width;
    bool floors; /* at least one run has a floor, so the table has a column for floor shares */
};

/* Prints the uncertainty of the median, padded to a fixed width. */
static void print_noise(const struct table *table, const struct run *run)
{
    const struct evidence evidence = run_evidence(run);
    const int columns = cluster_columns(table->plus_minus) + 6;
    char cell[CELL];
    compare_noise_text(&evidence, table->plus_minus, cell, sizeof cell);
    fprintf(table->out, " %s%*s", cell, columns - cluster_columns(cell), "");
}

/* Prints the row of one side's run. `comparison` is NULL for the reference. */
static void print_row(const struct table *table, const char *name, char letter,
                      const struct run *run, const struct comparison *comparison)
{
    static const struct ratio none;
    FILE *out = table->out;
    char cell[CELL];
    const struct histogram *iteration = &run->histograms[run_decode_metric(run)];
    const struct histogram *step = &run->histograms[METRIC_STEP];
    const char mark = run->facts.free_running ? '*' : ' ';
    fprintf(out, "%-*s %c", table->name_width, name, letter);
    fprintf(out, " %8s", text_percentile(cell, CELL, iteration, 0.5));
    print_noise(table, run);
    fprintf(out, " %8s", text_percentile(cell, CELL, iteration, 0.99));
    fprintf(out, "  %-23s",
            ratio_cell(cell, comparison ? &comparison->iteration : &none, comparison != NULL));
    if (table->floors && floor_share(run, METRIC_ITERATION) > 0)
        fprintf(out, " %5.0f %%", 100 * floor_share(run, METRIC_ITERATION));
    else if (table->floors)
        fprintf(out, " %7s", "-");
    fprintf(out, " %8s%c", text_percentile(cell, CELL, step, 0.5), mark);
    fprintf(out, " %8s%c", text_percentile(cell, CELL, step, 0.99), mark);
    fprintf(out, " %7s", ratio_cell(cell, comparison ? &comparison->step : &none, false));
    fprintf(out, "  %s", report_verified(cell, CELL, &run->verification));
    if (comparison) {
        char verdict[VERDICT_ROOM];
        compare_verdict_text(comparison, table->plus_minus, verdict, sizeof verdict);
        fprintf(out, "%*s  %s%s", (int)strlen("unverified") - (int)strlen(cell), "",
                compare_ranked(comparison->outcome) ? "" : "not ranked: ", verdict);
    }
    fputc('\n', out);
}

static void print_group(const struct table *table, const struct compare_side *sides, size_t count,
                        size_t index)
{
    const struct run *reference = sides[0].runs[index].run;
    print_row(table, reference->variant, sides[0].letter, reference, NULL);
    for (size_t i = 1; i < count; i++) {
        if (sides[i].matches[index] == COMPARE_NONE)
            continue;
        const struct run *run = sides[i].runs[sides[i].matches[index]].run;
        bool same_name = strcmp(run->variant, reference->variant) == 0;
        print_row(table, same_name ? "" : run->variant, sides[i].letter, run,
                  &sides[i].comparisons[index]);
    }
}

static void print_table(FILE *out, const struct compare_side *sides, size_t count, bool unicode)
{
    struct table table = {
        .out = out, .plus_minus = unicode ? "±" : "+-", .name_width = (int)strlen("variant")};
    const int sign = cluster_columns(table.plus_minus);
    for (size_t i = 0; i < count; i++) {
        for (size_t run = 0; run < sides[i].count; run++) {
            const struct run *of = sides[i].runs[run].run;
            int length = (int)strlen(of->variant);
            table.name_width = length > table.name_width ? length : table.name_width;
            table.floors |= floor_share(of, METRIC_ITERATION) > 0;
        }
    }
    fprintf(out, "\n%-*s   %*s  %-23s%s %18s\n", table.name_width, "", sign + 24, "iteration", "",
            table.floors ? "   floor" : "", "step");
    fprintf(out, "%-*s   %8s %*s %8s  %-23s%s %8s  %8s  %7s  %-10s  %s\n", table.name_width,
            "variant", "p50", sign + 6, "", "p99", "ratio", table.floors ? "   share" : "", "p50",
            "p99", "ratio", "verified", "verdict");
    for (size_t run = 0; run < sides[0].count; run++)
        if (compare_has_counterpart(sides, count, 0, run))
            print_group(&table, sides, count, run);
}

/* ---- runs without a row, and why ------------------------------------------------------------- */

/* Prints why a run has no row or no rank, and what disturbed it. */
static void print_remark(FILE *out, const struct compare_side *side, const struct run *run,
                         bool compared)
{
    char line[LINE_ROOM] = "", name[sizeof run->variant + CELL];
    snprintf(name, sizeof name, "%s of %c", run->variant, side->letter);
    if (run->status == RUN_SKIPPED || run->status == RUN_FAILED)
        text_append(line, sizeof line, "%s %s: %s",
                    run->status == RUN_SKIPPED ? "skipped" : "FAILED", name, run->error.text);
    else if (!compare_measured(run))
        text_append(line, sizeof line, "not measured %s", name);
    else if (!compared)
        text_append(line, sizeof line, "not compared %s: no counterpart", name);
    else if (run->verification.verdict == VERDICT_WRONG)
        text_append(line, sizeof line, "WRONG %s: %s", name, run->verification.reason);
    else if (run->histograms[METRIC_DECODE].count > 0)
        text_append(line, sizeof line,
                    "%s has a prefill: its row shows iterations without the prefill%s", name,
                    run->facts.free_running ? "; * marks each program's own steps" : "");
    else if (run->facts.free_running)
        text_append(line, sizeof line,
                    "* %s is free-running: its steps are each program's own steps", name);
    if (*line)
        fold_print(out, 0, 0, line);
    if (compare_measured(run) && compared)
        report_disturbance(out, name, run);
}

static void print_remarks(FILE *out, const struct compare_side *sides, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t run = 0; run < sides[i].count; run++)
            print_remark(out, &sides[i], sides[i].runs[run].run,
                         compare_has_counterpart(sides, count, i, run));
}

/* ---- histograms ----------------------------------------------------------------------------- */

/* Prints the step histograms of a run of A and its counterparts. Prints their iteration histograms
 * instead if one of them has no steps, or if only some are free-running. */
static bool print_histograms(FILE *out, const struct compare_side *sides, size_t count,
                             size_t index, bool unicode)
{
    struct text_overlay_part parts[COMPARE_SIDES];
    const struct run *runs[COMPARE_SIDES], *reference = sides[0].runs[index].run;
    size_t used = 0;
    bool steps = true;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && sides[i].matches[index] == COMPARE_NONE)
            continue;
        runs[used] = sides[i].runs[i == 0 ? index : sides[i].matches[index]].run;
        steps &= runs[used]->histograms[METRIC_STEP].count > 0 &&
                 runs[used]->facts.free_running == reference->facts.free_running;
        parts[used++].letter = sides[i].letter;
    }
    for (size_t i = 0; i < used; i++)
        parts[i].histogram = &runs[i]->histograms[steps ? METRIC_STEP : METRIC_ITERATION];
    fprintf(out, "\n%s: %s, service time, shares of each side's own samples, log time axis\n",
            reference->variant,
            !steps                          ? "iteration"
            : reference->facts.free_running ? "each program's own step"
                                            : "step latency");
    return text_overlay_print(out, parts, used, !unicode);
}

bool compare_print(FILE *out, const struct compare_side *sides, size_t count, bool unicode)
{
    print_head(out, sides, count);
    print_table(out, sides, count, unicode);
    print_remarks(out, sides, count);
    for (size_t run = 0; run < sides[0].count; run++)
        if (compare_has_counterpart(sides, count, 0, run) &&
            !print_histograms(out, sides, count, run, unicode))
            return false;
    return true;
}
