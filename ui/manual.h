/*
 * manual.h - the manual page pdlab(1), generated from the tables of commands, options, knobs,
 * variants, presets and keys. Does not use curses.
 */
#pragma once

#include <stdio.h>

/* Prints the page in roff: `pdlab --help man`. The caller checks the stream for write errors. */
void manual_print(FILE *out);
