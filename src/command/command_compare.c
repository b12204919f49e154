/*
 * command_compare.c - pdlab compare: compares documents, with the first as the reference.
 */
#include "../base/files.h"
#include "../harness/compare_gather.h"
#include "commands.h"

#include <stdio.h>

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_sides(const struct options *options, struct compare_side *sides, size_t count,
                       struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        sides[i].letter = (char)('A' + i);
        sides[i].path = options->files[i];
        if (!document_set_read(sides[i].path, &sides[i].set, error))
            return false;
    }
    return true;
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool print(const struct options *options, const struct compare_side *sides, size_t count,
                  struct error *error)
{
    size_t length;
    if (options->json_flag) {
        char *text = compare_print_json(sides, count, &length);
        return file_write_text("-", text, length, error);
    }
    return compare_print(stdout, sides, count, command_unicode(options)) ||
           error_set(error, ERROR_RUN, "no memory for the histograms");
}

int command_compare(const struct options *options)
{
    struct error error = {0};
    struct compare_side sides[COMPARE_SIDES] = {0};
    size_t count = 0;
    interrupt_leave();
    while (options->files[count])
        count++;
    bool done = command_check_inputs(options, "compare", &error) &&
                read_sides(options, sides, count, &error) &&
                compare_gather(sides, count, options->force, &error) &&
                print(options, sides, count, &error);
    for (size_t i = 0; i < count; i++) {
        compare_close(&sides[i]);
        document_set_free(&sides[i].set);
    }
    return done ? command_end(0) : command_fail(&error);
}
