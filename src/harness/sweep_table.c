#include "sweep_table.h"

#include "../base/text.h"
#include "../base/text_histogram.h"

#include <stdio.h>
#include <string.h>

#define CELL        64u
#define NOISE_WIDTH 8

static int wider(int width, const char *text)
{
    return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static int axis_width(const struct sweep_axis *axis)
{
    int width = wider(0, knob_table[axis->knob].name);
    for (uint32_t i = 0; i < axis->count; i++) {
        char value[CELL];
        knob_format(axis->knob, axis->values[i], value, sizeof value);
        width = wider(width, value);
    }
    return width;
}

static int variant_width(const struct sweep *sweep)
{
    int width = wider(0, "variant");
    for (uint32_t i = 0; i < sweep->variant_count; i++)
        width = wider(width, sweep->variants[i]->name);
    return width;
}

void sweep_print_head(const struct sweep *sweep)
{
    fputs("point", stdout);
    for (uint32_t i = 0; i < sweep->axis_count; i++)
        printf("  %*s", axis_width(&sweep->axes[i]), knob_table[sweep->axes[i].knob].name);
    printf("  %-*s %9s%*s %8s %8s %8s  %s\n", variant_width(sweep), "variant", "iter. p50",
           sweep->repeats > 1 ? NOISE_WIDTH : 0, "", "p99", "step p50", "tokens/s", "verified");
}

static const char *figure_of(char cell[CELL], uint64_t ns)
{
    return ns > 0 ? text_percentile_ns(cell, CELL, (double)ns) : "-";
}

/* Prints half the 95 % interval of the median: " +-2.1 %". */
static void print_noise(const struct sweep_result *result)
{
    char cell[CELL] = "";
    if (result->processes > 1)
        snprintf(cell, sizeof cell, result->half_width < 0.0995 ? "+-%.1f %%" : "+-%.0f %%",
                 100 * result->half_width);
    printf(" %-*s", NOISE_WIDTH - 1, cell);
}

static void print_result(const struct sweep_result *result, bool noise)
{
    static const char *const verdicts[] = {
        [VERDICT_NONE] = "unverified", [VERDICT_RIGHT] = "yes", [VERDICT_WRONG] = "WRONG"};
    const char *reason = result->reason ? result->reason : "";
    char cell[CELL];
    if (result->iterations == 0) {
        printf(" %s: %s\n", result->status == RUN_FAILED ? "FAILED" : sweep_status_name(result),
               reason);
        return;
    }
    printf(" %9s", figure_of(cell, result->iteration_p50_ns));
    if (noise)
        print_noise(result);
    printf(" %8s", figure_of(cell, result->iteration_p99_ns));
    printf(" %8s", figure_of(cell, result->step_p50_ns));
    printf(" %8s  %s%s%s%s\n",
           result->tokens_per_s > 0 ? text_rate(cell, CELL, result->tokens_per_s) : "-",
           verdicts[result->verdict], result->fastest ? ", fastest here" : "", *reason ? ": " : "",
           reason);
}

void sweep_print_point(const struct sweep *sweep, const struct sweep_results *results,
                       uint32_t number)
{
    for (uint32_t variant = 0; variant < sweep->variant_count; variant++) {
        printf(" %04u", number);
        for (uint32_t i = 0; i < sweep->axis_count; i++) {
            const struct sweep_axis *axis = &sweep->axes[i];
            char value[CELL];
            knob_format(axis->knob, sweep_value(sweep, number, i), value, sizeof value);
            printf("  %*s", axis_width(axis), value);
        }
        printf("  %-*s", variant_width(sweep), sweep->variants[variant]->name);
        print_result(sweep_result_at(results, number, variant), sweep->repeats > 1);
    }
}
