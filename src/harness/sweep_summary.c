#include "sweep_summary.h"

#include "../base/plot_svg.h"
#include "../base/words.h"
#include "../document/csv.h"
#include "../engine/backend_name.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_ROOM  64u
#define NAME_ROOM   256u
#define REMARK_ROOM 512u

/* ---- results -------------------------------------------------------------------------------- */

bool sweep_results_open(const struct sweep *sweep, struct sweep_results *results)
{
    *results = (struct sweep_results){
        .points = sweep_points(sweep),
        .variants = sweep->variant_count,
    };
    results->all = calloc((size_t)results->points * results->variants, sizeof *results->all);
    return results->all != NULL;
}

void sweep_results_close(struct sweep_results *results)
{
    for (size_t i = 0; results->all && i < (size_t)results->points * results->variants; i++)
        free(results->all[i].reason);
    free(results->all);
    *results = (struct sweep_results){0};
}

struct sweep_result *sweep_result_at(const struct sweep_results *results, uint32_t number,
                                     uint32_t variant)
{
    return &results->all[(size_t)(number - 1) * results->variants + variant];
}

bool sweep_is_finished(const struct sweep_results *results, uint32_t number)
{
    return sweep_result_at(results, number, 0)->status != RUN_WAITING;
}

uint32_t sweep_finished(const struct sweep_results *results)
{
    uint32_t finished = 0;
    for (uint32_t number = 1; number <= results->points; number++)
        finished += sweep_is_finished(results, number);
    return finished;
}

/* Returns a percentile; 0 if there are too few samples for it. */
static uint64_t resolved(const struct histogram *histogram, double fraction)
{
    return histogram_resolves(histogram, fraction) ? histogram_percentile(histogram, fraction) : 0;
}

static struct sweep_result figures_of(const struct run *run)
{
    const struct evidence evidence = run_evidence(run);
    const struct histogram *iteration = &run->histograms[METRIC_ITERATION];
    const struct histogram *step = &run->histograms[METRIC_STEP];
    const char *reason = *run->error.text ? run->error.text : run->verification.reason;
    return (struct sweep_result){
        .status = run->status,
        .verdict = run->verification.verdict,
        .iterations = iteration->count,
        .iteration_p50_ns = histogram_percentile(iteration, 0.5),
        .iteration_p90_ns = resolved(iteration, 0.9),
        .iteration_p99_ns = resolved(iteration, 0.99),
        .step_p50_ns = histogram_percentile(step, 0.5),
        .step_p99_ns = resolved(step, 0.99),
        .tokens_per_s = run_tokens_per_s(run),
        .evidence = evidence,
        .processes = run->process_count > 0 ? run->process_count : iteration->count > 0,
        .half_width = run->process_count > 1 ? evidence_half_width(&evidence) : 0,
        .reason = *reason ? strdup(reason) : NULL,
    };
}

/* Whether a run takes part in the ranking at its point. */
static bool is_ranked(const struct run *run)
{
    return run->status < RUN_FAILED && run->verification.verdict == VERDICT_RIGHT &&
           run->process_count > 1;
}

/* Whether the run `of` is the fastest of its target at a point, or not significantly slower. */
static bool is_fastest(const struct run *runs, uint32_t count, uint32_t of)
{
    struct evidence evidence[WORKER_RUNS];
    const struct evidence *sides[WORKER_RUNS];
    bool tied[WORKER_RUNS];
    for (uint32_t i = 0; i < count; i++) {
        evidence[i] = run_evidence(&runs[i]);
        if (!is_ranked(&runs[i]) || strcmp(runs[i].target, runs[of].target) != 0)
            evidence[i].units = 0;
        sides[i] = &evidence[i];
    }
    evidence_best(sides, count, tied);
    return is_ranked(&runs[of]) && tied[of];
}

void sweep_results_take(struct sweep_results *results, uint32_t number, const struct run *runs)
{
    for (uint32_t i = 0; i < results->variants; i++) {
        struct sweep_result *result = sweep_result_at(results, number, i);
        free(result->reason);
        *result = figures_of(&runs[i]);
        result->fastest = is_fastest(runs, results->variants, i);
    }
}

const char *sweep_status_name(const struct sweep_result *result)
{
    return result->status == RUN_SKIPPED  ? "skipped"
           : result->status == RUN_FAILED ? "failed"
                                          : "ok";
}

/* ---- CSV ------------------------------------------------------------------------------------ */

static void print_figure(FILE *out, uint64_t figure)
{
    fputc(',', out);
    if (figure > 0)
        fprintf(out, "%llu", (unsigned long long)figure);
}

/* Prints the columns about processes: their number, the interval, and whether the run is
 * fastest. */
