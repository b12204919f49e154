/*
 * panel_caption.c - the lines below the explorer during a demo: the scene, what ends it, and what
 * to look at.
 */
#include "screen.h"

#include "../../src/base/text.h"

#include <math.h>
#include <stdio.h>

#define BAR_CELLS  10
#define TEXT_ROOM  128
#define BRIEFNESS  4 /* lengths that each sentence has; 0 is the longest */
#define TITLE_ROOM 160

/* Writes "next scene in 12 s ███████░░░"; the bar fills up. */
static void write_clock(const struct screen *screen, int brief, char *text, size_t size)
{
    const struct demo_play *demo = screen->frame->demo;
    const struct glyphs *glyphs = screen->theme->glyphs;
    const double left = demo_play_left_s(demo), all = demo_play_length_s(demo);
    const int full = (int)((1 - left / all) * BAR_CELLS);
    char bar[8 * BAR_CELLS + 2] = "";
    for (int i = 0; i < BAR_CELLS && brief == 0; i++)
        text_append(bar, sizeof bar, "%s%s", i == 0 ? " " : "",
                    i < full ? glyphs->bars[8] : glyphs->shades[1]);
    snprintf(text, size,
             brief == 0  ? "next scene in %.0f s%s"
             : brief < 3 ? "next in %.0f s%s"
                         : "%.0f s%s",
             ceil(left), bar);
}

/* Writes what ends the scene, and the keys to press. */
static void write_wait(const struct screen *screen, int brief, char *text, size_t size)
{
    const struct demo_play *demo = screen->frame->demo;
    const char *next = action_key(ACTION_SCENE_NEXT), *back = action_key(ACTION_SCENE_BEFORE);
    const char *pause = action_key(ACTION_PAUSE);
    char clock[TEXT_ROOM];
    const enum demo_wait ends = demo_play_wait(demo);
    if (ends == DEMO_WAITS_FOR_TIME) {
        write_clock(screen, brief, clock, sizeof clock);
        snprintf(text, size,
                 brief < 2    ? " %s  %s pause, %s next, %s back "
                 : brief == 2 ? " %s  %s pause, %s next "
                              : " %s  %s pause ",
                 clock, pause, next, back);
    } else if (ends == DEMO_WAITS_HELD) {
        snprintf(text, size,
                 brief == 0   ? " paused: %s resumes; %s next scene, %s back "
                 : brief == 1 ? " paused: %s resumes, %s next, %s back "
                              : " paused: %s resumes ",
                 pause, next, back);
    } else if (ends == DEMO_WAITS_FOR_KEY) {
        snprintf(text, size,
                 demo->asks  ? brief < 2 ? " waits for you: %s shows the answer, %s back "
                                         : " %s shows the answer "
                 : brief < 2 ? " waits for you: %s next, %s back "
                             : " waits: %s next ",
                 next, back);
    } else {
        snprintf(text, size, brief < 2 ? " the end: %s back, %s quit " : " the end: %s back ", back,
                 action_key(ACTION_QUIT));
    }
}

/* Draws the first line. Never cuts the scene's number; may cut or drop the demo's title. */
static void draw_head(const struct screen *screen, struct rectangle area)
{
    const struct demo_play *demo = screen->frame->demo;
    char title[TITLE_ROOM], number[48], wait[TEXT_ROOM];
    snprintf(number, sizeof number, " Scene %u of %u ", demo->scene + 1,
             demo->playing->scene_count);
    snprintf(title, sizeof title, "%s%s %s ", number, screen->theme->glyphs->dot,
             demo->playing->title);
    draw_field(screen->theme, area, 0, 0, area.columns, ROLE_BADGE, "");
    for (int brief = 0; brief < BRIEFNESS; brief++) {
        write_wait(screen, brief, wait, sizeof wait);
        const int room = area.columns - draw_columns(wait);
        const bool last = brief + 1 == BRIEFNESS;
        if (room < draw_columns(title) && !last)
            continue;
        if (room >= draw_columns(number))
            draw_text(screen->theme, area, 0, room, ROLE_BADGE, wait);
        else
            snprintf(wait, sizeof wait, "%s", "");
        const int left = *wait ? room : area.columns;
        draw_field(screen->theme, area, 0, 0, left, ROLE_BADGE,
                   draw_columns(title) <= left || left > draw_columns(number) + 8 ? title : number);
        return;
    }
}

void panel_caption_draw(const struct screen *screen, struct rectangle area)
{
    const struct demo_play *demo = screen->frame->demo;
    const struct demo_scene *scene = &demo->playing->scenes[demo->scene];
    const struct rectangle text =
        layout_columns(layout_rows(area, 1, area.rows - 1), 1, area.columns - 2);
    draw_head(screen, area);
    draw_wrapped(screen->theme, text, 0, ROLE_STRONG, demo->asks ? scene->ask : scene->caption);
}
