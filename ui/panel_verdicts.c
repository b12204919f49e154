/*
 * panel_verdicts.c - what is tagged in numbers, and how each stands against the first. What was not
 * verified, or is not the same work on the same device, gets no rank.
 */
#include "screen.h"

#include "../src/text.h"
#include "../src/text_histogram.h"

#include <stdio.h>
#include <string.h>

#define VALUE_COLUMNS 10

/* "×2.31, 2.28 to 2.35": a ratio of medians and its interval. */
static void write_ratio(const struct screen *screen, const struct ratio *ratio, char *text,
                        size_t size)
{
    snprintf(text, size, "%s%.3g, %.3g to %.3g", screen->theme->glyphs->times, ratio->value,
             ratio->low, ratio->high);
}

/* The verdict on a letter, at the right end of its first line; before it, what the row's workload
 * has otherwise than the present knobs. */
static void draw_verdict(const struct screen *screen, struct rectangle area, int at, int column,
                         int letter, const struct row *row)
{
    const struct explorer *explorer = screen->explorer;
    const int reference = explorer_reference(explorer);
    const struct comparison *comparison = &explorer->comparisons[letter];
    char text[160], ratio[64], unlike[256];
    enum role role = ROLE_STRONG;
    if (letter == reference) {
        snprintf(text, sizeof text, "the others are held against it");
        role = ROLE_DIM;
    } else if (!explorer->judged[letter]) {
        snprintf(text, sizeof text, row->run ? "no samples yet" : "waits for its turn");
        role = ROLE_DIM;
    } else if (!compare_ranked(comparison->outcome)) {
        snprintf(text, sizeof text, "not ranked: %s", compare_outcome_text(comparison->outcome));
        role = ROLE_BAD;
    } else {
        write_ratio(screen, &comparison->iteration, ratio, sizeof ratio);
        snprintf(text, sizeof text, "%s: %s%s%c", ratio, compare_outcome_text(comparison->outcome),
                 comparison->outcome == OUTCOME_CLOSE ? " with " : " than ", 'A' + reference);
        role = comparison->outcome == OUTCOME_FASTER ? ROLE_GOOD : ROLE_STRONG;
    }
    screen_unlike(screen, row, area.columns - column - draw_columns(text) - 2, unlike,
                  sizeof unlike);
    if (*unlike)
        column = draw_text(screen->theme, area, at, column, ROLE_TAIL, unlike) + 2;
    draw_right(screen->theme, area, at, column, area.columns - column, role, text);
}

static void draw_numbers(const struct screen *screen, struct rectangle area, int at,
                         const struct row *row)
{
    const struct run *run = row->run;
    char text[32], number[24], unlike[256];
    int column = 2;
    const bool is_unlike = screen_unlike(screen, row, 0, unlike, sizeof unlike);
    const struct histogram *step = &run->histograms[METRIC_STEP];
    text_percentile(text, sizeof text, &run->histograms[run_decode_metric(run)], 0.5);
    column = draw_right(screen->theme, area, at, column, VALUE_COLUMNS + 3, ROLE_STRONG, text);
    if (is_unlike) /* beside a duration, which has seven columns */
        draw_text(screen->theme, area, at, 1, ROLE_TAIL, SCREEN_UNLIKE);
    text_percentile(text, sizeof text, step, 0.5);
    column = draw_right(screen->theme, area, at, column, VALUE_COLUMNS, ROLE_TEXT, text);
    text_percentile(text, sizeof text, step, 0.99);
    column = draw_right(screen->theme, area, at, column, VALUE_COLUMNS, ROLE_TEXT, text);
    text_rate(number, sizeof number, run_tokens_per_s(run));
    column = draw_right(screen->theme, area, at, column, VALUE_COLUMNS, ROLE_TEXT,
                        run_tokens_per_s(run) > 0 ? number : "-");
    text_bandwidth(text, sizeof text, run_moved_gb_per_s(run));
    column = draw_right(screen->theme, area, at, column, VALUE_COLUMNS - 2, ROLE_TEXT,
                        run_moved_gb_per_s(run) > 0 ? text : "-");
    snprintf(text, sizeof text, "%s",
             run->verification.verdict == VERDICT_RIGHT   ? "verified"
             : run->verification.verdict == VERDICT_WRONG ? "WRONG"
                                                          : "unverified");
    draw_right(screen->theme, area, at, column, VALUE_COLUMNS + 2,
               run->verification.verdict == VERDICT_RIGHT ? ROLE_GOOD : ROLE_BAD, text);
}

