#include "operations.h"

#include "../base/text.h"
#include "times.h"

#include <stdlib.h>
#include <string.h>

/* ---- sums ----------------------------------------------------------------------------------- */

const struct operation_sums *operations_find(const struct operations *operations, const char *name)
{
    for (uint32_t i = 0; i < operations->count; i++)
        if (strcmp(operations->of[i].name, name) == 0)
            return &operations->of[i];
    return NULL;
}

/* Returns the sums of that name. A new name gets the next free entry; the last entry, "others",
 * takes all further names. */
static struct operation_sums *place_of(struct operations *operations, const char *name)
{
    struct operation_sums *sums = (struct operation_sums *)operations_find(operations, name);
    if (sums)
        return sums;
    if (operations->count == OPERATIONS_KINDS)
        return &operations->of[OPERATIONS_KINDS - 1];
    sums = &operations->of[operations->count++];
    *sums = (struct operation_sums){.name = ""};
    text_append(sums->name, sizeof sums->name, "%s",
                operations->count == OPERATIONS_KINDS ? "others" : name);
    return sums;
}

/* The stamp of the program that ends the operation last; NULL: no program had a part in it. */
static const struct operation_stamp *last_of(const struct operation_stamp *stamps, uint32_t count,
                                             uint32_t programs, uint32_t i)
{
    const struct operation_stamp *last = NULL;
    for (uint32_t p = 0; p < programs; p++) {
        const struct operation_stamp *stamp = &stamps[(size_t)p * count + i];
        if (stamp->end_ns != 0 && (!last || stamp->end_ns > last->end_ns))
            last = stamp;
    }
    return last;
}

/* Returns when the last step began: when the last program ended the second-to-last step. If there
 * is no such step, or if it has no stamps, when the first program began operation 0. */
static uint64_t begin_of(const struct stamp_batch *batch, uint32_t count)
{
    const uint32_t rows = batch->first + batch->count;
    uint64_t begin_ns = 0;
    if (batch->rows_run > 1 && batch->rows_run == rows && batch->stamps)
        for (uint32_t p = 0; p < batch->programs; p++)
            begin_ns = max_u64(begin_ns, stamp_of(batch, p, rows - 2)->end_ns);
    for (uint32_t p = 0; begin_ns == 0 && p < batch->programs; p++) {
        const struct operation_stamp *stamp = &batch->operations[(size_t)p * count];
        if (stamp->end_ns != 0 && (begin_ns == 0 || stamp->begin_ns < begin_ns))
            begin_ns = stamp->begin_ns;
    }
    return begin_ns;
}

/* Adds an operation that begins at `from_ns` and takes `ns`. `last`: the stamp of its last
 * program. */
static void add(struct operation_sums *sums, const struct operation_stamp *last, uint64_t from_ns,
                uint64_t ns)
{
    const uint64_t before_ns = min_u64(saturating_sub(last->begin_ns, from_ns), ns);
    const uint64_t barrier_ns = min_u64(last->waits.barrier_ns, before_ns);
    sums->ns += ns;
    sums->barrier_ns += barrier_ns;
    sums->gap_ns += before_ns - barrier_ns;
    sums->data_ns += min_u64(last->waits.data_ns, ns - before_ns);
}

void operations_add(struct operations *operations, const struct operation *list, uint32_t count,
                    const struct stamp_batch *batch, uint64_t most_ns)
{
    uint64_t at_ns, end_ns = 0;
    if (!list || !batch->operations || count == 0)
        return;
    at_ns = begin_of(batch, count);
    for (size_t i = 0; i < (size_t)count * batch->programs; i++)
        end_ns = max_u64(end_ns, batch->operations[i].end_ns);
    if (at_ns == 0 || end_ns <= at_ns || (most_ns > 0 && end_ns - at_ns > most_ns))
        return;
    const bool first = operations->steps++ == 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct operation_stamp *last = last_of(batch->operations, count, batch->programs, i);
        struct operation_sums *sums = place_of(operations, list[i].name);
        sums->count += first;
        if (!last || last->end_ns <= at_ns)
            continue;
        add(sums, last, at_ns, last->end_ns - at_ns);
        at_ns = last->end_ns;
    }
}

void operations_merge(struct operations *to, const struct operations *from)
{
    const bool first = to->steps == 0;
    to->steps += from->steps;
    for (uint32_t i = 0; i < from->count; i++) {
        struct operation_sums *sums = place_of(to, from->of[i].name);
        sums->count += first ? from->of[i].count : 0;
        sums->ns += from->of[i].ns;
        sums->gap_ns += from->of[i].gap_ns;
        sums->data_ns += from->of[i].data_ns;
        sums->barrier_ns += from->of[i].barrier_ns;
    }
}

uint64_t operations_ns(const struct operations *operations)
{
    uint64_t sum_ns = 0;
    for (uint32_t i = 0; i < operations->count; i++)
        sum_ns += operations->of[i].ns;
    return sum_ns;
}

void operations_order(const struct operations *operations, uint32_t order[OPERATIONS_KINDS])
{
    for (uint32_t i = 0; i < operations->count; i++) {
        uint32_t at = i;
        for (; at > 0 && operations->of[order[at - 1]].ns < operations->of[i].ns; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

const char *operations_text(const struct operations *operations, uint32_t most, char *text,
                            size_t size)
{
    const double sum_ns = (double)operations_ns(operations);
    uint32_t order[OPERATIONS_KINDS];
    *text = '\0';
    operations_order(operations, order);
    for (uint32_t i = 0; i < operations->count && i < most && sum_ns > 0; i++) {
        const struct operation_sums *sums = &operations->of[order[i]];
        char mean[24];
        text_append(text, size, "%s%s %s (%.0f %%)", i > 0 ? "; " : "", sums->name,
                    text_duration(mean, sizeof mean, (double)sums->ns / (double)operations->steps),
                    100 * (double)sums->ns / sum_ns);
    }
    return text;
}

/* ---- one step ------------------------------------------------------------------------------- */

bool operation_table_take(struct operation_table *table, const struct operation *list,
                          const struct operation_stamp *stamps, uint32_t count, uint32_t programs,
                          uint64_t origin_ns)
{
    const size_t all = (size_t)count * programs;
    *table = (struct operation_table){.count = count, .programs = programs};
    if (all == 0)
        return true;
    table->list = malloc(count * sizeof *table->list);
    table->stamps = malloc(all * sizeof *table->stamps);
    if (!table->list || !table->stamps) {
        operation_table_close(table);
        return false;
    }
    memcpy(table->list, list, count * sizeof *list);
    memcpy(table->stamps, stamps, all * sizeof *stamps);
    for (size_t i = 0; i < all; i++) {
        struct operation_stamp *stamp = &table->stamps[i];
        stamp->begin_ns = saturating_sub(stamp->begin_ns, origin_ns);
        stamp->end_ns = saturating_sub(stamp->end_ns, origin_ns);
    }
    return true;
}

void operation_table_close(struct operation_table *table)
{
    free(table->list);
    free(table->stamps);
    *table = (struct operation_table){0};
}

uint32_t operation_table_kind(const struct operation_table *table, uint32_t i)
{
    uint32_t kind = 0;
    while (strcmp(table->list[kind].name, table->list[i].name) != 0)
        kind++;
    return kind;
}
