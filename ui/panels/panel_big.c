/*
 * panel_big.c - p50 and p99 of the selected variant in large digits, for a class in front of a
 * projector. Beside them: metric, verdict and speed-up.
 */
#include "screen.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"

#include <stdio.h>
#include <string.h>

#define FONT_ROWS     5
#define LABEL_COLUMNS 5
#define MOST_ROWS     8 /* most screen rows per row of the font */

/* Only the characters that text_percentile writes. */
static const struct letter {
    char letter;
    const char *rows[FONT_ROWS];
} font[] = {
    {'0', {"###", "# #", "# #", "# #", "###"}},
    {'1', {" # ", "## ", " # ", " # ", "###"}},
    {'2', {"###", "  #", "###", "#  ", "###"}},
    {'3', {"###", "  #", "###", "  #", "###"}},
    {'4', {"# #", "# #", "###", "  #", "  #"}},
    {'5', {"###", "#  ", "###", "  #", "###"}},
    {'6', {"###", "#  ", "###", "# #", "###"}},
    {'7', {"###", "  #", "  #", "  #", "  #"}},
    {'8', {"###", "# #", "###", "# #", "###"}},
    {'9', {"###", "# #", "###", "  #", "###"}},
    {'.', {" ", " ", " ", " ", "#"}},
    {',', {" ", " ", " ", "#", "#"}},
    {'>', {"#  ", " # ", "  #", " # ", "#  "}},
    {'-', {"   ", "   ", "###", "   ", "   "}},
    {'n', {"   ", "   ", "## ", "# #", "# #"}},
    {'u', {"   ", "   ", "# #", "# #", "###"}},
    {'m', {"     ", "     ", "#### ", "# # #", "# # #"}},
    {'s', {"   ", " ##", " # ", "  #", " ##"}},
    {' ', {" ", " ", " ", " ", " "}},
};

/* Cells of the screen per dot of the font. */
struct scale {
    int rows, columns;
};

static const struct letter *find_letter(char letter)
{
    for (size_t i = 0; i < sizeof font / sizeof *font; i++)
        if (font[i].letter == letter)
            return &font[i];
    return &font[sizeof font / sizeof *font - 1];
}

/* Width of a text in dots, with one dot between letters. */
static int text_dots(const char *text)
{
    int dots = 0;
    for (; *text; text++)
        dots += (int)strlen(find_letter(*text)->rows[0]) + 1;
    return dots - 1;
}

/* The widest scale with `rows` rows per dot that fits into `columns`; rows 0: none fits. */
static struct scale scale_of(int columns, int rows)
{
    int wide = (columns - LABEL_COLUMNS) / text_dots("8.88 ms");
    wide = wide > 3 * rows ? 3 * rows : wide;
    return wide >= rows ? (struct scale){.rows = rows, .columns = wide} : (struct scale){0};
}

/* Chooses the largest scales at which both numbers fit, p50 at most twice as large as p99; if they
 * do not fit, a scale for p50 alone. The scales do not depend on the values, so digits keep their
 * size. */
static void choose_scales(struct rectangle area, struct scale *p50, struct scale *p99)
{
    for (int rows = MOST_ROWS; rows > 0; rows--) {
        *p50 = scale_of(area.columns, rows);
        for (int lower = rows; p50->rows > 0 && lower >= (rows + 1) / 2; lower--) {
            *p99 = scale_of(area.columns, lower);
            if (p99->rows > 0 && (rows + lower) * FONT_ROWS + 1 <= area.rows)
                return;
        }
    }
    *p99 = (struct scale){0};
    for (int rows = MOST_ROWS; rows >= 0; rows--) {
        *p50 = rows > 0 ? scale_of(area.columns, rows) : (struct scale){0};
        if (p50->rows > 0 && rows * FONT_ROWS + 2 <= area.rows)
            return;
    }
}

static void draw_letter(const struct screen *screen, struct rectangle area, int at, int column,
                        struct scale scale, enum role role, const struct letter *letter)
{
    for (int row = 0; row < FONT_ROWS * scale.rows; row++) {
        const char *dots = letter->rows[row / scale.rows];
        for (int i = 0; i < (int)strlen(dots) * scale.columns; i++)
            if (dots[i / scale.columns] == '#')
                draw_text(screen->theme, area, at + row, column + i, role,
                          screen->theme->glyphs->bars[8]);
    }
}

