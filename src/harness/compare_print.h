/*
 * compare_print.h - prints comparisons of documents as text, or as JSON in the format
 * pdlab.compare/2. Its schema is presets/schema/pdlab.compare.2.schema.json.
 */
#pragma once

#include "../document/document_set.h"
#include "../engine/compare.h"

#include <stdio.h>

#define COMPARE_SCHEMA "pdlab.compare/2"

/* One side of a comparison. The first side, A, is the reference. */
struct compare_side {
    char letter;
    const char *path;
    struct document_set set;
    struct run *pooled; /* runs pooled from several documents; owned */
    size_t pooled_count;
    struct compared *runs; /* all runs of the set; owned */
    size_t count;
    /* For every side but A: one entry per run of A; owned. If matches[i] is COMPARE_NONE,
     * comparisons[i] has no meaning. */
    size_t *matches;
    struct comparison *comparisons;
};

/* Whether run `run` of side `side` has a counterpart in A. For side A: whether any other side has a
 * counterpart of the run. */
bool compare_has_counterpart(const struct compare_side *sides, size_t count, size_t side,
                             size_t run);

/* Writes how the workloads differ, with the value of `other` first: "SEQ_LEN 64, not 32; BATCH 4,
 * not 8". */
void compare_work_text(const struct compared *reference, const struct compared *other,
                       const struct comparison *comparison, char *text, size_t size);

/* Prints the differences, a table, and the histograms of every run of A that has a counterpart.
 * Returns false if memory for a histogram runs out. */
bool compare_print(FILE *out, const struct compare_side *sides, size_t count, bool unicode);

/* Returns the comparison as one JSON object with a final newline, which the caller frees. NULL: out
 * of memory. */
char *compare_print_json(const struct compare_side *sides, size_t count, size_t *length);
