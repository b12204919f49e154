#include "tags.h"

#include <stdio.h>

int tags_free(const struct tags *tags)
{
    for (int i = 0; i < (int)EXPLORER_TAGS; i++)
        if (tags->tag[i].kind == TAG_NONE)
            return i;
    return -1;
}

uint32_t tags_count(const struct tags *tags)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        count += tags->tag[i].kind != TAG_NONE;
    return count;
}

uint32_t tags_kept(const struct tags *tags)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        count += tags->tag[i].kind == TAG_CLONE;
    return count;
}

int tags_reference(const struct tags *tags)
{
    for (int i = 0; i < (int)EXPLORER_TAGS; i++)
        if (tags->tag[i].kind != TAG_NONE)
            return i;
    return -1;
}

uint32_t tags_row(const struct tags *tags, uint32_t letter, uint32_t rows)
{
    if (tags->tag[letter].kind != TAG_CLONE)
        return tags->tag[letter].row;
    for (uint32_t i = 0; i < letter; i++)
        rows += tags->tag[i].kind == TAG_CLONE;
    return rows;
}

int tags_letter(const struct tags *tags, uint32_t row, uint32_t rows)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (tags->tag[i].kind != TAG_NONE && tags_row(tags, i, rows) == row)
            return (int)i;
    return -1;
}

const struct tag *tags_kept_at(const struct tags *tags, uint32_t index)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (tags->tag[i].kind == TAG_CLONE && index-- == 0)
            return &tags->tag[i];
    return NULL;
}

struct row tag_row(const struct tag *tag)
{
    const bool waits = tag->other_build && tag->run.status == RUN_WAITING;
    return (struct row){
        .name = tag->run.variant,
        .known = tag->run.known,
        .run = waits ? NULL : &tag->run,
        .mark = tag->mark,
        .device = &tag->device,
        .ceilings = &tag->ceilings,
        .recorded = tag->recorded,
        .kept = true,
    };
}

int tags_other_build(const struct tags *tags)
{
    for (int i = 0; i < (int)EXPLORER_TAGS; i++)
        if (tags->tag[i].other_build)
            return i;
    return -1;
}

void tags_clear(struct tags *tags, uint32_t letter)
{
    struct tag *tag = &tags->tag[letter];
    if (tag->kind == TAG_CLONE)
        run_close(&tag->run);
    *tag = (struct tag){0};
}

void tags_close(struct tags *tags)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        tags_clear(tags, i);
}

void tags_set(struct tags *tags, uint32_t letter, uint32_t row)
{
    tags->tag[letter] = (struct tag){.kind = TAG_ROW, .row = row};
}

bool tags_keep(struct tags *tags, uint32_t letter, const struct row *row)
{
    struct tag kept = {.kind = TAG_CLONE, .recorded = row->recorded};
    if (!row->run || row->run->histograms[METRIC_ITERATION].count == 0 ||
        !run_clone(&kept.run, row->run))
        return false;
    kept.device = *row->device;
    kept.ceilings = *row->ceilings;
    if (row->recorded)
        snprintf(kept.mark, sizeof kept.mark, "%s", row->mark);
    else
        snprintf(kept.mark, sizeof kept.mark, "kept, epoch %llu",
                 (unsigned long long)row->run->epoch);
    if (kept.run.status < RUN_FAILED)
        kept.run.status = RUN_DONE;
    tags->tag[letter] = kept;
    return true;
}
