/*
 * theme.h - how things look: named roles to attributes, and the glyphs. Drawing code names roles,
 * never colours. Nothing is said by colour alone: each has a sign, a word or a place as well.
 *
 * A theme is a palette of few inks; a role is an ink with attributes. Blue and orange (yellow, red)
 * are told apart with any kind of colour vision: tests/unit/test_theme.c computes it. The default
 * keeps the terminal's own background and foreground; light and high-contrast bring their own.
 */
#ifndef UI_THEME_H
#define UI_THEME_H

#include "../../src/command/options.h"

#include <curses.h>

enum role {
    ROLE_TEXT,
    ROLE_DIM,    /* what is there but not in force */
    ROLE_STRONG, /* numbers and names that the eye should find */
    ROLE_FRAME,  /* of a panel */
    ROLE_FOCUS,  /* of the panel that has the keys */
    ROLE_CURSOR, /* the selected row of the panel that has the keys */
    ROLE_BADGE,  /* the program's name, the state */
    ROLE_ALERT,  /* a state that wants attention; RECORDED */
    ROLE_KEY,    /* a key in the footer */
    ROLE_GOOD,
    ROLE_BAD,
    ROLE_BAR,  /* the histogram up to p99 */
    ROLE_TAIL, /* and beyond */
    ROLE_MARK, /* percentile lines */
    ROLE_COUNT
};

enum ink {
    INK_TEXT,
    INK_DIM,
    INK_FRAME,
    INK_ACCENT, /* what is good, has the keys, or is measured */
    INK_WARN,   /* what wants attention */
    INK_COUNT
};

/* Colours by their number; -1: the terminal's own. */
struct palette {
    short paper;
    short inks[INK_COUNT];
    attr_t strength; /* added to all but what is dim, where colours alone don't give the contrast */
};

/* How many colours a terminal has. Of 88, the first 16 are used: above them its numbers are its
 * own.
 */
enum tier { TIER_8, TIER_16, TIER_256, TIER_COUNT };

/* How a terminal with direct colour makes a number of red, green and blue. */
struct direct {
    int bits[3]; /* of each, red first and highest; all 0: it has no direct colour */
    int indexed; /* numbers below this are the terminal's own colours */
};

/* By enum theme_name; THEME_MONO has none. */
extern const struct palette palettes[THEME_COUNT][TIER_COUNT];

struct style {
    attr_t attributes;
    short pair;
};

/* The terminal's number of one of xterm's 256 colours. The first 16 and -1 are the same everywhere.
 */
int theme_color(const struct direct *direct, short color);

/* All on the screen that may be more than ASCII. Each is one column wide, but for `right`, `wrong`,
 * `pending` and `error`, which may be two. */
struct glyphs {
    const char *top_left, *top_right, *bottom_left, *bottom_right, *horizontal, *vertical;
    const char *axis, *tick; /* the time axis */
    const char *bars[9];     /* nothing to full, in eighths */
    const char *shades[5];   /* nothing to full, in quarters */
    const char *shares[9];   /* how much of a cell is busy: nothing to all, in eighths; where there
                              * are no eighth blocks, digits: tenths */
    const char *waits[6];    /* by enum part_kind: what a cell waits for that is not busy */
    const char *begin, *end; /* of an outline */
    const char *line;        /* of a percentile */
    const char *outline;     /* of a second histogram over the first */
    const char *cursor, *active;
    const char *right, *wrong, *pending; /* verified or not */
    const char *times;                   /* before a speed-up */
    const char *more;                    /* text was cut here; rows follow */
    const char *below, *above;           /* samples off the left end, the right end */
    const char *dot;                     /* between facts */
    const char *recorded;                /* beside numbers that were recorded */
    const char *error;                   /* plus or minus */
    const char *arrows[4];               /* keys: up, down, left, right */
};

struct theme {
    struct style styles[ROLE_COUNT];
    const struct glyphs *glyphs;
    bool unicode; /* else only ASCII is written */
};

/* The glyphs of a terminal: ASCII, those that a Linux console's font has, or all. */
const struct glyphs *theme_glyphs(bool unicode, bool console);

/* Chooses by terminal and locale, and gives the whole screen the theme's background. After the
 * terminal was started; again whenever something else is chosen. */
void theme_choose(struct theme *theme, enum theme_name name, bool ascii, enum color_choice color);

#endif
