/*
 * operation_signs.h - gives each operation of the timeline a letter. Parts that are too narrow for
 * the operation's name show its letter.
 */
#pragma once

#include "../../src/engine/operations.h"

struct operation_signs {
    uint32_t count; /* number of names */
    struct {
        char name[OPERATION_NAME];
        char letter[2]; /* different for each name */
    } of[OPERATIONS_KINDS];
};

/* Adds the names of the table and gives each a different letter: one that occurs in the name, or
 * any free letter if those are taken. Names beyond OPERATIONS_KINDS get none. */
void operation_signs_add(struct operation_signs *signs, const struct operation_table *table);

/* Returns the index of a name in `of`; `count`: it is not there. */
uint32_t operation_sign_index(const struct operation_signs *signs, const char *name);

/* Returns the letter of a name; "": it has none. */
const char *operation_sign(const struct operation_signs *signs, const char *name);
