/*
 * svg.h - text in SVG.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Prints `length` bytes escaped for XML. '?' replaces what XML 1.0 cannot represent: most control
 * characters and invalid UTF-8. */
void svg_escape(FILE *out, const char *text, size_t length);

/* Prints a text element whose lower left corner is x, y. `attributes`: "", or more attributes,
 * each preceded by a blank. */
void svg_text(FILE *out, double x, double y, const char *attributes, const char *text);
