#include "explorer_against.h"
#include "explorer_demo.h"
#include "explorer_export.h"
#include "explorer_history.h"
#include "explorer_knobs.h"
#include "explorer_open.h"
#include "explorer_private.h"
#include "explorer_progress.h"
#include "explorer_replay.h"
#include "explorer_rows.h"
#include "explorer_sweep.h"
#include "explorer_tags.h"
#include "explorer_timeline.h"
#include "items.h"
#include "knob_list.h"

#include "../../kernels/clock.h"
#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/document/loss_log.h"
#include "../../src/engine/backend_name.h"
#include "../../src/engine/ceilings.h"

#include <stdlib.h>
#include <string.h>

/* ---- looking -------------------------------------------------------------------------------- */

/* Returns the mode as if no dialog were open. */
static enum key_mode panels_mode(const struct explorer *explorer)
{
    if (explorer->focus == FOCUS_VIEW && views[explorer->view].mode)
        return views[explorer->view].mode;
    return explorer_selected(explorer).recorded ? MODE_RECORDED : MODE_MAIN;
}

enum key_mode explorer_mode(const struct explorer *explorer)
{
    static const enum key_mode modes[] = {
        [OVERLAY_HELP] = MODE_PAGES,   [OVERLAY_TEXT] = MODE_PAGES,
        [OVERLAY_COPY] = MODE_LIST,    [OVERLAY_PRESETS] = MODE_LIST,
        [OVERLAY_DEVICES] = MODE_LIST, [OVERLAY_VALUE] = MODE_TEXT,
        [OVERLAY_FILTER] = MODE_TEXT,  [OVERLAY_PALETTE] = MODE_PALETTE,
        [OVERLAY_SETUP] = MODE_SETUP,
    };
    if (explorer->overlay == OVERLAY_NONE)
        return panels_mode(explorer);
    if (explorer->overlay == OVERLAY_SETUP && explorer->setup.captures)
        return MODE_CAPTURE;
    return modes[explorer->overlay];
}

unsigned explorer_panels_place(const struct explorer *explorer)
{
    unsigned place = panels_mode(explorer);
    if (explorer->focus != FOCUS_VIEW)
        place |= explorer->focus == FOCUS_KNOBS ? PLACE_KNOBS : PLACE_VARIANTS;
    if (explorer_can_sweep(explorer))
        place |= explorer->sweep.running ? PLACE_SWEEPS : PLACE_SWEEP;
    if (explorer->view == VIEW_LIVE || explorer->view == VIEW_COMPARE)
        place |= PLACE_HISTOGRAM;
    else if (explorer->view == VIEW_SWEEP)
        place |= PLACE_SWEPT;
    else if (explorer->view == VIEW_TIMELINE)
        place |= PLACE_LANES;
    if (explorer->demo.playing)
        place |= PLACE_DEMO | (explorer->demos.before ? PLACE_LEAVE : 0);
    return place;
}

unsigned explorer_place(const struct explorer *explorer)
{
    return explorer->overlay == OVERLAY_NONE ? explorer_panels_place(explorer)
                                             : explorer_mode(explorer);
}

bool explorer_shows_knobs(const struct explorer *explorer)
{
    return explorer->full && explorer->full_knobs && explorer->layout.size != LAYOUT_LINE;
}

void explorer_resize(struct explorer *explorer, int rows, int columns)
{
    const int caption = explorer->demo.playing ? LAYOUT_CAPTION : 0;
    layout_frame(&explorer->layout, rows - caption, columns);
    explorer->layout.caption =
        (struct rectangle){.row = rows - caption, .rows = caption, .columns = columns};
    struct line lines[EXPLORER_LINES];
    struct knob_list knobs;
    knob_list_take(explorer, &knobs);
    const struct layout_lists lists = {
        .variants = explorer_lines(explorer, lines, EXPLORER_LINES),
        .knobs = knobs.rows,
        .tagged = (int)tags_count(&explorer->tags),
        .focus_knobs = explorer->focus == FOCUS_KNOBS,
    };
    const bool line = explorer->layout.size == LAYOUT_LINE;
    if (explorer->full && !line)
        explorer->layout.size = LAYOUT_SMALL; /* full screen: only one line remains for the lists */
    if (!line)
        views[explorer->view].lay_out(&explorer->layout, &lists);
    if (explorer_shows_knobs(explorer))
        layout_knobs(&explorer->layout);
    explorer_follow_timeline(explorer);
}

