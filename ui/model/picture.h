/*
 * picture.h - views as SVG pictures that explain themselves: metric, full names, device,
 * date, recorded or live, knobs, axes with units, verdicts, and the best in words. Each function
 * returns SVG text (malloc; *length without the NUL); NULL: nothing to draw, or no memory. `remark`
 * names device and date (picture_remark).
 */
#pragma once

#include "../../src/base/svg_page.h"
#include "../../src/document/document.h"
#include "../terminal/chart.h"

struct explorer;
struct row;

/* The selected variant: its histogram, percentiles, and what they measure. */
char *picture_of_live(const struct explorer *explorer, const char *remark, size_t *length);

/* The tagged rows: histograms over one axis, figures, verdicts and reasons. */
char *picture_of_compare(const struct explorer *explorer, const char *remark, size_t *length);

/* The rungs of the ladder: bars from zero, divided into parts. */
char *picture_of_ladder(const struct explorer *explorer, const char *remark, size_t *length);

/* The sweep of a knob: a line per variant; the best values and crossovers in words. */
char *picture_of_sweep(const struct explorer *explorer, const char *remark, size_t *length);

/* ---- what the pictures share ---------------------------------------------------------------- */

#define PICTURE_ROOM  1024u /* bytes of a sentence */
#define PICTURE_LEFT  SVG_PAGE_EDGE
#define PICTURE_WIDTH (SVG_PAGE_WIDTH - 2 * SVG_PAGE_EDGE)
#define PICTURE_LOOKS 4u

/* How to draw a histogram: filled or as an outline. */
struct picture_look {
    const char *colour, *fill, *dashes;
};
extern const struct picture_look picture_looks[PICTURE_LOOKS]; /* of the tags A to D */

/* Writes on what the selected row was measured, when and by what: "RECORDED …", "Measured live on
 * …". */
void picture_remark(const struct explorer *explorer, const struct document *document, char *text,
                    size_t size);

/* How a row was recorded or kept, if that differs from the selected row, which the remark
 * describes; else "". */
const char *picture_mark(const struct explorer *explorer, const struct row *row);

/* Appends the knobs that the run reads, as they were used, except those in `without` (KNOB_BITs):
 * "SEQ_LEN 32 tokens, BATCH 8 sequences". */
void picture_knobs(const struct run *run, uint64_t without, char *text, size_t size);

/* "iteration p50 44.8 us (95 % interval of the median: ±1.0 %), step p50 1.25 us, step p99 1.44 us,
 * 2.86 Mtokens/s, 2.92 GB/s …" */
void picture_figures(const struct run *run, char *text, size_t size);

/* Appends ", 2.92 GB/s (61 % of the measured peak), gap 17 % of a step", as far as they are known.
 */
void picture_append_moved(const struct run *run, char *text, size_t size);

/* Writes explanations of the parts of a step or an iteration that occur in `said`: "Gap: from …".
 */
void picture_define(struct svg_page *page, const char *said);

/* The title of a histogram of that metric: "Step latency". */
const char *picture_metric(enum metric metric);

/* Draws a histogram from `base` upwards, its highest column scaled to the plot's height. */
void picture_histogram(struct svg_page *page, const struct axis *axis,
                       const struct histogram *histogram, const struct picture_look *look,
                       double base, double height);

/* Draws a dashed line with its text at a duration, from y down to base. Beyond the axis, the text
 * alone is drawn at that end. */
void picture_line(struct svg_page *page, const struct axis *axis, double ns, const char *colour,
                  double y, double base, const char *text);
