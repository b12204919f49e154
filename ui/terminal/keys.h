/*
 * keys.h - the keys of the explorer. Each action is a row of keys.def. An action with a function
 * key also has a letter.
 *
 * A key is a Unicode character, a control character, or one of enum press. This module does not
 * use curses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PRESS_CTRL(letter) ((letter)&31)
#define PRESS_TAB          PRESS_CTRL('I')
#define PRESS_ENTER        PRESS_CTRL('M')
#define PRESS_ESCAPE       27

/* Keys that are not characters. Their numbers are above those of Unicode. */
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
    PRESS_POINTER, /* not a key: a mouse event (input.h) */
    PRESS_PASTE,   /* not a key: a text was pasted */
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

/* What receives the keys. The key bar shows the keys of this mode. */
enum key_mode {
    MODE_MAIN = 1,       /* the panels */
    MODE_LIST = 2,       /* a list to choose from is open */
    MODE_TEXT = 4,       /* a line is being typed */
    MODE_PAGES = 8,      /* the help is open */
    MODE_RECORDED = 16,  /* the panels show a recording */
    MODE_TIMELINE = 32,  /* the panels; the arrow keys go to the timeline */
    MODE_SETUP = 256,    /* the set-up is open */
    MODE_CAPTURE = 512,  /* the set-up waits for a key to assign to an action */
    MODE_PALETTE = 1024, /* the palette is open and takes typed text */
    MODE_HISTORY = 2048  /* the panels; the arrow keys go to the history */
};

/* What the keys apply to, in more detail: bits that are combined with a key_mode. */
enum key_place {
    PLACE_VARIANTS = 4096,    /* the arrow keys go to the variants */
    PLACE_KNOBS = 8192,       /* the arrow keys go to the knobs */
    PLACE_SWEEP = 16384,      /* the view is a sweep, and Enter starts it */
    PLACE_SWEEPS = 131072,    /* the view is a sweep that is running */
    PLACE_DEMO = 32768,       /* a demo is playing */
    PLACE_LEAVE = 65536,      /* that demo was started in the explorer, so Esc leaves it */
    PLACE_HISTOGRAM = 262144, /* the view has a histogram */
    PLACE_SWEPT = 524288,     /* the view has the points of a sweep */
    PLACE_LANES = 1048576,    /* the view has the lanes of the timeline */
};

#define KEY_TWINS 3

struct key {
    int presses[KEY_TWINS + 1]; /* the default keys, 0-terminated; the user's set-up may override
                                   them (key_presses) */
    enum action action;
    const char *footer; /* a word for the key bar; NULL: not shown there */
    int rank;           /* in the key bar; if room is short, the lowest ranks stay */
    unsigned modes;     /* key_modes and key_places in which the key bar shows it */
    bool joined;      /* the key bar shows the next row's first key right after this row's: "+-" */
    const char *help; /* what it does, for the help; no full stop */
};

extern const struct key key_table[]; /* in the order of enum action, but ACTION_NONE is last */

/* The number of rows of key_table, without the last one (ACTION_NONE). */
#define KEY_ROWS (ACTION_COUNT - 1)

/* The row of an action, which must not be ACTION_NONE. */
const struct key *key_of(enum action action);

/* The number of rows of the help: one per key, then one per use of the mouse. */
int help_rows(void);

/* Writes the rows of the help at `place`, in order: the heading HELP_HERE, the rows whose keys are
 * for this place, the heading HELP_ELSEWHERE, the other rows. Writes at most HELP_MOST; returns how
 * many. */
enum { HELP_HERE = -1, HELP_ELSEWHERE = -2 };
#define HELP_MOST (2 * ACTION_COUNT)
int help_list(unsigned place, int *rows);

/* Writes the keys of a row of the help, or the name of its mouse event. Returns the row's help
 * text. */
const char *help_row(int row, char *name, size_t size);

/* The current keys of a row (keymap.h), 0-terminated. */
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

/* Writes a row's keys as the key bar shows them: its first key, and the first keys of the rows
 * joined to it. */
void key_footer(const struct key *key, const char *const *arrows, char *text, size_t size);

/* A row's word in the key bar at that place: "sweep" where Enter starts one. */
const char *key_word(const struct key *key, unsigned place);

/* Chooses the rows of the key bar at `place` that fit into `columns`, the lowest ranks first, and
 * writes at most `room` of them in table order. A row is drawn as the text of key_footer, a blank,
 * its word and two blanks. Returns how many rows it wrote. */
size_t keys_in_footer(unsigned place, int columns, const char *const *arrows,
                      const struct key **chosen, size_t room);

/* Prints the help of all keys: `pdlab --help keys`. */
void keys_print(FILE *out);