/* The worker has failed. If the user did not name a device, fall back to the next one. If a variant
 * crashed the device, ask the main loop to restart the process. */
static void take_failure(struct explorer *explorer)
{
    const struct error why = explorer->source.snapshot->error; /* copied: the worker may close */
    enum backend backend = explorer->backend, before = backend;
    int index;
    struct error error;
    const struct run *lost = explorer_lost_run(explorer);
    if (lost)
        explorer_note_loss(explorer, lost);
    if (lost && strcmp(lost->variant, explorer->losses.before) == 0) {
        explorer_say(explorer, true, "%s crashed the device again, when it ran alone: %s",
                     lost->variant, why.text);
    } else if (lost) {
        if (explorer->wish == WISH_NONE)
            explorer->wish = WISH_RESTART;
    } else if (!explorer->device_named && device_fall_back(&why, &backend, &index)) {
        if (explorer->demo.playing) {
            if (!explorer_demo_recorded(explorer, &error))
                explorer_alarm(explorer, &error);
        } else if (explorer_open_live(explorer, backend, index, &error))
            explorer_say(explorer, true, "Using %s, because %s failed: %s", backend_name(backend),
                         backend_name(before), why.text);
        else
            explorer_alarm(explorer, &error);
    }
}

/* If a run dropped an iteration because the process was stopped, says so once. */
static void say_stopped(struct explorer *explorer)
{
    const struct snapshot *snapshot = explorer->source.snapshot;
    uint64_t stopped = 0;
    for (uint32_t i = 0; i < snapshot->count; i++)
        stopped += snapshot->runs[i].stopped_iterations;
    if (stopped > explorer->seen.stopped)
        explorer_say(explorer, false,
                     "Left out an iteration: the process was stopped or the machine slept during "
                     "it");
    explorer->seen.stopped = stopped;
}

/* Reports the measurement of a device: a failure always, a result only if a key asked for it. */
static void say_measured(struct explorer *explorer)
{
    const struct snapshot *snapshot = explorer->source.snapshot;
    const bool asked = explorer->seen.measures > 0;
    char rate[32];
    if (snapshot->measures == explorer->seen.measures)
        return;
    explorer->seen.measures = snapshot->measures;
    if (snapshot->unmeasured.kind != ERROR_NONE &&
        !(explorer->keeps_nothing && ceilings_known(&snapshot->ceilings)))
        explorer_alarm(explorer, &snapshot->unmeasured);
    else if (asked && snapshot->ceilings.read_gb_per_s > 0)
        explorer_say(explorer, false,
                     "Measured this device: its peak read bandwidth is %s GB/s; shares of peak and "
                     "floors are based on it",
                     text_bandwidth(rate, sizeof rate, snapshot->ceilings.read_gb_per_s));
}

int explorer_notice(struct explorer *explorer)
{
    if (explorer->frozen || !source_look(&explorer->source))
        return 0;
    if (explorer->source.snapshot->state == WORKER_FAILED && explorer->seen.state != WORKER_FAILED)
        take_failure(explorer);
    if (!explorer->source.worker)
        return 2;
    say_stopped(explorer);
    say_measured(explorer);
    const struct snapshot *snapshot = explorer->source.snapshot;
    struct row row = explorer_selected(explorer);
    uint64_t epoch = row.run ? row.run->epoch : 0;
    uint64_t count = row.run ? row.run->histograms[METRIC_ITERATION].count : 0;
    bool at_once = epoch != explorer->seen.epoch || snapshot->state != explorer->seen.state ||
                   (count > 0 && explorer->seen.count == 0);
    explorer->seen.epoch = epoch;
    explorer->seen.count = count;
    explorer->seen.state = snapshot->state;
    explorer_widen(explorer);
    explorer_follow_timeline(explorer);
    if (row.run && row.own)
        heat_follow(&explorer->heat, row.run, explorer->metric, clock_now());
    explorer_sweep_follow(explorer);
    explorer_history_follow(explorer);
    return at_once ? 2 : 1;
}

/* ---- time ----------------------------------------------------------------------------------- */

int explorer_wait_ms(const struct explorer *explorer, uint64_t now_ns)
{
    if (explorer->overlay == OVERLAY_DEVICES && items_unread(explorer) >= 0)
        return 0;
    if (shelf_is_unread(&explorer->shelf))
        return 0;
    if (!explorer->frozen && replay_view_moves(&explorer->replay))
        return EXPLORER_TICK_MS;
    const int look_ms = explorer_against_wait_ms(explorer);
    const int wait_ms = look_ms >= 0 ? look_ms : demo_play_wait_ms(&explorer->demo, now_ns);
    const int spin_ms = explorer_progress_wait_ms(explorer);
    return spin_ms >= 0 && (wait_ms < 0 || spin_ms < wait_ms) ? spin_ms : wait_ms;
}

