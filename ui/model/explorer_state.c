/*
 * explorer_state.c - saves the explorer's state when it quits or restarts, and continues from a
 * saved state.
 */
#include "explorer_open.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_tags.h"

#include "../../src/base/words.h"
#include "../../src/document/loss_log.h"
#include "../../src/document/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const focus_names[FOCUS_COUNT + 1] = {
    [FOCUS_VARIANTS] = "variants", [FOCUS_KNOBS] = "knobs", [FOCUS_VIEW] = "view"};

/* ---- saving --------------------------------------------------------------------------------- */

const struct run *explorer_lost_run(const struct explorer *explorer)
{
    size_t count;
    const struct run *runs = source_runs(&explorer->source, &count);
    if (!explorer->source.worker || explorer->source.snapshot->state != WORKER_FAILED)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (runs[i].status == RUN_FAILED && runs[i].error.kind == ERROR_LOST)
            return &runs[i];
    return NULL;
}

void explorer_note_loss(struct explorer *explorer, const struct run *lost)
{
    struct error error;
    const char *account = worker_loss(explorer->source.worker);
    losses_note(&explorer->losses, lost->variant, lost->error.text);
    if (account && !loss_log(account, &error))
        explorer_alarm(explorer, &error);
}

/* Describes the tags in `state`, which borrows the kept samples. */
static void describe_tags(const struct explorer *explorer, struct state *state)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS && i < STATE_TAGS; i++) {
        const struct tag *tag = &explorer->tags.tag[i];
        struct state_tag *out = &state->tags[i];
        out->set = tag->kind != TAG_NONE &&
                   !(tag->other_build && tag->run.histograms[METRIC_ITERATION].count == 0);
        out->row = tag->row;
        if (tag->kind != TAG_CLONE || !out->set)
            continue;
        out->recorded = tag->recorded;
        snprintf(out->mark, sizeof out->mark, "%s", tag->mark);
        document_describe(&out->document, &tag->device, (struct run *)&tag->run, 1);
        out->document.ceilings = tag->ceilings;
    }
}

static void describe_screen(const struct explorer *explorer, struct state *state)
{
    state->selected = explorer->selected;
    state->knob = explorer->knob;
    snprintf(state->view, sizeof state->view, "%s", view_words[explorer->view]);
    snprintf(state->focus, sizeof state->focus, "%s", focus_names[explorer->focus]);
    state->metric = explorer->metric;
    memcpy(state->axes, explorer->axes, sizeof state->axes);
    for (int i = 0; i < METRIC_COUNT; i++)
        state->linear |= explorer->axes[i].linear;
    state->log_counts = explorer->log_counts;
    describe_tags(explorer, state);
    state->paused = explorer->request.paused;
    memcpy(state->filter, explorer->filter, sizeof state->filter);
}

/* Writes a file's absolute path. The name of an embedded or missing file stays as given. */
static void write_path(const char *named, char path[PATH_MAX])
{
    if (!realpath(named, path))
        snprintf(path, PATH_MAX, "%s", named);
}

/* Describes the explorer in `state`, which borrows its runs. */
static void describe(const struct explorer *explorer, struct state *state)
{
    const struct run *lost = explorer_lost_run(explorer);
    const struct source *source = &explorer->source;
    *state = (struct state){
        .backend = explorer->backend,
        .device = explorer->device,
        .preset = explorer->preset,
        .settings = explorer->settings,
        .variant_count = explorer->request.count,
    };
    memcpy(state->variants, explorer->request.variants, sizeof state->variants);
    if (explorer->preset.path[0])
        write_path(explorer->preset.path, state->preset.path);
    if (source->recorded) {
        write_path(source->path, state->recording);
        state->point = explorer->point;
        state->point_set = source->points.varying;
    }
    describe_screen(explorer, state);
    if (lost) {
        snprintf(state->lost, sizeof state->lost, "%s", lost->variant);
        snprintf(state->reason, sizeof state->reason, "%s", lost->error.text);
        state->losses = explorer->losses.count;
    }
    document_describe(&state->document, source_device(source),
                      source->worker ? (struct run *)source->snapshot->runs : NULL,
                      source->worker ? source->snapshot->count : 0);
}

bool explorer_save(const struct explorer *explorer, bool restart, struct error *error)
{
    const struct source *source = &explorer->source;
    if (!source->recorded && (!source->worker || source->snapshot->count == 0))
        return true;
    struct state *state = calloc(1, sizeof *state);
    if (!state)
        return error_set(error, ERROR_RUN, "no memory for the explorer's state");
    describe(explorer, state);
    bool saved = state_write(state, restart, error);
    free(state);
    return saved;
}

