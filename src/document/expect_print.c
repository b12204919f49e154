#include "expect.h"

#include "../base/cluster.h"
#include "../base/fold.h"
#include "../base/text.h"

#include <string.h>

#define CELL        24u
#define REASON_ROOM 192u
#define MEASURED    17 /* width of "9.13 us +-9.8 %" and two blanks */

static void print_verdict(FILE *out, const struct expectation *entry, const struct run *run,
                          enum expect_verdict verdict, const struct expect_ratio *ratio)
{
    char reason[REASON_ROOM];
    switch (verdict) {
    case EXPECT_MET:
        fprintf(out, "met (%.3g times the expected p50%s)\n", ratio->value,
                ratio->value > 1 + entry->tolerance ? ", within the noise" : "");
        break;
    case EXPECT_SLOWER:
        fprintf(out, "SLOWER (%.3g times the expected p50, at least %.3g)\n", ratio->value,
                ratio->low);
        break;
    case EXPECT_UNVERIFIED:
        fprintf(out, "not met: its output is %s\n",
                run->verification.verdict == VERDICT_WRONG ? "wrong" : "unverified");
        break;
    case EXPECT_UNMEASURED:
        fprintf(out, "not met: %s\n",
                run->status == RUN_SKIPPED  ? "skipped"
                : run->status == RUN_FAILED ? "failed"
                                            : "not measured");
        break;
    case EXPECT_OTHER_KNOBS:
        expect_describe_knobs(entry, run, reason, sizeof reason);
        fprintf(out, "not met: %s\n", reason);
        break;
    case EXPECT_NOT_RUN:
        fputs("not met: not run\n", out);
        break;
    }
}

/* Writes the measured median and its uncertainty: "9.13 us +-2.1 %". */
static void write_measured(const char *plus_minus, const struct expectation *entry,
                           const struct expect_ratio *ratio, char *text, size_t size)
{
    char duration[CELL];
    text_duration(duration, sizeof duration, ratio->value * (double)entry->iteration_p50_ns);
    snprintf(text, size, "%s %s%.1f %%", duration, plus_minus, 100 * ratio->half);
}

static void print_row(FILE *out, const char *plus_minus, int name_width,
                      const struct expectation *entry, const struct run *run,
                      enum expect_verdict verdict)
{
    char expected[CELL], measured[2 * CELL] = "-", tolerance[CELL];
    struct expect_ratio ratio = {0};
    text_duration(expected, sizeof expected, (double)entry->iteration_p50_ns);
    snprintf(tolerance, sizeof tolerance, "%.3g %%", entry->tolerance * 100);
    if (verdict <= EXPECT_UNVERIFIED) {
        ratio = expect_ratio(entry, run);
        write_measured(plus_minus, entry, &ratio, measured, sizeof measured);
    }
    fprintf(out, "%-*s %9s %9s %*s%s  ", name_width, entry->variant, expected, tolerance,
            MEASURED - cluster_columns(measured), "", measured);
    print_verdict(out, entry, run, verdict, &ratio);
}

size_t expect_print(FILE *out, const char *plus_minus, const struct expectations *expectations,
                    const char *device, const struct run *runs, size_t count)
{
    size_t slower = 0;
    int name_width = (int)strlen("variant");
    for (size_t i = 0; i < expectations->count; i++) {
        int length = (int)strlen(expectations->entries[i].variant);
        name_width = length > name_width ? length : name_width;
    }
    if (*expectations->device && strcmp(expectations->device, device) != 0) {
        char line[256];
        snprintf(line, sizeof line, "the expectations are for another device, %s; this is %s",
                 expectations->device, *device ? device : "unknown");
        fold_print(out, 0, 0, line);
    }
    fprintf(out, "%-*s %9s %9s %*s  %s\n", name_width, "variant", "expected", "tolerance", MEASURED,
            "measured", "verdict of the iteration's p50");
    for (size_t i = 0; i < expectations->count; i++) {
        const struct expectation *entry = &expectations->entries[i];
        const struct run *run;
        enum expect_verdict verdict = expect_judge(entry, runs, count, &run);
        print_row(out, plus_minus, name_width, entry, run, verdict);
        slower += verdict == EXPECT_SLOWER;
    }
    return slower;
}
