/*
 * explorer_palette.c - fills the palette with everything that can be opened or selected by name,
 * and carries out the choice.
 */
#include "explorer_palette.h"

#include "../../src/base/embedded.h"
#include "../../src/base/text.h"
#include "explorer_demos.h"
#include "explorer_knobs.h"
#include "explorer_open.h"
#include "explorer_overlay.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "glossary.h"
#include "recording_index.h"

#include <stdio.h>
#include <string.h>

/* ---- entries --------------------------------------------------------------------------------- */

static void add_views(struct command_palette *palette)
{
    for (int view = 0; view < VIEW_COUNT; view++)
        palette_add(palette, PALETTE_VIEW, (uint32_t)view, views[view].name,
                    key_of(views[view].action)->help);
}

/* Adds parts of views that users may search for by name. */
static void add_topics(struct command_palette *palette)
{
    static const struct {
        const char *name, *title;
        enum view_id view;
    } topics[] = {
        {"share of peak bandwidth", "in Ladder: GB/s over the measured peak; roofline, ceiling",
         VIEW_LADDER},
        {"floor", "in Ladder: the least time that this device allows; lower bound", VIEW_LADDER},
        {"speed-up", "in Ladder: over the baseline; over the previous variant", VIEW_LADDER},
        {"percentiles", "in Live: p50 to max of step, gap, iteration; latency", VIEW_LIVE},
    };
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        palette_add(palette, PALETTE_TOPIC, topics[i].view, topics[i].name, topics[i].title);
}

static void add_variants(struct command_palette *palette, const struct explorer *explorer)
{
    for (uint32_t i = 0; i < explorer_rows(explorer); i++) {
        const struct row row = explorer_row(explorer, i);
        char title[200];
        snprintf(title, sizeof title, "%s%s%s", row.known ? row.known->title : "",
                 row.known && *row.mark ? "; " : "", row.mark);
        palette_add(palette, PALETTE_VARIANT, i, row.name, title);
    }
}

static void add_knobs(struct command_palette *palette)
{
    for (int id = 0; id < KNOB_COUNT; id++)
        palette_add(palette, PALETTE_KNOB, (uint32_t)id, knob_table[id].name, knob_table[id].help);
}

static void add_words(struct command_palette *palette)
{
    for (uint32_t i = 0; glossary[i].word; i++)
        palette_add(palette, PALETTE_WORD, i, glossary[i].word, glossary[i].meaning);
}

static void add_demos(struct command_palette *palette)
{
    char name[64], title[sizeof(((struct demo *)0)->title)];
    for (size_t i = 0; explorer_demos_find(i, name, sizeof name, title); i++)
        palette_add(palette, PALETTE_DEMO, 0, name, title);
}

static void add_presets(struct command_palette *palette)
{
    char **names;
    const size_t count = preset_names(&names);
    for (size_t i = 0; i < count; i++) {
        struct preset preset;
        struct error error;
        if (preset_load(names[i], &preset, &error))
            palette_add(palette, PALETTE_PRESET, 0, names[i], preset.title);
    }
    preset_names_free(names, count);
}

/* Adds the embedded recordings, and those of the command line. The latter may not have been read
 * yet, so their paths identify them. */
static void add_recordings(struct command_palette *palette, const struct explorer *explorer)
{
    static const char folder[] = "recordings/";
    for (const struct embedded *file = embedded_files; file->path; file++) {
        char title[sizeof palette->entries->title] = "built in";
        if (strncmp(file->path, folder, strlen(folder)) != 0)
            continue;
        recording_index_find(file->path, title, sizeof title);
        palette_add(palette, PALETTE_RECORDING, 0, file->path, title);
    }
    for (char **file = explorer->files; file && *file; file++)
        if (strlen(*file) < sizeof palette->entries->name && !embedded_find(*file))
            palette_add(palette, PALETTE_RECORDING, 0, *file, "from the command line");
}

/* ---- the values of a knob -------------------------------------------------------------------- */

/* Finds the knob that the first word of the text names: in full (*whole), or by letters that occur
 * in only one knob's name. KNOB_COUNT: none. *rest: the text after the first blank; NULL: none. */
