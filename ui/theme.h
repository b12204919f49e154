/*
 * theme.h - how things look: named roles to attributes, and the glyphs. Drawing code names roles,
 * never colours. Nothing is said by colour alone: each has a sign, a word or a place as well.
 *
 * Blue and orange are told apart with any kind of colour vision. The terminal's own background and
 * foreground are kept.
 */
#ifndef UI_THEME_H
#define UI_THEME_H

#include "../src/options.h"

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

struct style {
    attr_t attributes;
    short pair;
};

/* All on the screen that may be more than ASCII. Each is one column wide, but for `right`, `wrong`,
 * `pending` and `error`, which are two in ASCII. */
struct glyphs {
    const char *top_left, *top_right, *bottom_left, *bottom_right, *horizontal, *vertical;
    const char *axis, *tick; /* the time axis */
    const char *bars[9];     /* nothing to full, in eighths */
    const char *shades[5];   /* nothing to full, in quarters */
    const char *line;        /* of a percentile */
    const char *outline;     /* of a second histogram over the first */
    const char *cursor, *active;
    const char *right, *wrong, *pending; /* verified or not */
    const char *times;                   /* before a speed-up */
    const char *more;                    /* text was cut here; rows follow */
    const char *below, *above;           /* samples off the left end, the right end */
    const char *dot;                     /* between facts */
    const char *error;                   /* plus or minus */
    const char *arrows[4];               /* keys: up, down, left, right */
};

struct theme {
    struct style styles[ROLE_COUNT];
    const struct glyphs *glyphs;
    bool unicode; /* else only ASCII is written */
};

/* Chooses by terminal, locale and options. After the terminal was started. */
void theme_choose(struct theme *theme, const struct options *options);

#endif
