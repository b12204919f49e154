/*
 * view_timeline.c - view 3: an iteration in lanes, to scale, or two of them on one time axis: what
 * the host submitted, what was launched, a prefill's streams and copies in flight, the steps of
 * the batch, and each program's steps. Idle time is never drawn as busy: the height of a cell is
 * its busy share, and a sign shows the kind of wait.
 */
#include "view_timeline.h"
#include "../model/timeline_words.h"
#include "../panels/screen.h"
#include "views.h"

#include <stdio.h>
#include <string.h>

enum role timeline_part_role(enum part_kind kind)
{
    static const enum role roles[LANE_KINDS] = {
        [LANE_LAUNCH_GAP] = ROLE_TAIL, [LANE_GAP] = ROLE_TAIL, [LANE_BARRIER_WAIT] = ROLE_STRONG,
        [LANE_DATA_WAIT] = ROLE_TEXT,  [LANE_SYNC] = ROLE_DIM, [LANE_NOT_KEPT] = ROLE_DIM,
        [LANE_BUSY] = ROLE_BAR,
    };
    return roles[kind];
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* Draws a text within `width` columns, if it fits with free columns at each end. */
static void draw_label(const struct screen *screen, struct rectangle lane, int row, int column,
                       int width, enum role role, const char *text)
{
    if (column < 0) {
        width += column;
        column = 0;
    }
    if (column + width > lane.columns)
        width = lane.columns - column;
    if (draw_columns(text) + 3 <= width)
        draw_text(screen->theme, lane, row, column + 2, role, text);
}

/* Writes the name that is drawn inside an event: its label, its step's number, or both. */
static const char *event_name(const struct timeline_event *event, char *text, size_t size)
{
    if (event->step == TIMELINE_NO_STEP)
        snprintf(text, size, "%s", event->label);
    else if (event->kind == TIMELINE_OPERATION)
        snprintf(text, size, "%s %u", event->label, event->step);
    else
        snprintf(text, size, "%u", event->step);
    return text;
}

static int columns_of(const struct timeline_view *view, int columns, uint64_t ns)
{
    const double place = ((double)ns - view->from_ns) / (view->to_ns - view->from_ns);
    const double column = place * columns;
    return column < -1e6 ? -1000000 : column > 1e6 ? 1000000 : (int)column;
}

/* Draws the numbers of as many steps of the batch as fit. */
static void draw_ruler(const struct screen *screen, struct rectangle lane, int at,
                       const struct timeline_side *side, const struct lane_row *row)
{
    const struct timeline_view *view = screen->frame->timeline;
    int free_from = 0;
    for (size_t i = row->first; i < row->last; i++) {
        const struct timeline_event *event = &side->timeline.events[i];
        const int column = columns_of(view, lane.columns, event->begin_ns);
        char text[16];
        if (event->kind != TIMELINE_STEP || column < free_from)
            continue;
        snprintf(text, sizeof text, "%u", event->step);
        if (column + 1 + draw_columns(text) > lane.columns)
            return;
        draw_text(screen->theme, lane, at, column, ROLE_FRAME, screen->theme->glyphs->begin);
        draw_text(screen->theme, lane, at, column + 1, ROLE_TEXT, text);
        free_from = column + 1 + draw_columns(text) + 1;
    }
}

static void draw_outline(const struct screen *screen, struct rectangle lane, int at,
                         const struct timeline_side *side, const struct lane_row *row)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct glyphs *glyphs = screen->theme->glyphs;
    struct lane_cell cells[LANES_COLUMNS];
    lanes_fill(&side->timeline, row, view->from_ns, view->to_ns, (unsigned)lane.columns, cells);
    for (int i = 0; i < lane.columns; i++)
        if (cells[i].covered)
            draw_text(screen->theme, lane, at, i, ROLE_FRAME, glyphs->horizontal);
    if (side->timeline.lanes[row->lane].group == TIMELINE_BATCH) {
        draw_ruler(screen, lane, at, side, row);
        return;
    }
    for (int i = 0; i < lane.columns; i++) {
        const struct timeline_event *event = cells[i].begins;
        char text[64];
        const int end = event ? columns_of(view, lane.columns, event->end_ns) : 0;
        if (!event || end - i < 2)
            continue;
        event_name(event, text, sizeof text);
        draw_text(screen->theme, lane, at, i, ROLE_FRAME, glyphs->begin);
        if (end <= lane.columns) {
            const bool half = end < lane.columns && cells[end].covered;
            draw_text(screen->theme, lane, at, half ? end : end - 1, ROLE_FRAME, glyphs->end);
        }
        draw_label(screen, lane, at, i, end - i, ROLE_TEXT, text);
    }
}

