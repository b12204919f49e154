/*
 * screen_draw.h - draws a whole frame: header, view, detail line, key bar, and dialogs.
 */
#pragma once

#include "panels/screen.h"

/* Draws the frame, and flushes curses once. */
void screen_draw(const struct screen *screen);
