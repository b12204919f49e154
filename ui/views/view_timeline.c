/*
 * view_timeline.c - view 3: one iteration, typical or the slowest of its epoch, in lanes: what the
 * host submitted, what was launched, a prefill's streams and how many copies are in flight, the
 * steps of the batch with their gaps, and each program's own.
 */
#include "../panels/screen.h"
#include "views.h"

#include "../../src/base/text.h"

#include <stdio.h>
#include <string.h>

/* How a kind is filled, from a light shade to full; lighter where it takes little of a cell. */
static int shade_of(enum timeline_kind kind)
{
    switch (kind) {
    case TIMELINE_GAP:
    case TIMELINE_SYNC:
        return 1;
    case TIMELINE_ITERATION:
    case TIMELINE_LAUNCH:
    case TIMELINE_REPLAY:
        return 2;
    case TIMELINE_SUBMIT:
    case TIMELINE_CALL:
    case TIMELINE_COPY:
        return 3;
    default:
        return 4;
    }
}

/* A chunk's copy; its computing is filled like a step. */
static bool is_copying(const struct timeline_event *event)
{
    return event->kind == TIMELINE_CHUNK && event->label && strcmp(event->label, "copy") == 0;
}

static enum role role_of(enum timeline_kind kind)
{
    return kind == TIMELINE_GAP || kind == TIMELINE_SYNC ? ROLE_TAIL
           : kind == TIMELINE_ITERATION                  ? ROLE_FRAME
                                                         : ROLE_BAR;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* An event's number, or what it is, within its bar where that has room. */
static void draw_label(const struct screen *screen, struct rectangle lane, int row, int column,
                       const struct timeline_event *event, double column_ns)
{
    char text[40];
    const int width = (int)((double)(event->end_ns - event->begin_ns) / column_ns);
    if (event->step != TIMELINE_NO_STEP)
        snprintf(text, sizeof text, "%u", event->step);
    else
        snprintf(text, sizeof text, "%s",
                 event->label ? event->label : timeline_kind_name(event->kind));
    if (draw_columns(text) + 3 <= width)
        draw_text(screen->theme, lane, row, column + 2, ROLE_STRONG, text);
}

static void draw_bars(const struct screen *screen, struct rectangle lane, int at,
                      const struct lane_row *row)
{
    const struct timeline_look *look = screen->frame->timeline;
    const struct glyphs *glyphs = screen->theme->glyphs;
    struct lane_cell cells[LANES_COLUMNS];
    const double column_ns = (look->to_ns - look->from_ns) / lane.columns;
    const bool copies = row->last > row->first && is_copying(&look->timeline.events[row->first]);
    lanes_fill(&look->timeline, row, look->from_ns, look->to_ns, (unsigned)lane.columns, cells);
    for (int i = 0; i < lane.columns; i++) {
        const struct lane_cell *cell = &cells[i];
        int shade = copies ? 3 : shade_of(cell->kind);
        if (cell->share <= 0)
            continue;
        if (cell->share < 0.5 && shade > 1)
            shade--;
        const bool edge = cell->begins && i > 0 && cells[i - 1].share > 0 &&
                          (double)(cell->begins->end_ns - cell->begins->begin_ns) > 2 * column_ns;
        draw_text(screen->theme, lane, at, i, edge ? ROLE_MARK : role_of(cell->kind),
                  edge ? glyphs->line : glyphs->shades[shade]);
    }
    for (int i = 0; i < lane.columns; i++)
        if (cells[i].begins)
            draw_label(screen, lane, at, i, cells[i].begins, column_ns);
}

/* Copies in flight. The row that reaches the cap shows it where it is empty; what is above the cap
 * looks bad, and never should be there. */
static void draw_plot(const struct screen *screen, struct rectangle lane, int at,
                      const struct lane_row *row)
{
    const struct timeline_look *look = screen->frame->timeline;
    const struct glyphs *glyphs = screen->theme->glyphs;
    struct lane_cell cells[LANES_COLUMNS];
    const uint32_t cap = look->cap;
    const bool at_cap = cap > row->below && cap <= row->below + row->unit;
    lanes_fill(&look->timeline, row, look->from_ns, look->to_ns, (unsigned)lane.columns, cells);
    for (int i = 0; i < lane.columns; i++) {
        const uint32_t above = cells[i].most > row->below ? cells[i].most - row->below : 0;
        const uint32_t filled = above < row->unit ? above : row->unit;
        if (filled > 0)
            draw_text(screen->theme, lane, at, i,
                      cap > 0 && row->below >= cap ? ROLE_BAD : ROLE_BAR,
                      glyphs->bars[(8 * filled + row->unit - 1) / row->unit]);
        else if (at_cap)
            draw_text(screen->theme, lane, at, i, ROLE_MARK, glyphs->outline);
    }
}

static void draw_name(const struct screen *screen, struct rectangle area, int at, int index)
{
    const struct frame *frame = screen->frame;
    const struct timeline_look *look = frame->timeline;
    const struct lane_row *row = &look->rows[index];
    const bool selected = index == look->row;
    const bool at_cap = row->plot && look->cap > row->below && look->cap <= row->below + row->unit;
    char text[64] = "";
    if (row->titled && at_cap)
        snprintf(text, sizeof text, "%s, cap %u", look->timeline.lanes[row->lane].name, look->cap);
    else if (row->titled)
        snprintf(text, sizeof text, "%s", look->timeline.lanes[row->lane].name);
    else if (at_cap)
        snprintf(text, sizeof text, "cap %u", look->cap);
    draw_text(screen->theme, area, at, 0, ROLE_FOCUS,
              selected ? screen->theme->glyphs->cursor : " ");
    draw_field(screen->theme, area, at, 1, frame->lane_names - 2,
               selected ? ROLE_STRONG : ROLE_TEXT, text);
}

/* ---- the axis, and what is under the cursor ------------------------------------------------- */

static int cursor_column(const struct timeline_look *look, int columns)
{
    const double place = (look->cursor_ns - look->from_ns) / (look->to_ns - look->from_ns);
    const int column = (int)(place * columns);
    return column < 0 ? 0 : column >= columns ? columns - 1 : column;
}

static void draw_axis(const struct screen *screen, struct rectangle lane, int at)
{
    const struct timeline_look *look = screen->frame->timeline;
    const struct glyphs *glyphs = screen->theme->glyphs;
    const struct axis axis = {.low_ns = look->from_ns, .high_ns = look->to_ns, .linear = true};
    struct tick ticks[CHART_TICKS];
    const unsigned count = chart_ticks(&axis, (unsigned)lane.columns, ticks);
    for (int i = 0; i < lane.columns; i++)
        draw_text(screen->theme, lane, at, i, ROLE_FRAME, glyphs->axis);
    for (unsigned i = 0; i < count; i++) {
        draw_text(screen->theme, lane, at, (int)ticks[i].column, ROLE_FRAME, glyphs->tick);
        draw_text(screen->theme, lane, at + 1, (int)ticks[i].start, ROLE_DIM, ticks[i].text);
    }
    draw_text(screen->theme, lane, at, cursor_column(look, lane.columns), ROLE_CURSOR,
              glyphs->arrows[0]);
}

static const char *name_of(const struct timeline_event *event)
{
    return event->label ? event->label : timeline_kind_name(event->kind);
}

static void draw_finding(const struct screen *screen, struct rectangle area, int at, int columns)
{
    const struct timeline_look *look = screen->frame->timeline;
    const struct lane_row *row = &look->rows[look->row];
    const double width = (look->to_ns - look->from_ns) / columns;
    const double from_ns = look->from_ns + cursor_column(look, columns) * width;
    const struct timeline_event *event =
        lanes_event(&look->timeline, row, from_ns, from_ns + width);
    const char *dot = screen->theme->glyphs->dot;
    char what[96], begin[24], end[24], lasts[24];
    if (!event) {
        draw_format(screen->theme, area, at, 0, ROLE_DIM, "%s: nothing at %s",
                    look->timeline.lanes[row->lane].name,
                    text_duration(begin, sizeof begin, from_ns + width / 2));
        return;
    }
    if (event->kind == TIMELINE_IN_FLIGHT)
        snprintf(what, sizeof what, event->step == 1 ? "%u copy in flight" : "%u copies in flight",
                 event->step);
    else if (event->step != TIMELINE_NO_STEP)
        snprintf(what, sizeof what, "%s %u", name_of(event), event->step);
    else
        snprintf(what, sizeof what, "%s", name_of(event));
    text_duration(begin, sizeof begin, (double)event->begin_ns);
    text_duration(end, sizeof end, (double)event->end_ns);
    text_duration(lasts, sizeof lasts, (double)(event->end_ns - event->begin_ns));
    int column = draw_text(screen->theme, area, at, 0, ROLE_STRONG, what);
    draw_format(screen->theme, area, at, column, ROLE_TEXT, " %s begins %s %s ends %s %s lasts %s",
                dot, begin, dot, end, dot, lasts);
    draw_field(screen->theme, area, at + 1, 0, area.columns, ROLE_DIM,
               look->timeline.lanes[row->lane].name);
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* What was left out of the trace, for want of room in it. */
static void write_note(const struct frame *frame, char *note, size_t size)
{
    const struct trace *trace = frame->trace;
    note[0] = '\0';
    if (!trace)
        return;
    if (trace->steps < trace->steps_run)
        snprintf(note, size, "%u of %u steps", trace->steps, trace->steps_run);
    else if (trace->programs < trace->programs_run)
        snprintf(note, size, "%u of %u programs", trace->programs, trace->programs_run);
    else if (trace->span_count < trace->spans_run)
        snprintf(note, size, "%u of %u spans", trace->span_count, trace->spans_run);
}

static void draw_lanes(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct timeline_look *look = frame->timeline;
    const int shown = frame->lane_rows, names = frame->lane_names;
    const int columns = frame->lane_columns;
    const struct rectangle lane = {area.row, area.column + names, area.rows, columns};
    const int first = layout_scroll(look->row, look->row_count, shown);
    for (int i = first; i < look->row_count && i - first < shown; i++) {
        draw_name(screen, area, i - first, i);
        if (look->rows[i].plot)
            draw_plot(screen, lane, i - first, &look->rows[i]);
        else
            draw_bars(screen, lane, i - first, &look->rows[i]);
    }
    const struct rectangle under = {area.row + look->row - first,
                                    lane.column + cursor_column(look, columns), 1, 1};
    draw_over(screen->theme, under, 0, ROLE_CURSOR);
    draw_axis(screen, lane, area.rows - 4);
    draw_finding(screen, area, area.rows - 2, columns);
}

void view_timeline_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct timeline_look *look = frame->timeline;
    const struct row row = frame->current.row;
    char title[128], note[64], lasts[24];
    screen_draw_lists(screen);
    if (look->row_count > 0)
        snprintf(title, sizeof title, "Timeline %s %s iteration, %s", screen->theme->glyphs->dot,
                 look->slowest ? "slowest" : "typical",
                 text_duration(lasts, sizeof lasts, (double)look->timeline.iteration_ns));
    else
        snprintf(title, sizeof title, "Timeline %s %s iteration", screen->theme->glyphs->dot,
                 look->slowest ? "slowest" : "typical");
    write_note(frame, note, sizeof note);
    const struct rectangle area = draw_frame(screen->theme, frame->layout->plot, title,
                                             *note ? note : row.mark, frame->focus == FOCUS_VIEW);
    if (look->row_count > 0 && area.rows >= 5)
        draw_lanes(screen, area);
    else if (row.recorded)
        draw_wrapped(screen->theme, area, 0, ROLE_DIM,
                     "This recording holds no stamps of such an iteration.");
    else
        draw_wrapped(
            screen->theme, area, 0, ROLE_DIM,
            "There are no stamps of such an iteration yet; with STAMPS off there are none.");
}
