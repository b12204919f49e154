/*
 * explorer_sweep.c - sweeps a knob for the tagged variants: measures point by point on a device, or
 * reads the points of a recording.
 */
#include "explorer_sweep.h"
#include "explorer_knobs.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_tags.h"
#include "sweep_figures.h"
#include "sweep_values.h"

#include "../../kernels/clock.h"

#include <stdio.h>
#include <string.h>

/* ---- measuring ------------------------------------------------------------------------------ */

/* Chooses the tagged live variants or, if none is tagged, the one selected last. */
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

static void post_point(struct explorer *explorer)
{
    struct request request = explorer->request;
    sweep_view_ask(&explorer->sweep, &request, clock_now());
    if (explorer->source.worker)
        explorer->sweep.posted = worker_post(explorer->source.worker, &request);
    explorer->posted = explorer->sweep.posted;
}

void explorer_sweep_toggle(struct explorer *explorer)
{
    struct targets targets;
    struct error error;
    choose_variants(explorer, &targets);
    if (explorer->sweep.running) {
        explorer_post(explorer); /* ends the sweep */
        explorer_say(explorer, false, "The sweep was stopped; Enter starts it again");
    } else if (explorer_selected(explorer).recorded) {
        explorer_say(explorer, false,
                     "A recording cannot be swept: the chart shows its recorded points");
    } else if (!sweep_view_begin(&explorer->sweep, source_device(&explorer->source),
                                 &explorer->settings.knobs, explorer->knob, &targets, &error)) {
        explorer_alarm(explorer, &error);
    } else if (!explorer_against_runs(explorer)) { /* otherwise explorer_sweep_start posts it */
        post_point(explorer);
    }
}

bool explorer_can_sweep(const struct explorer *explorer)
{
    return explorer->view == VIEW_SWEEP && !explorer->source.recorded &&
           !explorer_selected(explorer).recorded;
}

bool explorer_act_sweep(struct explorer *explorer, enum action action)
{
    if (action != ACTION_ENTER || !explorer_can_sweep(explorer))
        return false;
    explorer_sweep_toggle(explorer);
    return true;
}

void explorer_sweep_start(struct explorer *explorer)
{
    if (explorer->sweep.running && explorer->sweep.posted_ns == 0)
        post_point(explorer);
}

void explorer_sweep_follow(struct explorer *explorer)
{
    if (!explorer->source.worker)
        return;
    const enum sweep_step step = sweep_view_take(&explorer->sweep, explorer->source.snapshot,
                                                 &explorer->request, clock_now());
    if (step == SWEEP_NEXT) {
        post_point(explorer);
    } else if (step == SWEEP_DONE) {
        explorer_post(explorer); /* back to the present knobs */
        explorer_say(explorer, false, "The sweep is done. %s exports its points",
                     action_key(ACTION_EXPORT));
    }
}

/* ---- drawing -------------------------------------------------------------------------------- */

#define ROWS_MOST 64u /* one bit each in a mask */

/* Returns a mask of the tagged rows. If none is tagged: the selected row, then rows that read the
 * knob, then other rows, up to EXPLORER_TAGS in all: showing recorded rows costs no time. */
static uint64_t choose_rows(const struct explorer *explorer, const struct points *points,
                            uint32_t first, const struct swept *swept)
{
    const uint32_t count = points->row_count < ROWS_MOST ? points->row_count : ROWS_MOST;
    uint64_t rows = 0;
    for (uint32_t row = 0; row < count; row++)
        if (explorer_letter(explorer, first + row) >= 0)
            rows |= UINT64_C(1) << row;
    if (rows)
        return rows;
    rows = UINT64_C(1) << (explorer->selected - first);
    uint32_t chosen = 1;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t row = 0; row < count && chosen < EXPLORER_TAGS; row++) {
            const bool reads = points->rows[row].reads >> swept->knob & 1;
            if (rows >> row & 1 || reads != (pass == 0))
                continue;
            rows |= UINT64_C(1) << row;
            chosen++;
        }
    }
    return rows;
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
    const uint64_t rows = choose_rows(explorer, points, first, swept);
    for (uint32_t row = 0; row < points->row_count && row < ROWS_MOST; row++) {
        if (!(rows >> row & 1))
            continue;
        struct swept_series *series = &swept->series[swept->series_count++];
        *series = (struct swept_series){
            .name = points->rows[row].first->variant,
            .row = first + row,
            .letter = explorer_letter(explorer, first + row),
            .unread = !(points->rows[row].reads >> swept->knob & 1),
        };
        for (uint32_t v = 0; v < swept->value_count; v++) {
            at.value[swept->knob] = swept->values[v];
            const struct run *run = points_find(points, row, &at);
            if (run && run->status < RUN_FAILED)
                series->p50_ns[v] =
                    (double)histogram_percentile(&run->histograms[run_decode_metric(run)], 0.5);
            else if (run)
                series->reason[v] = run->error.text;
            if (run) {
                series->evidence[v] = run_evidence(run);
                series->tokens[v] = (double)run->used.batch * (double)run->used.seq_len;
            }
            series->verified[v] = run && run->verification.verdict == VERDICT_RIGHT;
        }
    }
}

/* Fills in the running or last sweep or, without one of this knob, the sweep that Enter would
 * start. */
static void take_live(const struct explorer *explorer, struct swept *swept)
{
    const struct sweep_view *sweep = &explorer->sweep;
    const bool has = sweep_view_is_of(sweep, swept->knob);
    struct sweep_axis axis = sweep->plan.axes[0];
    struct targets targets = {0};
    struct sweep_values values = {0};
    if (!has) {
        choose_variants(explorer, &targets);
        sweep_values_choose(&explorer->settings.knobs, swept->knob, &targets,
                            source_device(&explorer->source), &values);
        axis = values.axis;
    }
    const struct sweep_values *chosen = has ? &sweep->values : &values;
    if (swept->present == KNOB_AUTO_CHOICE && chosen->has_automatic)
        swept->present = chosen->automatic;
    snprintf(swept->left_out, sizeof swept->left_out, "%s", chosen->left_out);
    swept->value_count = axis.count;
    memcpy(swept->values, axis.values, axis.count * sizeof *axis.values);
    const uint32_t count = has ? sweep->plan.variant_count : targets.count;
    for (uint32_t i = 0; i < count && i < EXPLORER_TAGS; i++) {
        const struct variant *variant = has ? sweep->plan.variants[i] : targets.variants[i];
        const uint32_t row = sweep_view_index(&explorer->request, variant);
        struct swept_series *series = &swept->series[swept->series_count++];
        *series = (struct swept_series){
            .name = variant->name,
            .row = row,
            .letter = explorer_letter(explorer, row),
        };
        if (has)
            sweep_view_fill(sweep, i, series);
    }
}

void explorer_swept(const struct explorer *explorer, struct swept *swept)
{
    struct row selected = explorer_selected(explorer);
    /* A larger BATCH or SEQ_LEN is more work, so tokens/s tells more than time. */
    const bool by_rate = explorer->knob == KNOB_BATCH || explorer->knob == KNOB_SEQ_LEN;
    *swept = (struct swept){.knob = explorer->knob,
                            .by_rate = explorer->sweep_flipped != by_rate,
                            .present = explorer_present(explorer)->value[explorer->knob]};
    if (selected.recorded && !selected.kept)
        take_recorded(explorer, &selected, swept);
    else if (!explorer->source.recorded)
        take_live(explorer, swept);
    for (uint32_t i = 0; i < swept->series_count; i++)
        swept_find_best(swept, &swept->series[i]);
}
