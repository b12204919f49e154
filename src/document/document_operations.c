#include "document_operations.h"

#include <stdlib.h>
#include <string.h>

/* ---- sums ----------------------------------------------------------------------------------- */

void document_write_operations(struct json_writer *writer, const struct operations *operations)
{
    if (operations->steps == 0)
        return;
    json_open_line(writer, 3, "operations", '{');
    json_write_integer(writer, "steps", (int64_t)operations->steps);
    json_open(writer, "of", '[');
    for (uint32_t i = 0; i < operations->count; i++) {
        const struct operation_sums *sums = &operations->of[i];
        json_open_line(writer, 4, NULL, '{');
        json_write_string(writer, "name", sums->name);
        json_write_integer(writer, "count", sums->count);
        json_write_integer(writer, "ns", (int64_t)sums->ns);
        json_write_integer(writer, "gap_ns", (int64_t)sums->gap_ns);
        json_write_integer(writer, "data_wait_ns", (int64_t)sums->data_ns);
        json_write_integer(writer, "barrier_wait_ns", (int64_t)sums->barrier_ns);
        json_close(writer, '}');
    }
    json_close(writer, ']');
    json_close(writer, '}');
}

static bool read_sums(const struct json *at, struct operation_sums *sums, struct error *error)
{
    const uint64_t most = JSON_MOST_INTEGER;
    if (!json_is_object(at, error) ||
        !json_string_member(at, "name", sums->name, sizeof sums->name, error) ||
        !json_uint32_member(at, "count", OPERATIONS_MOST, &sums->count, error) ||
        !json_unsigned_member(at, "ns", most / OPERATIONS_KINDS, &sums->ns, error) ||
        !json_unsigned_member(at, "gap_ns", most, &sums->gap_ns, error) ||
        !json_unsigned_member(at, "data_wait_ns", most, &sums->data_ns, error) ||
        !json_unsigned_member(at, "barrier_wait_ns", most, &sums->barrier_ns, error))
        return false;
    return sums->gap_ns + sums->data_ns + sums->barrier_ns <= sums->ns ||
           json_refuse(at, error, "gap and waits add up to more than ns");
}

