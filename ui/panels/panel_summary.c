/*
 * panel_summary.c - the selected variant in numbers: percentiles, verdict, rates, and the cost of
 * stamps.
 */
#include "operations_row.h"
#include "parts_bar.h"
#include "peak_row.h"
#include "screen.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/floor.h"
#include "../../src/engine/ledger.h"
#include "../../src/engine/prefill.h"
#include "../../src/harness/advice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LABEL_COLUMNS PEAK_LABEL_COLUMNS
#define ROW_COLUMNS   60 /* least columns and rows of a panel with more than table and facts */
#define ROW_ROWS      8
#define VALUE_COLUMNS 9

struct column {
    const char *name;
    double fraction; /* which percentile; 1: the maximum; above 1: the mean */
};

/* Columns from left to right; those at the end that do not fit are left out. */
static const struct column wide_columns[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}, {"mean", 2}, {NULL, 0},
};
static const struct column narrow_columns[] = {{"p50", 0.5}, {"p99", 0.99}, {"max", 1}, {NULL, 0}};

static const struct table_row {
    const char *name;
    enum metric metric;
    int rank; /* if room is short, the lowest ranks stay */
} table[] = {
    {"step = TPOT", METRIC_STEP, 1},    {"  alone", METRIC_ALONE, 2},
    {"  busy", METRIC_BUSY, 3},         {"  gap", METRIC_GAP, 3},
    {"iteration", METRIC_ITERATION, 2}, {"  decode", METRIC_DECODE, 2},
    {"  prefill", METRIC_PREFILL, 2},   {"TTFT", METRIC_TTFT, 4},
    {"sync", METRIC_SYNC, 5},
};
#define ERROR_COLUMNS 50 /* least columns of a panel that shows the relative error */
#define WHOLE_COLUMNS 60 /* the same if only a part was checked: that text is longer */
#define TABLE_ROWS    (int)(sizeof table / sizeof *table)
#define HIGHEST_RANK  5

static void draw_table_row(const struct screen *screen, struct rectangle area, int at,
                           const struct column *columns, const struct run *run,
                           const struct table_row *row)
{
    const struct histogram *histogram = &run->histograms[row->metric];
    bool own = row->metric == METRIC_STEP && run->facts.free_running;
    int column = draw_field(screen->theme, area, at, 0, LABEL_COLUMNS, ROLE_TEXT,
                            own ? "own step" : row->name);
    for (; columns->name; columns++) {
        char text[24] = "-";
        if (columns->fraction <= 1)
            text_percentile(text, sizeof text, histogram, columns->fraction);
        else if (histogram->count > 0)
            text_duration(text, sizeof text, histogram_mean(histogram));
        column = draw_right(screen->theme, area, at, column, VALUE_COLUMNS,
                            columns->fraction == 0.5 ? ROLE_STRONG : ROLE_TEXT, text);
    }
}

/* Whether a table up to this rank has the row. A metric without samples has none, except step and
 * iteration. */
static bool is_shown(const struct run *run, int row, int rank)
{
    const enum metric metric = table[row].metric;
    const bool always = metric == METRIC_STEP || metric == METRIC_ITERATION;
    return table[row].rank <= rank && (always || run->histograms[metric].count > 0);
}

static int rows_up_to(const struct run *run, int rank)
{
    int rows = 0;
    for (int i = 0; i < TABLE_ROWS; i++)
        rows += is_shown(run, i, rank);
    return rows;
}

/* Returns the highest rank such that all table rows of that rank or lower fit into `rows`. */
static int highest_rank(const struct run *run, int rows)
{
    int rank = HIGHEST_RANK;
    while (rank > 1 && rows_up_to(run, rank) > rows)
        rank--;
    return rank;
}

