/*
 * text_histogram.h - a histogram as text: one percentile, or lines with a bucket each of a
 * logarithmic time axis, with the percentiles named on the lines that they fall in. Nothing is said
 * by a picture alone, so that it can be read aloud, grepped and pasted.
 */
#ifndef SRC_TEXT_HISTOGRAM_H
#define SRC_TEXT_HISTOGRAM_H

#include "histogram.h"

#include <stddef.h>
#include <stdio.h>

/* Writes the value at `fraction` as every table and screen shows it: "9.13 us"; "-" if the samples
 * do not resolve it; "> 100 s" if it is beyond. Returns `text`. */
const char *text_percentile(char *text, size_t size, const struct histogram *histogram,
                            double fraction);

/* The same of a value that histogram_percentile returned. HISTOGRAM_MOST_NS: it is beyond. */
const char *text_percentile_ns(char *text, size_t size, double ns);

#define TEXT_HISTOGRAM_BEYOND "> 100 s" /* longer than HISTOGRAM_MOST_NS */

#define TEXT_HISTOGRAM_LINES 18u

/* Samples in [lower_ns, upper_ns). */
struct text_histogram_line {
    uint64_t lower_ns, upper_ns;
    uint64_t count;
    bool tail;   /* the last line up to HISTOGRAM_MOST_NS, of all that lies above p99.9's */
    bool beyond; /* the last line, of all that is longer than HISTOGRAM_MOST_NS */
};

/*
 * Cuts a histogram into lines, by 1, 2, 5, 10, 20 or 50 to a decade: the finest cut by which the
 * samples up to p99.9 fit. What lies above them goes into one last line, and what is beyond into
 * another. Every sample is in exactly one line; neighbouring lines touch, except that nothing is
 * drawn between the last sample in the range and those beyond. Returns how many there are, 0 for an
 * empty histogram.
 */
size_t text_histogram_cut(const struct histogram *histogram,
                          struct text_histogram_line lines[TEXT_HISTOGRAM_LINES]);

/* Where a line begins: "9.00 us", "> 100 s". Returns `text`. */
const char *text_histogram_from(char *text, size_t size, const struct text_histogram_line *line);

enum text_bars {
    TEXT_BARS_NONE,  /* to be read aloud: only the lines that have samples */
    TEXT_BARS_ASCII, /* of '#' */
    TEXT_BARS_BLOCKS /* of eighth blocks (UTF-8) */
};

/* Prints the lines, with p50, p90, p99, p99.9 and max marked. */
void text_histogram_print(FILE *out, const struct histogram *histogram, enum text_bars bars);

#endif
