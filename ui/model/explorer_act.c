/*
 * explorer_act.c - what each key does.
 */
#include "explorer_private.h"

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

/* Rows of a page of the list that has the focus. */
static int page_rows(const struct explorer *explorer)
{
    const struct rectangle *list =
        explorer->focus == FOCUS_KNOBS ? &explorer->layout.knobs : &explorer->layout.variants;
    return list->rows > 3 ? list->rows - 2 : 1;
}

/* Moves by `step` rows among those that pass the filter; stops at the ends. */
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
        explorer->cursor = clamp(explorer->cursor + step, help_rows());
    else if (explorer->overlay == OVERLAY_SETUP)
        explorer->cursor = clamp(explorer->cursor + step, explorer_setup_rows());
    else if (explorer->overlay != OVERLAY_NONE)
        explorer->cursor = clamp(explorer->cursor + step, explorer->item_count);
    else if (explorer->focus == FOCUS_KNOBS)
        explorer->knob = (enum knob_id)clamp((int)explorer->knob + step, KNOB_COUNT);
    else
        move_variant(explorer, step);
}

static void move_page(struct explorer *explorer, int direction)
{
    int page =
        explorer->overlay != OVERLAY_NONE ? explorer->layout.body.rows - 2 : page_rows(explorer);
    move(explorer, direction * (page > 1 ? page : 1));
}

/* Left and right turn the selected knob while the knobs have the focus. */
static void move_sideways(struct explorer *explorer, int direction)
{
    if (explorer->overlay == OVERLAY_SETUP)
        explorer_setup_turn(explorer, direction);
    if (explorer->overlay != OVERLAY_NONE)
        return;
    if (explorer->focus == FOCUS_KNOBS)
        explorer_turn_knob(explorer, direction);
    else
        explorer_say(
            explorer, false, "%s goes to the knobs; %s and %s turn the selected one from anywhere",
            action_key(ACTION_FOCUS_NEXT), action_key(ACTION_LESS), action_key(ACTION_MORE));
}

static void change_focus(struct explorer *explorer, int step)
{
    const int count = explorer->view == VIEW_TIMELINE ? FOCUS_COUNT : FOCUS_VIEW;
    explorer->focus = (enum focus)(((int)explorer->focus + step + count) % count);
    explorer_lay_out(explorer);
}

/* ---- the histogram -------------------------------------------------------------------------- */

static void next_metric(struct explorer *explorer)
{
    static const enum metric next[METRIC_COUNT] = {
        [METRIC_STEP] = METRIC_BUSY,
        [METRIC_BUSY] = METRIC_GAP,
        [METRIC_GAP] = METRIC_ITERATION,
        [METRIC_ITERATION] = METRIC_STEP,
    };
    explorer->metric = next[explorer->metric];
    explorer_widen(explorer);
}

/* Whose samples the axis goes by first. */
static struct row shown_row(const struct explorer *explorer)
{
    const int reference = explorer_reference(explorer);
    return explorer->view == VIEW_COMPARE && reference >= 0
               ? explorer_tagged(explorer, (uint32_t)reference)
               : explorer_selected(explorer);
}

static void zoom(struct explorer *explorer, double factor)
{
    struct row row = shown_row(explorer);
    if (row.run && row.run->histograms[explorer->metric].count > 0)
        axis_zoom(explorer_axis(explorer), factor,
                  (double)histogram_percentile(&row.run->histograms[explorer->metric], 0.5));
}

static void fit(struct explorer *explorer)
{
    struct row row = shown_row(explorer);
    if (!row.run || !axis_fit(explorer_axis(explorer), &row.run->histograms[explorer->metric]))
        explorer_say(explorer, false, "There are no samples yet to fit the axis to");
    explorer_widen(explorer); /* to all that is compared */
}

static void change_time_axis(struct explorer *explorer)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        explorer->axes[i] = explorer->shared[i] =
            (struct axis){.linear = !explorer->axes[i].linear};
    explorer_widen(explorer);
}

/* ---- the worker ----------------------------------------------------------------------------- */

/* Of a recording, it is the replay that is paused. */
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

