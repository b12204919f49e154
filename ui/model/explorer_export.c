/*
 * explorer_export.c - exports a document, a table and a plot of the present view, with the command
 * that repeats the measurement.
 */
#include "explorer_export.h"
#include "explorer_private.h"
#include "explorer_tags.h"

#include "../../src/base/files.h"
#include "../../src/base/text.h"
#include "../../src/command/option_table.h"
#include "../../src/document/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the command ---------------------------------------------------------------------------- */

/* Appends a word, quoted for a shell. */
static void write_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@%";
    if (word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

/* Whether the command must set the knob by a flag: the preset alone gives another value, or the
 * value comes from a source that may be missing next time (an environment variable). */
static bool needs_flag(const struct explorer *explorer, const struct knob_settings *alone, int id)
{
    enum knob_source source = explorer->settings.source[id];
    int64_t value = explorer->settings.knobs.value[id];
    if (id == KNOB_ITERATIONS && value == 0)
        return false; /* ITERATIONS 0 means until stopped, but `run` has to end */
    return (source != SOURCE_DEFAULT && source != SOURCE_PRESET) || value != alone->knobs.value[id];
}

/* Writes a flag for each knob that needs one, except the varied one. */
static void write_flags(const struct explorer *explorer, FILE *out, int varied)
{
    const char *device = source_device(&explorer->source)->id;
    struct knob_settings alone;
    knobs_reset(&alone);
    preset_apply(&explorer->preset, &alone);
    if (*device)
        fprintf(out, " --device %s", device);
    for (int id = 0; id < KNOB_COUNT; id++) {
        char flag[OPTION_FLAG_SIZE], value[64];
        if (id == varied || !needs_flag(explorer, &alone, id))
            continue;
        option_knob_flag((enum knob_id)id, flag, sizeof flag);
        knob_format((enum knob_id)id, explorer->settings.knobs.value[id], value, sizeof value);
        fprintf(out, " --%s %s", flag, value);
    }
}

/* Writes "--targets cpu_per_token,cpu_graph --vary BATCH=1,2,4". */
static void write_sweep(const struct sweep *plan, FILE *out)
{
    const struct sweep_axis *axis = &plan->axes[0];
    fputs(" --targets ", out);
    for (uint32_t i = 0; i < plan->variant_count; i++)
        fprintf(out, "%s%s", i > 0 ? "," : "", plan->variants[i]->name);
    fprintf(out, " --vary %s=", knob_table[axis->knob].name);
    for (uint32_t i = 0; i < axis->count; i++) {
        char value[64];
        knob_format(axis->knob, axis->values[i], value, sizeof value);
        fprintf(out, "%s%s", i > 0 ? "," : "", value);
    }
}

static bool shows_sweep(const struct explorer *explorer)
{
    return explorer->view == VIEW_SWEEP && sweep_view_is_of(&explorer->sweep, explorer->knob);
}

char *explorer_command(const struct explorer *explorer)
{
    const struct preset *preset = &explorer->preset;
    const bool sweep = shows_sweep(explorer);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    fprintf(out, "pdlab %s --preset ", sweep ? "sweep" : "run");
    write_word(out, preset->path[0] ? preset->path : preset->name);
    if (sweep)
        write_sweep(&explorer->sweep.plan, out);
    write_flags(explorer, out, sweep ? (int)explorer->knob : KNOB_COUNT);
    if (explorer->against.binary && !sweep) {
        fprintf(out, " --against ");
        write_word(out, explorer->against.binary);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Shows the message after an export: the path, and what else was written or how to repeat the
 * measurement. `compared`: the paths of the tagged rows' documents; "": none. */
static void say_written(struct explorer *explorer, const char *path, const char *also,
                        const char *compared)
{
    char *command = explorer->source.recorded || *compared ? NULL : explorer_command(explorer);
    if (*compared)
        explorer_say(explorer, false, "Wrote %s%s. To compare them again: pdlab compare%s", path,
                     also, compared);
    else if (explorer->source.recorded)
        explorer_say(explorer, false, "Wrote %s%s; source: %s", path, also, explorer->source.mark);
    else if (command)
        explorer_say(explorer, false, "Wrote %s%s. To measure this again: %s", path, also, command);
    else
        explorer_say(explorer, false, "Wrote %s%s", path, also);
    free(command);
}

/* Writes one document per tagged row, for `pdlab compare`. Appends their paths to `list`. */
static bool write_compared(const struct explorer *explorer, const char *folder, char *list,
                           size_t size, struct error *error)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        struct row row = explorer_tagged(explorer, i);
        struct document document;
        char path[128];
        if (!row.run || row.run->histograms[METRIC_ITERATION].count == 0)
            continue;
        snprintf(path, sizeof path, "%s/%c.json", folder, 'A' + (int)i);
        document_describe(&document, row.device, (struct run *)row.run, 1);
        document.ceilings = *row.ceilings;
        if (row.recorded && !row.kept) {
            const struct document *recording =
                row.own ? &explorer->source.document
                        : &shelf_source(&explorer->shelf, row.run)->document;
            document_describe_again(&document, recording, (struct run *)row.run, 1);
        }
        if (!document_write(&document, path, error))
            return false;
        text_append(list, size, " %s", path);
    }
    return true;
}

/* Writes the table and the plot of the present view. */
static bool write_table_and_plot(const struct explorer *explorer, const struct document *document,
                                 const char *folder, bool *plotted, struct error *error)
{
    char path[128];
    size_t length = 0;
    bool written = true;
    snprintf(path, sizeof path, "%s/explorer.csv", folder);
    if (shows_sweep(explorer)) {
        char *rows = sweep_print_csv(&explorer->sweep.plan, &explorer->sweep.results, &length);
        written = rows ? file_write(path, rows, length, error)
                       : error_set(error, ERROR_RUN, "no memory for the rows of %s", path);
        free(rows);
    } else {
        written = csv_write(document, path, error);
    }
    char *plot = explorer_svg(explorer, document, &length);
    snprintf(path, sizeof path, "%s/explorer.svg", folder);
    *plotted = plot != NULL;
    written = written && (!plot || file_write(path, plot, length, error));
    free(plot);
    return written;
}

void explorer_export(struct explorer *explorer)
{
    struct error error;
    struct document document;
    char folder[96], path[128], compared[4 * 128] = "";
    size_t count;
    bool plotted = false;
    /* The document borrows the runs and does not change them. */
    struct run *runs = (struct run *)source_runs(&explorer->source, &count);
    if (count == 0) {
        explorer_say(explorer, true, "Nothing has been measured yet");
        return;
    }
    if (explorer->source.recorded) {
        document_describe_again(&document, &explorer->source.document, runs, count);
    } else {
        document_describe(&document, source_device(&explorer->source), runs, count);
        document.ceilings = *source_ceilings(&explorer->source);
    }
    snprintf(folder, sizeof folder, "artifacts/%s", document.run_id);
    snprintf(path, sizeof path, "%s/explorer.json", folder);
    if (document_write(&document, path, &error) &&
        write_table_and_plot(explorer, &document, folder, &plotted, &error) &&
        (explorer->view != VIEW_COMPARE ||
         write_compared(explorer, folder, compared, sizeof compared, &error)))
        say_written(explorer, path, plotted ? ", .csv and .svg" : " and .csv", compared);
    else
        explorer_alarm(explorer, &error);
}
