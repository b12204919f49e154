#include "frame.h"

#include "explorer.h"
#include "explorer_axes.h"
#include "explorer_knobs.h"
#include "explorer_overlay.h"
#include "explorer_private.h"
#include "explorer_progress.h"
#include "explorer_replay.h"
#include "explorer_rows.h"
#include "explorer_sweep.h"
#include "explorer_tags.h"
#include "explorer_timeline.h"

#include "../../src/base/cluster.h"

#include <string.h>

/* ---- the list ------------------------------------------------------------------------------- */

static bool is_active(const struct explorer *explorer, const struct run *run)
{
    const struct snapshot *snapshot = explorer->source.snapshot;
    return explorer->source.worker && snapshot->state == WORKER_RUNNING && run &&
           run == &snapshot->runs[snapshot->active];
}

static void take_row(struct frame_row *to, const struct explorer *explorer, const struct row *row,
                     int letter)
{
    to->row = *row;
    to->letter = letter;
    to->active = is_active(explorer, row->run);
    to->unlike = explorer_unlike(explorer, row, false, to->differs, sizeof to->differs);
    to->speedup = row->run ? explorer_speedup(explorer, row, NULL) : 0;
    to->over_before = 0;
    if (explorer->view == VIEW_LADDER && row->run && row->known && row->known->after)
        to->over_before = explorer_speedup(explorer, row, row->known->after);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether the command line names another file of the same name in a different folder. */
static bool shares_name(const struct explorer *explorer, const char *path)
{
    for (char **file = explorer->files; file && *file; file++)
        if (strcmp(*file, path) != 0 && strcmp(file_name(*file), file_name(path)) == 0)
            return true;
    return false;
}

/* Writes the file of the selected row: the open recording, or a recording on the shelf. */
static void take_file(struct frame *frame, const struct explorer *explorer)
{
    const struct row *row = &frame->current.row;
    const char *path = row->own && explorer->source.recorded ? explorer->source.path
                       : row->recorded && !row->own && !row->kept && row->run
                           ? shelf_source(&explorer->shelf, row->run)->path
                           : "";
    cluster_copy(frame->file, sizeof frame->file,
                 shares_name(explorer, path) ? path : file_name(path));
}

static void take_rows(struct frame *frame, const struct explorer *explorer)
{
    frame->row_count = explorer_rows(explorer);
    frame->drawn_rows = frame->row_count < EXPLORER_LINES ? frame->row_count : EXPLORER_LINES;
    for (uint32_t i = 0; i < frame->drawn_rows; i++) {
        const struct row row = explorer_row(explorer, i);
        take_row(&frame->rows[i], explorer, &row, explorer_letter(explorer, i));
    }
    frame->line_count = explorer_lines(explorer, frame->lines, EXPLORER_LINES);
    frame->cursor_line = explorer_cursor_line(explorer, frame->lines, frame->line_count);
    frame->filter = explorer->filter;
    frame->selected = explorer->selected;
    const struct row row = explorer_selected(explorer);
    take_row(&frame->current, explorer, &row, explorer_letter(explorer, explorer->selected));
    explorer_unlike(explorer, &row, true, frame->differs_now, sizeof frame->differs_now);
    frame->shown = explorer_shown(explorer);
    take_file(frame, explorer);
}

const struct frame_row *frame_row(const struct frame *frame, uint32_t index)
{
    static const struct frame_row none = {.row.mark = "", .letter = -1};
    return index == frame->selected    ? &frame->current
           : index < frame->drawn_rows ? &frame->rows[index]
                                       : &none;
}

/* ---- the state ------------------------------------------------------------------------------ */

static const char *recorded_state(const struct explorer *explorer)
{
    return !replay_view_shows(&explorer->replay)    ? ""
           : explorer->frozen                       ? "FROZEN"
           : replay_view_is_over(&explorer->replay) ? "REPLAYED"
           : explorer->replay.paused                ? "PAUSED"
                                                    : "REPLAY";
}

static const char *live_state(const struct explorer *explorer, const struct run *run, bool *alert)
{
    const struct source *source = &explorer->source;
    const enum worker_state state = source->worker ? source->snapshot->state : WORKER_IDLE;
    const enum run_status status = run ? run->status : RUN_WAITING;
    const char *trouble = !source->worker             ? "NO DEVICE"
                          : explorer->frozen          ? "FROZEN"
                          : state == WORKER_FAILED    ? "FAILED"
                          : state == WORKER_STALLED   ? "STALLED"
                          : state == WORKER_MEASURING ? "MEASURING"
                          : explorer->request.paused  ? "PAUSED"
                          : status == RUN_FAILED      ? "FAILED"
                                                      : NULL;
    *alert = trouble != NULL;
    return trouble                           ? trouble
           : state == WORKER_OPENING         ? "OPENING"
           : status == RUN_DONE              ? "DONE"
           : status == RUN_PREPARING         ? "PREPARING"
           : status == RUN_WARMING           ? "WARMING UP"
           : explorer_against_runs(explorer) ? "OTHER BUILD"
           : state == WORKER_RUNNING         ? "RUNNING"
                                             : "IDLE";
}

static void take_state(struct frame *frame, const struct explorer *explorer)
{
    const struct source *source = &explorer->source;
    const struct row *row = &frame->current.row;
    frame->source = source;
    frame->device = source_device(source);
    frame->preset = &explorer->preset;
    frame->losses = explorer->losses.count;
    frame->measuring = source->worker && !explorer->frozen && !row->recorded &&
                       source->snapshot->state == WORKER_MEASURING;
    frame->state_alert = true;
    frame->state = row->recorded ? recorded_state(explorer)
                                 : live_state(explorer, row->run, &frame->state_alert);
}

/* ---- the histogram -------------------------------------------------------------------------- */

static void take_histogram(struct frame *frame, const struct explorer *explorer)
{
    frame->metric = explorer->metric;
    frame->log_counts = explorer->log_counts;
    frame->axis = &explorer->axes[explorer->metric];
    frame->shared_axis = &explorer->shared[explorer->metric];
    frame->other_metric = explorer_other_metric(explorer->metric);
    frame->other_axis = &explorer->axes[frame->other_metric];
    frame->other_shared_axis = &explorer->shared[frame->other_metric];
    frame->heat = &explorer->heat;
    frame->replays = replay_view_shows(&explorer->replay);
    explorer_replay_status(explorer, false, frame->replay_status, sizeof frame->replay_status);
    explorer_replay_status(explorer, true, frame->replay_brief, sizeof frame->replay_brief);
}

/* ---- knobs ---------------------------------------------------------------------------------- */

/* Finds the present value's place among the recorded values, and whether other values are possible
 * with the other knobs unchanged. */
static void take_place(struct frame_knob *knob, const struct points_value *values, size_t count,
                       int64_t present)
{
    knob->places = count;
    knob->place = 0;
    knob->less = knob->more = false;
    for (size_t i = 0; i < count; i++) {
        knob->less |= values[i].here && values[i].value < present;
        knob->more |= values[i].here && values[i].value > present;
        if (values[i].value == present)
            knob->place = i + 1;
    }
}

static void take_knobs(struct frame *frame, const struct explorer *explorer)
{
    const bool recorded = explorer->source.recorded;
    frame->knob = explorer->knob;
    frame->present = explorer_present(explorer);
    frame->value_count = 0;
    knob_list_take(explorer, &frame->knob_list);
    for (int i = 0; i < KNOB_COUNT; i++) {
        const enum knob_id id = (enum knob_id)i;
        struct frame_knob *knob = &frame->knobs[id];
        *knob = (struct frame_knob){
            .read = explorer_reads(explorer, id),
            .varies = explorer_varies(explorer, id),
            .source = explorer_knob_source(explorer, id),
        };
        explorer_knob(explorer, id, &knob->asked, &knob->used);
        if (recorded && knob->varies) {
            struct points_value values[POINTS_VALUES];
            const size_t count = explorer_values(explorer, id, values);
            take_place(knob, values, count, frame->present->value[id]);
        }
    }
    knob_accepts(explorer->knob, frame->accepted, sizeof frame->accepted);
    if (recorded) {
        frame->value_count = explorer_values(explorer, explorer->knob, frame->values);
        explorer_values_text(explorer, explorer->knob, frame->accepted, sizeof frame->accepted);
    }
}

/* ---- views ---------------------------------------------------------------------------------- */

static void take_tags(struct frame *frame, const struct explorer *explorer)
{
    frame->tag_count = tags_count(&explorer->tags);
    frame->reference = tags_reference(&explorer->tags);
    frame->comparisons = explorer->verdicts.comparisons;
    memcpy(frame->judged, explorer->verdicts.judged, sizeof frame->judged);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct row row = explorer_tagged(explorer, i);
        take_row(&frame->tagged[i], explorer, &row, row.name ? (int)i : -1);
        frame->other_build[i] = explorer->tags.tag[i].other_build;
    }
}

