/*
 * views.h - draws the views. A new view needs a file view_*.c here, a row of ui/model/views.def,
 * and a row VIEW_* of ui/terminal/keys.def.
 */
#pragma once

#include "../model/view.h"

struct screen;

/* Draws a view into the rectangles that its layout gave it. */
extern void (*const view_draw[VIEW_COUNT])(const struct screen *screen);

/* One file each. */
#define VIEW(ID, word, ...) void view_##word##_draw(const struct screen *screen);
#include "../model/views.def"
#undef VIEW
