/*
 * overlay.c - what lies on top of the panels: the help, drawn from the table of keys, and lists of
 * presets, devices and recordings.
 */
#include "screen.h"

#include <stdio.h>
#include <string.h>

static void draw_help(const struct screen *screen)
{
    const struct theme *theme = screen->theme;
    const int key_columns = 16;
    int rows[HELP_MOST];
    const int count = help_list(screen->frame->panels_place, rows);
    struct rectangle box = screen->frame->box;
    struct rectangle inside = draw_frame(theme, box, "Keys", "", true);
    int first = screen->frame->cursor;
    if (first > count - inside.rows)
        first = count > inside.rows ? count - inside.rows : 0;
    for (int row = 0; row < inside.rows && first + row < count; row++) {
        char name[48];
        if (rows[first + row] < 0) {
            draw_text(theme, inside, row, 0, ROLE_STRONG,
                      rows[first + row] == HELP_HERE ? "Here" : "Elsewhere, or less often");
            continue;
        }
        const char *help = help_row(rows[first + row], name, sizeof name);
        draw_field(theme, inside, row, 2, key_columns - 3, ROLE_KEY, name);
        draw_field(theme, inside, row, key_columns, inside.columns - key_columns, ROLE_TEXT, help);
    }
    if (first + inside.rows < count)
        draw_text(theme, box, box.rows - 1, box.columns - 10, ROLE_FOCUS, " more ");
}

static void draw_list(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const char *title = frame->overlay == OVERLAY_PRESETS ? "Presets and demos"
                        : frame->overlay == OVERLAY_COPY  ? "Copy"
                                                          : "Devices and recordings";
    struct rectangle box = frame->box;
    const char *list[NAMES_MOST];
    const size_t count =
        frame->item_count < (int)NAMES_MOST ? (size_t)frame->item_count : NAMES_MOST;
    for (size_t i = 0; i < count; i++)
        list[i] = frame->items[i].name;
    const int widest = names_columns(list, count, box.columns / 2);
    struct names names;
    names_shorten(&names, list, count, widest, theme->glyphs->more);
    struct rectangle inside = draw_frame(theme, box, title, "", true);
    int first = layout_scroll(frame->cursor, frame->item_count, inside.rows);
    for (int row = 0; row < inside.rows && first + row < frame->item_count; row++) {
        const struct item *item = &frame->items[first + row];
        bool chosen = first + row == frame->cursor;
        draw_text(theme, inside, row, 0, ROLE_FOCUS, chosen ? theme->glyphs->cursor : " ");
        draw_field(theme, inside, row, 2, widest, ROLE_STRONG,
                   first + row < (int)names.count ? names.texts[first + row] : item->name);
        int column = 2 + widest + 2;
        if (item->in_use)
            column = draw_text(theme, inside, row, column, ROLE_DIM, "in use: ");
        draw_field(theme, inside, row, column, inside.columns - column,
                   item->broken ? ROLE_BAD : ROLE_TEXT, item->title);
        if (chosen)
            draw_over(theme, inside, row, ROLE_CURSOR);
    }
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
