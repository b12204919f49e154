/*
 * explorer_knobs.c - changes knobs: freely on a device, between recorded points in a recording.
 */
#include "explorer_knobs.h"
#include "explorer_private.h"
#include "explorer_rows.h"

#include "../../src/base/words.h"

#include <string.h>

/* ---- looking -------------------------------------------------------------------------------- */

bool explorer_reads(const struct explorer *explorer, enum knob_id id)
{
    struct row row = explorer_selected(explorer);
    if (explorer->source.recorded && row.own)
        return run_read_knobs(explorer->source.points.rows[explorer->selected].first) >> id & 1;
    if (row.run && !row.own)
        return run_read_knobs(row.run) >> id & 1;
    return !row.known || row.known->knobs >> id & 1;
}

const struct knobs *explorer_present(const struct explorer *explorer)
{
    return explorer->source.recorded ? &explorer->point : &explorer->settings.knobs;
}

void explorer_knob(const struct explorer *explorer, enum knob_id id, int64_t *asked, int64_t *used)
{
    struct row row = explorer_selected(explorer);
    *asked = explorer_present(explorer)->value[id];
    /* WARMUP and ITERATIONS may differ between runs of one point. */
    if ((!row.own || explorer->source.recorded) && row.run && explorer_reads(explorer, id))
        *asked = row.run->asked.value[id];
    /* A knob that has just changed still has its old value in the run. */
    *used = row.run && row.run->asked.value[id] == *asked ? row.run->used.value[id] : *asked;
}

const char *explorer_knob_source(const struct explorer *explorer, enum knob_id id)
{
    struct row row = explorer_selected(explorer);
    const bool reads = explorer_reads(explorer, id);
    return explorer->source.recorded || (row.recorded && reads) ? "recorded"
           : row.kept && reads                                  ? "kept"
           : explorer->settings.source[id] == SOURCE_SCREEN
               ? "changed"
               : knob_source_names[explorer->settings.source[id]];
}

/* ---- undo ----------------------------------------------------------------------------------- */

/* Remembers for undo the present knobs (explorer_present) before a change. */
static void remember_knobs(struct explorer *explorer, const struct knobs *before)
{
    undo_push(&explorer->undo, before, explorer->settings.source);
}

/* Unfreezes the screen: its results do not belong to the changed knobs. */
static void thaw(struct explorer *explorer)
{
    if (explorer->frozen)
        explorer_say(explorer, false, "No longer frozen: a knob was changed");
    explorer->frozen = false;
}

void explorer_undo(struct explorer *explorer)
{
    struct knob_settings before;
    if (!undo_pop(&explorer->undo, &before.knobs, before.source)) {
        explorer_say(explorer, false, "Nothing to undo: no knob has been changed");
    } else if (explorer->source.recorded) {
        explorer->point = before.knobs;
        explorer_widen(explorer);
        thaw(explorer);
    } else {
        explorer->settings = before;
        explorer_post(explorer);
        thaw(explorer);
    }
}

/* ---- of a recording ------------------------------------------------------------------------- */

bool explorer_varies(const struct explorer *explorer, enum knob_id id)
{
    return !explorer->source.recorded || explorer->source.points.varying >> id & 1;
}

size_t explorer_values(const struct explorer *explorer, enum knob_id id,
                       struct points_value values[POINTS_VALUES])
{
    return points_values(&explorer->source.points, explorer->base, &explorer->point, id, values,
                         POINTS_VALUES);
}

void explorer_values_text(const struct explorer *explorer, enum knob_id id, char *text, size_t size)
{
    struct points_value values[POINTS_VALUES];
    size_t count = explorer_values(explorer, id, values);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char word[32];
        knob_text(id, values[i].value, word, sizeof word);
        words_add(text, size, "%s", word);
    }
}

/* Appends each knob of a mask with its value at the present point: "BATCH 8". */
static void append_knobs(const struct explorer *explorer, uint64_t mask, char *text, size_t size)
{
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[32];
        if (!(mask >> id & 1))
            continue;
        knob_text((enum knob_id)id, explorer->point.value[id], value, sizeof value);
        words_add(text, size, "%s %s", knob_table[id].name, value);
    }
}

