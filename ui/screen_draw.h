/*
 * screen_draw.h - draws a whole frame: header, view, detail line, footer, and dialogs.
 */
#ifndef UI_SCREEN_DRAW_H
#define UI_SCREEN_DRAW_H

#include "panels/screen.h"

/* Draws it and flushes once. */
void screen_draw(const struct screen *screen);

#endif
