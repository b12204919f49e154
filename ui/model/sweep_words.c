#include "sweep_words.h"

#include "../../src/base/text.h"
#include "../../src/base/words.h"

#include <stdio.h>
#include <string.h>

#define NAMED 24u /* ties named in one sentence; further ties are only counted */
#define ROOM  SWEEP_WORDS_ROOM

char sweep_letter(const struct swept *swept, uint32_t series)
{
    const int letter = swept->series[series].letter;
    return (char)('A' + (letter >= 0 ? letter : (int)series));
}

void sweep_value_text(const struct swept *swept, double value, char *text, size_t size)
{
    char number[32];
    if (!swept->by_rate) {
        text_duration(text, size, value);
        return;
    }
    text_rate(number, sizeof number, value);
    const bool prefixed = text_is_letter(number[strlen(number) - 1]);
    snprintf(text, size, "%s%stok/s", number, prefixed ? "" : " ");
}

bool sweep_has_points(const struct swept *swept)
{
    for (uint32_t i = 0; i < swept->series_count; i++)
        for (uint32_t v = 0; v < swept->value_count; v++)
            if (swept->series[i].p50_ns[v] > 0)
                return true;
    return false;
}

const char *sweep_measure(const struct swept *swept)
{
    return swept->by_rate ? "tokens/s" : "iteration p50";
}

/* Writes "BATCH 8". */
static void write_knob(enum knob_id id, int64_t value, char *text, size_t size)
{
    char word[32];
    knob_text(id, value, word, sizeof word);
    snprintf(text, size, "%s %s", knob_table[id].name, word);
}

/* ---- the best ------------------------------------------------------------------------------- */

/* Writes the values that are tied for the best: "8 (12.3 us), 16 (12.4 us)". Returns how many. */
static uint32_t write_ties(const struct swept *swept, uint32_t index, char *text, size_t size)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < swept->value_count; v++) {
        char word[32], value[40];
        if (!swept->series[index].best[v] || count++ >= NAMED)
            continue;
        knob_text(swept->knob, swept->values[v], word, sizeof word);
        sweep_value_text(swept, swept_value(swept, index, v), value, sizeof value);
        words_add(text, size, "%s (%s)", word, value);
    }
    if (count > NAMED)
        text_append(text, size, ", and %u more", count - NAMED);
    return count;
}

/* Returns why no value is the best; "" before the sweep was measured. */
static const char *why_unranked(const struct swept *swept, const struct swept_series *series)
{
    bool reason = false;
    for (uint32_t v = 0; v < swept->value_count; v++) {
        if (series->p50_ns[v] > 0)
            return "not ranked: nothing is verified";
        reason |= series->reason[v] != NULL;
    }
    return reason ? "not measured" : swept->recorded ? "not recorded at these values" : "";
}

void sweep_words_best(const struct swept *swept, uint32_t index, char *text)
{
    const struct swept_series *series = &swept->series[index];
    const char *name = knob_table[swept->knob].name, *by = swept->by_rate ? "tokens/s" : "time";
    char ties[ROOM] = "", value[40], word[32];
    if (series->fastest < 0) {
        snprintf(text, ROOM, "%s", why_unranked(swept, series));
        return;
    }
    *text = '\0';
    const uint32_t count = write_ties(swept, index, ties, sizeof ties);
    sweep_value_text(swept, swept_value(swept, index, (uint32_t)series->fastest), value,
                     sizeof value);
    knob_text(swept->knob, swept->values[series->fastest], word, sizeof word);
    if (series->unread)
        snprintf(text, ROOM, "does not read %s: %s at every value", name, value);
    else if (count == 0)
        snprintf(text, ROOM, "verified only at %s %s: %s", name, word, value);
    else if (count == 1)
        snprintf(text, ROOM, "best by %s at %s %s: %s", by, name, word, value);
    else
        text_append(text, ROOM, "best by %s at %s %s: cannot be told apart", by, name, ties);
}

/* ---- missing points ------------------------------------------------------------------------- */

/* Whether an earlier value is missing for the same reason. */
static bool is_said(const struct swept_series *series, uint32_t value)
{
    for (uint32_t v = 0; v < value; v++)
        if (series->p50_ns[v] <= 0 && series->reason[v] &&
            strcmp(series->reason[v], series->reason[value]) == 0)
            return true;
    return false;
}

