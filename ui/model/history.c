#include "history.h"

#include "../../src/base/words.h"
#include "../../src/engine/knobs.h"
#include "verdicts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- samples --------------------------------------------------------------------------------- */

static bool copy_histograms(struct run *to, const struct run *from)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct histogram *samples = &from->histograms[i];
        const uint32_t base = samples->count > 0 ? samples->first : 0;
        const uint32_t room = samples->count > 0 ? samples->last - samples->first + 1 : 1;
        if (!histogram_open(&to->histograms[i], base, room))
            return false;
        histogram_merge(&to->histograms[i], samples);
    }
    return true;
}

/* Copies a run without its stamps to *to, which is empty. False: no memory, and *to stays empty. */
static bool copy_run(struct run *to, const struct run *from)
{
    *to = *from;
    memset(to->histograms, 0, sizeof to->histograms);
    to->typical = to->slowest = (struct trace){0};
    to->processes = NULL;
    to->process_count = 0;
    bool copied = copy_histograms(to, from);
    for (uint32_t i = 0; copied && i < from->process_count; i++)
        copied = run_add_process(to, &from->processes[i]);
    if (!copied)
        run_close(to);
    return copied;
}

/* Replaces the entry's copy of the run. If memory is short, the old copy stays. */
static void take_samples(struct history_entry *entry, const struct run *run)
{
    struct run copy;
    if (!copy_run(&copy, run))
        return;
    run_close(&entry->run);
    entry->run = copy;
}

/* ---- entries --------------------------------------------------------------------------------- */

void history_close(struct history *history)
{
    for (uint32_t i = 0; i < history->count; i++)
        run_close(&history->entries[i].run);
    free(history->entries);
    *history = (struct history){.source = history->source};
}

static bool is_of(const struct history_entry *entry, const struct history_place *place,
                  const struct run *run)
{
    if (strcmp(entry->run.variant, run->variant) != 0 ||
        strcmp(entry->place.recording, place->recording) != 0)
        return false;
    return place->recording[0]
               ? memcmp(&entry->run.asked, &run->asked, sizeof run->asked) == 0
               : entry->place.source == place->source && entry->run.epoch == run->epoch;
}

static void drop_oldest(struct history *history)
{
    run_close(&history->entries[0].run);
    history->count--;
    memmove(history->entries, history->entries + 1, history->count * sizeof *history->entries);
    history->cursor -= history->cursor > 0;
    if (history->count > 0) {
        history->entries[0].compared = false;
        history->entries[0].judged = 0;
    }
}

static bool append(struct history *history, const struct history_place *place,
                   const struct run *run)
{
    struct history_entry entry = {.number = history->begun + 1, .place = *place};
    if (!history->entries)
        history->entries = calloc(HISTORY_ROOM, sizeof *history->entries);
    if (!history->entries || !copy_run(&entry.run, run))
        return false;
    const bool last = history->cursor + 1 >= history->count;
    if (history->count == HISTORY_ROOM)
        drop_oldest(history);
    history->begun++;
    history->present = history->count;
    history->entries[history->count++] = entry;
    if (last)
        history->cursor = history->present;
    return true;
}

bool history_follow(struct history *history, const struct history_place *place,
                    const struct run *run, const struct device_info *device,
                    const struct ceilings *ceilings)
{
    const uint32_t before = history->present;
    history->present = history->count;
    if (!run || run->histograms[METRIC_ITERATION].count == 0)
        return false;
    for (uint32_t i = 0; i < history->count; i++)
        if (is_of(&history->entries[i], place, run))
            history->present = i;
    const bool begins = history->present == history->count;
    if (begins && !append(history, place, run)) {
        history->present = history->count;
        return false;
    }
    history->entries[history->present].device = *device;
    history->entries[history->present].ceilings = *ceilings;
    return begins || history->present != before;
}

void history_keep(struct history *history, const struct run *runs, size_t count)
{
    for (uint32_t i = 0; i < history->count; i++) {
        struct history_entry *entry = &history->entries[i];
        if (entry->place.recording[0] || entry->place.source != history->source)
            continue;
        for (size_t j = 0; j < count; j++)
            if (runs[j].epoch == entry->run.epoch && runs[j].version != entry->run.version &&
                strcmp(runs[j].variant, entry->run.variant) == 0)
                take_samples(entry, &runs[j]);
    }
}

