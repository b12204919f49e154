/*
 * explorer_timeline.c - view 3: which iteration it shows, which part of it, and what its keys do.
 */
#include "explorer_timeline.h"
#include "explorer_private.h"
#include "explorer_rows.h"

#include "../../kernels/clock.h"
#include "../../src/engine/prefill.h"

#include <string.h>

#define MANY_EVENTS  20000u               /* a timeline that takes its time to build */
#define REBUILD_NS   UINT64_C(1000000000) /* between two of those, while samples come in */
#define LEAST_SEEN   20.0                 /* ns that a screen shows, at least */
#define NAME_COLUMNS 18

const struct trace *explorer_trace(const struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    if (!row.run)
        return NULL;
    const struct trace *trace = explorer->timeline.slowest ? &row.run->slowest : &row.run->typical;
    return trace->iteration_ns > 0 ? trace : NULL;
}

int explorer_lane_names(const struct explorer *explorer)
{
    return explorer->layout.plot.columns >= 60 ? NAME_COLUMNS : 10;
}

int explorer_lane_columns(const struct explorer *explorer)
{
    const int columns = explorer->layout.plot.columns - 4 - explorer_lane_names(explorer);
    return columns < 1 ? 1 : columns > (int)LANES_COLUMNS ? (int)LANES_COLUMNS : columns;
}

int explorer_lane_rows(const struct explorer *explorer)
{
    const int rows = explorer->layout.plot.rows - 2 - 4; /* frame; axis, its texts, what is there */
    return rows < 1 ? 1 : rows;
}

/* ---- which iteration ------------------------------------------------------------------------ */

static uint64_t mix(uint64_t print, uint64_t value)
{
    return (print ^ value) * UINT64_C(0x100000001b3);
}

/* Differs where what is to be seen does. */
static uint64_t print_of_trace(const struct trace *trace)
{
    uint64_t print = mix(UINT64_C(0xcbf29ce484222325), trace->iteration_ns);
    const size_t stamps = (size_t)trace->steps * trace->programs;
    print = mix(mix(print, stamps), trace->span_count);
    if (stamps > 0)
        print = mix(mix(print, trace->stamps[0].end_ns), trace->stamps[stamps - 1].end_ns);
    if (trace->span_count > 0)
        print = mix(print, trace->spans[trace->span_count - 1].end_ns);
    return print;
}

static uint64_t print_of_run(const struct explorer *explorer, const struct run *run)
{
    uint64_t print = mix(mix(explorer->selected, run->epoch), explorer->timeline.slowest);
    for (const char *at = run->variant; *at; at++)
        print = mix(print, (unsigned char)*at);
    return print;
}

static void clear(struct timeline_look *look)
{
    timeline_close(&look->timeline);
    look->row_count = 0;
    look->trace_print = 0;
}

static void show_all(struct timeline_look *look)
{
    look->from_ns = 0;
    look->to_ns = (double)look->timeline.iteration_ns;
    look->fitted = true;
}

/* Keeps what is seen within the iteration, and the cursor and its row within what there is. */
static void settle(struct timeline_look *look)
{
    const double all = (double)look->timeline.iteration_ns;
    double seen = look->to_ns - look->from_ns;
    if (look->fitted || seen >= all || seen <= 0) {
        show_all(look);
        seen = all;
    }
    if (look->from_ns > all - seen)
        look->from_ns = all - seen;
    if (look->from_ns < 0)
        look->from_ns = 0;
    look->to_ns = look->from_ns + seen;
    if (look->cursor_ns > all)
        look->cursor_ns = all;
    if (look->cursor_ns < 0)
        look->cursor_ns = 0;
    look->row = look->row >= look->row_count ? look->row_count - 1 : look->row;
    if (look->row < 0)
        look->row = 0;
}

void explorer_follow_timeline(struct explorer *explorer)
{
    struct timeline_look *look = &explorer->timeline;
    if (explorer->view != VIEW_TIMELINE)
        return;
    const struct trace *trace = explorer_trace(explorer);
    if (!trace) {
        clear(look);
        return;
    }
    const struct run *run = explorer_selected(explorer).run;
    const uint64_t run_print = print_of_run(explorer, run);
    const uint64_t trace_print = print_of_trace(trace);
    const bool same_run = run_print == look->run_print && look->trace_print != 0;
    if (same_run && trace_print == look->trace_print)
        return;
    if (same_run && look->timeline.event_count > MANY_EVENTS &&
        clock_now() - look->built_ns < REBUILD_NS)
        return;
    clear(look);
    /* Labels live as long as this, whatever becomes of the snapshot that the run is in. */
    look->of = (struct run){.known = run->known, .facts = run->facts};
    memcpy(look->of.variant, run->variant, sizeof look->of.variant);
    look->cap = prefill_cap(run);
    if (!timeline_build(&look->timeline, &look->of, trace, NULL)) {
        explorer_say(explorer, true, "There is no memory for this timeline");
        return;
    }
    look->row_count = lanes_rows(&look->timeline, look->cap, look->rows);
    look->run_print = run_print;
    look->trace_print = trace_print;
    look->built_ns = clock_now();
    if (!same_run)
        look->fitted = true;
    settle(look);
}

