/*
 * csv.h - the samples of runs as CSV, for programs that read tables.
 */
#ifndef SRC_CSV_H
#define SRC_CSV_H

#include "document.h"

#include <stdio.h>

/* Prints text from outside as a cell: in quotes, those inside it doubled (RFC 4180); what is not
 * visible (text.h) is replaced by '?'. Spreadsheets take a cell that begins with = + - or @ for a
 * formula, quotes or not: an apostrophe before it, which they hide, keeps it data. */
void csv_print_cell(FILE *out, const char *text);

/* Writes a row for each bucket that is not empty: variant, metric, samples in [from_ns, below_ns).
 * That of the samples longer than HISTOGRAM_MOST_NS has no below_ns. By file_write's rules; "-" is
 * standard output. False: *error. */
bool csv_write(const struct document *document, const char *path, struct error *error);

#endif