/* ---- verdicts -------------------------------------------------------------------------------- */

/* Returns a fingerprint of the evidence for the entry's verdict. */
static uint64_t evidence_of(const struct history_entry *entry)
{
    return (uint64_t)entry->run.turns.units << 16 ^ (uint64_t)entry->run.verification.verdict << 8 ^
           (uint64_t)entry->run.status ^ (uint64_t)entry->number << 32;
}

void history_judge(struct history *history)
{
    for (uint32_t i = 1; i < history->count; i++) {
        struct history_entry *entry = &history->entries[i];
        const struct history_entry *other = entry - 1;
        const uint64_t judged = evidence_of(entry) * 31 + evidence_of(other);
        if (entry->compared && entry->judged == judged)
            continue;
        const struct compared before = {.run = &other->run, .device = &other->device};
        const struct compared after = {.run = &entry->run, .device = &entry->device};
        compare_runs(&before, &after, &entry->comparison);
        entry->compared = true;
        entry->judged = judged;
    }
}

/* Writes why there is no verdict against the previous entry. False: a verdict is possible. */
static bool write_reason(const struct history_entry *entry, char *text, size_t size)
{
    const struct comparison *comparison = &entry->comparison;
    const uint32_t before = entry[-1].number;
    if (comparison->outcome == OUTCOME_UNLIKE) {
        snprintf(text, size, "different workload from %u", before);
        return true;
    }
    if (comparison->outcome != OUTCOME_FEW || comparison->reference.units == 0 ||
        comparison->other.units == 0 || comparison->reference.units == comparison->other.units)
        return false;
    snprintf(text, size, "no verdict against %u yet: %u and %u %ss; a verdict needs %u each",
             before, comparison->reference.units, comparison->other.units,
             comparison->other.turns ? "time slice" : "repeat", EVIDENCE_LEAST);
    return true;
}

void history_verdict_text(const struct history *history, uint32_t at, const char *times,
                          const char *plus_minus, char *text, size_t size)
{
    const struct history_entry *entry = &history->entries[at];
    text[0] = '\0';
    if (at > 0 && entry->compared && !write_reason(entry, text, size))
        verdict_text(&entry->comparison, times, plus_minus, text, size);
}

/* ---- what changed ---------------------------------------------------------------------------- */

static void add_knobs(const struct run *now, const struct run *before, char *text, size_t size)
{
    const uint64_t read = run_read_knobs(now) & run_read_knobs(before);
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[40], was[40];
        if (!(read >> id & 1) || now->asked.value[id] == before->asked.value[id] ||
            !run_knows(now, (enum knob_id)id) || !run_knows(before, (enum knob_id)id))
            continue;
        knob_format((enum knob_id)id, now->asked.value[id], value, sizeof value);
        knob_format((enum knob_id)id, before->asked.value[id], was, sizeof was);
        words_add(text, size, "%s %s (was %s)", knob_table[id].name, value, was);
    }
}

void history_changed_text(const struct history *history, uint32_t at, char *text, size_t size)
{
    const struct history_entry *entry = &history->entries[at], *before = entry - 1;
    text[0] = '\0';
    if (at == 0) {
        snprintf(text, size, entry->number == 1 ? "the first" : "the oldest that is kept");
        return;
    }
    if (strcmp(entry->run.variant, before->run.variant) != 0)
        words_add(text, size, "variant");
    add_knobs(&entry->run, &before->run, text, size);
    if (strcmp(entry->place.recording, before->place.recording) != 0)
        words_add(text, size, entry->place.recording[0] ? "recording" : "live again");
    else if (strcmp(entry->device.name, before->device.name) != 0 ||
             strcmp(entry->device.id, before->device.id) != 0)
        words_add(text, size, "device %s", entry->device.id);
    if (strcmp(entry->place.preset, before->place.preset) != 0 && entry->place.preset[0] &&
        before->place.preset[0])
        words_add(text, size, "preset %s", entry->place.preset);
    if (!*text)
        snprintf(text, size, "measured again");
}