/* Reads one more recording into the shelf. This moves the shelf's runs in memory, and the rows
 * after them down the list. */
static bool fill_shelf(struct explorer *explorer)
{
    const uint32_t before = explorer->shelf.points.row_count;
    if (!shelf_read_next(&explorer->shelf))
        return false;
    if (explorer->selected >= explorer_own_rows(explorer) + before)
        explorer->selected += explorer->shelf.points.row_count - before;
    explorer_lay_out(explorer);
    explorer_replay_follow(explorer);
    return true;
}

/* Selects the row that a restored state names, once all rows exist. */
static bool select_awaited(struct explorer *explorer)
{
    const uint32_t row = explorer->awaited;
    if (row == 0 || shelf_is_unread(&explorer->shelf))
        return false;
    explorer->awaited = 0;
    if (row < explorer_rows(explorer))
        explorer_select(explorer, row);
    return true;
}

bool explorer_tick(struct explorer *explorer, uint64_t now_ns)
{
    bool news = fill_shelf(explorer);
    news |= select_awaited(explorer);
    news |= explorer_demo_tick(explorer, now_ns);
    news |= explorer_against_follow(explorer);
    news |= explorer_judge(explorer, now_ns);
    news |= explorer_progress_tick(explorer, now_ns);
    news |= explorer->overlay == OVERLAY_DEVICES && items_read_next(explorer);
    news |= replay_view_tick(&explorer->replay, !explorer->frozen, now_ns);
    return news;
}

/* ---- the report after quitting -------------------------------------------------------------- */

static void report_row(const struct explorer *explorer, const struct row *row, FILE *out)
{
    const struct run *run = row->run;
    char p50[24], speedup[32] = "", verified[96];
    const struct verification *check = &run->verification;
    if (run->status >= RUN_FAILED) {
        fprintf(out, "  %-28s %s\n", run->variant, run->error.text);
        return;
    }
    if (run->histograms[METRIC_ITERATION].count == 0)
        return;
    text_percentile(p50, sizeof p50, &run->histograms[run_decode_metric(run)], 0.5);
    double ratio = explorer_speedup(explorer, row, NULL);
    if (run->known && run->known->rung == 1)
        snprintf(speedup, sizeof speedup, "baseline");
    else if (ratio > 0)
        snprintf(speedup, sizeof speedup, "x%.3g", ratio);
    if (check->verdict == VERDICT_RIGHT)
        verification_text(check, verified, sizeof verified);
    else
        snprintf(verified, sizeof verified, "%s",
                 check->verdict == VERDICT_WRONG ? "WRONG RESULT" : "unverified");
    fprintf(out, "  %-28s iteration p50 %9s  %8s  %s\n", run->variant, p50, speedup, verified);
}

static void report_losses(const struct explorer *explorer, FILE *out)
{
    struct error ignored;
    char path[PATH_MAX];
    if (explorer->losses.count == 0)
        return;
    fprintf(out, "The device was lost %u time%s, most recently by %s\n", explorer->losses.count,
            explorer->losses.count == 1 ? "" : "s", explorer->losses.last);
    if (loss_log_path(path, &ignored))
        fprintf(out, "  %s has the last readings of the device\n", path);
}

void explorer_report(const struct explorer *explorer, FILE *out)
{
    const struct device_info *device = source_device(&explorer->source);
    char point[256];
    explorer_point_text(explorer, point, sizeof point);
    if (explorer->source.recorded)
        fprintf(out, "%s%s%s\n", explorer->source.mark, *point ? "; at " : "", point);
    else
        fprintf(out, "%s on %s\n", explorer->preset.name, device->name);
    for (uint32_t i = 0; i < explorer_own_rows(explorer); i++) {
        struct row row = explorer_row(explorer, i);
        if (row.run)
            report_row(explorer, &row, out);
        else if (explorer->source.recorded)
            fprintf(out, "  %-28s not recorded at these knobs\n", row.name);
    }
    report_losses(explorer, out);
    char *command = explorer->source.recorded ? NULL : explorer_command(explorer);
    if (command)
        fprintf(out, "The same without a screen: %s\n", command);
    free(command);
}