/* Draws an operation's name and layer, its name alone, or its letter: the longest that fits. */
static void draw_operation(const struct screen *screen, struct rectangle lane, int at, int begin,
                           int end, const struct timeline_event *event)
{
    const char *letter = operation_sign(&screen->frame->timeline->signs, event->label);
    char whole[64], name[48];
    event_name(event, name, sizeof name);
    snprintf(whole, sizeof whole, " %s ", name);
    if (draw_columns(whole) + 3 > end - begin)
        snprintf(whole, sizeof whole, " %s ", event->label);
    if (draw_columns(whole) + 3 <= end - begin)
        draw_label(screen, lane, at, begin, end - begin, ROLE_STRONG, whole);
    else if (begin + 1 >= 0 && begin + 1 < lane.columns)
        draw_text(screen->theme, lane, at, begin + 1, ROLE_STRONG, letter);
}

/* Whether a busy part begins in the column in which the previous busy part ends. Any wait between
 * the two is narrower than a column. */
static bool follows_closely(const struct timeline_view *view, const struct timeline_parts *parts,
                            size_t first, size_t i, int columns)
{
    const int begin = columns_of(view, columns, parts->list[i].begin_ns);
    const struct timeline_part *before = &parts->list[i];
    do
        if (before == &parts->list[first])
            return false;
    while ((--before)->kind != LANE_BUSY && parts->list[i].event->kind == TIMELINE_OPERATION &&
           columns_of(view, columns, before->begin_ns) == begin);
    return before->kind == LANE_BUSY && columns_of(view, columns, before->end_ns) == begin;
}

/* Draws a name or number in each part that has room for it. */
static void draw_part_labels(const struct screen *screen, struct rectangle lane, int at,
                             const struct timeline_side *side, const struct lane_row *row)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct timeline_parts *parts = &side->parts;
    const double least_ns = 2 * (view->to_ns - view->from_ns) / lane.columns;
    for (size_t i = timeline_parts_find(parts, row->lane, view->from_ns);
         i < parts->first[row->lane + 1] && (double)parts->list[i].begin_ns < view->to_ns; i++) {
        const struct timeline_part *part = &parts->list[i];
        if ((double)(part->end_ns - part->begin_ns) < least_ns)
            continue; /* too narrow for any text */
        const int begin = columns_of(view, lane.columns, part->begin_ns);
        const int end = columns_of(view, lane.columns, part->end_ns);
        const bool operation = part->event->kind == TIMELINE_OPERATION;
        char text[64], word[48];
        if (end - begin < (operation && part->kind == LANE_BUSY ? 2 : 3))
            continue;
        /* A line separates two busy parts that share a column. */
        if (part->kind == LANE_BUSY && begin >= 0 &&
            follows_closely(view, parts, parts->first[row->lane], i, lane.columns))
            draw_text(screen->theme, lane, at, begin, ROLE_MARK, screen->theme->glyphs->line);
        if (operation && part->kind == LANE_BUSY) {
            draw_operation(screen, lane, at, begin, end, part->event);
            continue;
        }
        if (part->kind == LANE_BUSY) /* blanks separate the text from the bar */
            snprintf(text, sizeof text, " %s ", event_name(part->event, word, sizeof word));
        else
            snprintf(text, sizeof text, "%s", timeline_part_name(part->kind, parts->wakes));
        draw_label(screen, lane, at, begin, end - begin,
                   part->kind == LANE_BUSY ? ROLE_STRONG : timeline_part_role(part->kind), text);
    }
}

static void draw_parts(const struct screen *screen, struct rectangle lane, int at,
                       const struct timeline_side *side, const struct lane_row *row,
                       const struct timeline_cells *cells)
{
    const struct glyphs *glyphs = screen->theme->glyphs;
    for (int i = 0; i < lane.columns; i++) {
        const enum part_kind idle = (enum part_kind)cells->idle[i];
        if (cells->busy[i] > 0)
            draw_text(screen->theme, lane, at, i, ROLE_BAR, glyphs->shares[cells->busy[i]]);
        else if (idle != LANE_KINDS)
            draw_text(screen->theme, lane, at, i, timeline_part_role(idle), glyphs->waits[idle]);
    }
    draw_part_labels(screen, lane, at, side, row);
}

