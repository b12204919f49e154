/*
 * explorer_sweep.c - a knob's range for the tagged variants: of a device measured point by point,
 * of a recording as it was recorded.
 */
#include "explorer_private.h"

#include "../../kernels/clock.h"

#include <stdlib.h>
#include <string.h>

#define POINT_NS         UINT64_C(300000000)  /* of each variant, at least */
#define POINT_LIMIT_NS   UINT64_C(6000000000) /* of each variant: then what there is is taken */
#define POINT_ITERATIONS 10u

/* ---- the plan ------------------------------------------------------------------------------- */

/* The values that turning the knob goes through, those about the present one. */
static void choose_values(const struct explorer *explorer, enum knob_id id, struct sweep_axis *axis)
{
    int64_t present = explorer->settings.knobs.value[id], value = present;
    *axis = (struct sweep_axis){.knob = id, .scale = SWEEP_LISTED};
    uint32_t below = 0;
    for (int64_t next; (next = knob_turn(id, value, -1)) != value && below < SWEPT_VALUES / 2;
         below++)
        value = next;
    /* What there is no room for at one end goes to the other. */
    uint32_t above = 0;
    for (int64_t at = present, next; (next = knob_turn(id, at, 1)) != at && above < SWEPT_VALUES;
         above++)
        at = next;
    while (below + above + 1 < SWEPT_VALUES && knob_turn(id, value, -1) != value) {
        value = knob_turn(id, value, -1);
        below++;
    }
    for (;;) {
        if (!(value == KNOB_AUTO && knob_table[id].automatic))
            axis->values[axis->count++] = value;
        const int64_t next = knob_turn(id, value, 1);
        if (next == value || axis->count == SWEPT_VALUES)
            return;
        value = next;
    }
}

/* The live variants that are tagged; without any, the one that was selected last. */
static void choose_variants(const struct explorer *explorer, struct targets *targets)
{
    *targets = (struct targets){0};
    for (uint32_t i = 0; i < explorer->request.count; i++) {
        if (explorer->request.tagged >> i & 1 ||
            (explorer->request.tagged == 0 && i == explorer->base)) {
            targets->variants[targets->count] = explorer->request.variants[i];
            targets->by_name[targets->count++] = explorer->request.tagged == 0;
        }
    }
}

static uint32_t index_of(const struct explorer *explorer, const struct variant *variant)
{
    uint32_t i = 0;
    while (i < explorer->request.count && explorer->request.variants[i] != variant)
        i++;
    return i;
}

/* ---- measuring ------------------------------------------------------------------------------ */

static void post_point(struct explorer *explorer)
{
    struct explorer_sweep *sweep = &explorer->sweep;
    struct request request = explorer->request;
    sweep_knobs(&sweep->plan, sweep->point, &request.knobs);
    request.tagged = 0;
    for (uint32_t i = 0; i < sweep->plan.variant_count; i++)
        request.tagged |= 1u << index_of(explorer, sweep->plan.variants[i]);
    request.selected = index_of(explorer, sweep->plan.variants[0]);
    request.survey = request.paused = request.yields = false;
    sweep->posted_ns = clock_now();
    if (explorer->source.worker)
        sweep->posted = worker_post(explorer->source.worker, &request);
    explorer->posted = sweep->posted;
}

static bool begin(struct explorer *explorer, struct error *error)
{
    struct explorer_sweep *sweep = &explorer->sweep;
    struct targets targets;
    struct sweep plan = {.knobs = explorer->settings.knobs, .axis_count = 1};
    struct document stamp; /* for a date and a build */
    document_describe(&stamp, source_device(&explorer->source), NULL, 0);
    memcpy(plan.run_id, stamp.run_id, sizeof plan.run_id);
    memcpy(plan.begun_utc, stamp.recorded_utc, sizeof plan.begun_utc);
    memcpy(plan.version, stamp.version, sizeof plan.version);
    memcpy(plan.git_revision, stamp.git_revision, sizeof plan.git_revision);
    plan.device = *source_device(&explorer->source);
    choose_values(explorer, explorer->knob, &plan.axes[0]);
    choose_variants(explorer, &targets);
    if (targets.count == 0)
        return error_set(error, ERROR_INPUT, "There is no variant to sweep");
    if (!sweep_take_variants(&plan, &targets, error))
        return false;
    sweep_results_close(&sweep->results);
    *sweep = (struct explorer_sweep){.running = true, .plan = plan, .point = 1};
    if (!sweep_results_open(&plan, &sweep->results))
        return error_set(error, ERROR_RUN, "no memory for the sweep");
    return true;
}

