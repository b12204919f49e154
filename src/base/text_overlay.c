#include "text_overlay.h"

#include "text_histogram.h"

#include <math.h>
#include <string.h>

#define BAR_COLUMNS 40u
#define ROW_ROOM    (BAR_COLUMNS + 1 + TEXT_OVERLAY_MOST)
#define WEIGHT      0x1p40 /* every histogram gets this total weight when the axis is cut */

/* ---- the axis ------------------------------------------------------------------------------- */

static void add_weighted(struct histogram *sum, const struct histogram *part)
{
    double weight = WEIGHT / (double)part->count;
    for (uint32_t i = part->first; i <= part->last; i++)
        histogram_add(sum, i, (uint64_t)ceil((double)histogram_count_at(part, i) * weight));
    sum->min_ns = part->min_ns < sum->min_ns ? part->min_ns : sum->min_ns;
    sum->max_ns = part->max_ns > sum->max_ns ? part->max_ns : sum->max_ns;
}

/* Cuts one axis for all histograms. The counts of the lines are meaningless. 0: out of memory. */
static size_t cut_axis(const struct text_overlay_part *parts, size_t count,
                       struct text_histogram_line lines[TEXT_HISTOGRAM_LINES])
{
    struct histogram sum;
    uint32_t first = UINT32_MAX, last = 0;
    for (size_t i = 0; i < count; i++) {
        const struct histogram *part = parts[i].histogram;
        first = part->first < first ? part->first : first;
        last = part->last > last ? part->last : last;
    }
    if (!histogram_open(&sum, first, last - first + 1))
        return 0;
    sum.min_ns = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        add_weighted(&sum, parts[i].histogram);
    size_t cut = text_histogram_cut(&sum, lines);
    histogram_close(&sum);
    return cut;
}

static double share_of(const struct text_overlay_part *part, const struct text_histogram_line *line)
{
    uint64_t samples = histogram_count_between(part->histogram, line->lower_ns, line->upper_ns);
    return (double)samples / (double)part->histogram->count;
}

/* ---- drawing -------------------------------------------------------------------------------- */

/* Returns the columns of a bar; at least one if the share is not 0. */
static size_t columns_of(double share, double most)
{
    size_t columns = (size_t)lround(share / most * BAR_COLUMNS);
    return share > 0 && columns == 0 ? 1 : columns;
}

/* Puts the letter at the end of its bar, or after the letters that are already there. */
static void put_letter(char row[ROW_ROOM + 1], size_t columns, char letter)
{
    size_t at = columns;
    while (row[at] != ' ' && row[at] != '#')
        at++;
    row[at] = letter;
}

/* Prints the row without trailing blanks. */
static void print_row(FILE *out, char row[ROW_ROOM + 1], bool ascii)
{
    size_t length = ROW_ROOM;
    while (length > 0 && row[length - 1] == ' ')
        length--;
    row[length] = '\0';
    fputs(length > 0 ? "  " : "", out);
    for (const char *at = row; *at; at++) {
        if (*at == '#' && !ascii)
            fputs("█", out);
        else
            fputc(*at, out);
    }
    fputc('\n', out);
}

static void print_line(FILE *out, const struct text_overlay_part *parts, size_t count,
                       const struct text_histogram_line *line, double most, bool ascii)
{
    char row[ROW_ROOM + 1], from[32];
    memset(row, ' ', ROW_ROOM);
    fprintf(out, "  %9s%s", text_histogram_from(from, sizeof from, line), line->tail ? "+" : " ");
    for (size_t i = 0; i < count; i++) {
        double share = share_of(&parts[i], line);
        size_t columns = columns_of(share, most);
        fprintf(out, " %5.1f %%", 100 * share);
        if (i == 0)
            memset(row, '#', columns);
        else if (columns > 0)
            put_letter(row, columns, parts[i].letter);
    }
    print_row(out, row, ascii);
}

static void print_heading(FILE *out, const struct text_overlay_part *parts, size_t count)
{
    fprintf(out, "  %9s ", "from");
    for (size_t i = 0; i < count; i++)
        fprintf(out, " %5c%s", parts[i].letter, i + 1 < count ? "  " : "\n");
}

bool text_overlay_print(FILE *out, const struct text_overlay_part *parts, size_t count, bool ascii)
{
    struct text_histogram_line lines[TEXT_HISTOGRAM_LINES];
    double most = 0;
    size_t cut = cut_axis(parts, count, lines);
    if (cut == 0)
        return false;
    for (size_t line = 0; line < cut; line++)
        for (size_t i = 0; i < count; i++)
            most = fmax(most, share_of(&parts[i], &lines[line]));
    print_heading(out, parts, count);
    for (size_t line = 0; line < cut; line++)
        print_line(out, parts, count, &lines[line], most, ascii);
    return true;
}
