/*
 * screen.h - what all panels and views draw from, and the functions that draw the panels.
 */
#pragma once

#include "../../src/base/names.h"
#include "../model/frame.h"
#include "../terminal/draw.h"

struct screen {
    const struct frame *frame;
    const struct theme *theme;
};

/* Panels, one file each. Each fills its rectangle. */
void panel_header_draw(const struct screen *screen, struct rectangle area);
void panel_detail_draw(const struct screen *screen, struct rectangle area);
void panel_footer_draw(const struct screen *screen, struct rectangle area);
void panel_line_draw(const struct screen *screen, struct rectangle area); /* p50 and p99 */
void panel_variants_draw(const struct screen *screen, struct rectangle area);
void panel_variants_line(const struct screen *screen, struct rectangle area); /* one row */
void panel_knobs_draw(const struct screen *screen, struct rectangle area);
void panel_histogram_draw(const struct screen *screen, struct rectangle area);

/* How many of the histogram's `rows` the heat map gets; 0: nothing to show, or no room. */
int panel_heat_rows(const struct screen *screen, int rows);

/* Draws the heat map, right of a gutter of `gutter` columns. */
void panel_heat_draw(const struct screen *screen, const struct axis *axis, struct rectangle area,
                     int gutter);
void panel_summary_draw(const struct screen *screen, struct rectangle area);
void panel_caption_draw(const struct screen *screen, struct rectangle area);
void panel_big_draw(const struct screen *screen, struct rectangle area); /* p50, p99 */
void panel_lesson_draw(const struct screen *screen, struct rectangle area);
void panel_overlay_draw(const struct screen *screen, struct rectangle area); /* tagged variants */
void panel_verdicts_draw(const struct screen *screen, struct rectangle area);

/* panel_swept_draw draws sentences about a sweep. panel_swept_rows returns the rows, with the
 * frame, that all of them need in `columns`. */
void panel_swept_draw(const struct screen *screen, struct rectangle area);
int panel_swept_rows(const struct screen *screen, int columns);

/* Draws the lists of variants and knobs beside a view with one large panel or, if the screen is
 * narrow, the line of the selected variant above it. */
void screen_draw_lists(const struct screen *screen);

/* What a row shows while it has no p50: "waiting", "can't run" ... */
const char *panel_variants_state(const struct row *row);

/* The names of all rows of the list, each shortened to `columns` (names.h). */
void screen_row_names(const struct screen *screen, int columns, struct names *names);

/* One of those names; "" if `index` is beyond the list. */
const char *screen_row_name(const struct names *names, uint32_t index);

/* The width of the longest name in the list, at most `most`. */
int screen_row_name_columns(const struct screen *screen, int most);

/* Writes a device's name, shortened to `columns`: "NVIDIA H100 80GB HBM3", "NVIDIA H100", "H100".
 */
void screen_device(const char *name, int columns, const char *sign, char *text, size_t size);

/* The width of the shortest form that still names the model. */
int screen_device_least(const char *name);

/* Writes where the selected row was recorded: "RECORDED AMD EPYC, 2026-11-23, mine.json", after the
 * mark of recorded rows. If room is short, drops words of the device first, then the date; shortens
 * the file's name last. */
void screen_recorded(const struct screen *screen, int columns, char *text, size_t size);

/* The names of the tagged rows, by tag, each shortened to `columns`. */
void screen_tag_names(const struct screen *screen, int columns, struct names *names);

/* Splits off a second histogram's rectangle below the first one's, if both are then large enough.
 * False, and no change, if not. */
bool screen_split(struct rectangle *area, struct rectangle *below);

/* The glyph of a verified, wrong or unverified run, one or two columns wide. */
const char *screen_verdict_sign(const struct screen *screen, const struct run *run);

/* Writes a median and its interval: "14.1 us ±1.2 %". */
void screen_median(const struct screen *screen, const struct run *run, char *text, size_t size);

/* The title of a histogram of that metric: "Step latency". */
const char *screen_metric(enum metric metric);

/* The role in which the tags A (0) to D are drawn. */
enum role screen_letter_role(int letter);

/* Draws the open dialog, if any. */
void overlay_draw(const struct screen *screen);
void overlay_setup_draw(const struct screen *screen);
void overlay_palette_draw(const struct screen *screen);
void overlay_text_draw(const struct screen *screen);

/* The mark of a row whose workload differs from the current knobs. */
#define SCREEN_UNLIKE "differs"

/* How the row's workload differs ("SEQ_LEN 32") if that fits into `columns`, else "". */
const char *screen_differs(const struct frame_row *row, int columns);

/* Writes a speed-up: "×43.1". Writes "" for 0. */
void screen_speedup(const struct screen *screen, double speedup, char *text, size_t size);
