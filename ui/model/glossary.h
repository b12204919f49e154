/*
 * glossary.h - explains words that the screen shows. The help lists them all; the palette finds
 * them.
 */
#pragma once

struct glossary_word {
    const char *word;
    const char *meaning; /* one line of at most 58 columns; no full stop */
};

extern const struct glossary_word glossary[]; /* terminated by a NULL word */

/* Returns the number of words. */
int glossary_count(void);
