/*
 * panel_variants.c - the list of variants: p50 with the current knobs, speed-up over the baseline,
 * and verdict.
 */
#include "screen.h"

#include "../../src/base/text_histogram.h"

#include <stdio.h>
#include <string.h>

#define P50_COLUMNS     8
#define SPEEDUP_COLUMNS 6
#define TITLE_COLUMNS   42 /* least columns of a frame whose title explains the speed-ups */

const char *panel_variants_state(const struct row *row)
{
    static const char *const words[] = {
        [RUN_WAITING] = "waiting",    [RUN_PREPARING] = "prepares", [RUN_WARMING] = "warms up",
        [RUN_MEASURING] = "measures", [RUN_DONE] = "none",          [RUN_FAILED] = "failed",
        [RUN_SKIPPED] = "can't run",
    };
    return row->run ? words[row->run->status] : row->recorded ? "not recorded" : "waiting";
}

static void draw_mark(const struct screen *screen, struct rectangle area, int row, int column,
                      const struct run *run)
{
    const enum verdict verdict = run->verification.verdict;
    draw_text(screen->theme, area, row, column,
              verdict == VERDICT_RIGHT   ? ROLE_GOOD
              : verdict == VERDICT_WRONG ? ROLE_BAD
                                         : ROLE_DIM,
              screen_verdict_sign(screen, run));
}

/* Draws the speed-up. Draws "differs" for a different workload, "WRONG" for a wrong result, "base"
 * for the baseline, and nothing for an unverified run. */
static void draw_speedup(const struct screen *screen, struct rectangle area, int row, int column,
                         const struct frame_row *of)
{
    const struct run *run = of->row.run;
    char speedup[24];
    screen_speedup(screen, of->speedup, speedup, sizeof speedup);
    if (of->unlike) /* one column wider; the mark after it still shows a wrong result */
        draw_right(screen->theme, area, row, column - 1, SPEEDUP_COLUMNS + 1, ROLE_TAIL,
                   SCREEN_UNLIKE);
    else if (run->verification.verdict == VERDICT_WRONG)
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_BAD, "WRONG");
    else if (run->known && run->known->rung == 1)
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_DIM, "base");
    else
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_STRONG, speedup);
}

/* Draws p50, speed-up and mark, or why they are missing. */
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
    draw_right(theme, area, row, column, P50_COLUMNS - of->unlike, ROLE_STRONG, p50);
    column += P50_COLUMNS;
    draw_speedup(screen, area, row, column + 1, of);
    draw_mark(screen, area, row, column + 1 + SPEEDUP_COLUMNS + 1, run);
}

/* Draws the name and, if there is room, how the workload differs. */
static void draw_name(const struct screen *screen, struct rectangle area, int at, int column,
                      int columns, enum role role, const char *name, const struct frame_row *row)
{
    const int room = columns - draw_columns(name) - 1;
    const char *unlike = screen_differs(row, room);
    draw_field(screen->theme, area, at, column, columns, role, name);
    if (*unlike)
        draw_right(screen->theme, area, at, column + columns - room, room, ROLE_TAIL, unlike);
}

/* The column where names begin, after the cursor and the tags. */
static int name_at(const struct screen *screen)
{
    return screen->frame->tag_count > 0 ? 3 : 2;
}

static int numbers_columns(const struct screen *screen)
{
    return P50_COLUMNS + 1 + SPEEDUP_COLUMNS + 1 + draw_columns(screen->theme->glyphs->right);
}

static int name_columns(const struct screen *screen, struct rectangle area)
{
    return area.columns - name_at(screen) - numbers_columns(screen) - 1;
}

static void draw_row(const struct screen *screen, struct rectangle area, int at, uint32_t index,
                     const char *name)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct frame_row *row = frame_row(frame, index);
    const bool selected = index == frame->selected;
    const int letter = row->letter, numbers_at = area.columns - numbers_columns(screen);
    draw_text(theme, area, at, 0, ROLE_FOCUS, selected ? theme->glyphs->cursor : " ");
    if (letter >= 0)
        draw_text(theme, area, at, 1, screen_letter_role(letter),
                  (char[]){(char)('A' + letter), 0});
    else
        draw_text(theme, area, at, 1, ROLE_BAR, row->active ? theme->glyphs->active : " ");
    draw_name(screen, area, at, name_at(screen), name_columns(screen, area),
              row->row.recorded && !row->row.run ? ROLE_DIM
              : selected                         ? ROLE_STRONG
                                                 : ROLE_TEXT,
              name, row);
    draw_numbers(screen, area, at, numbers_at, row);
    if (row->row.recorded)
        draw_text(theme, area, at, numbers_at - 1, ROLE_TAIL, theme->glyphs->recorded);
    if (selected && frame->focus == FOCUS_VARIANTS && frame->overlay == OVERLAY_NONE)
        draw_over(theme, area, at, ROLE_CURSOR);
}

