/*
 * explorer_palette.h - the palette: its entries and what they do. The palette also lists a knob's
 * choices or its recorded values.
 */
#pragma once

#include "explorer.h"

/* Opens the palette as if this text had been typed: "" lists everything, "STEP_SYNC " the values of
 * that knob. */
void explorer_palette_open(struct explorer *explorer, const char *text);

/* Opens the palette with the selected knob's values. False: it has no list of values. */
bool explorer_palette_open_values(struct explorer *explorer);

/* The palette's frame. Its upper edge stays in place while the user types. */
struct rectangle explorer_palette_box(const struct explorer *explorer);

/* Handles a click in a row inside the palette's frame (row 0: the text): moves the cursor to the
 * row, or takes the entry if the cursor is already there. */
void explorer_palette_click(struct explorer *explorer, int row);

/* Call after the text changed: lists the entries that match it. */
void explorer_palette_filter(struct explorer *explorer);

/* Handles Enter: carries out the entry under the cursor. */
void explorer_palette_take(struct explorer *explorer);