/* Draws copies in flight, averaged over each cell. The row that reaches the cap shows the cap in
 * its empty cells. Copies above the cap are drawn as bad, because they should not happen. */
static void draw_plot(const struct screen *screen, struct rectangle lane, int at,
                      const struct timeline_side *side, const struct lane_row *row)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct glyphs *glyphs = screen->theme->glyphs;
    struct lane_cell cells[LANES_COLUMNS];
    const uint32_t cap = side->cap;
    const bool at_cap = cap > row->below && cap <= row->below + row->unit;
    lanes_fill(&side->timeline, row, view->from_ns, view->to_ns, (unsigned)lane.columns, cells);
    for (int i = 0; i < lane.columns; i++) {
        const bool bad = cap > 0 && row->below >= cap && cells[i].most > row->below;
        const double filled = (cells[i].mean - row->below) / row->unit;
        const unsigned eighths = timeline_eighths(filled < 1 ? filled : 1);
        if (bad || eighths > 0)
            draw_text(screen->theme, lane, at, i, bad ? ROLE_BAD : ROLE_BAR,
                      glyphs->shares[bad && eighths == 0 ? 1 : eighths]);
        else if (at_cap)
            draw_text(screen->theme, lane, at, i, ROLE_MARK, glyphs->outline);
    }
}

/* Writes a busy share: "14 %" or "<1 %" of the range between the marks or, without marks, of the
 * visible range. */
static void draw_share(const struct screen *screen, struct rectangle area, int at, int column,
                       double share)
{
    char text[16];
    const double percent = 100 * share;
    if (percent > 0 && percent < 1)
        snprintf(text, sizeof text, "<1 %%");
    else
        snprintf(text, sizeof text, "%.0f %%", percent > 99 && percent < 100 ? 99 : percent);
    draw_right(screen->theme, area, at, column, 5, ROLE_STRONG, text);
}

/* Cuts the middle of a long name, because names differ at their ends. */
static void shorten(char *text, size_t size, const char *more, int columns)
{
    const int length = (int)strlen(text), tail = (columns - 1) / 2;
    if (length <= columns || columns < 4)
        return;
    char end[64];
    snprintf(end, sizeof end, "%s", text + length - tail);
    snprintf(text + columns - 1 - tail, size - (size_t)(columns - 1 - tail), "%s%s", more, end);
}

static void draw_name(const struct screen *screen, struct rectangle area, int at, int columns,
                      const struct timeline_side *side, int index)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct lane_row *row = &side->rows[index];
    const bool selected = side == &view->sides[view->side] && index == view->row;
    char text[64];
    lanes_name(&side->timeline, &side->parts, side->cap, row, text, sizeof text);
    draw_text(screen->theme, area, at, 0, ROLE_FOCUS,
              selected ? screen->theme->glyphs->cursor : " ");
    shorten(text, sizeof text, screen->theme->glyphs->more, columns - 2);
    draw_field(screen->theme, area, at, 1, columns - 2, selected ? ROLE_STRONG : ROLE_TEXT, text);
}

static void draw_row(const struct screen *screen, struct rectangle area,
                     const struct timeline_layout *layout, int at, const struct timeline_side *side,
                     int index)
{
    const struct lane_row *row = &side->rows[index];
    const struct rectangle lane =
        layout_columns(area, layout->names + layout->shares, layout->columns);
    draw_name(screen, area, at, layout->names, side, index);
    if (row->look == LANE_OUTLINE) {
        draw_outline(screen, lane, at, side, row);
    } else if (row->look == LANE_PLOT) {
        draw_plot(screen, lane, at, side, row);
    } else {
        const struct timeline_cells *cells = timeline_cells_of(
            screen->frame->timeline, side, row->lane, at, (unsigned)layout->columns);
        if (layout->shares > 0 && cells->share >= 0)
            draw_share(screen, area, at, layout->names, cells->share);
        draw_parts(screen, lane, at, side, row, cells);
    }
}

