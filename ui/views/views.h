/*
 * views.h - the views, once: what stands between the header and the detail line. A new one is a
 * file view_*.c, a row here, a number in enum view_id (explorer.h), and a key (keys.c).
 */
#ifndef UI_VIEWS_H
#define UI_VIEWS_H

#include "../model/explorer.h"

struct screen;

struct view {
    const char *name;   /* "Live": in the header */
    enum action action; /* of its key, which is its number */
    /* Its rectangles, into layout->body; pure. */
    void (*lay_out)(struct layout *layout, const struct layout_lists *lists);
    void (*draw)(const struct screen *screen);
};

extern const struct view views[VIEW_COUNT];

/* "live": what saved states and demos call them; ended by NULL. */
extern const char *const view_words[VIEW_COUNT + 1];

/* The view that the action goes to; VIEW_COUNT if it goes to none. */
enum view_id view_of_action(enum action action);

/* The view that is called so in a saved state; VIEW_LIVE for a word that this build does not know.
 */
enum view_id view_of_word(const char *word);

/* Their draw functions, one file each. */
void view_live_draw(const struct screen *screen);
void view_compare_draw(const struct screen *screen);
void view_timeline_draw(const struct screen *screen);
void view_ladder_draw(const struct screen *screen);
void view_sweep_draw(const struct screen *screen);

#endif
