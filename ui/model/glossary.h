/*
 * glossary.h - explanations of words on the screen: a page of the help, and entries of the palette.
 */
#pragma once

struct glossary_word {
    const char *word;
    const char *meaning; /* one line of at most 58 columns; no full stop */
};

extern const struct glossary_word glossary[]; /* terminated by a NULL word */

/* The number of words. */
int glossary_count(void);