/* Measures the device again, for new floors. */
static void measure(struct explorer *explorer)
{
    struct error why;
    if (explorer->source.recorded) {
        explorer_say(explorer, true,
                     "This is a recording: the device that it was made on is not here to measure");
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

/* ---- overlays ------------------------------------------------------------------------------- */

/* Esc: the top overlay, else the large digits, else a replay, else the filter. It never quits. */
static void cancel(struct explorer *explorer)
{
    if (explorer->overlay == OVERLAY_NONE && explorer->big) {
        explorer->big = false;
        return;
    }
    if (explorer->overlay == OVERLAY_NONE && explorer_replay_end(explorer))
        return;
    if (explorer->overlay == OVERLAY_NONE && explorer->sweep.running) {
        explorer_sweep_toggle(explorer);
        return;
    }
    if (explorer->overlay == OVERLAY_FILTER || explorer->overlay == OVERLAY_NONE)
        explorer_set_filter(explorer, "");
    explorer->overlay = OVERLAY_NONE;
}

static void enter(struct explorer *explorer)
{
    switch (explorer->overlay) {
    case OVERLAY_HELP:
    case OVERLAY_FILTER:
        explorer->overlay = OVERLAY_NONE;
        return;
    case OVERLAY_PRESETS:
    case OVERLAY_DEVICES:
        explorer_choose_item(explorer);
        return;
    case OVERLAY_SETUP:
        explorer_setup_enter(explorer);
        return;
    case OVERLAY_VALUE:
        explorer_take_value(explorer);
        return;
    case OVERLAY_NONE:
        break;
    }
    if (explorer->view == VIEW_SWEEP)
        explorer_sweep_toggle(explorer);
    else if (explorer->focus == FOCUS_KNOBS)
        explorer_open_value(explorer);
    else if (!explorer_approach(explorer))
        change_focus(explorer, 1); /* the variant is selected already: on to its knobs */
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void act(struct explorer *explorer, enum action action)
{
    switch (action) {
    case ACTION_UP:
        move(explorer, -1);
        break;
    case ACTION_DOWN:
        move(explorer, 1);
        break;
    case ACTION_PAGE_UP:
        move_page(explorer, -1);
        break;
    case ACTION_PAGE_DOWN:
        move_page(explorer, 1);
        break;
    case ACTION_FIRST:
        move(explorer, -(1 << 20));
        break;
    case ACTION_LAST:
        move(explorer, 1 << 20);
        break;
    case ACTION_LEFT:
        move_sideways(explorer, -1);
        break;
    case ACTION_RIGHT:
        move_sideways(explorer, 1);
        break;
    case ACTION_ENTER:
        enter(explorer);
        break;
    case ACTION_CANCEL:
        cancel(explorer);
        break;
    case ACTION_REDRAW:
        explorer->wish = WISH_REDRAW;
        break;
    case ACTION_SUSPEND:
        explorer->wish = WISH_SUSPEND;
        break;
    case ACTION_QUIT:
        explorer->wish = WISH_QUIT;
        break;
    case ACTION_QUIT_KEEP:
        explorer->wish = WISH_QUIT_KEEP;
        break;
    case ACTION_LESS:
        move_sideways(explorer, -1);
        break;
    case ACTION_MORE:
        move_sideways(explorer, 1);
        break;
    case ACTION_SETUP:
        explorer->overlay = explorer->overlay == OVERLAY_SETUP ? OVERLAY_NONE : OVERLAY_SETUP;
        explorer->cursor = 0;
        break;
    case ACTION_SAVE:
        if (explorer->overlay == OVERLAY_SETUP)
            explorer_setup_save(explorer);
        break;
    case ACTION_HELP:
        explorer->overlay = explorer->overlay == OVERLAY_HELP ? OVERLAY_NONE : OVERLAY_HELP;
        explorer->cursor = 0;
        break;
    default:
        break;
    }
}

void explorer_go_to_view(struct explorer *explorer, enum view_id view)
{
    explorer->view = view;
    if (view == VIEW_TIMELINE)
        explorer->focus = FOCUS_VIEW;
    else if (view == VIEW_SWEEP)
        explorer->focus = FOCUS_KNOBS; /* the arrows choose what is swept */
    else if (explorer->focus == FOCUS_VIEW)
        explorer->focus = FOCUS_VARIANTS;
    explorer_lay_out(explorer);
    explorer_widen(explorer);
}

/* Actions of the panels: they wait until what lies on top is closed. */
static void act_on_panels(struct explorer *explorer, enum action action)
{
    const enum view_id view = view_of_action(action);
    if (view != VIEW_COUNT) {
        explorer_go_to_view(explorer, view);
        return;
    }
    if (explorer->view == VIEW_TIMELINE && explorer_act_timeline(explorer, action))
        return;
    switch (action) {
    case ACTION_FOCUS_NEXT:
        change_focus(explorer, 1);
        break;
    case ACTION_FOCUS_PREVIOUS:
        change_focus(explorer, -1);
        break;
    case ACTION_LESS:
        explorer_turn_knob(explorer, -1);
        break;
    case ACTION_MORE:
        explorer_turn_knob(explorer, 1);
        break;
    case ACTION_UNDO:
        explorer_undo(explorer);
        break;
    case ACTION_PRESETS:
        explorer_open_list(explorer, OVERLAY_PRESETS);
        break;
    case ACTION_DEVICES:
        explorer_open_list(explorer, OVERLAY_DEVICES);
        break;
    case ACTION_METRIC:
        next_metric(explorer);
        break;
    case ACTION_ZOOM_IN:
        zoom(explorer, 1.5);
        break;
    case ACTION_ZOOM_OUT:
        zoom(explorer, 1 / 1.5);
        break;
    case ACTION_FIT:
        fit(explorer);
        break;
    case ACTION_AXIS_TIME:
        change_time_axis(explorer);
        break;
    case ACTION_AXIS_COUNT:
        explorer->log_counts = !explorer->log_counts;
        break;
    case ACTION_PAUSE:
        pause_worker(explorer);
        break;
    case ACTION_SLOWER:
        explorer_replay_pace(explorer, -1);
        break;
    case ACTION_FASTER:
        explorer_replay_pace(explorer, 1);
        break;
    case ACTION_FREEZE:
        explorer->frozen = !explorer->frozen;
        break;
    case ACTION_BIG:
        explorer->big = !explorer->big;
        break;
    case ACTION_RESET:
        reset(explorer);
        break;
    case ACTION_MEASURE:
        measure(explorer);
        break;
    case ACTION_EXPORT:
        explorer_export(explorer);
        break;
    case ACTION_TAG:
        explorer_toggle_tag(explorer);
        break;
    case ACTION_CLONE:
        explorer_clone(explorer);
        break;
    case ACTION_FILTER:
        explorer_open_filter(explorer);
        break;
    case ACTION_SCENE_NEXT:
        explorer_demo_step(explorer, 1);
        break;
    case ACTION_SCENE_BEFORE:
        explorer_demo_step(explorer, -1);
        break;
    default:
        act(explorer, action);
        break;
    }
}

void explorer_do(struct explorer *explorer, enum action action)
{
    enum key_mode mode = explorer_mode(explorer);
    if (mode & (MODE_MAIN | MODE_RECORDED | MODE_TIMELINE))
        act_on_panels(explorer, action);
    else
        act(explorer, action);
}

void explorer_press(struct explorer *explorer, int press)
{
    enum key_mode mode = explorer_mode(explorer);
    explorer->message[0] = '\0';
    explorer->lost_before[0] = '\0';
    explorer->demo.held = true; /* who touches the program is not interrupted by the next scene */
    bool types = press >= ' ' && press <= '~';
    if (mode == MODE_TEXT && (types || press == PRESS_BACKSPACE || press == PRESS_CTRL('U')))
        explorer_edit_line(explorer, press);
    else if (mode == MODE_CAPTURE && press != PRESS_CTRL('C'))
        explorer_setup_capture(explorer, press);
    else if (mode == MODE_SETUP && press == PRESS_BACKSPACE)
        explorer_setup_restore(explorer);
    else
        explorer_do(explorer, key_action(press));
    explorer_replay_follow(explorer);
    explorer_follow_timeline(explorer);
}
