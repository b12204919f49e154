/*
 * document_set.h - reads the documents at one path: a file, or the folder of a run.
 */
#pragma once

#include "document.h"

struct document_set {
    struct document *documents; /* owned; at least one after a successful read */
    size_t count;
};

/* Reads a file. If the path is a folder, reads its summary.json or, if it has none, all its *.json
 * files in name order. On failure, returns false and sets *error; there is nothing to free. */
bool document_set_read(const char *path, struct document_set *set, struct error *error);

void document_set_free(struct document_set *set); /* a zeroed set is allowed */