/* ---- continuing ----------------------------------------------------------------------------- */

/* The selected row may be gone, because the recording may have been replaced. */
static void restore_screen(struct explorer *explorer, const struct state *state)
{
    uint32_t rows = explorer_rows(explorer);
    explorer->selected = state->selected < rows ? state->selected : 0;
    explorer->awaited = state->selected < rows ? 0 : state->selected; /* the shelf is unread */
    explorer->base = explorer->selected < explorer_own_rows(explorer) ? explorer->selected : 0;
    explorer->knob = state->knob;
    explorer->view = view_of_word(state->view);
    const int focus = words_find(focus_names, state->focus);
    explorer->focus = focus < 0 ? FOCUS_VARIANTS : (enum focus)focus;
    if (explorer->focus == FOCUS_VIEW && views[explorer->view].focus != FOCUS_VIEW)
        explorer->focus = FOCUS_VARIANTS; /* this view does not use the arrow keys */
    explorer->metric = state->metric;
    memcpy(explorer->axes, state->axes, sizeof explorer->axes);
    explorer->log_counts = state->log_counts;
    memcpy(explorer->filter, state->filter, sizeof explorer->filter);
}

static void restore_tags(struct explorer *explorer, const struct state *state)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS && i < STATE_TAGS; i++) {
        const struct state_tag *kept = &state->tags[i];
        struct tag *tag = &explorer->tags.tag[i];
        if (!kept->set)
            continue;
        if (!kept->mark[0]) {
            *tag = (struct tag){.kind = TAG_ROW, .row = kept->row};
        } else if (kept->document.count == 1 && /* count 0: drop_others dropped it */
                   run_clone(&tag->run, &kept->document.runs[0])) {
            tag->kind = TAG_CLONE;
            tag->device = kept->document.device;
            tag->ceilings = kept->document.ceilings;
            tag->recorded = kept->recorded;
            snprintf(tag->mark, sizeof tag->mark, "%s", kept->mark);
        }
    }
}

static bool go_on(struct explorer *explorer, struct state *state, struct error *error)
{
    struct source *source = &explorer->source;
    if (state->recording[0]) {
        if (!source_open_recording(source, state->recording, error))
            return false;
        points_begin(&source->points, &explorer->point);
        for (int id = 0; id < KNOB_COUNT; id++)
            if (state->point_set >> id & 1)
                explorer->point.value[id] = state->point.value[id];
            else if (state->point_set && source->points.varying >> id & 1)
                explorer->point.value[id] = KNOB_UNKNOWN; /* the saved point does not contain it */
        restore_tags(explorer, state);
        restore_screen(explorer, state);
        return true;
    }
    if (!source_open_live(source, state->backend, state->device, error))
        return false;
    explorer_fill_shelf(explorer);
    restore_tags(explorer, state);
    restore_screen(explorer, state);
    explorer->request.paused = state->paused;
    worker_adopt(source->worker, &state->document.device, state->document.runs,
                 state->document.count);
    explorer_retag(explorer);
    if (state->lost[0]) {
        losses_restore(&explorer->losses, state->losses, state->lost, state->reason);
        explorer_say(explorer, true, "Restarted because %s crashed the device: %s", state->lost,
                     state->reason);
    }
    return true;
}

/* Drops the saved samples if another build measured them: this build must not add to them. */
static void drop_others(struct state *state)
{
    struct document here;
    document_describe(&here, &state->document.device, NULL, 0);
    if (strcmp(here.version, state->document.version) != 0 ||
        strcmp(here.git_revision, state->document.git_revision) != 0)
        state_free(state);
}

bool explorer_restore(struct explorer *explorer, struct error *error)
{
    struct state *state = calloc(1, sizeof *state);
    if (!state)
        return error_set(error, ERROR_RUN, "no memory for the explorer's state");
    if (!state_read(state, error)) {
        free(state);
        return false;
    }
    drop_others(state);
    explorer->backend = state->backend;
    explorer->device = state->device;
    explorer->device_named = true;
    explorer->preset = state->preset;
    explorer->settings = state->settings;
    explorer->request.count = state->variant_count;
    memcpy(explorer->request.variants, state->variants, sizeof state->variants);
    explorer->request.survey = true;
    bool restored = go_on(explorer, state, error);
    state_free(state);
    free(state);
    return restored;
}
