/*
 * explorer_export.c - what is measured, as a document, with the command that measures it again.
 */
#include "explorer_private.h"

#include <ctype.h>
#include <stdio.h>

/* The command that measures the same without a screen. */
static void describe_command(const struct explorer *explorer, char *text, size_t size)
{
    bool preset = explorer->targets == NULL;
    size_t at = (size_t)snprintf(
        text, size, "pdlab run --%s %s --device %s", preset ? "preset" : "targets",
        preset ? explorer->preset.name : explorer->targets, source_device(&explorer->source)->id);
    for (int id = 0; id < KNOB_COUNT && at < size; id++) {
        enum knob_source from = explorer->settings.source[id];
        if (from == SOURCE_DEFAULT || from == SOURCE_PRESET)
            continue;
        char flag[32], value[32];
        size_t i = 0;
        for (const char *c = knob_table[id].name; *c && i < sizeof flag - 1; c++)
            flag[i++] = (char)(*c == '_' ? '-' : tolower((unsigned char)*c));
        flag[i] = '\0';
        knob_format((enum knob_id)id, explorer->settings.knobs.value[id], value, sizeof value);
        at += (size_t)snprintf(text + at, size - at, " --%s %s", flag, value);
    }
}

void explorer_export(struct explorer *explorer)
{
    struct error error;
    struct document document;
    char path[96], command[320];
    size_t count;
    const struct run *runs = source_runs(&explorer->source, &count);
    if (count == 0) {
        explorer_say(explorer, true, "Nothing has been measured yet that could be written");
        return;
    }
    /* The document borrows the runs for writing and changes nothing. */
    document_describe(&document, source_device(&explorer->source), (struct run *)runs, count);
    if (explorer->source.recorded)
        snprintf(document.recorded_utc, sizeof document.recorded_utc, "%s",
                 explorer->source.document.recorded_utc);
    snprintf(path, sizeof path, "artifacts/%s/explorer.json", document.run_id);
    if (!document_write(&document, path, &error)) {
        explorer_say_error(explorer, &error);
        return;
    }
    if (explorer->source.recorded) {
        explorer_say(explorer, false, "Wrote %s, which says: %s", path, explorer->source.mark);
        return;
    }
    describe_command(explorer, command, sizeof command);
    explorer_say(explorer, false, "Wrote %s. The same again: %s", path, command);
}
