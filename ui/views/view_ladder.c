/*
 * view_ladder.c - view 4: the rungs of a target as bars of the iteration's p50 on one logarithmic
 * axis, from the floor on; what each is over the baseline and over the rung before, and whether
 * that holds; and how its steps divide into busy and gap. It fills as results come in.
 */
#include "../panels/screen.h"
#include "views.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/ceilings.h"
#include "../../src/engine/floor.h"

#include <stdio.h>
#include <string.h>

#define NUMBERS 31 /* columns of p50, speed-ups and gap */

#define CLOSE "~" /* beside a ratio */
#define BEST  "*" /* beside a median */

struct ladder {
    const struct screen *screen;
    struct line lines[EXPLORER_LINES];
    int count;
    struct axis axis;
    struct rectangle area;
    int name_columns;
    int rows_each; /* a rung's: its bar in the row of its numbers, or below */
    bool any_close, any_best;
};

static double p50_of(const struct row *row)
{
    if (!row->run || row->run->status >= RUN_FAILED)
        return 0;
    return (double)histogram_percentile(&row->run->histograms[run_decode_metric(row->run)], 0.5);
}

static double floor_of_row(const struct row *row)
{
    return row->run ? (double)floor_ns(row->run, METRIC_ITERATION) : 0;
}

/* The rungs: the list without what was kept. */
static void take_rungs(struct ladder *ladder)
{
    const struct frame *frame = ladder->screen->frame;
    const struct line *lines = frame->lines;
    const int count = frame->line_count;
    for (int i = 0; i < count; i++) {
        const bool last = i == count - 1;
        const uint32_t row = lines[i].title && !last ? lines[i + 1].row : lines[i].row;
        if (!frame_row(frame, row)->row.kept)
            ladder->lines[ladder->count++] = lines[i];
    }
}

static bool is_close(const struct ladder *ladder, uint32_t row)
{
    return row < EXPLORER_LINES && ladder->screen->frame->ranks.close[row];
}

static bool is_best(const struct ladder *ladder, uint32_t row)
{
    return row < EXPLORER_LINES && ladder->screen->frame->ranks.best[row];
}

static void take_ranks(struct ladder *ladder)
{
    for (int i = 0; i < ladder->count; i++) {
        ladder->any_close |= !ladder->lines[i].title && is_close(ladder, ladder->lines[i].row);
        ladder->any_best |= !ladder->lines[i].title && is_best(ladder, ladder->lines[i].row);
    }
}

/* From below the least floor or bar to above the longest. */
static void fit_axis(struct ladder *ladder)
{
    double least = 0, most = 0;
    for (int i = 0; i < ladder->count; i++) {
        if (ladder->lines[i].title)
            continue;
        const struct row row = frame_row(ladder->screen->frame, ladder->lines[i].row)->row;
        const double p50 = p50_of(&row), floor = floor_of_row(&row);
        if (p50 <= 0)
            continue;
        const double low = floor > 0 && floor < p50 ? floor : p50;
        least = least <= 0 || low < least ? low : least;
        most = p50 > most ? p50 : most;
    }
    if (most > 0)
        ladder->axis = (struct axis){.low_ns = least / 1.5, .high_ns = most * 1.05};
}

/* ---- a rung --------------------------------------------------------------------------------- */

/* Busy in full, then the gap in a shade, then the floor's line over both. */
static void draw_bar(const struct ladder *ladder, struct rectangle bar, int at,
                     const struct row *row)
{
    const struct theme *theme = ladder->screen->theme;
    const double p50 = p50_of(row), floor = floor_of_row(row);
    const double share = row->run ? run_gap_share(row->run) : 0;
    if (p50 <= 0 || bar.columns < 4)
        return;
    const int end = (int)(axis_position(&ladder->axis, p50) * bar.columns);
    const int busy_end = (int)(axis_position(&ladder->axis, p50 * (1 - share)) * bar.columns);
    for (int column = 0; column <= end && column < bar.columns; column++) {
        const bool busy = column <= busy_end || share <= 0;
        draw_text(theme, bar, at, column, busy ? ROLE_BAR : ROLE_TAIL,
                  theme->glyphs->shades[busy ? 4 : 1]);
    }
    const int floor_at = (int)(axis_position(&ladder->axis, floor) * bar.columns);
    if (floor > 0 && floor_at >= 0)
        draw_text(theme, bar, at, floor_at, ROLE_STRONG, theme->glyphs->line);
}

