/*
 * overlay.c - dialogs: the help, drawn from the table of keys, and lists of presets, devices and
 * recordings.
 */
#include "../model/glossary.h"
#include "screen.h"

#include "../../src/base/words.h"

#include <stdio.h>

#define NAME_AT 4 /* column of an item's name */

static void draw_help(const struct screen *screen)
{
    const struct theme *theme = screen->theme;
    const int key_columns = 16;
    int rows[HELP_MOST];
    const int keys = help_list(screen->frame->panels_place, rows);
    const int count = keys + 1 + glossary_count();
    struct rectangle box = screen->frame->box;
    struct rectangle inside = draw_frame(theme, box, "Keys and words", "", true);
    int first = screen->frame->cursor;
    if (first > count - inside.rows)
        first = count > inside.rows ? count - inside.rows : 0;
    for (int row = 0; row < inside.rows && first + row < count; row++) {
        const int at = first + row;
        char name[48];
        const char *heading = at == keys                   ? "Words"
                              : at > keys                  ? NULL
                              : rows[at] == HELP_HERE      ? "Here"
                              : rows[at] == HELP_ELSEWHERE ? "Elsewhere, or less often"
                                                           : NULL;
        if (heading) {
            draw_text(theme, inside, row, 0, ROLE_STRONG, heading);
            continue;
        }
        const char *help =
            at > keys ? glossary[at - keys - 1].meaning : help_row(rows[at], name, sizeof name);
        draw_field(theme, inside, row, 2, key_columns - 3, ROLE_KEY,
                   at > keys ? glossary[at - keys - 1].word : name);
        draw_field(theme, inside, row, key_columns, inside.columns - key_columns, ROLE_TEXT, help);
    }
    if (first + inside.rows < count)
        draw_text(theme, box, box.rows - 1, box.columns - 10, ROLE_FOCUS, " more ");
}

static const char *list_title(enum overlay overlay)
{
    return overlay == OVERLAY_PRESETS ? "Presets and demos"
           : overlay == OVERLAY_COPY  ? "Copy"
                                      : "Devices and recordings";
}

/* Draws an item: markers of the cursor, of the item in use and of a recording, then name and
 * description. */
static void draw_item(const struct screen *screen, struct rectangle inside, int row, int index,
                      int widest, const char *name)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct item *item = &frame->items[index];
    const bool chosen = index == frame->cursor;
    const int column = NAME_AT + widest + 2;
    char title[NAMES_ROOM];
    draw_text(theme, inside, row, 0, ROLE_FOCUS, chosen ? theme->glyphs->cursor : " ");
    if (item->in_use)
        draw_text(theme, inside, row, 1, ROLE_BAR, theme->glyphs->active);
    if (item->recording)
        draw_text(theme, inside, row, 2, ROLE_TAIL, theme->glyphs->recorded);
    draw_text(theme, inside, row, NAME_AT, ROLE_STRONG, name);
    words_fit(title, sizeof title, item->title, inside.columns - column, theme->glyphs->more);
    draw_text(theme, inside, row, column, item->broken ? ROLE_BAD : ROLE_TEXT, title);
    if (chosen)
        draw_over(theme, inside, row, ROLE_CURSOR);
}

static void draw_list(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct rectangle box = frame->box;
    const char *list[NAMES_MOST];
    char legend[48] = "";
    const size_t count =
        frame->item_count < (int)NAMES_MOST ? (size_t)frame->item_count : NAMES_MOST;
    for (size_t i = 0; i < count; i++)
        list[i] = frame->items[i].label;
    const int widest = names_columns(list, count, box.columns / 2);
    struct names names;
    names_shorten(&names, list, count, widest, screen->theme->glyphs->more);
    if (frame->overlay != OVERLAY_COPY)
        snprintf(legend, sizeof legend,
                 frame->overlay == OVERLAY_DEVICES ? "%s in use  %s recorded" : "%s in use",
                 screen->theme->glyphs->active, screen->theme->glyphs->recorded);
    const struct rectangle inside =
        draw_frame(screen->theme, box, list_title(frame->overlay), legend, true);
    const int first = layout_scroll(frame->cursor, frame->item_count, inside.rows);
    for (int row = 0; row < inside.rows && first + row < frame->item_count; row++) {
        const int index = first + row;
        draw_item(screen, inside, row, index, widest,
                  index < (int)names.count ? names.texts[index] : frame->items[index].label);
    }
    if (first + inside.rows < frame->item_count)
        draw_text(screen->theme, box, box.rows - 1, 2, ROLE_FOCUS, " more ");
}

void overlay_draw(const struct screen *screen)
{
    if (screen->frame->overlay == OVERLAY_HELP)
        draw_help(screen);
    else if (screen->frame->overlay == OVERLAY_PALETTE)
        overlay_palette_draw(screen);
    else if (screen->frame->overlay == OVERLAY_TEXT)
        overlay_text_draw(screen);
    else if (screen->frame->overlay == OVERLAY_SETUP)
        overlay_setup_draw(screen);
    else if (screen->frame->mode == MODE_LIST)
        draw_list(screen);
}
