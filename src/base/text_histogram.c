#include "text_histogram.h"

#include "text.h"

#include <math.h>

#define BAR_COLUMNS 40
#define EIGHTHS     8

const struct text_mark text_marks[TEXT_MARKS] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1.0}};

#define MARK_TAIL 3u /* index of p99.9 in text_marks: all samples above it share one line */

const char *text_percentile_ns(char *text, size_t size, double ns)
{
    if ((uint64_t)ns != HISTOGRAM_MOST_NS)
        return text_duration(text, size, ns);
    snprintf(text, size, "%s", TEXT_HISTOGRAM_BEYOND);
    return text;
}

const char *text_percentile(char *text, size_t size, const struct histogram *histogram,
                            double fraction)
{
    if (!histogram_resolves(histogram, fraction))
        snprintf(text, size, "-");
    else if (histogram_is_beyond(histogram, fraction))
        snprintf(text, size, "%s", TEXT_HISTOGRAM_BEYOND);
    else
        text_duration(text, size, (double)histogram_percentile(histogram, fraction));
    return text;
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* Returns edge `index` of an axis with `per_decade` lines per decade. */
static uint64_t edge(int index, int per_decade)
{
    return (uint64_t)llround(pow(10.0, (double)index / per_decade));
}

/* Returns the index of the last edge that does not exceed `ns`. */
static int edge_below(uint64_t ns, int per_decade)
{
    int index = (int)(log10((double)(ns ? ns : 1)) * per_decade) + 1;
    while (index > 0 && edge(index, per_decade) > ns)
        index--;
    return index;
}

/* Returns the lower bound of the bucket that contains `ns`. It decides on which line a sample
 * is. */
static uint64_t bucket_begin(uint64_t ns)
{
    uint64_t lower, upper;
    histogram_bounds(histogram_bucket(ns), &lower, &upper);
    return lower;
}

/* Adds a line unless it is narrower than 1 ns, and thus empty. Returns the new count. */
static size_t add_line(struct text_histogram_line *lines, size_t count, uint64_t lower,
                       uint64_t upper, const struct histogram *histogram)
{
    if (upper <= lower)
        return count;
    lines[count] = (struct text_histogram_line){
        .lower_ns = lower,
        .upper_ns = upper,
        .count = histogram_count_between(histogram, lower, upper),
    };
    return count + 1;
}

/* Returns the last bucket in use that is within the range. */
static uint32_t last_in_range(const struct histogram *histogram)
{
    uint32_t last = histogram->last;
    while (histogram_beyond(histogram) > 0 && last > histogram->first &&
           (last == HISTOGRAM_BUCKETS - 1 || histogram_count_at(histogram, last) == 0))
        last--;
    return last;
}

/* Cuts the samples within the range into lines. */
static size_t cut_range(const struct histogram *histogram,
                        struct text_histogram_line lines[TEXT_HISTOGRAM_LINES])
{
    static const int cuts[] = {50, 20, 10, 5, 2, 1};
    uint64_t least = bucket_begin(histogram->min_ns);
    uint64_t tail = bucket_begin(histogram_percentile(histogram, text_marks[MARK_TAIL].fraction));
    uint64_t most, end;
    histogram_bounds(last_in_range(histogram), &most, &end);
    const uint64_t limit =
        histogram_beyond(histogram) > 0 ? bucket_begin(HISTOGRAM_MOST_NS) : UINT64_MAX;
    const int spare = histogram_beyond(histogram) > 0 ? 3 : 2;
    tail = tail < most ? tail : most;

    int cut = 0, first, last;
    for (;;) {
        first = edge_below(least, cuts[cut]);
        last = edge_below(tail, cuts[cut]);
        if (last - first + spare <= (int)TEXT_HISTOGRAM_LINES || cuts[cut] == 1)
            break;
        cut++;
    }
    size_t count = 0;
    uint64_t lower = least < 1 ? 0 : edge(first, cuts[cut]);
    for (int i = first; i <= last; i++) {
        uint64_t upper = edge(i + 1, cuts[cut]);
        upper = upper < limit ? upper : limit;
        count = add_line(lines, count, lower, upper, histogram);
        lower = upper;
    }
    if (most >= lower) {
        count = add_line(lines, count, lower, most + 1, histogram);
        lines[count - 1].tail = true;
    }
    return count;
}

size_t text_histogram_cut(const struct histogram *histogram,
                          struct text_histogram_line lines[TEXT_HISTOGRAM_LINES])
{
    const uint64_t beyond = histogram_beyond(histogram);
    size_t count = 0;
    if (histogram->count > beyond)
        count = cut_range(histogram, lines);
    if (beyond == 0)
        return count;
    lines[count] = (struct text_histogram_line){
        .lower_ns = bucket_begin(HISTOGRAM_MOST_NS),
        .upper_ns = UINT64_MAX,
        .count = beyond,
        .beyond = true,
    };
    return count + 1;
}

const char *text_histogram_from(char *text, size_t size, const struct text_histogram_line *line)
{
    return text_percentile_ns(text, size,
                              (double)(line->beyond ? HISTOGRAM_MOST_NS : line->lower_ns));
}

/* ---- drawing -------------------------------------------------------------------------------- */

/* Prints a bar; a bar that is not 0 gets at least one column. Returns its columns. */
static int print_blocks(FILE *out, double share_of_most)
{
    static const char *const blocks[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int eighths = (int)lround(share_of_most * BAR_COLUMNS * EIGHTHS);
    if (share_of_most > 0 && eighths == 0)
        eighths = 1;
    fputs(eighths ? "  " : "", out);
    for (int i = 0; i < eighths / EIGHTHS; i++)
        fputs("█", out);
    fputs(blocks[eighths % EIGHTHS], out);
    return (eighths + EIGHTHS - 1) / EIGHTHS;
}

static int print_ascii(FILE *out, double share_of_most)
{
    int full = (int)lround(share_of_most * BAR_COLUMNS);
    fputs(share_of_most > 0 ? "  " : "", out);
    for (int i = 0; i < full; i++)
        fputc('#', out);
    if (full > 0 || share_of_most == 0)
        return full;
    fputc('.', out);
    return 1;
}

/* Names the percentiles that fall into the line, after `blanks` blanks. */
static void print_marks(FILE *out, int blanks, const struct text_histogram_line *line,
                        const struct histogram *histogram)
{
    char text[32];
    for (size_t i = 0; i < TEXT_MARKS; i++) {
        uint64_t begin = bucket_begin(histogram_percentile(histogram, text_marks[i].fraction));
        if (begin < line->lower_ns || begin >= line->upper_ns ||
            !histogram_resolves(histogram, text_marks[i].fraction))
            continue;
        fprintf(out, "%*s  %s%s %s", blanks, "", line->tail ? "to " : "", text_marks[i].name,
                text_percentile(text, sizeof text, histogram, text_marks[i].fraction));
        blanks = 0;
    }
}

void text_histogram_print(FILE *out, const struct histogram *histogram, enum text_bars bars)
{
    struct text_histogram_line lines[TEXT_HISTOGRAM_LINES];
    size_t count = text_histogram_cut(histogram, lines);
    uint64_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = lines[i].count > most ? lines[i].count : most;

    fprintf(out, "  %9s %12s %7s\n", "from", "samples", "share");
    for (size_t i = 0; i < count; i++) {
        char from[32], samples[32];
        const struct text_histogram_line *line = &lines[i];
        if (bars == TEXT_BARS_NONE && line->count == 0)
            continue;
        fprintf(out, "  %9s %12s %5.1f %%", text_histogram_from(from, sizeof from, line),
                text_integer(samples, sizeof samples, (int64_t)line->count),
                100.0 * (double)line->count / (double)histogram->count);
        double share = (double)line->count / (double)most;
        const int columns = bars == TEXT_BARS_ASCII    ? print_ascii(out, share)
                            : bars == TEXT_BARS_BLOCKS ? print_blocks(out, share)
                                                       : BAR_COLUMNS;
        print_marks(out, BAR_COLUMNS - columns, line, histogram);
        fputc('\n', out);
    }
}