static void print_evidence(FILE *out, const struct sweep_result *result)
{
    print_figure(out, result->processes);
    if (result->processes > 1)
        fprintf(out, ",%.3g,%s\n", 100 * result->half_width, result->fastest ? "true" : "false");
    else
        fputs(",,\n", out);
}

static void print_row(FILE *out, const struct sweep *sweep, uint32_t number, uint32_t variant,
                      const struct sweep_result *result)
{
    static const char *const verdicts[] = {
        [VERDICT_NONE] = "", [VERDICT_RIGHT] = "true", [VERDICT_WRONG] = "false"};
    fprintf(out, "%u,%s,", number, sweep->variants[variant]->name);
    csv_print_cell(out, sweep->device.name);
    for (uint32_t i = 0; i < sweep->axis_count; i++) {
        char value[VALUE_ROOM];
        knob_format(sweep->axes[i].knob, sweep_value(sweep, number, i), value, sizeof value);
        fprintf(out, ",%s", value);
    }
    fprintf(out, ",%s,", sweep_status_name(result));
    if (result->reason)
        csv_print_cell(out, result->reason);
    fprintf(out, ",%s", verdicts[result->verdict]);
    print_figure(out, result->iterations);
    print_figure(out, result->iteration_p50_ns);
    print_figure(out, result->iteration_p90_ns);
    print_figure(out, result->iteration_p99_ns);
    print_figure(out, result->step_p50_ns);
    print_figure(out, result->step_p99_ns);
    if (result->tokens_per_s > 0)
        fprintf(out, ",%.6g", result->tokens_per_s);
    else
        fputc(',', out);
    print_evidence(out, result);
}

char *sweep_print_csv(const struct sweep *sweep, const struct sweep_results *results,
                      size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        return NULL;
    fputs("point,variant,device", out);
    for (uint32_t i = 0; i < sweep->axis_count; i++)
        fprintf(out, ",%s", knob_table[sweep->axes[i].knob].name);
    fputs(",status,reason,verified,iterations,iteration_p50_ns,iteration_p90_ns,iteration_p99_ns,"
          "step_p50_ns,step_p99_ns,tokens_per_s,processes,iteration_p50_half_interval_percent,"
          "fastest\n",
          out);
    for (uint32_t number = 1; number <= results->points; number++)
        for (uint32_t i = 0; sweep_is_finished(results, number) && i < results->variants; i++)
            print_row(out, sweep, number, i, sweep_result_at(results, number, i));
    bool printed = !ferror(out);
    if (fclose(out) == 0 && printed)
        return text;
    free(text);
    return NULL;
}

/* ---- the plot ------------------------------------------------------------------------------- */

/* Whether the values are ascending numbers, so that the plot's x axis can have a numeric scale. */
static bool is_scale(const struct sweep_axis *axis)
{
    const struct knob_info *knob = &knob_table[axis->knob];
    bool rising = knob->kind == KNOB_INT || knob->kind == KNOB_SET;
    for (uint32_t i = 0; i < axis->count; i++)
        rising &=
            axis->values[i] >= knob->least && (i == 0 || axis->values[i] > axis->values[i - 1]);
    return rising;
}

/* Whether each value is the previous one times a constant: a range with a factor, or at least three
 * listed values with a constant ratio. */
static bool is_geometric(const struct sweep_axis *axis)
{
    if (axis->scale != SWEEP_LISTED)
        return axis->scale == SWEEP_GEOMETRIC;
    bool geometric = axis->count >= 3 && axis->values[0] > 0;
    for (uint32_t i = 2; i < axis->count; i++)
        geometric &= (double)axis->values[i] * (double)axis->values[0] ==
                     (double)axis->values[i - 1] * (double)axis->values[1];
    return geometric;
}

/* Fills in the x axis of the plot. Words and unordered numbers are placed at equal distances. */
static void fill_x(const struct sweep_axis *axis, struct plot *plot, double x[SWEEP_VALUES],
                   char names[SWEEP_VALUES][VALUE_ROOM], const char *pointers[SWEEP_VALUES])
{
    bool scale = is_scale(axis);
    plot->log = scale && is_geometric(axis);
    plot->words = !scale;
    plot->x_count = axis->count;
    for (uint32_t i = 0; i < axis->count; i++) {
        x[i] = scale ? (double)axis->values[i] : (double)i;
        knob_format(axis->knob, axis->values[i], names[i], VALUE_ROOM);
        pointers[i] = names[i];
    }
    plot->x = x;
    plot->x_names = pointers;
}

/* Memory for the plot. */
struct canvas {
    double *y_ns;
    bool *verified;
    char (*names)[NAME_ROOM];
    const char **pointers;
};

