#include "judge.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

double judge_error(const struct workload_sum *sum)
{
    return sum->error2 == 0 ? 0 : sqrt(sum->error2 / sum->norm2);
}

void judge_begin(struct judge *judge, const struct workload *workload, const struct knobs *knobs,
                 struct verification *verification)
{
    *judge = (struct judge){.workload = workload, .knobs = knobs};
    *verification = (struct verification){.total = workload->parts(knobs)};
}

/* The kind that exceeds its tolerance most, or is nearest to it. */
static uint32_t find_worst(const struct judge *judge)
{
    double most = -1;
    uint32_t worst = 0;
    for (uint32_t i = 0; i < WORKLOAD_KINDS_MOST; i++) {
        const bool any = judge->kinds[i].checked > 0;
        const double share =
            any ? judge_error(&judge->kinds[i].sum) / judge->kinds[i].tolerance : -1;
        if (share > most) {
            most = share;
            worst = i;
        }
    }
    return worst;
}

bool judge_part(struct judge *judge, uint32_t part, const struct workload_expected *expected,
                const float *rows, struct verification *verification)
{
    const struct workload_part shape = judge->workload->part(judge->knobs, part);
    struct workload_sum own = {0};
    judge->workload->compare(judge->knobs, &shape, expected, rows, &own);
    if (isnan(own.error2))
        own.error2 = INFINITY;
    judge->kinds[shape.kind].sum.error2 += own.error2;
    judge->kinds[shape.kind].sum.norm2 += own.norm2;
    judge->kinds[shape.kind].tolerance = shape.tolerance;
    judge->kinds[shape.kind].checked++;

    const uint32_t worst = find_worst(judge);
    verification->checked++;
    verification->rel_l2_error = judge_error(&judge->kinds[worst].sum);
    const double error = judge_error(&own), most = JUDGE_PART_FACTOR * shape.tolerance;
    if (error <= most)
        return true;
    char name[48], where[64] = "";
    judge->workload->name_part(judge->knobs, part, name, sizeof name);
    if (judge->workload->locate)
        judge->workload->locate(judge->knobs, part, expected, rows, where, sizeof where);
    verification->verdict = VERDICT_WRONG;
    snprintf(verification->reason, sizeof verification->reason,
             "%s%s%s: relative L2 error %.2e, above the limit of %.2g", name, *where ? ", " : "",
             where, error, most);
    return false;
}

double judge_tolerance(const struct judge *judge)
{
    return judge->kinds[find_worst(judge)].tolerance;
}

static uint64_t output_elements(const struct judge *judge)
{
    const uint32_t parts = judge->workload->parts(judge->knobs);
    uint64_t elements = 0;
    for (uint32_t part = 0; part < parts; part++) {
        const struct workload_part shape = judge->workload->part(judge->knobs, part);
        elements += (uint64_t)shape.rows * shape.columns;
    }
    return elements;
}

void judge_end(const struct judge *judge, uint64_t nan_count, struct verification *verification)
{
    const uint32_t worst = find_worst(judge);
    const double tolerance = judge->kinds[worst].tolerance;
    if (nan_count > 0) {
        verification->verdict = VERDICT_WRONG;
        snprintf(verification->reason, sizeof verification->reason,
                 "%" PRIu64 " of %" PRIu64 " output elements are NaN: never written, or computed "
                 "wrong",
                 nan_count, output_elements(judge));
        return;
    }
    if (verification->verdict != VERDICT_NONE || verification->checked == 0)
        return;
    verification->verdict = VERDICT_RIGHT;
    if (verification->rel_l2_error > tolerance) {
        verification->verdict = VERDICT_WRONG;
        snprintf(verification->reason, sizeof verification->reason,
                 "relative L2 error %.2e over %u %s%s, above the limit of %.2g",
                 verification->rel_l2_error, judge->kinds[worst].checked,
                 judge->workload->part_noun, judge->kinds[worst].checked == 1 ? "" : "s",
                 tolerance);
    }
}
