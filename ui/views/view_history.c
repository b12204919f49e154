/*
 * view_history.c - view H: the epochs that the user looked at, the newest first. The first row of
 * an epoch has the variant and the changes, the second the p50, the samples, and the verdict
 * against the previous epoch.
 */
#include "../panels/screen.h"
#include "views.h"

#include "../../src/base/text.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_COLUMNS 5

/* Writes "p50 17.2 us ±1.2 %, n 6,207". */
static void write_figures(const struct screen *screen, const struct run *run, char *text,
                          size_t size)
{
    char median[80], count[24];
    screen_median(screen, run, median, sizeof median);
    text_integer(count, sizeof count, (int64_t)run->histograms[run_decode_metric(run)].count);
    snprintf(text, size, "p50 %s, n %s", median, count);
}

/* Shortens a verdict until it fits: drops first how many units it needs, then the ratio, then the
 * details. What is left is still true. */
static void fit_verdict(char *text, int columns)
{
    char *cut, *verdict;
    if (draw_columns(text) > columns && (cut = strchr(text, ';')))
        *cut = '\0';
    if (draw_columns(text) > columns && (verdict = strstr(text, ": ")) && strchr(text, ','))
        memmove(text, verdict + 2, strlen(verdict + 2) + 1);
    if (draw_columns(text) > columns && (cut = strchr(text, ':')))
        *cut = '\0';
}

static enum role verdict_role(const struct history_entry *entry)
{
    return !entry->compared                              ? ROLE_DIM
           : entry->comparison.outcome == OUTCOME_FASTER ? ROLE_GOOD
           : entry->comparison.outcome == OUTCOME_WRONG  ? ROLE_BAD
           : compare_ranked(entry->comparison.outcome)   ? ROLE_STRONG
                                                         : ROLE_DIM;
}

static void draw_entry(const struct screen *screen, struct rectangle area, int at, uint32_t index)
{
    const struct frame *frame = screen->frame;
    const struct history *history = frame->history;
    const struct history_entry *entry = &history->entries[index];
    const struct theme *theme = screen->theme;
    const bool chosen = index == history->cursor;
    char number[16], changed[256], figures[128], verdict[256];
    snprintf(number, sizeof number, "%u", entry->number);
    history_changed_text(history, index, changed, sizeof changed);
    write_figures(screen, &entry->run, figures, sizeof figures);
    history_verdict_text(history, index, theme->glyphs->times, theme->glyphs->error, verdict,
                         sizeof verdict);
    draw_text(theme, area, at, 0, ROLE_FOCUS, chosen ? theme->glyphs->cursor : " ");
    draw_right(theme, area, at, 1, NUMBER_COLUMNS - 2, ROLE_DIM, number);
    int column = draw_text(theme, area, at, NUMBER_COLUMNS, ROLE_STRONG, entry->run.variant);
    column = draw_format(theme, area, at, column, ROLE_TEXT, " %s ", theme->glyphs->dot);
    const int now = index == history->present ? 5 : 0; /* width of "  now" */
    draw_field(theme, area, at, column, area.columns - column - now, ROLE_TEXT, changed);
    if (now > 0)
        draw_right(theme, area, at, area.columns - now, now, ROLE_STRONG, "now");
    column = draw_text(theme, area, at + 1, NUMBER_COLUMNS, ROLE_TEXT, figures);
    column = draw_text(theme, area, at + 1, column, ROLE_TEXT, *verdict ? "  " : "");
    const int room = area.columns - column;
    fit_verdict(verdict, room);
    draw_field(theme, area, at + 1, column, room, verdict_role(entry), verdict);
    if (chosen && frame->focus == FOCUS_VIEW && frame->overlay == OVERLAY_NONE) {
        draw_over(theme, area, at, ROLE_CURSOR);
        draw_over(theme, area, at + 1, ROLE_CURSOR);
    }
}

void view_history_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct history *history = frame->history;
    const char *dot = screen->theme->glyphs->dot;
    char title[96];
    screen_draw_lists(screen);
    if (history->begun > history->count)
        snprintf(title, sizeof title, "History %s iteration p50 %s the last %u of %u epochs", dot,
                 dot, history->count, history->begun);
    else
        snprintf(title, sizeof title, "History %s iteration p50", dot);
    const struct rectangle area =
        draw_frame(screen->theme, frame->layout->plot, title, "", frame->focus == FOCUS_VIEW);
    if (history->count == 0) {
        draw_wrapped(screen->theme, area, 0, ROLE_DIM,
                     "No epoch has samples yet. Each variant and each setting of its knobs that "
                     "you look at gets a row here.");
        return;
    }
    const int rows = area.rows / 2, count = (int)history->count;
    const int first = layout_scroll(count - 1 - (int)history->cursor, count, rows);
    for (int row = 0; row < rows && first + row < count; row++)
        draw_entry(screen, area, 2 * row, (uint32_t)(count - 1 - first - row));
}
