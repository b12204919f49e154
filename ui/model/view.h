/*
 * view.h - the views: name, key and layout of what is drawn between the header and the detail line.
 * Each is a row of views.def. ui/views draws them.
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

/* What the arrow keys act on. FOCUS_VIEW: the view beside the lists, if it uses them. */
enum focus { FOCUS_VARIANTS, FOCUS_KNOBS, FOCUS_VIEW, FOCUS_COUNT };

struct explorer;

struct view {
    const char *name;   /* in the header */
    const char *brief;  /* in the header, if room is short */
    enum action action; /* of its key, a digit or letter */
    /* Writes its rectangles into layout->body; pure. */
    void (*lay_out)(struct layout *layout, const struct layout_lists *lists);
    /* When it opens. FOCUS_VARIANTS: unchanged, if this view allows the present focus. */
    enum focus focus;
    enum key_mode mode; /* while it has the arrow keys; 0: it never has */
    /* Handles a key before the panels do. False: the view does not use it. NULL: it uses none. */
    bool (*act)(struct explorer *explorer, enum action action);
};

extern const struct view views[VIEW_COUNT];

/* The name in saved states and demos: "live". The list ends with NULL. */
extern const char *const view_words[VIEW_COUNT + 1];

/* The view that the action opens; VIEW_COUNT: none. */
enum view_id view_of_action(enum action action);

/* The view with that name in a saved state; VIEW_LIVE for an unknown name. */
enum view_id view_of_word(const char *word);
