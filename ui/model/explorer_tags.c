/*
 * explorer_tags.c - what is compared: rows that are tagged A to D, and samples that are kept as
 * they are.
 */
#include "explorer_private.h"

#include <stdio.h>
#include <string.h>

#define JUDGE_NS UINT64_C(500000000) /* between two verdicts on samples that still come in */

/* ---- looking -------------------------------------------------------------------------------- */

/* The row of the list that a tag is on. */
static uint32_t row_of_tag(const struct explorer *explorer, uint32_t letter)
{
    const struct tag *tag = &explorer->tags[letter];
    if (tag->kind != TAG_CLONE)
        return tag->row;
    uint32_t row = explorer_own_rows(explorer) + explorer->shelf.points.row_count;
    for (uint32_t i = 0; i < letter; i++)
        row += explorer->tags[i].kind == TAG_CLONE;
    return row;
}

struct row explorer_tagged(const struct explorer *explorer, uint32_t letter)
{
    if (explorer->tags[letter].kind == TAG_NONE)
        return (struct row){.mark = ""};
    return explorer_row(explorer, row_of_tag(explorer, letter));
}

int explorer_letter(const struct explorer *explorer, uint32_t index)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (explorer->tags[i].kind != TAG_NONE && row_of_tag(explorer, i) == index)
            return (int)i;
    return -1;
}

uint32_t explorer_tag_count(const struct explorer *explorer)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        count += explorer->tags[i].kind != TAG_NONE;
    return count;
}

int explorer_reference(const struct explorer *explorer)
{
    for (int i = 0; i < (int)EXPLORER_TAGS; i++)
        if (explorer->tags[i].kind != TAG_NONE)
            return i;
    return -1;
}

/* ---- tagging -------------------------------------------------------------------------------- */

static struct tag *find_free(struct explorer *explorer)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (explorer->tags[i].kind == TAG_NONE)
            return &explorer->tags[i];
    explorer_say(explorer, true, "A to D are all taken: %s on a row that has a letter takes it off",
                 action_key(ACTION_TAG));
    return NULL;
}

void explorer_untag(struct explorer *explorer, uint32_t letter)
{
    struct tag *tag = &explorer->tags[letter];
    if (tag->kind == TAG_CLONE)
        run_close(&tag->run);
    *tag = (struct tag){0};
}

/* The worker's share of the tags. */
static void take_turns(struct explorer *explorer)
{
    explorer->request.tagged = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (explorer->tags[i].kind == TAG_ROW && !explorer->source.recorded &&
            explorer->tags[i].row < explorer->request.count)
            explorer->request.tagged |= 1u << explorer->tags[i].row;
}

/* What to press next, until there is something to compare. */
static void say_next(struct explorer *explorer, const struct tag *tag, const char *name)
{
    const int letter = 'A' + (int)(tag - explorer->tags);
    const uint32_t count = explorer_tag_count(explorer);
    if (count == 1)
        explorer_say(explorer, false,
                     "%c is %s. Move to another row and press %s to set it "
                     "beside this one",
                     letter, name, action_key(ACTION_TAG));
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
        explorer_say(explorer, false, "%s is %c no longer", row.name, 'A' + letter);
        if (letter == explorer->against.own)
            explorer->against.own = -1;
        explorer_untag(explorer, (uint32_t)letter);
        if (explorer->selected >= explorer_rows(explorer))
            explorer->selected = explorer->base;
        explorer_lay_out(explorer);
    } else {
        struct tag *tag = row.name ? find_free(explorer) : NULL;
        if (!tag)
            return;
        *tag = (struct tag){.kind = TAG_ROW, .row = explorer->selected};
        say_next(explorer, tag, row.name);
    }
    explorer_retag(explorer);
}

void explorer_retag(struct explorer *explorer)
{
    take_turns(explorer);
    explorer->judged_ns = 0;
    explorer_lay_out(explorer);
    explorer_widen(explorer);
    explorer_post(explorer);
}

/* Makes a tag hold the row's samples as they are. False: it has none, or there is no memory. */
static bool keep(struct tag *tag, const struct row *row)
{
    struct tag kept = {.kind = TAG_CLONE,
                       .device = *row->device,
                       .ceilings = *row->ceilings,
                       .recorded = row->recorded};
    if (!row->run || row->run->histograms[METRIC_ITERATION].count == 0 ||
        !run_clone(&kept.run, row->run))
        return false;
    if (row->recorded)
        snprintf(kept.mark, sizeof kept.mark, "%s", row->mark);
    else
        snprintf(kept.mark, sizeof kept.mark, "kept, epoch %llu",
                 (unsigned long long)row->run->epoch);
    if (kept.run.status < RUN_FAILED)
        kept.run.status = RUN_DONE;
    *tag = kept;
    return true;
}

void explorer_clone(struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    struct tag *tag = find_free(explorer);
    if (!tag)
        return;
    if (row.kept || !keep(tag, &row)) {
        explorer_say(explorer, true, "%s has no samples of its own to keep",
                     row.name ? row.name : "Nothing");
        return;
    }
    explorer_say(explorer, false,
                 "%c is %s as it was until now. Turn a knob, then press %s to set the two "
                 "side by side",
                 'A' + (int)(tag - explorer->tags), row.name, action_key(ACTION_TAG));
    explorer_retag(explorer);
}

void explorer_keep_tags(struct explorer *explorer)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        struct row row = explorer_tagged(explorer, i);
        if (explorer->tags[i].kind == TAG_ROW && !keep(&explorer->tags[i], &row))
            explorer->tags[i] = (struct tag){0};
    }
    explorer->request.tagged = 0;
    explorer->judged_ns = 0;
}

/* ---- the verdict ---------------------------------------------------------------------------- */

/* Of one run and its samples; changes with either. */
static uint64_t fingerprint(const struct run *run)
{
    if (!run)
        return 0;
    return (uint64_t)(uintptr_t)run ^ run->epoch << 40 ^ (uint64_t)run->verification.verdict << 8 ^
           (uint64_t)run->status;
}

/* What the verdicts rest on, in one number that grows with it. */
static uint64_t evidence_of(const struct run *run)
{
    return run ? run->histograms[METRIC_ITERATION].count + run->turns.units : 0;
}

static void compare_all(struct explorer *explorer, int first)
{
    struct comparison *judged[EXPLORER_TAGS];
    size_t count = 0;
    struct row a = explorer_tagged(explorer, (uint32_t)first);
    const struct compared reference = {a.run, a.device};
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        struct row row = explorer_tagged(explorer, i);
        const struct compared other = {row.run, row.device};
        explorer->judged[i] = (int)i != first && a.run && row.run;
        if (!explorer->judged[i])
            continue;
        compare_runs(&reference, &other, &explorer->comparisons[i]);
        judged[count++] = &explorer->comparisons[i];
    }
    compare_correct(judged, count);
}

bool explorer_judge(struct explorer *explorer, uint64_t now_ns)
{
    const int first = explorer_reference(explorer);
    uint64_t print = 0, samples = 0;
    if (explorer->view != VIEW_COMPARE || first < 0)
        return false;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        struct row row = explorer_tagged(explorer, i);
        print = print * 31 + fingerprint(row.run);
        samples += evidence_of(row.run);
    }
    if (explorer->judged_ns != 0 && print == explorer->judged_print &&
        (samples == explorer->judged_samples || now_ns - explorer->judged_ns < JUDGE_NS))
        return false;
    explorer->judged_ns = now_ns;
    explorer->judged_print = print;
    explorer->judged_samples = samples;
    compare_all(explorer, first);
    return true;
}
