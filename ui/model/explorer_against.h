/*
 * explorer_against.h - measures another build in turns with the selected variant.
 */
#pragma once

#include "explorer.h"

/* Starts turns between the selected variant and the same variant of another build. False: *error.
 * Ends with the explorer. */
bool explorer_against_open(struct explorer *explorer, const char *binary, struct error *error);

/* Advances the turns and follows the selection. True: redraw. */
bool explorer_against_follow(struct explorer *explorer);

/* Milliseconds until explorer_against_follow must be called again; -1: not until there is news. */
int explorer_against_wait_ms(const struct explorer *explorer);
