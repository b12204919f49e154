/*
 * view_ladder.c - view 4: the rungs of a target as bars of the iteration's p50 from zero, divided
 * into parts; each rung's speed-up over the baseline and over the previous rung, and whether it is
 * significant; and its share of the measured peak bandwidth. Rows fill as results arrive.
 */
#include "../panels/figures.h"
#include "../panels/parts_bar.h"
#include "../panels/screen.h"
#include "views.h"

#include "../../src/base/text_histogram.h"
#include "../../src/engine/ceilings.h"
#include "../../src/engine/floor.h"
#include "../../src/harness/advice.h"

#include <stdio.h>

#define P50_COLUMNS     9
#define SPEEDUP_COLUMNS 7 /* width of each of the two speed-ups */
#define NUMBERS         (P50_COLUMNS + 2 * SPEEDUP_COLUMNS)
#define LEAST_NAME      16 /* least columns of a shortened name */
#define LEAST_FIGURES   3  /* names are shortened if fewer figures fit beside them */
#define LEAST_BAR       14 /* least columns of a bar beside the numbers */
#define MARKS_ROWS      12 /* least rows of a view that explains shares of peak */
#define ROWS_MOST       4  /* most rows of a rung: numbers, bar, legend, a blank */

#define CLOSE "~" /* beside a ratio */
#define BEST  "*" /* beside a median */

struct ladder {
    const struct screen *screen;
    struct line lines[EXPLORER_LINES];
    int count;
    struct axis axis; /* linear, from zero */
    struct rectangle area;
    int name_columns;
    struct names names;
    struct figures figures;
    int rows_each; /* rows of a rung; 1: its bar is in the row of its numbers */
    bool any_close, any_best, any_floor, any_undivided;
    bool any_part[PART_COUNT];
    bool phased;                /* at least one run has waits, measured with PHASES */
    enum parts_brevity brevity; /* the same for all legends */
};

/* The iteration's p50 in ns. 0: there is none, or the row is NULL. */
static double p50_of(const struct row *row)
{
    if (!row || !row->run || row->run->status >= RUN_FAILED)
        return 0;
    return (double)histogram_percentile(&row->run->histograms[run_decode_metric(row->run)], 0.5);
}

static double floor_of_row(const struct row *row)
{
    return row->run ? (double)floor_ns(row->run, METRIC_ITERATION) : 0;
}

/* Takes the rungs: the list of variants without kept samples. */
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