static void draw_speedups(const struct ladder *ladder, int at, int column,
                          const struct frame_row *of, bool close)
{
    const struct theme *theme = ladder->screen->theme;
    const struct row *row = &of->row;
    char text[24] = "", marked[32];
    const char *unlike = screen_differs(of, 14);
    if (row->run->verification.verdict == VERDICT_WRONG) {
        draw_right(theme, ladder->area, at, column, 14, ROLE_BAD,
                   of->unlike ? "WRONG, " SCREEN_UNLIKE : "WRONG");
        return;
    }
    if (of->unlike) {
        draw_right(theme, ladder->area, at, column, 14, ROLE_TAIL,
                   *unlike ? unlike : SCREEN_UNLIKE);
        return;
    }
    if (row->run->verification.verdict != VERDICT_RIGHT) {
        draw_right(theme, ladder->area, at, column, 14, ROLE_DIM, "unverified");
        return;
    }
    screen_speedup(ladder->screen, of->speedup, text, sizeof text);
    column = draw_right(theme, ladder->area, at, column, 7, ROLE_STRONG,
                        row->known && row->known->rung == 1 ? "base" : text);
    screen_speedup(ladder->screen, of->over_before, text, sizeof text);
    snprintf(marked, sizeof marked, "%s%s", close ? CLOSE : "", text);
    draw_right(theme, ladder->area, at, column, 7, close ? ROLE_DIM : ROLE_TEXT, marked);
}

