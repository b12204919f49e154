/*
 * tags.h - the tags A to D. A tag is on a row of the source or the shelf, or on a copy of samples,
 * which has its own row at the end of the list. Owns the copies. A zeroed struct means no tags.
 */
#pragma once

#include "row.h"

#define EXPLORER_TAGS 4u /* A to D */

enum tag_kind {
    TAG_NONE,
    TAG_ROW,  /* on a row of the source or the shelf */
    TAG_CLONE /* on a copy of samples, which has its own row */
};

/* One of the tags A to D. */
struct tag {
    enum tag_kind kind;
    uint32_t row;   /* of TAG_ROW */
    struct run run; /* of TAG_CLONE; owned */
    struct device_info device;
    struct ceilings ceilings; /* of the device */
    char mark[176];
    bool recorded;
    bool other_build; /* a TAG_CLONE with the other build's samples, which --against updates */
};

struct tags {
    struct tag tag[EXPLORER_TAGS];
};

/* Returns the first free tag, 0 for A; -1: all are in use. */
int tags_free(const struct tags *tags);

/* Return the number of tags in use; the number of tags on copies. */
uint32_t tags_count(const struct tags *tags);
uint32_t tags_kept(const struct tags *tags);

/* Returns the first tag in use, which the others are compared with; -1: none. */
int tags_reference(const struct tags *tags);

/* Returns the index of the row that has the tag. `rows`: the number of rows before the copies. */
uint32_t tags_row(const struct tags *tags, uint32_t letter, uint32_t rows);

/* Returns the tag of a row; -1: none. */
int tags_letter(const struct tags *tags, uint32_t row, uint32_t rows);

/* Return the tag of copy number `index` (NULL: there are fewer), and the row that shows a copy. */
const struct tag *tags_kept_at(const struct tags *tags, uint32_t index);
struct row tag_row(const struct tag *tag);

/* Returns the tag of the other build's samples; -1: none. */
int tags_other_build(const struct tags *tags);

/* Removes a tag and its copy of samples. */
void tags_clear(struct tags *tags, uint32_t letter);
void tags_close(struct tags *tags);

/* Puts a free tag on a row. */
void tags_set(struct tags *tags, uint32_t letter, uint32_t row);

/* Puts a tag on a copy of the row's samples. False: the row has no samples, or memory is short; the
 * tag is unchanged. */
bool tags_keep(struct tags *tags, uint32_t letter, const struct row *row);
