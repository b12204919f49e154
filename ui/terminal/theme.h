/*
 * theme.h - the appearance: named roles mapped to attributes, and the glyphs. Drawing code uses
 * roles, never colours. Colour alone carries no information: each role also has a sign, a word
 * or a place.
 *
 * A theme is a palette of few inks; a role is an ink with attributes. Blue and orange (yellow,
 * red) are distinguishable with any kind of colour vision, as tests/unit/test_theme.c verifies.
 * The default keeps the terminal's own background and foreground; light and high-contrast set
 * their own.
 */
#pragma once

#include "../../src/command/options.h"

#include <curses.h>

enum role {
    ROLE_TEXT,
    ROLE_DIM,    /* shown, but not in effect */
    ROLE_STRONG, /* the most important numbers and names */
    ROLE_FRAME,  /* a panel's frame */
    ROLE_FOCUS,  /* the focused panel's frame */
    ROLE_CURSOR, /* the selected row of the focused panel */
    ROLE_BADGE,  /* the program's name and state, in the header */
    ROLE_ALERT,  /* a state that needs attention; RECORDED */
    ROLE_KEY,    /* a key in the key bar */
    ROLE_GOOD,
    ROLE_BAD,
    ROLE_BAR,  /* the histogram up to p99 */
    ROLE_TAIL, /* the histogram beyond p99 */
    ROLE_MARK, /* percentile lines */
    ROLE_COUNT
};

enum ink {
    INK_TEXT,
    INK_DIM,
    INK_FRAME,
    INK_ACCENT, /* good, focused, or measured */
    INK_WARN,   /* needs attention */
    INK_COUNT
};

/* Colours by number; -1: the terminal's own. */
struct palette {
    short paper;
    short inks[INK_COUNT];
    attr_t strength; /* attributes of all but dim text, if colours alone lack contrast */
};

/* How many colours a terminal has. On a terminal with 88 colours, pdlab uses only the first 16,
 * because its other numbers differ from xterm's. */
enum tier { TIER_8, TIER_16, TIER_256, TIER_COUNT };

/* How a terminal with direct colour encodes red, green and blue in a number. */
struct direct {
    int bits[3]; /* bits of each, red first and highest; all 0: no direct colour */
    int indexed; /* numbers below this are the terminal's own colours */
};

/* Indexed by enum theme_name; THEME_MONO has no palette. */
extern const struct palette palettes[THEME_COUNT][TIER_COUNT];

struct style {
    attr_t attributes;
    short pair;
};

/* The number by which the terminal knows one of xterm's 256 colours. The first 16 and -1 stay the
 * same. */
int theme_color(const struct direct *direct, short color);

/* All characters on the screen beyond ASCII. Each is one column wide, except `right`, `wrong`,
 * `pending` and `error`, which may be two. */
struct glyphs {
    const char *top_left, *top_right, *bottom_left, *bottom_right, *horizontal, *vertical;
    const char *axis, *tick; /* the time axis */
    const char *bars[9];     /* empty to full, in eighths */
    const char *shades[5];   /* empty to full, in quarters */
    const char *shares[9];   /* the busy share of a cell: empty to full, in eighths; without
                                eighth blocks, digits: tenths */
    const char *waits[6];    /* by enum part_kind: the wait of a cell that is not busy */
    const char *begin, *end; /* ends of an outline */
    const char *line;        /* a percentile's line */
    const char *outline;     /* outline of a second histogram over the first */
    const char *cursor, *active;
    const char *right, *wrong, *pending; /* verified or not */
    const char *times;                   /* before a speed-up */
    const char *more;                    /* text was cut here; more rows follow */
    const char *below, *above;           /* samples beyond the left end, the right end */
    const char *dot;                     /* between facts */
    const char *recorded;                /* beside recorded numbers */
    const char *error;                   /* plus or minus */
    const char *arrows[4];               /* the arrow keys: up, down, left, right */
};

struct theme {
    struct style styles[ROLE_COUNT];
    const struct glyphs *glyphs;
    bool unicode; /* otherwise only ASCII is written */
};

/* The glyphs of a terminal: ASCII, those of a Linux console's font, or all of Unicode. */
const struct glyphs *theme_glyphs(bool unicode, bool console);

/* Chooses glyphs and colours by terminal and locale, and sets the theme's background for the whole
 * screen. Call it after the terminal was started, and again after each change. */
void theme_choose(struct theme *theme, enum theme_name name, bool ascii, enum color_choice color);
