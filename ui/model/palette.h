/*
 * palette.h - one list over all that the explorer can go to or set, filtered as one types. Pure:
 * it knows neither the explorer nor the screen.
 *
 * The text is split into words at blanks, '-', '_' and '/'. An entry is shown if each word is in
 * its name, its kind or its title, or if the word's letters come in this order in its name. Words
 * at the beginning of a name count most.
 */
#ifndef UI_PALETTE_H
#define UI_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PALETTE_TEXT 64u
#define PALETTE_ROWS 20 /* of its box: a frame, what is typed, and entries */

enum palette_kind {
    PALETTE_VIEW,
    PALETTE_TOPIC, /* what a view shows; its id is the view's */
    PALETTE_VARIANT,
    PALETTE_KNOB,
    PALETTE_WORD, /* of the glossary; its id is its number */
    PALETTE_DEMO,
    PALETTE_PRESET,
    PALETTE_RECORDING,
    PALETTE_VALUE, /* of a knob that the text names: offered anew for each text */
    PALETTE_KINDS
};

struct palette_entry {
    enum palette_kind kind;
    uint32_t id;     /* number of a view or knob; row of a variant */
    int64_t value;   /* of PALETTE_VALUE */
    char name[128];  /* what it is called, and for a file its path */
    char title[200]; /* what it is */
};

struct command_palette {
    struct palette_entry *entries; /* owned; those that stay, then the values */
    uint32_t count, lasting, room; /* entries; those that stay; allocated */
    uint32_t *shown;               /* owned: indexes into entries, the best first */
    uint32_t shown_count, cursor;
    char text[PALETTE_TEXT];
    char hint[200]; /* why nothing is shown; "": nothing to say */
};

/* "view", "variant" ... */
const char *palette_kind_name(enum palette_kind kind);

/* Empties it. A zeroed one is empty. */
void palette_close(struct command_palette *palette);

/* Adds an entry that stays, before the first value. False: no memory, and nothing has changed. */
bool palette_add(struct command_palette *palette, enum palette_kind kind, uint32_t id,
                 const char *name, const char *title);

/* Forgets the values of the text before; offers one. Shown are, with palette_show, the values in
 * the order in which they came, then, unless they are `alone`, what else fits the text. */
void palette_forget_values(struct command_palette *palette);
bool palette_offer(struct command_palette *palette, uint32_t knob, int64_t value, const char *name,
                   const char *title);
void palette_show(struct command_palette *palette, bool alone);

/* How well an entry fits a text: more is better; 0: it does not. Every entry fits "". */
int palette_score(const struct palette_entry *entry, const char *text);

/* The entry under the cursor; NULL if nothing is shown. */
const struct palette_entry *palette_chosen(const struct command_palette *palette);

/* The first entry to show in a box of so many rows, with its frame and the text. */
int palette_first(const struct command_palette *palette, int box_rows);

/* Moves the cursor, within what is shown. */
void palette_move(struct command_palette *palette, int step);

#endif
