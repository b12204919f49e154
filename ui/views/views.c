#include "views.h"

#include "../../src/base/words.h"

const char *const view_words[VIEW_COUNT + 1] = {
    [VIEW_LIVE] = "live",     [VIEW_COMPARE] = "compare", [VIEW_TIMELINE] = "timeline",
    [VIEW_LADDER] = "ladder", [VIEW_SWEEP] = "sweep",
};

const struct view views[VIEW_COUNT] = {
    [VIEW_LIVE] = {"Live", ACTION_VIEW_LIVE, layout_live, view_live_draw},
    [VIEW_COMPARE] = {"Compare", ACTION_VIEW_COMPARE, layout_compare, view_compare_draw},
    [VIEW_TIMELINE] = {"Timeline", ACTION_VIEW_TIMELINE, layout_ladder, view_timeline_draw},
    [VIEW_LADDER] = {"Ladder", ACTION_VIEW_LADDER, layout_ladder, view_ladder_draw},
    [VIEW_SWEEP] = {"Sweep", ACTION_VIEW_SWEEP, layout_sweep, view_sweep_draw},
};

enum view_id view_of_action(enum action action)
{
    int view = 0;
    while (view < VIEW_COUNT && views[view].action != action)
        view++;
    return (enum view_id)view;
}

enum view_id view_of_word(const char *word)
{
    const int found = words_find(view_words, word);
    return found < 0 ? VIEW_LIVE : (enum view_id)found;
}
