/*
 * csv.h - writes the samples of runs as CSV, for programs that read tables.
 */
#pragma once

#include "document.h"

#include <stdio.h>

/* Prints untrusted text as a cell: quoted, with inner quotes doubled (RFC 4180), and with '?'
 * instead of invisible characters (text.h). Spreadsheets take a cell that begins with = + - or @
 * for a formula, even in quotes. Such a cell gets an apostrophe in front, which spreadsheets
 * hide. */
void csv_print_cell(FILE *out, const char *text);

/* Writes one row per non-empty bucket: variant, metric, from_ns, below_ns, and the number of
 * samples in [from_ns, below_ns). The row of samples longer than HISTOGRAM_MOST_NS has no below_ns.
 * Follows file_write's rules; the path "-" is standard output. On failure, returns false and sets
 * *error. */
bool csv_write(const struct document *document, const char *path, struct error *error);
