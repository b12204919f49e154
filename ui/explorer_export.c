/*
 * explorer_export.c - what is measured, as a document, with the command that measures it again.
 */
#include "explorer_private.h"

#include "../src/option_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the command ---------------------------------------------------------------------------- */

/* Writes a word as a shell reads it back. */
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

/* Whether the knob must be given by its flag: the preset alone would not set it, or what outranks
 * the preset here might not be there the next time. */
static bool needs_flag(const struct explorer *explorer, const struct knob_settings *alone, int id)
{
    enum knob_source source = explorer->settings.source[id];
    int64_t value = explorer->settings.knobs.value[id];
    if (id == KNOB_ITERATIONS && value == 0)
        return false; /* until stopped: `run` has to end */
    return (source != SOURCE_DEFAULT && source != SOURCE_PRESET) || value != alone->knobs.value[id];
}

char *explorer_command(const struct explorer *explorer)
{
    const struct preset *preset = &explorer->preset;
    struct knob_settings alone;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    knobs_reset(&alone);
    preset_apply(preset, &alone);
    fputs("pdlab run --preset ", out);
    write_word(out, preset->path[0] ? preset->path : preset->name);
    const char *device = source_device(&explorer->source)->id;
    if (*device)
        fprintf(out, " --device %s", device);
    for (int id = 0; id < KNOB_COUNT; id++) {
        char flag[OPTION_FLAG_SIZE], value[64];
        if (!needs_flag(explorer, &alone, id))
            continue;
        option_knob_flag((enum knob_id)id, flag, sizeof flag);
        knob_format((enum knob_id)id, explorer->settings.knobs.value[id], value, sizeof value);
        fprintf(out, " --%s %s", flag, value);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- the document --------------------------------------------------------------------------- */

/* Where it is and what it says, or how to measure it again. */
static void say_written(struct explorer *explorer, const char *path)
{
    if (explorer->source.recorded) {
        explorer_say(explorer, false, "Wrote %s, which says: %s", path, explorer->source.mark);
        return;
    }
    char *command = explorer_command(explorer);
    if (command)
        explorer_say(explorer, false, "Wrote %s. The same again: %s", path, command);
    else
        explorer_say(explorer, false, "Wrote %s", path);
    free(command);
}

void explorer_export(struct explorer *explorer)
{
    struct error error;
    struct document document;
    char path[96];
    size_t count;
    /* The document borrows the runs for writing and changes nothing. */
    struct run *runs = (struct run *)source_runs(&explorer->source, &count);
    if (count == 0) {
        explorer_say(explorer, true, "Nothing has been measured yet that could be written");
        return;
    }
    if (explorer->source.recorded)
        document_describe_again(&document, &explorer->source.document, runs, count);
    else
        document_describe(&document, source_device(&explorer->source), runs, count);
    snprintf(path, sizeof path, "artifacts/%s/explorer.json", document.run_id);
    if (document_write(&document, path, &error))
        say_written(explorer, path);
    else
        explorer_alarm(explorer, &error);
}
