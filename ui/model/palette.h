/*
 * palette.h - one list of everything that the explorer can open, select or set, filtered while the
 * user types. Does not depend on the explorer or the screen.
 *
 * Blanks, '-', '_', '/' and '.' split the typed text into words. An entry is shown if it contains
 * every word: in its name, kind or title, or as letters that occur in this order in its name. A
 * name that equals or begins with the text scores highest.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PALETTE_TEXT 64u
#define PALETTE_ROWS 20 /* of the palette's box: its frame, the text and the entries */

enum palette_kind {
    PALETTE_VIEW,
    PALETTE_TOPIC, /* part of a view; `id` is the view's */
    PALETTE_VARIANT,
    PALETTE_KNOB,
    PALETTE_WORD, /* a word of the glossary; `id` is its index */
    PALETTE_DEMO,
    PALETTE_PRESET,
    PALETTE_RECORDING,
    PALETTE_VALUE, /* a value of the knob that the text names; replaced when the text changes */
    PALETTE_KINDS
};

struct palette_entry {
    enum palette_kind kind;
    uint32_t id;     /* of a view, knob or word; a variant's row; a value's knob */
    int64_t value;   /* PALETTE_VALUE only */
    char name[128];  /* a recording's name is its path */
    char title[200]; /* description */
};

struct command_palette {
    struct palette_entry *entries; /* owned; the permanent entries, then the values */
    uint32_t count, lasting, room; /* number of entries, of permanent entries, and allocated */
    uint32_t *shown;               /* owned: indexes into entries, best first */
    uint32_t shown_count, cursor;
    char text[PALETTE_TEXT];
    char hint[200]; /* why no entry is shown; "": entries are shown */
};

const char *palette_kind_name(enum palette_kind kind);

/* Empties the palette. A zeroed palette is empty. */
void palette_close(struct command_palette *palette);

/* Adds a permanent entry, and drops all values. False: no memory, and the entry is not added. */
bool palette_add(struct command_palette *palette, enum palette_kind kind, uint32_t id,
                 const char *name, const char *title);

/* Call when the text has changed: palette_forget_values drops the old values, palette_offer adds a
 * value, and palette_show lists the values in this order. Unless they are `alone`, it also lists
 * the permanent entries that match. */
void palette_forget_values(struct command_palette *palette);
bool palette_offer(struct command_palette *palette, uint32_t knob, int64_t value, const char *name,
                   const char *title);
void palette_show(struct command_palette *palette, bool alone);

/* Returns the entry under the cursor; NULL: the list is empty. */
const struct palette_entry *palette_chosen(const struct command_palette *palette);

/* Returns the index of the first visible entry in a box of `box_rows` rows, which include its frame
 * and the text. */
int palette_first(const struct command_palette *palette, int box_rows);

void palette_move(struct command_palette *palette, int step);
