#include "explorer_demos.h"

#include "explorer_demo.h"
#include "explorer_open.h"
#include "explorer_overlay.h"
#include "explorer_private.h"
#include "explorer_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The screen before a demo. */
struct demo_return {
    struct preset preset;
    struct knob_settings settings;
    enum backend backend;
    int device;
    char recording[sizeof(((struct source *)0)->path)]; /* "": the device */
    struct knobs point;                                 /* of the recording */
    enum view_id view;
    uint32_t selected;
    bool big;
};

bool explorer_demos_find(size_t index, char *name, size_t size, char *title)
{
    static struct demo demo;
    struct error error;
    if (!demo_name(index, name, size))
        return false;
    snprintf(title, sizeof demo.title, "%s",
             demo_load(name, view_words, &demo, &error) ? demo.title : "this demo can't be read");
    return true;
}

void explorer_demos_list(struct explorer *explorer)
{
    explorer_open_list(explorer, OVERLAY_PRESETS);
    for (int i = explorer->item_count - 1; i >= 0; i--)
        if (explorer->items[i].demo)
            explorer->cursor = i;
}

/* ---- the return ------------------------------------------------------------------------------ */

static void remember(const struct explorer *explorer, struct demo_return *before)
{
    *before = (struct demo_return){
        .preset = explorer->preset,
        .settings = explorer->settings,
        .backend = explorer->backend,
        .device = explorer->device,
        .point = explorer->point,
        .view = explorer->view,
        .selected = explorer->selected,
        .big = explorer->big,
    };
    if (explorer->source.recorded)
        memcpy(before->recording, explorer->source.path, sizeof before->recording);
}

static bool go_back(struct explorer *explorer, const struct demo_return *before,
                    struct error *error)
{
    explorer->preset = before->preset;
    explorer->settings = before->settings;
    if (!(before->recording[0]
              ? explorer_open_recording(explorer, before->recording, error)
              : explorer_open_live(explorer, before->backend, before->device, error)))
        return false;
    if (before->recording[0])
        explorer->point = before->point;
    explorer->big = before->big;
    if (before->selected < explorer_own_rows(explorer))
        explorer_select(explorer, before->selected);
    explorer_go_to_view(explorer, before->view);
    return true;
}

static void stop_playing(struct explorer *explorer)
{
    explorer->demo = (struct demo_play){0};
    explorer->big = explorer->full = false;
    explorer_lay_out(explorer);
}

/* ---- starting and ending --------------------------------------------------------------------- */

bool explorer_demos_start(struct explorer *explorer, const char *name, struct error *error)
{
    struct explorer_demos *demos = &explorer->demos;
    struct demo *demo = calloc(1, sizeof *demo);
    struct demo_return *before = calloc(1, sizeof *before);
    if (!demo || !before) {
        free(demo);
        free(before);
        return error_set(error, ERROR_RUN, "no memory for the demo %s", name);
    }
    remember(explorer, before);
    const struct demo_play played = explorer->demo;
    if (!demo_load(name, view_words, demo, error) || !explorer_open_demo(explorer, demo, error)) {
        struct error ignored;
        explorer->demo = played;
        explorer->preset = before->preset;
        explorer->settings = before->settings;
        const bool elsewhere = before->recording[0]
                                   ? strcmp(before->recording, explorer->source.path) != 0
                                   : !explorer->source.worker;
        if (elsewhere)
            go_back(explorer, before, &ignored);
        explorer_lay_out(explorer);
        free(demo);
        free(before);
        return false;
    }
    explorer->demo.playing = demo;
    free(demos->playing);
    demos->playing = demo;
    if (demos->before) /* a demo started from a demo: return to the screen before the first one */
        free(before);
    else
        demos->before = before;
    explorer_lay_out(explorer);
    return true;
}

bool explorer_demos_leave(struct explorer *explorer)
{
    struct explorer_demos *demos = &explorer->demos;
    struct error error;
    if (!explorer->demo.playing || !demos->before)
        return false;
    stop_playing(explorer);
    if (!go_back(explorer, demos->before, &error))
        explorer_alarm(explorer, &error);
    explorer_demos_close(explorer);
    return true;
}

void explorer_demos_forget(struct explorer *explorer)
{
    if (explorer->demo.playing)
        stop_playing(explorer);
    explorer_demos_close(explorer);
}

void explorer_demos_close(struct explorer *explorer)
{
    free(explorer->demos.playing);
    free(explorer->demos.before);
    explorer->demos = (struct explorer_demos){0};
}
