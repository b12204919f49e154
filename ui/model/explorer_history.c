#include "explorer_history.h"

#include "explorer_demos.h"
#include "explorer_knobs.h"
#include "explorer_open.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_tags.h"

#include <stdio.h>
#include <string.h>

#define PAGE 8 /* entries per page */

/* ---- following ------------------------------------------------------------------------------- */

static void describe_place(const struct explorer *explorer, struct history_place *place)
{
    const struct source *source = &explorer->source;
    *place = (struct history_place){
        .source = explorer->history.source,
        .backend = explorer->backend,
        .index = explorer->device,
        .knobs = *explorer_present(explorer),
    };
    if (source->recorded) {
        memcpy(place->recording, source->path, sizeof place->recording);
        memcpy(place->mark, source->mark, sizeof place->mark);
    } else {
        snprintf(place->preset, sizeof place->preset, "%s",
                 explorer->preset.path[0] ? explorer->preset.path : explorer->preset.name);
    }
}

void explorer_history_follow(struct explorer *explorer)
{
    const struct row row = explorer_selected(explorer);
    struct history_place place;
    if (!row.own || row.kept)
        return;
    describe_place(explorer, &place);
    history_follow(&explorer->history, &place, row.run, row.device, row.ceilings);
    if (explorer->view == VIEW_HISTORY) {
        explorer_history_keep(explorer);
        history_judge(&explorer->history);
    }
}

void explorer_history_keep(struct explorer *explorer)
{
    size_t count;
    const struct run *runs = source_runs(&explorer->source, &count);
    if (!explorer->source.recorded)
        history_keep(&explorer->history, runs, count);
}

/* ---- returning ------------------------------------------------------------------------------- */

static bool open_live(struct explorer *explorer, const struct history_place *place,
                      struct error *error)
{
    const bool elsewhere = explorer->source.recorded || !explorer->source.worker ||
                           explorer->backend != place->backend || explorer->device != place->index;
    const char *preset = explorer->preset.path[0] ? explorer->preset.path : explorer->preset.name;
    if (elsewhere || strcmp(preset, place->preset) != 0)
        explorer_demos_forget(explorer);
    explorer->backend = place->backend;
    explorer->device = place->index;
    if (strcmp(preset, place->preset) != 0) /* also opens the device if a recording is open */
        return explorer_load_preset(explorer, place->preset, error);
    return !elsewhere || explorer_open_live(explorer, place->backend, place->index, error);
}

static bool open_recording(struct explorer *explorer, const struct history_place *place,
                           struct error *error)
{
    if (explorer->source.recorded && strcmp(explorer->source.path, place->recording) == 0)
        return true;
    explorer_demos_forget(explorer);
    return explorer_open_recording(explorer, place->recording, error);
}

/* Selects the entry's variant and knobs. On a device, this starts a new epoch. */
static void go_back(struct explorer *explorer, const struct history_entry *entry)
{
    const struct history_place place = entry->place; /* the entries may move */
    char variant[sizeof entry->run.variant];
    const uint32_t number = entry->number;
    struct error error;
    memcpy(variant, entry->run.variant, sizeof variant);
    if (!(place.recording[0] ? open_recording(explorer, &place, &error)
                             : open_live(explorer, &place, &error))) {
        explorer_alarm(explorer, &error);
        return;
    }
    for (uint32_t i = 0; i < explorer_own_rows(explorer); i++)
        if (strcmp(explorer_row(explorer, i).name, variant) == 0)
            explorer->selected = explorer->base = i;
    explorer_take_knobs(explorer, &place.knobs);
    explorer_say(explorer, false, "Back at entry %u: %s%s", number, variant,
                 place.recording[0] ? "" : ", measured anew");
}

/* Tags the entry's samples, or the row if the entry is its running epoch. */
static void tag(struct explorer *explorer, uint32_t at)
{
    const struct history_entry *entry = &explorer->history.entries[at];
    const struct row row = {
        .name = entry->run.variant,
        .known = entry->run.known,
        .run = &entry->run,
        .device = &entry->device,
        .ceilings = &entry->ceilings,
        .mark = entry->place.mark,
        .recorded = entry->place.recording[0] != '\0',
    };
    if (at == explorer->history.present)
        explorer_toggle_tag(explorer);
    else
        explorer_tag_samples(explorer, &row);
}

/* ---- keys ------------------------------------------------------------------------------------ */

void explorer_history_point(struct explorer *explorer, uint32_t entry)
{
    if (explorer->history.count > 0)
        explorer->history.cursor =
            entry < explorer->history.count ? entry : explorer->history.count - 1;
}

/* The newest entry is at the top, so down goes back in time. */
static void move(struct explorer *explorer, int step)
{
    const int64_t at = (int64_t)explorer->history.cursor - step;
    explorer_history_point(explorer, at < 0 ? 0 : (uint32_t)at);
}

bool explorer_act_history(struct explorer *explorer, enum action action)
{
    const struct history *history = &explorer->history;
    const bool chosen = history->cursor < history->count;
    if (explorer->focus != FOCUS_VIEW)
        return false;
    if (action == ACTION_UP)
        move(explorer, -1);
    else if (action == ACTION_DOWN)
        move(explorer, 1);
    else if (action == ACTION_PAGE_UP)
        move(explorer, -PAGE);
    else if (action == ACTION_PAGE_DOWN)
        move(explorer, PAGE);
    else if (action == ACTION_FIRST)
        move(explorer, -(int)HISTORY_ROOM);
    else if (action == ACTION_LAST)
        move(explorer, (int)HISTORY_ROOM);
    else if (action == ACTION_ENTER && chosen)
        go_back(explorer, &history->entries[history->cursor]);
    else if (action == ACTION_TAG && chosen)
        tag(explorer, history->cursor);
    else
        return action == ACTION_LEFT || action == ACTION_RIGHT || action == ACTION_ENTER ||
               action == ACTION_TAG; /* the view takes these keys but ignores them */
    return true;
}
