/*
 * text_histogram.h - a histogram as lines of text: a line a bucket of a logarithmic time axis, with
 * the percentiles named on the lines that they fall in. Nothing is said by a picture alone, so that
 * it can be read aloud, grepped and pasted.
 */
#ifndef SRC_TEXT_HISTOGRAM_H
#define SRC_TEXT_HISTOGRAM_H

#include "histogram.h"

#include <stddef.h>
#include <stdio.h>

#define TEXT_HISTOGRAM_LINES 18u

/* Samples in [lower_ns, upper_ns). */
struct text_histogram_line {
    uint64_t lower_ns, upper_ns;
    uint64_t count;
    bool tail; /* the last line, of all that lies above p99.9's */
};

/*
 * Cuts a histogram into lines, by 1, 2, 5, 10, 20 or 50 to a decade: the finest cut by which the
 * samples up to p99.9 fit. What lies above them goes into one last line. Every sample is in exactly
 * one line; neighbouring lines touch. Returns how many there are, 0 for an empty histogram.
 */
size_t text_histogram_cut(const struct histogram *histogram,
                          struct text_histogram_line lines[TEXT_HISTOGRAM_LINES]);

enum text_bars {
    TEXT_BARS_NONE,  /* to be read aloud: only the lines that have samples */
    TEXT_BARS_ASCII, /* of '#' */
    TEXT_BARS_BLOCKS /* of eighth blocks (UTF-8) */
};

/* Prints the lines, with p50, p90, p99, p99.9 and max marked. */
void text_histogram_print(FILE *out, const struct histogram *histogram, enum text_bars bars);

#endif
