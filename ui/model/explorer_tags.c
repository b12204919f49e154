/*
 * explorer_tags.c - the tags A to D, on rows and on kept samples.
 */
#include "explorer_tags.h"
#include "explorer_history.h"
#include "explorer_private.h"
#include "explorer_rows.h"

/* Returns the number of rows before the kept samples. */
static uint32_t rows_before(const struct explorer *explorer)
{
    return explorer_own_rows(explorer) + explorer->shelf.points.row_count;
}

struct row explorer_tagged(const struct explorer *explorer, uint32_t letter)
{
    if (explorer->tags.tag[letter].kind == TAG_NONE)
        return (struct row){.mark = ""};
    return explorer_row(explorer, tags_row(&explorer->tags, letter, rows_before(explorer)));
}

int explorer_letter(const struct explorer *explorer, uint32_t index)
{
    return tags_letter(&explorer->tags, index, rows_before(explorer));
}

/* ---- tagging -------------------------------------------------------------------------------- */

/* Returns a free tag for another row. -1: none is free, and a message says so. */
static int find_free(struct explorer *explorer)
{
    const int letter = tags_free(&explorer->tags);
    if (letter < 0)
        explorer_say(explorer, true, "A to D are all in use: %s on a tagged row removes its tag",
                     action_key(ACTION_TAG));
    return letter;
}

/* Tells the worker which variants are tagged. */
static void take_turns(struct explorer *explorer)
{
    explorer->request.tagged = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (explorer->tags.tag[i].kind == TAG_ROW && !explorer->source.recorded &&
            explorer->tags.tag[i].row < explorer->request.count)
            explorer->request.tagged |= 1u << explorer->tags.tag[i].row;
}

/* Says which row got the tag and, until two tagged rows are compared, which key to press next. */
static void say_next(struct explorer *explorer, char letter, const char *name)
{
    const uint32_t count = tags_count(&explorer->tags);
    if (count == 1)
        explorer_say(explorer, false,
                     "%c is %s. Move to another row and press %s to compare the two", letter, name,
                     action_key(ACTION_TAG));
    else if (explorer->view == VIEW_COMPARE)
        explorer_say(explorer, false, "%c is %s.", letter, name);
    else
        explorer_say(explorer, false, "%c is %s. Press %s to compare", letter, name,
                     action_key(ACTION_VIEW_COMPARE));
}

void explorer_toggle_tag(struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    int letter = explorer_letter(explorer, explorer->selected);
    if (letter >= 0) {
        explorer_say(explorer, false, "%s is no longer tagged %c", row.name, 'A' + letter);
        if (letter == explorer->against.own)
            explorer->against.own = -1;
        tags_clear(&explorer->tags, (uint32_t)letter);
        if (explorer->selected >= explorer_rows(explorer))
            explorer->selected = explorer->base;
        explorer_lay_out(explorer);
    } else {
        const int free_letter = row.name ? find_free(explorer) : -1;
        if (free_letter < 0)
            return;
        tags_set(&explorer->tags, (uint32_t)free_letter, explorer->selected);
        say_next(explorer, (char)('A' + free_letter), row.name);
    }
    explorer_retag(explorer);
}

void explorer_retag(struct explorer *explorer)
{
    take_turns(explorer);
    verdicts_forget(&explorer->verdicts);
    explorer_lay_out(explorer);
    explorer_widen(explorer);
    explorer_post(explorer);
}

void explorer_clone(struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    const int letter = find_free(explorer);
    if (letter < 0)
        return;
    if (row.kept || !tags_keep(&explorer->tags, (uint32_t)letter, &row)) {
        explorer_say(explorer, true, "%s has no samples of its own to keep",
                     row.name ? row.name : "Nothing");
        return;
    }
    explorer_say(explorer, false,
                 "%c keeps %s as it is now. Change a knob, then press %s to compare the two",
                 'A' + letter, row.name, action_key(ACTION_TAG));
    explorer_retag(explorer);
}

void explorer_tag_samples(struct explorer *explorer, const struct row *row)
{
    const int letter = find_free(explorer);
    if (letter < 0)
        return;
    if (!tags_keep(&explorer->tags, (uint32_t)letter, row)) {
        explorer_say(explorer, true, "%s has no samples to keep", row->name);
        return;
    }
    say_next(explorer, (char)('A' + letter), row->name);
    explorer_retag(explorer);
}

void explorer_keep_tags(struct explorer *explorer)
{
    explorer_history_keep(explorer);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        struct row row = explorer_tagged(explorer, i);
        if (explorer->tags.tag[i].kind == TAG_ROW && !tags_keep(&explorer->tags, i, &row))
            tags_clear(&explorer->tags, i);
    }
    explorer->request.tagged = 0;
    verdicts_forget(&explorer->verdicts);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

bool explorer_judge(struct explorer *explorer, uint64_t now_ns)
{
    const int first = tags_reference(&explorer->tags);
    struct row rows[EXPLORER_TAGS];
    if (explorer->view != VIEW_COMPARE || first < 0)
        return false;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        rows[i] = explorer_tagged(explorer, i);
    return verdicts_judge(&explorer->verdicts, rows, first, now_ns);
}
