/*
 * svg_page.h - a page in plain SVG: text, boxes, lines and paths, with attributes and no style
 * sheet, so that browsers, Inkscape and presentation programs render it the same. Colours are those
 * of M. Okabe and K. Ito, "Color Universal Design" (2008). The page is written top to bottom;
 * closing it sets its height.
 */
#pragma once

#include "axis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SVG_PAGE_WIDTH 960.0
#define SVG_PAGE_EDGE  24.0 /* on all sides */
#define SVG_PAGE_LINE  18.0 /* line height of text */
#define SVG_PAGE_TEXT  13.0 /* size of text */
#define SVG_PAGE_INK   "#1a1a1a"
#define SVG_PAGE_FAINT "#5f5f5f"

struct svg_page {
    FILE *out;
    char *body;
    size_t length;
    char *title;
    double width;
    double y; /* y of the first free line; the caller advances it */
};

/* Begins a page of that width with a title and, below it, a remark ("": none). False: out of
 * memory. */
bool svg_page_open(struct svg_page *page, double width, const char *title, const char *remark);

/* Returns an upper bound of a text's width, whatever font replaces Arial. */
double svg_page_text_width(const char *text);

/* Prints text whose baseline begins, ends or is centred at x: anchor 'b', 'e' or 'm'. Replaces
 * unsafe characters by '?'. */
void svg_page_text(struct svg_page *page, double x, double y, char anchor, const char *colour,
                   bool bold, const char *text);

/* Prints wrapped text from page->y on, with its left edge at x. Moves page->y below the lines. */
void svg_page_paragraph(struct svg_page *page, double x, const char *colour, bool bold,
                        const char *text);

void svg_page_box(struct svg_page *page, double x, double y, double width, double height,
                  const char *fill, const char *stroke);
void svg_page_line(struct svg_page *page, double x1, double y1, double x2, double y2,
                   const char *stroke, const char *dashes);

/* Prints a horizontal axis at y, with ticks and, below them, their texts and the title. */
void svg_page_axis(struct svg_page *page, double left, double width, double y,
                   const struct axis *axis, const char *title);

/* Writes the ticks of such an axis, at most AXIS_TICKS, for a grid. Returns their number. */
unsigned svg_page_ticks(const struct axis *axis, double width, struct tick *ticks);

/* Closes the page and returns its SVG text (malloc; *length without the NUL). NULL: out of
 * memory. */
char *svg_page_close(struct svg_page *page, size_t *length);
