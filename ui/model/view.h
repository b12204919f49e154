/*
 * view.h - the views by name, key and layout: what stands between the header and the detail line.
 * Each is a row of views.def. ui/views draws them.
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "../terminal/keys.h"
#include "../terminal/layout.h"

enum view_id {
#define VIEW(ID, ...) VIEW_##ID,
#include "views.def"
#undef VIEW
    VIEW_COUNT
};

/* What takes the arrow keys. FOCUS_VIEW: what stands beside the lists, in a view that takes them.
 */
enum focus { FOCUS_VARIANTS, FOCUS_KNOBS, FOCUS_VIEW, FOCUS_COUNT };

struct explorer;

struct view {
    const char *name;   /* "Compare": in the header */
    const char *brief;  /* "Comp": there, if room is short */
    enum action action; /* of its key, which is its number or letter */
    /* Its rectangles, into layout->body; pure. */
    void (*lay_out)(struct layout *layout, const struct layout_lists *lists);
    enum focus focus; /* when it opens; FOCUS_VARIANTS: as before, if another view can have that */
    enum key_mode mode; /* while it has the arrow keys; 0: it never has */
    bool (*act)(struct explorer *explorer, enum action action); /* before the panels; NULL */
};

extern const struct view views[VIEW_COUNT];

/* "live": what saved states and demos call them; ended by NULL. */
extern const char *const view_words[VIEW_COUNT + 1];

/* The view that the action goes to; VIEW_COUNT if it goes to none. */
enum view_id view_of_action(enum action action);

/* The view that is called so in a saved state; VIEW_LIVE for a word that this build does not know.
 */
enum view_id view_of_word(const char *word);

#endif
