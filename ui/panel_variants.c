/*
 * panel_variants.c - the list of variants: what each takes under the present knobs, how much faster
 * than the baseline that is, and whether its results were found right.
 */
#include "screen.h"

#include "../src/text.h"

#include <stdio.h>
#include <string.h>

#define P50_COLUMNS     8
#define SPEEDUP_COLUMNS 6

static int mark_columns(const struct theme *theme)
{
    return theme->unicode ? 1 : 2;
}

/* What stands in place of the p50 while there is none. */
static const char *state_word(const struct explorer *explorer, const struct run *run)
{
    static const char *const words[] = {
        [RUN_WAITING] = "waiting",    [RUN_PREPARING] = "prepares", [RUN_WARMING] = "warms up",
        [RUN_MEASURING] = "measures", [RUN_DONE] = "none",          [RUN_FAILED] = "failed",
        [RUN_SKIPPED] = "can't run",
    };
    return run ? words[run->status] : explorer->source.recorded ? "not recorded" : "waiting";
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

/* What stands between p50 and mark: nothing is ranked before it is found right. */
static void draw_speedup(const struct screen *screen, struct rectangle area, int row, int column,
                         const struct run *run)
{
    char speedup[24];
    screen_speedup(screen, explorer_speedup(screen->explorer, run), speedup, sizeof speedup);
    if (run->verification.verdict == VERDICT_WRONG)
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_BAD, "WRONG");
    else if (is_baseline(run))
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_DIM, "base");
    else
        draw_right(screen->theme, area, row, column, SPEEDUP_COLUMNS, ROLE_STRONG, speedup);
}

/* p50, speed-up and mark; or what keeps them away. */
static void draw_numbers(const struct screen *screen, struct rectangle area, int row, int column,
                         const struct run *run)
{
    const struct theme *theme = screen->theme;
    char p50[24];
    uint64_t ns = run ? histogram_percentile(&run->histograms[run_decode_metric(run)], 0.5) : 0;
    if (ns == 0 || run->status >= RUN_FAILED) {
        draw_right(theme, area, row, column, P50_COLUMNS + 1 + SPEEDUP_COLUMNS, ROLE_DIM,
                   state_word(screen->explorer, run));
        return;
    }
    text_duration(p50, sizeof p50, (double)ns);
    column = draw_right(theme, area, row, column, P50_COLUMNS, ROLE_STRONG, p50);
    draw_speedup(screen, area, row, column + 1, run);
    draw_mark(screen, area, row, column + 1 + SPEEDUP_COLUMNS + 1, run);
}

static bool has_device(const struct explorer *explorer, const struct run *run)
{
    const struct snapshot *snapshot = explorer->source.snapshot;
    return explorer->source.worker && snapshot->state == WORKER_RUNNING && run &&
           run == &snapshot->runs[snapshot->active];
}

static void draw_row(const struct screen *screen, struct rectangle area, int at, uint32_t index)
{
    const struct explorer *explorer = screen->explorer;
    const struct theme *theme = screen->theme;
    struct row row = explorer_row(explorer, index);
    bool selected = index == explorer->selected;
    int numbers = P50_COLUMNS + 1 + SPEEDUP_COLUMNS + 1 + mark_columns(theme);
    draw_text(theme, area, at, 0, ROLE_FOCUS, selected ? theme->glyphs->cursor : " ");
    draw_text(theme, area, at, 1, ROLE_BAR,
              has_device(explorer, row.run) ? theme->glyphs->active : " ");
    draw_field(theme, area, at, 2, area.columns - 2 - numbers - 1,
               explorer->source.recorded && !row.run ? ROLE_DIM
               : selected                            ? ROLE_STRONG
                                                     : ROLE_TEXT,
               row.name);
    draw_numbers(screen, area, at, area.columns - numbers, row.run);
    if (selected && explorer->focus == FOCUS_VARIANTS && explorer->overlay == OVERLAY_NONE)
        draw_over(theme, area, at, ROLE_CURSOR);
}

void panel_variants_draw(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const struct theme *theme = screen->theme;
    uint32_t rows = explorer_rows(explorer);
    int shown = 0, cursor = 0;
    char title[128];
    for (uint32_t i = 0; i < rows; i++) {
        if (i == explorer->selected)
            cursor = shown;
        shown += explorer_shows(explorer, i);
    }
    if (explorer->filter[0])
        snprintf(title, sizeof title, "Variants with '%s'", explorer->filter);
    else
        snprintf(title, sizeof title, "Variants %s iteration p50", theme->glyphs->dot);
    struct rectangle inside =
        draw_frame(theme, area, title, explorer->source.mark, explorer->focus == FOCUS_VARIANTS);
    int first = layout_scroll(cursor, shown, inside.rows), at = -first;
    for (uint32_t i = 0; i < rows; i++)
        if (explorer_shows(explorer, i))
            draw_row(screen, inside, at++, i);
    if (shown == 0)
        draw_field(theme, inside, 0, 0, inside.columns, ROLE_DIM, "no variant; Esc shows all");
    if (first + inside.rows < shown)
        draw_right(theme, area, area.rows - 1, 1, 2, ROLE_FRAME, theme->glyphs->more);
}

void panel_variants_line(const struct screen *screen, struct rectangle area)
{
    const struct theme *theme = screen->theme;
    struct row row = explorer_selected(screen->explorer);
    int numbers = P50_COLUMNS + 1 + SPEEDUP_COLUMNS + 1 + mark_columns(theme);
    char name[96];
    snprintf(name, sizeof name, "%u/%u %s", screen->explorer->selected + 1,
             explorer_rows(screen->explorer), row.name ? row.name : "");
    draw_field(theme, area, 0, 1, area.columns - numbers - 3, ROLE_STRONG, name);
    draw_numbers(screen, area, 0, area.columns - numbers - 1, row.run);
}
