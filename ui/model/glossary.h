/*
 * glossary.h - the words of the screen that need an explanation: a page of the help, and entries of
 * the palette.
 */
#ifndef UI_GLOSSARY_H
#define UI_GLOSSARY_H

struct glossary_word {
    const char *word;
    const char *meaning; /* one line of 58 columns at most; no full stop */
};

extern const struct glossary_word glossary[]; /* ended by a NULL word */

/* How many words there are. */
int glossary_count(void);

#endif
