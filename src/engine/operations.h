/*
 * operations.h - where the time of a step goes, by operation (lab.h: struct operation), for
 * variants that divide a step into operations.
 *
 * An operation ends when its last program ends it. Operation i takes the time from the end of
 * operation i-1 to its own end; operation 0 begins at the end of the previous step. So the
 * operations of a step add up to the step. An operation that ends before the previous operation
 * takes no time. That time is divided further by what the operation's last program did in it:
 *
 *     time = gap + data wait + barrier wait + compute
 *
 *     gap           the program had not begun, and no measured wait explains why: launch time
 *     data wait     it waited for loads, copies or its loader
 *     barrier wait  it waited for other programs. Its wait before the previous operation's end is
 *                   not part of this operation
 *     compute       the rest
 *
 * Only the last step of an iteration with phases has stamps of operations.
 */
#pragma once

#include "../../kernels/lab.h"

#define OPERATIONS_KINDS                                                                           \
    32u /* different names; the last entry, "others", takes all further names */
#define OPERATIONS_MOST 4096u /* operations in a step */
#define OPERATION_NAME  sizeof(((struct operation *)0)->name)

/* Sums over steps, in ns, of all operations with the same name, in all layers. */
struct operation_sums {
    char name[OPERATION_NAME];
    uint32_t count; /* operations of that name in a step */
    uint64_t ns, gap_ns, data_ns, barrier_ns;
};

/* The sums of all operations. A zeroed struct is empty. */
struct operations {
    uint64_t steps;
    uint32_t count; /* number of names; `of` has the order of a step */
    struct operation_sums of[OPERATIONS_KINDS];
};

/* One step's operations and their stamps. */
struct operation_table {
    uint32_t count, programs;
    struct operation *list;         /* [count], owned */
    struct operation_stamp *stamps; /* [programs][count], owned */
};

/* Adds the last step of a finished iteration. `list` is the list in the variant's facts. Adds
 * nothing if the batch has no operations, or if the step takes longer than most_ns (0: no limit).
 */
void operations_add(struct operations *operations, const struct operation *list, uint32_t count,
                    const struct stamp_batch *batch, uint64_t most_ns);

/* Adds all of `from`. */
void operations_merge(struct operations *to, const struct operations *from);

/* The sums of that name; NULL: there are none. */
const struct operation_sums *operations_find(const struct operations *operations, const char *name);

/* The time of all operations, in ns. */
uint64_t operations_ns(const struct operations *operations);

/* Fills order[operations->count] with indices of `of`, in descending order of time. */
void operations_order(const struct operations *operations, uint32_t order[OPERATIONS_KINDS]);

/* Writes the most expensive operations, at most `most`, with means and shares of a step: "gate, up
 * 41.2 us (38 %); down 22.0 us (20 %)". "" if there are none. Returns `text`. */
const char *operations_text(const struct operations *operations, uint32_t most, char *text,
                            size_t size);

/* Copies the list and the stamps, and subtracts origin_ns from all times. False: out of memory, and
 * the table is empty. */
bool operation_table_take(struct operation_table *table, const struct operation *list,
                          const struct operation_stamp *stamps, uint32_t count, uint32_t programs,
                          uint64_t origin_ns);

/* Frees the table's memory. A zeroed table is allowed. */
void operation_table_close(struct operation_table *table);

/* The index of the first operation with the same name as operation i. */
uint32_t operation_table_kind(const struct operation_table *table, uint32_t i);