static enum knob_id named_knob(const char *text, const char **rest, bool *whole)
{
    char word[PALETTE_TEXT];
    const char *blank = strchr(text, ' ');
    *rest = blank ? blank + 1 : NULL;
    snprintf(word, sizeof word, "%.*s", (int)(blank ? blank - text : (long)strlen(text)), text);
    const enum knob_id named = knob_find(word);
    *whole = named != KNOB_COUNT;
    if (*whole || !*word)
        return named;
    enum knob_id only = KNOB_COUNT;
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (!text_find(knob_table[id].name, word))
            continue;
        if (only != KNOB_COUNT)
            return KNOB_COUNT;
        only = (enum knob_id)id;
    }
    return only;
}

struct values {
    int64_t value[POINTS_VALUES];
    size_t count;
};

/* Lists the values to choose from: in a recording, the recorded ones; otherwise the knob's choices.
 * None if the knob accepts any number. */
static void list_values(const struct explorer *explorer, enum knob_id id, struct values *values)
{
    struct points_value recorded[POINTS_VALUES];
    struct knob_choices choices;
    struct error error;
    values->count = 0;
    if (explorer->source.recorded) {
        const size_t count = explorer_values(explorer, id, recorded);
        for (size_t i = 0; i < count; i++)
            values->value[values->count++] = recorded[i].value;
    } else if (knob_table[id].kind == KNOB_SWITCH) {
        values->value[values->count++] = 0;
        values->value[values->count++] = 1;
    } else if (knob_table[id].choices) {
        if (knob_table[id].automatic && knob_table[id].kind == KNOB_SET)
            values->value[values->count++] = KNOB_AUTO;
        for (const char *const *word = knob_split_choices(&knob_table[id], &choices); *word; word++)
            if (knob_parse(id, *word, &values->value[values->count], &error))
                values->count++;
    }
}

static bool is_listed(const struct values *values, int64_t value)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->value[i] == value)
            return true;
    return false;
}

static void offer(struct explorer *explorer, enum knob_id id, int64_t value, bool listed)
{
    char word[40], name[96];
    int64_t asked, used;
    const char *title = "";
    explorer_knob(explorer, id, &asked, &used);
    knob_format(id, value, word, sizeof word);
    snprintf(name, sizeof name, "%s %s", knob_table[id].name, word);
    if (value == asked)
        title = "the current value";
    else if (explorer->source.recorded)
        title = listed ? "recorded" : "not recorded: the nearest point is shown";
    else if (!explorer_reads(explorer, id))
        title = "the selected variant does not read it";
    palette_offer(&explorer->palette, id, value, name, title);
}

/* Adds the values that begin with `rest`. If `rest` is itself a value that the knob accepts, adds
 * it first, even if it is not listed. */
static void offer_values(struct explorer *explorer, enum knob_id id, const char *rest)
{
    struct command_palette *palette = &explorer->palette;
    struct values values;
    struct error error;
    int64_t typed;
    const bool whole = *rest && knob_parse(id, rest, &typed, &error);
    list_values(explorer, id, &values);
    if (whole)
        offer(explorer, id, typed, is_listed(&values, typed));
    for (size_t i = 0; i < values.count; i++) {
        char word[40];
        knob_format(id, values.value[i], word, sizeof word);
        if (text_find(word, rest) == word && !(whole && values.value[i] == typed))
            offer(explorer, id, values.value[i], true);
    }
    if (palette->count == palette->lasting) {
        char accepted[160];
        knob_accepts(id, accepted, sizeof accepted);
        snprintf(palette->hint, sizeof palette->hint, "%s takes %s", knob_table[id].name, accepted);
    }
}

/* Puts the cursor on the knob's present value, if it is listed. */
static void point_at_present(struct explorer *explorer, enum knob_id id)
{
    struct command_palette *palette = &explorer->palette;
    int64_t asked, used;
    explorer_knob(explorer, id, &asked, &used);
    for (uint32_t i = 0; i < palette->shown_count; i++) {
        const struct palette_entry *entry = &palette->entries[palette->shown[i]];
        if (entry->kind == PALETTE_VALUE && entry->value == asked)
            palette->cursor = i;
    }
}

void explorer_palette_filter(struct explorer *explorer)
{
    struct command_palette *palette = &explorer->palette;
    const char *rest;
    bool whole;
    const enum knob_id id = named_knob(palette->text, &rest, &whole);
    palette->hint[0] = '\0';
    palette_forget_values(palette);
    if (id != KNOB_COUNT && rest)
        offer_values(explorer, id, rest);
    palette_show(palette, whole && rest);
    if (id != KNOB_COUNT && rest && !*rest)
        point_at_present(explorer, id);
    if (palette->shown_count > 0)
        palette->hint[0] = '\0';
    else if (!palette->hint[0])
        snprintf(palette->hint, sizeof palette->hint, "Nothing here is called %s", palette->text);
}