void explorer_sweep_end(struct explorer *explorer)
{
    explorer->sweep.running = false;
}

void explorer_sweep_toggle(struct explorer *explorer)
{
    struct error error;
    if (explorer->sweep.running) {
        explorer_post(explorer); /* it ends the sweep */
        explorer_say(explorer, false, "The sweep was ended; Enter begins it anew");
    } else if (explorer_selected(explorer).recorded) {
        explorer_say(explorer, false,
                     "This is a recording: its points are drawn as they were recorded");
    } else if (!begin(explorer, &error)) {
        explorer->sweep.running = false;
        explorer_alarm(explorer, &error);
    } else if (!explorer_against_runs(explorer)) { /* else once that has ended */
        post_point(explorer);
    }
}

bool explorer_act_sweep(struct explorer *explorer, enum action action)
{
    if (action != ACTION_ENTER)
        return false;
    explorer_sweep_toggle(explorer);
    return true;
}

void explorer_sweep_start(struct explorer *explorer)
{
    if (explorer->sweep.running && explorer->sweep.posted_ns == 0)
        post_point(explorer);
}

/* Whether the run has had enough, or won't have more. */
static bool is_measured(const struct run *run, uint64_t passed_ns, uint32_t swept)
{
    if (run->status >= RUN_FAILED)
        return true;
    const bool verified = run->verification.verdict != VERDICT_NONE;
    if (run->status == RUN_DONE && verified)
        return true;
    const uint64_t count = run->histograms[METRIC_ITERATION].count;
    return (count >= POINT_ITERATIONS && verified && passed_ns >= swept * POINT_NS) ||
           (count > 0 && passed_ns >= swept * POINT_LIMIT_NS);
}

void explorer_sweep_follow(struct explorer *explorer)
{
    struct explorer_sweep *sweep = &explorer->sweep;
    const struct snapshot *snapshot = explorer->source.snapshot;
    if (!sweep->running || sweep->posted_ns == 0 || !explorer->source.worker ||
        snapshot->request_id != sweep->posted)
        return;
    const uint64_t passed_ns = clock_now() - sweep->posted_ns;
    const uint32_t count = sweep->plan.variant_count;
    struct run *runs = malloc(count * sizeof *runs); /* borrowed from the snapshot */
    bool measured = runs != NULL;
    for (uint32_t i = 0; i < count && measured; i++) {
        runs[i] = snapshot->runs[index_of(explorer, sweep->plan.variants[i])];
        measured = is_measured(&runs[i], passed_ns, count);
    }
    if (measured) {
        sweep_results_take(&sweep->results, sweep->point, runs);
        if (sweep->point < sweep->results.points) {
            sweep->point++;
            post_point(explorer);
        } else {
            explorer_post(explorer); /* back to the knobs as they are */
            explorer_say(explorer, false, "The sweep is done. %s exports its points",
                         action_key(ACTION_EXPORT));
        }
    }
    free(runs);
}

/* ---- what there is to draw ------------------------------------------------------------------ */

/* The verified values that cannot be told from the fastest. */
static void find_best(struct swept_series *series, uint32_t value_count)
{
    const struct evidence *sides[SWEEP_VALUES];
    uint32_t values[SWEEP_VALUES], count = 0;
    bool tied[SWEEP_VALUES];
    series->fastest = -1;
    for (uint32_t v = 0; v < value_count; v++) {
        if (series->p50_ns[v] <= 0 || !series->verified[v] || series->evidence[v].units == 0)
            continue;
        sides[count] = &series->evidence[v];
        values[count++] = v;
    }
    if (count == 0)
        return;
    const size_t fastest = evidence_best(sides, count, tied);
    if (fastest == count)
        return;
    series->fastest = (int)values[fastest];
    for (uint32_t i = 0; i < count && count > 1; i++)
        series->best[values[i]] = tied[i];
}