/* Draws the table in at most `rows` rows. Returns the row after it. */
static int draw_table(const struct screen *screen, struct rectangle area, int rows,
                      const struct run *run)
{
    bool wide = area.columns >= LABEL_COLUMNS + 5 * VALUE_COLUMNS;
    const struct column *columns = wide ? wide_columns : narrow_columns;
    int column = LABEL_COLUMNS, at = 0;
    struct column fitting[8] = {{0}};
    for (int i = 0; columns[i].name && column + VALUE_COLUMNS <= area.columns; i++) {
        fitting[i] = columns[i];
        column =
            draw_right(screen->theme, area, at, column, VALUE_COLUMNS, ROLE_DIM, columns[i].name);
    }
    int rank = highest_rank(run, rows - 1);
    at++;
    for (int i = 0; i < TABLE_ROWS; i++)
        if (is_shown(run, i, rank))
            draw_table_row(screen, area, at++, fitting, run, &table[i]);
    return at;
}

/* ---- what a step consists of ----------------------------------------------------------------- */

#define ADVICE_ROWS 10 /* least rows of the panel */

/* Rows of a step's bar and legend: two. A small panel has one row, with a short bar before the
 * legend; a run with graphs needs that row to describe them. */
static int step_rows(struct rectangle inside, const struct run *run, bool known)
{
    if (!known || inside.rows < 6)
        return 0;
    if (inside.rows >= ROW_ROWS)
        return 2;
    return run->facts.graph.path == GRAPH_PATH_NONE;
}

static void draw_step(const struct screen *screen, struct rectangle inside, int at, int rows,
                      const struct run *run, const struct parts *parts)
{
    const struct theme *theme = screen->theme;
    const int column = rows > 1 ? LABEL_COLUMNS : 0;
    const int columns = rows > 1 ? inside.columns - LABEL_COLUMNS : inside.columns / 4;
    if (rows > 1)
        draw_text(theme, inside, at, 0, ROLE_TEXT, parts->free_running ? "own p50" : "step p50");
    parts_bar_draw(theme, inside, at, column, columns, parts->step, parts->step_ns);
    parts_bar_floor(theme, inside, at, column, columns, (double)floor_ns(run, METRIC_STEP),
                    parts->step_ns);
    if (rows > 1)
        at++;
    const int legend = rows > 1 ? column : columns + 1;
    const enum parts_brevity fits =
        parts_bar_brevity(inside.columns - legend, parts, parts->step, parts->step_ns);
    parts_bar_legend(theme, inside, at, legend, parts, parts->step, parts->step_ns,
                     fits > PARTS_SHORT ? PARTS_SHORT : fits); /* the names are nowhere else */
}

static int advice_rows(struct rectangle inside, const char *advice)
{
    const int columns = inside.columns - LABEL_COLUMNS;
    if (!*advice || inside.rows < ADVICE_ROWS || columns <= 0)
        return 0;
    return draw_columns(advice) <= columns ? 1 : 2;
}

static void draw_advice(const struct screen *screen, struct rectangle inside, int at, int rows,
                        const char *advice)
{
    const struct rectangle area = layout_columns(layout_rows(inside, at, rows), LABEL_COLUMNS,
                                                 inside.columns - LABEL_COLUMNS);
    if (rows == 0)
        return;
    draw_text(screen->theme, inside, at, 0, ROLE_TEXT, "advice");
    draw_wrapped(screen->theme, area, 0, ROLE_STRONG, advice);
}

/* ---- telemetry ------------------------------------------------------------------------------- */

#define TELEMETRY_ROOM 512

/* Rows of the remark on what disturbed the run, right below the affected figures. */
static int remark_rows(struct rectangle inside, const char *remark, bool roofline)
{
    if (!*remark || inside.rows < ROW_ROWS)
        return 0;
    return draw_columns(remark) <= inside.columns || roofline ? 1 : 2;
}

/* ---- operations ------------------------------------------------------------------------------ */

#define TABLE_LEAST 3 /* rows: headings, step, iteration */

/* Returns how many rows operations may take below the table, if other lines take `others` rows: all
 * that the full table leaves, or one of the table's. If the table has none to spare, they take the
 * row of telemetry, if there is one (*has_strip becomes false). */