/* Writes the heading of recorded rows: "RECORDED H100, 2026-11-26, × over its base". Their
 * speed-ups are over the baseline in the same recording. */
static void write_section(const struct screen *screen, int columns, const char *title, char *text,
                          size_t size)
{
    static const char word[] = "RECORDED ";
    const char *comma = strrchr(title, ',');
    char device[96], shorter[NAMES_ROOM], end[64];
    if (!comma) /* no date: recorded on several days */
        comma = title + strlen(title);
    if (strncmp(title, word, strlen(word)) != 0) {
        names_shorten_one(text, size, title, columns, screen->theme->glyphs->more);
        return;
    }
    snprintf(device, sizeof device, "%.*s", (int)(comma - title - (long)strlen(word)),
             title + strlen(word));
    snprintf(end, sizeof end, "%.30s, %s over its base", comma, screen->theme->glyphs->times);
    if (columns < (int)strlen(word) + screen_device_least(device) + draw_columns(end))
        snprintf(end, sizeof end, "%.30s", comma);
    screen_device(device, columns - (int)strlen(word) - draw_columns(end),
                  screen->theme->glyphs->more, shorter, sizeof shorter);
    snprintf(text, size, "%s%s%s", word, shorter, end);
}

/* Draws a heading across the whole width inside the frame. */
static void draw_title(const struct screen *screen, struct rectangle frame, int at,
                       const char *title)
{
    const struct rectangle area =
        layout_columns(layout_rows(frame, 1, frame.rows - 2), 1, frame.columns - 2);
    char text[NAMES_ROOM + 96];
    write_section(screen, area.columns, title, text, sizeof text);
    draw_text(screen->theme, area, at, 0, ROLE_ALERT, text);
}

void panel_variants_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct line *lines = frame->lines;
    const int count = frame->line_count;
    struct names names;
    char title[128];
    if (frame->filter[0])
        snprintf(title, sizeof title, "Variants with '%s'", frame->filter);
    else
        snprintf(title, sizeof title, "Variants %s iteration p50%s%s%s", theme->glyphs->dot,
                 area.columns >= TITLE_COLUMNS ? ", " : "",
                 area.columns >= TITLE_COLUMNS ? theme->glyphs->times : "",
                 area.columns >= TITLE_COLUMNS ? " over base" : "");
    struct rectangle inside = draw_frame(theme, area, title, "", frame->focus == FOCUS_VARIANTS);
    const int first = layout_scroll(frame->cursor_line, count, inside.rows);
    screen_row_names(screen, name_columns(screen, inside), &names);
    for (int i = first; i < count && i - first < inside.rows; i++) {
        if (lines[i].title)
            draw_title(screen, area, i - first, lines[i].title);
        else
            draw_row(screen, inside, i - first, lines[i].row,
                     screen_row_name(&names, lines[i].row));
    }
    if (count == 0)
        draw_field(theme, inside, 0, 0, inside.columns, ROLE_DIM, "no variant; Esc shows all");
    if (first + inside.rows < count)
        draw_right(theme, area, area.rows - 1, 1, 2, ROLE_FRAME, theme->glyphs->more);
}

void panel_variants_line(const struct screen *screen, struct rectangle area)
{
    const struct theme *theme = screen->theme;
    const struct frame *frame = screen->frame;
    const struct frame_row *row = &frame->current;
    const int numbers = numbers_columns(screen);
    char sign[8] = "";
    struct names names;
    if (row->letter >= 0)
        snprintf(sign, sizeof sign, "%c ", 'A' + row->letter);
    const int column = draw_format(theme, area, 0, 1, ROLE_STRONG, "%u/%u %s", frame->selected + 1,
                                   frame->row_count, sign);
    screen_row_names(screen, area.columns - numbers - 2 - column, &names);
    draw_text(theme, area, 0, column, ROLE_STRONG, screen_row_name(&names, frame->selected));
    draw_numbers(screen, area, 0, area.columns - numbers - 1, row);
}
