/*
 * keys.h - every key of the explorer, once: a row of keys.def. Every function key has a letter as
 * its twin.
 *
 * A key is a Unicode character, a control character, or one of enum press. No curses here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PRESS_CTRL(letter) ((letter)&31)
#define PRESS_TAB          PRESS_CTRL('I')
#define PRESS_ENTER        PRESS_CTRL('M')
#define PRESS_ESCAPE       27

/* Keys that are no characters; above all of Unicode. */
enum press {
    PRESS_UP = 0x200000,
    PRESS_DOWN,
    PRESS_LEFT,
    PRESS_RIGHT,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_HOME,
    PRESS_END,
    PRESS_BACKTAB,
    PRESS_BACKSPACE,
    PRESS_INSERT,
    PRESS_DELETE,
    PRESS_F1,
    PRESS_F2,
    PRESS_F10 = PRESS_F1 + 9,
    PRESS_F12 = PRESS_F1 + 11,
    PRESS_POINTER, /* no key: the mouse has something to say (input.h) */
    PRESS_PASTE,   /* no key: a text was pasted */
};

/* What the mouse did, and at which cell of the screen. */
enum pointer_kind {
    POINTER_CLICK,
    POINTER_WHEEL_UP,
    POINTER_WHEEL_DOWN,
    POINTER_WHEEL_LEFT,
    POINTER_WHEEL_RIGHT
};
struct pointer {
    int row, column;
    enum pointer_kind kind;
};

enum action {
    ACTION_NONE,
#define KEY(ID, ...) ACTION_##ID,
#include "keys.def"
#undef KEY
    ACTION_COUNT
};

/* What receives the keys. The footer shows the keys of this mode. */
enum key_mode {
    MODE_MAIN = 1,       /* the panels */
    MODE_LIST = 2,       /* a list to choose from is open */
    MODE_TEXT = 4,       /* a line is being typed */
    MODE_PAGES = 8,      /* the help is open */
    MODE_RECORDED = 16,  /* the panels show a recording */
    MODE_TIMELINE = 32,  /* the panels, while the timeline has the arrow keys */
    MODE_SETUP = 256,    /* the set-up is open */
    MODE_CAPTURE = 512,  /* the set-up waits for a key to assign to an action */
    MODE_PALETTE = 1024, /* the palette is open and takes typed text */
    MODE_HISTORY = 2048  /* the panels, while the history has the arrow keys */
};

/* Where the keys go to, more exactly: beside the key_modes. */
enum key_place {
    PLACE_VARIANTS = 4096,    /* the variants have the arrow keys */
    PLACE_KNOBS = 8192,       /* the knobs have */
    PLACE_SWEEP = 16384,      /* the view is a sweep that Enter begins, */
    PLACE_SWEEPS = 131072,    /* or one that runs */
    PLACE_DEMO = 32768,       /* a demo plays, */
    PLACE_LEAVE = 65536,      /* and was started in the explorer: there is a way back */
    PLACE_HISTOGRAM = 262144, /* the view has a histogram, */
    PLACE_SWEPT = 524288,     /* the points of a sweep, */
    PLACE_LANES = 1048576,    /* or the lanes of the timeline */
};

#define KEY_TWINS 3

struct key {
    int presses[KEY_TWINS + 1]; /* ended by 0; the set-up may have others (key_presses) */
    enum action action;
    const char *footer; /* a word for the key bar; NULL: not shown there */
    int rank;           /* in the key bar: the lowest are kept when room is short */
    unsigned modes;     /* key_modes and key_places in which the footer shows it */
    bool joined;        /* there, with the first key of the next row, and so on: "+-" */
    const char *help;   /* for the help overlay, no full stop */
};

extern const struct key key_table[]; /* ended by ACTION_NONE */

#define KEY_ROWS                                                                                   \
    (ACTION_COUNT - 1) /* of key_table: one row per action, in the order of the enum               \
                        */

/* The row of an action, which is not ACTION_NONE. */
const struct key *key_of(enum action action);

/* Rows of the help: the keys, and below them the mouse. Writes what one is called; returns what it
 * does. */
int help_rows(void);

/* The rows in the order in which the help shows them at a place: a heading, those that the footer
 * offers there, a second heading, the rest. Writes at most HELP_MOST; returns how many. */
enum { HELP_HERE = -1, HELP_ELSEWHERE = -2 };
#define HELP_MOST (2 * ACTION_COUNT)
int help_list(unsigned place, int *rows);

const char *help_row(int row, char *name, size_t size);

/* The keys of a row as they are now (keymap.h), ended by 0. */
const int *key_presses(const struct key *key);

/* The action of a key; ACTION_NONE if it has none. */
enum action key_action(int press);

/* Writes a key's name: "q", "F10", "Ctrl-C", "Up". `arrows`: arrow keys as the characters given in
 * the order up, down, left, right, or NULL for their names. */
void press_name(int press, const char *const *arrows, char *text, size_t size);

/* Writes all names of a row, separated by blanks: "q F10 Ctrl-C". */
void key_names(const struct key *key, char *text, size_t size);

/* Writes what the footer calls a row: its first key, and those that it is joined with. */
void key_footer(const struct key *key, const char *const *arrows, char *text, size_t size);

/* The word of a row in the footer at that place: "sweep", where Enter begins one. */
const char *key_word(const struct key *key, unsigned place);

/* Rows of the footer for `place`, key_modes and key_places, that fit into `columns`, in table
 * order, the lowest ranks first to be kept. Each takes what key_footer writes, a blank, its word
 * and two blanks. Returns how many.
 */
size_t keys_in_footer(unsigned place, int columns, const char *const *arrows,
                      const struct key **chosen, size_t room);

/* Prints the table: `pdlab --help keys`. */
void keys_print(FILE *out);
