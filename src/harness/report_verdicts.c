#include "report_verdicts.h"

#include "../base/fold.h"
#include "../base/text.h"
#include "../engine/compare.h"

#include <stdlib.h>
#include <string.h>

#define LINE_ROOM    2048u
#define VERDICT_ROOM 128u
#define CELL         16u

/* ---- against the baseline ------------------------------------------------------------------- */

/* A run and its baseline. */
struct pair {
    const struct run *run, *baseline;
    struct comparison comparison;
};

/* Whether both runs have enough processes for a verdict. */
static bool has_verdict(const struct pair *pair)
{
    return pair->baseline && pair->baseline != pair->run &&
           pair->comparison.reference.units >= EVIDENCE_LEAST &&
           pair->comparison.other.units >= EVIDENCE_LEAST && !pair->comparison.reference.turns &&
           !pair->comparison.other.turns;
}

static void compare(struct pair *pair, const struct device_info *device, const struct run *runs,
                    size_t count, const struct run *run)
{
    *pair = (struct pair){.run = run, .baseline = run_baseline(runs, count, run)};
    if (!pair->baseline || !compare_measured(run) || !compare_measured(pair->baseline))
        return;
    const struct compared reference = {.run = pair->baseline, .device = device},
                          other = {.run = run, .device = device};
    compare_runs(&reference, &other, &pair->comparison);
}

/* Corrects the verdicts for multiple comparisons: only printed verdicts count. */
static void correct(struct pair *pairs, struct comparison **judged, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (has_verdict(&pairs[i]))
            judged[used++] = &pairs[i].comparison;
    compare_correct(judged, used);
}

/* Writes a ratio with three significant digits. */
static const char *ratio_text(char text[CELL], double ratio)
{
    snprintf(text, CELL, ratio >= 99.95 ? "%.0f" : ratio >= 9.995 ? "%.1f" : "%.2f", ratio);
    return text;
}

/* Appends text such as "cpu_graph: faster than cpu_per_token, ×12.3 (11.9 to 12.7)". */
static void append_ratio(char *line, const struct report *report, const struct pair *pair,
                         const char *verdict)
{
    const struct ratio *ratio = &pair->comparison.iteration;
    char value[CELL], low[CELL], high[CELL];
    text_append(line, LINE_ROOM, "%s: %s than %s, %s%s (%s to %s)", pair->run->variant, verdict,
                pair->baseline->variant, report->unicode ? "×" : "x",
                ratio_text(value, ratio->value), ratio_text(low, ratio->low),
                ratio_text(high, ratio->high));
}

static void print_pair(const struct report *report, const struct pair *pair)
{
    const struct comparison *comparison = &pair->comparison;
    const enum outcome outcome = comparison->outcome;
    char line[LINE_ROOM] = "", verdict[VERDICT_ROOM];
    compare_verdict_text(comparison, report->unicode ? "±" : "+-", verdict, sizeof verdict);
    if (!compare_ranked(outcome))
        text_append(line, LINE_ROOM, "%s: not ranked against %s: %s", pair->run->variant,
                    pair->baseline->variant, verdict);
    else if (compare_decided(outcome))
        append_ratio(line, report, pair, verdict);
    else
        text_append(line, LINE_ROOM, "%s: beside %s %s", pair->run->variant,
                    pair->baseline->variant, verdict);
    fold_print(report->out, 0, 0, line);
}

static void print_pairs(const struct report *report, const struct device_info *device,
                        const struct run *runs, size_t count)
{
    struct pair *pairs = calloc(count, sizeof *pairs);
    struct comparison **judged = calloc(count, sizeof *judged);
    for (size_t i = 0; pairs && judged && i < count; i++)
        compare(&pairs[i], device, runs, count, &runs[i]);
    if (pairs && judged)
        correct(pairs, judged, count);
    for (size_t i = 0; pairs && judged && i < count; i++)
        if (has_verdict(&pairs[i]))
            print_pair(report, &pairs[i]);
    free(pairs);
    free(judged);
}

/* ---- the fastest ---------------------------------------------------------------------------- */

/* Comparable runs: runs of one workload. */
struct group {
    const struct run *runs[EVIDENCE_MANY];
    struct evidence evidence[EVIDENCE_MANY];
    const struct evidence *sides[EVIDENCE_MANY];
    bool tied[EVIDENCE_MANY];
    size_t count;
};

static bool is_candidate(const struct run *run)
{
    return compare_measured(run) && run->status != RUN_FAILED &&
           run->verification.verdict == VERDICT_RIGHT && run->process_count >= 2;
}

/* Fills the group with the candidates that have the same workload as `of`. */
static void gather(struct group *group, const struct run *runs, size_t count, const struct run *of)
{
    group->count = 0;
    for (size_t i = 0; i < count && group->count < EVIDENCE_MANY; i++) {
        if (!is_candidate(&runs[i]) || !run_same_work(&runs[i], of))
            continue;
        group->runs[group->count] = &runs[i];
        group->evidence[group->count] = run_evidence(&runs[i]);
        group->sides[group->count] = &group->evidence[group->count];
        group->count++;
    }
}

/* Whether some candidate has a different target or workload, so that this group needs a name. */
static bool is_one_of_several(const struct group *group, const struct run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_candidate(&runs[i]) && !run_same_work(&runs[i], group->runs[0]))
            return true;
    return false;
}

static void print_fastest(const struct report *report, struct group *group, bool named)
{
    char line[LINE_ROOM] = "fastest";
    size_t names = 0;
    evidence_best(group->sides, group->count, group->tied);
    if (named)
        text_append(line, LINE_ROOM, " of %s", group->runs[0]->target);
    for (size_t i = 0; i < group->count; i++)
        if (group->tied[i])
            text_append(line, LINE_ROOM, "%s%s", names++ == 0 ? ": " : ", ",
                        group->runs[i]->variant);
    if (names > 1)
        text_append(line, LINE_ROOM, ": cannot be told apart");
    fold_print(report->out, 0, 0, line);
}

static void print_groups(const struct report *report, const struct run *runs, size_t count)
{
    static struct group group; /* static because it is too large for a small stack */
    for (size_t i = 0; i < count; i++) {
        if (!is_candidate(&runs[i]))
            continue;
        gather(&group, runs, count, &runs[i]);
        if (group.count > 1 && group.runs[0] == &runs[i]) /* once per group */
            print_fastest(report, &group, is_one_of_several(&group, runs, count));
    }
}

void report_verdicts(const struct report *report, const struct device_info *device,
                     const struct run *runs, size_t count)
{
    if (count == 0)
        return;
    print_pairs(report, device, runs, count);
    print_groups(report, runs, count);
}
