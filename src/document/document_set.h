/*
 * document_set.h - the documents that one path stands for: a file, or the folder of a run.
 */
#ifndef SRC_DOCUMENT_SET_H
#define SRC_DOCUMENT_SET_H

#include "document.h"

struct document_set {
    struct document *documents; /* owned; at least one once it was read */
    size_t count;
};

/* Reads a file, or of a folder its summary.json, or without one all its *.json in the order of
 * their names. False: *error, and nothing is held. */
bool document_set_read(const char *path, struct document_set *set, struct error *error);

void document_set_free(struct document_set *set); /* a zeroed one is fine */

#endif
