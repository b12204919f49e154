#include "view.h"

#include "explorer_history.h"
#include "explorer_private.h"
#include "explorer_sweep.h"
#include "explorer_timeline.h"

#include "../../src/base/words.h"

const char *const view_words[VIEW_COUNT + 1] = {
#define VIEW(ID, word, ...) [VIEW_##ID] = #word,
#include "views.def"
#undef VIEW
};

const struct view views[VIEW_COUNT] = {
#define VIEW(ID, word, name, brief, lay_out, focus, mode, act)                                     \
    [VIEW_##ID] = {name, brief, ACTION_VIEW_##ID, lay_out, focus, mode, act},
#include "views.def"
#undef VIEW
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
