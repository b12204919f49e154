/*
 * explorer_overlay.c - dialogs: lists to choose from, and lines to type into.
 */
#include "explorer_overlay.h"
#include "explorer_copy.h"
#include "explorer_demos.h"
#include "explorer_knobs.h"
#include "explorer_open.h"
#include "explorer_palette.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "glossary.h"
#include "items.h"

#include <stdlib.h>
#include <string.h>

void explorer_open_list(struct explorer *explorer, enum overlay overlay)
{
    free(explorer->items);
    explorer->items = overlay == OVERLAY_PRESETS ? items_presets(explorer, &explorer->item_count)
                                                 : items_devices(explorer, &explorer->item_count);
    explorer->overlay = overlay;
    explorer->cursor = 0;
    for (int i = 0; i < explorer->item_count; i++)
        if (explorer->items[i].in_use)
            explorer->cursor = i;
}

struct rectangle explorer_overlay_box(const struct explorer *explorer)
{
    const struct rectangle body = explorer->layout.body;
    if (explorer->overlay == OVERLAY_HELP)
        return layout_centre(body, help_rows() + 5 + glossary_count(), 84);
    if (explorer->overlay == OVERLAY_SETUP)
        return layout_centre(body, setup_screen_rows() + 2, 100);
    if (explorer->overlay == OVERLAY_PALETTE)
        return explorer_palette_box(explorer);
    if (explorer->overlay == OVERLAY_TEXT)
        return explorer_copy_box(explorer);
    return layout_centre(body, explorer->item_count + 2,
                         explorer->overlay == OVERLAY_DEVICES ? 116 : 96);
}

/* If the chosen source is open already, keeps it with its samples, and selects one of its rows.
 * False: it is not open, or its device failed, so the caller must open it. */
static bool keeps_source(struct explorer *explorer, const struct item *item)
{
    const struct source *source = &explorer->source;
    if (!item->in_use || (source->worker && source->snapshot->state == WORKER_FAILED))
        return false;
    explorer_select(explorer, explorer->base);
    explorer_say(explorer, false, "%s is open already: nothing has changed", item->label);
    return true;
}

void explorer_choose_item(struct explorer *explorer)
{
    struct error error;
    enum overlay overlay = explorer->overlay;
    explorer->overlay = OVERLAY_NONE;
    if (explorer->item_count == 0)
        return;
    const struct item *item = &explorer->items[explorer->cursor];
    bool done;
    if (overlay == OVERLAY_COPY) {
        explorer_copy_take(explorer, item->name);
        return;
    }
    if (item->broken) {
        done = error_set(&error, ERROR_INPUT, "%s", item->title);
    } else if (item->demo) {
        done = explorer_demos_start(explorer, item->name, &error);
    } else if (overlay == OVERLAY_DEVICES && keeps_source(explorer, item)) {
        return;
    } else if (overlay == OVERLAY_PRESETS) {
        explorer_demos_forget(explorer);
        done = explorer_choose_preset(explorer, item->name, &error);
    } else if (item->recording) {
        explorer_demos_forget(explorer);
        done = explorer_open_recording(explorer, item->name, &error);
    } else {
        enum backend backend;
        int index;
        explorer_demos_forget(explorer);
        done = device_parse(item->name, &backend, &index, &error) &&
               explorer_open_live(explorer, backend, index, &error);
        explorer->device_named |= done;
        if (done)
            explorer_say(explorer, false, "Measuring on %s; %s lists the recordings", item->label,
                         action_key(ACTION_DEVICES));
    }
    if (!done)
        explorer_alarm(explorer, &error);
}

void explorer_open_value(struct explorer *explorer)
{
    if (explorer_palette_open_values(explorer))
        return;
    explorer->overlay = OVERLAY_VALUE;
    explorer->line[0] = '\0';
}

void explorer_take_value(struct explorer *explorer)
{
    struct error error;
    int64_t value;
    explorer->overlay = OVERLAY_NONE;
    if (explorer->line[0] == '\0')
        return;
    if (knob_parse(explorer->knob, explorer->line, &value, &error))
        explorer_set_knob(explorer, value);
    else
        explorer_alarm(explorer, &error);
}

/* If the filter hides the selected row, selects a visible one. */
void explorer_set_filter(struct explorer *explorer, const char *filter)
{
    snprintf(explorer->filter, sizeof explorer->filter, "%s", filter);
    if (explorer_shows(explorer, explorer->selected))
        return;
    for (uint32_t i = 0; i < explorer_rows(explorer); i++) {
        if (explorer_shows(explorer, i)) {
            explorer_select(explorer, i);
            return;
        }
    }
}

void explorer_open_filter(struct explorer *explorer)
{
    explorer->overlay = OVERLAY_FILTER;
    snprintf(explorer->line, sizeof explorer->line, "%s", explorer->filter);
}

void explorer_type(struct explorer *explorer, int press)
{
    const bool palette = explorer->overlay == OVERLAY_PALETTE;
    char *text = palette ? explorer->palette.text : explorer->line;
    const size_t room = palette ? sizeof explorer->palette.text : sizeof explorer->line;
    const size_t length = strlen(text);
    if (press == PRESS_BACKSPACE && length > 0)
        text[length - 1] = '\0';
    else if (press == PRESS_CTRL('U'))
        text[0] = '\0';
    else if (press >= ' ' && press <= '~' && length < room - 1)
        memcpy(&text[length], (char[]){(char)press, '\0'}, 2);
    if (palette)
        explorer_palette_filter(explorer);
    else if (explorer->overlay == OVERLAY_FILTER)
        explorer_set_filter(explorer, text);
}

void explorer_paste(struct explorer *explorer, const char *text)
{
    const enum key_mode mode = explorer_mode(explorer);
    explorer->message[0] = '\0';
    explorer->demo.held = true;
    if (mode != MODE_TEXT && mode != MODE_PALETTE) {
        explorer_say(explorer, true,
                     "The paste was ignored: open a value (%s on a knob) or the filter (%s) first",
                     action_key(ACTION_ENTER), action_key(ACTION_FILTER));
        return;
    }
    for (; *text; text++)
        if (*text >= ' ' && *text <= '~')
            explorer_type(explorer, *text);
}