static int operations_room(struct rectangle inside, const struct run *run, int others,
                           bool *has_strip)
{
    const int spare = inside.rows - others - 1 - rows_up_to(run, HIGHEST_RANK);
    if (inside.rows < ROW_ROWS || run->operations.steps == 0)
        return 0;
    if (spare < 1 && inside.rows - others <= TABLE_LEAST && *has_strip)
        *has_strip = false;
    else if (spare < 1 && inside.rows - others <= TABLE_LEAST)
        return 0;
    return spare < 1 ? 1 : spare;
}

/* ---- facts ---------------------------------------------------------------------------------- */

/* The position of the next fact. Facts fill one row after another. */
struct facts_line {
    const struct screen *screen;
    struct rectangle area;
    int row, column;
};

__attribute__((format(printf, 3, 4))) static void add_fact(struct facts_line *line, enum role role,
                                                           const char *format, ...)
{
    const struct theme *theme = line->screen->theme;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const int columns = draw_columns(text);
    if (line->column > 0 && line->column + 3 + columns > line->area.columns) {
        line->row++;
        line->column = 0;
    }
    if (line->column > 0)
        line->column = draw_format(theme, line->area, line->row, line->column, ROLE_DIM, " %s ",
                                   theme->glyphs->dot);
    line->column = draw_text(theme, line->area, line->row, line->column, role, text);
}

/* Adds a fact in a row of its own. If it is too long, a sign marks the cut. */
static void add_row(struct facts_line *line, enum role role, const char *text)
{
    line->row += line->column > 0;
    line->column =
        draw_field(line->screen->theme, line->area, line->row, 0, line->area.columns, role, text);
}

static void add_verdict(struct facts_line *line, const struct run *run)
{
    const struct verification *check = &run->verification;
    char text[256];
    switch (check->verdict) {
    case VERDICT_RIGHT:
        verification_text(check, text, sizeof text);
        if (line->area.columns < ERROR_COLUMNS) /* so that the rates fit beside this */
            snprintf(text, sizeof text, "verified %u of %u", check->checked, check->total);
        else if (line->area.columns >= WHOLE_COLUMNS || check->checked == check->total)
            text_append(text, sizeof text, ", rel. error %.1e", check->rel_l2_error);
        add_fact(line, ROLE_GOOD, "%s", text);
        break;
    case VERDICT_WRONG:
        add_fact(line, ROLE_BAD, "WRONG: %s", check->reason);
        break;
    case VERDICT_NONE:
        if (run->verifying)
            add_fact(line, ROLE_DIM, "verifying: %u of %u so far", run->verified, check->total);
        else
            add_fact(line, ROLE_DIM, "unverified: timed, not ranked");
        break;
    }
}

static void add_rates(struct facts_line *line, const struct run *run, bool share_drawn)
{
    const double tokens = run_tokens_per_s(run), gigabytes = run_moved_gb_per_s(run);
    char number[24], share[24];
    if (tokens > 0) {
        text_rate(number, sizeof number, tokens);
        bool prefixed = text_is_letter(number[strlen(number) - 1]); /* "1.38 M" */
        add_fact(line, ROLE_STRONG, "%s%stokens/s", number, prefixed ? "" : " ");
    }
    text_bandwidth(number, sizeof number, gigabytes);
    if (gigabytes > 0 && run->ceiling_gb_per_s > 0 && !share_drawn)
        add_fact(line, ROLE_TEXT, "%s GB/s, %s of peak", number,
                 text_share(share, sizeof share, gigabytes / run->ceiling_gb_per_s));
    else if (gigabytes > 0)
        add_fact(line, ROLE_TEXT, "moves %s GB/s", number);
}

/* Adds the ledger, unless the lesson is visible, which contains it. */
static void add_ledger(struct facts_line *line, const struct run *run)
{
    char text[160];
    if (line->screen->frame->layout->lesson.rows == 0 && *ledger_text(run, text, sizeof text))
        add_fact(line, ROLE_TEXT, "%s", text);
}

/* Adds the bandwidth of a prefill's copies, how many are in flight, the share of the prefill that
 * overlaps the decode, and the parts of a typical TTFT. */
