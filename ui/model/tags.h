/*
 * tags.h - the letters A to D: on a row of the list that goes on, or on samples kept as they were,
 * which are a row of their own behind all others. It owns the kept samples. A zeroed one is empty.
 */
#ifndef UI_TAGS_H
#define UI_TAGS_H

#include "row.h"

#define EXPLORER_TAGS 4u /* A to D */

enum tag_kind {
    TAG_NONE,
    TAG_ROW,  /* on a row that goes on */
    TAG_CLONE /* holds samples as they were; a row of its own */
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
    bool other_build; /* of TAG_CLONE: of --against, and goes on */
};

struct tags {
    struct tag tag[EXPLORER_TAGS];
};

/* The first free letter, 0 for A; -1: all are taken. */
int tags_free(const struct tags *tags);

/* How many are in use; of kept samples. */
uint32_t tags_count(const struct tags *tags);
uint32_t tags_kept(const struct tags *tags);

/* The first letter in use, which the others are compared with; -1: none is. */
int tags_reference(const struct tags *tags);

/* The row of the list that a letter is on; `rows` is how many come before kept samples. */
uint32_t tags_row(const struct tags *tags, uint32_t letter, uint32_t rows);

/* The letter of a row; -1: none. */
int tags_letter(const struct tags *tags, uint32_t row, uint32_t rows);

/* The number `index` of the kept samples; NULL: there are fewer. And what it is in the list. */
const struct tag *tags_kept_at(const struct tags *tags, uint32_t index);
struct row tag_row(const struct tag *tag);

/* The letter of another build's samples; -1: none. */
int tags_other_build(const struct tags *tags);

/* Removes a tag and its samples. */
void tags_clear(struct tags *tags, uint32_t letter);
void tags_close(struct tags *tags);

/* Puts a free letter on a row. */
void tags_set(struct tags *tags, uint32_t letter, uint32_t row);

/* Makes a letter hold the row's samples as they are. False: it has none, or there is no memory, and
 * the letter stays what it was. */
bool tags_keep(struct tags *tags, uint32_t letter, const struct row *row);

#endif
