/*
 * explorer_open.c - opens devices, recordings and presets, and sends requests to the worker.
 */
#include "explorer_open.h"
#include "../../src/base/user_folder.h"
#include "../../src/command/environment.h"
#include "explorer_against.h"
#include "explorer_copy.h"
#include "explorer_demo.h"
#include "explorer_demos.h"
#include "explorer_history.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_tags.h"
#include "explorer_timeline.h"

#include <stdlib.h>
#include <string.h>

void explorer_lay_out(struct explorer *explorer)
{
    struct rectangle footer = explorer->layout.footer;
    if (footer.rows > 0)
        explorer_resize(explorer, footer.row + footer.rows + explorer->layout.caption.rows,
                        footer.columns);
}

/* ---- requests ------------------------------------------------------------------------------- */

void explorer_post(struct explorer *explorer)
{
    explorer->sweep.running = false; /* any other request ends a running sweep; its results stay */
    explorer_history_keep(explorer);
    explorer->request.knobs = explorer->settings.knobs;
    explorer->request.selected = explorer->base;
    if (explorer->source.worker)
        explorer->posted = worker_post(explorer->source.worker, &explorer->request);
}

void explorer_hold(struct explorer *explorer, bool hold)
{
    bool paused = explorer->request.paused;
    explorer->request.paused = paused || hold;
    if (hold && explorer->against.turns)
        against_turns_cancel(explorer->against.turns);
    explorer_post(explorer);
    explorer->request.paused = paused;
}

void explorer_select(struct explorer *explorer, uint32_t index)
{
    explorer->awaited = 0;
    if (index == explorer->selected)
        return;
    explorer->selected = index;
    if (index < explorer_own_rows(explorer))
        explorer->base = index;
    explorer_lay_out(explorer); /* the knob list depends on the selected variant */
    explorer_widen(explorer);
    explorer_post(explorer);
}

void explorer_fill_shelf(struct explorer *explorer)
{
    const bool wanted = explorer->source.worker && explorer->backend == BACKEND_CPU;
    shelf_begin(&explorer->shelf, wanted ? explorer->preset.target : "", explorer->backend);
}

/* Forgets everything that belonged to the previous source or preset. */
static void start_over(struct explorer *explorer)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        explorer->axes[i] = explorer->shared[i] = (struct axis){.linear = explorer->axes[i].linear};
    explorer->selected = explorer->base = 0;
    explorer->frozen = false;
    explorer->filter[0] = '\0';
    explorer->request.paused = false;
    explorer->undo.count = 0;
    sweep_view_close(&explorer->sweep);
    replay_view_close(&explorer->replay);
    points_begin(&explorer->source.points, &explorer->point);
    explorer_fill_shelf(explorer);
    explorer_lay_out(explorer);
    explorer_widen(explorer);
}

/* Makes the preset's variants the rows. False if the backend has none of them: nothing changes. */
static bool take_variants(struct explorer *explorer, const struct preset *preset,
                          enum backend backend, struct error *error)
{
    struct targets targets;
    if (!preset_choose(preset, backend, &targets, error))
        return false;
    explorer_keep_tags(explorer); /* while the tags' row numbers are still valid */
    explorer->request.count = targets.count;
    memcpy(explorer->request.variants, targets.variants, sizeof targets.variants);
    explorer->request.survey = true;
    return true;
}

bool explorer_open_live(struct explorer *explorer, enum backend backend, int index,
                        struct error *error)
{
    if (!take_variants(explorer, &explorer->preset, backend, error))
        return false;
    explorer->losses.lost |= !source_close(&explorer->source);
    explorer->history.source++; /* each worker numbers its epochs from 1 */
    explorer->seen.state = WORKER_OPENING;
    explorer->seen.measures = 0;
    explorer->backend = backend;
    explorer->device = index;
    bool opened = source_open_live(&explorer->source, backend, index, error);
    start_over(explorer);
    explorer_post(explorer);
    return opened;
}

/* Returns the KNOB_BITs of the knobs that the recording has at several values for this variant. */
static uint64_t swept_knobs(const struct explorer *explorer, uint32_t row)
{
    const struct points *points = &explorer->source.points;
    const uint64_t read = points->varying & run_read_knobs(points->rows[row].first);
    uint64_t swept = 0;
    for (int id = 0; id < KNOB_COUNT; id++) {
        struct points_value values[2];
        if (read >> id & 1 &&
            points_values(points, row, &explorer->point, (enum knob_id)id, values, 2) > 1)
            swept |= UINT64_C(1) << id;
    }
    return swept;
}

/* Returns the median of the variant's run at the present point, or of its nearest run. */
static uint64_t median_near(const struct explorer *explorer, uint32_t row)
{
    const struct run *run =
        points_nearest(&explorer->source.points, row, &explorer->point, KNOB_COUNT);
    const struct histogram *histogram = run ? &run->histograms[run_decode_metric(run)] : NULL;
    if (!run || run->status >= RUN_FAILED || histogram->count == 0)
        return UINT64_MAX;
    return histogram_percentile(histogram, 0.5);
}

/* Selects a knob that varies in the recording, and a variant recorded with several values of it:
 * the first variant if possible, because it is the baseline; otherwise the fastest. */
static void select_swept(struct explorer *explorer)
{
    const struct points *points = &explorer->source.points;
    uint64_t swept = points->row_count > 0 ? swept_knobs(explorer, 0) : 0;
    uint64_t best = UINT64_MAX;
    uint32_t chosen = 0;
    for (uint32_t row = 1; row < points->row_count && (swept == 0 || chosen > 0); row++) {
        const uint64_t others = swept_knobs(explorer, row);
        const uint64_t median = others ? median_near(explorer, row) : UINT64_MAX;
        if (median >= best)
            continue;
        best = median;
        chosen = row;
        swept = others;
    }
    explorer_select(explorer, chosen);
    points_approach(points, chosen, &explorer->point);
    if (swept)
        explorer->knob = (enum knob_id)__builtin_ctzll(swept);
    explorer_widen(explorer);
}