static void close_canvas(struct canvas *canvas)
{
    free(canvas->y_ns);
    free(canvas->verified);
    free(canvas->names);
    free(canvas->pointers);
}

/* Allocates memory for the plot. There is one panel for each combination of all varied knobs but
 * the first. */
static bool open_canvas(const struct sweep *sweep, const struct sweep_results *results,
                        struct canvas *canvas)
{
    size_t panels = results->points / sweep->axes[0].count;
    size_t values = (size_t)results->points * results->variants;
    canvas->y_ns = malloc(values * sizeof *canvas->y_ns);
    canvas->verified = malloc(values * sizeof *canvas->verified);
    canvas->names = malloc(panels * sizeof *canvas->names);
    canvas->pointers = malloc(panels * sizeof *canvas->pointers);
    return canvas->y_ns && canvas->verified && canvas->names && canvas->pointers;
}

/* "BATCH 8, HEAD_DIM 64" */
static void name_panel(const struct sweep *sweep, uint32_t number, char name[NAME_ROOM])
{
    name[0] = '\0';
    for (uint32_t i = 1; i < sweep->axis_count; i++) {
        const enum knob_id knob = sweep->axes[i].knob;
        char value[VALUE_ROOM];
        knob_format(knob, sweep_value(sweep, number, i), value, sizeof value);
        words_add(name, NAME_ROOM, "%s %s", knob_table[knob].name, value);
    }
}

static void fill_panels(const struct sweep *sweep, const struct sweep_results *results,
                        const struct plot *plot, struct canvas *canvas)
{
    size_t at = 0;
    for (uint32_t panel = 0; panel < plot->panels; panel++) {
        name_panel(sweep, panel + 1, canvas->names[panel]);
        canvas->pointers[panel] = canvas->names[panel];
        for (uint32_t variant = 0; variant < plot->series; variant++) {
            for (uint32_t x = 0; x < plot->x_count; x++, at++) {
                uint32_t number = x * (uint32_t)plot->panels + panel + 1;
                const struct sweep_result *result = sweep_result_at(results, number, variant);
                canvas->y_ns[at] = result->iterations ? (double)result->iteration_p50_ns : NAN;
                canvas->verified[at] = result->verdict == VERDICT_RIGHT;
            }
        }
    }
}

/* Writes "AMD EPYC, AVX-512, 2 cores, 6.1.0; begun 2026-11-23T05:45:00Z; service time, closed
 * loop". */
static void write_remark(const struct sweep *sweep, char remark[REMARK_ROOM])
{
    const struct device_info *device = &sweep->device;
    char units[32];
    snprintf(remark, REMARK_ROOM, "%s%s%s, %s%s%s; begun %s; service time, closed loop; pdlab %s",
             *device->name ? device->name : device->id, *device->isa ? ", " : "", device->isa,
             backend_units(units, sizeof units, device), *device->driver ? ", " : "",
             device->driver, sweep->begun_utc, sweep->version);
}

char *sweep_print_svg(const struct sweep *sweep, const struct sweep_results *results,
                      size_t *length)
{
    const struct sweep_axis *first = &sweep->axes[0];
    const struct knob_info *knob = &knob_table[first->knob];
    char title[NAME_ROOM], remark[REMARK_ROOM], label[NAME_ROOM];
    double x[SWEEP_VALUES];
    char x_names[SWEEP_VALUES][VALUE_ROOM];
    const char *x_pointers[SWEEP_VALUES], *series[WORKER_RUNS];
    struct canvas canvas = {0};
    struct plot plot = {
        .title = title,
        .remark = remark,
        .x_label = label,
        .y_label = "iteration p50",
        .panels = results->points / first->count,
        .series = results->variants,
        .series_names = series,
    };
    snprintf(title, sizeof title, "%s: iteration p50 over %s", sweep->variants[0]->target,
             knob->name);
    snprintf(label, sizeof label, "%s%s%s%s", knob->name, *knob->unit ? " (" : "", knob->unit,
             *knob->unit ? ")" : "");
    write_remark(sweep, remark);
    for (uint32_t i = 0; i < results->variants; i++)
        series[i] = sweep->variants[i]->name;
    fill_x(first, &plot, x, x_names, x_pointers);
    char *text = NULL;
    if (open_canvas(sweep, results, &canvas)) {
        fill_panels(sweep, results, &plot, &canvas);
        plot.panel_names = plot.panels > 1 ? canvas.pointers : NULL;
        plot.y_ns = canvas.y_ns;
        plot.verified = canvas.verified;
        text = plot_svg_print(&plot, length);
    }
    close_canvas(&canvas);
    return text;
}
