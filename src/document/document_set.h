/*
 * document_set.h - the documents at one path: a file, or the folder of a run.
 */
#pragma once

#include "document.h"

struct document_set {
    struct document *documents; /* owned; at least one after reading */
    size_t count;
};

/* Reads a file. Of a folder, reads summary.json, or if there is none all *.json in name order.
 * False: *error, and nothing is held. */
bool document_set_read(const char *path, struct document_set *set, struct error *error);

void document_set_free(struct document_set *set); /* a zeroed one is allowed */
