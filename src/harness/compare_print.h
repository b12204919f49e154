/*
 * compare_print.h - comparisons of documents as text, and as JSON: pdlab.compare/2, whose schema
 * is presets/schema/pdlab.compare.2.schema.json.
 */
#pragma once

#include "../document/document_set.h"
#include "../engine/compare.h"

#include <stdio.h>

#define COMPARE_SCHEMA "pdlab.compare/2"

/* One side of a comparison, with its letter. The first side, A, is the reference. */
struct compare_side {
    char letter;
    const char *path;
    struct document_set set;
    struct run *pooled; /* runs pooled from several documents; owned */
    size_t pooled_count;
    struct compared *runs; /* all runs of the set; owned */
    size_t count;
    /* Except for A: one per run of the reference; owned. A comparison without a match is
     * meaningless. */
    size_t *matches;
    struct comparison *comparisons;
};

/* Whether run `run` of side `side` has a counterpart in A; for A's own runs, in any other side. */
bool compare_has_counterpart(const struct compare_side *sides, size_t count, size_t side,
                             size_t run);

/* How the workload differs: "SEQ_LEN 64, not 32; BATCH 4, not 8" gives the other run's value
 * first. */
void compare_work_text(const struct compared *reference, const struct compared *other,
                       const struct comparison *comparison, char *text, size_t size);

/* Prints the differences, a table, and the histograms of every run of A that has a counterpart.
 * False: out of memory for a histogram. */
bool compare_print(FILE *out, const struct compare_side *sides, size_t count, bool unicode);

/* The same as one JSON object with a final newline (malloc). NULL: out of memory. */
char *compare_print_json(const struct compare_side *sides, size_t count, size_t *length);
