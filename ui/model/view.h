/*
 * view.h - the views, which fill the screen between the header and the detail line: their names,
 * keys and layouts. Each is a row of views.def. ui/views draws them.
 */
#pragma once

#include "../terminal/keys.h"
#include "../terminal/layout.h"

enum view_id {
#define VIEW(ID, ...) VIEW_##ID,
#include "views.def"
#undef VIEW
    VIEW_COUNT
};

/* What the arrow keys act on. FOCUS_VIEW: the view beside the lists, if it uses arrow keys. */
enum focus { FOCUS_VARIANTS, FOCUS_KNOBS, FOCUS_VIEW, FOCUS_COUNT };

struct explorer;

struct view {
    const char *name;   /* in the header */
    const char *brief;  /* in the header, if room is short */
    enum action action; /* of the key that opens the view */
    /* Writes the view's rectangles into layout->body. */
    void (*lay_out)(struct layout *layout, const struct layout_lists *lists);
    /* The focus when the view opens. FOCUS_VARIANTS: the focus stays, if this view allows it. */
    enum focus focus;
    enum key_mode mode; /* while the view has the arrow keys; 0: it never has them */
    /* Handles a key before the panels do. False: the view does not use it. NULL: it uses none. */
    bool (*act)(struct explorer *explorer, enum action action);
};

extern const struct view views[VIEW_COUNT];

/* The views' names in saved states and demos: "live". NULL ends the list. */
extern const char *const view_words[VIEW_COUNT + 1];

/* Returns the view that the action opens; VIEW_COUNT: none. */
enum view_id view_of_action(enum action action);

/* Returns the view with that name in saved states; VIEW_LIVE if the name is unknown. */
enum view_id view_of_word(const char *word);
