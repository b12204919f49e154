/*
 * view_timeline_text.c - the timeline's texts: which iteration it shows, the legend, the span under
 * the cursor, the marks, and a summary of the steps.
 */
#include "../model/timeline_words.h"
#include "view_timeline.h"

#include "../../src/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Writes a time with more digits than text_duration: "246.31 us". */
static const char *moment(char *text, size_t size, double ns)
{
    if (ns < 1000)
        snprintf(text, size, "%.0f ns", ns);
    else if (ns < 1e6)
        snprintf(text, size, "%.2f us", ns / 1e3);
    else
        snprintf(text, size, "%.3f ms", ns / 1e6);
    return text;
}

/* ---- which iteration ------------------------------------------------------------------------ */

void timeline_text_title(const struct screen *screen, char *text, size_t size)
{
    const struct timeline_view *view = screen->frame->timeline;
    const char *dot = screen->theme->glyphs->dot;
    bool newer = false, live = false;
    char iteration[128], between[16];
    snprintf(between, sizeof between, " %s ", dot);
    if (view->side_count > 1)
        snprintf(iteration, sizeof iteration, "%c over %c, one time axis",
                 'A' + view->sides[0].letter, 'A' + view->sides[1].letter);
    else
        timeline_words_iteration(view, &view->sides[0], between, iteration, sizeof iteration);
    for (int i = 0; i < view->side_count; i++) {
        newer |= view->sides[i].newer;
        live |= !view->sides[i].recorded && view->sides[i].row_count > 0;
    }
    snprintf(text, size, "Timeline %s %s", dot, iteration);
    if (newer)
        text_append(text, size, " %s %s takes a newer one", dot, action_key(ACTION_TAKE));
    else if (live)
        text_append(text, size, " %s stays until %s", dot, action_key(ACTION_TAKE));
}

void timeline_text_note(const struct screen *screen, char *text, size_t size)
{
    const struct timeline_view *view = screen->frame->timeline;
    text[0] = '\0';
    for (int i = 0; i < view->side_count && !*text; i++)
        timeline_words_left_out(&view->sides[i], text, size);
    /* The header names only the selected side's recording. If the sides differ, the note names the
     * first recorded one. */
    if (!*text && view->side_count > 1 && strcmp(view->sides[0].mark, view->sides[1].mark) != 0)
        text_append(text, size, "%s", view->sides[*view->sides[0].mark ? 0 : 1].mark);
}

/* ---- the legend ----------------------------------------------------------------------------- */

struct pen {
    const struct screen *screen;
    struct rectangle area;
    int row, column;
};

/* Draws a sign and its meaning, in the next row if both do not fit in this one. */
static void draw_entry(struct pen *pen, enum role role, const char *sign, const char *meaning)
{
    const struct theme *theme = pen->screen->theme;
    const int width = draw_columns(sign) + 1 + draw_columns(meaning);
    if (pen->column > 0 && pen->column + width > pen->area.columns) {
        pen->row++;
        pen->column = 0;
    }
    if (pen->row >= pen->area.rows)
        return;
    draw_text(theme, pen->area, pen->row, pen->column, role, sign);
    draw_text(theme, pen->area, pen->row, pen->column + draw_columns(sign) + 1, ROLE_DIM, meaning);
    pen->column += width + 2;
}

/* Whether, in any lane, a busy part directly follows another, so that both may share a column. */
static bool has_neighbours(const struct timeline_parts *parts, uint32_t lanes)
{
    for (uint32_t lane = 0; lane < lanes; lane++)
        for (size_t i = parts->first[lane] + 1; i < parts->first[lane + 1]; i++)
            if (parts->list[i].kind == LANE_BUSY && parts->list[i - 1].kind == LANE_BUSY)
                return true;
    return false;
}

