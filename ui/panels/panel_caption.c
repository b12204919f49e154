/*
 * panel_caption.c - below the explorer, while a demo plays: what to look at, and how it goes on.
 */
#include "screen.h"

#include <stdio.h>

void panel_caption_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct demo_play *demo = frame->demo;
    const struct theme *theme = screen->theme;
    char title[160], keys[96];
    snprintf(title, sizeof title, " %s  %u of %u ", demo->playing->title, demo->scene + 1,
             demo->playing->scene_count);
    if (demo->asks)
        snprintf(keys, sizeof keys, " %s shows it, %s back%s ", action_key(ACTION_SCENE_NEXT),
                 action_key(ACTION_SCENE_BEFORE), frame->demo_goes_on ? "; goes on by itself" : "");
    else if (demo->scene + 1 == demo->playing->scene_count)
        snprintf(keys, sizeof keys, " the end: %s back, %s quit ", action_key(ACTION_SCENE_BEFORE),
                 action_key(ACTION_QUIT));
    else
        snprintf(keys, sizeof keys, " %s next, %s back%s ", action_key(ACTION_SCENE_NEXT),
                 action_key(ACTION_SCENE_BEFORE), frame->demo_goes_on ? "; goes on by itself" : "");
    const int room = area.columns - draw_columns(keys);
    draw_field(theme, area, 0, 0, area.columns, ROLE_BADGE, title);
    if (room > draw_columns(title))
        draw_text(theme, area, 0, room, ROLE_BADGE, keys);
    struct rectangle text = {area.row + 1, area.column + 1, area.rows - 1, area.columns - 2};
    draw_wrapped(theme, text, 0, ROLE_STRONG,
                 demo->asks ? demo->playing->scenes[demo->scene].ask
                            : demo->playing->scenes[demo->scene].caption);
}
