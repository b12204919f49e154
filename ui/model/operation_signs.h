/*
 * operation_signs.h - a letter for each operation of the timeline, for parts that have no room for
 * the operation's name. Pure: no curses.
 */
#pragma once

#include "../../src/engine/operations.h"

struct operation_signs {
    uint32_t count; /* different names */
    struct {
        char name[OPERATION_NAME];
        char letter[2]; /* no two have the same */
    } of[OPERATIONS_KINDS];
};

/* Adds the names of the table, each with a letter of its own: a letter of the name if one is free,
 * else any free letter. A name beyond OPERATIONS_KINDS gets no letter. */
void operation_signs_add(struct operation_signs *signs, const struct operation_table *table);

/* The index of a name in `of`; count: it is not there. */
uint32_t operation_sign_index(const struct operation_signs *signs, const char *name);

/* The letter of a name; "": it has none. */
const char *operation_sign(const struct operation_signs *signs, const char *name);
