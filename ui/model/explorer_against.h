/*
 * explorer_against.h - another build, in turns with the selected variant.
 */
#ifndef UI_EXPLORER_AGAINST_H
#define UI_EXPLORER_AGAINST_H

#include "explorer.h"

/* Sets the selected variant beside that of another build, which then take turns. False: *error; it
 * is closed with the explorer. */
bool explorer_against_open(struct explorer *explorer, const char *binary, struct error *error);

/* Goes on with the turns, and with what is selected. True if there is something to draw. And
 * milliseconds until it has something to look at; -1: it has nothing. */
bool explorer_against_follow(struct explorer *explorer);
int explorer_against_wait_ms(const struct explorer *explorer);

/* Ends what runs of the other build, until the next turn. */
void explorer_against_cancel(struct explorer *explorer);

#endif
