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

extern const struct key key_table[]; /* in the order of enum action; the last is ACTION_NONE */

/* Rows of key_table without the last. */
#define KEY_ROWS (ACTION_COUNT - 1)

/* The row of an action, which must not be ACTION_NONE. */
const struct key *key_of(enum action action);

/* The number of rows of the help: one per key, then one per use of the mouse. */
int help_rows(void);

/* The rows in the order in which the help shows them at a place: a heading, the rows that the key
 * bar offers there, a second heading, the others. Writes at most HELP_MOST; returns how many. */
enum { HELP_HERE = -1, HELP_ELSEWHERE = -2 };
#define HELP_MOST (2 * ACTION_COUNT)
int help_list(unsigned place, int *rows);

/* Writes the keys of a row of the help, or the name of the mouse event. Returns what it does. */
const char *help_row(int row, char *name, size_t size);

/* The present keys of a row (keymap.h), 0-terminated. */
const int *key_presses(const struct key *key);

/* Whether a 0-terminated list contains the key. */
bool press_is_in(int press, const int *presses);

/* The action of a key; ACTION_NONE if it has none. */
enum action key_action(int press);

/* Writes a key's name: "q", "F10", "Ctrl-C", "Up". `arrows`: what to write for the arrow keys up,
 * down, left and right; NULL: their names. */
void press_name(int press, const char *const *arrows, char *text, size_t size);

/* Writes the names of a row's keys, separated by blanks: "q F10 Ctrl-C". */
void key_names(const struct key *key, char *text, size_t size);

/* Writes a row's name in the key bar: its first key, and those of the rows joined to it. */
void key_footer(const struct key *key, const char *const *arrows, char *text, size_t size);

/* A row's word in the key bar at that place: "sweep" where Enter starts one. */
const char *key_word(const struct key *key, unsigned place);

/* Chooses the rows of the key bar at `place` that fit into `columns`, the lowest ranks first, and
 * writes at most `room` of them in table order. Each takes the text of key_footer, a blank, its
 * word and two blanks. Returns how many. */
size_t keys_in_footer(unsigned place, int columns, const char *const *arrows,
                      const struct key **chosen, size_t room);

/* Prints the help of all keys: `pdlab --help keys`. */
void keys_print(FILE *out);
