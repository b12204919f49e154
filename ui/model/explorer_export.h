/*
 * explorer_export.h - files to export: a document, a table and a plot of the present view, and the
 * command that repeats the measurement.
 */
#pragma once

#include "explorer.h"

/* Returns the command that repeats the measurement without a screen (malloc; NULL: no memory). */
char *explorer_command(const struct explorer *explorer);

/* Returns the present view as an SVG plot (malloc), which names `document`. NULL: nothing to draw,
 * or no memory. */
char *explorer_svg(const struct explorer *explorer, const struct document *document,
                   size_t *length);

/* Writes below artifacts/ a document of all runs, a table and a plot of the present view, and one
 * document per tagged row. Shows their paths. */
void explorer_export(struct explorer *explorer);