static void add_prefill(struct facts_line *line, const struct run *run)
{
    char start[24], before[24], first[24], cap[24] = "";
    struct prefill_figures figures;
    if (run->histograms[METRIC_PREFILL].count == 0)
        return;
    if (prefill_cap(run) > 0)
        snprintf(cap, sizeof cap, " of %u", prefill_cap(run));
    const double moved = prefill_gb_per_s(run);
    add_fact(line, ROLE_TEXT, "copies %s GB/s, %u%s in flight",
             moved > 0 ? text_bandwidth(start, sizeof start, moved) : "-", run->in_flight_most,
             cap);
    if (!prefill_figures_of(run, &run->typical, &figures))
        return;
    add_fact(line, ROLE_TEXT, "%.0f %% of the prefill overlaps the decode",
             100 * (double)figures.hidden_ns /
                 (double)(figures.prefill_ns ? figures.prefill_ns : 1));
    if (figures.first_step_ns == 0)
        return;
    add_fact(line, ROLE_TEXT, "typical TTFT: start %s, prefill %s, step %s",
             text_duration(start, sizeof start, (double)figures.start_ns),
             text_duration(before, sizeof before, (double)figures.before_ns),
             text_duration(first, sizeof first, (double)figures.first_step_ns));
}

static void add_floor(struct facts_line *line, const struct run *run)
{
    char text[96];
    peak_row_floor(run, text, sizeof text);
    if (*text)
        add_fact(line, ROLE_TEXT, "%s", text);
}

/* Warns of what the table lacks. Warnings precede the facts that a small panel can do without. */
static void add_warnings(struct facts_line *line, const struct run *run)
{
    char number[32];
    if (run->left_out > 0)
        add_fact(line, ROLE_BAD, "%s step%s without a stamp",
                 text_integer(number, sizeof number, (int64_t)run->left_out),
                 run->left_out == 1 ? "" : "s");
    if (run->facts.free_running)
        add_fact(line, ROLE_BAD, "no TPOT: free-running");
}

/* Adds how a variant's graphs were made, and the times of capture, instantiation and replay. */
static void add_graph(struct facts_line *line, const struct run *run)
{
    const struct graph_facts *graph = &run->facts.graph;
    char capture[24], make[24], replay[24], first[24];
    if (graph->path == GRAPH_PATH_NONE)
        return;
    add_fact(line, ROLE_TEXT, "%s graphs %s, nodes %u, launches %u",
             graph->path == GRAPH_PATH_FULL ? "full" : "piecewise",
             graph->updated ? "updated" : "captured anew", run->facts.graph_nodes,
             run->facts.launches_per_iteration);
    text_duration(replay, sizeof replay, (double)graph->replay_ns);
    add_fact(line, ROLE_TEXT, "replay %s, first %s", graph->replay_ns > 0 ? replay : "-",
             text_duration(first, sizeof first, (double)graph->first_replay_ns));
    add_fact(line, ROLE_TEXT, "capture %s, %s %s",
             text_duration(capture, sizeof capture, (double)graph->capture_ns),
             graph->updated ? "update" : "instantiate",
             text_duration(make, sizeof make, (double)graph->instantiate_ns));
}

static void add_counts(struct facts_line *line, const struct run *run)
{
    char number[32];
    if (run->facts.graph.path == GRAPH_PATH_NONE) /* otherwise add_graph has added it */
        add_fact(line, ROLE_TEXT, "%u launch%s an iteration", run->facts.launches_per_iteration,
                 run->facts.launches_per_iteration == 1 ? "" : "es");
    text_integer(number, sizeof number, (int64_t)run->histograms[METRIC_ITERATION].count);
    add_fact(line, ROLE_TEXT, "%s iterations", number);
    if (run->epoch > 0)
        add_fact(line, ROLE_TEXT, "epoch %llu", (unsigned long long)run->epoch);
    double cost, error;
    if (run_stamp_cost(run, &cost, &error) && cost > 2 * error) { /* otherwise it may be noise */
        int digits = error < 10 ? 1 : 0; /* so that the error does not round to 0 */
        add_fact(line, ROLE_TEXT, "stamps cost %.*f %s %.*f ns a step", digits, cost,
                 line->screen->theme->glyphs->error, digits, error);
    }
}

