/*
 * explorer_point.c - the mouse: clicks on rows, knobs, tabs and the keys in the footer, and the
 * wheel. Every mouse action also has a key.
 */
#include "explorer_history.h"
#include "explorer_knobs.h"
#include "explorer_overlay.h"
#include "explorer_palette.h"
#include "explorer_private.h"
#include "explorer_replay.h"
#include "explorer_rows.h"
#include "explorer_timeline.h"
#include "knob_list.h"
#include "tabs.h"

#include <string.h>

/* Modes in which a dialog with rows is open. */
#define ROW_MODES (MODE_LIST | MODE_PAGES | MODE_SETUP | MODE_PALETTE)

/* Modes in which only a click in the footer has an effect. */
#define KEY_MODES (MODE_TEXT | MODE_CAPTURE)

/* ASCII arrows to measure the footer with: every arrow takes one column. */
static const char *const arrows[] = {"^", "v", "<", ">"};

static bool is_in(const struct rectangle *area, const struct pointer *at)
{
    return at->row >= area->row && at->row < area->row + area->rows && at->column >= area->column &&
           at->column < area->column + area->columns;
}

/* Returns the row under the pointer, inside a frame; -1: none. *rows: the rows inside the frame. */
static int row_inside(const struct rectangle *frame, const struct pointer *at, int *rows)
{
    const int row = at->row - frame->row - 1;
    *rows = frame->rows - 2;
    return is_in(frame, at) && row >= 0 && row < *rows ? row : -1;
}

/* ---- the footer ----------------------------------------------------------------------------- */

/* Returns the key whose name or word is under the pointer; 0: none. A word that two keys share
 * belongs to the first of them. */
static int footer_press(const struct explorer *explorer, int column)
{
    const struct key *keys[ACTION_COUNT];
    const unsigned place = explorer_place(explorer);
    size_t count =
        keys_in_footer(place, explorer->layout.footer.columns - 1, arrows, keys, ACTION_COUNT);
    int at = 1;
    for (size_t i = 0; i < count; i++) {
        char names[32], first[16];
        key_footer(keys[i], arrows, names, sizeof names);
        press_name(key_presses(keys[i])[0], arrows, first, sizeof first);
        const int end = at + (int)strlen(names);
        if (column >= at && column < end + 1 + (int)strlen(key_word(keys[i], place))) {
            bool second = keys[i]->joined && column >= at + (int)strlen(first) && column < end;
            return key_presses(second ? keys[i] + 1 : keys[i])[0];
        }
        at = end + 1 + (int)strlen(key_word(keys[i], place)) + 2;
    }
    return 0;
}

/* ---- the header ------------------------------------------------------------------------------ */

/* A click on a tab opens its view. */
static void click_header(struct explorer *explorer, const struct pointer *at)
{
    struct tab tabs[VIEW_COUNT];
    const int count =
        tabs_place(explorer->view, (int)strlen(TABS_BADGE), explorer->layout.header.columns, tabs);
    for (int i = 0; i < count; i++)
        if (at->column >= tabs[i].column && at->column < tabs[i].column + tabs[i].columns)
            explorer_do(explorer, views[i].action);
}

/* ---- lists ---------------------------------------------------------------------------------- */

static void focus_on(struct explorer *explorer, enum focus focus)
{
    if (explorer->focus == focus)
        return;
    explorer->focus = focus;
    explorer_lay_out(explorer);
}

/* Returns the variant in that row of the scrolled panel; -1: none. */
static int variant_at(const struct explorer *explorer, int row, int rows)
{
    struct line lines[EXPLORER_LINES];
    const int count = explorer_lines(explorer, lines, EXPLORER_LINES);
    row += layout_scroll(explorer_cursor_line(explorer, lines, count), count, rows);
    return row < count && !lines[row].title ? (int)lines[row].row : -1;
}

/* A click on a variant selects it. A click on the selected variant goes to its nearest recorded
 * point, like Enter. */
static void click_variants(struct explorer *explorer, const struct pointer *at)
{
    int rows, row = row_inside(&explorer->layout.variants, at, &rows);
    int variant = row < 0 ? -1 : variant_at(explorer, row, rows);
    bool again = explorer->focus == FOCUS_VARIANTS && variant == (int)explorer->selected;
    focus_on(explorer, FOCUS_VARIANTS);
    if (again)
        explorer_approach(explorer);
    else if (variant >= 0)
        explorer_select(explorer, (uint32_t)variant);
}

/* A click on a knob selects it. A click on the selected knob edits its value, like Enter. */
static void click_knobs(struct explorer *explorer, const struct pointer *at)
{
    int rows, row = row_inside(&explorer->layout.knobs, at, &rows);
    struct knob_list list;
    knob_list_take(explorer, &list);
    const int index = row + layout_scroll(list.cursor, list.count, rows);
    const bool again = explorer->focus == FOCUS_KNOBS && row >= 0 && index == list.cursor;
    focus_on(explorer, FOCUS_KNOBS);
    if (again)
        explorer_open_value(explorer);
    else if (row >= 0 && index < list.count && list.ids[index] != KNOB_LIST_FOLD)
        explorer->knob = list.ids[index];
    else if (row >= 0 && index < list.count && list.ids[list.count - 1] == KNOB_LIST_FOLD)
        explorer->knob =
            knob_list_move(explorer, list.count - 1 - list.cursor); /* unfolds the other knobs */
}

