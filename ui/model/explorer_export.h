/*
 * explorer_export.h - what is written: a document, a table and a plot of the present view; and the
 * command that measures the same.
 */
#ifndef UI_EXPLORER_EXPORT_H
#define UI_EXPLORER_EXPORT_H

#include "explorer.h"

/* The command that measures the same without a screen (malloc; NULL: no memory). */
char *explorer_command(const struct explorer *explorer);

/* The present view as a plot in SVG (malloc); `document` says when and on what. NULL: there is
 * nothing to draw, or no memory. */
char *explorer_svg(const struct explorer *explorer, const struct document *document,
                   size_t *length);

/* Writes a document of all runs, a table and a plot of the present view, and of what is compared a
 * document each, below artifacts/, and says where. */
void explorer_export(struct explorer *explorer);

#endif