static void draw_rung(const struct ladder *ladder, int at, uint32_t index)
{
    const struct frame *frame = ladder->screen->frame;
    const struct theme *theme = ladder->screen->theme;
    const struct frame_row *of = frame_row(frame, index);
    const struct row row = of->row;
    const bool selected = index == frame->selected;
    const bool best = is_best(ladder, index);
    char text[32], marked[40];
    draw_text(theme, ladder->area, at, 0, ROLE_FOCUS, selected ? theme->glyphs->cursor : " ");
    int column = draw_field(theme, ladder->area, at, 2, ladder->name_columns,
                            selected ? ROLE_STRONG : ROLE_TEXT, row.name);
    if (p50_of(&row) > 0) {
        snprintf(marked, sizeof marked, "%s%s", best ? BEST : "",
                 text_percentile_ns(text, sizeof text, p50_of(&row)));
        column =
            draw_right(theme, ladder->area, at, column, 9, best ? ROLE_GOOD : ROLE_STRONG, marked);
        draw_speedups(ladder, at, column, of, is_close(ladder, index));
        const double share = run_gap_share(row.run);
        snprintf(text, sizeof text, "%.0f %%", 100 * share);
        draw_right(theme, ladder->area, at, column + 14, 8, ROLE_TEXT, share > 0 ? text : "-");
    } else {
        draw_right(theme, ladder->area, at, column, NUMBERS, ROLE_DIM, panel_variants_state(&row));
    }
    struct rectangle bar = ladder->area;
    const int bar_at = ladder->rows_each > 1 ? 2 : 2 + ladder->name_columns + NUMBERS + 2;
    bar.column += bar_at;
    bar.columns -= bar_at;
    draw_bar(ladder, bar, ladder->rows_each > 1 ? at + 1 : at, &row);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void draw_head(const struct ladder *ladder)
{
    const struct theme *theme = ladder->screen->theme;
    int column = 2 + ladder->name_columns;
    column = draw_right(theme, ladder->area, 0, column, 9, ROLE_DIM, "p50");
    column = draw_right(theme, ladder->area, 0, column, 7, ROLE_DIM, "base");
    column = draw_right(theme, ladder->area, 0, column, 7, ROLE_DIM, "before");
    draw_right(theme, ladder->area, 0, column, 8, ROLE_DIM, "gap");
}

static void draw_axis(const struct ladder *ladder, int at)
{
    const struct theme *theme = ladder->screen->theme;
    struct tick ticks[CHART_TICKS];
    struct rectangle area = ladder->area;
    const int bar_at = ladder->rows_each > 1 ? 2 : 2 + ladder->name_columns + NUMBERS + 2;
    area.column += bar_at;
    area.columns -= bar_at;
    if (area.columns < 8 || ladder->axis.high_ns <= 0)
        return;
    const unsigned columns = (unsigned)area.columns;
    const unsigned count = chart_ticks(&ladder->axis, columns, ticks);
    for (int i = 0; i < area.columns; i++)
        draw_text(theme, area, at, i, ROLE_FRAME, theme->glyphs->axis);
    for (unsigned i = 0; i < count; i++) {
        draw_text(theme, area, at, (int)ticks[i].column, ROLE_FRAME, theme->glyphs->tick);
        draw_text(theme, area, at + 1, (int)ticks[i].start, ROLE_DIM, ticks[i].text);
    }
}

/* Why there is no floor, and what to do about it. */
static void explain_no_floor(const struct frame *frame, char *text, size_t size)
{
    const struct source *source = frame->source;
    if (frame->current.row.recorded)
        snprintf(text, size, "no floor: the recording has none");
    else if (source->worker && source->snapshot->state == WORKER_MEASURING)
        snprintf(text, size, "no floor yet: the device is being measured");
    else if (ceilings_known(source_ceilings(source)))
        snprintf(text, size, "no floor yet");
    else
        snprintf(text, size, "no floor yet: press %s to measure this device (1 s)",
                 action_key(ACTION_MEASURE));
}

static void draw_legend(const struct ladder *ladder, int at)
{
    const struct theme *theme = ladder->screen->theme;
    bool floor = false;
    char why_not[80];
    for (int i = 0; i < ladder->count; i++) {
        const struct row row = frame_row(ladder->screen->frame, ladder->lines[i].row)->row;
        floor |= !ladder->lines[i].title && floor_of_row(&row) > 0;
    }
    int column = draw_text(theme, ladder->area, at, 2, ROLE_BAR, theme->glyphs->shades[4]);
    column = draw_text(theme, ladder->area, at, column + 1, ROLE_TEXT, "busy") + 2;
    column = draw_text(theme, ladder->area, at, column, ROLE_TAIL, theme->glyphs->shades[1]);
    column = draw_text(theme, ladder->area, at, column + 1, ROLE_TEXT, "gap") + 2;
    if (floor)
        column = draw_text(theme, ladder->area, at, column, ROLE_STRONG, theme->glyphs->line);
    explain_no_floor(ladder->screen->frame, why_not, sizeof why_not);
    draw_field(theme, ladder->area, at, column + 1, ladder->area.columns - column - 1,
               floor ? ROLE_TEXT : ROLE_DIM, floor ? "floor" : why_not);
}

/* What the marks beside numbers say. */
static void draw_marks(const struct ladder *ladder, int at)
{
    const struct theme *theme = ladder->screen->theme;
    int column = 2;
    if (ladder->any_best) {
        column = draw_text(theme, ladder->area, at, column, ROLE_GOOD, BEST);
        column = draw_text(theme, ladder->area, at, column + 1, ROLE_TEXT, "best") + 2;
    }
    if (ladder->any_close) {
        column = draw_text(theme, ladder->area, at, column, ROLE_DIM, CLOSE);
        draw_text(theme, ladder->area, at, column + 1, ROLE_TEXT, "cannot be told apart");
    }
}

void view_ladder_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    struct ladder ladder = {.screen = screen};
    char title[96];
    screen_draw_lists(screen);
    take_rungs(&ladder);
    take_ranks(&ladder);
    fit_axis(&ladder);
    const struct row selected = frame->current.row;
    snprintf(title, sizeof title, "Ladder %s iteration p50, logarithmic",
             screen->theme->glyphs->dot);
    ladder.area = draw_frame(screen->theme, frame->layout->plot, title, selected.mark, false);
    const bool marks = ladder.any_best || ladder.any_close;
    const int foot = marks ? 4 : 3; /* axis, its texts, the legend, what marks say */
    const int room = ladder.area.rows - 1 - foot;
    ladder.rows_each = 2 * ladder.count <= room ? 2 : 1;
    ladder.name_columns = ladder.rows_each == 2 ? ladder.area.columns - 2 - NUMBERS
                          : ladder.area.columns > 2 + 16 + NUMBERS + 14
                              ? (ladder.area.columns - 2 - NUMBERS) / 2
                              : 16;
    if (ladder.name_columns > 32)
        ladder.name_columns = 32;
    int cursor = 0;
    for (int i = 0; i < ladder.count; i++)
        if (!ladder.lines[i].title && ladder.lines[i].row == frame->selected)
            cursor = i;
    const int shown = room / ladder.rows_each;
    const int first = layout_scroll(cursor, ladder.count, shown > 0 ? shown : 1);
    draw_head(&ladder);
    int at = 1;
    for (int i = first; i < ladder.count && at + ladder.rows_each - 1 <= room; i++) {
        if (ladder.lines[i].title)
            draw_field(screen->theme, ladder.area, at, 0, ladder.area.columns, ROLE_ALERT,
                       ladder.lines[i].title);
        else
            draw_rung(&ladder, at, ladder.lines[i].row);
        at += ladder.rows_each;
    }
    draw_axis(&ladder, ladder.area.rows - foot);
    draw_legend(&ladder, ladder.area.rows - foot + 2);
    if (marks)
        draw_marks(&ladder, ladder.area.rows - 1);
}
