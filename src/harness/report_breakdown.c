#include "report_breakdown.h"

#include "../base/fold.h"
#include "../base/text.h"
#include "advice.h"

#include <string.h>

#define CELL           24u
#define LINE_ROOM      (REPORT_BREAKDOWN_ROOM + 64u)
#define OPERATIONS_TOP 3u /* how many operations the sentence names */

static void append_part(char *text, const char *name, double ns,
                        const struct breakdown_means *means, bool last)
{
    char cell[CELL];
    if (ns <= 0)
        return;
    text_append(text, REPORT_BREAKDOWN_ROOM, "%s %s (%.0f %%)%s", name,
                text_duration(cell, CELL, ns), means->step_ns > 0 ? 100 * ns / means->step_ns : 0,
                last ? "" : ", ");
}

void report_append_cost(char *text, size_t size, const struct run *run, const char *what,
                        bool (*cost_of)(const struct run *, double *, double *))
{
    char cost[CELL], error[CELL];
    double cost_ns, error_ns;
    if (cost_of(run, &cost_ns, &error_ns) && cost_ns > 2 * error_ns)
        text_append(text, size, "; %s cost %s a step, give or take %s", what,
                    text_duration(cost, CELL, cost_ns), text_duration(error, CELL, error_ns));
}

const char *report_breakdown_text(const struct run *run, char text[REPORT_BREAKDOWN_ROOM])
{
    struct breakdown_means means;
    char cell[CELL], operations[256];
    *text = '\0';
    if (!breakdown_means_of(run, &means) || !means.phased)
        return text;
    text_append(text, REPORT_BREAKDOWN_ROOM,
                "the mean step takes %s: ", text_duration(cell, CELL, means.step_ns));
    append_part(text, "gap", means.gap_ns, &means, false);
    append_part(text, "data wait", means.data_ns, &means, false);
    append_part(text, "barrier wait", means.barrier_ns, &means, false);
    append_part(text, "compute", means.compute_ns, &means, true);
    if (means.ceiling_ns > 0)
        text_append(text, REPORT_BREAKDOWN_ROOM,
                    "; reading its bytes at peak bandwidth would take %s",
                    text_duration(cell, CELL, means.ceiling_ns));
    if (!run->facts.free_running && run->facts.programs > 1)
        text_append(text, REPORT_BREAKDOWN_ROOM, "; the last program ends %s after the first",
                    text_duration(cell, CELL, means.spread_ns));
    report_append_cost(text, REPORT_BREAKDOWN_ROOM, run, "phases", run_phase_cost);
    if (*operations_text(&run->operations, OPERATIONS_TOP, operations, sizeof operations))
        text_append(text, REPORT_BREAKDOWN_ROOM, "; by operation: %s", operations);
    return text;
}

void report_breakdowns(const struct report *report, const struct run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char line[LINE_ROOM] = "", text[REPORT_BREAKDOWN_ROOM];
        if (!*report_breakdown_text(&runs[i], text))
            continue;
        text_append(line, LINE_ROOM, "%s: %s", runs[i].variant, text);
        fold_print(report->out, 0, 0, line);
    }
}

void report_advice(const struct report *report, const struct run *runs, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        char line[LINE_ROOM] = "";
        struct advice advice;
        if (!advice_of(&runs[i], report->device, &advice))
            continue;
        text_append(line, LINE_ROOM, "%s: %s", runs[i].variant, advice.text);
        fold_print(report->out, any ? 0 : fprintf(report->out, "advice"), 10, line);
        any = true;
    }
}
