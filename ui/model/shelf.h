/*
 * shelf.h - recordings of other devices beside the variants that run here: where there is no GPU,
 * what was recorded of one stands in the same list. They are read one by one, so that nothing waits
 * for them. They are of one device, of which the newest is taken: rows of two would not be
 * comparable.
 */
#ifndef UI_SHELF_H
#define UI_SHELF_H

#include "../../src/base/embedded.h"
#include "source.h"

#define SHELF_SOURCES 32u

struct shelf {
    char target[48];      /* of which runs are taken; "": nothing is looked for */
    enum backend backend; /* of which none are: it is the live one */
    char title[176];      /* of all rows: "RECORDED device, date"; of several days, the device */
    const struct embedded *newest; /* recording of the target: those beside it are read */
    size_t next;            /* of embedded_files to look into, which are passed through twice */
    struct source *sources; /* owned, those with such runs; their points are not used */
    uint32_t source_count;
    struct run *runs;          /* owned as an array, file after file; what they hold is borrowed */
    struct points points;      /* of these, all together */
    struct shelf_found *found; /* owned: [points.row_count], what each row's last search found */
};

/* Looks for runs of a target, of other backends than this. Nothing is read yet. */
void shelf_begin(struct shelf *shelf, const char *target, enum backend backend);
void shelf_close(struct shelf *shelf); /* a zeroed one is fine */

/* Whether there are files left to look into. */
bool shelf_is_unread(const struct shelf *shelf);

/* Looks into one; what was recorded of a single variant, or of another device than the first one,
 * is left out. True if there are more runs now: pointers to those of before are void. */
bool shelf_read_next(struct shelf *shelf);

/* The recording that holds a run of the shelf. */
const struct source *shelf_source(const struct shelf *shelf, const struct run *run);

/* A variant's run at these knobs, or else the nearest to them. NULL for a row that is not there. */
const struct run *shelf_find(const struct shelf *shelf, uint32_t row, const struct knobs *at);

#endif
