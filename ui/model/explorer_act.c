/*
 * explorer_act.c - what each key does.
 */
#include "explorer_axes.h"
#include "explorer_copy.h"
#include "explorer_demo.h"
#include "explorer_demos.h"
#include "explorer_export.h"
#include "explorer_history.h"
#include "explorer_knobs.h"
#include "explorer_overlay.h"
#include "explorer_palette.h"
#include "explorer_private.h"
#include "explorer_replay.h"
#include "explorer_rows.h"
#include "explorer_setup.h"
#include "explorer_sweep.h"
#include "explorer_tags.h"
#include "explorer_timeline.h"
#include "glossary.h"
#include "knob_list.h"

#include "../../src/base/cluster.h"

#include <stdarg.h>
#include <string.h>

void explorer_say(struct explorer *explorer, bool bad, const char *format, ...)
{
    const size_t room = sizeof explorer->message;
    char text[2 * sizeof explorer->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cluster_copy(explorer->message, strlen(text) < room ? room : room - strlen("..."), text);
    if (strlen(text) >= room)
        strcat(explorer->message, "...");
    explorer->message_bad = bad;
}

void explorer_alarm(struct explorer *explorer, const struct error *error)
{
    explorer_say(explorer, true, "%s", error->text);
}

/* ---- moving --------------------------------------------------------------------------------- */

/* Rows on a page of the focused list. */
static int page_rows(const struct explorer *explorer)
{
    const struct rectangle *list =
        explorer->focus == FOCUS_KNOBS ? &explorer->layout.knobs : &explorer->layout.variants;
    return list->rows > 3 ? list->rows - 2 : 1;
}

/* Moves the selection by `step` of the rows that pass the filter; stops at the ends. */
static void move_variant(struct explorer *explorer, int step)
{
    int rows = (int)explorer_rows(explorer);
    int direction = step < 0 ? -1 : 1;
    int at = (int)explorer->selected;
    for (int i = at + direction; i >= 0 && i < rows && step != 0; i += direction) {
        if (explorer_shows(explorer, (uint32_t)i)) {
            at = i;
            step -= direction;
        }
    }
    explorer_select(explorer, (uint32_t)at);
}

static int clamp(int value, int count)
{
    return value < 0 || count == 0 ? 0 : value >= count ? count - 1 : value;
}

static void move(struct explorer *explorer, int step)
{
    if (explorer->overlay == OVERLAY_HELP)
        explorer->cursor = clamp(explorer->cursor + step, help_rows() + 3 + glossary_count());
    else if (explorer->overlay == OVERLAY_SETUP)
        explorer->cursor = clamp(explorer->cursor + step, setup_screen_rows());
    else if (explorer->overlay == OVERLAY_PALETTE)
        palette_move(&explorer->palette, step);
    else if (explorer->overlay != OVERLAY_NONE)
        explorer->cursor = clamp(explorer->cursor + step, explorer->item_count);
    else if (explorer->focus == FOCUS_KNOBS)
        explorer->knob = knob_list_move(explorer, step);
    else
        move_variant(explorer, step);
}

static void move_page(struct explorer *explorer, int direction)
{
    int page =
        explorer->overlay != OVERLAY_NONE ? explorer->layout.body.rows - 2 : page_rows(explorer);
    move(explorer, direction * (page > 1 ? page : 1));
}

/* Left and right change the selected knob while the knobs have the focus. */
static void move_sideways(struct explorer *explorer, int direction)
{
    if (explorer->overlay == OVERLAY_SETUP)
        explorer_setup_turn(explorer, direction);
    if (explorer->overlay != OVERLAY_NONE)
        return;
    if (explorer->focus == FOCUS_KNOBS)
        explorer_turn_knob(explorer, direction);
    else
        explorer_say(explorer, false,
                     "%s goes to the knobs; %s and %s change the selected knob from any panel",
                     action_key(ACTION_FOCUS_NEXT), action_key(ACTION_LESS),
                     action_key(ACTION_MORE));
}

static void change_focus(struct explorer *explorer, int step)
{
    const int count = views[explorer->view].focus == FOCUS_VIEW ? FOCUS_COUNT : FOCUS_VIEW;
    explorer->focus = (enum focus)(((int)explorer->focus + step + count) % count);
    /* In full-screen mode, the knobs replace the view while they have the focus. A view that opens
     * with the focus on the knobs stays, because its user changes them while looking at it. */
    explorer->full_knobs = explorer->full && explorer->focus == FOCUS_KNOBS &&
                           views[explorer->view].focus != FOCUS_KNOBS;
    explorer_lay_out(explorer);
}

/* ---- the worker ----------------------------------------------------------------------------- */

/* Pauses the worker or, if the selected row is recorded, the replay. */
static void pause_worker(struct explorer *explorer)
{
    if (explorer_selected(explorer).recorded) {
        explorer_replay_pause(explorer);
        return;
    }
    explorer->request.paused = !explorer->request.paused;
    explorer_post(explorer);
}

static void reset(struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    if (row.recorded || row.kept) {
        explorer_say(explorer, true,
                     row.recorded ? "This is a recording: nothing runs"
                                  : "These samples are kept: nothing runs");
        return;
    }
    explorer->request.resets++;
    explorer_post(explorer);
}

/* Measures the device again, which updates the floors. */
static void measure(struct explorer *explorer)
{
    struct error why;
    if (explorer->source.recorded) {
        explorer_say(explorer, true, "This is a recording: its device cannot be measured here");
    } else if (!explorer->source.worker) {
        explorer_say(explorer, true, "There is no device to measure");
    } else if (!device_can_time(source_device(&explorer->source), &why)) {
        explorer_alarm(explorer, &why);
    } else if (explorer_against_runs(explorer)) {
        explorer->against.measures = true;
    } else {
        explorer->request.measures++;
        explorer_post(explorer);
    }
}

/* ---- dialogs -------------------------------------------------------------------------------- */

static void flip_full(struct explorer *explorer)
{
    explorer->full = !explorer->full;
    explorer->full_knobs = false;
    explorer_lay_out(explorer);
}

/* Esc closes the dialog. If none is open, it ends the first of these that is active: large digits,
 * a demo, full screen, a replay, a sweep, the filter. It never quits. */
static void cancel(struct explorer *explorer)
{
    if (explorer->overlay == OVERLAY_FILTER)
        explorer_set_filter(explorer, "");
    if (explorer->overlay != OVERLAY_NONE)
        explorer->overlay = OVERLAY_NONE;
    else if (explorer->big)
        explorer->big = false;
    else if (explorer_demos_leave(explorer))
        return;
    else if (explorer->full)
        flip_full(explorer);
    else if (!replay_view_end(&explorer->replay)) {
        if (explorer->sweep.running)
            explorer_sweep_toggle(explorer);
        else
            explorer_set_filter(explorer, "");
    }
}

static void enter(struct explorer *explorer)
{
    const enum key_mode mode = explorer_mode(explorer);
    if (mode == MODE_PAGES || explorer->overlay == OVERLAY_FILTER)
        explorer->overlay = OVERLAY_NONE;
    else if (mode == MODE_LIST)
        explorer_choose_item(explorer);
    else if (explorer->overlay == OVERLAY_SETUP)
        setup_screen_enter(&explorer->setup, explorer->cursor);
    else if (explorer->overlay == OVERLAY_VALUE)
        explorer_take_value(explorer);
    else if (mode == MODE_PALETTE)
        explorer_palette_take(explorer);
    else if (explorer->focus == FOCUS_KNOBS)
        explorer_open_value(explorer);
    else if (!explorer_approach(explorer))
        change_focus(explorer, 1); /* the variant is selected already: go to its knobs */
}

/* ---- views ---------------------------------------------------------------------------------- */

void explorer_go_to_view(struct explorer *explorer, enum view_id view)
{
    explorer->view = view;
    explorer->full_knobs = false;
    if (views[view].focus != FOCUS_VARIANTS)
        explorer->focus = views[view].focus;
    else if (explorer->focus == FOCUS_VIEW)
        explorer->focus = FOCUS_VARIANTS;
    explorer_lay_out(explorer);
    explorer_widen(explorer);
}

static void go_to_view(struct explorer *explorer, int view)
{
    explorer_go_to_view(explorer, (enum view_id)view);
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* [ and ] change the selected knob; in a dialog they act like Left and Right. */
static void turn(struct explorer *explorer, int direction)
{
    if (explorer->overlay != OVERLAY_NONE)
        move_sideways(explorer, direction);
    else
        explorer_turn_knob(explorer, direction);
}

static void wish(struct explorer *explorer, int wish)
{
    explorer->wish = (enum wish)wish;
}

/* Opens or closes the help or the set-up. */
static void toggle_overlay(struct explorer *explorer, int overlay)
{
    explorer->overlay = (int)explorer->overlay == overlay ? OVERLAY_NONE : (enum overlay)overlay;
    explorer->cursor = 0;
}

static void open_list(struct explorer *explorer, int overlay)
{
    explorer_open_list(explorer, (enum overlay)overlay);
}

static void flip_frozen(struct explorer *explorer)
{
    explorer->frozen = !explorer->frozen;
}

static void flip_big(struct explorer *explorer)
{
    explorer->big = !explorer->big;
    explorer->demo.big = explorer->big; /* overrides the scenes of a demo */
}

static void open_palette(struct explorer *explorer)
{
    explorer_palette_open(explorer, "");
}

/* The effect of a key: calls `act`, or `turn` with the argument. */
struct effect {
    bool dialogs;    /* also works while a dialog is open */
    unsigned places; /* key_places where it works; 0: all */
    void (*act)(struct explorer *explorer);
    void (*turn)(struct explorer *explorer, int argument);
    int argument;
};

#define FAR (1 << 20) /* rows: to the end of any list */

static const struct effect effects[ACTION_COUNT] = {
#define VIEW(ID, ...) [ACTION_VIEW_##ID] = {.turn = go_to_view, .argument = VIEW_##ID},
#include "views.def"
#undef VIEW
    [ACTION_FOCUS_NEXT] = {.turn = change_focus, .argument = 1},
    [ACTION_FOCUS_PREVIOUS] = {.turn = change_focus, .argument = -1},
    [ACTION_UP] = {.dialogs = true, .turn = move, .argument = -1},
    [ACTION_DOWN] = {.dialogs = true, .turn = move, .argument = 1},
    [ACTION_LEFT] = {.dialogs = true, .turn = move_sideways, .argument = -1},
    [ACTION_RIGHT] = {.dialogs = true, .turn = move_sideways, .argument = 1},
    [ACTION_PAGE_UP] = {.dialogs = true, .turn = move_page, .argument = -1},
    [ACTION_PAGE_DOWN] = {.dialogs = true, .turn = move_page, .argument = 1},
    [ACTION_FIRST] = {.dialogs = true, .turn = move, .argument = -FAR},
    [ACTION_LAST] = {.dialogs = true, .turn = move, .argument = FAR},
    [ACTION_LESS] = {.dialogs = true, .turn = turn, .argument = -1},
    [ACTION_MORE] = {.dialogs = true, .turn = turn, .argument = 1},
    [ACTION_ENTER] = {.dialogs = true, .act = enter},
    [ACTION_TAG] = {.act = explorer_toggle_tag},
    [ACTION_CLONE] = {.act = explorer_clone},
    [ACTION_UNDO] = {.act = explorer_undo},
    [ACTION_PRESETS] = {.turn = open_list, .argument = OVERLAY_PRESETS},
    [ACTION_DEVICES] = {.turn = open_list, .argument = OVERLAY_DEVICES},
    [ACTION_METRIC] = {.places = PLACE_HISTOGRAM | PLACE_SWEPT, .act = explorer_next_metric},
    [ACTION_ZOOM_IN] = {.places = PLACE_HISTOGRAM, .turn = explorer_zoom, .argument = 1},
    [ACTION_ZOOM_OUT] = {.places = PLACE_HISTOGRAM, .turn = explorer_zoom, .argument = -1},
    [ACTION_FIT] = {.places = PLACE_HISTOGRAM, .act = explorer_fit},
    [ACTION_AXIS_TIME] = {.places = PLACE_HISTOGRAM, .act = explorer_turn_time_axis},
    [ACTION_AXIS_COUNT] = {.places = PLACE_HISTOGRAM, .act = explorer_turn_count_axis},
    [ACTION_PAUSE] = {.act = pause_worker},
    [ACTION_SLOWER] = {.turn = explorer_replay_pace, .argument = -1},
    [ACTION_FASTER] = {.turn = explorer_replay_pace, .argument = 1},
    [ACTION_FREEZE] = {.act = flip_frozen},
    [ACTION_BIG] = {.act = flip_big},
    [ACTION_RESET] = {.act = reset},
    [ACTION_MEASURE] = {.act = measure},
    [ACTION_EXPORT] = {.act = explorer_export},
    [ACTION_PALETTE] = {.act = open_palette},
    [ACTION_FULL] = {.act = flip_full},
    [ACTION_COPY] = {.act = explorer_copy_open},
    [ACTION_FILTER] = {.act = explorer_open_filter},
    [ACTION_SCENE_NEXT] = {.turn = explorer_demo_step, .argument = 1},
    [ACTION_SCENE_BEFORE] = {.turn = explorer_demo_step, .argument = -1},
    [ACTION_SETUP] = {.dialogs = true, .turn = toggle_overlay, .argument = OVERLAY_SETUP},
    [ACTION_SAVE] = {.dialogs = true, .act = explorer_setup_save},
    [ACTION_HELP] = {.dialogs = true, .turn = toggle_overlay, .argument = OVERLAY_HELP},
    [ACTION_CANCEL] = {.dialogs = true, .act = cancel},
    [ACTION_REDRAW] = {.dialogs = true, .turn = wish, .argument = WISH_REDRAW},
    [ACTION_SUSPEND] = {.dialogs = true, .turn = wish, .argument = WISH_SUSPEND},
    [ACTION_QUIT] = {.dialogs = true, .turn = wish, .argument = WISH_QUIT},
    [ACTION_QUIT_KEEP] = {.dialogs = true, .turn = wish, .argument = WISH_QUIT_KEEP},
};

static void say_elsewhere(struct explorer *explorer, enum action action)
{
    explorer_say(explorer, false, "%s changes nothing in %s: use it in %s", action_key(action),
                 views[explorer->view].name,
                 action == ACTION_METRIC ? "Live, Compare and Sweep"
                 : action == ACTION_AXIS_TIME || action == ACTION_AXIS_COUNT
                     ? "Live and Compare"
                     : "Live, Compare and Timeline");
}

/* If no dialog is open, the view handles the key first, unless the key opens another view. */
void explorer_do(struct explorer *explorer, enum action action)
{
    const struct effect *effect = &effects[action];
    const bool panels = explorer->overlay == OVERLAY_NONE;
    const struct view *view = &views[explorer->view];
    if (panels && view->act && view_of_action(action) == VIEW_COUNT && view->act(explorer, action))
        return;
    if (!effect->dialogs && !panels)
        return;
    if (effect->places && !(explorer_panels_place(explorer) & effect->places))
        say_elsewhere(explorer, action);
    else if (effect->act)
        effect->act(explorer);
    else if (effect->turn)
        effect->turn(explorer, effect->argument);
}

void explorer_press(struct explorer *explorer, int press)
{
    enum key_mode mode = explorer_mode(explorer);
    explorer->message[0] = '\0';
    explorer->losses.before[0] = '\0';
    if (explorer_demo_touch(explorer, key_action(press)))
        return;
    const bool types =
        (press >= ' ' && press <= '~') || press == PRESS_BACKSPACE || press == PRESS_CTRL('U');
    if (types && (mode == MODE_TEXT || mode == MODE_PALETTE))
        explorer_type(explorer, press);
    else if (explorer->overlay != OVERLAY_SETUP || !explorer_press_setup(explorer, press))
        explorer_do(explorer, key_action(press));
    explorer_replay_follow(explorer);
    explorer_follow_timeline(explorer);
    explorer_history_follow(explorer);
}