/* ---- opening --------------------------------------------------------------------------------- */

void explorer_palette_open(struct explorer *explorer, const char *text)
{
    struct command_palette *palette = &explorer->palette;
    palette_close(palette);
    add_views(palette);
    add_topics(palette);
    add_variants(palette, explorer);
    add_knobs(palette);
    add_words(palette);
    add_demos(palette);
    /* Of two equal matches, the first added wins. A GPU's preset is slow on a CPU, so recordings
     * precede presets there. */
    if (explorer->backend == BACKEND_CPU)
        add_recordings(palette, explorer);
    add_presets(palette);
    if (explorer->backend != BACKEND_CPU)
        add_recordings(palette, explorer);
    snprintf(palette->text, sizeof palette->text, "%s", text);
    explorer->overlay = OVERLAY_PALETTE;
    explorer_palette_filter(explorer);
}

bool explorer_palette_open_values(struct explorer *explorer)
{
    struct values values;
    char text[PALETTE_TEXT];
    list_values(explorer, explorer->knob, &values);
    if (values.count == 0)
        return false;
    snprintf(text, sizeof text, "%s ", knob_table[explorer->knob].name);
    explorer_palette_open(explorer, text);
    return true;
}

/* ---- carrying out ---------------------------------------------------------------------------- */

/* Selects the variant; clears the filter if it hides that row. */
static void select_variant(struct explorer *explorer, uint32_t row)
{
    if (row < explorer_rows(explorer) && !explorer_shows(explorer, row))
        explorer->filter[0] = '\0';
    explorer_select(explorer, row);
}

static bool open_named(struct explorer *explorer, const struct palette_entry *entry,
                       struct error *error)
{
    if (entry->kind == PALETTE_DEMO)
        return explorer_demos_start(explorer, entry->name, error);
    explorer_demos_forget(explorer);
    return entry->kind == PALETTE_PRESET ? explorer_choose_preset(explorer, entry->name, error)
                                         : explorer_open_recording(explorer, entry->name, error);
}

void explorer_palette_take(struct explorer *explorer)
{
    const struct palette_entry *chosen = palette_chosen(&explorer->palette);
    struct error error;
    if (!chosen) {
        explorer_say(explorer, true, "%s", explorer->palette.hint);
        return;
    }
    const struct palette_entry entry = *chosen; /* the action may refill the palette */
    explorer->overlay = OVERLAY_NONE;
    if (entry.kind == PALETTE_VIEW || entry.kind == PALETTE_TOPIC) {
        explorer_go_to_view(explorer, (enum view_id)entry.id);
    } else if (entry.kind == PALETTE_VARIANT) {
        select_variant(explorer, entry.id);
    } else if (entry.kind == PALETTE_KNOB) {
        explorer->knob = (enum knob_id)entry.id;
        explorer_open_value(explorer);
    } else if (entry.kind == PALETTE_WORD) {
        explorer->overlay = OVERLAY_HELP;
        explorer->cursor = help_rows() + 2 + (int)entry.id; /* below the keys and two headings */
    } else if (entry.kind == PALETTE_VALUE) {
        explorer->knob = (enum knob_id)entry.id;
        explorer_set_knob(explorer, entry.value);
    } else if (!open_named(explorer, &entry, &error)) {
        explorer_alarm(explorer, &error);
    }
}

struct rectangle explorer_palette_box(const struct explorer *explorer)
{
    struct rectangle box = layout_centre(explorer->layout.body, PALETTE_ROWS, 100);
    const int found = (int)explorer->palette.shown_count;
    const int rows = (found > 0 ? found : 1) + 3; /* without a match, one line says so */
    if (rows < box.rows)
        box.rows = rows;
    return box;
}

/* ---- the mouse ------------------------------------------------------------------------------- */

void explorer_palette_click(struct explorer *explorer, int row)
{
    struct command_palette *palette = &explorer->palette;
    const int first = palette_first(palette, explorer_overlay_box(explorer).rows);
    const int at = row - 1 + first;
    if (row < 1 || at >= (int)palette->shown_count)
        return;
    if (at == (int)palette->cursor)
        explorer_palette_take(explorer);
    else
        palette->cursor = (uint32_t)at;
}
