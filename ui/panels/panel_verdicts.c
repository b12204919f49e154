/*
 * panel_verdicts.c - tagged variants in numbers, each one's verdict against the baseline, and why
 * it is faster or slower. Unverified rows, and rows with a different workload or device, are not
 * ranked.
 */
#include "figures.h"
#include "screen.h"

#include "../../src/base/text_histogram.h"
#include "../../src/base/words.h"
#include "../../src/harness/why.h"

#include <stdio.h>
#include <string.h>

#define VERDICT_ROOM     256
#define MEDIAN_COLUMNS   16 /* room for "14.1 us +-1.2 %" */
#define VERIFIED_COLUMNS 3

/* Whether the comparison lacks units that both sides will still get: time slices, or processes of
 * another build. */
static bool is_early(const struct frame *frame, int letter)
{
    const struct comparison *comparison = &frame->comparisons[letter];
    return comparison->outcome == OUTCOME_FEW && comparison->reference.turns &&
           (comparison->other.turns || frame->other_build[letter]);
}

/* Writes the verdict in full: "faster than A", "too close to call: ±2.1 %; 8 more repeats for ±1
 * %". */
static void write_verdict(const struct screen *screen, int letter, int reference, char *text,
                          size_t size)
{
    const struct comparison *comparison = &screen->frame->comparisons[letter];
    char verdict[128];
    compare_verdict_text(comparison, screen->theme->glyphs->error, verdict, sizeof verdict);
    if (compare_decided(comparison->outcome))
        snprintf(text, size, "%s than %c", verdict, 'A' + reference);
    else
        snprintf(text, size, "%s%s",
                 compare_ranked(comparison->outcome) || is_early(screen->frame, letter)
                     ? ""
                     : "not ranked: ",
                 verdict);
}

/* Writes a ratio ("": none) and a verdict. If both do not fit into `columns`, drops first how many
 * units the verdict needs, then the ratio, then the details. What is left is still true. */
static void fit_verdict(const char *ratio, char *verdict, int columns, char *text, size_t size)
{
    static const char details[] = ";,:";
    for (int i = 0; i <= 3; i++) {
        char *const cut = i > 0 ? strchr(verdict, details[i - 1]) : NULL;
        if (cut)
            *cut = '\0';
        const bool with_ratio = i < 2 && *ratio;
        snprintf(text, size, "%s%s%s", with_ratio ? ratio : "", with_ratio ? ": " : "", verdict);
        if (draw_columns(text) <= columns)
            return;
    }
}

/* Writes the verdict on a tag, shortened to `columns` if possible. Returns the role to draw it in.
 */
static enum role write_judgement(const struct screen *screen, int letter, const struct row *row,
                                 int columns, char *text, size_t size)
{
    const struct frame *frame = screen->frame;
    const int reference = frame->reference;
    const struct comparison *comparison = &frame->comparisons[letter];
    const struct ratio *iteration = &comparison->iteration;
    char ratio[64] = "", verdict[160]; /* "×2.31, 2.28 to 2.35" */
    if (letter == reference) {
        snprintf(text, size, "baseline");
        return ROLE_DIM;
    }
    if (!frame->judged[letter]) {
        snprintf(text, size, row->run ? "no samples yet" : "waits for its time slice");
        return ROLE_DIM;
    }
    const bool early = is_early(frame, letter);
    write_verdict(screen, letter, reference, verdict, sizeof verdict);
    if (iteration->value > 0 && (compare_ranked(comparison->outcome) || early))
        snprintf(ratio, sizeof ratio, "%s%.3g, %.3g to %.3g", screen->theme->glyphs->times,
                 iteration->value, iteration->low, iteration->high);
    if (early && draw_columns(ratio) + 2 + draw_columns(verdict) > columns)
        ratio[0] = '\0'; /* the number of missing time slices says more */
    fit_verdict(ratio, verdict, columns, text, size);
    return early                                   ? ROLE_DIM
           : !compare_ranked(comparison->outcome)  ? ROLE_BAD
           : comparison->outcome == OUTCOME_FASTER ? ROLE_GOOD
                                                   : ROLE_STRONG;
}

