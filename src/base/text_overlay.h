/*
 * text_overlay.h - several histograms as lines of text over one logarithmic time axis. Each shows
 * shares of its own samples, so that histograms with different sample counts can be compared.
 */
#pragma once

#include "histogram.h"

#include <stdio.h>

#define TEXT_OVERLAY_MOST 26u /* histograms in one overlay: A to Z */

struct text_overlay_part {
    char letter;
    const struct histogram *histogram; /* not empty */
};

/*
 * Prints one line per bucket of the axis. A line has every histogram's share as a number, the first
 * histogram as a bar, and for each other histogram a letter where its bar would end. Letters that
 * collide are printed side by side. The axis is cut as by text_histogram_cut, with equal weight
 * for all histograms. Bars use '#' if `ascii`, else blocks (UTF-8). False, with nothing printed:
 * out of memory.
 */
bool text_overlay_print(FILE *out, const struct text_overlay_part *parts, size_t count, bool ascii);
