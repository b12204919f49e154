/*
 * explorer_palette.h - the palette: its entries and what they do. Also the list of a knob's choices
 * and of its recorded values.
 */
#pragma once

#include "explorer.h"

/* Opens it with this text typed: "" shows all, "STEP_SYNC " the values of that knob. */
void explorer_palette_open(struct explorer *explorer, const char *text);

/* Opens it for the selected knob. False: that knob has no values to choose from. */
bool explorer_palette_open_values(struct explorer *explorer);

/* The palette's frame. Its upper edge stays in place while the user types. */
struct rectangle explorer_palette_box(const struct explorer *explorer);

/* Handles a click in a row of its box, below the frame (row 0: the text): moves the cursor there,
 * or takes the entry if the cursor is already on it. */
void explorer_palette_click(struct explorer *explorer, int row);

/* The text has changed: lists the matches again. */
void explorer_palette_filter(struct explorer *explorer);

/* Handles Enter: carries out the entry under the cursor. */
void explorer_palette_take(struct explorer *explorer);