static void append(char *text, size_t size, const char *more)
{
    const size_t length = strlen(text);
    const char *separator = length > 0 ? ", " : "";
    if (length + strlen(separator) + strlen(more) < size)
        sprintf(text + length, "%s%s", separator, more);
}

/* "SEQ_LEN 64 (A: 32), NVIDIA H100 (A: AMD EPYC)": what differs from the first. "" for nothing. */
static void write_differences(const struct explorer *explorer, int letter, const struct row *row,
                              char *text, size_t size)
{
    const struct comparison *comparison = &explorer->comparisons[letter];
    const int reference = explorer_reference(explorer);
    struct row a = explorer_tagged(explorer, (uint32_t)reference);
    text[0] = '\0';
    if (!explorer->judged[letter] || !a.run || !row->run)
        return;
    for (int id = 0; id < KNOB_COUNT; id++) {
        char own[40], other[40], word[160];
        if (!((comparison->work | comparison->knobs) >> id & 1))
            continue;
        knob_format((enum knob_id)id, row->run->used.value[id], own, sizeof own);
        knob_format((enum knob_id)id, a.run->used.value[id], other, sizeof other);
        snprintf(word, sizeof word, "%s %s (%c: %s)", knob_table[id].name, own, 'A' + reference,
                 other);
        append(text, size, word);
    }
    for (int field = 0; field < DEVICE_FIELDS; field++) {
        char own[192], other[192], word[512];
        const bool differs = comparison->device >> field & 1;
        /* A backend, an id or so many units go with the name. */
        if (!differs || (field != DEVICE_NAME && comparison->device >> DEVICE_NAME & 1))
            continue;
        compare_device_value(row->device, (enum device_field)field, own, sizeof own);
        compare_device_value(a.device, (enum device_field)field, other, sizeof other);
        snprintf(word, sizeof word, "%s (%c: %s)", own, 'A' + reference, other);
        append(text, size, word);
    }
}

static void draw_head(const struct screen *screen, struct rectangle area)
{
    static const struct {
        const char *name;
        int columns;
    } heads[] = {{"iteration p50", VALUE_COLUMNS + 3},
                 {"step p50", VALUE_COLUMNS},
                 {"p99", VALUE_COLUMNS},
                 {"tokens/s", VALUE_COLUMNS},
                 {"GB/s", VALUE_COLUMNS - 2}};
    int column = 2;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        column =
            draw_right(screen->theme, area, 0, column, heads[i].columns, ROLE_DIM, heads[i].name);
}

/* Which it is, the verdict, its numbers, and, where there is room, what differs. Returns the row
 * after it. */
static int draw_tagged(const struct screen *screen, struct rectangle area, int at, int lines,
                       int letter)
{
    struct row row = explorer_tagged(screen->explorer, (uint32_t)letter);
    const char sign[2] = {(char)('A' + letter), '\0'};
    char differences[512], mark[256];
    write_differences(screen->explorer, letter, &row, differences, sizeof differences);
    draw_text(screen->theme, area, at, 0, screen_letter_role(letter), sign);
    int column = draw_text(screen->theme, area, at, 2, ROLE_STRONG, row.name);
    draw_verdict(screen, area, at, column + 2, letter, &row);
    if (row.run && ++at < area.rows)
        draw_numbers(screen, area, at, &row);
    if (lines < 3 || (!*row.mark && !*differences))
        return at + 1;
    snprintf(mark, sizeof mark, "%s%s", row.mark, *row.mark && *differences ? "  " : "");
    column = draw_text(screen->theme, area, ++at, 4, row.recorded ? ROLE_ALERT : ROLE_DIM,
                       *mark ? row.mark : "");
    draw_field(screen->theme, area, at, *mark ? column + 2 : column, area.columns - column - 2,
               ROLE_DIM, *differences ? differences : "");
    return at + 1;
}

void panel_verdicts_draw(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const int tags = (int)explorer_tag_count(explorer);
    struct rectangle inside =
        draw_frame(screen->theme, area,
                   "What that says: A's iteration p50 over each, 95 % interval", "", false);
    const int lines = tags > 0 && inside.rows >= 1 + 3 * tags ? 3 : 2;
    int at = 1;
    draw_head(screen, inside);
    for (int i = 0; i < (int)EXPLORER_TAGS; i++)
        if (explorer_tagged(explorer, (uint32_t)i).name && at < inside.rows)
            at = draw_tagged(screen, inside, at, lines, i);
}
