/*
 * screen_draw.h - draws a whole frame: header, view, detail line, footer, and dialogs.
 */
#pragma once

#include "panels/screen.h"

/* Draws it and flushes once. */
void screen_draw(const struct screen *screen);
