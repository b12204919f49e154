#include "tabs.h"

#include "../terminal/keymap.h"

#include <stdio.h>
#include <string.h>

#define LEAST_COLUMNS 60  /* a narrower header has no tabs */
#define FULL_COLUMNS  140 /* a narrower header shortens the names */

static void write_tab(int view, bool present, int columns, char *text, size_t size)
{
    const char *name = action_key(views[view].action);
    if (present)
        snprintf(text, size, "[%s %s]", name, views[view].name);
    else if (columns >= TABS_NAMED)
        snprintf(text, size, " %s %s ", name,
                 columns >= FULL_COLUMNS ? views[view].name : views[view].brief);
    else
        snprintf(text, size, " %s", name);
}

int tabs_place(enum view_id present, int from, int columns, struct tab tabs[VIEW_COUNT])
{
    if (columns < LEAST_COLUMNS)
        return 0;
    for (int view = 0; view < VIEW_COUNT; view++) {
        write_tab(view, view == (int)present, columns, tabs[view].text, sizeof tabs[view].text);
        tabs[view].column = from;
        tabs[view].columns = (int)strlen(tabs[view].text);
        from += tabs[view].columns;
    }
    return VIEW_COUNT;
}
