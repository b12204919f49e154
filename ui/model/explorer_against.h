/*
 * explorer_against.h - alternates between measuring the selected variant and the same variant of
 * another build.
 */
#pragma once

#include "explorer.h"

/* Starts turns between the selected variant and the same variant of another build. False: *error.
 * explorer_close ends them. */
bool explorer_against_open(struct explorer *explorer, const char *binary, struct error *error);

/* Starts the next turn when the last one has ended. If the selected variant or its knobs changed,
 * starts over with those. True: redraw. */
bool explorer_against_follow(struct explorer *explorer);

/* Milliseconds until explorer_against_follow must be called again; -1: not before a new snapshot or
 * explorer_against_news. */
int explorer_against_wait_ms(const struct explorer *explorer);