static void take_recorded(const struct explorer *explorer, const struct row *selected,
                          struct swept *swept)
{
    const uint32_t own = explorer_own_rows(explorer);
    const struct points *points =
        selected->own ? &explorer->source.points : &explorer->shelf.points;
    const uint32_t first = selected->own ? 0 : own;
    struct knobs at = selected->own   ? explorer->point
                      : selected->run ? selected->run->asked
                                      : explorer->settings.knobs;
    struct points_value values[SWEEP_VALUES];
    swept->recorded = true;
    swept->value_count = (uint32_t)points_values(points, explorer->selected - first, &at,
                                                 swept->knob, values, SWEEP_VALUES);
    for (uint32_t v = 0; v < swept->value_count; v++)
        swept->values[v] = values[v].value;
    bool any = false;
    for (uint32_t row = 0; row < points->row_count; row++)
        any |= explorer_letter(explorer, first + row) >= 0;
    for (uint32_t row = 0; row < points->row_count && swept->series_count < EXPLORER_TAGS; row++) {
        const int letter = explorer_letter(explorer, first + row);
        if (any ? letter < 0 : first + row != explorer->selected)
            continue;
        struct swept_series *series = &swept->series[swept->series_count++];
        *series = (struct swept_series){.name = points->rows[row].first->variant, .letter = letter};
        for (uint32_t v = 0; v < swept->value_count; v++) {
            at.value[swept->knob] = swept->values[v];
            const struct run *run = points_find(points, row, &at);
            if (run && run->status < RUN_FAILED)
                series->p50_ns[v] =
                    (double)histogram_percentile(&run->histograms[run_decode_metric(run)], 0.5);
            else if (run)
                series->reason[v] = run->error.text;
            if (run)
                series->evidence[v] = run_evidence(run);
            series->verified[v] = run && run->verification.verdict == VERDICT_RIGHT;
        }
    }
}

/* The plan of the sweep that runs or was run, or of the one that Enter would begin. */
static void take_live(const struct explorer *explorer, struct swept *swept)
{
    const struct explorer_sweep *sweep = &explorer->sweep;
    const bool has = sweep->results.all && sweep->plan.axes[0].knob == swept->knob;
    struct sweep_axis axis = sweep->plan.axes[0];
    struct targets targets = {0};
    if (!has) {
        choose_values(explorer, swept->knob, &axis);
        choose_variants(explorer, &targets);
    }
    swept->value_count = axis.count;
    memcpy(swept->values, axis.values, axis.count * sizeof *axis.values);
    const uint32_t count = has ? sweep->plan.variant_count : targets.count;
    for (uint32_t i = 0; i < count && i < EXPLORER_TAGS; i++) {
        const struct variant *variant = has ? sweep->plan.variants[i] : targets.variants[i];
        struct swept_series *series = &swept->series[swept->series_count++];
        *series = (struct swept_series){
            .name = variant->name,
            .letter = explorer_letter(explorer, index_of(explorer, variant)),
        };
        for (uint32_t v = 0; v < axis.count && has; v++) {
            const struct sweep_result *result = sweep_result_at(&sweep->results, v + 1, i);
            series->p50_ns[v] = result->status < RUN_FAILED ? (double)result->iteration_p50_ns : 0;
            series->evidence[v] = result->evidence;
            series->verified[v] = result->verdict == VERDICT_RIGHT;
            series->reason[v] = result->reason;
        }
    }
}

void explorer_swept(const struct explorer *explorer, struct swept *swept)
{
    struct row selected = explorer_selected(explorer);
    *swept = (struct swept){.knob = explorer->knob};
    if (selected.recorded && !selected.kept)
        take_recorded(explorer, &selected, swept);
    else if (!explorer->source.recorded)
        take_live(explorer, swept);
    for (uint32_t i = 0; i < swept->series_count; i++)
        find_best(&swept->series[i], swept->value_count);
}