static void take_sweep(struct frame *frame, const struct explorer *explorer)
{
    const struct sweep_view *sweep = &explorer->sweep;
    frame->sweep_point = frame->sweep_points = 0;
    if (explorer->view != VIEW_SWEEP)
        return;
    explorer_swept(explorer, &frame->swept);
    frame->has_others = sweep_others_take(explorer, &frame->others);
    if (sweep->running && sweep->plan.axes[0].knob == frame->swept.knob) {
        frame->sweep_point = sweep->point;
        frame->sweep_points = sweep->results.points;
    }
}

/* Writes why the selected rung is faster or slower than the previous one. */
static void take_why(struct frame *frame, const struct explorer *explorer)
{
    const struct row *row = &frame->current.row;
    const char *before = row->known ? row->known->after : NULL;
    const struct run *rung = before ? explorer_rung(explorer, row, before) : NULL;
    struct comparison comparison;
    frame->why[0] = '\0';
    if (frame->view != VIEW_LADDER || !rung || !row->run)
        return;
    compare_runs(&(struct compared){.run = rung, .device = row->device},
                 &(struct compared){.run = row->run, .device = row->device}, &comparison);
    why_text(rung, before, row->run, row->name, &comparison, frame->why);
}

static void take_view(struct frame *frame, const struct explorer *explorer)
{
    frame->layout = &explorer->layout;
    frame->view = explorer->view;
    frame->focus = explorer->focus;
    frame->overlay = explorer->overlay;
    frame->mode = explorer_mode(explorer);
    frame->place = explorer_place(explorer);
    frame->panels_place = explorer_panels_place(explorer);
    frame->knobs_alone = explorer_shows_knobs(explorer);
    frame->history = &explorer->history;
    frame->big = explorer->big;
    frame->full = explorer->full;
    frame->timeline = &explorer->timeline;
    if (explorer->view == VIEW_TIMELINE)
        explorer_timeline_layout(explorer, &frame->lanes);
    if (explorer->view == VIEW_LADDER)
        explorer_rank(explorer, &frame->ranks);
}

static void take_lines(struct frame *frame, const struct explorer *explorer)
{
    frame->box = explorer_overlay_box(explorer);
    frame->items = explorer->items;
    frame->item_count = explorer->item_count;
    frame->cursor = explorer->cursor;
    frame->palette = &explorer->palette;
    frame->copy_what = explorer->copy.what;
    frame->copy_text = explorer->copy.text;
    explorer_progress_text(explorer, frame->progress, sizeof frame->progress);
    frame->setup = &explorer->setup;
    frame->line = explorer->line;
    frame->message = explorer->message;
    frame->message_bad = explorer->message_bad;
    frame->demo = &explorer->demo;
}

void frame_build(struct frame *frame, const struct explorer *explorer)
{
    take_view(frame, explorer);
    take_rows(frame, explorer);
    take_why(frame, explorer);
    take_state(frame, explorer);
    take_histogram(frame, explorer);
    take_knobs(frame, explorer);
    take_tags(frame, explorer);
    take_sweep(frame, explorer);
    take_lines(frame, explorer);
}
