/*
 * screen_draw.h - a whole picture: header, view, detail line, footer, and what lies on top.
 */
#ifndef UI_SCREEN_DRAW_H
#define UI_SCREEN_DRAW_H

#include "panels/screen.h"

/* Draws it and flushes it, once. */
void screen_draw(const struct screen *screen);

#endif