void explorer_point_text(const struct explorer *explorer, char *text, size_t size)
{
    text[0] = '\0';
    append_knobs(explorer, explorer->source.points.varying, text, size);
}

/* Call after the point moved from `before`. If it is not the requested point, says which point it
 * is. */
static void take_move(struct explorer *explorer, enum points_move move, const struct knobs *before)
{
    struct row row = explorer_row(explorer, explorer->base);
    remember_knobs(explorer, before);
    explorer_widen(explorer);
    if (move == POINTS_NEAREST) {
        char text[512] = "";
        uint64_t changed = 0;
        for (int id = 0; id < KNOB_COUNT; id++)
            if (explorer->point.value[id] != before->value[id])
                changed |= UINT64_C(1) << id;
        append_knobs(explorer, changed, text, sizeof text);
        explorer_say(explorer, true, "%s was not recorded there: the nearest recorded point is %s",
                     row.name, text);
    }
    thaw(explorer);
}

bool explorer_approach(struct explorer *explorer)
{
    const struct knobs before = explorer->point;
    if (!explorer->source.recorded ||
        points_approach(&explorer->source.points, explorer->base, &explorer->point) == POINTS_STAY)
        return false;
    take_move(explorer, POINTS_NEAREST, &before);
    return true;
}

/* Moves to the next recorded value of the knob (1), the previous one (-1), or `value` (0). */
static void move_point(struct explorer *explorer, int direction, int64_t value)
{
    const struct points *points = &explorer->source.points;
    const struct knobs before = explorer->point;
    enum knob_id id = explorer->knob;
    struct row row = explorer_selected(explorer);
    enum points_move move =
        direction == 0 ? points_set(points, explorer->base, &explorer->point, id, value)
                       : points_turn(points, explorer->base, &explorer->point, id, direction);
    if (move != POINTS_STAY) {
        take_move(explorer, move, &before);
        if (move == POINTS_THERE && !explorer_reads(explorer, id))
            explorer_say(explorer, false, "%s does not read %s", row.name, knob_table[id].name);
        return;
    }
    char text[512];
    explorer_values_text(explorer, id, text, sizeof text);
    explorer_say(explorer, true, "In this recording, %s of %s is %s%s", knob_table[id].name,
                 row.name ? row.name : "nothing", *text ? text : "not there",
                 strchr(text, ',') ? "" : " only");
}

/* ---- changing ------------------------------------------------------------------------------- */

void explorer_set_knob(struct explorer *explorer, int64_t value)
{
    enum knob_id id = explorer->knob;
    if (value == explorer_present(explorer)->value[id])
        return;
    if (explorer->source.recorded) {
        move_point(explorer, 0, value);
        return;
    }
    remember_knobs(explorer, &explorer->settings.knobs);
    knob_set(&explorer->settings, id, value, SOURCE_SCREEN);
    explorer_post(explorer);
    struct row row = explorer_selected(explorer);
    if (row.known && !explorer_reads(explorer, id))
        explorer_say(explorer, false, "%s does not read %s", row.name, knob_table[id].name);
    thaw(explorer);
}

void explorer_take_knobs(struct explorer *explorer, const struct knobs *knobs)
{
    remember_knobs(explorer, explorer_present(explorer));
    if (explorer->source.recorded)
        explorer->point = *knobs;
    for (int id = 0; id < KNOB_COUNT && !explorer->source.recorded; id++)
        if (knobs->value[id] != explorer->settings.knobs.value[id])
            knob_set(&explorer->settings, (enum knob_id)id, knobs->value[id], SOURCE_SCREEN);
    explorer_widen(explorer);
    if (!explorer->source.recorded)
        explorer_post(explorer);
    thaw(explorer);
}

void explorer_turn_knob(struct explorer *explorer, int direction)
{
    enum knob_id id = explorer->knob;
    if (explorer->source.recorded) {
        move_point(explorer, direction, 0);
        return;
    }
    int64_t value = explorer->settings.knobs.value[id];
    int64_t turned = knob_turn(id, value, direction);
    if (turned == value) {
        char accepted[160];
        knob_accepts(id, accepted, sizeof accepted);
        explorer_say(explorer, true, "%s takes %s", knob_table[id].name, accepted);
        return;
    }
    explorer_set_knob(explorer, turned);
}
