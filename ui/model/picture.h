/*
 * picture.h - draws views as SVG plots that a reader understands without pdlab: they contain the
 * metric, full names, the device, the date, recorded or live, knobs, units, verdicts, and a
 * sentence that names the best. Each picture_of_ function returns SVG text (malloc; *length without
 * the NUL). NULL: nothing to draw, or no memory. `remark` names device and date (picture_remark).
 */
#pragma once

#include "../../src/base/svg_page.h"
#include "../../src/document/document.h"
#include "../terminal/chart.h"

struct explorer;
struct row;

/* The selected variant: its histogram and percentiles, and what each metric means. */
char *picture_of_live(const struct explorer *explorer, const char *remark, size_t *length);

/* The tagged rows: histograms over a shared axis, figures, verdicts, and reasons. */
char *picture_of_compare(const struct explorer *explorer, const char *remark, size_t *length);

/* The rungs of the ladder: one bar each, divided into the parts of the time. */
char *picture_of_ladder(const struct explorer *explorer, const char *remark, size_t *length);

/* The sweep of a knob: one line per variant, and sentences on the best values and crossovers. */
char *picture_of_sweep(const struct explorer *explorer, const char *remark, size_t *length);

/* ---- what the pictures share ---------------------------------------------------------------- */

#define PICTURE_ROOM  1024u /* bytes for a sentence */
#define PICTURE_LEFT  SVG_PAGE_EDGE
#define PICTURE_WIDTH (SVG_PAGE_WIDTH - 2 * SVG_PAGE_EDGE)
#define PICTURE_LOOKS 4u

/* How to draw a histogram: filled or as an outline. */
struct picture_look {
    const char *colour, *fill, *dashes;
};
extern const struct picture_look picture_looks[PICTURE_LOOKS]; /* one per tag */

/* Writes on which device, when and by which build the selected row was measured: "RECORDED …",
 * "Measured live on …". */
void picture_remark(const struct explorer *explorer, const struct document *document, char *text,
                    size_t size);

/* Returns how a row was recorded or kept; "" if that is the same as for the selected row, which the
 * remark describes. */
const char *picture_mark(const struct explorer *explorer, const struct row *row);

/* Appends the knobs that the run reads, with the values it used, except those in `without`
 * (KNOB_BITs): "SEQ_LEN 32 tokens, BATCH 8 sequences". */
void picture_knobs(const struct run *run, uint64_t without, char *text, size_t size);

/* Writes "iteration p50 44.8 us (95 % interval of the median: ±1.0 %), step p50 1.25 us, step p99
 * 1.44 us, 2.86 Mtokens/s, 2.92 GB/s …" */
void picture_figures(const struct run *run, char *text, size_t size);

/* Appends bandwidth and gap, if they are known: ", 2.92 GB/s (61 % of the measured peak), gap 17 %
 * of a step". */
void picture_append_moved(const struct run *run, char *text, size_t size);

/* Explains each part of a step or an iteration whose name occurs in `said`: "Gap: from …". */
void picture_define(struct svg_page *page, const char *said);

/* Returns the title of a histogram of that metric: "Step latency". */
const char *picture_metric(enum metric metric);

/* Draws a histogram from `base` upwards, its highest column scaled to the plot's height. */
void picture_histogram(struct svg_page *page, const struct axis *axis,
                       const struct histogram *histogram, const struct picture_look *look,
                       double base, double height);

/* Draws a dashed line with a text at a duration, from y down to base. If the duration is off the
 * axis, draws only the text, at the nearer end. */
void picture_line(struct svg_page *page, const struct axis *axis, double ns, const char *colour,
                  double y, double base, const char *text);
