/*
 * explorer_demo.c - plays a demo: shows its scenes, and starts the next one in time or at a key.
 */
#include "explorer_demo.h"
#include "explorer_demos.h"
#include "explorer_open.h"
#include "explorer_private.h"
#include "explorer_replay.h"
#include "explorer_rows.h"
#include "explorer_sweep.h"
#include "explorer_tags.h"

#include <string.h>

/* On a narrower terminal, a scene's view takes the whole screen, unless the view is Live. */
#define FULL_BELOW 120

/* ---- a scene -------------------------------------------------------------------------------- */

static void set_knobs(struct explorer *explorer, const struct demo_scene *scene)
{
    const uint64_t set = scene->knobs_set;
    if (!explorer->source.recorded)
        knobs_reset(&explorer->settings); /* the scene's knobs, even if the user changed some */
    else
        points_begin(&explorer->source.points, &explorer->point);
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (explorer->source.recorded && set >> id & 1)
            explorer->point.value[id] =
                scene->knobs.value[id]; /* demo_check has verified that this value is recorded */
        else if (set >> id & 1)
            knob_set(&explorer->settings, (enum knob_id)id, scene->knobs.value[id], SOURCE_PRESET);
    }
    explorer->undo.count = 0;
}

/* Finds the source's row with this name; false: none. */
static bool find_row(const struct explorer *explorer, const char *name, uint32_t *row)
{
    for (*row = 0; *row < explorer_own_rows(explorer); ++*row)
        if (strcmp(explorer_row(explorer, *row).name, name) == 0)
            return true;
    return false;
}

static void set_tags(struct explorer *explorer, const struct demo_scene *scene)
{
    uint32_t row, letter = 0;
    tags_close(&explorer->tags);
    for (uint32_t i = 0; i < scene->tag_count; i++)
        if (find_row(explorer, scene->tags[i], &row))
            tags_set(&explorer->tags, letter++, row);
}

/* Brings the explorer into the state that the scene describes, from any state. */
static void show(struct explorer *explorer)
{
    const struct demo_scene *scene = &explorer->demo.playing->scenes[explorer->demo.scene];
    explorer->demo.asks = false;
    demo_play_begin(&explorer->demo);
    explorer->overlay = OVERLAY_NONE;
    explorer->frozen = false;
    explorer->request.paused = false;
    explorer->filter[0] = '\0';
    explorer->message[0] = '\0';
    replay_view_end(&explorer->replay);
    set_knobs(explorer, scene);
    uint32_t row;
    if (find_row(explorer, scene->variant, &row))
        explorer->selected = explorer->base = row;
    else
        explorer_say(explorer, true, "%s is not among the variants here", scene->variant);
    set_tags(explorer, scene);
    if (scene->has_knob)
        explorer->knob = scene->knob;
    explorer->metric = scene->metric;
    explorer->big = scene->big || explorer->demo.big;
    /* On a small screen, the lists would leave a view too little room for names and numbers. */
    explorer->full =
        view_of_word(scene->view) != VIEW_LIVE && explorer->layout.header.columns < FULL_BELOW;
    for (int i = 0; i < METRIC_COUNT; i++)
        explorer->axes[i] = explorer->shared[i] = (struct axis){0};
    explorer_go_to_view(explorer, view_of_word(scene->view));
    explorer_retag(explorer); /* posts a request; the worker ignores what did not change */
    if (scene->replay && explorer->source.recorded)
        explorer_replay_pause(explorer);
    if (scene->sweep && !explorer->source.recorded)
        explorer_sweep_toggle(explorer);
}

/* Shows the scene's question; the previous scene stays visible. */
static void ask(struct explorer *explorer)
{
    explorer->demo.asks = true;
    demo_play_begin(&explorer->demo);
    explorer->overlay = OVERLAY_NONE;
    explorer->message[0] = '\0';
}

/* ---- from scene to scene --------------------------------------------------------------------- */

void explorer_demo_step(struct explorer *explorer, int direction)
{
    struct demo_play *demo = &explorer->demo;
    if (!demo->playing) {
        explorer_demos_list(explorer);
        return;
    }
    if (direction > 0 && demo->asks) {
        show(explorer);
        return;
    }
    const bool more = demo_play_can_step(demo, direction);
    if (!more && direction > 0) {
        explorer_say(explorer, false, "That was the last scene: %s goes back, %s quits",
                     action_key(ACTION_SCENE_BEFORE), action_key(ACTION_QUIT));
    } else if (!more) {
        explorer_say(explorer, false, "This is the first scene");
    } else {
        demo->scene += (uint32_t)direction; /* adding (uint32_t)-1 subtracts 1 */
        if (direction > 0 && demo->playing->scenes[demo->scene].ask[0])
            ask(explorer);
        else
            show(explorer);
    }
}

bool explorer_demo_tick(struct explorer *explorer, uint64_t now_ns)
{
    if (!demo_play_tick(&explorer->demo, now_ns))
        return false;
    if (demo_play_left_s(&explorer->demo) <= 0)
        explorer_demo_step(explorer, 1);
    return true;
}

bool explorer_demo_touch(struct explorer *explorer, enum action action)
{
    struct demo_play *demo = &explorer->demo;
    if (!demo->playing)
        return false;
    if (action != ACTION_PAUSE || explorer->overlay != OVERLAY_NONE || !demo_play_pause(demo)) {
        demo->held = true;
        return false;
    }
    if (replay_view_shows(&explorer->replay) && explorer->replay.paused != demo->held)
        explorer_replay_pause(explorer);
    return true;
}

/* ---- opening -------------------------------------------------------------------------------- */

bool explorer_open_demo(struct explorer *explorer, const struct demo *demo, struct error *error)
{
    explorer->preset = demo->preset;
    preset_apply(&explorer->preset, &explorer->settings);
    explorer->demo = (struct demo_play){.playing = demo};
    if (explorer->backend == BACKEND_CPU)
        return explorer_demo_recorded(explorer, error);
    if (!explorer_open_live(explorer, explorer->backend, explorer->device, error))
        return error->kind == ERROR_UNSUPPORTED && !explorer->device_named &&
               explorer_demo_recorded(explorer, error);
    show(explorer);
    return true;
}

bool explorer_demo_recorded(struct explorer *explorer, struct error *error)
{
    const struct demo *demo = explorer->demo.playing;
    const struct document *document = &explorer->source.document;
    if (!explorer_open_recording(explorer, demo->recording, error) ||
        !demo_check(demo, document->runs, document->count, error))
        return false;
    show(explorer);
    return true;
}
