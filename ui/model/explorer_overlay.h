/*
 * explorer_overlay.h - dialogs: lists to choose from, and lines to type into.
 */
#pragma once

#include "explorer.h"

/* The frame of the open dialog. */
struct rectangle explorer_overlay_box(const struct explorer *explorer);

/* Opens a list (OVERLAY_PRESETS or OVERLAY_DEVICES), and handles Enter in it. */
void explorer_open_list(struct explorer *explorer, enum overlay overlay);
void explorer_choose_item(struct explorer *explorer);

/* Opens a line to type the selected knob's value into, or the palette if the knob has a list of
 * values; and handles Enter in the line. */
void explorer_open_value(struct explorer *explorer);
void explorer_take_value(struct explorer *explorer);
void explorer_open_filter(struct explorer *explorer);
void explorer_set_filter(struct explorer *explorer, const char *filter);

/* Handles a key that types into the value, the filter or the palette: a printable ASCII character,
 * Backspace, or Ctrl-U, which clears the text. */
void explorer_type(struct explorer *explorer, int press);
