/*
 * panel_variants.c - the list of variants: what each takes under the present knobs, how much faster
 * than the baseline that is, and whether its results were found right.
 */
#include "screen.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"

#include <stdio.h>
#include <string.h>

#define P50_COLUMNS     8
#define SPEEDUP_COLUMNS 6

static int mark_columns(const struct theme *theme)
{
    return draw_columns(theme->glyphs->right);
}

/* What stands in place of the p50 while there is none. */
const char *panel_variants_state(const struct row *row)
{
    static const char *const words[] = {
        [RUN_WAITING] = "waiting",    [RUN_PREPARING] = "prepares", [RUN_WARMING] = "warms up",
        [RUN_MEASURING] = "measures", [RUN_DONE] = "none",          [RUN_FAILED] = "failed",
        [RUN_SKIPPED] = "can't run",
    };
    return row->run ? words[row->run->status] : row->recorded ? "not recorded" : "waiting";
}

static bool is_baseline(const struct run *run)
{
    return run && run->known && run->known->rung == 1;
}

static void draw_mark(const struct screen *screen, struct rectangle area, int row, int column,
                      const struct run *run)
{
    const struct glyphs *glyphs = screen->theme->glyphs;
    switch (run->verification.verdict) {
    case VERDICT_RIGHT:
        draw_text(screen->theme, area, row, column, ROLE_GOOD, glyphs->right);
        break;
    case VERDICT_WRONG:
        draw_text(screen->theme, area, row, column, ROLE_BAD, glyphs->wrong);
        break;
    case VERDICT_NONE:
        draw_text(screen->theme, area, row, column, ROLE_DIM, glyphs->pending);
        break;
    }
}

/* What stands between p50 and mark: nothing is ranked before it is found right, nor of another
 * workload. */
static void draw_speedup(const struct screen *screen, struct rectangle area, int row, int column,
                         const struct frame_row *of)
{
    const struct run *run = of->row.run;
    char speedup[24];
    screen_speedup(screen, of->speedup, speedup, sizeof speedup);
    if (of->unlike) /* the mark after it says whether it is wrong, too */
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_TAIL, SCREEN_UNLIKE);
    else if (run->verification.verdict == VERDICT_WRONG)
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_BAD, "WRONG");
    else if (is_baseline(run))
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_DIM, "base");
    else
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_STRONG, speedup);
}

/* p50, speed-up and mark; or what keeps them away. */
static void draw_numbers(const struct screen *screen, struct rectangle area, int row, int column,
                         const struct frame_row *of)
{
    const struct theme *theme = screen->theme;
    const struct run *run = of->row.run;
    char p50[24];
    const struct histogram *histogram = run ? &run->histograms[run_decode_metric(run)] : NULL;
    if (!run || histogram->count == 0 || run->status >= RUN_FAILED) {
        draw_right(theme, area, row, column, P50_COLUMNS + 1 + SPEEDUP_COLUMNS, ROLE_DIM,
                   panel_variants_state(&of->row));
        return;
    }
    text_percentile(p50, sizeof p50, histogram, 0.5);
    column = draw_right(theme, area, row, column, P50_COLUMNS, ROLE_STRONG, p50);
    draw_speedup(screen, area, row, column + 1, of);
    draw_mark(screen, area, row, column + 1 + SPEEDUP_COLUMNS + 1, run);
}

/* The name, and where there is room after it, what the workload has otherwise. */
static void draw_name(const struct screen *screen, struct rectangle area, int at, int column,
                      int columns, enum role role, const struct frame_row *row)
{
    const int room = columns - draw_columns(row->row.name) - 1;
    const char *unlike = screen_differs(row, room);
    draw_field(screen->theme, area, at, column, columns, role, row->row.name);
    if (*unlike)
        draw_right(screen->theme, area, at, column + columns - room, room, ROLE_TAIL, unlike);
}

static void draw_row(const struct screen *screen, struct rectangle area, int at, uint32_t index)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct frame_row *row = frame_row(frame, index);
    bool selected = index == frame->selected;
    const int letter = row->letter;
    int numbers = P50_COLUMNS + 1 + SPEEDUP_COLUMNS + 1 + mark_columns(theme);
    draw_text(theme, area, at, 0, ROLE_FOCUS, selected ? theme->glyphs->cursor : " ");
    if (letter >= 0)
        draw_text(theme, area, at, 1, screen_letter_role(letter),
                  (char[]){(char)('A' + letter), 0});
    else
        draw_text(theme, area, at, 1, ROLE_BAR, row->active ? theme->glyphs->active : " ");
    const int name_at = frame->tag_count > 0 ? 3 : 2;
    draw_name(screen, area, at, name_at, area.columns - name_at - numbers - 1,
              row->row.recorded && !row->row.run ? ROLE_DIM
              : selected                         ? ROLE_STRONG
                                                 : ROLE_TEXT,
              row);
    draw_numbers(screen, area, at, area.columns - numbers, row);
    if (selected && frame->focus == FOCUS_VARIANTS && frame->overlay == OVERLAY_NONE)
        draw_over(theme, area, at, ROLE_CURSOR);
}

void panel_variants_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct line *lines = frame->lines;
    const int count = frame->line_count;
    char title[128];
    if (frame->filter[0])
        snprintf(title, sizeof title, "Variants with '%s'", frame->filter);
    else
        snprintf(title, sizeof title, "Variants %s iteration p50", theme->glyphs->dot);
    struct rectangle inside =
        draw_frame(theme, area, title, frame->source->mark, frame->focus == FOCUS_VARIANTS);
    const int first = layout_scroll(frame->cursor_line, count, inside.rows);
    for (int i = first; i < count && i - first < inside.rows; i++) {
        if (lines[i].title)
            draw_field(
                theme,
                (struct rectangle){inside.row, area.column + 1, inside.rows, area.columns - 2},
                i - first, 0, area.columns - 2, ROLE_ALERT, lines[i].title);
        else
            draw_row(screen, inside, i - first, lines[i].row);
    }
    if (count == 0)
        draw_field(theme, inside, 0, 0, inside.columns, ROLE_DIM, "no variant; Esc shows all");
    if (first + inside.rows < count)
        draw_right(theme, area, area.rows - 1, 1, 2, ROLE_FRAME, theme->glyphs->more);
}

void panel_variants_line(const struct screen *screen, struct rectangle area)
{
    const struct theme *theme = screen->theme;
    const struct frame_row *row = &screen->frame->current;
    int numbers = P50_COLUMNS + 1 + SPEEDUP_COLUMNS + 1 + mark_columns(theme);
    const int letter = row->letter;
    char name[96], sign[8] = "";
    if (letter >= 0)
        snprintf(sign, sizeof sign, "%c ", 'A' + letter);
    snprintf(name, sizeof name, "%u/%u %s%s", screen->frame->selected + 1, screen->frame->row_count,
             sign, row->row.name ? row->row.name : "");
    draw_field(theme, area, 0, 1, area.columns - numbers - 3, ROLE_STRONG, name);
    draw_numbers(screen, area, 0, area.columns - numbers - 1, row);
}
