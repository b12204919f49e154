/*
 * panel_header.c - the first line: the view, what is looked at, on which device, and its state.
 */
#include "../model/tabs.h"
#include "screen.h"

#include <stdio.h>

#define LEAST_NAME 8 /* columns of a device */

/* "AMD EPYC · AVX-512 · 2 cores": first the instruction set gives way, then the name's middle. */
static void describe_live(const struct screen *screen, const struct device_info *device,
                          int columns, char *text, size_t size)
{
    const char *dot = screen->theme->glyphs->dot;
    char units[32], name[NAMES_ROOM];
    snprintf(units, sizeof units, " %s %u %s%s", dot, device->units,
             device->backend == BACKEND_CPU ? "core" : "SM", device->units == 1 ? "" : "s");
    snprintf(text, size, "%s %s %s%s", device->name, dot, device->isa, units);
    if (draw_columns(text) <= columns)
        return;
    if (columns - draw_columns(units) < LEAST_NAME)
        units[0] = '\0';
    names_shorten_one(name, sizeof name, device->name, columns - draw_columns(units),
                      screen->theme->glyphs->more);
    snprintf(text, size, "%s%s", name, units);
}

/* The device, or what the recording is of. */
static void describe_device(const struct screen *screen, int columns, char *text, size_t size)
{
    const struct device_info *device = screen->frame->device;
    if (screen->frame->current.row.recorded)
        screen_recorded(screen, columns, text, size);
    else if (device->id[0])
        describe_live(screen, device, columns, text, size);
    else
        snprintf(text, size, "opening the device");
}

/* Columns that a device's name needs beside the preset's, which gives way to it: the lesson says
 * what the preset is. */
static int least_of_device(const struct device_info *device)
{
    const int columns = draw_columns(device->name);
    return columns < 2 * LEAST_NAME ? columns : 2 * LEAST_NAME;
}

/* The tabs of the views, the present one in brackets. Returns the column after them. */
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

void panel_header_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct row row = frame->current.row;
    char right[96] = "service time", device[400], state[48];
    const char *word = frame->state;
    const bool sentence = frame->measuring && area.columns >= 60;
    if (sentence)
        snprintf(state, sizeof state, " measuring what the device can do, 1 s ");
    else if (frame->losses > 0)
        snprintf(state, sizeof state, " %s%sDEVICE LOST %ux ", word, *word ? ", " : "",
                 frame->losses);
    else
        snprintf(state, sizeof state, *word ? " %s " : "%s", word);
    if (sentence || (row.recorded && area.columns < 150))
        right[0] = '\0'; /* there is no room for more */
    else if (row.run && row.run->epoch > 0)
        snprintf(right, sizeof right, "epoch %llu %s service time",
                 (unsigned long long)row.run->epoch, theme->glyphs->dot);
    int end = area.columns - 1;
    int state_columns = draw_columns(state), right_columns = draw_columns(right);
    bool roomy = area.columns >= 80;
    int state_at = end - state_columns - (roomy ? right_columns + 1 : 0);

    int column = draw_text(theme, area, 0, 0, ROLE_BADGE, TABS_BADGE);
    column = draw_views(screen, area, column);
    const int beside_preset = state_at - column - draw_columns(frame->preset->name) - 6;
    if (!row.recorded && !sentence && area.columns >= 60 &&
        beside_preset >= least_of_device(frame->device)) {
        column = draw_text(theme, area, 0, column + 1, ROLE_STRONG, frame->preset->name);
        if (area.columns >= 150) {
            column = draw_text(theme, area, 0, column + 1, ROLE_DIM, "of");
            column = draw_text(theme, area, 0, column + 1, ROLE_TEXT, frame->preset->target);
        }
        column = draw_text(theme, area, 0, column + 1, ROLE_DIM, "on");
    }
    int room = state_at - column - 2;
    describe_device(screen, room, device, sizeof device);
    if (sentence)
        device[0] = '\0';
    if (row.recorded && draw_columns(device) < room)
        room = draw_columns(device);
    draw_field(theme, area, 0, column + 1, room, row.recorded ? ROLE_ALERT : ROLE_TEXT, device);
    const bool alert = frame->state_alert || frame->losses > 0;
    draw_text(theme, area, 0, state_at, alert ? ROLE_ALERT : ROLE_BADGE, state);
    if (roomy)
        draw_text(theme, area, 0, state_at + state_columns + 1, ROLE_DIM, right);
}