bool document_read_operations(const struct json *object, struct operations *operations,
                              struct error *error)
{
    const struct json at = json_member(object, "operations");
    if (!at.item)
        return true;
    const struct json list = json_member(&at, "of");
    if (!json_is_object(&at, error) ||
        !json_unsigned_member(&at, "steps", JSON_MOST_INTEGER, &operations->steps, error) ||
        !json_is_array(&list, error))
        return false;
    if (operations->steps == 0 || json_count(&list) == 0 || json_count(&list) > OPERATIONS_KINDS)
        return json_refuse(&at, error, "expected at least 1 step, and 1 to %u operations",
                           OPERATIONS_KINDS);
    for (struct json entry = json_first(&list); entry.item; entry = json_next(&entry)) {
        struct operation_sums *sums = &operations->of[entry.index];
        if (!read_sums(&entry, sums, error))
            return false;
        if (operations_find(operations, sums->name))
            return json_refuse(&entry, error, "this operation occurs twice");
        operations->count++;
    }
    return true;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

void document_write_ledger(struct json_writer *writer, const struct run *run)
{
    if (run->ledger_count == 0)
        return;
    json_open_line(writer, 3, "bytes", '{');
    for (uint32_t i = 0; i < run->ledger_count; i++)
        json_write_integer(writer, run->ledger[i].name, (int64_t)run->ledger[i].bytes);
    json_close(writer, '}');
}

bool document_read_ledger(const struct json *object, struct run *run, struct error *error)
{
    const struct json at = json_member(object, "bytes");
    if (!at.item)
        return true;
    if (!json_is_object(&at, error))
        return false;
    for (struct json part = json_first(&at); part.item; part = json_next(&part)) {
        const size_t length = strlen(part.key);
        struct workload_bytes *row = &run->ledger[run->ledger_count];
        int64_t bytes;
        if (run->ledger_count == WORKLOAD_LEDGER_MOST)
            return json_refuse(&at, error, "more than %u parts", WORKLOAD_LEDGER_MOST);
        if (length >= sizeof row->name || strspn(part.key, "abcdefghijklmnopqrstuvwxyz_") != length)
            return json_refuse_key(
                &part, error, "expected a key of at most %zu lowercase letters and underscores",
                sizeof row->name - 1);
        if (!json_integer(&part, 0, JSON_MOST_INTEGER, &bytes, error))
            return false;
        memcpy(row->name, part.key, length + 1);
        row->bytes = (uint64_t)bytes;
        run->ledger_count++;
    }
    return true;
}

/* ---- one step ------------------------------------------------------------------------------- */

#define NUMBERS 4 /* of a stamp: time since the previous end, duration, data wait, barrier wait */

/* Writes a flat list for one program: NUMBERS numbers per operation, or null if the program did not
 * take part in the operation. */
static void write_program(struct json_writer *writer, const struct operation_stamp *stamps,
                          uint32_t count)
{
    uint64_t before_ns = 0;
    json_open_line(writer, 6, NULL, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (stamps[i].end_ns == 0) {
            json_write_null(writer, NULL);
            continue;
        }
        json_write_integer(writer, NULL, (int64_t)(stamps[i].begin_ns - before_ns));
        json_write_integer(writer, NULL, (int64_t)(stamps[i].end_ns - stamps[i].begin_ns));
        json_write_integer(writer, NULL, stamps[i].waits.data_ns);
        json_write_integer(writer, NULL, stamps[i].waits.barrier_ns);
        before_ns = stamps[i].end_ns;
    }
    json_close(writer, ']');
}

void document_write_operation_table(struct json_writer *writer, const struct operation_table *table,
                                    uint32_t programs)
{
    if (table->count == 0)
        return;
    json_open_line(writer, 5, "operations", '{');
    json_open(writer, "names", '[');
    for (uint32_t i = 0; i < table->count; i++)
        if (operation_table_kind(table, i) == i)
            json_write_string(writer, NULL, table->list[i].name);
    json_close(writer, ']');
    json_open(writer, "list", '[');
    for (uint32_t i = 0; i < table->count; i++) {
        const uint32_t first = operation_table_kind(table, i), layer = table->list[i].layer;
        int64_t name = 0;
        for (uint32_t j = 0; j < first; j++)
            name += operation_table_kind(table, j) == j;
        json_write_integer(writer, NULL, name);
        json_write_integer(writer, NULL, layer == OPERATION_NO_LAYER ? -1 : (int64_t)layer);
    }
    json_close(writer, ']');
    json_open(writer, "programs", '[');
    for (uint32_t p = 0; p < programs && p < table->programs; p++)
        write_program(writer, table->stamps + (size_t)p * table->count, table->count);
    json_close(writer, ']');
    json_close(writer, '}');
}

/* Reads entry `number` of the list of names as the operation's name. */
static bool read_name(const struct json *names, int64_t number, struct operation *operation,
                      struct error *error)
{
    struct json name = json_first(names);
    while (name.item && number-- > 0)
        name = json_next(&name);
    return json_string(&name, operation->name, sizeof operation->name, error);
}

/* Reads two numbers per operation: the index of its name, and its layer (-1: none). */
static bool read_list(const struct json *at, const struct json *list, struct operation *operations,
                      struct error *error)
{
    const struct json names = json_member(at, "names");
    if (!json_is_array(&names, error))
        return false;
    if (json_count(&names) == 0)
        return json_refuse(&names, error, "expected at least one name");
    const int64_t most = (int64_t)json_count(&names) - 1;
    for (struct json entry = json_first(list); entry.item; entry = json_next(&entry)) {
        struct operation *operation = &operations[entry.index / 2];
        int64_t number, layer;
        if (!json_integer(&entry, 0, most, &number, error) ||
            !read_name(&names, number, operation, error))
            return false;
        entry = json_next(&entry);
        if (!json_integer(&entry, -1, OPERATIONS_MOST, &layer, error))
            return false;
        operation->layer = layer < 0 ? OPERATION_NO_LAYER : (uint32_t)layer;
    }
    return true;
}

/* Reads the four numbers of a stamp, the first at *entry. Moves *entry to the last of them. */
static bool read_stamp(struct json *entry, int64_t before_ns, struct operation_stamp *stamp,
                       struct error *error)
{
    int64_t numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        const int64_t least = i == 0 ? -before_ns : i == 1 ? 1 : 0;
        const int64_t most = i > 1 ? UINT32_MAX : JSON_MOST_INTEGER / 4;
        if (i > 0)
            *entry = json_next(entry);
        if (!json_integer(entry, least, most, &numbers[i], error))
            return false;
    }
    stamp->begin_ns = (uint64_t)(before_ns + numbers[0]);
    stamp->end_ns = stamp->begin_ns + (uint64_t)numbers[1];
    stamp->waits.data_ns = (uint32_t)numbers[2];
    stamp->waits.barrier_ns = (uint32_t)numbers[3];
    return stamp->end_ns <= JSON_MOST_INTEGER / 2 ||
           json_refuse(entry, error, "the operation ends too late");
}

static bool read_program(const struct json *list, struct operation_stamp *stamps, uint32_t count,
                         struct error *error)
{
    int64_t before_ns = 0;
    uint32_t i = 0;
    if (!json_is_array(list, error))
        return false;
    for (struct json entry = json_first(list); entry.item; entry = json_next(&entry), i++) {
        if (i == count)
            return json_refuse(list, error, "more than %u operations", count);
        if (cJSON_IsNull(entry.item))
            continue;
        if (!read_stamp(&entry, before_ns, &stamps[i], error))
            return false;
        before_ns = (int64_t)stamps[i].end_ns;
    }
    return i == count || json_refuse(list, error, "expected %u operations, found %u", count, i);
}

bool document_read_operation_table(const struct json *object, struct operation_table *table,
                                   uint32_t programs, struct error *error)
{
    const struct json at = json_member(object, "operations");
    if (!at.item)
        return true;
    const struct json list = json_member(&at, "list"), lists = json_member(&at, "programs");
    if (!json_is_object(&at, error) || !json_is_array(&list, error) ||
        !json_is_array(&lists, error))
        return false;
    const size_t count = json_count(&list) / 2, rows = json_count(&lists);
    if (json_count(&list) % 2 != 0 || count == 0 || count > OPERATIONS_MOST || rows == 0 ||
        rows > programs)
        return json_refuse(&at, error, "expected 1 to %u operations, and 1 to %u programs",
                           OPERATIONS_MOST, programs);
    *table = (struct operation_table){
        .count = (uint32_t)count,
        .programs = (uint32_t)rows,
        .list = calloc(count, sizeof *table->list),
        .stamps = calloc(count * rows, sizeof *table->stamps),
    };
    if (!table->list || !table->stamps)
        return json_no_memory(&at, error);
    if (!read_list(&at, &list, table->list, error))
        return false;
    for (struct json program = json_first(&lists); program.item; program = json_next(&program))
        if (!read_program(&program, table->stamps + program.index * count, (uint32_t)count, error))
            return false;
    return true;
}
