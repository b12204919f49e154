/*
 * panel_header.c - the first line: views, source, device and state.
 */
#include "../../src/engine/backend_name.h"
#include "../model/tabs.h"
#include "screen.h"

#include <stdio.h>

#define PRESET_LEAST 60  /* least columns of a header that names the preset */
#define TARGET_LEAST 150 /* least columns of a header that also names its target */

/* Writes "AMD EPYC · AVX-512 · 2 cores". If room is short, drops the instruction set, then words of
 * the name, then the cores. */
static void describe_live(const struct screen *screen, const struct device_info *device,
                          int columns, char *text, size_t size)
{
    const struct glyphs *glyphs = screen->theme->glyphs;
    char count[32], units[48], name[NAMES_ROOM];
    snprintf(units, sizeof units, " %s %s", glyphs->dot,
             backend_units(count, sizeof count, device));
    snprintf(text, size, "%s %s %s%s", device->name, glyphs->dot, device->isa, units);
    if (draw_columns(text) <= columns)
        return;
    if (columns - draw_columns(units) < screen_device_least(device->name))
        units[0] = '\0';
    screen_device(device->name, columns - draw_columns(units), glyphs->more, name, sizeof name);
    snprintf(text, size, "%s%s", name, units);
}

/* Draws the views' tabs, the current one in brackets. Returns the column after them. */
static int draw_views(const struct screen *screen, struct rectangle area, int column)
{
    const enum view_id present = screen->frame->view;
    struct tab tabs[VIEW_COUNT];
    const int count = tabs_place(present, column, area.columns, tabs);
    for (int i = 0; i < count; i++)
        column = draw_text(screen->theme, area, 0, tabs[i].column,
                           i == (int)present ? ROLE_FOCUS : ROLE_DIM, tabs[i].text);
    return column + (count > 0 && present != VIEW_COUNT - 1 && area.columns < TABS_NAMED);
}

/* Draws the preset and its device. The preset matters more, so the device's name is shortened, but
 * always keeps the model. */
static void draw_live(const struct screen *screen, struct rectangle area, int column, int end)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct device_info *device = frame->device;
    char text[400] = "opening the device";
    const int least = device->id[0] ? screen_device_least(device->name) : draw_columns(text);
    const int beside = end - column - draw_columns(frame->preset->name) - draw_columns("  on ");
    if (area.columns >= PRESET_LEAST && beside >= least) {
        column = draw_text(theme, area, 0, column + 1, ROLE_STRONG, frame->preset->name);
        if (area.columns >= TARGET_LEAST) {
            column = draw_text(theme, area, 0, column + 1, ROLE_DIM, "of");
            column = draw_text(theme, area, 0, column + 1, ROLE_TEXT, frame->preset->target);
        }
        column = draw_text(theme, area, 0, column + 1, ROLE_DIM, "on");
    }
    if (device->id[0])
        describe_live(screen, device, end - column - 1, text, sizeof text);
    draw_field(theme, area, 0, column + 1, end - column - 1, ROLE_TEXT, text);
}

static void draw_recorded(const struct screen *screen, struct rectangle area, int column, int end)
{
    char text[400];
    screen_recorded(screen, end - column - 1, text, sizeof text);
    draw_text(screen->theme, area, 0, column + 1, ROLE_ALERT, text);
}

/* Writes "RUNNING" or "RUNNING, DEVICE LOST 1x". */
static void write_state(const struct frame *frame, bool sentence, char *text, size_t size)
{
    const char *word = frame->state;
    if (sentence)
        snprintf(text, size, " measuring the device's peaks, 1 s ");
    else if (frame->losses > 0)
        snprintf(text, size, " %s%sDEVICE LOST %ux ", word, *word ? ", " : "", frame->losses);
    else
        snprintf(text, size, *word ? " %s " : "%s", word);
}

void panel_header_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct row row = frame->current.row;
    const bool sentence = frame->measuring && area.columns >= PRESET_LEAST;
    char epoch[32] = "", state[48];
    write_state(frame, sentence, state, sizeof state);
    if (!sentence && !row.recorded && row.run && row.run->epoch > 0 && area.columns >= TABS_NAMED)
        snprintf(epoch, sizeof epoch, " epoch %llu", (unsigned long long)row.run->epoch);
    const int state_at = area.columns - 1 - draw_columns(state) - draw_columns(epoch);
    int column = draw_text(theme, area, 0, 0, ROLE_BADGE, TABS_BADGE);
    column = draw_views(screen, area, column);
    if (row.recorded)
        draw_recorded(screen, area, column, state_at - 1);
    else if (!sentence)
        draw_live(screen, area, column, state_at - 1);
    const bool alert = frame->state_alert || frame->losses > 0;
    draw_text(theme, area, 0, state_at, alert ? ROLE_ALERT : ROLE_BADGE, state);
    draw_text(theme, area, 0, state_at + draw_columns(state), ROLE_DIM, epoch);
}