/* Draws a percentile with its name, as a line of text if even the smallest digits are too large.
 * Returns the row after it. */
static int draw_number(const struct screen *screen, struct rectangle area, int at,
                       struct scale scale, enum role role, const char *name, const char *text)
{
    if (scale.rows == 0) {
        draw_format(screen->theme, area, at, 0, ROLE_STRONG, "%s %s", name, text);
        return at + 1;
    }
    int column = LABEL_COLUMNS;
    draw_text(screen->theme, area, at + FONT_ROWS * scale.rows - 1, 0, ROLE_STRONG, name);
    for (; *text; text++) {
        const struct letter *letter = find_letter(*text);
        draw_letter(screen, area, at, column, scale, role, letter);
        column += ((int)strlen(letter->rows[0]) + 1) * scale.columns;
    }
    return at + FONT_ROWS * scale.rows + 1;
}

static const char *verdict_word(const struct run *run)
{
    return run->verification.verdict == VERDICT_RIGHT   ? "verified"
           : run->verification.verdict == VERDICT_WRONG ? "WRONG RESULT"
                                                        : "unverified: timed, not ranked";
}

/* Writes what the numbers are: "step of cpu_graph · ×14.6 · verified". If room is short, the
 * verdict becomes a sign, and the name is shortened. */
static void draw_subject(const struct screen *screen, struct rectangle area, const struct row *row)
{
    const struct frame *frame = screen->frame;
    const char *dot = screen->theme->glyphs->dot;
    char text[512], speedup[24], facts[96] = "";
    const bool own = row->run && frame->metric == METRIC_STEP && row->run->facts.free_running;
    snprintf(text, sizeof text, "%s%s of %s", own ? "own " : "", metric_keys[frame->metric],
             row->name ? row->name : "nothing");
    if (frame->current.unlike)
        text_append(text, sizeof text, " %s %s", dot, frame->differs_now);
    if (row->run) {
        screen_speedup(screen, frame->current.speedup, speedup, sizeof speedup);
        snprintf(facts, sizeof facts, "%s%s%s%s %s %s", *speedup ? " " : "", *speedup ? dot : "",
                 *speedup ? " " : "", speedup, dot, verdict_word(row->run));
        if (draw_columns(text) + draw_columns(facts) > area.columns)
            snprintf(facts, sizeof facts, " %s %s", speedup, screen_verdict_sign(screen, row->run));
    }
    const int room = area.columns - draw_columns(facts);
    const int columns = draw_columns(text) < room ? draw_columns(text) : room;
    draw_field(screen->theme, area, 0, 0, columns, ROLE_STRONG, text);
    draw_text(screen->theme, area, 0, columns, ROLE_STRONG, facts);
}

void panel_big_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct row row = frame->shown;
    const struct histogram *histogram = row.run ? &row.run->histograms[frame->metric] : NULL;
    char p50[24] = "-", p99[24] = "-";
    if (histogram) {
        text_percentile(p50, sizeof p50, histogram, 0.5);
        text_percentile(p99, sizeof p99, histogram, 0.99);
    }
    char title[48];
    snprintf(title, sizeof title, "%s: back to the panels", action_key(ACTION_BIG));
    struct rectangle inside = draw_frame(screen->theme, area, title, "", true);
    draw_subject(screen, inside, &row);
    struct rectangle numbers = layout_rows(inside, 1, inside.rows - 1);
    struct scale first, scale;
    choose_scales(numbers, &first, &scale);
    const int taken = (first.rows + scale.rows) * FONT_ROWS + 1;
    int at = scale.rows && taken + 1 < numbers.rows ? (numbers.rows - taken) / 2 : 0;
    at = draw_number(screen, numbers, at, first, ROLE_BAR, "p50", p50);
    if (histogram && histogram->count > 0 && !histogram_resolves(histogram, 0.99))
        draw_format(screen->theme, numbers, at, 0, ROLE_TAIL, "p99 needs 100 samples; there %s %u",
                    histogram->count == 1 ? "is" : "are", (unsigned)histogram->count);
    else
        draw_number(screen, numbers, at, scale, ROLE_TAIL, "p99", p99);
}
