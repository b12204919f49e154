/*
 * tabs.h - the views' tabs in the header: texts and columns, for drawing and for the mouse. Pure.
 * If room is short, names are shortened, then dropped; keys always stay.
 */
#pragma once

#include "view.h"

#define TABS_BADGE " pdlab " /* at the left of the header, before the tabs */
#define TABS_NAMED 110       /* columns of a header in which every tab has a name */

struct tab {
    char text[32]; /* "[1 Live]", " 2 Compare ", " 2 Comp ", " 2" */
    int column, columns;
};

/* Places the tabs in a header of `columns` columns, from column `from` on, with the present view in
 * brackets. Returns how many there are: VIEW_COUNT, or 0 if there is no room. */
int tabs_place(enum view_id present, int from, int columns, struct tab tabs[VIEW_COUNT]);