/* A click on an entry of the history selects it. A click on the selected entry returns to it, like
 * Enter. */
static void click_history(struct explorer *explorer, const struct pointer *at)
{
    const struct history *history = &explorer->history;
    int rows, row = row_inside(&explorer->layout.plot, at, &rows);
    const int count = (int)history->count;
    const int first = layout_scroll(count - 1 - (int)history->cursor, count, rows / 2);
    const int entry = row < 0 ? -1 : count - 1 - first - row / 2;
    const bool again = explorer->focus == FOCUS_VIEW && entry == (int)history->cursor;
    focus_on(explorer, FOCUS_VIEW);
    if (entry >= 0 && again)
        explorer_do(explorer, ACTION_ENTER);
    else if (entry >= 0)
        explorer_history_point(explorer, (uint32_t)entry);
}

/* ---- dialogs -------------------------------------------------------------------------------- */

/* A click on a row of a list moves the cursor there; if the cursor is there already, it acts like
 * Enter. A click outside closes the list. */
static void click_overlay(struct explorer *explorer, const struct pointer *at)
{
    struct rectangle box = explorer_overlay_box(explorer);
    int rows, row = row_inside(&box, at, &rows);
    if (explorer->overlay == OVERLAY_PALETTE && is_in(&box, at)) {
        explorer_palette_click(explorer, row);
        return;
    }
    int count = explorer->overlay == OVERLAY_SETUP ? setup_screen_rows() : explorer->item_count;
    int item = row + layout_scroll(explorer->cursor, count, rows);
    if (!is_in(&box, at))
        explorer_do(explorer, ACTION_CANCEL);
    else if (explorer_mode(explorer) == MODE_PAGES || row < 0 || item >= count)
        return;
    else if (item == explorer->cursor)
        explorer_do(explorer, ACTION_ENTER);
    else
        explorer->cursor = item;
}

/* ---- all ------------------------------------------------------------------------------------ */

static void click(struct explorer *explorer, const struct pointer *at)
{
    const struct layout *layout = &explorer->layout;
    const enum key_mode mode = explorer_mode(explorer);
    int press = is_in(&layout->footer, at) ? footer_press(explorer, at->column) : 0;
    if (press != 0)
        explorer_press(explorer, press);
    else if (mode & ROW_MODES)
        click_overlay(explorer, at);
    else if (is_in(&layout->header, at) && !(mode & KEY_MODES))
        click_header(explorer, at);
    else if ((mode & KEY_MODES) || explorer->big)
        return;
    else if (is_in(&layout->variants, at))
        click_variants(explorer, at);
    else if (is_in(&layout->knobs, at))
        click_knobs(explorer, at);
    else if (explorer->view == VIEW_TIMELINE && is_in(&layout->plot, at))
        explorer_point_timeline(explorer, at);
    else if (explorer->view == VIEW_HISTORY && is_in(&layout->plot, at))
        click_history(explorer, at);
}

/* Depending on where the pointer is, the wheel scrolls, zooms, or changes the selected knob. */
static void wheel(struct explorer *explorer, const struct pointer *at)
{
    const struct layout *layout = &explorer->layout;
    const enum key_mode mode = explorer_mode(explorer);
    const bool up = at->kind == POINTER_WHEEL_UP;
    const enum action move = up ? ACTION_UP : ACTION_DOWN;
    const bool sideways = at->kind == POINTER_WHEEL_LEFT || at->kind == POINTER_WHEEL_RIGHT;
    const bool on_lanes = explorer->view == VIEW_TIMELINE && is_in(&layout->plot, at);
    if (sideways && (!on_lanes || explorer->overlay != OVERLAY_NONE || explorer->big))
        return;
    if (mode & KEY_MODES)
        return;
    if (mode & ROW_MODES) {
        explorer_do(explorer, move);
    } else if (is_in(&layout->detail, at)) {
        explorer_do(explorer, up ? ACTION_MORE : ACTION_LESS);
    } else if (explorer->big) {
        return;
    } else if (is_in(&layout->variants, at)) {
        focus_on(explorer, FOCUS_VARIANTS);
        explorer_do(explorer, move);
    } else if (is_in(&layout->knobs, at)) {
        focus_on(explorer, FOCUS_KNOBS);
        explorer_do(explorer, move);
    } else if (on_lanes) {
        explorer_point_timeline(explorer, at);
    } else if (explorer->view == VIEW_HISTORY && is_in(&layout->plot, at)) {
        focus_on(explorer, FOCUS_VIEW);
        explorer_do(explorer, move);
    } else if (is_in(&layout->histogram, at)) {
        explorer_do(explorer, up ? ACTION_ZOOM_IN : ACTION_ZOOM_OUT);
    }
}

void explorer_point(struct explorer *explorer, const struct pointer *pointer)
{
    explorer->message[0] = '\0';
    explorer->losses.before[0] = '\0';
    explorer->demo.held = true;
    if (pointer->kind == POINTER_CLICK)
        click(explorer, pointer);
    else
        wheel(explorer, pointer);
    explorer_replay_follow(explorer);
    explorer_follow_timeline(explorer);
    explorer_history_follow(explorer);
}