/* Draws the table of the samples replayed so far, and says that it is partial. */
static void draw_replayed(const struct screen *screen, struct rectangle inside,
                          const struct run *shown)
{
    int at = draw_table(screen, inside, inside.rows - 2, shown);
    char text[160], number[32];
    const struct run *whole = screen->frame->current.row.run;
    snprintf(
        text, sizeof text, "Only the iterations replayed so far. Esc shows all %s iterations",
        text_integer(number, sizeof number, (int64_t)whole->histograms[METRIC_ITERATION].count));
    draw_wrapped(screen->theme, inside, at, ROLE_DIM, text);
}

/* Draws the table, the rows below it, and the facts. */
static void draw_measured(const struct screen *screen, struct rectangle inside,
                          const struct run *run, const struct device_info *device)
{
    char remark[TELEMETRY_ROOM], strip[TELEMETRY_ROOM];
    const bool peak = peak_row_fits(inside, run);
    const int remarks = remark_rows(inside, telemetry_remark(run, remark, sizeof remark), peak);
    bool has_strip = inside.rows >= ROW_ROWS && inside.columns >= ROW_COLUMNS &&
                     *telemetry_strip(&run->telemetry, strip, sizeof strip);
    const bool had_strip = has_strip;
    struct parts parts;
    struct advice advice = {.text = ""};
    const int step = step_rows(inside, run, parts_of(run, &parts));
    advice_of(run, device, &advice);
    const int advised = advice_rows(inside, advice.text);
    int others =
        (inside.rows >= 6 && step == 0 ? 3 : 2) + remarks + peak + has_strip + step + advised;
    const int operations =
        operations_row_count(inside, run, operations_room(inside, run, others, &has_strip));
    others -= had_strip && !has_strip;
    const int facts = others + operations;
    int at = draw_table(screen, inside, inside.rows - facts, run);
    if (remarks > 0)
        draw_wrapped(screen->theme, layout_rows(inside, at, remarks), 0, ROLE_BAD, remark);
    at += remarks;
    if (step > 0)
        draw_step(screen, inside, at, step, run, &parts);
    at += step;
    operations_row_draw(screen, inside, at, operations, run);
    at += operations;
    draw_advice(screen, inside, at, advised, advice.text);
    at += advised;
    const bool floor_drawn = peak && peak_row_draw(screen, inside, at++, run);
    if (has_strip) {
        draw_text(screen->theme, inside, at, 0, ROLE_TEXT, "telemetry");
        draw_text(screen->theme, inside, at++, LABEL_COLUMNS, ROLE_TEXT, strip);
    }
    struct facts_line line = {.screen = screen, .area = inside, .row = at};
    add_verdict(&line, run);
    add_rates(&line, run, peak);
    if (!floor_drawn)
        add_floor(&line, run);
    if (remarks == 0 && *remark)
        add_row(&line, ROLE_BAD, remark);
    add_warnings(&line, run);
    add_ledger(&line, run);
    add_prefill(&line, run);
    add_graph(&line, run);
    add_counts(&line, run);
}

void panel_summary_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct row row = frame->shown;
    const char *title = row.known ? row.known->title : row.name ? row.name : "";
    struct rectangle inside =
        draw_frame(screen->theme, area, title, row.kept ? row.mark : "", false);
    if (frame->replays && row.run)
        draw_replayed(screen, inside, row.run);
    else if (row.run && row.run->histograms[METRIC_ITERATION].count > 0 &&
             row.run->status < RUN_FAILED)
        draw_measured(screen, inside, row.run, row.device);
    else if (row.run && row.run->verifying) /* there are no samples yet */
        add_verdict(&(struct facts_line){.screen = screen, .area = inside}, row.run);
    else
        draw_wrapped(screen->theme, inside, 0, ROLE_BAD, row_reason(&row));
}