/* Explains the signs drawn over the lanes and on the axis. */
static void draw_signs(struct pen *pen)
{
    const struct timeline_view *view = pen->screen->frame->timeline;
    const struct glyphs *glyphs = pen->screen->theme->glyphs;
    bool neighbours = false, capped = false;
    char signs[32];
    for (int i = 0; i < view->side_count; i++) {
        const struct timeline_side *side = &view->sides[i];
        neighbours |=
            side->row_count > 0 && has_neighbours(&side->parts, side->timeline.lane_count);
        capped |= side->cap > 0;
    }
    draw_entry(pen, ROLE_STRONG, "0 1", "step or copy");
    if (neighbours)
        draw_entry(pen, ROLE_MARK, glyphs->line, "next one");
    if (capped)
        draw_entry(pen, ROLE_MARK, glyphs->outline, "cap");
    snprintf(signs, sizeof signs, "%s%s", glyphs->cursor, glyphs->arrows[0]);
    draw_entry(pen, ROLE_FOCUS, signs, "cursor");
    if (view->mark_count > 0)
        draw_entry(pen, ROLE_BADGE, view->mark_count == TIMELINE_MARKS ? "1 2" : "1", "marks");
}

/* Whether, in any program, operation i is visible and long enough for its letter. */
static bool is_lettered(const struct screen *screen, const struct operation_table *table,
                        uint32_t i)
{
    const struct timeline_view *view = screen->frame->timeline;
    const double least_ns = 2 * (view->to_ns - view->from_ns) / screen->frame->lanes.columns;
    for (uint32_t p = 0; p < table->programs; p++) {
        const struct operation_stamp *stamp = &table->stamps[(size_t)p * table->count + i];
        const double begin_ns = (double)stamp->begin_ns, end_ns = (double)stamp->end_ns;
        if (stamp->end_ns != 0 && end_ns - begin_ns >= least_ns && end_ns > view->from_ns &&
            begin_ns < view->to_ns)
            return true;
    }
    return false;
}

/* Lists the operations whose letters are drawn, as far as there is room. */
static void draw_operations(struct pen *pen)
{
    const struct timeline_view *view = pen->screen->frame->timeline;
    bool shown[OPERATIONS_KINDS] = {false};
    for (int side = 0; side < view->side_count; side++) {
        const struct operation_table *table = &view->sides[side].trace.operations;
        for (uint32_t i = 0; i < table->count; i++) {
            const uint32_t sign = operation_sign_index(&view->signs, table->list[i].name);
            if (sign < view->signs.count && !shown[sign])
                shown[sign] = is_lettered(pen->screen, table, i);
        }
    }
    for (uint32_t i = 0; i < view->signs.count; i++)
        if (shown[i])
            draw_entry(pen, ROLE_STRONG, view->signs.of[i].letter, view->signs.of[i].name);
}

void timeline_text_legend(const struct screen *screen, struct rectangle area)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct glyphs *glyphs = screen->theme->glyphs;
    struct pen pen = {.screen = screen, .area = area, .row = 0, .column = 0};
    char signs[32], meaning[64];
    bool kinds[LANE_KINDS] = {false}, phased = false, wakes = true;
    for (int i = 0; i < view->side_count; i++) {
        const struct timeline_parts *parts = &view->sides[i].parts;
        phased |= parts->phased;
        wakes &= parts->wakes;
        for (int kind = 0; kind < LANE_KINDS; kind++)
            kinds[kind] |= parts->kinds[kind];
    }
    const bool digits = glyphs->shares[1][0] >= '0' && glyphs->shares[1][0] <= '9';
    snprintf(signs, sizeof signs, digits ? "%s..%s %s" : "%s%s%s", glyphs->shares[1],
             glyphs->shares[digits ? 7 : 4], glyphs->shares[8]);
    snprintf(meaning, sizeof meaning, digits ? "%s: tenths, all (and %%)" : "%s share (and %%)",
             phased ? "busy, compute" : "busy");
    draw_entry(&pen, ROLE_BAR, signs, meaning);
    for (int kind = 0; kind < LANE_BUSY; kind++)
        if (kinds[kind])
            draw_entry(&pen, timeline_part_role((enum part_kind)kind), glyphs->waits[kind],
                       timeline_part_name((enum part_kind)kind, wakes));
    draw_operations(&pen);
    snprintf(signs, sizeof signs, "%s%s%s", glyphs->begin, glyphs->horizontal, glyphs->end);
    draw_entry(&pen, ROLE_FRAME, signs, "iteration, kernel, step");
    draw_signs(&pen);
}

