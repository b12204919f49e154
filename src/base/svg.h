/*
 * svg.h - text in SVG.
 */
#ifndef SRC_SVG_H
#define SRC_SVG_H

#include <stddef.h>
#include <stdio.h>

/* Prints a text of `length` bytes as XML has it. What XML 1.0 has no way to write, most control
 * characters and broken UTF-8, becomes '?'. */
void svg_escape(FILE *out, const char *text, size_t length);

/* Prints a text element with its lower left corner at x, y. `attributes`: "", or more of them, each
 * after a blank. */
void svg_text(FILE *out, double x, double y, const char *attributes, const char *text);

#endif
