/*
 * text_histogram.h - a histogram as text: a single percentile, or one line per bucket of a
 * logarithmic time axis, with the percentiles named on their lines. Every bar also has its
 * number, so that the text can be read aloud, grepped and pasted.
 */
#pragma once

#include "histogram.h"

#include <stddef.h>
#include <stdio.h>

/* Writes the value at `fraction` as every table and screen shows it: "9.13 us"; "-" if there are
 * too few samples; "> 100 s" if it is beyond the range. Returns `text`. */
const char *text_percentile(char *text, size_t size, const struct histogram *histogram,
                            double fraction);

/* Like text_percentile, for a value that histogram_percentile returned. HISTOGRAM_MOST_NS means
 * beyond the range. */
const char *text_percentile_ns(char *text, size_t size, double ns);

/* The percentiles that plots mark, in ascending order. */
#define TEXT_MARKS 5
struct text_mark {
    const char *name;
    double fraction;
};
extern const struct text_mark text_marks[TEXT_MARKS];

#define TEXT_HISTOGRAM_BEYOND "> 100 s" /* longer than HISTOGRAM_MOST_NS */

#define TEXT_HISTOGRAM_LINES 18u

/* Samples in [lower_ns, upper_ns). */
struct text_histogram_line {
    uint64_t lower_ns, upper_ns;
    uint64_t count;
    bool tail;   /* the last line within the range: everything above the line of p99.9 */
    bool beyond; /* the last line, for samples longer than HISTOGRAM_MOST_NS */
};

/*
 * Cuts a histogram into 1, 2, 5, 10, 20 or 50 lines per decade: the finest cut for which the
 * samples up to p99.9 fit into the lines. One more line gets the longer samples within the range,
 * and another the samples beyond it. Every sample is in exactly one line. Neighbouring lines touch,
 * except for a gap between the last sample in the range and those beyond. Returns the number of
 * lines, 0 for an empty histogram.
 */
size_t text_histogram_cut(const struct histogram *histogram,
                          struct text_histogram_line lines[TEXT_HISTOGRAM_LINES]);

/* Writes the lower bound of a line: "9.00 us", "> 100 s". Returns `text`. */
const char *text_histogram_from(char *text, size_t size, const struct text_histogram_line *line);

enum text_bars {
    TEXT_BARS_NONE,  /* for reading aloud: only the lines that have samples */
    TEXT_BARS_ASCII, /* '#' */
    TEXT_BARS_BLOCKS /* eighth blocks (UTF-8) */
};

/* Prints the lines, with p50, p90, p99, p99.9 and max marked. */
void text_histogram_print(FILE *out, const struct histogram *histogram, enum text_bars bars);