/* Draws the row's name, and the verdict at the right end of the line. Between them, if there is
 * room, draws how the row's workload differs from the current knobs. Shortens the name if the
 * verdict needs the room. */
static void draw_judged(const struct screen *screen, struct rectangle area, int at, int letter,
                        const struct row *row)
{
    const int name_columns = draw_columns(row->name);
    struct names names;
    char text[VERDICT_ROOM];
    const int column = 2 + name_columns + 2;
    const enum role role =
        write_judgement(screen, letter, row, area.columns - column, text, sizeof text);
    screen_tag_names(screen, area.columns - 2 - draw_columns(text) - 2, &names);
    draw_text(screen->theme, area, at, 2, ROLE_STRONG, screen_row_name(&names, (uint32_t)letter));
    const char *unlike = screen_differs(&screen->frame->tagged[letter],
                                        area.columns - column - draw_columns(text) - 2);
    if (*unlike)
        draw_text(screen->theme, area, at, column, ROLE_TAIL, unlike);
    draw_right(screen->theme, area, at, area.columns - draw_columns(text), draw_columns(text), role,
               text);
}

static void draw_numbers(const struct screen *screen, struct rectangle area, int at,
                         const struct figures *figures, const struct frame_row *row)
{
    const struct run *run = row->row.run;
    char text[80];
    screen_median(screen, run, text, sizeof text);
    if (row->unlike) /* "differs" leaves no room for the interval */
        text_percentile(text, sizeof text, &run->histograms[run_decode_metric(run)], 0.5);
    draw_right(screen->theme, area, at, 2, MEDIAN_COLUMNS, ROLE_STRONG, text);
    if (row->unlike)
        draw_text(screen->theme, area, at, 1, ROLE_TAIL, SCREEN_UNLIKE);
    figures_draw(screen->theme, area, at, 2 + MEDIAN_COLUMNS, figures, run);
    draw_right(screen->theme, area, at, area.columns - VERIFIED_COLUMNS, VERIFIED_COLUMNS,
               run->verification.verdict == VERDICT_RIGHT ? ROLE_GOOD : ROLE_BAD,
               screen_verdict_sign(screen, run));
}

/* Writes how knobs and device differ from the baseline's: "SEQ_LEN 64 (A: 32), NVIDIA H100 (A: AMD
 * EPYC)". Writes "" if they do not. */
static void write_differences(const struct frame *frame, int letter, const struct row *row,
                              char *text, size_t size)
{
    const struct comparison *comparison = &frame->comparisons[letter];
    const int reference = frame->reference;
    const struct row a = frame->tagged[reference].row;
    text[0] = '\0';
    if (!frame->judged[letter] || !a.run || !row->run)
        return;
    for (int id = 0; id < KNOB_COUNT; id++) {
        char own[40], other[40];
        if (!((comparison->work | comparison->knobs) >> id & 1))
            continue;
        compare_knob_text(row->run, (enum knob_id)id, own, sizeof own);
        compare_knob_text(a.run, (enum knob_id)id, other, sizeof other);
        words_add(text, size, "%s %s (%c: %s)", knob_table[id].name, own, 'A' + reference, other);
    }
    for (int field = 0; field < DEVICE_FIELDS; field++) {
        char own[192], other[192];
        const bool differs = comparison->device >> field & 1;
        /* A different name makes the differences in backend, id and number of units redundant. */
        if (!differs || (field != DEVICE_NAME && comparison->device >> DEVICE_NAME & 1))
            continue;
        compare_device_value(row->device, (enum device_field)field, own, sizeof own);
        compare_device_value(a.device, (enum device_field)field, other, sizeof other);
        words_add(text, size, "%s (%c: %s)", own, 'A' + reference, other);
    }
}