static void draw_pane(const struct screen *screen, struct rectangle area,
                      const struct timeline_layout *layout, int number)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct timeline_side *side = &view->sides[number];
    const struct timeline_pane *pane = &layout->panes[number];
    char text[192], between[16];
    if (pane->heading >= 0) {
        snprintf(between, sizeof between, " %s ", screen->theme->glyphs->dot);
        timeline_words_iteration(view, side, between, text, sizeof text);
        draw_field(screen->theme, area, pane->heading, 0, area.columns,
                   screen_letter_role(side->letter), text);
    }
    if (side->row_count == 0)
        draw_text(screen->theme, area, pane->row, 1, ROLE_DIM, "no stamps of this iteration");
    for (int i = 0; i < pane->rows && pane->first + i < side->row_count; i++)
        draw_row(screen, area, layout, pane->row + i, side, pane->first + i);
    if (pane->rows > 0 && pane->first + pane->rows < side->row_count)
        draw_text(screen->theme, area, pane->row + pane->rows - 1, 0, ROLE_DIM,
                  screen->theme->glyphs->more);
}

/* ---- the axis, the cursor and the marks ----------------------------------------------------- */

static int column_of(const struct timeline_view *view, int columns, double ns)
{
    const int column = (int)((ns - view->from_ns) / (view->to_ns - view->from_ns) * columns);
    return column < 0 ? 0 : column >= columns ? columns - 1 : column;
}

static void draw_time_axis(const struct screen *screen, struct rectangle lane, int at)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct glyphs *glyphs = screen->theme->glyphs;
    const struct axis axis = {.low_ns = view->from_ns, .high_ns = view->to_ns, .linear = true};
    draw_axis(screen->theme, lane, at, &axis);
    if (view->mark_count == TIMELINE_MARKS) {
        const int one = column_of(view, lane.columns, view->marks[0]);
        const int two = column_of(view, lane.columns, view->marks[1]);
        for (int i = one < two ? one : two; i <= (one < two ? two : one); i++)
            draw_text(screen->theme, lane, at, i, ROLE_STRONG, glyphs->outline);
    }
    draw_text(screen->theme, lane, at, column_of(view, lane.columns, view->cursor_ns), ROLE_CURSOR,
              glyphs->arrows[0]);
    for (unsigned i = 0; i < view->mark_count; i++)
        if (view->marks[i] >= view->from_ns && view->marks[i] <= view->to_ns)
            draw_text(screen->theme, lane, at, column_of(view, lane.columns, view->marks[i]),
                      ROLE_BADGE, i == 0 ? "1" : "2");
}

static void draw_cursor(const struct screen *screen, struct rectangle area,
                        const struct timeline_layout *layout)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct timeline_pane *pane = &layout->panes[view->side];
    const struct rectangle under = {.row = area.row + pane->row + view->row - pane->first,
                                    .column = area.column + layout->names + layout->shares +
                                              column_of(view, layout->columns, view->cursor_ns),
                                    .rows = 1,
                                    .columns = 1};
    if (view->row - pane->first < pane->rows)
        draw_over(screen->theme, under, 0, ROLE_CURSOR);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void draw_lanes(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct timeline_layout layout = frame->lanes;
    const struct rectangle lane =
        layout_columns(area, layout.names + layout.shares, layout.columns);
    timeline_text_legend(screen, layout_rows(area, 0, layout.legend_rows));
    for (int i = 0; i < frame->timeline->side_count; i++)
        draw_pane(screen, area, &layout, i);
    draw_cursor(screen, area, &layout);
    draw_time_axis(screen, lane, layout.axis);
    timeline_text_notes(screen, layout_rows(area, layout.axis + 2, layout.notes),
                        (frame->timeline->to_ns - frame->timeline->from_ns) / layout.columns);
}

/* Says why there is nothing to show. */
static void draw_reason(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const char *why = frame->timeline->waits
                          ? "Waiting for 20 iterations or one second. Then pdlab keeps the "
                            "iteration nearest to the median, and shows it."
                      : frame->current.row.recorded
                          ? "This recording has no stamps of this iteration."
                          : "There are no stamps of this iteration yet. Stamps need STAMPS on.";
    draw_wrapped(screen->theme, area, 0, ROLE_DIM, why);
}

void view_timeline_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct timeline_view *view = frame->timeline;
    char title[256], note[256];
    screen_draw_lists(screen);
    timeline_text_title(screen, title, sizeof title);
    timeline_text_note(screen, note, sizeof note);
    const struct rectangle area =
        draw_frame(screen->theme, frame->layout->plot, title, note, frame->focus == FOCUS_VIEW);
    if (timeline_view_row(view) && area.rows >= 5)
        draw_lanes(screen, area);
    else
        draw_reason(screen, area);
}
