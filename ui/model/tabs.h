/*
 * tabs.h - the views' tabs in the header: their texts and columns, for drawing them and for the
 * mouse. Pure. Where room is short, names are shortened, then left out; keys never are.
 */
#ifndef UI_TABS_H
#define UI_TABS_H

#include "view.h"

#define TABS_BADGE " pdlab " /* at the left of the header; the tabs follow */
#define TABS_NAMED 110       /* columns of a header in which every tab has a name */

struct tab {
    char text[32]; /* "[1 Live]", " 2 Compare ", " 2 Comp ", " 2" */
    int column, columns;
};

/* Places the tabs into a header of so many columns, from column `from` on, with the present view's
 * name in brackets. Returns how many there are: VIEW_COUNT, or 0 if there is no room for any. */
int tabs_place(enum view_id present, int from, int columns, struct tab tabs[VIEW_COUNT]);

#endif
