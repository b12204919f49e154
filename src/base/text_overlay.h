/*
 * text_overlay.h - several histograms as lines of text over one logarithmic time axis, each in
 * shares of its own samples, so that different numbers of samples do not hide the shapes.
 */
#ifndef SRC_TEXT_OVERLAY_H
#define SRC_TEXT_OVERLAY_H

#include "histogram.h"

#include <stdio.h>

#define TEXT_OVERLAY_MOST 26u /* histograms in one: A to Z */

struct text_overlay_part {
    char letter;
    const struct histogram *histogram; /* not empty */
};

/*
 * Prints a line a bucket of the axis: every part's share of its samples as a number, then the first
 * part as a bar and the others as letters where bars of theirs would end; letters that would fall
 * together stand side by side. The axis is cut as by text_histogram_cut, for all parts with equal
 * weight. Bars in '#' if `ascii`, else in blocks (UTF-8). False, with nothing printed: no memory.
 */
bool text_overlay_print(FILE *out, const struct text_overlay_part *parts, size_t count, bool ascii);

#endif