void sweep_words_missing(const struct swept *swept, uint32_t index, char *text)
{
    const struct swept_series *series = &swept->series[index];
    *text = '\0';
    for (uint32_t v = 0; v < swept->value_count; v++) {
        char values[ROOM / 2] = "", word[32];
        if (series->p50_ns[v] > 0 || !series->reason[v] || is_said(series, v))
            continue;
        for (uint32_t other = v; other < swept->value_count; other++) {
            if (series->p50_ns[other] > 0 || !series->reason[other] ||
                strcmp(series->reason[other], series->reason[v]) != 0)
                continue;
            knob_text(swept->knob, swept->values[other], word, sizeof word);
            words_add(values, sizeof values, "%s", word);
        }
        text_append(text, ROOM, "%snot measured at %s %s: %s", *text ? "; " : "",
                    knob_table[swept->knob].name, values, series->reason[v]);
    }
}

/* ---- the cursor and crossovers -------------------------------------------------------------- */

void sweep_words_cursor(const struct swept *swept, int64_t value, char *text)
{
    char knob[64], values[ROOM / 2] = "";
    uint32_t at = 0, found = 0;
    *text = '\0';
    while (at < swept->value_count && swept->values[at] != value)
        at++;
    for (uint32_t i = 0; i < swept->series_count && at < swept->value_count; i++) {
        char word[40] = "not measured";
        if (swept_value(swept, i, at) > 0)
            sweep_value_text(swept, swept_value(swept, i, at), word, sizeof word);
        found += swept_value(swept, i, at) > 0;
        words_add(values, sizeof values, "%c %s", sweep_letter(swept, i), word);
    }
    if (found == 0)
        return;
    write_knob(swept->knob, value, knob, sizeof knob);
    snprintf(text, ROOM, "at %s: %s", knob, values);
}

/* Writes "B cpu_graph (4.00 us)". */
static void write_side(const struct swept *swept, uint32_t index, uint32_t at, char *text,
                       size_t size)
{
    char value[40];
    sweep_value_text(swept, swept_value(swept, index, at), value, sizeof value);
    snprintf(text, size, "%c %s (%s)", sweep_letter(swept, index), swept->series[index].name,
             value);
}

/* Whether both sides of a crossover have enough repeats for a verdict. Otherwise the crossover is
 * only a hint. */
static bool is_proven(const struct swept *swept, const struct crossover *at)
{
    return swept->series[at->series].evidence[at->value].units >= EVIDENCE_LEAST &&
           swept->series[at->other].evidence[at->value].units >= EVIDENCE_LEAST;
}

void sweep_words_crossovers(const struct swept *swept, char *text)
{
    struct crossover crossovers[CROSSOVERS];
    const uint32_t count = swept_crossovers(swept, crossovers);
    char knob[64];
    *text = '\0';
    for (uint32_t i = 0; i < count; i++) {
        const struct crossover *at = &crossovers[i];
        char first[128], second[128];
        write_knob(swept->knob, swept->values[at->value], knob, sizeof knob);
        write_side(swept, at->series, at->value, first, sizeof first);
        write_side(swept, at->other, at->value, second, sizeof second);
        text_append(text, ROOM,
                    is_proven(swept, at) ? "%s%s overtakes %s at %s"
                                         : "%s%s looks faster than %s from %s on",
                    *text ? "; " : "", first, second, knob);
    }
}

/* ---- other knobs ---------------------------------------------------------------------------- */

/* Appends a run's other knobs and its value: "STEP_SYNC none, BLOCK_K 64: 15.2 us". Unless `from`
 * is NULL, names only knobs in which the run differs from it. */
static void add_point(const struct swept *swept, const struct sweep_others *others,
                      const struct run *run, const struct run *from, char *text)
{
    char knobs[ROOM / 2] = "", value[40], knob[64];
    const double p50 = (double)histogram_median(&run->histograms[run_decode_metric(run)]);
    const double tokens = (double)run->used.batch * (double)run->used.seq_len;
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (!(others->knobs >> id & 1) || (from && run->asked.value[id] == from->asked.value[id]))
            continue;
        write_knob((enum knob_id)id, run->asked.value[id], knob, sizeof knob);
        words_add(knobs, sizeof knobs, "%s", knob);
    }
    sweep_value_text(swept, swept->by_rate ? tokens * 1e9 / p50 : p50, value, sizeof value);
    text_append(text, ROOM, "%s: %s", knobs, value);
}

void sweep_words_other(const struct swept *swept, const struct sweep_others *others,
                       const struct sweep_other *other, char *text)
{
    *text = '\0';
    add_point(swept, others, other->best, NULL, text);
    if (other->runs > 1)
        text_append(text, ROOM, ", best of %u", other->runs);
    for (uint32_t i = 0; i < other->ties && i < SWEEP_TIES; i++) {
        text_append(text, ROOM, i == 0 ? "; tied with " : "; ");
        add_point(swept, others, other->tied[i], other->best, text);
    }
    if (other->ties > SWEEP_TIES)
        text_append(text, ROOM, "; and %u more", other->ties - SWEEP_TIES);
}
