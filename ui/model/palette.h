/*
 * palette.h - one list of everything that the explorer can go to or set, filtered as the user
 * types. Pure: it knows neither the explorer nor the screen.
 *
 * Blanks, '-', '_' and '/' split the text into words. An entry is shown if each word is in its
 * name, kind or title, or if the word's letters occur in this order in its name. Words that begin a
 * name score highest.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PALETTE_TEXT 64u
#define PALETTE_ROWS 20 /* of its box: a frame, the text, and entries */

enum palette_kind {
    PALETTE_VIEW,
    PALETTE_TOPIC, /* part of a view; its id is the view's */
    PALETTE_VARIANT,
    PALETTE_KNOB,
    PALETTE_WORD, /* of the glossary; its id is its number */
    PALETTE_DEMO,
    PALETTE_PRESET,
    PALETTE_RECORDING,
    PALETTE_VALUE, /* of a knob that the text names: rebuilt for each text */
    PALETTE_KINDS
};

struct palette_entry {
    enum palette_kind kind;
    uint32_t id;     /* number of a view or knob, or row of a variant */
    int64_t value;   /* of PALETTE_VALUE */
    char name[128];  /* its name; of a file, its path */
    char title[200]; /* its description */
};

struct command_palette {
    struct palette_entry *entries; /* owned; the permanent ones, then the values */
    uint32_t count, lasting, room; /* entries; permanent ones; allocated */
    uint32_t *shown;               /* owned: indexes into entries, best first */
    uint32_t shown_count, cursor;
    char text[PALETTE_TEXT];
    char hint[200]; /* why nothing is shown; "": no reason to give */
};

const char *palette_kind_name(enum palette_kind kind);

/* Empties it. A zeroed palette is empty. */
void palette_close(struct command_palette *palette);

/* Adds a permanent entry; call it before adding values. False: no memory, and nothing has changed.
 */
bool palette_add(struct command_palette *palette, enum palette_kind kind, uint32_t id,
                 const char *name, const char *title);

/* Drops the values of the previous text; adds one. palette_show then lists the values in this order
 * and, unless they are `alone`, other entries that match. */
void palette_forget_values(struct command_palette *palette);
bool palette_offer(struct command_palette *palette, uint32_t knob, int64_t value, const char *name,
                   const char *title);
void palette_show(struct command_palette *palette, bool alone);

/* The entry under the cursor; NULL if the list is empty. */
const struct palette_entry *palette_chosen(const struct command_palette *palette);

/* The first entry to show in a box of `rows` rows, including its frame and the text. */
int palette_first(const struct command_palette *palette, int box_rows);

void palette_move(struct command_palette *palette, int step);