/* ---- the span under the cursor -------------------------------------------------------------- */

static void write_span(const struct timeline_side *side, const struct lane_span *span, char *text,
                       size_t size)
{
    const struct timeline_event *event = span->event;
    const struct timeline_part as_part = {.kind = span->kind, .event = event};
    const char *part =
        span->kind == LANE_KINDS ? "" : timeline_part_label(&side->timeline, &as_part);
    text[0] = '\0';
    if (event->kind == TIMELINE_IN_FLIGHT)
        text_append(text, size, event->step == 1 ? "%u copy in flight" : "%u copies in flight",
                    event->step);
    else if (event->kind == TIMELINE_OPERATION && event->step != TIMELINE_NO_STEP)
        text_append(text, size, "%s, layer %u: %s", event->label, event->step, part);
    else if (event->kind == TIMELINE_OPERATION)
        text_append(text, size, "%s: %s", event->label, part);
    else if (event->kind == TIMELINE_STEP || event->kind == TIMELINE_GAP ||
             event->kind == TIMELINE_BUSY)
        text_append(text, size, "step %u%s%s", event->step, *part ? ": " : "", part);
    else if (event->step != TIMELINE_NO_STEP)
        text_append(text, size, "%s %u", event->label, event->step);
    else
        text_append(text, size, "%s", event->label);
}

static void draw_span(const struct screen *screen, struct rectangle area, double column_ns)
{
    const struct timeline_view *view = screen->frame->timeline;
    const struct timeline_side *side = &view->sides[view->side];
    const char *name = side->timeline.lanes[timeline_view_row(view)->lane].name;
    const char *dot = screen->theme->glyphs->dot;
    struct lane_span span;
    char what[96], begin[24], end[24], lasts[24];
    if (!timeline_view_span(view, column_ns, &span)) {
        draw_format(screen->theme, area, 0, 0, ROLE_DIM, "%s: nothing at %s", name,
                    moment(begin, sizeof begin, view->cursor_ns));
        return;
    }
    write_span(side, &span, what, sizeof what);
    int column = draw_format(screen->theme, area, 0, 0, ROLE_DIM, "%s %s ", name, dot);
    column = draw_text(screen->theme, area, 0, column, ROLE_STRONG, what);
    draw_format(screen->theme, area, 0, column, ROLE_TEXT, " %s, %s to %s",
                text_duration(lasts, sizeof lasts, (double)(span.end_ns - span.begin_ns)),
                moment(begin, sizeof begin, (double)span.begin_ns),
                moment(end, sizeof end, (double)span.end_ns));
}

/* ---- the marks and the steps ---------------------------------------------------------------- */

static void draw_marks(const struct screen *screen, struct rectangle area)
{
    const struct timeline_view *view = screen->frame->timeline;
    const bool both = view->mark_count == TIMELINE_MARKS;
    const double other_ns = both ? view->marks[1] : view->cursor_ns;
    char first[24], second[24], apart[24];
    moment(first, sizeof first, view->marks[0]);
    moment(second, sizeof second, other_ns);
    text_duration(apart, sizeof apart, fabs(other_ns - view->marks[0]));
    int column = draw_format(screen->theme, area, 1, 0, ROLE_STRONG, "%s apart", apart);
    draw_format(screen->theme, area, 1, column, ROLE_TEXT,
                both ? ": mark 1 at %s, 2 at %s; %% of that; Esc clears"
                     : ": mark 1 at %s, cursor at %s; %s sets mark 2",
                first, second, action_key(ACTION_MARK));
}

static void draw_steps(const struct screen *screen, struct rectangle area)
{
    const struct timeline_view *view = screen->frame->timeline;
    char text[256];
    timeline_words_steps(&view->sides[view->side], text, sizeof text);
    draw_field(screen->theme, area, 1, 0, area.columns, ROLE_TEXT, text);
}

void timeline_text_notes(const struct screen *screen, struct rectangle area, double column_ns)
{
    if (area.rows < 2)
        return;
    draw_span(screen, area, column_ns);
    if (screen->frame->timeline->mark_count > 0)
        draw_marks(screen, area);
    else
        draw_steps(screen, area);
}
