/*
 * csv.h - the samples of runs as CSV, for programs that read tables.
 */
#ifndef SRC_CSV_H
#define SRC_CSV_H

#include "document.h"

/* Writes a row for each bucket that is not empty: variant, metric, samples in [from_ns, below_ns).
 * By file_write's rules; "-" is standard output. False: *error. */
bool csv_write(const struct document *document, const char *path, struct error *error);

#endif