/* Writes what neither the header nor the other rows say: the row's recording, build and knobs. */
static void write_remark(const struct screen *screen, int letter, const struct row *row, char *text,
                         size_t size)
{
    const struct row *selected = &screen->frame->current.row;
    char differences[512];
    write_differences(screen->frame, letter, row, differences, sizeof differences);
    const bool marked = *row->mark && (!row->recorded || strcmp(row->mark, selected->mark) != 0);
    snprintf(text, size, "%s%s%s", marked ? row->mark : "", marked && *differences ? "  " : "",
             differences);
}

/* Draws name, verdict, numbers and, if there is room, differences. Returns the row after them. */
static int draw_tagged(const struct screen *screen, struct rectangle area, int at, bool roomy,
                       const struct figures *figures, int letter)
{
    const struct frame_row *row = &screen->frame->tagged[letter];
    const char sign[2] = {(char)('A' + letter), '\0'};
    char remark[768];
    draw_text(screen->theme, area, at, 0, screen_letter_role(letter), sign);
    if (row->row.recorded)
        draw_text(screen->theme, area, at, 1, ROLE_TAIL, screen->theme->glyphs->recorded);
    draw_judged(screen, area, at, letter, &row->row);
    if (row->row.run && ++at < area.rows)
        draw_numbers(screen, area, at, figures, row);
    write_remark(screen, letter, &row->row, remark, sizeof remark);
    if (!roomy || !*remark)
        return at + 1;
    draw_field(screen->theme, area, ++at, 4, area.columns - 4, ROLE_DIM, remark);
    return at + 1;
}

/* Draws why each is faster or slower than the baseline, if there is room from row `at` on. */
static void draw_reasons(const struct screen *screen, struct rectangle area, int at)
{
    const struct frame *frame = screen->frame;
    const int reference = frame->reference;
    for (int letter = 0; letter < (int)EXPLORER_TAGS && at < area.rows; letter++) {
        char text[WHY_ROOM];
        const char a_name[2] = {(char)('A' + reference), '\0'};
        const char b_name[2] = {(char)('A' + letter), '\0'};
        const struct run *a = frame->tagged[reference < 0 ? 0 : reference].row.run;
        const struct run *b = frame->tagged[letter].row.run;
        if (letter == reference || !frame->judged[letter] || !a || !b ||
            !why_text(a, a_name, b, b_name, &frame->comparisons[letter], text))
            continue;
        const struct rectangle below = layout_rows(area, at, area.rows - at);
        at += draw_wrapped(screen->theme, below, 0, ROLE_STRONG, text);
    }
}

/* Writes "Speed-up over A: by p50s of time slices, 95 % interval with noise". */
static void write_title(const struct frame *frame, char *text, size_t size)
{
    const int reference = frame->reference;
    const char *units = "repeats", *noise = "";
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct row row = frame->tagged[i].row;
        const struct evidence evidence = row.run ? run_evidence(row.run) : (struct evidence){0};
        if (evidence.turns)
            units = "time slices", noise = " with noise";
        else if (evidence.units == 1 && strcmp(units, "repeats") == 0)
            noise = " with noise";
    }
    snprintf(text, size, "Speed-up over %c: by p50s of %s, %.0f %% interval%s",
             'A' + (reference < 0 ? 0 : reference), units, 100 * EVIDENCE_CONFIDENCE, noise);
}

void panel_verdicts_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const int tags = (int)frame->tag_count;
    char title[96];
    struct figures figures;
    write_title(frame, title, sizeof title);
    struct rectangle inside = draw_frame(screen->theme, area, title, "", false);
    figures_choose(inside.columns - 2 - MEDIAN_COLUMNS - VERIFIED_COLUMNS, &figures);
    const bool roomy = tags > 0 && inside.rows >= 1 + 3 * tags + (tags > 1);
    int at = 1;
    draw_right(screen->theme, inside, 0, 2, MEDIAN_COLUMNS, ROLE_DIM, "iteration p50");
    figures_draw_heads(screen->theme, inside, 2 + MEDIAN_COLUMNS, &figures);
    for (int i = 0; i < (int)EXPLORER_TAGS; i++)
        if (frame->tagged[i].row.name && at < inside.rows)
            at = draw_tagged(screen, inside, at, roomy, &figures, i);
    draw_reasons(screen, inside, at);
}