bool explorer_open_recording(struct explorer *explorer, const char *path, struct error *error)
{
    struct source source;
    if (!source_open_recording(&source, path, error))
        return false;
    explorer_keep_tags(explorer);
    explorer->losses.lost |= !source_close(&explorer->source);
    explorer->source = source;
    start_over(explorer);
    if (source.points.varying)
        select_swept(explorer);
    if (source.points.repeats > 0)
        explorer_say(
            explorer, false,
            "%zu run%s the variant and knobs of an earlier run; pdlab shows the earlier one",
            source.points.repeats, source.points.repeats == 1 ? " repeats" : "s repeat");
    return true;
}

/* Shows a message if the user's folders are unusable, or if the environment sets knobs. */
static void say_environment(struct explorer *explorer, bool reads_knobs)
{
    char used[ENVIRONMENT_ROOM];
    struct error why;
    if (!user_folders_usable(USER_FOLDERS, &why)) {
        explorer->keeps_nothing = true;
        explorer_alarm(explorer, &why);
    } else if (!reads_knobs)
        return;
    else if (environment_unknown(0, &why))
        explorer_alarm(explorer, &why);
    else if (*environment_used(&explorer->settings, used))
        explorer_say(explorer, false, "Knobs from the environment: %s", used);
}

static bool open_first(struct explorer *explorer, const struct options *options,
                       struct error *error)
{
    *explorer = (struct explorer){
        .request.measures = 1,
        .preset = options->preset,
        .settings = options->settings,
        .device_named = options->device != NULL,
        .files = options->files,
        .request.no_telemetry = options->no_telemetry,
    };
    if (options->restore)
        return explorer_restore(explorer, error);
    if (!explorer->preset.name[0]) {
        /* A recording needs no device, but the user may choose one later. */
        if (!preset_load(PRESET_DEFAULT, &explorer->preset, error))
            return false;
        preset_apply(&explorer->preset, &explorer->settings);
    }
    if (!device_choose(options->device, options->preferred_device, &explorer->backend,
                       &explorer->device, error))
        return false;
    if (options->command == COMMAND_DEMO)
        return explorer_open_demo(explorer, options->demo, error);
    if (options->command == COMMAND_REPLAY)
        return explorer_open_recording(explorer, options->files[0], error);
    while (!explorer_open_live(explorer, explorer->backend, explorer->device, error))
        if (explorer->device_named ||
            !device_fall_back(error, &explorer->backend, &explorer->device))
            return false;
    return true;
}

/* Shows a hint for new users, unless there is another message. */
static void say_first(struct explorer *explorer, const struct options *options)
{
    if (options->command == COMMAND_EXPLORE && !options->restore && !explorer->message[0])
        explorer_say(explorer, false,
                     "New here? %s shows the demos, %s finds views, variants, knobs and "
                     "recordings, %s lists the keys",
                     action_key(ACTION_SCENE_NEXT), action_key(ACTION_PALETTE),
                     action_key(ACTION_HELP));
}

bool explorer_open(struct explorer *explorer, const struct options *options, struct error *error)
{
    if (!open_first(explorer, options, error))
        return false;
    if (options->against && !explorer_against_open(explorer, options->against, error)) {
        explorer_close(explorer);
        return false;
    }
    say_environment(explorer, options->command == COMMAND_EXPLORE && !options->restore);
    say_first(explorer, options);
    return true;
}

bool explorer_close(struct explorer *explorer)
{
    explorer_against_close(explorer);
    explorer->losses.lost |= !source_close(&explorer->source);
    shelf_close(&explorer->shelf);
    explorer_close_timeline(explorer);
    sweep_view_close(&explorer->sweep);
    tags_close(&explorer->tags);
    replay_view_close(&explorer->replay);
    explorer_demos_close(explorer);
    palette_close(&explorer->palette);
    history_close(&explorer->history);
    explorer_copy_close(explorer);
    free(explorer->items);
    free(explorer->recordings);
    explorer->items = explorer->recordings = NULL;
    return !explorer->losses.lost;
}

/* ---- presets ------------------------------------------------------------------------------- */

bool explorer_choose_preset(struct explorer *explorer, const char *name, struct error *error)
{
    const bool left = explorer->source.recorded;
    if (!explorer_load_preset(explorer, name, error))
        return false;
    if (left)
        explorer_say(explorer, false,
                     "Preset %s runs on this machine: the recording was closed. %s lists the "
                     "recordings",
                     name, action_key(ACTION_DEVICES));
    return true;
}

bool explorer_load_preset(struct explorer *explorer, const char *name, struct error *error)
{
    struct preset preset;
    if (!preset_load(name, &preset, error))
        return false;
    if (!take_variants(explorer, &preset, explorer->backend, error))
        return false;
    explorer->preset = preset;
    struct knob_settings *settings = &explorer->settings;
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (settings->source[id] != SOURCE_PRESET && settings->source[id] != SOURCE_SCREEN)
            continue;
        settings->source[id] = SOURCE_DEFAULT;
        settings->knobs.value[id] = knob_table[id].initial;
    }
    preset_apply(&preset, settings);
    if (explorer->source.recorded)
        return explorer_open_live(explorer, explorer->backend, explorer->device, error);
    start_over(explorer);
    explorer_post(explorer);
    return true;
}