/* The row in a line of the ladder; NULL: a heading. */
static const struct row *rung_at(const struct ladder *ladder, int i)
{
    const struct line *line = &ladder->lines[i];
    return line->title ? NULL : &frame_row(ladder->screen->frame, line->row)->row;
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

/* Finds the longest bar, and which parts the rungs have. */
static void take_extent(struct ladder *ladder)
{
    double most = 0;
    for (int i = 0; i < ladder->count; i++) {
        struct parts parts;
        const struct row *row = rung_at(ladder, i);
        const double p50 = p50_of(row);
        if (p50 <= 0)
            continue;
        most = p50 > most ? p50 : most;
        ladder->any_floor |= floor_of_row(row) > 0;
        if (!parts_of(row->run, &parts)) {
            ladder->any_undivided = true;
            continue;
        }
        ladder->phased |= parts.phased;
        for (int part = 0; part < PART_COUNT; part++)
            ladder->any_part[part] |= parts.whole[part] > 0;
    }
    ladder->axis = (struct axis){.high_ns = most * 1.05, .linear = true};
}

static int bar_column(const struct ladder *ladder)
{
    return ladder->rows_each > 1 ? 2
                                 : 2 + ladder->name_columns + NUMBERS + ladder->figures.columns + 2;
}

/* Chooses one form for all legends: the longest in which each of them fits. */
static void choose_brevity(struct ladder *ladder)
{
    const int columns = ladder->area.columns - bar_column(ladder);
    for (int i = 0; i < ladder->count; i++) {
        struct parts parts;
        const struct row *row = rung_at(ladder, i);
        if (p50_of(row) <= 0 || !parts_of(row->run, &parts))
            continue;
        const enum parts_brevity own =
            parts_bar_brevity(columns, &parts, parts.whole, parts.iteration_ns);
        ladder->brevity = own > ladder->brevity ? own : ladder->brevity;
    }
}

/* ---- a rung --------------------------------------------------------------------------------- */

/* Draws the bar of a run whose steps are not divided into gap and busy, such as a recorded
 * free-running one. */
static void draw_undivided(const struct ladder *ladder, int at, int column, int columns, double p50)
{
    const struct theme *theme = ladder->screen->theme;
    const int end = (int)(p50 / ladder->axis.high_ns * columns + 0.5);
    for (int cell = 0; cell < end && cell < columns; cell++)
        draw_text(theme, ladder->area, at, column + cell, ROLE_DIM, theme->glyphs->outline);
}

/* Draws the median as a bar, divided into its parts. */
static void draw_bar(const struct ladder *ladder, int at, const struct row *row)
{
    const struct theme *theme = ladder->screen->theme;
    const int column = bar_column(ladder), columns = ladder->area.columns - column;
    const double p50 = p50_of(row), full = ladder->axis.high_ns;
    struct parts parts;
    double ns[PART_COUNT] = {0};
    if (p50 <= 0 || columns < 4)
        return;
    const bool divided = parts_of(row->run, &parts) && parts.iteration_ns > 0;
    for (int part = 0; part < PART_COUNT && divided; part++)
        ns[part] = p50 * parts.whole[part] / parts.iteration_ns;
    if (divided)
        parts_bar_draw(theme, ladder->area, at, column, columns, ns, full);
    else
        draw_undivided(ladder, at, column, columns, p50);
    parts_bar_floor(theme, ladder->area, at, column, columns, floor_of_row(row), full);
    if (ladder->rows_each > 2 && divided)
        parts_bar_legend(theme, ladder->area, at + 1, column, &parts, parts.whole,
                         parts.iteration_ns, ladder->brevity);
}

static void draw_speedups(const struct ladder *ladder, int at, int column,
                          const struct frame_row *of, bool close)
{
    const struct theme *theme = ladder->screen->theme;
    const struct row *row = &of->row;
    char text[24] = "", marked[32];
    const char *unlike = screen_differs(of, 14);
    const enum verdict verdict = row->run->verification.verdict;
    const bool wrong = verdict == VERDICT_WRONG;
    if (of->unlike || verdict != VERDICT_RIGHT) {
        const char *reason = wrong && of->unlike ? "WRONG, " SCREEN_UNLIKE
                             : wrong             ? "WRONG"
                             : !of->unlike       ? "unverified"
                             : *unlike           ? unlike
                                                 : SCREEN_UNLIKE;
        const enum role role = wrong ? ROLE_BAD : of->unlike ? ROLE_TAIL : ROLE_DIM;
        draw_right(theme, ladder->area, at, column, 2 * SPEEDUP_COLUMNS, role, reason);
        return;
    }
    screen_speedup(ladder->screen, of->speedup, text, sizeof text);
    column = draw_right(theme, ladder->area, at, column, SPEEDUP_COLUMNS, ROLE_STRONG,
                        row->known && row->known->rung == 1 ? "base" : text);
    screen_speedup(ladder->screen, of->over_before, text, sizeof text);
    snprintf(marked, sizeof marked, "%s%s", close ? CLOSE : "", text);
    draw_right(theme, ladder->area, at, column, SPEEDUP_COLUMNS, close ? ROLE_DIM : ROLE_TEXT,
               marked);
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
    if (row.recorded)
        draw_text(theme, ladder->area, at, 1, ROLE_TAIL, theme->glyphs->recorded);
    const int column =
        draw_field(theme, ladder->area, at, 2, ladder->name_columns,
                   selected ? ROLE_STRONG : ROLE_TEXT, screen_row_name(&ladder->names, index));
    if (p50_of(&row) <= 0) {
        draw_right(theme, ladder->area, at, column, NUMBERS, ROLE_DIM, panel_variants_state(&row));
        return;
    }
    snprintf(marked, sizeof marked, "%s%s", best ? BEST : "",
             text_percentile_ns(text, sizeof text, p50_of(&row)));
    draw_right(theme, ladder->area, at, column, P50_COLUMNS, best ? ROLE_GOOD : ROLE_STRONG,
               marked);
    draw_speedups(ladder, at, column + P50_COLUMNS, of, is_close(ladder, index));
    figures_draw(theme, ladder->area, at, column + NUMBERS, &ladder->figures, row.run);
    draw_bar(ladder, ladder->rows_each > 1 ? at + 1 : at, &row);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void draw_head(const struct ladder *ladder)
{
    const struct theme *theme = ladder->screen->theme;
    int column = 2 + ladder->name_columns;
    char base[16], previous[16];
    snprintf(base, sizeof base, "%s base", theme->glyphs->times);
    snprintf(previous, sizeof previous, "%s prev", theme->glyphs->times);
    column = draw_right(theme, ladder->area, 0, column, P50_COLUMNS, ROLE_DIM, "p50");
    column = draw_right(theme, ladder->area, 0, column, SPEEDUP_COLUMNS, ROLE_DIM, base);
    column = draw_right(theme, ladder->area, 0, column, SPEEDUP_COLUMNS, ROLE_DIM, previous);
    figures_draw_heads(theme, ladder->area, column, &ladder->figures);
}

static void draw_time_axis(const struct ladder *ladder, int at)
{
    const int column = bar_column(ladder);
    const struct rectangle area =
        layout_columns(ladder->area, column, ladder->area.columns - column);
    if (area.columns >= 8 && ladder->axis.high_ns > 0)
        draw_axis(ladder->screen->theme, area, at, &ladder->axis);
}

/* Writes why there is no floor, and how to get one. */
static void explain_no_floor(const struct frame *frame, char *text, size_t size)
{
    const struct source *source = frame->source;
    if (frame->current.row.recorded)
        snprintf(text, size, "no floor was recorded");
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
    char why_not[80];
    int column = parts_bar_names(theme, ladder->area, at, 2, ladder->any_part, ladder->phased);
    if (ladder->any_undivided) {
        column = draw_text(theme, ladder->area, at, column, ROLE_DIM, theme->glyphs->outline);
        column = draw_text(theme, ladder->area, at, column + 1, ROLE_TEXT, "parts unknown") + 2;
    }
    if (ladder->any_floor)
        column = draw_text(theme, ladder->area, at, column, ROLE_STRONG, theme->glyphs->line);
    explain_no_floor(ladder->screen->frame, why_not, sizeof why_not);
    if (ladder->any_floor || column + draw_columns(why_not) < ladder->area.columns)
        draw_text(theme, ladder->area, at, column + 1, ladder->any_floor ? ROLE_TEXT : ROLE_DIM,
                  ladder->any_floor ? "floor" : why_not);
}

/* Whether the figures include shares of peak. *known: the share of at least one rung is known. */
static bool has_shares(const struct ladder *ladder, bool *known)
{
    bool shown = false;
    *known = false;
    for (int i = 0; i < ladder->figures.count; i++)
        shown |= ladder->figures.list[i] == FIGURE_CEILING;
    for (int i = 0; i < ladder->count; i++) {
        const struct row *row = rung_at(ladder, i);
        *known |= row && row->run && row->run->ceiling_gb_per_s > 0;
    }
    return shown;
}

/* Explains the marks beside numbers, and what a share of peak refers to. */
static void draw_marks(const struct ladder *ladder, int at)
{
    const struct theme *theme = ladder->screen->theme;
    int column = 2;
    bool known;
    if (ladder->any_best) {
        column = draw_text(theme, ladder->area, at, column, ROLE_GOOD, BEST);
        column = draw_text(theme, ladder->area, at, column + 1, ROLE_TEXT, "best") + 2;
    }
    if (ladder->any_close) {
        column = draw_text(theme, ladder->area, at, column, ROLE_DIM, CLOSE);
        column =
            draw_text(theme, ladder->area, at, column + 1, ROLE_TEXT, "cannot be told apart") + 2;
    }
    const bool shares = has_shares(ladder, &known);
    const char *peak =
        known ? "of peak: of the peak read bandwidth, measured" : "peak bandwidth was not measured";
    if (shares && column + draw_columns(peak) <= ladder->area.columns)
        draw_text(theme, ladder->area, at, column, known ? ROLE_TEXT : ROLE_DIM, peak);
}

/* Rows that a text needs at the foot of the ladder: at most two. */
static int foot_rows(const struct ladder *ladder, const char *text)
{
    if (!*text || ladder->area.rows < 20)
        return 0;
    return draw_columns(text) + 2 > ladder->area.columns ? 2 : 1;
}

static int draw_foot(const struct ladder *ladder, int at, int rows, enum role role,
                     const char *text)
{
    const struct rectangle area =
        layout_columns(layout_rows(ladder->area, at, rows), 2, ladder->area.columns - 2);
    if (rows > 0)
        draw_wrapped(ladder->screen->theme, area, 0, role, text);
    return at + rows;
}

/* Writes what would speed up the selected rung. */
static void write_advice(const struct ladder *ladder, char *text, size_t size)
{
    const struct row row = ladder->screen->frame->current.row;
    struct advice advice;
    text[0] = '\0';
    if (row.run && advice_of(row.run, row.device, &advice))
        snprintf(text, size, "advice: %s", advice.text);
}

/* Chooses the rows per rung, so that all rungs fit into `room` rows if possible; then the width of
 * names, and the figures. */
static void choose_columns(struct ladder *ladder, int room)
{
    const int columns = ladder->area.columns - 2 - NUMBERS;
    const int names = screen_row_name_columns(ladder->screen, columns);
    ladder->rows_each = ROWS_MOST;
    while (ladder->rows_each > 1 && ladder->rows_each * ladder->count > room)
        ladder->rows_each--;
    const int bar = ladder->rows_each > 1 ? 0 : 2 + LEAST_BAR;
    figures_choose(columns - bar - names, &ladder->figures);
    if (ladder->figures.count < LEAST_FIGURES && names > LEAST_NAME)
        figures_choose(columns - bar - LEAST_NAME, &ladder->figures);
    ladder->name_columns = columns - bar - ladder->figures.columns;
    if (ladder->name_columns > names)
        ladder->name_columns = names;
    screen_row_names(ladder->screen, ladder->name_columns, &ladder->names);
}

/* Draws the rungs that fit above row `end`; the selected one is among them. */
static void draw_rungs(const struct ladder *ladder, int end)
{
    const struct frame *frame = ladder->screen->frame;
    int cursor = 0, at = 1;
    for (int i = 0; i < ladder->count; i++)
        if (!ladder->lines[i].title && ladder->lines[i].row == frame->selected)
            cursor = i;
    const int shown = (end - 1) / ladder->rows_each;
    const int first = layout_scroll(cursor, ladder->count, shown > 0 ? shown : 1);
    for (int i = first; i < ladder->count && at + ladder->rows_each <= end; i++) {
        if (ladder->lines[i].title)
            draw_field(ladder->screen->theme, ladder->area, at, 0, ladder->area.columns, ROLE_ALERT,
                       ladder->lines[i].title);
        else
            draw_rung(ladder, at, ladder->lines[i].row);
        at += ladder->rows_each;
    }
}

void view_ladder_draw(const struct screen *screen)
{
    struct ladder ladder = {.screen = screen};
    const char *why = screen->frame->why;
    char title[96], advice[ADVICE_ROOM + 16];
    screen_draw_lists(screen);
    take_rungs(&ladder);
    take_ranks(&ladder);
    take_extent(&ladder);
    snprintf(title, sizeof title, "Ladder %s iteration p50, divided into its parts",
             screen->theme->glyphs->dot);
    ladder.area = draw_frame(screen->theme, screen->frame->layout->plot, title, "", false);
    const bool marks = ladder.any_best || ladder.any_close || ladder.area.rows >= MARKS_ROWS;
    write_advice(&ladder, advice, sizeof advice);
    const int reasons = foot_rows(&ladder, why), advised = foot_rows(&ladder, advice);
    const int foot = 3 + marks + reasons + advised; /* axis, its labels, legend, marks */
    choose_columns(&ladder, ladder.area.rows - foot - 1);
    /* The axis is right below the rungs, or above the foot if the rungs fill the view. */
    const int rungs = 1 + ladder.count * ladder.rows_each, most = ladder.area.rows - foot;
    const int end = rungs < most ? rungs : most;
    choose_brevity(&ladder);
    draw_head(&ladder);
    draw_rungs(&ladder, end);
    draw_time_axis(&ladder, end);
    draw_legend(&ladder, end + 2);
    if (marks)
        draw_marks(&ladder, end + 3);
    const int below = draw_foot(&ladder, end + 3 + marks, reasons, ROLE_STRONG, why);
    draw_foot(&ladder, below, advised, ROLE_TEXT, advice);
}
