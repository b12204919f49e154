/*
 * explorer_rows.c - the rows of the variant list: live or recorded variants, recordings of GPUs
 * beside the live ones, and kept samples.
 */
#include "explorer_rows.h"
#include "../../src/base/text.h"
#include "../../src/base/words.h"
#include "explorer_knobs.h"
#include "explorer_tags.h"

#include <string.h>

uint32_t explorer_own_rows(const struct explorer *explorer)
{
    return explorer->source.recorded ? explorer->source.points.row_count : explorer->request.count;
}

uint32_t explorer_rows(const struct explorer *explorer)
{
    return explorer_own_rows(explorer) + explorer->shelf.points.row_count +
           tags_kept(&explorer->tags);
}

static struct row live_row(const struct explorer *explorer, uint32_t index)
{
    size_t count;
    const struct run *runs = source_runs(&explorer->source, &count);
    struct row row = {
        .known = explorer->request.variants[index],
        .mark = "",
        .device = source_device(&explorer->source),
        .ceilings = source_ceilings(&explorer->source),
        .own = true,
    };
    row.name = row.known->name;
    for (size_t i = 0; i < count && !row.run; i++)
        if (runs[i].known == row.known)
            row.run = &runs[i];
    return row;
}

static struct row recorded_row(const struct source *source, const struct run *first,
                               const struct run *run)
{
    return (struct row){
        .name = first->variant,
        .known = first->known,
        .run = run,
        .mark = source->mark,
        .device = &source->document.device,
        .ceilings = &source->document.ceilings,
        .recorded = true,
    };
}

static struct row shelf_row(const struct explorer *explorer, uint32_t index)
{
    const struct run *run = shelf_find(&explorer->shelf, index, &explorer->settings.knobs);
    const struct run *first = explorer->shelf.points.rows[index].first;
    return recorded_row(shelf_source(&explorer->shelf, run ? run : first), first, run);
}

struct row explorer_row(const struct explorer *explorer, uint32_t index)
{
    const struct points *points = &explorer->source.points;
    const uint32_t own = explorer_own_rows(explorer), beside = explorer->shelf.points.row_count;
    if (index < own && explorer->source.recorded) {
        struct row row = recorded_row(&explorer->source, points->rows[index].first,
                                      points_find(points, index, &explorer->point));
        row.own = true;
        return row;
    }
    if (index < own)
        return live_row(explorer, index);
    if (index < own + beside)
        return shelf_row(explorer, index - own);
    const struct tag *kept = tags_kept_at(&explorer->tags, index - own - beside);
    return kept ? tag_row(kept) : (struct row){.mark = ""};
}

struct row explorer_selected(const struct explorer *explorer)
{
    return explorer_row(explorer, explorer->selected);
}

bool explorer_shows(const struct explorer *explorer, uint32_t index)
{
    struct row row = explorer_row(explorer, index);
    return row.name && text_find(row.name, explorer->filter);
}

/* ---- different workload ---------------------------------------------------------------------- */

/* Whether a run of the source has this target; true if there is no run. Kept samples may be of
 * another target. */
static bool has_target(const struct explorer *explorer, const char *target)
{
    size_t count;
    const struct run *runs = source_runs(&explorer->source, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(runs[i].target, target) == 0)
            return true;
    return count == 0;
}

bool explorer_unlike(const struct explorer *explorer, const struct row *row, bool beside,
                     char *text, size_t size)
{
    text[0] = '\0';
    if (!row->run || row->run->histograms[METRIC_ITERATION].count == 0)
        return false;
    if (row->kept && !has_target(explorer, row->run->target)) {
        words_add(text, size, "%s", row->run->target);
        return true;
    }
    const struct knobs *present = explorer_present(explorer);
    const uint64_t unlike = run_unlike_work(row->run, present);
    for (int id = 0; id < KNOB_COUNT; id++) {
        char own[40], now[40];
        if (!(unlike >> id & 1))
            continue;
        knob_text((enum knob_id)id, row->run->used.value[id], own, sizeof own);
        knob_text((enum knob_id)id, present->value[id], now, sizeof now);
        if (beside)
            words_add(text, size, "%s %s (now %s)", knob_table[id].name, own, now);
        else
            words_add(text, size, "%s %s", knob_table[id].name, own);
    }
    return unlike != 0;
}

/* ---- comparable runs ------------------------------------------------------------------------- */

/* Finds the run of another variant (NULL: the baseline) to compare the row's run with. For a row on
 * the shelf, both runs must be of one recording, because recordings may be of different days. */
static const struct run *find_rung(const struct explorer *explorer, const struct row *row,
                                   const char *variant)
{
    const struct shelf *shelf = &explorer->shelf;
    size_t count;
    const struct run *runs = source_runs(&explorer->source, &count);
    if (!row->run || row->kept)
        return NULL;
    if (!row->own) {
        const struct document *recording = &shelf_source(shelf, row->run)->document;
        runs = recording->runs;
        count = recording->count;
    }
    if (!variant)
        return run_baseline(runs, count, row->run);
    for (uint32_t i = 0; i < explorer_rows(explorer); i++) {
        struct row other = explorer_row(explorer, i);
        if (other.own != row->own || other.kept || strcmp(other.name, variant) != 0)
            continue;
        if (row->own || !other.run)
            return other.run;
        return shelf_source(shelf, other.run) == shelf_source(shelf, row->run) ? other.run : NULL;
    }
    return NULL;
}

const struct run *explorer_rung(const struct explorer *explorer, const struct row *row,
                                const char *over)
{
    char unlike[256];
    const struct run *rung = find_rung(explorer, row, over);
    if (!rung || explorer_unlike(explorer, row, false, unlike, sizeof unlike))
        return NULL;
    return rung;
}

double explorer_speedup(const struct explorer *explorer, const struct row *row, const char *over)
{
    const struct run *rung = explorer_rung(explorer, row, over);
    return rung ? run_speedup(row->run, rung) : 0;
}

/* ---- lines of the list ----------------------------------------------------------------------- */

static const char *section_of(const struct explorer *explorer, uint32_t index)
{
    const uint32_t own = explorer_own_rows(explorer), beside = explorer->shelf.points.row_count;
    const int letter = explorer_letter(explorer, index);
    const bool other = letter >= 0 && explorer->tags.tag[letter].other_build;
    if (index < own)
        return "";
    if (index < own + beside)
        return explorer->shelf.title;
    return other ? explorer_row(explorer, index).mark : "Kept";
}

int explorer_cursor_line(const struct explorer *explorer, const struct line *lines, int count)
{
    for (int i = 0; i < count; i++)
        if (!lines[i].title && lines[i].row == explorer->selected)
            return i;
    return 0;
}

int explorer_lines(const struct explorer *explorer, struct line *lines, int room)
{
    const char *before = "";
    int count = 0;
    for (uint32_t i = 0; i < explorer_rows(explorer); i++) {
        if (!explorer_shows(explorer, i))
            continue;
        const char *section = section_of(explorer, i);
        if (strcmp(section, before) != 0 && count < room)
            lines[count++] = (struct line){.title = section};
        if (count < room)
            lines[count++] = (struct line){.row = i};
        before = section;
    }
    return count;
}
