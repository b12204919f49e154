#include "verdicts.h"

#include <stdio.h>

#define JUDGE_NS UINT64_C(500000000) /* between two comparisons while new samples arrive */

void verdict_text(const struct comparison *comparison, const char *times, const char *plus_minus,
                  char *text, size_t size)
{
    const struct ratio *ratio = &comparison->iteration;
    char verdict[160];
    compare_verdict_text(comparison, plus_minus, verdict, sizeof verdict);
    if (!compare_ranked(comparison->outcome) || ratio->value <= 0 || ratio->low <= 0)
        snprintf(text, size, "%s", verdict);
    else
        snprintf(text, size, "%s%.3g, %.3g to %.3g: %s", times, ratio->value, ratio->low,
                 ratio->high, verdict);
}

void verdicts_forget(struct verdicts *verdicts)
{
    verdicts->judged_ns = 0;
}

/* Returns a fingerprint of a run, which stays the same while only its samples change. */
static uint64_t fingerprint(const struct run *run)
{
    if (!run)
        return 0;
    return (uint64_t)(uintptr_t)run ^ run->epoch << 40 ^ (uint64_t)run->verification.verdict << 8 ^
           (uint64_t)run->status;
}

/* Returns a number that grows with the run's samples. */
static uint64_t evidence_of(const struct run *run)
{
    return run ? run->histograms[METRIC_ITERATION].count + run->turns.units : 0;
}

static void compare_all(struct verdicts *verdicts, const struct row rows[EXPLORER_TAGS], int first)
{
    struct comparison *judged[EXPLORER_TAGS];
    size_t count = 0;
    const struct row *a = &rows[first];
    const struct compared reference = {.run = a->run, .device = a->device};
    for (int i = 0; i < (int)EXPLORER_TAGS; i++) {
        const struct compared other = {.run = rows[i].run, .device = rows[i].device};
        verdicts->judged[i] = i != first && a->run && rows[i].run;
        if (!verdicts->judged[i])
            continue;
        compare_runs(&reference, &other, &verdicts->comparisons[i]);
        judged[count++] = &verdicts->comparisons[i];
    }
    compare_correct(judged, count);
}

bool verdicts_judge(struct verdicts *verdicts, const struct row rows[EXPLORER_TAGS], int first,
                    uint64_t now_ns)
{
    uint64_t print = 0, samples = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        print = print * 31 + fingerprint(rows[i].run);
        samples += evidence_of(rows[i].run);
    }
    if (verdicts->judged_ns != 0 && print == verdicts->print &&
        (samples == verdicts->samples || now_ns - verdicts->judged_ns < JUDGE_NS))
        return false;
    verdicts->judged_ns = now_ns;
    verdicts->print = print;
    verdicts->samples = samples;
    compare_all(verdicts, rows, first);
    return true;
}
