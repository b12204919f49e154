/*
 * tags.h - the tags A to D: each is on a row of the list whose samples keep coming, or on a copy of
 * samples, which is a row of its own at the end of the list. Owns the copies. Zeroed: no tags.
 */
#pragma once

#include "row.h"

#define EXPLORER_TAGS 4u /* A to D */

enum tag_kind {
    TAG_NONE,
    TAG_ROW,  /* on a row that keeps measuring */
    TAG_CLONE /* a copy of samples, in a row of its own */
};

/* One of A to D. */
struct tag {
    enum tag_kind kind;
    uint32_t row;   /* of TAG_ROW */
    struct run run; /* of TAG_CLONE; owned */
    struct device_info device;
    struct ceilings ceilings; /* of the device */
    char mark[176];
    bool recorded;
    bool other_build; /* a TAG_CLONE that --against keeps updating */
};

struct tags {
    struct tag tag[EXPLORER_TAGS];
};

/* The first free tag, 0 for A; -1: all are taken. */
int tags_free(const struct tags *tags);

/* Tags in use; tags that are copies. */
uint32_t tags_count(const struct tags *tags);
uint32_t tags_kept(const struct tags *tags);

/* The first tag in use, which the others are compared with; -1: none. */
int tags_reference(const struct tags *tags);

/* The row of the list that has the tag; `rows` is the number of rows before the copies. */
uint32_t tags_row(const struct tags *tags, uint32_t letter, uint32_t rows);

/* The tag of a row; -1: none. */
int tags_letter(const struct tags *tags, uint32_t row, uint32_t rows);

/* Copy number `index`, NULL if there are fewer; and its row in the list. */
const struct tag *tags_kept_at(const struct tags *tags, uint32_t index);
struct row tag_row(const struct tag *tag);

/* The tag of the other build's samples; -1: none. */
int tags_other_build(const struct tags *tags);

/* Removes a tag and its samples. */
void tags_clear(struct tags *tags, uint32_t letter);
void tags_close(struct tags *tags);

/* Puts a free tag on a row. */
void tags_set(struct tags *tags, uint32_t letter, uint32_t row);

/* Turns a tag into a copy of the row's samples. False: the row has none, or no memory; the tag is
 * unchanged. */
bool tags_keep(struct tags *tags, uint32_t letter, const struct row *row);
