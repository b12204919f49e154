/*
 * explorer_palette.h - the palette in the explorer: what it offers, and what its entries do. It is
 * also the list of a knob's choices, and of its recorded values.
 */
#ifndef UI_EXPLORER_PALETTE_H
#define UI_EXPLORER_PALETTE_H

#include "explorer.h"

/* Opens it with this text typed: "" shows all, "STEP_SYNC " the values of that knob. */
void explorer_palette_open(struct explorer *explorer, const char *text);

/* Opens it for the selected knob, if that has values to choose from; else false. */
bool explorer_palette_open_values(struct explorer *explorer);

/* Its frame: the upper edge stays where it is while one types. */
struct rectangle explorer_palette_box(const struct explorer *explorer);

/* A click into the row of its box, below the frame (row 0: what is typed): moves the cursor there,
 * and takes the entry that has it already. */
void explorer_palette_click(struct explorer *explorer, int row);

/* A key that types into it, and Enter. */
void explorer_palette_type(struct explorer *explorer, int press);
void explorer_palette_take(struct explorer *explorer);

#endif