void explorer_close_timeline(struct explorer *explorer)
{
    clear(&explorer->timeline);
}

/* ---- which part of it ----------------------------------------------------------------------- */

static double column_ns(const struct explorer *explorer)
{
    const struct timeline_look *look = &explorer->timeline;
    return (look->to_ns - look->from_ns) / explorer_lane_columns(explorer);
}

static void zoom(struct explorer *explorer, double factor)
{
    struct timeline_look *look = &explorer->timeline;
    double seen = (look->to_ns - look->from_ns) / factor;
    const double place = (look->cursor_ns - look->from_ns) / (look->to_ns - look->from_ns);
    if (seen < LEAST_SEEN)
        seen = LEAST_SEEN;
    look->from_ns = look->cursor_ns - place * seen;
    look->to_ns = look->from_ns + seen;
    look->fitted = false;
    settle(look);
}

static void pan(struct explorer *explorer, double by_ns)
{
    struct timeline_look *look = &explorer->timeline;
    const double before = look->from_ns;
    look->from_ns += by_ns;
    look->to_ns += by_ns;
    settle(look);
    look->cursor_ns += look->from_ns - before; /* it stays where it is on the screen */
    settle(look);
}

/* To another column; what is seen follows. */
static void move_cursor(struct explorer *explorer, int columns)
{
    struct timeline_look *look = &explorer->timeline;
    const double width = column_ns(explorer);
    look->cursor_ns += columns * width;
    settle(look);
    double past = 0; /* how far beyond what is seen */
    if (look->cursor_ns < look->from_ns)
        past = look->cursor_ns - look->from_ns;
    else if (look->cursor_ns > look->to_ns)
        past = look->cursor_ns - look->to_ns;
    look->from_ns += past;
    look->to_ns += past;
    settle(look);
}

static void move_to(struct explorer *explorer, double ns)
{
    struct timeline_look *look = &explorer->timeline;
    const double seen = look->to_ns - look->from_ns;
    look->cursor_ns = ns;
    look->from_ns = ns - seen / 2;
    look->to_ns = look->from_ns + seen;
    settle(look);
}

static void move_row(struct explorer *explorer, int rows)
{
    explorer->timeline.row += rows;
    settle(&explorer->timeline);
}

/* Keys that the view takes only while it has the focus: the lists have them else. */
static bool act_focused(struct explorer *explorer, enum action action)
{
    const int page = explorer_lane_rows(explorer);
    switch (action) {
    case ACTION_UP:
        move_row(explorer, -1);
        return true;
    case ACTION_DOWN:
        move_row(explorer, 1);
        return true;
    case ACTION_PAGE_UP:
        move_row(explorer, -page);
        return true;
    case ACTION_PAGE_DOWN:
        move_row(explorer, page);
        return true;
    case ACTION_LEFT:
        move_cursor(explorer, -1);
        return true;
    case ACTION_RIGHT:
        move_cursor(explorer, 1);
        return true;
    case ACTION_FIRST:
        move_to(explorer, 0);
        return true;
    case ACTION_LAST:
        move_to(explorer, (double)explorer->timeline.timeline.iteration_ns);
        return true;
    default:
        return false;
    }
}

bool explorer_act_timeline(struct explorer *explorer, enum action action)
{
    struct timeline_look *look = &explorer->timeline;
    const double seen = look->to_ns - look->from_ns;
    if (action == ACTION_SLOWEST) {
        look->slowest = !look->slowest;
        if (!explorer_trace(explorer))
            explorer_say(explorer, false, "No stamps of %s iteration were kept",
                         look->slowest ? "the slowest" : "a typical");
        return true;
    }
    if (look->row_count == 0) /* nothing to move in; the lists keep their keys */
        return action == ACTION_ZOOM_IN || action == ACTION_ZOOM_OUT || action == ACTION_FIT;
    switch (action) {
    case ACTION_ZOOM_IN:
        zoom(explorer, 1.5);
        return true;
    case ACTION_ZOOM_OUT:
        zoom(explorer, 1 / 1.5);
        return true;
    case ACTION_FIT:
        show_all(look);
        return true;
    case ACTION_SLOWER:
        pan(explorer, -seen / 2);
        return true;
    case ACTION_FASTER:
        pan(explorer, seen / 2);
        return true;
    default:
        return explorer->focus == FOCUS_VIEW && act_focused(explorer, action);
    }
}
