#include "sweep_view.h"

#include "../../src/document/document.h"

#include <stdlib.h>
#include <string.h>

/* A point is measured once each variant had POINT_NS and POINT_ITERATIONS. After POINT_LIMIT_NS per
 * variant, any samples are enough. */
#define POINT_NS         UINT64_C(300000000)
#define POINT_LIMIT_NS   UINT64_C(6000000000)
#define POINT_ITERATIONS 10u

/* ---- the plan ------------------------------------------------------------------------------- */

bool sweep_view_begin(struct sweep_view *view, const struct device_info *device,
                      const struct knobs *present, enum knob_id id, const struct targets *targets,
                      struct error *error)
{
    struct sweep plan = {.knobs = *present, .axis_count = 1, .device = *device};
    struct document stamp; /* only its date and build are used */
    view->running = false;
    if (targets->count == 0)
        return error_set(error, ERROR_INPUT, "There is no variant to sweep");
    document_describe(&stamp, device, NULL, 0);
    memcpy(plan.run_id, stamp.run_id, sizeof plan.run_id);
    memcpy(plan.begun_utc, stamp.recorded_utc, sizeof plan.begun_utc);
    memcpy(plan.version, stamp.version, sizeof plan.version);
    memcpy(plan.git_revision, stamp.git_revision, sizeof plan.git_revision);
    struct sweep_values values;
    sweep_values_choose(present, id, targets, device, &values);
    plan.axes[0] = values.axis;
    if (!sweep_take_variants(&plan, targets, error))
        return false;
    sweep_results_close(&view->results);
    *view = (struct sweep_view){.plan = plan, .values = values, .point = 1};
    view->running = sweep_results_open(&plan, &view->results);
    return view->running || error_set(error, ERROR_RUN, "no memory for the sweep");
}

void sweep_view_close(struct sweep_view *view)
{
    sweep_results_close(&view->results);
    *view = (struct sweep_view){0};
}

bool sweep_view_is_of(const struct sweep_view *view, enum knob_id id)
{
    return view->results.all && view->plan.axes[0].knob == id;
}

/* ---- measuring ------------------------------------------------------------------------------ */

uint32_t sweep_view_index(const struct request *request, const struct variant *variant)
{
    uint32_t i = 0;
    while (i < request->count && request->variants[i] != variant)
        i++;
    return i;
}

void sweep_view_ask(struct sweep_view *view, struct request *request, uint64_t now_ns)
{
    sweep_knobs(&view->plan, view->point, &request->knobs);
    request->tagged = 0;
    for (uint32_t i = 0; i < view->plan.variant_count; i++)
        request->tagged |= 1u << sweep_view_index(request, view->plan.variants[i]);
    request->selected = sweep_view_index(request, view->plan.variants[0]);
    request->survey = request->paused = request->yields = false;
    view->posted_ns = now_ns;
}

/* Whether the run has enough samples or will not get more. `swept`: the number of variants. */
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

enum sweep_step sweep_view_take(struct sweep_view *view, const struct snapshot *snapshot,
                                const struct request *request, uint64_t now_ns)
{
    const uint32_t count = view->plan.variant_count;
    if (!view->running || view->posted_ns == 0 || snapshot->request_id != view->posted)
        return SWEEP_WAITS;
    struct run *runs = malloc(count * sizeof *runs); /* the snapshot owns their samples */
    bool measured = runs != NULL;
    for (uint32_t i = 0; i < count && measured; i++) {
        runs[i] = snapshot->runs[sweep_view_index(request, view->plan.variants[i])];
        measured = is_measured(&runs[i], now_ns - view->posted_ns, count);
    }
    if (measured)
        sweep_results_take(&view->results, view->point, runs);
    free(runs);
    if (!measured)
        return SWEEP_WAITS;
    if (view->point == view->results.points)
        return SWEEP_DONE;
    view->point++;
    return SWEEP_NEXT;
}

/* ---- what there is to draw ------------------------------------------------------------------ */

/* Returns the tokens per iteration with these knobs, one of which has another value. */
static double tokens_at(const struct knobs *knobs, enum knob_id id, int64_t value)
{
    const double batch = (double)(id == KNOB_BATCH ? value : knobs->batch);
    return batch * (double)(id == KNOB_SEQ_LEN ? value : knobs->seq_len);
}

void sweep_view_fill(const struct sweep_view *view, uint32_t variant, struct swept_series *series)
{
    const struct sweep_axis *axis = &view->plan.axes[0];
    for (uint32_t v = 0; v < axis->count; v++) {
        const struct sweep_result *result = sweep_result_at(&view->results, v + 1, variant);
        series->p50_ns[v] = result->status < RUN_FAILED ? (double)result->iteration_p50_ns : 0;
        series->evidence[v] = result->evidence;
        series->tokens[v] = tokens_at(&view->plan.knobs, axis->knob, axis->values[v]);
        series->verified[v] = result->verdict == VERDICT_RIGHT;
        series->reason[v] = result->reason;
    }
}
