/*
 * manual.h - the manual page pdlab(1), generated from the tables of commands, options, knobs,
 * variants, presets and keys. No curses.
 */
#pragma once

#include <stdio.h>

/* Prints it for man: `pdlab --help man`. Errors of writing stay in the stream. */
void manual_print(FILE *out);
