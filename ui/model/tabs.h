/*
 * tabs.h - the views' tabs in the header: texts and columns, for drawing and for the mouse. If room
 * is short, tabs shorten their names, then drop them, but keep their keys.
 */
#pragma once

#include "view.h"

#define TABS_BADGE " pdlab " /* at the left of the header, before the tabs */
#define TABS_NAMED 110       /* in a narrower header, only the present view's tab has a name */

struct tab {
    char text[32]; /* "[1 Live]", " 2 Compare ", " 2 Comp ", " 2" */
    int column, columns;
};

/* Places the tabs in a header of `columns` columns, from column `from` on. The present view's tab
 * is in brackets. Returns the number of tabs: VIEW_COUNT, or 0 if there is no room. */
int tabs_place(enum view_id present, int from, int columns, struct tab tabs[VIEW_COUNT]);
